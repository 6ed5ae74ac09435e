"""Reports -> pictures, as SVG."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.errors import EvaluationError
from qa.evaluation.measures import Measures

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HITS = {
    "article_1": "article\nfirst",
    "article_5": "in 5",
    "passage_1": "passage\nfirst",
    "passage_5": "in 5",
    "passage_10": "in 10",
    "shown_first": "sentence\nfirst",
    "shown_any": "among\nthose shown",
}
_ERROR = 0.06  # half the width of the band that is drawn as well calibrated


def draw_pictures(measures: Mapping[str, Measures], folder: Path) -> list[Path]:
    """Draw how often the right thing is found, risk over coverage, and reliability.

    Args:
        measures: By the name that the legend shows: a language, a question set, another pipeline.
        folder: Where to write `found.svg`, `risk-coverage.svg` and `reliability.svg`; made where it is missing.

    Returns:
        The files. The same measures make the same bytes.

    Raises:
        EvaluationError: matplotlib is not installed, or the folder cannot be written.
    """
    pictures = {"found": _draw_found, "risk-coverage": _draw_risk_coverage, "reliability": _draw_reliability}
    files = [folder / f"{name}.svg" for name in pictures]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, draw in zip(files, pictures.values(), strict=True):
            with _picture(file) as axes:
                draw(axes, measures)
    except OSError as error:
        raise EvaluationError(f"the pictures cannot be written: {error}") from error
    return files


@contextmanager
def _picture(file: Path) -> Iterator[Axes]:
    try:
        import matplotlib
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure
    except ImportError as error:
        raise EvaluationError(
            "pictures need matplotlib, which is not installed. Install it: pip install 'article-qa[eval]'"
        ) from error
    with matplotlib.rc_context({"svg.hashsalt": "article-qa", "font.size": 9, "axes.spines.top": False,
                                "axes.spines.right": False}):  # fmt: skip
        figure = Figure(figsize=(6.4, 4.0), layout="constrained")
        FigureCanvasSVG(figure)
        yield figure.add_subplot()
        figure.savefig(file, metadata={"Date": None})


def _draw_found(axes: Axes, measures: Mapping[str, Measures]) -> None:
    width = 0.8 / len(measures)
    for place, (name, measured) in enumerate(measures.items()):
        figures = [measured.figures[key] for key in _HITS]
        heights = [figure.value for figure in figures]
        errors: Sequence[Any] = [
            [figure.value - figure.low for figure in figures],
            [figure.high - figure.value for figure in figures],
        ]
        x = [column + (place - (len(measures) - 1) / 2) * width for column in range(len(_HITS))]
        axes.bar(x, heights, width, yerr=errors, label=name, error_kw={"elinewidth": 0.8})
    axes.set_xticks(range(len(_HITS)), list(_HITS.values()))
    axes.set_ylim(0, 1)
    axes.set_ylabel("share of the answerable questions")
    axes.grid(axis="y", alpha=0.3)
    _legend(axes, measures)


def _draw_risk_coverage(axes: Axes, measures: Mapping[str, Measures]) -> None:
    for name, measured in measures.items():
        axes.plot(measured.risk_coverage.x, measured.risk_coverage.y, label=name)
    axes.set_xlim(0, 1)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("coverage: share of the questions answered, the most confident first")
    axes.set_ylabel("risk: share of those answers that cite nothing right")
    axes.grid(alpha=0.3)
    _legend(axes, measures)


def _draw_reliability(axes: Axes, measures: Mapping[str, Measures]) -> None:
    axes.plot((0, 1), (0, 1), color="grey", linewidth=0.8)
    axes.fill_between((0, 1), (-_ERROR, 1 - _ERROR), (_ERROR, 1 + _ERROR), color="grey", alpha=0.15, linewidth=0)
    for name, measured in measures.items():
        curve = measured.reliability
        sizes = [6 + 200 * weight / measured.questions for weight in curve.weight]
        axes.plot(curve.x, curve.y, linewidth=0.8)
        axes.scatter(curve.x, curve.y, s=sizes, label=name)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_xlabel("confidence")
    axes.set_ylabel("share of the questions with a right sentence shown")
    axes.grid(alpha=0.3)
    _legend(axes, measures)


def _legend(axes: Axes, measures: Mapping[str, Measures]) -> None:
    if len(measures) > 1:
        axes.legend(fontsize=7)
