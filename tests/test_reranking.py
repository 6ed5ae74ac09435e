"""What was found, ranked and judged by what was read."""

from __future__ import annotations

from dataclasses import replace

import pytest

import qa
from qa.reader import load_reader
from qa.reranking import PASSAGES_READ, rerank

QUESTION = "Combien de soldats nord-coréens auraient été envoyés ?"


@pytest.fixture(scope="module")
def found(seed_qa):
    return seed_qa.retriever.search(QUESTION)


def test_what_was_read_comes_ahead_best_first_and_nothing_is_lost(seed_qa, found):
    ranked = rerank(found, load_reader(), seed_qa.retriever, QUESTION)
    assert {row for row, _ in ranked.passages} == {row for row, _ in found.passages}
    assert {hit.row for hit in ranked.sentences} == {hit.row for hit in found.sentences}
    scores = [hit.score for hit in ranked.sentences]
    assert scores == sorted(scores, reverse=True)
    read = [hit.read is not None for hit in ranked.sentences]
    assert read == sorted(read, reverse=True)
    first = {row for row, _ in found.passages[:PASSAGES_READ]}
    assert {row for row, _ in ranked.passages[: len(first)]} == first


def test_the_sentences_share_one_probability(seed_qa, found):
    ranked = rerank(found, load_reader(), seed_qa.retriever, QUESTION)
    shares = [hit.read.share for hit in ranked.sentences if hit.read is not None]
    assert sum(shares) == pytest.approx(1)
    assert shares == sorted(shares, reverse=True)


def test_where_nothing_was_found_nothing_is_read(seed_qa, found):
    nothing = replace(found, passages=(), sentences=())
    assert rerank(nothing, load_reader(), seed_qa.retriever, QUESTION) == nothing


def test_copies_of_one_sentence_count_together(tmp_path):
    said = "Le pont de Lisle a coûté 4,2 millions d'euros, selon la mairie."
    for name, before in (("a", "La mairie a publié ses comptes."), ("b", "Une crue a retardé le chantier.")):
        (tmp_path / f"{name}.txt").write_text(f"{before} {said}", encoding="utf-8")
    qa.build_index(tmp_path, index=tmp_path / "index")
    with qa.ArticleQA.open(tmp_path / "index", settings=qa.Settings(reader=True)) as engine:
        answer = engine.ask("Combien a coûté le pont de Lisle ?")
    assert answer.citations[0].quote == said
    assert answer.citations[0].also
    assert answer.confidence > 0.5
