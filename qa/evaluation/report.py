"""Question set -> report: as a table, as JSON, and one row a question."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from qa.build import build_index, index_is_current
from qa.engine import ArticleQA
from qa.errors import EvaluationError
from qa.evaluation.measures import FIGURES, Figure, Measures, measure
from qa.evaluation.outcomes import Outcome, ask_all
from qa.evaluation.questions import read_questions
from qa.settings import Settings, load_settings

ALL = "all"  # the column of all languages together


@dataclass(frozen=True, slots=True)
class Report:
    """The outcomes of a question set, and what they come to.

    Args:
        questions: File of the questions.
        corpus: The articles.
        settings: The settings that answered.
        counts: Number of articles, passages and sentences.
        outcomes: One for each question, in the order of the file.
        measures: By language, the whole set under `"all"` first; languages only where there are several.
    """

    questions: str
    corpus: str
    settings: Settings
    counts: Mapping[str, int]
    outcomes: tuple[Outcome, ...]
    measures: Mapping[str, Measures]

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON-ready data, without the outcomes. Only `latency_ms` differs from run to run."""
        return {
            "questions": self.questions,
            "corpus": self.corpus,
            "article_qa": version("article-qa"),
            "settings": self.settings.model_dump(),
            "counts": dict(self.counts),
            "measures": {language: measures.to_dict() for language, measures in self.measures.items()},
        }

    def to_table(self) -> str:
        """Return the figures as a table in plain text, one column a language."""
        rows = [["", *self.measures]]
        rows.append(["questions", *(str(measures.questions) for measures in self.measures.values())])
        rows.append(["  of them unanswerable", *(str(measures.unanswerable) for measures in self.measures.values())])
        for name, title in FIGURES.items():
            rows.append([title, *(_shown(measures.figures[name]) for measures in self.measures.values())])
        for name, title in (("median", "milliseconds an answer, median"), ("p95", "milliseconds, 95th percentile")):
            rows.append([title, *(f"{measures.latency_ms[name]:.0f}" for measures in self.measures.values())])
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        return "\n".join([*lines, "", "In brackets: 95 % interval, bootstrap over questions."])

    def write(self, *, json_file: Path | None = None, rows_file: Path | None = None) -> None:
        """Write the report and its rows.

        Args:
            json_file: Where to write `to_dict()`.
            rows_file: Where to write the outcomes, as JSON Lines.

        Raises:
            EvaluationError: A file cannot be written.
        """
        try:
            if json_file is not None:
                json_file.write_text(json.dumps(self.to_dict(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
            if rows_file is not None:
                rows = (json.dumps(outcome.to_dict(), ensure_ascii=False) + "\n" for outcome in self.outcomes)
                rows_file.write_text("".join(rows), encoding="utf-8")
        except OSError as error:
            raise EvaluationError(f"the report cannot be written: {error}") from error


def evaluate(
    questions: str | os.PathLike[str],
    corpus: str | os.PathLike[str],
    *,
    index: str | os.PathLike[str] | None = None,
    settings: Settings | None = None,
    progress: bool = False,
) -> Report:
    """Ask questions with known answers, and count.

    Args:
        questions: JSON Lines; see `read_questions`.
        corpus: The articles: JSON Lines, or whatever `build_index` reads.
        index: Folder of the index, which is built there unless it is current; by default one under `indexes/`.
        settings: Settings to build and answer with; by default those of `qa.toml` and the environment.
        progress: Show on standard error how far it is.

    Raises:
        EvaluationError: The questions cannot be read, or do not fit the articles.
        QAError: The articles cannot be indexed or a question not asked.
    """
    settings = settings or load_settings()
    folder = Path(index) if index is not None else default_index(corpus)
    if not Path(questions).is_file():
        raise EvaluationError(f"there is no file {os.fspath(questions)}. Name the questions, as JSON Lines.")
    if not index_is_current(corpus, index=folder, settings=settings):
        build_index(corpus, index=folder, progress=progress, settings=settings)
    with ArticleQA.open(folder, settings=settings) as qa:
        known = read_questions(questions, {article.id: article.text for article in qa.articles()})
        outcomes = tuple(_with_bar(ask_all(qa, known), len(known), progress))
        counts = qa.counts
    return Report(os.fspath(questions), os.fspath(corpus), settings, counts, outcomes, _by_language(outcomes))


def default_index(corpus: str | os.PathLike[str]) -> Path:
    """Return where the index of a corpus is kept when no folder is named: one for each path."""
    path = Path(corpus).resolve()
    name = path.parent.name if path.stem == "corpus" else path.stem
    return Path("indexes") / f"eval-{name}-{hashlib.sha256(os.fsencode(path)).hexdigest()[:8]}"


def _by_language(outcomes: tuple[Outcome, ...]) -> dict[str, Measures]:
    languages = sorted({outcome.language for outcome in outcomes})
    measures = {ALL: measure(outcomes)}
    if len(languages) > 1:
        for language in languages:
            measures[language] = measure([outcome for outcome in outcomes if outcome.language == language])
    return measures


def _with_bar(outcomes: Iterable[Outcome], total: int, progress: bool) -> Iterable[Outcome]:
    from tqdm import tqdm

    bar: Callable[..., Iterable[Outcome]] = tqdm
    return bar(outcomes, total=total, unit="question", desc="asking", disable=not progress)


def _shown(figure: Figure) -> str:
    if figure.value != figure.value:  # NaN: the set cannot tell
        return "–"
    return f"{figure.value:.3f} ({figure.low:.3f}–{figure.high:.3f})"
