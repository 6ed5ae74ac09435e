"""Asking about some articles only: nothing else is looked at, and what is there is found as well as without."""

from __future__ import annotations

import re

import pytest

import qa
from qa.errors import ArticleError, QuestionError

FRENCH = "coree-du-nord-russie"
ENGLISH = "russia-north-korea-treaty"
ANSWERABLE = "When did the State Duma ratify the treaty?"
RATIFIED = "In Russia, the State Duma ratified the treaty on 24 October."


@pytest.fixture(scope="module")
def bridges(tmp_path_factory) -> qa.ArticleQA:
    """Forty articles that say the same of forty bridges, so that a wrong one is always near."""
    folder = tmp_path_factory.mktemp("bridges")
    (folder / "seeds").mkdir()
    for number in range(40):
        said = f"Le pont numéro {number} ouvre. Il mesure {10 + number} mètres. Il est rouge. Il est neuf. Il est cher."
        (folder / "seeds" / f"pont-{number}.txt").write_text(said, encoding="utf-8")
    qa.build_index(folder / "seeds", index=folder / "index")
    with qa.ArticleQA.open(folder / "index") as engine:
        yield engine


def cited(answer: qa.Answer) -> list[qa.Citation]:
    return [*answer.citations, *answer.nearest]


def test_only_sentences_of_the_articles_that_are_named_are_cited(seed_qa):
    for article in (FRENCH, ENGLISH):
        answer = seed_qa.ask("Qui a ratifié le traité, et quand ?", articles=[article])
        assert {citation.article for citation in cited(answer)} == {article}
        assert answer.articles_searched == 1
        assert {passage.article for passage in seed_qa.retrieve(ANSWERABLE, articles=[article])} == {article}


def test_the_right_sentence_of_the_article_that_is_named_comes_first(seed_qa):
    answer = seed_qa.ask(ANSWERABLE, articles={ENGLISH})
    assert answer.answered
    assert answer.citations[0].quote == RATIFIED, answer.text


def test_what_another_article_says_is_not_answered(seed_qa):
    answer = seed_qa.ask("Which chamber approved the treaty on 6 November?", articles=[FRENCH])
    assert not any("Federation Council" in citation.quote for citation in cited(answer))


@pytest.mark.parametrize("number", [0, 17, 39])
def test_one_of_many_like_articles_is_found_by_vectors_and_by_words(bridges, number):
    answer = bridges.ask("Combien de mètres mesure le pont ?", articles=[f"pont-{number}"])
    assert answer.articles_searched == 1
    assert f"Il mesure {10 + number} mètres." in [citation.quote for citation in cited(answer)]
    assert {citation.article for citation in cited(answer)} == {f"pont-{number}"}


def test_several_articles_that_do_not_lie_side_by_side_are_looked_through(bridges):
    chosen = ["pont-39", "pont-2", "pont-20"]
    found = bridges.retrieve("Quel pont ouvre ?", articles=chosen, limit=100)
    assert {passage.article for passage in found} == set(chosen)
    assert sum(len(passage.sentences) for passage in found) == 15
    assert bridges.ask("Quel pont ouvre ?", articles=chosen).articles_searched == 3


def test_all_articles_by_name_answer_as_all_articles(seed_qa):
    for question in (ANSWERABLE, "Qui a parlé sur SBS ?", "Comment faire une pâte à crêpes ?"):
        one, other = seed_qa.ask(question), seed_qa.ask(question, articles=[ENGLISH, FRENCH])
        assert (one.text, one.confidence, one.articles_searched) == (other.text, other.confidence, 2)


def test_an_article_named_twice_is_one(seed_qa):
    assert seed_qa.ask(ANSWERABLE, articles=(ENGLISH, ENGLISH)).articles_searched == 1


def test_the_short_way_in_takes_articles_too(seed_index):
    assert qa.ask(ANSWERABLE, index=seed_index, articles=[FRENCH]).articles_searched == 1


@pytest.mark.parametrize("unknown", ["nowhere", "", "../secret", "\ud83d", "' OR 1=1 --", FRENCH.upper()])
def test_an_article_that_is_not_there_is_named_with_how_to_list_those_that_are(seed_qa, unknown):
    for ask in (seed_qa.ask, seed_qa.retrieve):
        with pytest.raises(ArticleError, match=re.escape(repr(unknown))) as refusal:
            ask(ANSWERABLE, articles=[ENGLISH, unknown])
        assert "articles()" in str(refusal.value)


@pytest.mark.parametrize(
    ("articles", "said"),
    [
        ([], "no article is given"),
        (set(), "no article is given"),
        (ENGLISH, "must be a collection of ids"),
        (b"bytes", "must be a collection of ids"),
        (7, "must be a collection of ids"),
        ([7], "must be a string, not int"),
        ([[ENGLISH]], "must be a string, not list"),
    ],
)
def test_articles_that_cannot_be_looked_into_say_why(seed_qa, articles, said):
    for ask in (seed_qa.ask, seed_qa.retrieve):
        with pytest.raises(QuestionError, match=said):
            ask(ANSWERABLE, articles=articles)
