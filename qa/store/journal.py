"""Vectors that an interrupted build has made already: the next build goes on with them."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from qa.store.reader import Vectors

_NAME = "vectors.partial"
_DIGEST_BYTES = 16
_CHECKSUM = struct.Struct("<I")
SAME_MODEL = 0.99  # cosine of two vectors of one text by one model; batches of other sizes differ in the sixth decimal


class VectorJournal:
    """Keeps each vector, by the digest of its sentence, from when it is made until the build is done.

    A file of one line of JSON (which model, how many dimensions, the vector of a fixed text) and then records: digest,
    vector as float32, CRC-32 of both. What follows the first record that is torn or damaged is dropped. A journal that
    another model made, were it of the same name, is begun anew.

    Args:
        index: Folder of the index.
        model: Name of the embedding model.
        probe: Its vector of a fixed text, `(d,)` float32, unit length.
    """

    def __init__(self, index: Path, model: str, probe: np.ndarray[tuple[int], np.dtype[np.float32]]) -> None:
        self._path = index / _NAME
        self._dimensions = len(probe)
        self._size = _DIGEST_BYTES + 4 * self._dimensions + _CHECKSUM.size
        self._places: dict[bytes, int] = {}
        self._resumed_end = 0
        self._file = self._path.open("ab+", buffering=0)
        if not self._resume(model, probe):
            self._file.truncate(0)
            header = {"model": model, "dimensions": self._dimensions, "probe": probe.tolist()}
            self._file.write(json.dumps(header).encode("ascii") + b"\n")

    def _resume(self, model: str, probe: np.ndarray[tuple[int], np.dtype[np.float32]]) -> bool:
        """Read what is there; tell whether it is this model's."""
        self._file.seek(0)
        with self._path.open("rb") as file:
            try:
                header = json.loads(file.readline())
                same = header["model"] == model and header["dimensions"] == self._dimensions
                if not same or not float(np.dot(header["probe"], probe)) > SAME_MODEL:
                    return False
            except (ValueError, KeyError, TypeError):
                return False
            place = file.tell()
            while len(record := file.read(self._size)) == self._size:
                if _CHECKSUM.unpack(record[-_CHECKSUM.size :])[0] != zlib.crc32(record[: -_CHECKSUM.size]):
                    break
                self._places[record[:_DIGEST_BYTES]] = place
                place += self._size
        self._file.truncate(place)
        self._resumed_end = place
        return True

    def __contains__(self, digest: bytes) -> bool:
        return digest in self._places

    def had(self, digest: bytes) -> bool:
        """Tell whether a sentence was in it when it was opened."""
        return self._places.get(digest, self._resumed_end) < self._resumed_end

    def add(self, digests: list[bytes], vectors: Vectors) -> None:
        """Keep vectors, `(n, d)` float32, by the digests of their sentences.

        Raises:
            OSError: The disk is full.
        """
        place = self._file.seek(0, 2)
        records = []
        for digest, vector in zip(digests, np.ascontiguousarray(vectors, dtype="<f4"), strict=True):
            record = digest + vector.tobytes()
            records.append(record + _CHECKSUM.pack(zlib.crc32(record)))
        written = b"".join(records)
        while written:  # a raw file may take less than it is given
            written = written[self._file.write(written) or 0 :]
        for number, digest in enumerate(digests):
            self._places[digest] = place + number * self._size

    def read(self, digests: list[bytes]) -> Vectors:
        """Return the vectors of sentences that are in it, `(n, d)` float32."""
        vectors = np.empty((len(digests), self._dimensions), dtype=np.float32)
        for number, digest in enumerate(digests):
            self._file.seek(self._places[digest] + _DIGEST_BYTES)
            vectors[number] = np.frombuffer(self._file.read(4 * self._dimensions), dtype="<f4")
        return vectors

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def remove_journal(index: Path) -> None:
    """Remove the vectors of the last build: it is done."""
    (index / _NAME).unlink(missing_ok=True)
