"""Outcomes -> figures, each with its 95 % interval."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from qa.evaluation.outcomes import RANKS, Outcome

Array = np.ndarray[Any, np.dtype[Any]]

RESAMPLES = 1000
CALIBRATION_BINS = 10

_SEED = 20240117
_NOWHERE = 1_000_000  # rank of what was not found


@dataclass(frozen=True, slots=True)
class Figure:
    """One number, and between which numbers it would lie for 95 in 100 draws of as many questions.

    Args:
        value: The figure; NaN where no question of the set can tell it.
        low: 2.5th percentile over resampled questions.
        high: 97.5th percentile.
    """

    value: float
    low: float
    high: float

    def to_dict(self) -> dict[str, float | None]:
        """Return the figure as JSON-ready data, None for NaN, which JSON lacks."""
        rounded = {name: round(value, 4) for name, value in asdict(self).items()}
        return {name: None if math.isnan(value) else value for name, value in rounded.items()}


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve, for pictures.

    Args:
        x: Where.
        y: The values there.
        weight: How many questions each point stands for.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    weight: tuple[int, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the curve as JSON-ready data."""
        return {
            "x": [round(value, 4) for value in self.x],
            "y": [round(value, 4) for value in self.y],
            "weight": list(self.weight),
        }


@dataclass(frozen=True, slots=True)
class Measures:
    """What the outcomes of some questions come to.

    Args:
        questions: Number of questions.
        unanswerable: How many of them the articles do not answer.
        figures: By name; `FIGURES` says what each is.
        risk_coverage: Share of wrong answers (y) if only the most confident share (x) were given.
        reliability: Share of questions with a right sentence shown (y) by confidence (x), in ten bins.
        latency_ms: Median and 95th percentile of milliseconds an answer took: `"median"`, `"p95"`.
    """

    questions: int
    unanswerable: int
    figures: Mapping[str, Figure]
    risk_coverage: Curve
    reliability: Curve
    latency_ms: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON-ready data."""
        return {
            "questions": self.questions,
            "unanswerable": self.unanswerable,
            "figures": {name: figure.to_dict() for name, figure in self.figures.items()},
            "risk_coverage": self.risk_coverage.to_dict(),
            "reliability": self.reliability.to_dict(),
            "latency_ms": {name: round(value, 1) for name, value in self.latency_ms.items()},
        }


@dataclass(frozen=True, slots=True)
class _Columns:
    """The outcomes as arrays, one value a question."""

    answerable: Array
    answered: Array
    confidence: Array
    article_rank: Array
    passage_rank: Array
    first_right: Array
    some_right: Array
    shown: Array
    shown_right: Array

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> _Columns:
        return cls(
            answerable=np.array([outcome.answerable for outcome in outcomes]),
            answered=np.array([outcome.answered for outcome in outcomes]),
            confidence=np.array([outcome.confidence for outcome in outcomes]),
            article_rank=np.array([outcome.article_rank or _NOWHERE for outcome in outcomes]),
            passage_rank=np.array([outcome.passage_rank or _NOWHERE for outcome in outcomes]),
            first_right=np.array([outcome.right[:1] == (True,) for outcome in outcomes]),
            some_right=np.array([any(outcome.right) for outcome in outcomes]),
            shown=np.array([len(outcome.right) for outcome in outcomes]),
            shown_right=np.array([sum(outcome.right) for outcome in outcomes]),
        )

    def take(self, rows: Array) -> _Columns:
        return _Columns(*(getattr(self, name)[rows] for name in self.__slots__))


def _auroc(columns: _Columns) -> float:
    from sklearn.metrics import roc_auc_score

    if columns.answerable.all() or not columns.answerable.any():
        return math.nan
    return float(roc_auc_score(columns.answerable, columns.confidence))


def _risks(columns: _Columns) -> Array:
    """Return the share of wrong answers among the n most confident, for each n; equal confidences go together."""
    order = np.argsort(-columns.confidence, kind="stable")
    confidence, wrong = columns.confidence[order], ~columns.some_right[order]
    last = np.searchsorted(-confidence, -confidence, side="right") - 1
    risks: Array = (np.cumsum(wrong) / np.arange(1, len(wrong) + 1))[last]
    return risks


def _bins(columns: _Columns) -> list[tuple[float, float, int]]:
    """Return mean confidence, share with a right sentence and count of each bin that is not empty."""
    numbers = np.minimum((columns.confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    members = [numbers == number for number in range(CALIBRATION_BINS)]
    return [
        (float(columns.confidence[held].mean()), float(columns.some_right[held].mean()), int(held.sum()))
        for held in members
        if held.any()
    ]


def _calibration_error(columns: _Columns) -> float:
    return sum(count * abs(said - found) for said, found, count in _bins(columns)) / len(columns.confidence)


def _share(hits: Array, among: Array) -> float:
    return float(hits[among].mean()) if among.any() else math.nan


def _rank_figures(name: str, title: str) -> dict[str, tuple[str, Callable[[_Columns], float]]]:
    def within(rank: int) -> Callable[[_Columns], float]:
        return lambda columns: _share(getattr(columns, f"{name}_rank") <= rank, columns.answerable)

    return {
        f"{name}_{rank}": (f"{title} among {rank}" if rank > 1 else f"{title} first", within(rank)) for rank in RANKS
    }


_WAYS: dict[str, tuple[str, Callable[[_Columns], float]]] = {
    **_rank_figures("article", "right article"),
    **_rank_figures("passage", "right passage"),
    "sentence_first": (
        "right sentence first",
        lambda columns: _share(columns.answered & columns.first_right, columns.answerable),
    ),
    "sentence_cited": (
        "right sentence among the citations",
        lambda columns: _share(columns.answered & columns.some_right, columns.answerable),
    ),
    "shown_first": (
        "right sentence first, abstentions' nearest counted too",
        lambda columns: _share(columns.first_right, columns.answerable),
    ),
    "shown_any": (
        "right sentence among those shown, abstentions' nearest too",
        lambda columns: _share(columns.some_right, columns.answerable),
    ),
    "citations": ("citations per answer", lambda columns: _share(columns.shown, columns.answered)),
    "citation_precision": (
        "share of the citations that are right",
        lambda columns: (
            float(columns.shown_right[columns.answered].sum() / max(1, columns.shown[columns.answered].sum()))
            if columns.answered.any()
            else math.nan
        ),
    ),
    "answered": ("answerable questions answered", lambda columns: _share(columns.answered, columns.answerable)),
    "refused": ("unanswerable questions refused", lambda columns: _share(~columns.answered, ~columns.answerable)),
    "auroc": ("AUROC of the confidence, answerable or not", _auroc),
    "risk_coverage_area": ("area under the risk-coverage curve (less is better)", lambda c: float(_risks(c).mean())),
    "calibration_error": ("expected calibration error of the confidence (less is better)", _calibration_error),
}

FIGURES: dict[str, str] = {name: title for name, (title, _) in _WAYS.items()}
"""What each figure is. An answer is wrong where no citation of it is right; the confidence is calibrated where it is
the share of questions for which a right sentence is shown."""


def measure(outcomes: Sequence[Outcome], *, resamples: int = RESAMPLES) -> Measures:
    """Count outcomes.

    Args:
        outcomes: One for each question, at least one.
        resamples: Draws for the intervals: a percentile bootstrap over questions (Efron, 1979), seeded.
    """
    columns = _Columns.of(outcomes)
    random = np.random.default_rng(_SEED)
    draws = [
        [way(drawn) for _, way in _WAYS.values()]
        for drawn in (columns.take(random.integers(len(outcomes), size=len(outcomes))) for _ in range(resamples))
    ]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="All-NaN")  # a figure that the set cannot tell
        low, high = np.nanpercentile(np.array(draws, dtype=np.float64), (2.5, 97.5), axis=0)
    values = [way(columns) for _, way in _WAYS.values()]
    latency = np.array([outcome.latency_ms for outcome in outcomes])
    risks, bins = _risks(columns), _bins(columns)
    return Measures(
        questions=len(outcomes),
        unanswerable=int((~columns.answerable).sum()),
        figures={name: Figure(*map(float, f)) for name, *f in zip(_WAYS, values, low, high, strict=True)},
        risk_coverage=_thinned(np.arange(1, len(risks) + 1) / len(risks), risks),
        reliability=Curve(*zip(*bins, strict=True)),
        latency_ms={"median": float(np.median(latency)), "p95": float(np.percentile(latency, 95))},
    )


def _thinned(x: Array, y: Array, points: int = 200) -> Curve:
    rows = np.unique(np.linspace(0, len(x) - 1, min(points, len(x))).astype(int))
    return Curve(tuple(x[rows].tolist()), tuple(y[rows].tolist()), tuple(np.diff(rows, prepend=-1).tolist()))
