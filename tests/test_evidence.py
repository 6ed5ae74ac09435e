"""Choosing evidence: few sentences, best first, nothing twice; below the threshold none is an answer."""

from __future__ import annotations

import dataclasses

import pytest

from qa.evidence import choose_evidence
from qa.retrieval import Candidate, ReadHit, Retrieval, SentenceHit
from qa.schema import Article, Sentence

WORDS = tuple(frozenset({term}) for term in ("port", "brest", "ferm"))
ASKED = Retrieval(
    "Le port de Brest a-t-il fermé ?",
    language="fr",
    continued=False,
    words=WORDS,
    indexed=50,
    searched=50,
    passages=(),
    sentences=(),
)


def candidate(text: str, score: float, *, lift: float = 4.0, kind: str = "text", article: str = "a") -> Candidate:
    hit = SentenceHit(row=0, passage=0, lift=lift, coverage=0.9, score=score)
    found_in = Article(article, "Titre", "fr", None, "a.md", text)
    return Candidate(hit, found_in, Sentence(0, len(text), text, kind))


def texts(candidates: list[Candidate], limit: int = 3, threshold: float = 0.0) -> list[str]:
    evidence = choose_evidence(ASKED, candidates, limit=limit, threshold=threshold)
    return [chosen.sentence.text for chosen, _ in evidence.chosen]


PORT = candidate("Le port de Brest a fermé lundi matin.", 10.0)
TRAIN = candidate("Un train de marchandises a déraillé près de Metz.", 9.8, article="b")
GRAIN = candidate("La récolte de blé dépasse celle de l’an dernier.", 9.6)
SNOW = candidate("Il a neigé sur les Vosges toute la nuit.", 9.4)


def test_the_best_sentence_is_always_chosen_first():
    assert texts([PORT, TRAIN, GRAIN])[0] == PORT.sentence.text


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_no_more_sentences_are_chosen_than_the_limit(limit):
    assert 1 <= len(texts([PORT, TRAIN, GRAIN, SNOW], limit=limit)) <= limit


def test_a_sentence_far_behind_the_best_is_left_out():
    assert texts([PORT, dataclasses.replace(TRAIN, hit=dataclasses.replace(TRAIN.hit, score=-90.0))]) == [
        PORT.sentence.text
    ]


@pytest.mark.parametrize(
    "same",
    [
        "Le port de Brest a fermé lundi matin.",
        "LE PORT DE BREST A FERMÉ LUNDI MATIN !",
        "Lundi matin, le port de Brest a fermé.",
    ],
)
def test_a_sentence_that_says_the_same_is_not_chosen_again(same):
    assert same not in texts([PORT, candidate(same, 9.9, article="b")])[1:]


@pytest.mark.parametrize("asks", ["Le port a-t-il fermé ?", "« Pourquoi ? »", "¿Por qué?", "为什么？", "هل أغلق؟"])
def test_a_question_in_an_article_answers_nothing(asks):
    assert texts([candidate(asks, 20.0), PORT]) == [PORT.sentence.text]


def test_a_heading_gives_way_to_a_sentence_that_fits_about_as_well():
    assert texts([candidate("Le port ferme", 10.1, kind="heading"), PORT])[0] == PORT.sentence.text


def test_headings_are_chosen_where_an_article_has_nothing_else():
    assert texts([candidate("Le port ferme", 10.0, kind="heading")]) == ["Le port ferme"]


def test_without_candidates_nothing_is_chosen_and_nothing_answered():
    evidence = choose_evidence(ASKED, [], limit=3, threshold=0.5)
    assert (evidence.chosen, evidence.confidence, evidence.answers) == ((), 0.0, False)


def test_candidates_without_a_statement_answer_nothing():
    evidence = choose_evidence(ASKED, [candidate("Pourquoi ?", 10.0)], limit=3, threshold=0.5)
    assert (evidence.chosen, evidence.answers) == ((), False)


def test_confidence_is_the_support_of_the_best_between_0_and_1():
    for lift in (-20.0, -1.0, 0.0, 1.0, 3.0, 30.0):
        evidence = choose_evidence(ASKED, [candidate("Le port a fermé.", 1.0, lift=lift)], limit=3, threshold=0.5)
        ((_, support),) = evidence.chosen
        assert evidence.confidence == support
        assert 0 <= support <= 1


def test_confidence_rises_with_lift():
    found = [
        choose_evidence(ASKED, [candidate("Le port a fermé.", 1.0, lift=lift)], limit=3, threshold=0.5).confidence
        for lift in (-1.0, 0.0, 1.0, 2.0, 4.0)
    ]
    assert found == sorted(found), found


def test_the_threshold_decides_whether_the_sentences_are_an_answer():
    confidence = choose_evidence(ASKED, [PORT], limit=3, threshold=0.5).confidence
    assert choose_evidence(ASKED, [PORT], limit=3, threshold=confidence).answers
    assert not choose_evidence(ASKED, [PORT], limit=3, threshold=confidence + 0.001).answers


def test_below_the_threshold_the_nearest_sentences_are_still_given():
    evidence = choose_evidence(ASKED, [PORT], limit=3, threshold=1.1)
    assert not evidence.answers
    assert [chosen for chosen, _ in evidence.chosen] == [PORT]


def was_read(lift: float, answers: float) -> bool:
    port = candidate(PORT.sentence.text, 1.0, lift=lift)
    hit = dataclasses.replace(port.hit, read=ReadHit(share=0.9, answers=answers, start=0, end=4))
    return choose_evidence(ASKED, [dataclasses.replace(port, hit=hit)], limit=3, threshold=0.5).answers


def test_what_was_found_and_reads_like_an_answer_is_one():
    assert was_read(lift=4.0, answers=4.0)


def test_what_does_not_read_like_an_answer_is_none_however_near_it_comes():
    assert not was_read(lift=40.0, answers=-8.0)


def test_what_reads_like_an_answer_is_none_where_the_articles_speak_of_something_else():
    assert not was_read(lift=-4.0, answers=40.0)
