"""What retrieval finds: hits, the context that a question leans on, and the candidates that evidence is chosen from."""

from __future__ import annotations

from dataclasses import dataclass

from qa.schema import Article, Sentence


@dataclass(frozen=True, slots=True)
class ReadHit:
    """What the reader read in a sentence.

    Args:
        share: The probability that it answers, if any of those does that were read.
        answers: Logit of its passage's answering.
        start: Offset in the article of the words that answer.
        end: Offset after them.
    """

    share: float
    answers: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class SentenceHit:
    """A sentence that may answer.

    Args:
        row: Its row in the index.
        passage: The row of its passage.
        lift: How far the cosine with the question lies above that of sentences in general; see `qa.anchors`.
        coverage: How much of what the question's words weigh its passage holds, 0 to 1.
        score: What it is ranked by; larger is better, and only differences matter.
        read: What the reader read in it, where it did.
    """

    row: int
    passage: int
    lift: float
    coverage: float
    score: float
    read: ReadHit | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What a question leans on.

    Args:
        about: What it leaves out, maybe in another language; empty where it stands alone.
        language: ISO 639-1 code of the question, where that is known.
        near: Rows of sentences, best first, of which it is likely that the answer is not far.
        detail: Whether it may also stand in those themselves.
        answered: Whether the question goes on about something that the articles answered.
    """

    about: str = ""
    language: str | None = None
    near: tuple[int, ...] = ()
    detail: bool = False
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What was found for a question.

    Args:
        question: The question.
        language: ISO 639-1 code of the question.
        continued: Whether it goes on about something that the articles answered.
        words: The forms under which each of its words may stand in the index; stop words aside.
        indexed: Number of sentences in the index.
        searched: Number of those that were looked through.
        passages: Row and score of each passage, best first.
        sentences: The sentences of those passages, best first.
    """

    question: str
    language: str
    continued: bool
    words: tuple[frozenset[str], ...]
    indexed: int
    searched: int
    passages: tuple[tuple[int, float], ...]
    sentences: tuple[SentenceHit, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer, with what it takes to judge and to cite it.

    Args:
        hit: What it was found by.
        article: Its article.
        sentence: The sentence, `article.text[start:end]`.
        repeats: The rows of sentences of other articles that say the same: agency copy, or the very words.
    """

    hit: SentenceHit
    article: Article
    sentence: Sentence
    repeats: tuple[int, ...] = ()
