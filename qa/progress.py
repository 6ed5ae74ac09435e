"""How far a build is: told to whoever asked, at most a few times a second."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

if TYPE_CHECKING:
    from tqdm import tqdm

Step = Literal["reading", "embedding", "writing", "checking"]

_UNITS: dict[Step, str] = {
    "reading": "article",
    "embedding": "sentence",
    "writing": "file",
    "checking": "passage",
}
_EVERY_S = 0.1
_EVERY_S_IN_LOG = 10.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a build is.

    Args:
        step: What it does: `"reading"` articles, `"embedding"` sentences, `"writing"` files or `"checking"` passages.
        done: How many of them are done; sentences whose vectors were there already count from the start.
        total: How many there are, or None where that is not known, as while reading.
        rate: How many were done a second in this step, those that were there already aside; 0 at its start.
        seconds_left: What this step still takes at that rate, or None where that cannot be told.
    """

    step: Step
    done: int
    total: int | None
    rate: float
    seconds_left: float | None


class ProgressTeller:
    """Tells how far a build is: `begin` each step, `advance` in it. A context manager.

    Args:
        to: What is called with each `Progress`; True shows it on standard error, False nowhere.
    """

    def __init__(self, to: bool | Callable[[Progress], object]) -> None:
        self._bars = _Bars() if to is True else None
        self._tell = self._bars if self._bars is not None else to if callable(to) else None
        self._step: Step | None = None
        self._total: int | None = None
        self._first = self._done = 0
        self._began = self._told = 0.0

    def begin(self, step: Step, total: int | None = None, done: int = 0) -> None:
        """Begin a step; the one before is told as it ended.

        Args:
            step: The step.
            total: How much there is to do, where that is known.
            done: How much of it is there already.
        """
        self._end()
        self._step, self._total, self._first, self._done = step, total, done, done
        self._began = time.monotonic()
        self._say()

    def advance(self, count: int = 1) -> None:
        """Count what was done in this step."""
        self._done += count
        if time.monotonic() - self._told >= _EVERY_S:
            self._say()

    def _end(self) -> None:
        if self._step is not None:
            self._say()
        self._step = None

    def _say(self) -> None:
        if self._tell is None or self._step is None:
            return
        self._told = time.monotonic()
        seconds = self._told - self._began
        rate = (self._done - self._first) / seconds if seconds > 0 else 0.0
        left = (self._total - self._done) / rate if self._total is not None and rate > 0 else None
        self._tell(Progress(self._step, self._done, self._total, rate, left))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._end()
        if self._bars is not None:
            self._bars.close()


class _Bars:
    """Shows progress on standard error: a bar for each step, with its rate and the time left."""

    def __init__(self) -> None:
        self._step: Step | None = None
        self._bar: tqdm[Any] | None = None

    def __call__(self, progress: Progress) -> None:
        if progress.step != self._step or self._bar is None:
            self._open(progress)
        elif progress.done > self._bar.n:
            self._bar.update(progress.done - self._bar.n)

    def _open(self, progress: Progress) -> None:
        from tqdm import tqdm

        self.close()
        self._step = progress.step
        self._bar = tqdm(
            desc=progress.step,
            initial=progress.done,
            total=progress.total,
            unit=_UNITS[progress.step],
            mininterval=_EVERY_S if sys.stderr.isatty() else _EVERY_S_IN_LOG,
        )

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
        self._bar = None
