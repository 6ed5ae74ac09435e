"""Public questions -> examples for the reader: a question, a passage, the sentences and characters that answer."""

from __future__ import annotations

import gzip
import json
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np

from qa.passages import split_passages
from qa.schema import Article, Passage

# Numbers of a question and of a passage, and the characters of it that answer, or none.
Example = tuple[int, int, tuple[int, int] | None]

NEGATIVES = 6  # passages kept for each question that come near and do not answer
# How often a question comes in an epoch, others once: French is first, and what was written for the reader is nearest
# to what it is for.
TIMES = {
    "piaf_fr": 2.0,
    "squad2_en_dev": 1.0,
    "squad2_es_mt": 0.3,
    "xquad": 0.3,
    "changed": 0.3,
    "contrasts": 1.0,
    "questions": 1.7,
    "paragraphs": 1.0,
    "passages": 2.0,
    "affairs": 1.5,
    "follow_ups": 2.0,
}
NEAR_SHARE = 0.8  # of the questions that are asked of a passage that answers, those asked of one that does not, too


@dataclass(slots=True)
class Question:
    """A question of the training data.

    Args:
        text: The question.
        language: ISO 639-1 code.
        fold: 0 to 4, by the title of its article.
        source: The name of the set that it comes from.
        right: Passages that answer, by language: number of the passage and characters `[start, end)` of the answer in
            the text of that passage. Several languages for questions of XQuAD.
        near: Passages of which it is known that they do not answer.
    """

    text: str
    language: str
    fold: int
    source: str
    right: list[tuple[int, int, int]] = field(default_factory=list)
    near: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Data:
    """All questions and passages."""

    questions: list[Question]
    passages: list[Passage]
    languages: list[str]
    folds: list[int]


def read_data(path: Path) -> Data:
    """Read the public questions (`paragraphs.jsonl.gz`) and cut their paragraphs as the product cuts articles."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    passages: list[Passage] = []
    languages: list[str] = []
    folds: list[int] = []
    cut: dict[tuple[str, str], list[int]] = {}
    questions: list[Question] = []
    parallel: dict[str, list[Question]] = defaultdict(list)
    for row in rows:
        key = (row["lang"], row["context"])
        if key not in cut:
            article = Article("a", row["title"].replace("_", " "), row["lang"], None, "", row["context"])
            numbers = []
            for passage in split_passages(article):
                numbers.append(len(passages))
                passages.append(passage)
                languages.append(row["lang"])
                folds.append(row["fold"])
            cut[key] = numbers
        question = Question(row["question"], row["lang"], row["fold"], row["set"])
        for start, answer in zip(row["answer_starts"][:1], row["answers"][:1], strict=True):
            for number in cut[key]:
                passage = passages[number]
                if passage.start <= start and start + len(answer) <= passage.end:
                    question.right.append((number, start - passage.start, start - passage.start + len(answer)))
        question.near = [n for n in cut[key] if n not in {number for number, _, _ in question.right}]
        if row["unanswerable"] or question.right:
            questions.append(question)
            if row.get("parallel_id"):
                parallel[row["parallel_id"]].append(question)
    for same in parallel.values():
        shared = [right for question in same for right in question.right]
        for question in same:
            question.right += [right for right in shared if right not in question.right]
    translations = find_translations(questions)
    for question in questions:  # what a paragraph does not answer, its translations do not either
        if not question.right:
            question.near += sorted({t for n in question.near for t in translations[n]} - set(question.near))
    return Data(questions, passages, languages, folds)


def find_translations(questions: Iterable[Question]) -> dict[int, set[int]]:
    """Return for each passage those that answer the same question: its translations, and itself."""
    translations: dict[int, set[int]] = defaultdict(set)
    for question in questions:
        numbers = {number for number, _, _ in question.right}
        for number in numbers:
            translations[number] |= numbers
    return translations


def add_negatives(data: Data, question_vectors: Any, passage_vectors: Any, seed: int = 0) -> None:
    """Add to each question the passages that come nearest and do not hold its answer, of its article and of others.

    Args:
        data: Questions and passages; `near` is extended.
        question_vectors: `(questions, width)`, unit length.
        passage_vectors: `(passages, width)`, unit length.
        seed: For the choice of the language of the passages.
    """
    chance = random.Random(seed)
    by_language: dict[str, Any] = {
        language: np.array([n for n, other in enumerate(data.languages) if other == language])
        for language in sorted(set(data.languages))
    }
    for question, vector in zip(data.questions, question_vectors, strict=True):
        if not question.right:
            continue
        own = question.language
        language = own if chance.random() < 0.7 else chance.choice(sorted(by_language))
        rows = by_language[language]
        order = rows[np.argsort(-(passage_vectors[rows] @ vector))[: 12 * NEGATIVES]].tolist()
        answers = {data.passages[n].text[start:end].casefold() for n, start, end in question.right}
        right = {n for n, _, _ in question.right}
        spoken = {data.languages[n] for n in right}
        titles = set() if language in spoken else {data.passages[n].title for n in right}  # translations among them
        found = [
            n
            for n in order
            if n not in right
            and data.passages[n].title not in titles
            and not any(answer in data.passages[n].text.casefold() for answer in answers)
        ]
        found = [n for n in found if n not in question.near]
        own_titles = {data.passages[n].title for n in right}
        same = [n for n in found if data.passages[n].title in own_titles][: NEGATIVES // 2]
        others = [n for n in found if data.passages[n].title not in own_titles][: NEGATIVES // 2]
        question.near += [n for pair in zip_longest(same, others) for n in pair if n is not None]


def language_counts(questions: Iterable[Question]) -> dict[str, int]:
    """Return how many questions there are in each language."""
    counts: dict[str, int] = defaultdict(int)
    for question in questions:
        counts[question.language] += 1
    return dict(counts)


def draw_epoch(questions: Sequence[Question], data: Data, chance: random.Random) -> list[Example]:
    """Draw the examples of one epoch: question, passage, and the characters that answer, or none.

    A question with an answer comes with a passage that answers, which is in another language two times in five where
    there is one, and mostly with one that does not, too.
    """
    examples: list[Example] = []
    for at, question in enumerate(questions):
        times = TIMES.get(question.source, 1.0)
        for _ in range(int(times) + (chance.random() < times % 1)):
            if question.right:
                own = [r for r in question.right if data.languages[r[0]] == question.language]
                number, start, end = chance.choice(question.right if chance.random() < 0.4 or not own else own)
                examples.append((at, number, (start, end)))
            if question.near and (not question.right or chance.random() < NEAR_SHARE):
                weights = [0.8**rank for rank in range(len(question.near))]
                examples.append((at, chance.choices(question.near, weights)[0], None))
    chance.shuffle(examples)
    return examples
