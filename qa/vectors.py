"""A vector for each sentence of a new version: taken over where it is known, embedded where not."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from qa.anchors import ANCHORS
from qa.embedding import Matrix, embed_texts
from qa.errors import EmbeddingError
from qa.progress import ProgressTeller
from qa.store import SAME_MODEL, IndexVersion, VectorJournal, VersionWriter

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

_BATCH = 64


def write_vectors(
    writer: VersionWriter, embedding: BaseEmbedding, before: IndexVersion | None, folder: Path, teller: ProgressTeller
) -> int:
    """Give each sentence its vector: that of the version before or of an interrupted build, where one has it.

    Args:
        writer: The new version, its articles finished.
        embedding: The model that makes the others.
        before: The version before, if there is one.
        folder: Folder of the index, where vectors are kept until the build is done.
        teller: Is told how far it is.

    Returns:
        How many sentences had their vectors already.

    Raises:
        EmbeddingError: The model failed.
    """
    probe = _embed(embedding, [ANCHORS[0]])[0]
    if before is not None and not _made_by(before, embedding):
        before = None
    with VectorJournal(folder, embedding.model_name, probe) as journal:
        origins = ((row, key, old if before else None) for row, key, old in writer.sentence_origins())
        reused = sum(old is not None or journal.had(key) for _, key, old in origins)
        teller.begin("embedding", total=writer.counts["sentences"], done=reused)
        origins = ((row, key, old if before else None) for row, key, old in writer.sentence_origins())
        while batch := list(islice(origins, _BATCH)):
            new = {key: row for row, key, old in batch if old is None and key not in journal}
            if new:
                journal.add(list(new), _embed(embedding, writer.sentence_texts(list(new.values()))))
            vectors = np.empty((len(batch), len(probe)), dtype=np.float32)
            kept = [at for at, (_, _, old) in enumerate(batch) if old is not None]
            made = [at for at, (_, _, old) in enumerate(batch) if old is None]
            if before is not None and kept:
                vectors[kept] = before.sentence_vectors(np.array([batch[at][2] for at in kept], dtype=np.int64))
            vectors[made] = journal.read([batch[at][1] for at in made])
            writer.add_vectors(vectors)
            teller.advance(sum(not journal.had(batch[at][1]) for at in made))
    return reused


def _embed(embedding: BaseEmbedding, texts: list[str]) -> Matrix:
    try:
        return embed_texts(embedding, texts)
    except OSError as error:
        raise EmbeddingError(f"the embedding model {embedding.model_name!r} failed: {error}") from error


def _made_by(version: IndexVersion, embedding: BaseEmbedding) -> bool:
    """Tell whether a model made a version's vectors: its name, and one sentence anew, for a folder may change."""
    if version.manifest.model != embedding.model_name:
        return False
    _, sentence = version.sentence(0)
    fresh, stored = _embed(embedding, [sentence.text]), version.sentence_vectors(np.array([0]))
    return fresh.shape == stored.shape and float(fresh[0] @ stored[0]) > SAME_MODEL
