"""Answer quality on question sets, beside BM25 alone, vectors alone and LlamaIndex, as one Markdown page.

python -m benchmarks.quality FOLDER [--set NAME] [--to docs/quality.md]
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.llamaindex_default import measure_llamaindex
from qa.embedding import embed_query, load_embedding
from qa.evaluation import Measures, Outcome, Question, evaluate, measure, read_questions
from qa.evaluation.outcomes import find_ranks
from qa.evaluation.pictures import draw_pictures
from qa.schema import Passage
from qa.settings import Settings
from qa.store import IndexVersion
from qa.terms import query_words

_CITED = 3
_READ = 50  # passages, as `qa.evaluation` reads
_SHOWN = {
    "passage_1": "passage first",
    "passage_5": "in five",
    "shown_first": "sentence first",
    "shown_any": "in three",
    "sentence_cited": "cited in an answer",
    "refused": "refused",
    "auroc": "AUROC",
    "risk_coverage_area": "risk-coverage area",
    "calibration_error": "calibration error",
}
# What a baseline's raw score cannot tell: it is no probability and has no threshold.
_NOT_FOR_BASELINES = ("sentence_cited", "refused", "calibration_error")


def measure_quality(folder: Path) -> dict[str, float]:
    """Build an index of a question set, ask all of its questions, and return the figures; see `qa.evaluation`.

    Args:
        folder: Holds `corpus.jsonl` and `questions.jsonl`.
    """
    with tempfile.TemporaryDirectory() as scratch:
        report = evaluate(folder / "questions.jsonl", folder / "corpus.jsonl", index=Path(scratch) / "index")
    return {name: figure.value for name, figure in report.measures["all"].figures.items()}


def main() -> None:
    """Measure every set, and write the page and its pictures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of question sets; see benchmarks/README.md")
    parser.add_argument("--set", action="append", metavar="NAME", help="only this set; may be repeated")
    parser.add_argument("--to", type=Path, default=Path("docs/quality.md"), help="the page (default: docs/quality.md)")
    parser.add_argument("--indexes", type=Path, help="keep the indexes here, and use those that are (default: none)")
    options = parser.parse_args()
    names = options.set or sorted(path.parent.name for path in options.folder.glob("*/questions.jsonl"))
    ours: dict[str, Measures] = {}
    tables = []
    for name in names:
        with tempfile.TemporaryDirectory() as scratch:
            measured = _measure_set(options.folder / name, (options.indexes or Path(scratch)) / name)
        ours[name] = measured["article-qa"]
        tables.append(_table(name, measured, measure_llamaindex(options.folder / name)))
    options.to.parent.mkdir(parents=True, exist_ok=True)
    draw_pictures(ours, options.to.parent / "quality")
    before, _, after = _NOTES.partition("{tables}")
    options.to.write_text(before + "\n\n".join(tables) + after, encoding="utf-8")


def _measure_set(folder: Path, index: Path) -> dict[str, Measures]:
    questions_file, corpus = folder / "questions.jsonl", folder / "corpus.jsonl"
    read = evaluate(questions_file, corpus, index=index, settings=Settings(reader=True), progress=True)
    unread = evaluate(questions_file, corpus, index=index, settings=Settings(reader=False), progress=True)
    version = IndexVersion(index)
    questions = read_questions(questions_file, {a.id: a.text for a in version.articles()})
    measured = {"article-qa": read.measures["all"], "without its reader": unread.measures["all"]}
    for title, rank in _BASELINES.items():
        measured[title] = measure(list(_outcomes(version, questions, rank)))
    version.close()
    return measured


Ranked = tuple[dict[int, float], dict[int, float]]  # passages and sentences: score by row


def _rank_by_words(version: IndexVersion, question: Question) -> Ranked:
    terms = sorted(set().union(*query_words(question.text, question.language, version.manifest.languages)))
    return version.match("passages", terms, _READ), version.match("sentences", terms, _CITED)


def _rank_by_vectors(version: IndexVersion, question: Question) -> Ranked:
    query = embed_query(load_embedding("bundled"), question.text)
    rows = version.nearest_sentences(query, 4 * _READ)
    cosines = (version.sentence_vectors(rows) @ query[0]).tolist()
    passages: dict[int, float] = {}
    for row, cosine in zip(version.passage_rows(rows).tolist(), cosines, strict=True):
        passages.setdefault(row, cosine)
    return passages, dict(zip(rows.tolist()[:_CITED], cosines, strict=False))


_BASELINES = {"BM25 alone": _rank_by_words, "vectors alone": _rank_by_vectors}


def _outcomes(
    version: IndexVersion, questions: Iterable[Question], rank: Callable[[IndexVersion, Question], Ranked]
) -> Iterable[Outcome]:
    """Yield what a baseline finds; its confidence is the best sentence's score, squeezed into 0 to 1."""
    for question in questions:
        passages, sentences = rank(version, question)
        read: Sequence[Passage] = [version.passage(row) for row in list(passages)[:_READ]]
        found = [version.sentence(row) for row in sentences]
        score = max(sentences.values(), default=0.0)
        yield Outcome(
            id=question.id,
            question=question.text,
            language=question.language,
            answerable=question.answerable,
            answered=True,
            confidence=float(1 - np.exp(-max(score, 0.0))),
            article_rank=find_ranks(question, read)[0],
            passage_rank=find_ranks(question, read)[1],
            right=tuple(question.answered_by(article.id, s.start, s.end) for article, s in found),
            latency_ms=0.0,
        )


def _table(name: str, measured: Mapping[str, Measures], llamaindex: Mapping[str, float]) -> str:
    ours = measured["article-qa"]
    lines = [
        f"### {name}: {ours.questions:,} questions, {ours.unanswerable:,} of them unanswerable",
        "",
        f"| | {' | '.join(_SHOWN.values())} |",
        f"|---{'|---' * len(_SHOWN)}|",
    ]
    for title, found in measured.items():
        cells = ["" if title in _BASELINES and key in _NOT_FOR_BASELINES else _cell(found, key) for key in _SHOWN]
        lines.append(f"| {title} | {' | '.join(cells)} |")
    passages = f"{llamaindex['passage_1']:.3f} | {llamaindex['passage_5']:.3f}"
    lines.append(f"| LlamaIndex, its defaults | {passages}{' |' * (len(_SHOWN) - 1)}")
    return "\n".join(lines)


def _cell(measured: Measures, key: str) -> str:
    figure = measured.figures[key]
    return "" if np.isnan(figure.value) else f"{figure.value:.3f} ({figure.low:.3f}–{figure.high:.3f})"


_NOTES = (Path(__file__).parent / "quality_notes.md").read_text(encoding="utf-8") if __name__ == "__main__" else ""


if __name__ == "__main__":
    main()
