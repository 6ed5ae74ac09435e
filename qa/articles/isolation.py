"""Reading in a process of its own: what crashes, hangs or grows there is a refusal here.

PDFium is a large C++ library that is not thread-safe, and the parsers of other formats can be made slow or hungry. The
process is started with the first file, serves one after the other, and ends when it has had nothing to do for a while
or its parent ends.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, BinaryIO

from qa.articles.draft import Draft, Part
from qa.articles.edges import describe
from qa.errors import ArticleError

MEMORY_BYTES_MAX = 1_000_000_000
# Of the processor. A megabyte of PDF may be 1,000 pages, which take 25 seconds of a slow one.
_SECONDS = 10
_SECONDS_PER_MEGABYTE = 60
_SECONDS_MAX = 120
_WAIT_FACTOR = 8  # on a machine that does much else
_IDLE_SECONDS = 60.0
_LAST_SECONDS = 5.0
_LENGTH = struct.Struct(">Q")
_TOO_LONG = "takes more than {} seconds to read; split it or save it anew"
_CRASHED = "cannot be read: it is damaged (its reader stopped, or needed more than {:,} bytes of memory); save it anew"


def read_apart(
    suffix: str, data: bytes, stated_encoding: str | None = None, *, seconds: int | None = None
) -> list[Part]:
    """Return what a file holds, read by the other process.

    Args:
        suffix: Its format, as `read_parts_here` takes it.
        data: The file.
        stated_encoding: Encoding that a server states, if any.
        seconds: How much time of the processor it may take; by default according to its size.

    Raises:
        ArticleError: The reader refuses the file, crashes, or exceeds a limit.
    """
    if seconds is None:
        seconds = min(_SECONDS_MAX, _SECONDS + _SECONDS_PER_MEGABYTE * len(data) // 1_000_000)
    head = json.dumps({"suffix": suffix, "stated_encoding": stated_encoding, "seconds": seconds}).encode()
    with _lock:
        reply = _ask(head, data, seconds)
    answer = json.loads(reply)
    if isinstance(answer, str):
        raise ArticleError(answer)
    return [_unpack(part) for part in answer]


def _pack(part: Part) -> dict[str, object]:
    if isinstance(part.found, Draft):
        return asdict(part)
    return {"name": part.name, "refused": str(part.found)}


def _unpack(fields: dict[str, Any]) -> Part:
    if "refused" in fields:
        return Part(fields["name"], ArticleError(fields["refused"]))
    return Part(**fields | {"found": Draft(**fields["found"])})


_lock = threading.Lock()
_process: subprocess.Popen[bytes] | None = None


def _ask(head: bytes, data: bytes, seconds: int) -> bytes:
    deadline = time.monotonic() + _WAIT_FACTOR * seconds
    while True:
        process, is_new = _running()
        request, reply = process.stdin, process.stdout
        assert request is not None and reply is not None  # noqa: S101  (both are pipes)
        try:
            request.write(_LENGTH.pack(len(head)) + head + _LENGTH.pack(len(data)))
            request.write(data)
            request.flush()
            return _receive(reply, deadline)
        except TimeoutError as error:
            _end()
            raise ArticleError(_TOO_LONG.format(seconds)) from error
        except (BrokenPipeError, EOFError) as error:
            if _end() == -signal.SIGXCPU:
                raise ArticleError(_TOO_LONG.format(seconds)) from error
            if is_new:
                raise ArticleError(_CRASHED.format(MEMORY_BYTES_MAX)) from error
            # It may have ended because it was idle, just before the request: a new one is asked.
        except BaseException:  # Ctrl-C: the reply that is still to come would be taken for the next file's
            _end()
            raise


def _running() -> tuple[subprocess.Popen[bytes], bool]:
    """Return the other process, and whether it was started now."""
    global _process
    is_new = _process is None or _process.poll() is not None
    if _process is None or is_new:
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
    return _process, is_new


def _end() -> int | None:
    """End the other process, if there is one, and return its exit code: that with which it ended itself, if it did."""
    global _process
    code = None
    if _process is not None:
        with contextlib.suppress(subprocess.TimeoutExpired):  # one that closed its pipe is about to end
            _process.wait(_LAST_SECONDS if _has_closed(_process) else 0)
        _process.kill()
        for pipe in (_process.stdin, _process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):  # what was not yet written is of no use any more
                    pipe.close()
        code = _process.wait()
        _process = None
    return code


def _has_closed(process: subprocess.Popen[bytes]) -> bool:
    """Tell whether the other process has closed its pipe, as it does when it ends."""
    assert process.stdout is not None  # noqa: S101
    return bool(select.select([process.stdout], [], [], 0)[0])


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


def serve(requests: BinaryIO, replies: BinaryIO, read: Callable[[str, bytes, str | None], list[Part]]) -> None:
    """Answer requests until there are no more.

    Args:
        requests: Where the description of each file as JSON and the file come from, each after its length.
        replies: Where the parts go as JSON after its length, or the reason of refusal.
        read: The reader: format, file, stated encoding.
    """
    while select.select([requests], [], [], _IDLE_SECONDS)[0]:
        head = _read_field(requests)
        if head is None:
            return
        asked = json.loads(head)
        data = _read_field(requests) or b""
        limit_time(asked["seconds"])
        answer: object
        try:
            answer = [_pack(part) for part in read(asked["suffix"], data, asked["stated_encoding"])]
        except ArticleError as error:
            answer = str(error)
        # The parent is waiting for an answer, and this file's fault must not be the next one's.
        except Exception as error:  # noqa: BLE001
            answer = f"cannot be read: it is damaged ({describe(error)})"
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


def limit_time(seconds: int) -> None:
    """Let this process use the processor for so much longer, and no more."""
    if sys.platform != "win32":
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds + 1, hard))


def main() -> None:
    """Be the other process."""
    from qa.articles.reading import read_parts_here

    limit_memory()
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no reply
    serve(sys.stdin.buffer, replies, read_parts_here)
