"""Zip archives, of articles or inside a format, within limits: nothing is unpacked to disk."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from qa.articles.draft import Refused
from qa.articles.edges import refusing
from qa.articles.files import SUFFIXES, SourceFile, is_litter, is_readme, refuse_suffix
from qa.articles.ids import slug_of
from qa.errors import ArticleError

# A directory of 8 MB has some 80,000 entries; zipfile keeps ten times its size in memory.
_DIRECTORY_BYTES_MAX = 8_000_000
_ARCHIVE_BYTES_MAX = 4_000_000_000  # unpacked, of an archive of articles, which are read one at a time
_DOCUMENT_BYTES_MAX = 400_000_000  # unpacked, of a document, pictures included; only its parts with text are read
# Text shrinks to a third or a tenth, the markup of a table to a fiftieth; only what repeats itself goes beyond.
_RATIO_MAX = 200
_RATIO_MATTERS_BYTES = 1_000_000
_MEMBER = "a file in an archive"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others may ask for memory before they give a byte
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"  # the container of .doc, and of a .docx behind a password


class _Bounded:
    """A file that refuses to be read in one enormous piece, as zipfile reads the directory when it opens an archive."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.opening = True
        self.seek, self.tell, self.seekable, self.close = file.seek, file.tell, file.seekable, file.close

    def read(self, size: int = -1) -> bytes:
        if self.opening and size > _DIRECTORY_BYTES_MAX:
            raise ArticleError("is an archive with too many entries; split it")
        return self._file.read(size)


class _Member:
    """A file in an archive, open for reading as it is unpacked."""

    def __init__(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
        with refusing(_MEMBER):
            self._file = archive.open(entry)

    def read(self, size: int = -1) -> bytes:
        with refusing(_MEMBER):
            return self._file.read(size)

    def readline(self, size: int = -1) -> bytes:
        with refusing(_MEMBER):
            return self._file.readline(size)

    def seek(self, position: int) -> int:
        with refusing(_MEMBER):
            return self._file.seek(position)

    def __enter__(self) -> _Member:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def list_members(archive: SourceFile) -> Iterator[SourceFile | Refused]:
    """Yield the files in an archive in the order of their names, and what is refused of it.

    The names of its entries are never paths on this machine. A file can be opened until the next one is asked for.

    Raises:
        ArticleError: It is no zip archive, is damaged, or exceeds a limit.
        OSError: It cannot be read.
    """
    with archive.open() as file:
        entries = _open(file, "a zip archive", _ARCHIVE_BYTES_MAX)
        for entry in sorted(entries.infolist(), key=lambda entry: entry.filename):
            parts = _parts(entry.filename)
            if not parts or entry.is_dir() or any(map(is_litter, parts)) or is_readme(parts[-1]):
                continue
            yield _check_member(archive, entries, entry, parts)


def open_document(data: bytes, what: str) -> zipfile.ZipFile:
    """Return the archive that a document of this kind is.

    Args:
        data: The document.
        what: The kind, such as `"a Word document"`.

    Raises:
        ArticleError: It is none, is encrypted, is damaged, or exceeds a limit.
    """
    if data.startswith(_OLD_OFFICE):
        raise ArticleError(f"is not {what} but an old or an encrypted one; save it in this format without a password")
    return _open(io.BytesIO(data), what, _DOCUMENT_BYTES_MAX)


def read_part(archive: zipfile.ZipFile, name: str, *, max_bytes: int = 20_000_000) -> bytes:
    """Return one part of a document.

    Raises:
        ArticleError: It is missing, encrypted, too large or packed too densely.
        zipfile.BadZipFile, zlib.error, EOFError: It is damaged.
    """
    try:
        entry = archive.getinfo(name)
    except KeyError as error:
        raise ArticleError(f"is incomplete: its part {name} is missing") from error
    if fault := _fault(entry):
        raise ArticleError(f"has a part {name} that {fault}")
    if entry.file_size > max_bytes:
        raise ArticleError(
            f"has a part {name} that is larger than the limit of {max_bytes:,} bytes; split the document"
        )
    return archive.read(entry)


def _open(file: BinaryIO, what: str, bytes_max: int) -> zipfile.ZipFile:
    with refusing(what):
        bounded = _Bounded(file)
        archive = zipfile.ZipFile(cast(BinaryIO, bounded))
        bounded.opening = False
        size = sum(entry.file_size for entry in archive.infolist())
    if size > bytes_max:
        raise ArticleError(f"would be {size:,} bytes unpacked, more than the limit of {bytes_max:,}; split it")
    return archive


def _check_member(
    archive: SourceFile, entries: zipfile.ZipFile, entry: zipfile.ZipInfo, parts: list[str]
) -> SourceFile | Refused:
    name = "/".join(parts)
    suffix = PurePosixPath(name).suffix.lower()
    member = SourceFile(
        path=archive.path,
        shown=f"{archive.shown}!{name}",
        source=f"{archive.source}!{name}",
        slug=f"{archive.slug}--{slug_of(parts)}",
        suffix=suffix,
        open=cast(Callable[[], BinaryIO], partial(_Member, entries, entry)),
    )
    if suffix == ".zip":
        return Refused(member.shown, "is an archive inside an archive; unpack it")
    if suffix not in SUFFIXES:
        return Refused(member.shown, refuse_suffix(suffix))
    if fault := _fault(entry):
        return Refused(member.shown, fault)
    return member


def _fault(entry: zipfile.ZipInfo) -> str | None:
    if entry.flag_bits & 0x1:
        return "is encrypted; pack it without a password"
    if entry.compress_type not in _METHODS:
        return "is packed by a method that is not read; pack it as an ordinary zip (deflate)"
    if entry.file_size > max(_RATIO_MATTERS_BYTES, _RATIO_MAX * entry.compress_size):
        return f"is packed to less than a {_RATIO_MAX}th of its size, as no text is; pack another"
    if entry.create_system == 3 and stat.S_ISLNK(entry.external_attr >> 16):
        return "is a symbolic link; pack the file itself"
    return None


def _parts(name: str) -> list[str]:
    """Return the folders and the name of an entry, without what would lead out of a folder or mar a message."""
    parts = name.replace("\\", "/").split("/")
    readable = ("".join(c if c.isprintable() else "\ufffd" for c in part) for part in parts)
    return [part for part in readable if part not in ("", ".", "..")]
