"""The few numbers of `qa.reranking` and `qa.evidence`, fitted on questions that the reader was not trained on.

python -m training.calibrate FOLDER

`FOUND` and `READ` are fitted under the `RANKING` that stands in the code: put that in first, and run this again. At the
end it prints how often `RANKING`, and similarity alone, put a right sentence first: the table of docs/reader.md.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.metrics import roc_auc_score
from tqdm import tqdm

import qa
from qa.evaluation.questions import Question, read_questions
from qa.evidence import FOUND, READ, describe_best
from qa.reader import load_reader
from qa.reranking import RANKING, describe, read_best, rerank

FOLDS = 5
# Questions of one set asked of the articles of another, which do not answer them.
FOREIGN = (("piaf-fr", "xquad-de"), ("piaf-fr", "squad2-en"), ("xquad-en", "piaf-fr"))
FOREIGN_QUESTIONS = 90
_FOREIGN_WEIGHT = 0.2
_CITED = 3
CROSS_LINGUAL_WEIGHT = 0.6
_RIDGE = 0.01
_SIMILARITY = (0.0, 0.0, 1.0, 0.0, 0.0)  # the column of `describe` that tells how a sentence was found

Floats = np.ndarray[Any, np.dtype[np.float64]]


class Asked(NamedTuple):
    """A question, and what was read for it.

    Args:
        answerable: Whether the articles answer it.
        fold: By its article.
        weight: What it counts.
        columns: `describe` of the sentences that were read.
        passages: Their passages.
        right: Which of them are right.
        best: `describe_best` of the best.
    """

    answerable: bool
    fold: int
    weight: float
    columns: Floats
    passages: Any
    right: Any
    best: tuple[float, float, float]


def ask_all(engine: qa.ArticleQA, questions: list[Question], weight: float) -> Iterator[Asked]:
    """Ask questions of an index, and yield what was read for each."""
    articles = sorted(article.id for article in engine.articles())
    retriever = engine.retriever
    for number, question in enumerate(tqdm(questions, leave=False)):
        retrieval = retriever.search(question.text)
        read = read_best(retrieval, load_reader(), retriever, question.text)
        if not read:
            continue
        places = [engine._version.sentence(one.hit.row) for one in read]
        ranked = rerank(retrieval, load_reader(), retriever, question.text)
        yield Asked(
            question.answerable,
            (articles.index(question.article) if question.article in articles else number) % FOLDS,
            weight / np.sqrt(len(questions)),
            describe(read),
            np.array([one.hit.passage for one in read]),
            np.array([question.answered_by(article.id, place.start, place.end) for article, place in places]),
            describe_best(retriever.candidates(ranked, 1)[0], ranked),
        )


def collect(folder: Path, indexes: Path) -> dict[str, list[Asked]]:
    """Ask the questions of each set of its articles, and some of the articles of another set."""
    questions: dict[str, list[Question]] = {}
    asked: dict[str, list[Asked]] = {}
    for name in sorted(path.parent.name for path in folder.glob("*/questions.jsonl")):
        if not (indexes / name / "current").exists():
            qa.build_index(folder / name / "corpus.jsonl", index=indexes / name)
        with qa.ArticleQA.open(indexes / name) as engine:
            texts = {article.id: article.text for article in engine.articles()}
            questions[name] = read_questions(folder / name / "questions.jsonl", texts)
            weight = CROSS_LINGUAL_WEIGHT if "-over-" in name else 1.0
            asked[name] = list(ask_all(engine, questions[name], weight))
    for name, other in FOREIGN:
        if name in questions and other in questions:
            with qa.ArticleQA.open(indexes / other) as engine:
                foreign = [Question(q.id, q.text, q.language, None, ()) for q in questions[name][:FOREIGN_QUESTIONS]]
                asked[f"{name} of {other}"] = list(ask_all(engine, foreign, _FOREIGN_WEIGHT))
    return asked


def fit_ranking(asked: list[Asked]) -> Floats:
    """Return the weights of the columns under which the right sentences stand out: softmax over those of a question."""
    rows = [one for one in asked if one.right.any()]
    total = sum(one.weight for one in rows)

    def loss(vector: Floats) -> tuple[float, Floats]:
        value, gradient = _RIDGE * float(vector @ vector), 2 * _RIDGE * vector
        for one in rows:
            scores = one.columns @ vector
            shares = np.exp(scores - scores.max())
            shares /= shares.sum()
            right = shares @ one.right
            value -= one.weight / total * float(np.log(right))
            gradient = gradient + one.weight / total * ((shares - shares * one.right / right) @ one.columns)
        return value, gradient

    return np.asarray(minimize(loss, np.full(rows[0].columns.shape[1], 0.3), jac=True, method="L-BFGS-B").x)


def fit_answering(asked: list[Asked]) -> Floats:
    """Return the weights that best estimate the probability that a right sentence is among those cited."""
    right = np.array([_found(one, np.array(RANKING), _CITED) for one in asked])
    weights = np.array([one.weight for one in asked])
    columns = np.array([one.best for one in asked])

    def loss(vector: Floats) -> float:
        probability = np.clip(answering(columns, vector), 1e-6, 1 - 1e-6)
        logarithms = np.where(right, np.log(probability), np.log1p(-probability))
        return float(-(weights @ logarithms) / weights.sum()) + _RIDGE / 10 * float(vector @ vector)

    return np.asarray(minimize(loss, np.array((*FOUND, *READ)), method="L-BFGS-B").x)


def answering(columns: Floats, vector: Floats) -> Floats:
    """Return the probabilities for `describe_best`: `(n, 3)`, and `FOUND` and `READ` after each other: `(5,)`."""
    found = expit(columns[:, :2] @ vector[:2] + vector[2])
    return np.asarray(found * expit(columns[:, 2] * vector[3] + vector[4]))


def _found(one: Asked, ranking: Floats, size: int) -> bool:
    """Tell whether a right sentence is among the best."""
    return bool(one.right[np.argsort(-(one.columns @ ranking))[:size]].any())


def _chosen(one: Asked, ranking: Floats) -> bool:
    """Tell whether the best sentence of the passages that answer is right."""
    inside = np.isin(one.passages, one.passages[one.right])
    return bool(one.right[inside][np.argmax((one.columns @ ranking)[inside])])


def shares(asked: list[Asked]) -> list[float]:
    """Return the shares of a right sentence in the passage that answers, first of all, and among the best three.

    Returns:
        Six shares of the questions with an answer: each by similarity, then by `RANKING`.
    """
    answerable = [one for one in asked if one.answerable]
    in_passage = [one for one in answerable if one.right.any()]
    weights = (np.array(_SIMILARITY), np.array(RANKING))
    chosen = [np.mean([_chosen(one, ranking) for one in in_passage]) for ranking in weights]
    found = [np.mean([_found(one, ranking, size) for one in answerable]) for size in (1, _CITED) for ranking in weights]
    return [float(share) for share in (*chosen, *found)]


def main() -> None:
    """Fit, and print the numbers, and how well numbers fitted without a question's fold do for it."""
    parser = argparse.ArgumentParser(prog="python -m training.calibrate", description=__doc__)
    parser.add_argument("folder", type=Path, help="the question sets that training.held_out wrote")
    parser.add_argument("--indexes", type=Path, help="keep the indexes here, and use those that are")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        sets = collect(options.folder, options.indexes or Path(scratch))
    everything = [one for asked in sets.values() for one in asked]
    print("RANKING =", tuple(fit_ranking(everything).round(3).tolist()))
    print("(*FOUND, *READ) =", tuple(fit_answering(everything).round(3).tolist()))
    rankings, answerings = {}, {}
    for fold in range(FOLDS):
        others = [one for one in everything if one.fold != fold]
        rankings[fold], answerings[fold] = fit_ranking(others), fit_answering(others)
    for name, asked in sets.items():
        found = np.array(
            [[_found(one, rankings[one.fold], size) for size in (1, _CITED)] for one in asked if one.answerable]
        )
        probability = [answering(np.array([one.best]), answerings[one.fold])[0] for one in asked]
        answerable = [one.answerable for one in asked]
        said = f"{name}: {len(asked)} questions, mean probability {np.mean(probability):.2f}"
        if any(answerable):
            said += f", right first {found[:, 0].mean():.3f}, in three {found[:, 1].mean():.3f}"
        if len(set(answerable)) > 1:
            said += f", AUROC {roc_auc_score(answerable, probability):.3f}"
        print(said)
    for name, asked in sets.items():
        if any(one.answerable for one in asked):
            print("|", name, "|", " | ".join(f"{share:.2f}" for share in shares(asked)), "|")


if __name__ == "__main__":
    main()
