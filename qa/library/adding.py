"""New articles: files and pasted texts, kept only where the reader takes them, never over another file."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from qa.articles import Refused
from qa.errors import ArticleError
from qa.library.names import keep_name, number_name
from qa.library.place import Library
from qa.library.reading import Read, read_files
from qa.settings import Settings, load_settings

TEXT_CHARS_MAX = 1_000_000
FIELD_CHARS_MAX = 500

_FREE_BYTES_MIN = 200_000_000  # left free on the disk, for the index that is built next
_LINE_CHARS = 100  # chosen: above it on average, a line is a paragraph; below, text was wrapped
_NO_HARD_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES}


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that was taken into the library.

    Args:
        given: Its name as it was given.
        kept: Path under which it is kept.
        articles: Number of articles that it holds.
        title: Title of the first.
        refused: What in it cannot be read as an article; `source` is the place within the file.
    """

    given: str
    kept: str
    articles: int
    title: str
    refused: tuple[Refused, ...] = ()


def add_files(
    library: Library, files: Iterable[tuple[str, Path]], *, settings: Settings | None = None
) -> list[Taken | Refused]:
    """Copy files into the library, those that hold an article. The index has them after the next build.

    Args:
        library: Where articles are; see `find_library`.
        files: Name and path of each; the name may be anything and only names the copy.
        settings: Settings with the limits; by default those of `qa.toml` and the environment.

    Returns:
        What was taken or refused, in the order of the files.

    Raises:
        ArticleError: There are more files than may be put in at once, or the folder cannot be written.
    """
    settings = settings or load_settings()
    given = list(files)
    if len(given) > settings.upload_files_max:
        raise ArticleError(
            f"{len(given):,} files are more than the {settings.upload_files_max:,} that can be put in at once. "
            f"Put in fewer, or copy them into {library.folder} yourself and build the index."
        )
    with tempfile.TemporaryDirectory(prefix="article-qa-") as staging, _explained(library):
        staged = [_stage(name, path, Path(staging), settings) for name, path in given]
        checked = read_files([path for path in staged if isinstance(path, Path)], library.index)
        library.folder.mkdir(parents=True, exist_ok=True)
        contents = _Contents(library.folder)
        return [
            path if isinstance(path, Refused) else _take(name, path, next(checked), library, contents)
            for (name, _), path in zip(given, staged, strict=True)
        ]


def add_text(library: Library, text: str, *, title: str = "", date: str = "", source: str = "") -> Taken:
    """Write a text into the library, as Markdown with front matter. The index has it after the next build.

    Args:
        library: Where articles are; see `find_library`.
        text: The text, plain or Markdown.
        title: Its title; by default its beginning becomes it.
        date: When it was published, as ISO 8601 or in words; may be empty.
        source: Where it comes from; may be empty.

    Raises:
        ArticleError: The text is empty or too long, the date is none, the text is there already, or the folder
            cannot be written.
    """
    document = _write_document(text, title=title, date=date, source=source)
    name = keep_name(_slug(title.strip() or text.strip()[:_LINE_CHARS].partition("\n")[0]) + ".md")
    with tempfile.TemporaryDirectory(prefix="article-qa-") as staging, _explained(library):
        path = Path(staging) / name
        path.write_bytes(document)
        read = next(read_files([path], library.index))
        library.folder.mkdir(parents=True, exist_ok=True)
        outcome = _take(name, path, read, library, _Contents(library.folder))
    if isinstance(outcome, Refused):
        raise ArticleError(f"the text was not taken: {outcome.reason}")
    return outcome


