"""Reading in a process of its own: what crashes, hangs or grows there is a refusal here.

PDFium is a large C++ library that is not thread-safe, and a PDF is a program of sorts. The process is started with the
first file, serves one after the other, and ends when it has had nothing to do for a while or its parent ends.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import IO, BinaryIO

from qa.articles.draft import Draft
from qa.articles.edges import describe
from qa.errors import ArticleError

MEMORY_BYTES_MAX = 1_000_000_000
SECONDS_MAX = 120.0  # some 2,000 pages on a slow core
_IDLE_SECONDS = 60.0
_LENGTH = struct.Struct(">Q")
_TOO_LONG = "takes more than {:.0f} seconds to read; split it or save it anew"
_CRASHED = "cannot be read: it is damaged (its reader stopped, or needed more than {:,} bytes of memory); save it anew"


def read_apart(format_name: str, data: bytes, *, seconds_max: float = SECONDS_MAX) -> Draft:
    """Return the draft that a reader makes in the other process.

    Args:
        format_name: Which reader; only `"pdf"` is there.
        data: The file.
        seconds_max: How long it may take.

    Raises:
        ArticleError: The reader refuses the file, crashes, or exceeds a limit.
    """
    with _lock:
        reply = _ask(format_name, data, seconds_max)
    answer = json.loads(reply)
    if "refused" in answer:
        raise ArticleError(answer["refused"])
    return Draft(**answer["draft"])


_lock = threading.Lock()
_process: subprocess.Popen[bytes] | None = None


def _ask(format_name: str, data: bytes, seconds_max: float) -> bytes:
    deadline = time.monotonic() + seconds_max
    for attempt in (1, 2):
        process = _running()
        request, reply = process.stdin, process.stdout
        assert request is not None and reply is not None  # noqa: S101  (both are pipes)
        try:
            name = format_name.encode()
            request.write(_LENGTH.pack(len(name)) + name + _LENGTH.pack(len(data)))
            request.write(data)
            request.flush()
            return _receive(reply, deadline)
        except TimeoutError as error:
            _end()
            raise ArticleError(_TOO_LONG.format(seconds_max)) from error
        except (BrokenPipeError, EOFError) as error:
            # It may have ended because it was idle, just before the request; a second time it is the file.
            _end()
            if attempt == 2:
                raise ArticleError(_CRASHED.format(MEMORY_BYTES_MAX)) from error
        except BaseException:  # Ctrl-C: the reply that is still to come would be taken for the next file's
            _end()
            raise
    raise AssertionError("unreachable")


def _running() -> subprocess.Popen[bytes]:
    global _process
    if _process is None or _process.poll() is not None:
        _end()
        atexit.unregister(_end)
        atexit.register(_end)
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)}
        _process = subprocess.Popen(
            [sys.executable, "-P", "-c", "from qa.articles.isolation import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
    return _process


def _end() -> None:
    global _process
    if _process is not None:
        _process.kill()
        for pipe in (_process.stdin, _process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):  # what was not yet written is of no use any more
                    pipe.close()
        _process.wait()
        _process = None


def _receive(pipe: IO[bytes], deadline: float) -> bytes:
    (length,) = _LENGTH.unpack(_receive_bytes(pipe, _LENGTH.size, deadline))
    return _receive_bytes(pipe, length, deadline)


def _receive_bytes(pipe: IO[bytes], length: int, deadline: float) -> bytes:
    received = bytearray()
    while len(received) < length:
        ready, _, _ = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise TimeoutError
        chunk = os.read(pipe.fileno(), min(length - len(received), 1 << 20))
        if not chunk:
            raise EOFError
        received += chunk
    return bytes(received)


def serve(requests: BinaryIO, replies: BinaryIO, readers: dict[str, Callable[[bytes], Draft]]) -> None:
    """Answer requests until there are no more.

    Args:
        requests: Where the name of a reader and a file come from, each after its length.
        replies: Where the draft or the reason of refusal goes, as JSON after its length.
        readers: The readers by their names.
    """
    while select.select([requests], [], [], _IDLE_SECONDS)[0]:
        name = _read_field(requests)
        if name is None:
            return
        data = _read_field(requests) or b""
        try:
            answer: dict[str, object] = {"draft": asdict(readers[name.decode()](data))}
        except ArticleError as error:
            answer = {"refused": str(error)}
        # The parent is waiting for an answer, and this file's fault must not be the next one's.
        except Exception as error:  # noqa: BLE001
            answer = {"refused": f"cannot be read: it is damaged ({describe(error)})"}
        reply = json.dumps(answer).encode()
        replies.write(_LENGTH.pack(len(reply)) + reply)
        replies.flush()


def _read_field(requests: BinaryIO) -> bytes | None:
    head = requests.read(_LENGTH.size)
    return requests.read(_LENGTH.unpack(head)[0]) if len(head) == _LENGTH.size else None


def limit_memory() -> None:
    """Limit the memory of this process, where the system can."""
    if sys.platform != "win32":
        import resource

        with contextlib.suppress(ValueError, OSError):  # macOS knows the limit and does not take it
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))


def main() -> None:
    """Be the other process."""
    from qa.articles.pdf import read_pdf_here

    limit_memory()
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no reply
    serve(sys.stdin.buffer, replies, {"pdf": read_pdf_here})
