"""Questions with known answers -> what the service did with each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from qa.engine import ArticleQA
from qa.evaluation.questions import Question
from qa.schema import Passage

RANKS = (1, 5, 10)  # the right article and passage are looked for among so many

_PASSAGES_READ = 50  # enough to hold passages of ten articles, nearly always


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question.

    Args:
        id: The question's name.
        question: The question.
        language: ISO 639-1 code that the question set states.
        answerable: Whether the articles answer it.
        answered: Whether the service answered.
        confidence: The answer's confidence, 0 to 1.
        article_rank: Place of the right article among the articles found, from 1; None where it is not among them.
        passage_rank: The same for the first passage with an answer.
        right: For each sentence shown, whether it answers: the citations, or else what an abstention calls nearest.
        latency_ms: Milliseconds that the answer took.
    """

    id: str
    question: str
    language: str
    answerable: bool
    answered: bool
    confidence: float
    article_rank: int | None
    passage_rank: int | None
    right: tuple[bool, ...]
    latency_ms: float

    def to_dict(self) -> dict[str, Any]:
        """Return the outcome as JSON-ready data."""
        return asdict(self)


def ask_all(qa: ArticleQA, questions: Iterable[Question]) -> Iterator[Outcome]:
    """Ask every question, and yield what became of it.

    Args:
        qa: The open index of the articles that the questions are about.
        questions: Questions with known answers.

    Raises:
        QuestionError: A question cannot be asked.
        UnusableIndexError: The index is damaged.
    """
    for question in questions:
        answer = qa.ask(question.text)
        passages = qa.retrieve(question.text, limit=_PASSAGES_READ) if question.answerable else []
        article_rank, passage_rank = find_ranks(question, passages)
        yield Outcome(
            id=question.id,
            question=question.text,
            language=question.language,
            answerable=question.answerable,
            answered=answer.answered,
            confidence=answer.confidence,
            article_rank=article_rank,
            passage_rank=passage_rank,
            right=tuple(
                question.answered_by(shown.article, shown.start, shown.end)
                for shown in answer.citations or answer.nearest
            ),
            latency_ms=answer.timings_ms["total"],
        )


def find_ranks(question: Question, passages: Iterable[Passage]) -> tuple[int | None, int | None]:
    """Return the places, from 1, of the right article among articles and of the right passage among passages."""
    article_rank = passage_rank = None
    answering = {question.article, *(article for article, _ in question.also)}
    articles: dict[str, int] = {}
    for place, passage in enumerate(passages, 1):
        articles.setdefault(passage.article, len(articles) + 1)
        if article_rank is None and passage.article in answering:
            article_rank = articles[passage.article]
        if passage_rank is None and question.answered_by(passage.article, passage.start, passage.end):
            passage_rank = place
    return article_rank, passage_rank
