"""A real server process for tests."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
START_S, STOP_S = 60, 20

# `qa serve` takes no port 0, so that nobody gets a port by accident; tests run side by side and want any.
_ANY_PORT = "import sys; from qa.web import serve; serve({index!r}, port=0, **{options!r})"


@dataclass
class Server:
    """A running server."""

    address: str
    process: subprocess.Popen[str]
    errors: Path

    def get(self, path: str, **options: object) -> httpx.Response:
        return httpx.get(self.address + path, timeout=30, **options)

    def post(self, path: str, **options: object) -> httpx.Response:
        return httpx.post(self.address + path, timeout=30, **options)

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_S
        while self.get("/health").status_code != 200:
            assert time.monotonic() < deadline, f"not ready: {self.get('/health').text}"
            time.sleep(0.2)


@contextmanager
def serving(
    index: Path, folder: Path, *, environment: dict[str, str] | None = None, **options: object
) -> Iterator[Server]:
    """Serve an index from a process of its own on a free port.

    Args:
        index: Folder of the index.
        folder: Working directory, where `errors.txt` takes what it says on standard error.
        environment: Variables beside those of the tests.
        **options: Of `qa.web.serve`.
    """
    command = [sys.executable, "-c", _ANY_PORT.format(index=str(index), options=options)]
    server = start_server(command, folder, environment)
    try:
        yield server
    finally:
        stop_server(server.process)


def start_server(command: list[str], folder: Path, environment: dict[str, str] | None = None) -> Server:
    """Start a server that says its address, in a folder where `errors.txt` takes what it says on standard error."""
    errors = folder / "errors.txt"
    variables = {**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})}
    with errors.open("a") as written:
        process = subprocess.Popen(
            command, cwd=folder, env=variables, stdout=subprocess.PIPE, stderr=written, text=True
        )
    said = process.stdout.readline()
    address = re.search(r"http://\S+", said)
    if not address:
        stop_server(process)
    assert address, f"{said!r}, then: {errors.read_text()}"
    return Server(address[0].replace("0.0.0.0", "127.0.0.1"), process, errors)


def stop_server(process: subprocess.Popen[str], how: int = signal.SIGINT) -> None:
    """Ask a server to stop, and end it where it does not."""
    process.send_signal(how)
    try:
        process.wait(timeout=STOP_S)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
