"""Question sets with known answers, as read from disk."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Question:
    """A question whose answer is known.

    Args:
        text: The question.
        article: Id of the article that answers it; None where none does.
        spans: `[start, end)` offsets of the answers in that article; empty where there is none.
    """

    text: str
    article: str | None
    spans: tuple[tuple[int, int], ...]

    def answered_by(self, article: str, start: int, end: int) -> bool:
        """Tell whether a span of an article holds an answer, or most of its characters."""
        return article == self.article and any(
            min(end, last) - max(start, first) > (last - first) / 2 for first, last in self.spans
        )


def read_questions(folder: Path) -> list[Question]:
    """Read `questions.jsonl` of a set; its articles are in `corpus.jsonl`."""
    with (folder / "questions.jsonl").open(encoding="utf-8") as lines:
        return [
            Question(row["question"], row["article"], tuple((first, last) for first, last in row["spans"]))
            for row in map(json.loads, lines)
        ]
