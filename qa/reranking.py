"""Retrieval and reader -> the same retrieval, its sentences ranked and judged by what was found and what was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from qa.reader import Reader, Reading
from qa.retrieval import HybridRetriever, ReadHit, Retrieval, SentenceHit

Floats = np.ndarray[Any, np.dtype[np.float64]]

PASSAGES_READ = 5

# For the columns of `describe`: fitted by `training.calibrate` on articles that the reader was not trained on. Such
# fits differ little there; of them the one that finds most on the seeds, two articles of one affair in two languages.
RANKING = (0.26, 0.4, 0.65, 0.253, -0.14)

_UNREAD_BEHIND = 1000.0  # so that what was not read comes behind what was, and is not cited beside it


class Read(NamedTuple):
    """A sentence that was read.

    Args:
        hit: What it was found by.
        reading: What was read in it.
        answers: Logit of its passage's answering.
        characters: Its length.
    """

    hit: SentenceHit
    reading: Reading
    answers: float
    characters: int


def rerank(retrieval: Retrieval, reader: Reader, retriever: HybridRetriever, question: str) -> Retrieval:
    """Read the best passages, and rank their sentences by how surely they answer.

    Args:
        retrieval: What was found.
        reader: Reads the passages.
        retriever: What found them.
        question: The question.

    Returns:
        The retrieval with what was read ahead of the rest, best first, its sentences with what was `read` in them.

    Raises:
        UnusableIndexError: The index is damaged.
    """
    read = read_best(retrieval, reader, retriever, question)
    if not read:
        return retrieval
    judged = _judge(read)
    best: dict[int, float] = {}
    for hit in judged:
        best.setdefault(hit.passage, hit.score)
    rows = {hit.row for hit in judged}
    unread = [(row, score - _UNREAD_BEHIND) for row, score in retrieval.passages if row not in best]
    behind = [replace(hit, score=hit.score - _UNREAD_BEHIND) for hit in retrieval.sentences if hit.row not in rows]
    return replace(retrieval, passages=(*best.items(), *unread), sentences=(*judged, *behind))


def read_best(retrieval: Retrieval, reader: Reader, retriever: HybridRetriever, question: str) -> list[Read]:
    """Read the best passages of a retrieval, and return their sentences.

    Args:
        retrieval: What was found.
        reader: Reads the passages.
        retriever: What found them.
        question: The question.
    """
    hits = {hit.row: hit for hit in retrieval.sentences}
    passages = retriever.passages(retrieval, PASSAGES_READ)
    return [
        Read(hits[row], sentence, reading.answers, len(text.text))
        for (at, _), passage, reading in zip(
            retrieval.passages, passages, reader.read(question, passages), strict=False
        )
        for row, sentence, text in zip(retriever.sentence_rows(at), reading.sentences, passage.sentences, strict=True)
    ]


def describe(read: Sequence[Read]) -> Floats:
    """Return what the sentences that were read are ranked by.

    Returns:
        `(n, 5)`: the logits of the sentence's being evidence and of its passage's answering; by how much the best score
        found is ahead of its own; the logit of the words in it that answer best; the logarithm of its length.
    """
    found = max(one.hit.score for one in read)
    return np.array(
        [
            (
                one.reading.evidence,
                one.answers,
                one.hit.score - found,
                one.reading.span / 4,
                np.log(max(one.characters, 1) / 100),
            )
            for one in read
        ]
    )


def _judge(read: Sequence[Read]) -> list[SentenceHit]:
    scores = describe(read) @ np.array(RANKING)
    shares = np.exp(scores - scores.max())
    shares /= shares.sum()
    return [
        replace(
            read[at].hit,
            score=float(scores[at]),
            read=ReadHit(
                share=float(shares[at]),
                answers=read[at].answers,
                start=read[at].reading.start,
                end=read[at].reading.end,
            ),
        )
        for at in np.argsort(-scores, kind="stable").tolist()
    ]
