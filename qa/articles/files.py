"""Sources as a user names them -> the files that they hold."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

from qa.articles.draft import Refused
from qa.articles.ids import slug_of
from qa.errors import ArticleError

SUFFIXES = (
    ".atom", ".csv", ".docx", ".eml", ".epub", ".htm", ".html", ".jsonl", ".markdown", ".md", ".odt", ".pdf", ".rss",
    ".rtf", ".tsv", ".txt", ".xhtml", ".xml", ".zip",
)  # fmt: skip
_SAVE_AS = {
    ".doc": ".docx", ".dot": ".docx", ".pages": ".docx or .pdf", ".wps": ".docx", ".xls": ".csv", ".xlsx": ".csv",
    ".ods": ".csv", ".mobi": ".epub", ".azw3": ".epub", ".mht": ".html", ".mhtml": ".html", ".msg": ".eml",
    ".mbox": ".eml, one message a file", ".7z": ".zip", ".rar": ".zip", ".tar": ".zip", ".tgz": ".zip", ".gz": ".zip",
}  # fmt: skip
# What systems and office programs leave beside a user's files; hidden files are passed over by their dot.
_LITTER = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx"})


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that may hold articles, on disk or in an archive.

    Args:
        path: Where it is, or where its archive is.
        shown: Its name as the user gave it, for messages.
        source: Its name from the given folder on, the same on every machine: `"seeds/culture/bateau.md"`.
        slug: Id for its article.
        suffix: What its name ends with, in lower case: `".md"`.
        open: Opens it for reading; a file in an archive only while that is being listed.
    """

    path: str
    shown: str
    source: str
    slug: str
    suffix: str
    open: Callable[[], BinaryIO]

    def part(self, name: str, slug: str) -> SourceFile:
        """Return what stands for one of several articles in the file.

        Args:
            name: What is put behind the file's name: `":12"` for a line, `"!inner.txt"` for a file in an archive.
            slug: What is put behind the file's id.
        """
        return replace(self, shown=f"{self.shown}{name}", source=f"{self.source}{name}", slug=f"{self.slug}-{slug}")


def read_bytes(file: SourceFile, max_bytes: int) -> bytes:
    """Return what a file holds.

    Raises:
        ArticleError: It is larger than the limit.
        OSError: It cannot be read.
    """
    with file.open() as opened:
        data = opened.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise ArticleError(f"is larger than the limit of {max_bytes:,} bytes (max_bytes); split it or raise the limit")
    return data


def is_litter(name: str) -> bool:
    """Tell whether a file or folder inside a folder is none of the user's: hidden, or left by a system or program."""
    return name.startswith((".", "~$")) or name.lower() in _LITTER


def is_readme(name: str) -> bool:
    """Tell whether a file describes the folder that it lies in."""
    return name.lower().partition(".")[0] == "readme"


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

    Hidden files and folders, README.* and the litter of systems inside a folder are passed over. A folder
    that links lead to again is read once.

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
                    names = os.listdir(path)  # noqa: PTH208  (names only)
                    pending.extend((*parts, name) for name in sorted(names, reverse=True) if not is_litter(name))
                continue
        except OSError as error:
            yield Refused(readable_name(path), f"cannot be read: {explain(error)}")
            continue
        if parts and is_readme(parts[-1]):
            continue
        yield _check_file(root, parts, status.st_mode)


def _check_file(root: Path, parts: tuple[str, ...], mode: int) -> SourceFile | Refused:
    path = root.joinpath(*parts)
    shown = readable_name(path)
    if not stat.S_ISREG(mode):
        return Refused(shown, "is not a regular file")
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        return Refused(shown, refuse_suffix(suffix))
    base = root.name or root.resolve().name  # "." has no name
    source = readable_name(Path(base, *parts))
    return SourceFile(shown, shown, source, slug_of(parts or (base,)), suffix, partial(_open_path, path))


def _open_path(path: Path) -> BinaryIO:
    return path.open("rb")


def refuse_suffix(suffix: str) -> str:
    """Return why a file with a suffix that no reader knows is refused."""
    if better := _SAVE_AS.get(suffix):
        return f"has a format that is not read; save it as {better}"
    return f"has a format that is not known; known are {', '.join(SUFFIXES)}"


def readable_name(path: Path) -> str:
    """Return a path in POSIX form that can be printed, even where the file system's bytes are no text."""
    return path.as_posix().encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def explain(error: OSError | ValueError) -> str:
    """Return what the system says is wrong, without its number."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
