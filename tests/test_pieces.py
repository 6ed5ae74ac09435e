"""Texts cut into the pieces of the bundled model's vocabulary."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.bundled import open_bundled_model
from qa.embedding import load_embedding
from qa.pieces import UNKNOWN, Pieces


@pytest.fixture(scope="module")
def pieces() -> Pieces:
    return Pieces(open_bundled_model())


@pytest.mark.parametrize(
    "text",
    [
        "Combien  a coûté le pont de Lisle ?",
        "Œuvre n° 3½ : « l’été » à 17 h 30…",
        "Die Straßenbahn fährt über die Brücke.",
        "Ο φάρος άναψε ξανά τη Δευτέρα.",
        "สะพานเปิดให้ใช้เมื่อวันจันทร์",
        "橋は月曜日に開通した。",
        "ﬁn de l’aﬀaire",
        "\u00a0un\u2009blanc\tou\ndeux  ",
    ],
)
def test_a_text_has_as_many_pieces_as_the_bundled_model_counts(pieces, text):
    model = load_embedding("bundled")._model
    assert len(pieces.cut(f"passage: {text.strip()}")) == model.token_count(text.strip(), is_query=False) - 2


def test_each_piece_points_to_its_characters(pieces):
    text = "Le pont a coûté\u00a04,2 millions d’euros."
    cut = pieces.cut(text)
    assert "".join(text[piece.start : piece.end] for piece in cut) == text.replace(" ", "").replace("\u00a0", "")
    assert [piece.start for piece in cut] == sorted(piece.start for piece in cut)


def test_what_the_vocabulary_does_not_hold_is_unknown_and_blanks_are_nothing(pieces):
    assert [piece.number for piece in pieces.cut("\U0001fae8")][-1] == UNKNOWN
    assert pieces.cut(" \n\t ") == []


@given(st.text(max_size=200))
def test_any_text_is_cut_into_pieces_within_it(pieces, text):
    last = 0
    for piece in pieces.cut(text):
        assert last <= piece.start <= piece.end <= len(text)
        last = piece.start
