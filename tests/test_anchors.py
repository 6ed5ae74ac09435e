"""What a cosine is worth: measured against sentences about everything and nothing."""

import numpy as np
import pytest

from qa.anchors import ANCHORS, load_anchors, measure_anchors
from qa.embedding import embed_query, embed_texts, load_embedding


@pytest.fixture(scope="module")
def bundled():
    return load_embedding("bundled")


def test_the_figures_shipped_for_the_bundled_model_are_those_that_it_gives(bundled):
    shipped, measured = load_anchors(bundled), measure_anchors(bundled)
    assert np.allclose(shipped.mean, measured.mean, atol=1e-3)
    assert shipped.spread == pytest.approx(measured.spread, rel=1e-2)


def test_the_mean_of_the_anchors_gives_the_mean_cosine_with_a_question(bundled):
    question = embed_query(bundled, "Qui a gagné la course ?")[0]
    cosines = embed_texts(bundled, list(ANCHORS)) @ question
    assert question @ np.array(load_anchors(bundled).mean) == pytest.approx(cosines.mean(), abs=1e-3)


def test_the_anchors_are_in_four_languages_and_none_comes_twice():
    assert len(set(ANCHORS)) == len(ANCHORS) == 64
