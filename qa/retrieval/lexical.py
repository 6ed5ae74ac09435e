"""BM25 of what matches a question's words, and what a full match would about have."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from qa.store import Rows

Floats = np.ndarray[Any, np.dtype[np.floating[Any]]]

_FEW_WORDS = 3.0  # weight of about one rare word: a question of one word is not covered by that word


@dataclass(frozen=True, slots=True)
class Matches:
    """BM25 by row, and what a text that holds every word of the question would about have."""

    scores: dict[int, float]
    full: float

    def rows(self) -> Rows:
        """Return the rows that match."""
        return np.fromiter(self.scores, dtype=np.int64)

    def shares(self, rows: Rows) -> Floats:
        """Return the scores of some rows as shares of the best, or of half of a full match if that is more."""
        return self._over(rows, max(*self.scores.values(), self.full / 2) if self.scores else 1.0)

    def coverages(self, rows: Rows) -> Floats:
        """Return the scores of some rows as shares of a full match, less where the question has few words."""
        return np.minimum(self._over(rows, self.full + _FEW_WORDS), 1.0)

    def _over(self, rows: Rows, whole: float) -> Floats:
        return np.array([self.scores.get(row, 0.0) for row in rows.tolist()]) / whole


def weight_of_term(occurs: int, total: int) -> float:
    """Return the weight of a term as FTS5's BM25 has it."""
    return max(math.log((total - occurs + 0.5) / (occurs + 0.5)), 1e-6)
