"""Questions whose answers are known, read from JSON Lines and checked against the articles that they are about."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.errors import EvaluationError
from qa.language import normalize_language
from qa.schema import QUESTION_CHARS_MAX

Span = tuple[int, int]

_EXAMPLE = '{"question": "Who…?", "answerable": true, "article": "a1", "spans": [[17, 42]]}'


@dataclass(frozen=True, slots=True)
class Question:
    """A question whose answer is known.

    Args:
        id: Its name in the file, or the number of its line.
        text: The question.
        language: ISO 639-1 code; `"und"` where the file states none.
        article: Id of the article that answers it; None where none does.
        spans: `[start, end)` offsets of the answers in that article's text; empty where there is none.
        also: Other articles that answer it, and where.
    """

    id: str
    text: str
    language: str
    article: str | None
    spans: tuple[Span, ...]
    also: tuple[tuple[str, tuple[Span, ...]], ...] = ()

    @property
    def answerable(self) -> bool:
        """Whether the articles answer it."""
        return bool(self.spans)

    def answered_by(self, article: str, start: int, end: int) -> bool:
        """Tell whether a span of an article holds an answer, or most of its characters."""
        return any(
            min(end, last) - max(start, first) > (last - first) / 2
            for place, spans in ((self.article, self.spans), *self.also)
            if place == article
            for first, last in spans
        )


def read_questions(path: str | os.PathLike[str], texts: Mapping[str, str]) -> list[Question]:
    """Read questions, one JSON object a line.

    `question` is the only field that is always needed. An answerable one names its `article` and where that answers:
    `spans`, `[start, end)` offsets in the article's text, or `gold`, sentences of it word for word. `answerable`
    may be left out; it must agree with whether there are any. `also` may list other articles that answer it, each an
    object with `article` and `spans` or `gold`. `id` and `lang` are optional, other fields are ignored.

    Args:
        path: The file, in UTF-8.
        texts: Text of each article by id.

    Raises:
        EvaluationError: The file cannot be read, or a line of it is no question of that form.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise EvaluationError(f"the questions {os.fspath(path)} cannot be read: {error}") from error
    except UnicodeDecodeError as error:
        raise EvaluationError(f"{os.fspath(path)} is not UTF-8 (byte {error.start}). Save it so.") from error
    questions: list[Question] = []
    seen: set[str] = set()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            question = _read_line(line, number, texts)
            if question.id in seen:
                raise EvaluationError(f"the id {question.id!r} is there twice")
        except EvaluationError as error:
            raise EvaluationError(f"{os.fspath(path)}, line {number}: {error}. Mend the line or take it out.") from None
        seen.add(question.id)
        questions.append(question)
    if not questions:
        raise EvaluationError(f"there is no question in {os.fspath(path)}. Write one a line: {_EXAMPLE}")
    return questions


def _read_line(line: str, number: int, texts: Mapping[str, str]) -> Question:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise EvaluationError(f"not valid JSON: {error}") from None
    if not isinstance(row, dict):
        raise EvaluationError(f"not a JSON object such as {_EXAMPLE}")
    text = row.get("question")
    if not isinstance(text, str) or not text.strip():
        raise EvaluationError('no "question", which must be a string that is not empty')
    if len(text) > QUESTION_CHARS_MAX:
        raise EvaluationError(f"the question has {len(text):,} characters; at most {QUESTION_CHARS_MAX:,} can be asked")
    spans = _spans(row, texts)
    answerable = row.get("answerable", bool(spans))
    if not isinstance(answerable, bool):
        raise EvaluationError('"answerable" must be true or false')
    if answerable != bool(spans):
        has = "has spans" if spans else "has no spans"
        raise EvaluationError(f'"answerable" is {str(answerable).lower()}, but the line {has}')
    return Question(
        id=str(row.get("id", number)),
        text=text,
        language=normalize_language(str(row.get("lang") or "")) or "und",
        article=row["article"] if spans else None,
        spans=spans,
        also=_also(row, texts) if spans else (),
    )


def _also(row: Mapping[str, Any], texts: Mapping[str, str]) -> tuple[tuple[str, tuple[Span, ...]], ...]:
    """Return where other articles answer too."""
    others = row.get("also") or []
    if not isinstance(others, list) or not all(isinstance(other, dict) for other in others):
        raise EvaluationError('"also" must be a list of objects with "article" and "spans" or "gold"')
    return tuple((other["article"], spans) for other in others if (spans := _spans(other, texts)))


def _spans(row: Mapping[str, Any], texts: Mapping[str, str]) -> tuple[Span, ...]:
    """Return where the answers are, each checked against its article."""
    spans, gold = row.get("spans") or [], row.get("gold") or []
    if not isinstance(spans, list) or not isinstance(gold, list):
        raise EvaluationError('"spans" and "gold" must be lists')
    if not spans and not gold:
        return ()
    article = row.get("article")
    if not isinstance(article, str) or article not in texts:
        raise EvaluationError(f"the corpus has no article {article!r}")
    length = len(texts[article])
    for span in spans:
        if not (isinstance(span, list) and len(span) == 2 and all(type(offset) is int for offset in span)):
            raise EvaluationError(f"{span!r} is not a span [start, end]")
        if not 0 <= span[0] < span[1] <= length:
            raise EvaluationError(f"the span {span} is not within article {article!r} of {length:,} characters")
    found = [(span[0], span[1]) for span in spans]
    for sentence in gold:
        start = texts[article].find(sentence) if isinstance(sentence, str) and sentence else -1
        if start < 0:
            raise EvaluationError(f"article {article!r} does not hold the gold sentence {sentence!r} word for word")
        found.append((start, start + len(sentence)))
    return tuple(found)
