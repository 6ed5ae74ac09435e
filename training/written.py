"""Questions that were written for the reader -> more examples: near misses, one affair in two languages, follow-ups."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from qa.conversation import understand
from qa.passages import split_passages
from qa.schema import Answer, Article
from training.data import Data, Question, find_translations

WRITTEN = Path(__file__).with_name("written")


def add_near_misses(data: Data, path: Path) -> None:
    """Add questions about paragraphs of the public sets, most of which the paragraph does not answer.

    Args:
        data: Questions and passages; extended.
        path: `near-misses.jsonl`, `contrasts.jsonl`, `questions.jsonl` or `paragraphs.jsonl`, by which the questions'
            source is named: lines of `{"begins", "title", "lang", "question", "answer"}`: the first characters of the
            paragraph, and the words in it that answer, or null.

    Raises:
        ValueError: No paragraph, or more than one passage, fits a line.
    """
    of_title: dict[str, list[int]] = defaultdict(list)
    for number, passage in enumerate(data.passages):
        of_title[passage.title].append(number)
    translations = find_translations(data.questions)
    for row in _rows(path):
        paragraph: list[int] = []
        for number in of_title[row["title"]]:  # the passages of one paragraph stand together
            if data.passages[number].start == 0 and paragraph:
                break
            if paragraph or data.passages[number].text.startswith(row["begins"]):
                paragraph.append(number)
        if not paragraph:
            raise ValueError(f"{path}: no paragraph of {row['title']!r} begins with {row['begins']!r}.")
        held = [n for n in paragraph if row["answer"] and row["answer"] in data.passages[n].text]
        if row["answer"] and not held:
            continue  # cut in two
        question = Question(row["question"], row["lang"], data.folds[paragraph[0]], path.stem)
        question.right = [_place(data, n, row["answer"]) for n in held]
        question.near = [n for n in paragraph if n not in held]
        if not held:
            question.near += sorted({t for n in paragraph for t in translations[n]} - set(paragraph))
        data.questions.append(question)


def add_passages(data: Data) -> None:
    """Add the passages that were written to be asked about, and their questions, about half of them near misses.

    Args:
        data: Questions and passages; extended.
    """
    for row in _rows(WRITTEN / "passages.jsonl"):
        numbers = _add_article(data, row, row["fold"])
        for asked in row["questions"]:
            words = asked["answer"]
            held = [n for n in numbers if words and words in data.passages[n].text]
            question = Question(asked["question"], asked["lang"], row["fold"], "passages")
            question.right = [_place(data, n, words) for n in held]
            question.near = [n for n in numbers if n not in held]
            if held or not words:
                data.questions.append(question)


def read_affairs() -> list[dict[str, Any]]:
    """Return affairs that two articles tell of in two languages, and questions about them.

    Returns:
        `{"articles": [{"lang", "title", "text"}], "questions": [{"lang", "before", "question", "answers": [[article,
        words in it that answer]]}], "fold"}`; `before` is the question of the turn before, or None.
    """
    return _rows(WRITTEN / "affairs.jsonl")


def add_affairs(data: Data) -> None:
    """Add the affairs, and the questions about them.

    Args:
        data: Questions and passages; extended.
    """
    for row in read_affairs():
        numbers = [_add_article(data, article, row["fold"]) for article in row["articles"]]
        for asked in row["questions"]:
            text = as_follow_up(asked["question"], asked["before"], asked["lang"])
            question = Question(text, asked["lang"], row["fold"], "follow_ups" if asked["before"] else "affairs")
            for article_number, words in asked["answers"]:
                question.right += [
                    _place(data, n, words) for n in numbers[article_number] if words in data.passages[n].text
                ]
            right = {number for number, _, _ in question.right}
            question.near = [n for some in numbers for n in some if n not in right]
            if question.right or not asked["answers"]:
                data.questions.append(question)


def as_follow_up(question: str, before: str | None, language: str) -> str:
    """Return a question with what it leaves out, as the service understands it after another."""
    if before is None:
        return question
    last = Answer(
        question=before,
        understood=before,
        text="",
        answered=True,
        confidence=1.0,
        language=language,
        citations=(),
        nearest=(),
        articles_searched=1,
        index_version="",
        timings_ms={},
    )
    return str(understand(question, [last]))


def _add_article(data: Data, article: dict[str, str], fold: int) -> list[int]:
    """Add the passages of an article, and return their numbers."""
    cut = split_passages(Article("a", article["title"], article["lang"], None, "", article["text"]))
    data.passages.extend(cut)
    data.languages.extend([article["lang"]] * len(cut))
    data.folds.extend([fold] * len(cut))
    return list(range(len(data.passages) - len(cut), len(data.passages)))


def _place(data: Data, number: int, words: str) -> tuple[int, int, int]:
    start = data.passages[number].text.index(words)
    return number, start, start + len(words)


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
