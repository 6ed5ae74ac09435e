"""What is sent to the server before it is taken: how much it may be, where it lies, and that it goes again."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

from qa.errors import ArticleError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_FOLDER = "GRADIO_TEMP_DIR"  # where Gradio puts what is sent
_OVERHEAD_BYTES = 20_000  # of a request around the file that it holds
_CALL_BYTES_MAX = 10_000_000  # a pasted text and what goes with it
_UPLOAD = re.compile(r".*/upload/?")
_CALL = re.compile(r".*/component_server/?")


@contextmanager
def private_uploads() -> Iterator[None]:
    """Have what is sent put into a folder of this process alone, and remove that at the end."""
    if os.environ.get(_FOLDER):  # someone has chosen one
        yield
        return
    with tempfile.TemporaryDirectory(prefix="article-qa-uploads-", ignore_cleanup_errors=True) as folder:
        os.environ[_FOLDER] = folder
        try:
            yield
        finally:
            del os.environ[_FOLDER]


def find_upload(path: str) -> Path:
    """Return a file that was sent, by the path that Gradio gave it.

    Raises:
        ArticleError: It is no such file: another file of this machine cannot be named.
    """
    from gradio.utils import get_upload_folder

    room = Path(get_upload_folder()).resolve()
    found = Path(path)
    try:
        inside = found.resolve().relative_to(room)
        # Gradio names a file's folder by the hash of what it holds.
        if found.is_file() and not found.is_symlink() and re.fullmatch(r"[0-9a-f]{64}", inside.parts[0]):
            return found.resolve()
    except (OSError, ValueError, IndexError):
        pass
    raise ArticleError("a file that was sent is not there any more. Send it again.")


def discard_uploads(paths: Iterable[Path]) -> None:
    """Remove files that were sent, and their folders."""
    for path in paths:
        shutil.rmtree(path.parent, ignore_errors=True)  # sent twice at once, it may be gone


class UploadLimits:
    """ASGI middleware: nobody sends a file or a call that is larger than it may be, or a file where none is wanted.

    Args:
        app: The application behind it.
        writable: Whether files may be sent at all.
        bytes_max: The most bytes of a file.
    """

    def __init__(self, app: ASGIApp, *, writable: bool, bytes_max: int) -> None:
        self._app = app
        self._writable = writable
        self._bytes_max = bytes_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or say why not."""
        if scope["type"] == "http" and scope["method"] == "POST":
            refusal = self._refusal(scope["path"], Headers(scope=scope))
            if refusal is not None:
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _refusal(self, path: str, headers: Headers) -> PlainTextResponse | None:
        uploads = _UPLOAD.fullmatch(path) is not None
        if not uploads and not _CALL.fullmatch(path):
            return None
        if uploads and not self._writable:
            return PlainTextResponse("articles cannot be put in here (library_writable)", 403)
        length = headers.get("content-length", "")
        if not length.isdecimal():
            return PlainTextResponse("say how long it is (Content-Length)", 411)
        most = self._bytes_max + _OVERHEAD_BYTES if uploads else _CALL_BYTES_MAX
        if int(length) > most:
            return PlainTextResponse(f"{int(length):,} bytes are too many; {most:,} may be sent at once", 413)
        return None
