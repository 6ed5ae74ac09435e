"""Who uses an index: one build at a time, and the readers that keep a version from being removed.

Both are locks of the operating system on open files (`flock`), so whoever dies lets go of them. Where there is no
`flock`, as on Windows, the system itself refuses to remove a file that is open.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from qa.errors import UnusableIndexError
from qa.store.manifest import MANIFEST_FILE, version_folder

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_LOCK = ".lock"
_BUILDER = ".builder.json"  # beside the lock, because taking a lock empties its file


@contextmanager
def building(index: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold the lock under which one process alone changes an index.

    Args:
        index: Folder of the index; must exist.
        wait: Wait for the lock instead of refusing.

    Raises:
        UnusableIndexError: Another process builds, or another thread of this one; the message says who.
        OSError: The folder cannot be written.
    """
    lock = FileLock(index / _LOCK, timeout=-1 if wait else 0, thread_local=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise UnusableIndexError(
            f"another build of {index} is running{_who(index)}. Wait until it has finished, or use --wait."
        ) from error
    try:
        started = datetime.now(UTC).isoformat(timespec="seconds")
        builder = {"pid": os.getpid(), "host": socket.gethostname(), "since": started}
        (index / _BUILDER).write_text(json.dumps(builder) + "\n", encoding="utf-8")
        yield
    finally:
        with suppress(OSError):
            (index / _BUILDER).unlink()
        lock.release()


def _who(index: Path) -> str:
    """Return who holds the lock, where that can be read: it is written a moment after the lock is taken."""
    try:
        builder = json.loads((index / _BUILDER).read_text(encoding="utf-8"))
        return f": process {builder['pid']} on {builder['host']}, since {builder['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return ""


class Reading:
    """Keeps a version from being removed for as long as it is read.

    Args:
        index: Folder of the index.
        version: Id of the version.

    Raises:
        FileNotFoundError: The version is gone, or goes at this moment.
        OSError: It cannot be read.
    """

    def __init__(self, index: Path, version: str) -> None:
        self._descriptor = os.open(version_folder(index, version) / MANIFEST_FILE, os.O_RDONLY)
        try:
            if fcntl is not None:
                # Some network drives have no locks; a version is then removed though it is read.
                with suppress(OSError):
                    fcntl.flock(self._descriptor, fcntl.LOCK_SH)
                if os.fstat(self._descriptor).st_nlink == 0:
                    raise FileNotFoundError(f"version {version} has been removed")
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go. Safe to call twice."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1


def remove_version(index: Path, version: str) -> bool:
    """Remove a version that nobody reads, in this process or another; tell whether it is gone."""
    folder = version_folder(index, version)
    try:
        descriptor = os.open(folder / MANIFEST_FILE, os.O_RDONLY)
    except OSError:
        return not folder.exists()
    try:
        if fcntl is not None:
            with suppress(OSError):  # a network drive without locks
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return False
        (folder / MANIFEST_FILE).unlink()  # from here on it is unfinished, and a reader that waited sees it gone
    except OSError:
        return False
    finally:
        os.close(descriptor)
    shutil.rmtree(folder, ignore_errors=True)  # the next build tries again
    return not folder.exists()
