"""The data that goes in and out: frozen, JSON-ready, and readable in a mail."""

from __future__ import annotations

import dataclasses
import json

import pytest

from qa.errors import QuestionError
from qa.schema import Answer, Article, Citation, Passage, Repetition, Sentence

CITATION = Citation(
    number=1,
    article="port",
    start=10,
    end=42,
    quote="Le pont\nouvrira  en mai 2025.",
    score=0.9,
    title="Le pont",
    published="2025-01-02",
    source="seeds/pont.md",
)
ANSWERED = Answer(
    question="Quand ?",
    understood="Quand ?",
    text="Le pont ouvrira en mai 2025. [1]",
    answered=True,
    confidence=0.9,
    language="fr",
    citations=(CITATION,),
    nearest=(),
    articles_searched=2,
    index_version="v1",
    timings_ms={"total": 1.0},
)
ABSTAINED = dataclasses.replace(
    ANSWERED, text="Les articles ne répondent pas.", answered=False, citations=(), nearest=(CITATION,)
)


@pytest.mark.parametrize(
    "thing",
    [
        Article("a", "A", "fr", None, "a.md", "Texte."),
        Sentence(0, 6, "Texte."),
        Passage("a", "A", 0, 6, "Texte.", (Sentence(0, 6, "Texte."),)),
        CITATION,
        ANSWERED,
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_data_cannot_be_changed(thing):
    field = dataclasses.fields(thing)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(thing, field, "x")


def test_an_answer_as_a_dict_is_json_with_every_field_of_its_citations():
    read = json.loads(json.dumps(ANSWERED.to_dict()))
    assert read["question"] == "Quand ?"
    assert read["answered"] is True
    assert read["citations"] == [json.loads(json.dumps(dataclasses.asdict(CITATION)))]
    assert set(read) == {field.name for field in dataclasses.fields(Answer)}


@pytest.mark.parametrize("answer", [ANSWERED, ABSTAINED], ids=["answered", "abstained"])
def test_an_answer_comes_back_out_of_its_dict_also_through_json(answer):
    assert Answer.from_dict(answer.to_dict()) == answer
    assert Answer.from_dict(json.loads(json.dumps(answer.to_dict()))) == answer


def test_keys_that_an_answer_does_not_have_are_let_be():
    assert Answer.from_dict({**ANSWERED.to_dict(), "vote": "up"}) == ANSWERED


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: data.pop("understood"), "the answer lacks understood"),
        (lambda data: (data.pop("text"), data.pop("confidence")), "lacks text, confidence"),
        (lambda data: data["citations"][0].pop("quote"), "citations lacks quote"),
        (
            lambda data: data.update(citations="none"),
            r"citations of the answer must be tuple\[Citation, ...\], not str",
        ),
        (lambda data: data.update(nearest=["x"]), "the nearest must be a mapping"),
        (lambda data: data.update(answered="yes"), "answered of the answer must be bool, not str"),
        (lambda data: data.update(confidence=True), "confidence of the answer must be float, not bool"),
        (lambda data: data.update(timings_ms=None), "timings_ms of the answer must be"),
    ],
)
def test_a_dict_that_is_no_answer_says_what_is_wrong_with_it(change, said):
    data = json.loads(json.dumps(ANSWERED.to_dict()))
    change(data)
    with pytest.raises(QuestionError, match=said):
        Answer.from_dict(data)


@pytest.mark.parametrize("data", [None, "answer", [], 7])
def test_what_is_no_mapping_is_no_answer(data):
    with pytest.raises(QuestionError, match=f"must be a mapping as `to_dict` writes it, not {type(data).__name__}"):
        Answer.from_dict(data)


def test_a_passage_as_a_dict_is_json_with_its_sentences():
    passage = Passage("a", "A", 0, 6, "Texte.", (Sentence(0, 6, "Texte.", score=1.5),), 2.0)
    read = json.loads(json.dumps(passage.to_dict()))
    assert (read["score"], read["sentences"][0]["score"]) == (2.0, 1.5)


def test_markdown_shows_the_question_the_answer_and_its_numbered_sources():
    assert ANSWERED.to_markdown() == (
        "**Quand ?**\n\nLe pont ouvrira en mai 2025. [1]\n\n- [1] Le pont, 2025-01-02, seeds/pont.md\n"
    )


REPEATED = dataclasses.replace(
    CITATION,
    also=(
        Repetition("pont-2", 0, 30, CITATION.quote, "Le pont (2)", None, "wire/pont.txt"),
        Repetition("pont-3", 0, 36, "Le pont ouvrira donc en mai 2025.", "Pont", "2025-01-03", "wire/3.txt"),
    ),
)


def test_articles_that_say_the_same_stand_below_their_citation_with_what_they_say_differently():
    assert (
        dataclasses.replace(ANSWERED, citations=(REPEATED,))
        .to_markdown()
        .endswith(
            "- [1] Le pont, 2025-01-02, seeds/pont.md\n"
            "  - Le pont (2), wire/pont.txt\n"
            "  - “Le pont ouvrira donc en mai 2025.” — Pont, 2025-01-03, wire/3.txt\n"
        )
    )


def test_articles_that_say_the_same_are_read_back_and_may_be_missing():
    answer = dataclasses.replace(ANSWERED, citations=(REPEATED,))
    data = json.loads(json.dumps(answer.to_dict()))
    assert Answer.from_dict(data) == answer
    del data["citations"][0]["also"]
    assert Answer.from_dict(data) == ANSWERED
    data["citations"][0]["also"] = [{"article": "pont-2"}]
    with pytest.raises(QuestionError, match="also of citations lacks start"):
        Answer.from_dict(data)


def test_markdown_shows_how_a_follow_up_was_understood():
    understood = dataclasses.replace(ANSWERED, understood="Quand ? (le pont)")
    assert understood.to_markdown().startswith("**Quand ?**\n\n*Quand ? (le pont)*\n\nLe pont ouvrira")


def test_markdown_writes_out_a_quote_that_the_answer_words_differently():
    worded = dataclasses.replace(ANSWERED, text="En mai 2025. [1]")
    assert "- [1] “Le pont ouvrira en mai 2025.” — Le pont, 2025-01-02, seeds/pont.md\n" in worded.to_markdown()


def test_markdown_of_an_abstention_gives_the_nearest_sentences_no_number():
    shown = ABSTAINED.to_markdown()
    assert "- “Le pont ouvrira en mai 2025.”" in shown
    assert "[1]" not in shown


def test_markdown_of_an_answer_with_no_sentence_at_all_ends_with_its_text():
    empty = dataclasses.replace(ABSTAINED, nearest=())
    assert empty.to_markdown() == "**Quand ?**\n\nLes articles ne répondent pas.\n"


def test_markdown_leaves_out_a_date_that_the_article_does_not_state():
    undated = dataclasses.replace(ANSWERED, citations=(dataclasses.replace(CITATION, published=None),))
    assert "- [1] Le pont, seeds/pont.md\n" in undated.to_markdown()


def test_markdown_puts_a_question_of_several_lines_on_one():
    """A blank line would end the bold type, and leave its asterisks in the mail."""
    asked = dataclasses.replace(ANSWERED, question="Bonjour,\n\nquand ouvrira\tle pont ?")
    assert asked.to_markdown().startswith("**Bonjour, quand ouvrira le pont ?**\n")
