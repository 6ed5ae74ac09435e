"""Sentence vectors of passages, together, and their cosines with a question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from qa.store import IndexVersion, Rows

Floats = np.ndarray[Any, np.dtype[np.floating[Any]]]

_BACKGROUND = 256  # passages that show how the dense scores are spread


@dataclass(frozen=True, slots=True)
class Cosines:
    """Cosines with a question: of each sentence; of the best sentence and of the mean of each passage."""

    sentences: Floats
    best: Floats
    mean: Floats

    def standardised(self, background: Cosines) -> Cosines:
        """Return the same in standard deviations above the mean of a background."""
        pairs = ((self.sentences, background.sentences), (self.best, background.best), (self.mean, background.mean))
        return Cosines(*((own - other.mean()) / (other.std() or 1.0) for own, other in pairs))


class PassageVectors:
    """The sentence vectors of some passages, together.

    Args:
        version: The index version.
        passages: Rows of the passages.
    """

    def __init__(self, version: IndexVersion, passages: Rows) -> None:
        ranges = [version.sentence_range(row) for row in passages.tolist()]
        self.passages = passages
        self.rows: Rows = np.concatenate([np.arange(rows.start, rows.stop) for rows in ranges])
        self.sizes = np.array([len(rows) for rows in ranges])
        self._starts = np.cumsum(self.sizes) - self.sizes
        self._vectors = version.sentence_vectors(self.rows)
        sums = np.add.reduceat(self._vectors, self._starts, axis=0)
        self._means = sums / np.linalg.norm(sums, axis=1, keepdims=True)

    def cosines(self, query: Floats) -> Cosines:
        """Return the cosines with a question's vector, `(d,)`."""
        sentences = self._vectors @ query
        return Cosines(sentences, np.maximum.reduceat(sentences, self._starts), self._means @ query)

    def of_sentence_before(self, values: Floats) -> Floats:
        """Return for each sentence the value of the one before it in its passage, 0 for the first."""
        before = np.roll(values, 1)
        before[self._starts] = 0.0
        return before


def sample_passages(version: IndexVersion) -> PassageVectors:
    """Read an even sample of the passages, to know what cosines a question has with no passage in particular."""
    count = version.manifest.counts["passages"]
    return PassageVectors(version, np.unique(np.linspace(0, count - 1, min(count, _BACKGROUND)).astype(np.int64)))
