"""Measure sentence splitting against texts with known sentences, beside what a user would pick instead.

    python benchmarks/sentence_boundaries.py boundaries.jsonl

Each line of the file is `{"lang", "text", "sentences"}`. What counts:

- A boundary is the number of non-space characters before it, so white space is nobody's fault. The end
  of a text is no boundary.
- Asked for (recall): the gold boundaries whose sentence ends with final punctuation. A title or a fragment
  without any can only be told from a line break, which such files do not have.
- Precision: of all boundaries predicted, those that are asked for. `any` is the milder precision that
  also accepts the gold boundaries that are not asked for.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

Splitter = Callable[[str], list[str]]

CLOSING = "\"'’”»“«)]}›‹ "
FINAL = tuple(".!?…。！？؟।")
NAMES = {"de": "german", "en": "english", "es": "spanish", "fr": "french"}


@dataclass
class Counts:
    """What one splitter did on the texts of one language."""

    right: int = 0
    right_any: int = 0
    predicted: int = 0
    asked: int = 0
    sentences: int = 0
    seconds: float = 0.0

    def row(self) -> tuple[float, float, float, float, float]:
        """Return precision, recall, F1, the milder precision, and sentences a second."""
        precision = self.right / max(self.predicted, 1)
        recall = self.right / max(self.asked, 1)
        f1 = 2 * precision * recall / max(precision + recall, 1e-9)
        return precision, recall, f1, self.right_any / max(self.predicted, 1), self.sentences / max(self.seconds, 1e-9)


def qa_splitter(language: str) -> Splitter:
    """Return this project's splitter."""
    from qa.sentences import split_sentences

    return lambda text: [sentence.text for sentence in split_sentences(text, language)]


def sentencex_splitter(language: str) -> Splitter:
    """Return the rules of Wikimedia's sentencex."""
    import sentencex

    return lambda text: list(sentencex.segment(language, text))


def pysbd_splitter(language: str) -> Splitter:
    """Return the golden rules of pySBD."""
    import pysbd

    return pysbd.Segmenter(language=language, clean=False).segment


def punkt_splitter(language: str) -> Splitter:
    """Return NLTK's trained punkt model, found where llama-index-core ships it if NLTK has none of its own."""
    import nltk

    core = importlib.util.find_spec("llama_index.core")
    for folder in (core.submodule_search_locations or []) if core else []:
        nltk.data.path.append(str(Path(folder) / "_static" / "nltk_cache"))
    return nltk.tokenize.PunktTokenizer(NAMES[language]).tokenize


SPLITTERS: dict[str, Callable[[str], Splitter]] = {
    "qa": qa_splitter,
    "sentencex": sentencex_splitter,
    "pysbd": pysbd_splitter,
    "punkt": punkt_splitter,
}


def boundaries(sentences: Iterable[str]) -> list[int]:
    """Return the number of non-space characters up to the end of each sentence but the last."""
    ends, length = [], 0
    for sentence in sentences:
        length += len("".join(sentence.split()))
        ends.append(length)
    return ends[:-1]


def asked_boundaries(sentences: list[str]) -> set[int]:
    """Return the boundaries whose sentence ends with final punctuation, which closing marks may follow."""
    ends = zip(boundaries(sentences), sentences, strict=False)
    return {end for end, sentence in ends if sentence.rstrip(CLOSING).endswith(FINAL)}


def count(split: Splitter, records: list[dict[str, object]]) -> Counts:
    """Run one splitter over the texts of one language."""
    counts = Counts()
    for record in records:
        gold: list[str] = record["sentences"]  # type: ignore[assignment]
        start = time.perf_counter()
        sentences = split(str(record["text"]))
        counts.seconds += time.perf_counter() - start
        asked, predicted = asked_boundaries(gold), set(boundaries(sentences))
        counts.right += len(asked & predicted)
        counts.right_any += len(set(boundaries(gold)) & predicted)
        counts.predicted += len(predicted)
        counts.asked += len(asked)
        counts.sentences += len(sentences)
    return counts


def read_records(path: Path, half: str) -> dict[str, list[dict[str, object]]]:
    """Return the texts by language; `half` keeps the lines of even or of odd number, counted from 0."""
    records: dict[str, list[dict[str, object]]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
        if half in ("all", ("even", "odd")[number % 2]):
            record = json.loads(line)
            records.setdefault(record["lang"], []).append(record)
    return records


def main() -> None:
    """Print one table: every splitter that is installed, by language."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path, help="texts with their sentences, as JSON lines")
    parser.add_argument("--half", choices=("all", "even", "odd"), default="all", help="use only half of the lines")
    arguments = parser.parse_args()
    print(f"{'lang':<6}{'splitter':<11}{'precision':>10}{'recall':>8}{'F1':>8}{'any':>8}{'sentences/s':>13}")
    for language, records in sorted(read_records(arguments.path, arguments.half).items()):
        for name, make in SPLITTERS.items():
            try:
                split = make(language)
            except (ImportError, LookupError, KeyError) as error:
                print(f"{language:<6}{name:<11}skipped: {error}".splitlines()[0], file=sys.stderr)
                continue
            precision, recall, f1, milder, speed = count(split, records).row()
            print(f"{language:<6}{name:<11}{precision:>10.3f}{recall:>8.3f}{f1:>8.3f}{milder:>8.3f}{speed:>13,.0f}")


if __name__ == "__main__":
    main()
