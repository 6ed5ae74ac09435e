"""A file -> the drafts that it holds: which reader reads which format."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator

from qa.articles.archives import list_members
from qa.articles.decoding import decode_text, refuse_blank
from qa.articles.docx import read_docx
from qa.articles.draft import Draft, Refused
from qa.articles.epub import read_epub
from qa.articles.feed import Entry, read_feed
from qa.articles.files import SourceFile, explain, read_bytes
from qa.articles.jsonl import read_jsonl
from qa.articles.mail import read_mail
from qa.articles.markdown import read_markdown
from qa.articles.odt import read_odt
from qa.articles.pdf import read_pdf
from qa.articles.rtf import read_rtf
from qa.articles.table import read_table
from qa.articles.webpage import read_webpage
from qa.errors import ArticleError


def read_text(data: bytes, *, stated: str | None = None) -> Draft:
    """Return the draft of plain text, as it stands but for blank lines around it.

    Args:
        data: The text.
        stated: Encoding that a server states, if any.
    """
    return Draft(text=re.sub(r"\A(?:[^\S\n]*\n)+", "", decode_text(data, stated=stated)).rstrip())


# Of the formats that hold one article.
READERS: dict[str, Callable[[bytes], Draft]] = {
    ".docx": read_docx,
    ".epub": read_epub,
    ".htm": lambda data: read_webpage(decode_text(data, declares=True)),
    ".markdown": lambda data: read_markdown(decode_text(data)),
    ".odt": read_odt,
    ".pdf": read_pdf,
    ".rtf": read_rtf,
    ".txt": read_text,
}
READERS |= {".html": READERS[".htm"], ".xhtml": READERS[".htm"], ".md": READERS[".markdown"]}


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
    elif file.suffix in (".xml", ".rss", ".atom"):
        for entry in read_feed(data):
            yield part_of_entry(file, entry), entry.draft
    elif file.suffix == ".eml":
        for name, found in read_mail(data):
            yield file.part(f"!{name}", name) if name else file, found
    else:
        yield file, READERS[file.suffix](data)


def part_of_entry(feed: SourceFile, entry: Entry) -> SourceFile:
    """Return what stands for an entry: named by what the feed calls it, for its place changes with every new one."""
    return feed.part(f"!{entry.name}", hashlib.sha256(entry.name.encode("utf-8", "replace")).hexdigest()[:8])
