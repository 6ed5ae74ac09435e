"""Files that have not changed since they were read are not read again: what they held is in the version before."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from qa.articles import Found, SourceFile
from qa.store import IndexVersion, VersionWriter

# A file that changed just before it was read may change again within the same tick of its file system's clock, which
# on FAT is two seconds; it is read again by the next build.
_SETTLED_NS = 3_000_000_000


class KnownFiles:
    """Tells what a file held when it was read for the version before, unless it has changed.

    A file is the same where its inode, size and times are, the time of its last change of any kind among them: that
    one no program can set, so that not even a file with the date of the one before it is mistaken.

    Args:
        writer: Notes the state of each file for the next build.
        before: The version before, if the same code read its files from the same sources.
    """

    def __init__(self, writer: VersionWriter, before: IndexVersion | None) -> None:
        self._writer = writer
        self._before = before

    def __call__(self, file: SourceFile) -> Iterator[Found] | None:
        """Return what a file held, or None where it has to be read."""
        state = _state_of(file)
        self._writer.note_file(file.path, state)
        if state is None or self._before is None or self._before.file_state(file.path) != state:
            return None
        return (
            Found(replace(article, id="", indexed=""), file.path, naming.shown, naming.slug, naming.stated)
            for article, naming in self._before.articles_of_file(file.path)
        )

    def forget(self, path: str) -> None:
        """Read a file again next time: something of it was refused, and only articles are kept."""
        self._writer.note_file(path, None)


def _state_of(file: SourceFile) -> str | None:
    try:
        status = Path(file.path).stat()
    except (OSError, ValueError):  # its name cannot be printed, or it is gone
        return None
    if time.time_ns() - max(status.st_mtime_ns, status.st_ctime_ns) < _SETTLED_NS:
        return None
    times = [status.st_mtime_ns, status.st_ctime_ns]
    return json.dumps([file.source, file.slug, status.st_dev, status.st_ino, status.st_size, *times])
