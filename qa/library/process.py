"""A Python process of its own for what reads or builds, so that asking goes on beside it and survives it.

The two talk in lines of JSON. `qa.library.worker` is what runs there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO, Any, Literal

import qa

Task = Literal["check", "build"]


def start_worker(task: Task, errors: IO[Any]) -> subprocess.Popen[str]:
    """Start a process for a task; it ends when its standard input is closed.

    Args:
        task: What it is for.
        errors: Where its standard error goes.
    """
    room = str(Path(qa.__file__).resolve().parent.parent)  # the same code, wherever this process has it from
    path = os.pathsep.join(filter(None, [room, os.environ.get("PYTHONPATH")]))
    return subprocess.Popen(  # noqa: S603  (nothing in it comes from outside)
        [sys.executable, "-P", "-m", "qa.library.worker", task],  # -P: nothing is imported from the working directory
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        env={**os.environ, "PYTHONPATH": path},
        text=True,
        encoding="utf-8",
    )


def send_line(worker: subprocess.Popen[str], data: Any) -> None:
    """Send one line; nothing happens where the process has ended, for what it says last tells why."""
    if worker.stdin is None:
        raise ValueError("the worker has no standard input")
    try:
        worker.stdin.write(json.dumps(data) + "\n")
        worker.stdin.flush()
    except (BrokenPipeError, ValueError):
        return


def end_worker(worker: subprocess.Popen[str]) -> int:
    """Kill the process where it still runs, let go of its pipes and return its exit code."""
    worker.kill()
    for pipe in (worker.stdin, worker.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except BrokenPipeError:  # what was still to be sent
                continue
    return worker.wait()
