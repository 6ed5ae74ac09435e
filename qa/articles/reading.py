"""A file -> the drafts that it holds: which reader reads which format."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator

from qa.articles.archives import list_members
from qa.articles.decoding import decode_text, refuse_blank
from qa.articles.docx import read_docx
from qa.articles.draft import Draft, Part, Refused
from qa.articles.epub import read_epub
from qa.articles.feed import read_feed
from qa.articles.files import SourceFile, explain, read_bytes
from qa.articles.isolation import read_apart
from qa.articles.jsonl import read_jsonl
from qa.articles.mail import read_mail
from qa.articles.markdown import read_markdown
from qa.articles.odt import read_odt
from qa.articles.pdf import read_pdf
from qa.articles.rtf import read_rtf
from qa.articles.table import read_table
from qa.articles.webpage import read_webpage
from qa.errors import ArticleError


def read_text(data: bytes, stated_encoding: str | None = None) -> Draft:
    """Return the draft of plain text, as it stands but for blank lines around it."""
    text = decode_text(data, stated=stated_encoding)
    first = re.search(r"\S", text)
    return Draft(text=text[text.rfind("\n", 0, first.start()) + 1 if first else 0 :].rstrip())


def _read_page(data: bytes, stated_encoding: str | None) -> Draft:
    return read_webpage(decode_text(data, declares=True, stated=stated_encoding))


# Of the formats that hold one article; they get the file and the encoding that a server states.
READERS: dict[str, Callable[[bytes, str | None], Draft]] = {
    ".docx": lambda data, _: read_docx(data),
    ".epub": lambda data, _: read_epub(data),
    ".html": _read_page,
    ".md": lambda data, stated_encoding: read_markdown(decode_text(data, stated=stated_encoding)),
    ".odt": lambda data, _: read_odt(data),
    ".pdf": lambda data, _: read_pdf(data),
    ".rtf": lambda data, _: read_rtf(data),
    ".txt": read_text,
}
_SAME_AS = {".htm": ".html", ".xhtml": ".html", ".markdown": ".md", ".rss": ".xml", ".atom": ".xml", ".tsv": ".csv"}
# What is small and simple is read in this process; a larger file might make a library slow or hungry.
_HERE_BYTES_MAX = 32_000
_ALWAYS_HERE = (".txt",)
_ALWAYS_APART = (".docx", ".epub", ".odt", ".pdf")


def read_parts(suffix: str, data: bytes, *, stated_encoding: str | None = None) -> list[Part]:
    """Return what a file holds, read in a process of its own where it could do harm.

    Args:
        suffix: Its format, as a file's name ends.
        data: The file.
        stated_encoding: Encoding that a server states, if any.

    Raises:
        ArticleError: It cannot be read.
    """
    suffix = _SAME_AS.get(suffix, suffix)
    if suffix in _ALWAYS_APART or (len(data) > _HERE_BYTES_MAX and suffix not in _ALWAYS_HERE):
        return read_apart(suffix, data, stated_encoding)
    return read_parts_here(suffix, data, stated_encoding)


def read_parts_here(suffix: str, data: bytes, stated_encoding: str | None = None) -> list[Part]:
    """Do the work of `read_parts` in this process."""
    if suffix == ".eml":
        return list(read_mail(data))
    if suffix == ".xml":
        return list(read_feed(data, stated_encoding=stated_encoding))
    return [Part("", READERS[suffix](data, stated_encoding))]


def read_drafts(file: SourceFile, *, max_bytes: int) -> Iterator[tuple[SourceFile, Draft] | Refused]:
    """Yield the drafts in a file, each with the part of the file that holds it, and what is refused of it.

    Args:
        file: The file; an archive may be one.
        max_bytes: The most bytes of a file, of a file in an archive, or of a line of JSON Lines.
    """
    try:
        if file.suffix == ".zip":
            for member in list_members(file):
                yield from (member,) if isinstance(member, Refused) else read_drafts(member, max_bytes=max_bytes)
            return
        for part, found in _read_parts(file, max_bytes):
            yield _check(part, found)
    except ArticleError as error:
        yield Refused(file.shown, str(error))
    except OSError as error:
        yield Refused(file.shown, f"cannot be read: {explain(error)}")


def _check(part: SourceFile, found: Draft | ArticleError) -> tuple[SourceFile, Draft] | Refused:
    try:
        if isinstance(found, ArticleError):
            raise found
        refuse_blank(found.text)
    except ArticleError as error:
        return Refused(part.shown, str(error))
    return part, found


def _read_parts(file: SourceFile, max_bytes: int) -> Iterator[tuple[SourceFile, Draft | ArticleError]]:
    if file.suffix == ".jsonl":
        with file.open() as opened:
            for number, found in read_jsonl(opened, max_bytes=max_bytes):
                yield file.part(f":{number}", str(number)), found
        return
    data = read_bytes(file, max_bytes)
    if file.suffix in (".csv", ".tsv"):
        for number, found in read_table(data):
            yield file.part(f":{number}", str(number)), found
        return
    for part in read_parts(file.suffix, data):
        yield (file_of_part(file, part) if part.name else file), part.found


def file_of_part(file: SourceFile, part: Part) -> SourceFile:
    """Return what stands for a part: named by its name, for its place changes with every new one."""
    return file.part(f"!{part.name}", hashlib.sha256(part.name.encode("utf-8", "replace")).hexdigest()[:8])
