"""Sources as a user names them -> the files that they hold."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from qa.articles.draft import Refused
from qa.articles.ids import slug_of
from qa.errors import ArticleError

SUFFIXES = (".htm", ".html", ".jsonl", ".markdown", ".md", ".txt")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that may hold articles.

    Args:
        path: Where it is.
        shown: The same as the user gave it, for messages.
        source: Its name from the given folder on, the same on every machine: `"seeds/culture/bateau.md"`.
        slug: Id for its article.
    """

    path: Path
    shown: str
    source: str
    slug: str


def check_source(source: str | os.PathLike[str]) -> Path:
    """Return the path of a source that exists; raise ArticleError where it does not."""
    if not os.fspath(source):
        raise ArticleError("a source has no name; give a file or a folder such as seeds/")
    path = Path(source)
    try:
        path.stat()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise ArticleError(
            f"{readable_name(path)} cannot be read: {explain(error)}; give a file or a folder that exists"
        ) from error
    return path


def list_files(root: Path) -> Iterator[SourceFile | Refused]:
    """Yield the files of a source in the order of their paths, and what is refused by its name alone.

    Hidden files and folders and README.* inside a folder are passed over. A folder that links lead to again is
    read once.

    Args:
        root: A file or a folder.
    """
    visited: set[tuple[int, int]] = set()
    pending: list[tuple[str, ...]] = [()]  # paths below root; a stack, because folders nest deeper than calls may
    while pending:
        parts = pending.pop()
        path = root.joinpath(*parts)
        try:
            status = path.stat()
            if stat.S_ISDIR(status.st_mode):
                if (status.st_dev, status.st_ino) not in visited:
                    visited.add((status.st_dev, status.st_ino))
                    names = sorted((name for name in os.listdir(path) if not name.startswith(".")), reverse=True)  # noqa: PTH208  (names only)
                    pending.extend((*parts, name) for name in names)
                continue
        except OSError as error:
            yield Refused(readable_name(path), f"cannot be read: {explain(error)}")
            continue
        if parts and parts[-1].lower().partition(".")[0] == "readme":
            continue
        yield _check_file(root, parts, status.st_mode)


def _check_file(root: Path, parts: tuple[str, ...], mode: int) -> SourceFile | Refused:
    path = root.joinpath(*parts)
    shown = readable_name(path)
    if not stat.S_ISREG(mode):
        return Refused(shown, "is not a regular file")
    if path.suffix.lower() not in SUFFIXES:
        return Refused(shown, f"has a format that is not known; known are {', '.join(SUFFIXES)}")
    base = root.name or root.resolve().name  # "." has no name
    return SourceFile(path, shown, readable_name(Path(base, *parts)), slug_of(parts or (base,)))


def readable_name(path: Path) -> str:
    """Return a path in POSIX form that can be printed, even where the file system's bytes are no text."""
    return path.as_posix().encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def explain(error: OSError | ValueError) -> str:
    """Return what the system says is wrong, without its number."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
