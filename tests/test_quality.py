"""The answers' quality on the seeds, read and unread, so that a change that costs it is seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.evaluation import Measures, evaluate
from qa.settings import Settings

ROOT = Path(__file__).resolve().parent.parent

# What the service gives on 130 questions with its reader and without, and how far a figure may fall before it counts as
# a loss: about one standard error, so that a change that moves two or three questions passes and one that moves ten
# does not.
AT_LEAST = {
    "passage_1": (0.903, 0.785, 0.04),
    "passage_5": (0.978, 0.978, 0.02),
    "shown_first": (0.860, 0.774, 0.04),
    "sentence_cited": (0.903, 0.914, 0.035),
    "answered": (0.978, 0.978, 0.03),
    "refused": (0.838, 0.486, 0.08),
    "auroc": (0.947, 0.778, 0.04),
}
AT_MOST = {
    "risk_coverage_area": (0.103, 0.165, 0.04),
    "calibration_error": (0.101, 0.190, 0.04),
    "citations": (2.19, 2.84, 0.15),
}


@pytest.fixture(scope="module", params=[True, False], ids=["read", "unread"])
def measured(request, seed_index) -> tuple[bool, Measures]:
    questions = ROOT / "tests" / "data" / "seed_questions.jsonl"
    report = evaluate(questions, ROOT / "seeds", index=seed_index, settings=Settings(reader=request.param))
    return request.param, report.measures["all"]


@pytest.mark.parametrize("name", AT_LEAST)
def test_no_share_of_right_answers_has_fallen(measured, name):
    read, measures = measured
    with_reader, without, slack = AT_LEAST[name]
    assert measures.figures[name].value >= (with_reader if read else without) - slack, measures.figures[name]


@pytest.mark.parametrize("name", AT_MOST)
def test_no_error_has_risen(measured, name):
    read, measures = measured
    with_reader, without, slack = AT_MOST[name]
    assert measures.figures[name].value <= (with_reader if read else without) + slack, measures.figures[name]
