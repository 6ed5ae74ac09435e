"""Question and passages -> for each sentence how surely it answers, and the words in it that do: a small network.

The file beside this module holds the upper part of the network; the embeddings of words and the vocabulary are those
of the bundled model. `docs/reader.md` says what it was trained on and how well it reads.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qa.bundled import open_bundled_model
from qa.errors import EmbeddingError, ReaderError
from qa.pieces import END, START, Piece, Pieces
from qa.schema import Passage

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Floats = np.ndarray[Any, np.dtype[np.float32]]

READER_FILE = Path(__file__).with_suffix(".onnx")
_SHA256 = "4c3e7fa8e02c263d2c67f43d3447ae557881145238b4684efbd8e382fb902f45"

_QUESTION_PIECES_MAX = 46
_PASSAGE_PIECES_MAX = 206
_CHARS_READ = 4_000
_ANSWER_PIECES_MAX = 40
_REMEMBERED = 64  # passages: whoever asks and then looks at what was found has it read once
_UNREAD = -12.0  # of a sentence that lies behind what is read of its passage


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in one sentence.

    Args:
        evidence: Logit of its being evidence for an answer; larger is surer.
        start: Offset in the article of the words that answer, should any.
        end: Offset after them.
        span: The logit of just these words.
    """

    evidence: float
    start: int
    end: int
    span: float


@dataclass(frozen=True, slots=True)
class PassageReading:
    """What was read in one passage.

    Args:
        answers: Logit of its answering at all.
        sentences: One for each of its sentences.
    """

    answers: float
    sentences: tuple[Reading, ...]


class Reader:
    """Reads a question together with passages. Safe to call from several threads at once.

    Args:
        file: The network, as `training.export` writes it.

    Raises:
        ReaderError: The file is missing or damaged, or onnxruntime or the bundled model is not installed.
    """

    def __init__(self, file: Path = READER_FILE) -> None:
        self._session = _open(file)
        try:
            model = open_bundled_model()
        except EmbeddingError as error:
            raise ReaderError(f"the reader needs the bundled model: {error}") from error
        self._words = model.word_embeddings()
        self._pieces = Pieces(model)
        self._cutting = threading.Lock()
        self._read = lru_cache(maxsize=_REMEMBERED)(self._read_anew)

    def read(self, question: str, passages: Sequence[Passage]) -> list[PassageReading]:
        """Read some passages for a question.

        Args:
            question: The question.
            passages: The passages, of any articles; of a long one the first 200 pieces or so are read.
        """
        return [self._read(question, passage) for passage in passages]

    def network_inputs(self, question: str, passage: Passage) -> tuple[dict[str, Floats], list[Piece], list[int]]:
        """Return what the network takes for a question and a passage, and how that was cut.

        Args:
            question: The question.
            passage: The passage, of `s` sentences.

        Returns:
            The embeddings of the `q` and `p` pieces of the two, `(1, q, width)` and `(1, p, width)`, and which piece
            belongs to which sentence, `(1, s, p)`; then the pieces and the sentence of each, as `cut_passage` does.
        """
        with self._cutting:
            asked = self._words.rows(np.array([[START, *cut_question(self._pieces, question), END]]))
            pieces, sentence_of = cut_passage(self._pieces, passage)
        numbers = [START, *(piece.number for piece in pieces), END]
        members = np.zeros((1, len(passage.sentences), len(numbers)), dtype=np.float32)
        for place, sentence in enumerate(sentence_of, 1):
            if sentence >= 0:
                members[0, sentence, place] = 1
        inputs = {"question": asked, "passage": self._words.rows(np.array([numbers])), "members": members}
        return inputs, pieces, sentence_of

    def _read_anew(self, question: str, passage: Passage) -> PassageReading:
        inputs, pieces, sentence_of = self.network_inputs(question, passage)
        evidence, starts, ends, answers = (logits[0] for logits in self._session.run(None, inputs))
        return PassageReading(
            float(answers),
            tuple(
                _sentence_reading(passage, place, pieces, sentence_of, evidence, starts, ends)
                for place in range(len(passage.sentences))
            ),
        )


def cut_question(pieces: Pieces, question: str) -> list[int]:
    """Return the numbers of the pieces of a question as the reader takes it, without those around it."""
    return [piece.number for piece in pieces.cut(f"query: {question}")[:_QUESTION_PIECES_MAX]]


def cut_passage(pieces: Pieces, passage: Passage) -> tuple[list[Piece], list[int]]:
    """Return the pieces of a passage below its title, and the number of the sentence of each, -1 for the title.

    The pieces' offsets are those in the text of the passage.
    """
    ahead = f"passage: {passage.title}. "
    cut = pieces.cut(ahead + passage.text[:_CHARS_READ])[:_PASSAGE_PIECES_MAX]
    cut = [Piece(piece.number, piece.start - len(ahead), piece.end - len(ahead)) for piece in cut]
    ends = [sentence.end - passage.start for sentence in passage.sentences]
    sentence_of, at = [], 0
    for piece in cut:
        while at < len(ends) - 1 and piece.start >= ends[at]:
            at += 1
        sentence_of.append(at if piece.start >= 0 else -1)
    return cut, sentence_of


def _sentence_reading(
    passage: Passage,
    place: int,
    pieces: Sequence[Piece],
    sentence_of: Sequence[int],
    evidence: Floats,
    starts: Floats,
    ends: Floats,
) -> Reading:
    """Return what was read in one sentence: of all runs of its pieces, the likeliest answer."""
    sentence = passage.sentences[place]
    inside = [at for at, of in enumerate(sentence_of) if of == place]
    if not inside:
        return Reading(_UNREAD, sentence.start, sentence.end, _UNREAD)
    first, last = inside[0], inside[-1] + 1
    scores = starts[first + 1 : last + 1, None] + ends[None, first + 1 : last + 1]
    size = last - first
    allowed = np.tril(np.triu(np.ones((size, size), dtype=bool)), _ANSWER_PIECES_MAX - 1)
    scores = np.where(allowed, scores, -np.inf)
    start, end = divmod(int(scores.argmax()), size)
    begin = max(passage.start + pieces[first + start].start, sentence.start)
    finish = min(passage.start + pieces[first + end].end, sentence.end)
    return Reading(float(evidence[place]), begin, finish, float(scores[start, end]))


def _open(file: Path) -> InferenceSession:
    if find_spec("onnxruntime") is None:
        raise ReaderError("the reader needs the package onnxruntime. Run pip install onnxruntime.")
    try:
        with file.open("rb") as opened:
            checksum = hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise ReaderError(f"the reader's file cannot be read: {error}. Install article-qa again.") from error
    if file == READER_FILE and checksum != _SHA256:
        raise ReaderError(f"{file} is not the reader that belongs to this version. Install article-qa again.")
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read when onnxruntime loads; else it reports to its makers
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.enable_cpu_mem_arena = False  # else it keeps what the longest passages once took
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # which takes a core from other questions
    return InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


@cache
def load_reader() -> Reader:
    """Load the reader, once in a process.

    Raises:
        ReaderError: Its file is missing or damaged, or onnxruntime or the bundled model is not installed.
    """
    return Reader()
