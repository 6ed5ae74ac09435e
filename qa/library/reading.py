"""Reading files before they are taken: what an article would be refused for is known before it is kept."""

from __future__ import annotations

import json
import queue
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.articles import Refused
from qa.library.process import end_worker, send_line, start_worker

_START_S = 120  # for a slow machine to import what reads
_FILE_S = 60  # 20 MB of HTML, the slowest format, take 40 s on the 2-core development machine


@dataclass(frozen=True, slots=True)
class Read:
    """What reading a file gives.

    Args:
        articles: Number of articles that it holds and that are not in the index yet.
        title: Title of the first.
        refused: What in it was refused, with the reason; `source` is the place within the file.
    """

    articles: int
    title: str
    refused: tuple[Refused, ...]


def read_files(paths: Sequence[Path], index: Path, *, seconds_max: float = _FILE_S) -> Iterator[Read]:
    """Read files in a process of its own, so that one that takes too long or too much memory harms nothing.

    Args:
        paths: The files.
        index: Folder of the index; a text that it has is refused.
        seconds_max: A file that takes longer is refused.

    Yields:
        What is in each file, in their order.
    """
    reader: _Reader | None = None
    try:
        for path in paths:
            reader = reader or _Reader(index)
            said = reader.read(path, seconds_max)
            if isinstance(said, str):
                yield Read(0, "", (Refused("", said),))
                reader.close()
                reader = None
            else:
                refused = tuple(Refused(place, reason) for place, reason in said["refused"])
                yield Read(said["articles"], said["title"], refused)
    finally:
        if reader is not None:
            reader.close()


class _Reader:
    """The process that reads, and a thread that waits for what it says."""

    def __init__(self, index: Path) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the rest)
        self._worker = start_worker("check", self._errors)
        self._said: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._listening = threading.Thread(target=_listen, args=(self._worker, self._said), daemon=True)
        self._listening.start()
        send_line(self._worker, str(index))
        self._ready: dict[str, Any] | str | None = None

    def read(self, path: Path, seconds_max: float) -> dict[str, Any] | str:
        """Return what a file holds, or why it cannot be read; after that the process is of no more use."""
        if self._ready is None:
            self._ready = self._next(_START_S)
        if isinstance(self._ready, str):
            return self._ready
        send_line(self._worker, str(path))
        return self._next(seconds_max)

    def _next(self, seconds: float) -> dict[str, Any] | str:
        try:
            line = self._said.get(timeout=seconds)
        except queue.Empty:
            return f"cannot be read within {seconds:.0f} seconds; make it smaller or simpler"
        if line:
            data: dict[str, Any] = json.loads(line)
            return data
        self._errors.seek(0)
        if b"MemoryError" in self._errors.read():
            return "needs more memory to be read than an article may; make it smaller"
        return "cannot be read: the reader broke off; the file may be damaged, or made to do harm"

    def close(self) -> None:
        self._worker.kill()
        self._listening.join()
        end_worker(self._worker)
        self._errors.close()


def _listen(worker: subprocess.Popen[str], said: queue.SimpleQueue[str]) -> None:
    if worker.stdout is None:
        raise ValueError("the worker has no standard output")
    for line in worker.stdout:
        said.put(line)
    said.put("")  # it has ended
