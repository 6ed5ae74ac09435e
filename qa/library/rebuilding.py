"""Building the index while it is asked: in a process of its own, one at a time, its progress to be read meanwhile."""

from __future__ import annotations

import json
import subprocess
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any, Literal

from qa.articles import Refused
from qa.errors import UnusableIndexError
from qa.library.place import Library
from qa.library.process import end_worker, send_line, start_worker
from qa.settings import Settings

Status = Literal["none", "running", "built", "failed", "stopped"]


@dataclass(frozen=True, slots=True)
class Built:
    """What a build made of the library.

    Args:
        version: Id of the new version.
        articles: Number of its articles.
        sentences: Number of its sentences.
        seconds: How long it took.
        refused: What was not taken, with the reason.
        new: Titles of the articles that the version before did not have.
        changed: Titles of those whose text changed.
        gone: Titles of those that the version before had.
    """

    version: str
    articles: int
    sentences: int
    seconds: float
    refused: tuple[Refused, ...]
    new: tuple[str, ...]
    changed: tuple[str, ...]
    gone: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BuildState:
    """How far a build is, or how the last one ended.

    Args:
        status: `"none"` where there was none yet.
        step: What it does just now: `"reading"`, `"embedding"`, `"writing"` or `"checking"`.
        done: How much of the step is done.
        total: How much there is to do, where that is known.
        seconds_left: How long the step will take, where that is known.
        built: What was built.
        error: Why it failed.
    """

    status: Status = "none"
    step: str = ""
    done: int = 0
    total: int | None = None
    seconds_left: float | None = None
    built: Built | None = None
    error: str = ""


class Rebuilding:
    """The builds of one library, one at a time. Safe to use from several threads."""

    def __init__(self) -> None:
        self._state = BuildState()
        self._changing = threading.Lock()
        self._stopping = threading.Event()

    @property
    def state(self) -> BuildState:
        """How far it is."""
        return self._state

    def start(self, library: Library, settings: Settings) -> None:
        """Start a build and return at once.

        Raises:
            UnusableIndexError: A build is running already.
        """
        with self._changing:
            if self._state.status == "running":
                raise UnusableIndexError("the index is being built already. Wait until that has finished, or stop it.")
            self._state = BuildState("running")
            self._stopping = threading.Event()
        # A daemon, for the process stops by itself when this one ends and with it the pipe between them.
        threading.Thread(target=self._run, args=(library, settings, self._stopping), daemon=True).start()

    def stop(self) -> None:
        """Stop the build that is running, if there is one; the index stays as it is."""
        self._stopping.set()

    def _run(self, library: Library, settings: Settings, stopping: threading.Event) -> None:
        ended: BuildState | None = None
        with tempfile.TemporaryFile() as errors:
            worker = start_worker("build", errors)
            watching = threading.Thread(target=_stop_on_request, args=(worker, stopping), daemon=True)
            try:
                request = {
                    "sources": library.build_sources,
                    "index": str(library.index),
                    "settings": settings.model_dump(mode="json"),
                }
                send_line(worker, request)
                watching.start()
                for line in worker.stdout or ():
                    said = json.loads(line)
                    if "progress" in said:
                        self._state = _progressed(said["progress"])
                    else:
                        ended = _ended(said)
            finally:
                code = worker.wait()
                stopping.set()
                watching.join()
                end_worker(worker)
                # Only now, for whoever sees the end may start the next one.
                self._state = ended or BuildState("failed", error=_last_words(errors, code))


def _progressed(step: dict[str, Any]) -> BuildState:
    names = ("step", "done", "total", "seconds_left")
    return BuildState("running", **{name: step[name] for name in names})


def _ended(said: dict[str, Any]) -> BuildState:
    if "stopped" in said:
        return BuildState("stopped")
    if "error" in said:
        return BuildState("failed", error=said["error"])
    data = said["built"]
    data["refused"] = [Refused(source, reason) for source, reason in data["refused"]]
    lists = {name: tuple(value) for name, value in data.items() if isinstance(value, list)}
    return BuildState("built", built=Built(**{**data, **lists}))


def _stop_on_request(worker: subprocess.Popen[str], stopping: threading.Event) -> None:
    stopping.wait()
    if worker.stdin is not None:
        with suppress(BrokenPipeError):  # it has ended by itself, with something still to be sent
            worker.stdin.close()


def _last_words(errors: IO[bytes], code: int) -> str:
    errors.seek(0)
    lines = errors.read().decode(errors="replace").strip().splitlines()
    why = f": {lines[-1]}" if lines else ""
    return f"the build broke off (exit code {code}){why}. The index is as it was; try again."