def _write_document(text: str, *, title: str, date: str, source: str) -> bytes:
    import yaml

    from qa.articles.dates import parse_date

    stated = {"title": " ".join(title.split()), "date": date.strip(), "source": " ".join(source.split())}
    if not text.strip():
        raise ArticleError("there is no text. Paste the text of an article.")
    if len(text) > TEXT_CHARS_MAX:
        raise ArticleError(
            f"the text has {len(text):,} characters; at most {TEXT_CHARS_MAX:,} can be pasted. Put it in as a file."
        )
    for name, value in stated.items():
        if len(value) > FIELD_CHARS_MAX:
            raise ArticleError(f"the {name} has {len(value):,} characters; at most {FIELD_CHARS_MAX} are taken.")
    if stated["date"] and parse_date(stated["date"]) is None:
        raise ArticleError(f"{stated['date']!r} is not a date that can be read. Write it as 2024-11-22.")
    lines = text.strip().splitlines()
    if "" not in map(str.strip, lines) and sum(map(len, lines)) > _LINE_CHARS * len(lines):
        text = "\n\n".join(lines)  # copied from a page that sets each paragraph on one line
    # The library writes it, so that nothing in a title can become another field.
    front = yaml.safe_dump(
        {name: value for name, value in stated.items() if value}, allow_unicode=True, sort_keys=False, width=10_000
    )
    try:
        return f"---\n{front if any(stated.values()) else ''}---\n\n{text.strip()}\n".encode()
    except UnicodeEncodeError as error:
        raise ArticleError("the text holds half of a character (a surrogate), which cannot be kept.") from error


def _slug(title: str) -> str:
    """Return a name that reads in an address and on any file system, out of a title."""
    from qa.articles.ids import slug_of

    return slug_of([re.sub(r"[./\\]", " ", title) + ".md"])


def _stage(name: str, path: Path, staging: Path, settings: Settings) -> Path | Refused:
    """Copy a file to where it can be read under the name that it would have; each has a folder of its own."""
    bytes_max = settings.upload_mb_max * 1_000_000
    try:
        size = path.stat().st_size
        if size > bytes_max:
            reason = f"has {size / 1e6:,.1f} MB; at most {settings.upload_mb_max} MB a file can be put in"
            return Refused(name, reason)
        if size == 0:
            return Refused(name, "is empty")
        room = Path(tempfile.mkdtemp(dir=staging))
        return Path(shutil.copyfile(path, room / keep_name(name)))
    except (OSError, ValueError) as error:
        return Refused(name, f"cannot be read: {getattr(error, 'strerror', None) or error}")


def _take(given: str, path: Path, read: Read, library: Library, contents: _Contents) -> Taken | Refused:
    if (same := contents.find(path)) is not None:
        return Refused(given, f"the same content is there already: {same.name}")
    if not read.articles:
        reasons = dict.fromkeys(refused.reason for refused in read.refused)
        return Refused(given, "; ".join(reasons) or "holds no article")
    kept = _place(path, library.folder)
    contents.add(kept)
    return Taken(given, str(kept), read.articles, read.title, read.refused)


class _Contents:
    """The files of a folder by their size, to find one with the same content."""

    def __init__(self, folder: Path) -> None:
        self._by_size: defaultdict[int, list[Path]] = defaultdict(list)
        for path in _visible_files(folder):
            self.add(path)

    def add(self, path: Path) -> None:
        self._by_size[path.stat().st_size].append(path)

    def find(self, path: Path) -> Path | None:
        data = path.read_bytes()
        return next((other for other in self._by_size[len(data)] if other.read_bytes() == data), None)


def _visible_files(folder: Path) -> Iterator[Path]:
    """Yield the files that are read as articles: hidden ones are passed over, and links are not followed."""
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths = (Path(root, name) for name in names if not name.startswith("."))
        yield from (path for path in paths if path.is_file())


def _place(path: Path, folder: Path) -> Path:
    """Copy a file into a folder under its name, or the next that is free: whole or not at all, over no other."""
    if shutil.disk_usage(folder).free < _FREE_BYTES_MIN + path.stat().st_size:
        raise OSError(errno.ENOSPC, "the disk is nearly full")
    part = folder / f".{secrets.token_hex(8)}.part"
    try:
        with part.open("xb") as written:
            written.write(path.read_bytes())
            written.flush()
            os.fsync(written.fileno())
        number = 1
        while not _link(part, kept := folder / number_name(path.name, number)):
            number += 1
    finally:
        part.unlink(missing_ok=True)
    return kept


def _link(part: Path, kept: Path) -> bool:
    """Give a file its name, unless that is taken."""
    try:
        kept.hardlink_to(part)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        try:
            kept.touch(exist_ok=False)
        except FileExistsError:
            return False
        part.replace(kept)
    return True


@contextmanager
def _explained(library: Library) -> Iterator[None]:
    """Say of an error of the file system where it was and what to do."""
    try:
        yield
    except OSError as error:
        raise ArticleError(
            f"{library.folder} cannot be written: {error.strerror or error}. Make room or allow it, and try again."
        ) from error
