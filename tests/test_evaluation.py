"""`qa eval`: what is counted, how sure the figures are, and what is said about questions that cannot be used."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import pytest

from qa.cli import main
from qa.errors import EvaluationError
from qa.evaluation import Outcome, evaluate, measure, read_questions
from qa.evaluation.pictures import draw_pictures

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS = ROOT / "tests" / "data" / "seed_questions.jsonl"
TEXTS = {"a": "Le pont a rouvert. Il avait fermé en mai."}


def outcome(
    *,
    answerable: bool = True,
    answered: bool = True,
    confidence: float = 0.5,
    right: tuple[bool, ...] = (True,),
    passage_rank: int | None = 1,
    article_rank: int | None = 1,
    language: str = "fr",
) -> Outcome:
    return Outcome("q", "?", language, answerable, answered, confidence, article_rank, passage_rank, right, 10.0)


def figure(outcomes: list[Outcome], name: str) -> float:
    return measure(outcomes, resamples=20).figures[name].value


# -- what is counted -------------------------------------------------------------------------------------------


def test_ranks_count_over_the_answerable_questions_alone():
    outcomes = [
        outcome(passage_rank=1),
        outcome(passage_rank=5),
        outcome(passage_rank=6),
        outcome(passage_rank=None),
        outcome(answerable=False, passage_rank=None, right=(False,)),
    ]
    assert [figure(outcomes, f"passage_{rank}") for rank in (1, 5, 10)] == [0.25, 0.5, 0.75]


def test_a_right_sentence_of_an_abstention_is_shown_but_not_cited():
    outcomes = [outcome(), outcome(answered=False), outcome(right=(False, True)), outcome(right=(False,))]
    assert figure(outcomes, "sentence_first") == 0.25
    assert figure(outcomes, "sentence_cited") == 0.5
    assert figure(outcomes, "shown_first") == 0.5
    assert figure(outcomes, "shown_any") == 0.75


def test_citation_precision_counts_the_citations_of_every_answer_also_of_wrong_ones():
    outcomes = [
        outcome(right=(True, False, False)),
        outcome(answerable=False, right=(False,)),
        outcome(answered=False, right=(True, True)),
    ]
    assert figure(outcomes, "citation_precision") == 0.25
    assert figure(outcomes, "citations") == 2.0


def test_answered_and_refused_are_shares_of_their_own_kind():
    outcomes = [outcome(), outcome(answered=False)]
    outcomes += [outcome(answerable=False, answered=answered, right=()) for answered in (True, False, False, False)]
    assert figure(outcomes, "answered") == 0.5
    assert figure(outcomes, "refused") == 0.75


def test_auroc_is_the_share_of_pairs_in_the_right_order_and_ties_count_half():
    answerable = [outcome(confidence=confidence) for confidence in (0.9, 0.4)]
    unanswerable = [outcome(answerable=False, confidence=confidence, right=()) for confidence in (0.4, 0.1)]
    assert figure(answerable + unanswerable, "auroc") == 3.5 / 4


def test_risk_is_the_share_of_wrong_answers_among_the_most_confident():
    outcomes = [
        outcome(confidence=0.9),
        outcome(confidence=0.8, right=(False,)),
        outcome(confidence=0.7),
        outcome(confidence=0.2, answerable=False, right=(False,)),
    ]
    measured = measure(outcomes, resamples=20)
    assert measured.risk_coverage.x == (0.25, 0.5, 0.75, 1.0)
    assert measured.risk_coverage.y == pytest.approx((0, 1 / 2, 1 / 3, 1 / 2))
    assert measured.figures["risk_coverage_area"].value == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)


def test_confidences_that_are_equal_cannot_be_told_apart_by_their_order():
    pair = [outcome(confidence=0.5), outcome(confidence=0.5, right=(False,))]
    for outcomes in (pair, pair[::-1]):
        assert measure(outcomes, resamples=20).risk_coverage.y == (0.5, 0.5)


def test_calibration_error_is_how_far_the_confidence_is_from_the_share_that_is_right():
    sure = [outcome(confidence=0.9, right=(right,)) for right in (True, True, True, False)]
    unsure = [outcome(confidence=0.25, right=(right,)) for right in (True, False, False, False)]
    assert figure(sure + unsure, "calibration_error") == pytest.approx(0.15 / 2)
    assert figure(unsure, "calibration_error") == pytest.approx(0.0)


def test_what_a_set_cannot_tell_is_no_number():
    measured = measure([outcome()], resamples=20)
    for name in ("auroc", "refused"):
        assert math.isnan(measured.figures[name].value)
        assert measured.to_dict()["figures"][name] == {"value": None, "low": None, "high": None}


def test_intervals_hold_the_figure_and_narrow_with_more_questions():
    def interval(count: int) -> tuple[float, float, float]:
        made = measure([outcome(right=(number % 4 > 0,)) for number in range(count)]).figures["sentence_first"]
        return made.low, made.value, made.high

    few, many = interval(40), interval(1000)
    assert few[0] < few[1] < few[2]
    assert many[0] < many[1] < many[2]
    assert many[2] - many[0] < (few[2] - few[0]) / 3
    # sqrt(p (1 - p) / n) times 1.96 on either side
    assert many[2] - many[0] == pytest.approx(2 * 1.96 * (0.75 * 0.25 / 1000) ** 0.5, rel=0.15)


# -- reading questions -----------------------------------------------------------------------------------------


def written(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_an_answer_is_given_by_its_span_or_word_for_word(tmp_path):
    lines = [
        {"id": "x", "lang": "fr-FR", "question": "Quand ?", "answerable": True, "article": "a", "spans": [[37, 40]]},
        {"question": "Quoi ?", "article": "a", "gold": ["Le pont a rouvert."]},
        {"question": "Qui ?", "answerable": False, "article": "a", "spans": [], "answers": []},
    ]
    by_span, by_gold, unanswerable = read_questions(written(tmp_path, *map(json.dumps, lines), ""), TEXTS)
    assert (by_span.id, by_span.language, TEXTS["a"][slice(*by_span.spans[0])]) == ("x", "fr", "mai")
    assert (by_gold.id, by_gold.spans) == ("2", ((0, 18),))
    assert (unanswerable.answerable, unanswerable.article) == (False, None)


def test_a_citation_is_right_when_it_holds_most_of_a_span_of_the_right_article(tmp_path):
    line = json.dumps({"question": "Quoi ?", "article": "a", "spans": [[10, 20]]})
    (question,) = read_questions(written(tmp_path, line), TEXTS)
    assert question.answered_by("a", 0, 18)
    assert question.answered_by("a", 14, 40)
    assert not question.answered_by("a", 15, 40)  # half of it is not most of it
    assert not question.answered_by("b", 0, 40)


def test_several_articles_may_answer(tmp_path):
    also = [{"article": "b", "spans": [[0, 5]]}]
    line = json.dumps({"question": "Quoi ?", "article": "a", "spans": [[10, 20]], "also": also})
    (question,) = read_questions(written(tmp_path, line), {**TEXTS, "b": "Le bac a coulé."})
    assert question.answered_by("a", 0, 18)
    assert question.answered_by("b", 0, 10)
    assert not question.answered_by("b", 10, 18)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "not valid JSON"),
        ("[]", "not a JSON object"),
        ('{"answerable": false}', 'no "question"'),
        ('{"question": "  "}', 'no "question"'),
        (json.dumps({"question": "x" * 2001}), "at most 2,000"),
        ('{"question": "Q", "article": "a", "spans": [[0, 99]]}', "not within article 'a' of 41 characters"),
        ('{"question": "Q", "article": "a", "spans": [[5, 5]]}', "not within"),
        ('{"question": "Q", "article": "a", "spans": ["5"]}', "not a span"),
        ('{"question": "Q", "article": "a", "spans": 5}', "must be lists"),
        ('{"question": "Q", "article": "b", "spans": [[0, 9]]}', "no article 'b'"),
        ('{"question": "Q", "article": "a", "gold": ["Le port"]}', "does not hold the gold sentence 'Le port'"),
        ('{"question": "Q", "answerable": true}', "the line has no spans"),
        ('{"question": "Q", "answerable": "yes"}', "must be true or false"),
    ],
)
def test_a_line_that_cannot_be_used_is_named_with_its_reason(tmp_path, line, said):
    path = written(tmp_path, '{"question": "Q"}', line)
    with pytest.raises(EvaluationError) as error:
        read_questions(path, TEXTS)
    assert f"{path}, line 2: " in str(error.value)
    assert said in str(error.value)
    assert "Mend the line" in str(error.value)


def test_an_id_that_is_there_twice_is_refused(tmp_path):
    line = '{"id": 7, "question": "Q"}'
    with pytest.raises(EvaluationError, match="line 2: the id '7' is there twice"):
        read_questions(written(tmp_path, line, line), TEXTS)


def test_a_file_without_questions_is_refused(tmp_path):
    with pytest.raises(EvaluationError, match="there is no question"):
        read_questions(written(tmp_path, "", "  "), TEXTS)


def test_a_file_that_is_not_utf8_is_refused(tmp_path):
    path = tmp_path / "questions.jsonl"
    path.write_bytes(b'{"question": "\xe9"}')
    with pytest.raises(EvaluationError, match="not UTF-8"):
        read_questions(path, TEXTS)


# -- the command -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def some_questions(tmp_path_factory) -> Path:
    """Questions in two languages, answerable and not, of the seeds."""
    path = tmp_path_factory.mktemp("questions") / "some.jsonl"
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    chosen = [line for number, line in enumerate(lines) if number % 8 == 0]
    path.write_text("\n".join(chosen), encoding="utf-8")
    return path


def test_the_command_reports_as_a_table_as_json_as_rows_and_as_pictures(some_questions, tmp_path, capsys):
    index = tmp_path / "index"
    command = ["eval", str(some_questions), "--corpus", str(ROOT / "seeds"), "--index", str(index)]
    written_to = [
        "--json",
        str(tmp_path / "r.json"),
        "--rows",
        str(tmp_path / "rows"),
        "--pictures",
        str(tmp_path / "p"),
    ]
    assert main([*command, *written_to]) == 0
    shown = capsys.readouterr()
    assert "right sentence among the citations" in shown.out
    assert "asking" in shown.err  # the progress bar
    rows = [json.loads(line) for line in (tmp_path / "rows").read_text(encoding="utf-8").splitlines()]
    report = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert len(rows) == report["measures"]["all"]["questions"] == len(some_questions.read_text().splitlines())
    assert {"all", *(row["language"] for row in rows)} == set(report["measures"])
    cited = [row["answered"] and any(row["right"]) for row in rows if row["answerable"]]
    stated = report["measures"]["all"]["figures"]["sentence_cited"]["value"]
    assert stated == pytest.approx(sum(cited) / len(cited), abs=1e-4)
    pictures = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "p").iterdir()}
    assert set(pictures) == {"found.svg", "risk-coverage.svg", "reliability.svg"}
    assert all("<svg" in picture for picture in pictures.values())

    version = (index / "current").read_text()
    assert main([*command, "--json", str(tmp_path / "again.json")]) == 0
    assert (index / "current").read_text() == version, "the index was built again"
    again = json.loads((tmp_path / "again.json").read_text(encoding="utf-8"))
    for measures in (*report["measures"].values(), *again["measures"].values()):
        del measures["latency_ms"]
    assert again == report


def test_pictures_are_the_same_bytes_each_time(tmp_path):
    measures = {"fr": measure([outcome(), outcome(confidence=0.2, right=(False,))], resamples=20)}
    first, second = (
        [path.read_bytes() for path in draw_pictures(measures, tmp_path / name)] for name in ("one", "two")
    )
    assert first == second


def test_without_matplotlib_the_install_command_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(EvaluationError, match=r"pip install 'article-qa\[eval\]'"):
        draw_pictures({"fr": measure([outcome()], resamples=20)}, tmp_path)


def test_a_missing_file_of_questions_is_an_error_before_anything_is_built(tmp_path, capsys):
    index = tmp_path / "index"
    command = ["eval", str(tmp_path / "none.jsonl"), "--corpus", str(ROOT / "seeds"), "--index", str(index)]
    assert main(command) == 2
    assert "there is no file" in capsys.readouterr().err
    assert not index.exists()


def test_a_report_that_cannot_be_written_is_an_error(seed_index, some_questions, tmp_path):
    report = evaluate(some_questions, ROOT / "seeds", index=seed_index)
    with pytest.raises(EvaluationError, match="cannot be written"):
        report.write(json_file=tmp_path / "missing" / "report.json")
