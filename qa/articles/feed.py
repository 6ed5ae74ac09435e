"""Feeds (RSS, Atom) -> parts, one an entry."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from qa.articles.blocks import read_markup
from qa.articles.draft import Draft, Part
from qa.articles.edges import refusing
from qa.articles.xmlparts import refuse_entities, refuse_many_tags
from qa.errors import ArticleError

_WHAT = "a feed (RSS or Atom)"
_BYTES_MAX = 20_000_000
_START = re.compile(rb"<(?:\w+:)?(?:rss|feed|RDF|channel)\b")


def looks_like_feed(data: bytes) -> bool:
    """Tell whether an XML document begins like a feed."""
    return _START.search(data[:4096].replace(b"\0", b"")) is not None


def read_feed(data: bytes, *, stated_encoding: str | None = None) -> Iterator[Part]:
    """Yield the entries of a feed in its order, each named by its id, else its link, else its title.

    The text of an entry may be empty.

    Args:
        data: The feed.
        stated_encoding: Encoding that a server states, if any.

    Raises:
        ArticleError: It is no feed, is damaged, or exceeds a limit.
    """
    import feedparser

    if not data.strip():
        raise ArticleError("is empty")
    if not looks_like_feed(data):
        raise ArticleError("is XML but no feed (RSS or Atom), the only XML that is read; save its articles as text")
    if len(data) > _BYTES_MAX:
        raise ArticleError(f"is larger than the limit of {_BYTES_MAX:,} bytes for a feed; split it")
    refuse_many_tags(data, "the feed")
    refuse_entities(data, "the feed")
    headers = {"content-type": f"application/xml; charset={stated_encoding}"} if stated_encoding else {}
    with refusing(_WHAT):
        # What a feed brings is never shown as HTML: read_elements takes its words alone.
        feed = feedparser.parse(
            io.BytesIO(data), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
        entries = list(feed.entries)
        if not entries and feed.bozo and not feed.version:
            raise ArticleError(f"cannot be read as {_WHAT}: {' '.join(str(feed.bozo_exception).split())}")
    if not entries:
        raise ArticleError("is a feed without entries")
    for entry in entries:
        with refusing(_WHAT):
            found = _read_entry(entry, feed.feed)
        yield found


def _read_entry(entry: Any, feed: Any) -> Part:
    contents = [content for content in entry.get("content", ()) if content.get("value", "").strip()]
    whole = bool(contents)
    markup = contents[0].value if contents else entry.get("summary", "")
    kind = contents[0].get("type") if contents else entry.get("summary_detail", {}).get("type")
    text = markup.strip() if kind == "text/plain" and "<" not in markup else read_markup(markup)
    link = _link(entry)
    title = _plain_words(entry.get("title"))
    stated = contents[0].get("language") if contents else None
    return Part(
        name=" ".join(str(entry.get("id") or link or title or "entry").split()),
        found=Draft(
            text=text,
            title=title,
            language=stated or entry.get("language") or feed.get("language"),
            published=entry.get("published") or entry.get("updated"),
            source=link,
            author=entry.get("author"),
        ),
        link=link,
        whole=whole,
    )


def _link(entry: Any) -> str | None:
    link = " ".join(str(entry.get("link") or "").split())
    return link if link.lower().startswith(("http://", "https://")) else None


def _plain_words(title: str | None) -> str | None:
    """Return a title without the tags and references that many feeds write into theirs."""
    if title and ("<" in title or "&" in title):
        return " ".join(read_markup(title).split()).lstrip("# ") or None
    return title
