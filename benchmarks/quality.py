"""How often the right passage and the right sentence are found, on a set of questions with known answers."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

from benchmarks.question_sets import Question, read_questions
from qa import ArticleQA, build_index


def measure_quality(folder: Path) -> dict[str, float]:
    """Build an index of a question set and ask all of its questions.

    Args:
        folder: Holds `corpus.jsonl` and `questions.jsonl`.

    Returns:
        Shares of the answerable questions: `passage_1`, `passage_5` (a gold span within the best passage, within
        the five best), `answered`, `sentence_1` (the first citation is right), `sentence_any` (one of them is);
        `citations` by answer; `unanswerable_answered`, the share of the unanswerable ones that were answered.
    """
    questions = read_questions(folder)
    with tempfile.TemporaryDirectory() as scratch:
        build_index(folder / "corpus.jsonl", index=scratch)
        with ArticleQA.open(scratch) as qa:
            return _measure(qa, questions)


def _measure(qa: ArticleQA, questions: Iterable[Question]) -> dict[str, float]:
    answerable = [question for question in questions if question.spans]
    unanswerable = [question for question in questions if not question.spans]
    passages = [
        [question.answered_by(passage.article, passage.start, passage.end) for passage in found]
        for question in answerable
        for found in [qa.retrieve(question.text, limit=5)]
    ]
    answers = [qa.ask(question.text) for question in answerable]
    right = [
        [question.answered_by(citation.article, citation.start, citation.end) for citation in answer.citations]
        for question, answer in zip(answerable, answers, strict=True)
    ]
    answered = sum(answer.answered for answer in answers)
    return {
        "passage_1": _share(found[0] for found in passages),
        "passage_5": _share(any(found) for found in passages),
        "answered": answered / len(answers),
        "sentence_1": _share(bool(cited) and cited[0] for cited in right),
        "sentence_any": _share(any(cited) for cited in right),
        "citations": sum(map(len, right)) / max(1, answered),
        "unanswerable_answered": _share(qa.ask(question.text).answered for question in unanswerable),
    }


def _share(hits: Iterable[bool]) -> float:
    counted = list(hits)
    return sum(counted) / len(counted) if counted else float("nan")
