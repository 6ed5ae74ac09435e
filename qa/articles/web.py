"""URLs -> the drafts of pages, documents and feeds."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from qa.articles.decoding import refuse_blank
from qa.articles.draft import Draft, Part, Refused
from qa.articles.feed import looks_like_feed
from qa.articles.fetching import Fetcher, Response
from qa.articles.files import SourceFile
from qa.articles.ids import slug_of
from qa.articles.reading import file_of_part, read_parts
from qa.articles.robots import Robots
from qa.errors import ArticleError

PAGE_BYTES_MAX = 20_000_000
LINKED_PAGES_MAX = 50  # that are fetched because a feed has only their summaries
_WHOLE_CHARS_MIN = 1500  # a "summary" of this length is the article

_PAGES = ("text/html", "application/xhtml+xml")
_XML = ("application/xml", "text/xml", "application/rss+xml", "application/atom+xml", "application/rdf+xml")
_SUFFIXES = {
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/epub+zip": ".epub",
    "application/rtf": ".rtf",
    "text/rtf": ".rtf",
    "text/markdown": ".md",
    "text/plain": ".txt",
}
_PAGE_START = re.compile(rb"<(?:!doctype\s+html|html)\b", re.IGNORECASE)


def read_url(url: str, *, allow_private: bool) -> Iterator[tuple[SourceFile, Draft] | Refused]:
    """Yield the article of a page or document, or those of a feed.

    Of a feed, an entry's own content is taken; where it has only a summary, the page that it links to, for at most
    `LINKED_PAGES_MAX` of them.

    Args:
        url: The URL.
        allow_private: Whether addresses that are not on the public Internet may be fetched from.
    """
    fetcher = Fetcher(allow_private=allow_private, max_bytes=PAGE_BYTES_MAX)
    robots = Robots(fetcher)
    try:
        response = fetcher.fetch(url, allowed=robots.check)
        if not _is_feed(response):
            yield _file_of(url, response), _read_page(response)
            return
        feed = _file_of(url, response)
        fetched = 0
        for entry in read_parts(".xml", response.data, stated_encoding=response.charset):
            part = file_of_part(feed, entry)
            try:
                draft = _draft_of(entry)
                if entry.link is not None and not entry.whole and len(draft.text) < _WHOLE_CHARS_MIN:
                    fetched += 1
                    draft = _read_linked(entry.link, draft, fetched, fetcher, robots)
                refuse_blank(draft.text)
                yield part, draft
            except ArticleError as error:
                yield Refused(part.shown, str(error))
    except ArticleError as error:
        yield Refused(url, str(error))


def _is_feed(response: Response) -> bool:
    if response.media_type in _XML or response.media_type in ("", "text/plain", *_PAGES):
        return looks_like_feed(response.data) and _PAGE_START.search(response.data[:4096]) is None
    return False


def _read_page(response: Response) -> Draft:
    (part,) = read_parts(_suffix_of(response), response.data, stated_encoding=response.charset)
    draft = _draft_of(part)
    refuse_blank(draft.text)
    return replace(draft, source=response.url)


def _suffix_of(response: Response) -> str:
    kind = response.media_type
    if kind in (*_PAGES, *_XML) or (not kind and _PAGE_START.search(response.data[:4096])):
        return ".html"
    if kind not in _SUFFIXES:
        raise ArticleError(f"is of a type that is not read ({kind[:80] or 'none stated'})")
    return _SUFFIXES[kind]


def _draft_of(part: Part) -> Draft:
    if isinstance(part.found, ArticleError):
        raise part.found
    return part.found


def _read_linked(link: str, entry: Draft, number: int, fetcher: Fetcher, robots: Robots) -> Draft:
    """Return the draft of the page that an entry links to, with what the entry itself states of it."""
    if number > LINKED_PAGES_MAX:
        raise ArticleError(f"is only a summary, and {LINKED_PAGES_MAX} linked pages were fetched already")
    page = _read_page(fetcher.fetch(link, allowed=robots.check))
    return replace(
        page,
        title=entry.title or page.title,
        published=entry.published or page.published,
        author=entry.author or page.author,
        language=page.language or entry.language,
    )


def _file_of(url: str, response: Response) -> SourceFile:
    """Return what stands for a fetched page: named as the user gave it, its id made of where it came from."""
    parts = urlsplit(response.url)
    host = (parts.hostname or "").removeprefix("www.")
    slug = slug_of([host, *filter(None, unquote(parts.path).split("/")), *([] if parts.path.strip("/") else ["index"])])
    if parts.query:
        slug += f"-{hashlib.sha256(parts.query.encode()).hexdigest()[:8]}"
    suffix = PurePosixPath(parts.path).suffix.lower()
    return SourceFile(url, url, response.url, slug, suffix, lambda: io.BytesIO(response.data))
