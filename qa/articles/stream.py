"""The stream of articles: every file read, every draft given its id, title, date and language, every text once."""

from __future__ import annotations

import hashlib
import io
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from qa.articles.dates import parse_date
from qa.articles.draft import Draft, Refused
from qa.articles.fetching import check_url, is_url
from qa.articles.files import SourceFile, check_source, list_files
from qa.articles.reading import read_drafts
from qa.articles.titles import choose_title, drop_title_heading
from qa.articles.web import read_url
from qa.errors import ArticleError
from qa.language import detect_language, normalize_language
from qa.schema import Article

_UNWRITABLE = re.compile(r"[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Found:
    """An article as a file holds it, before it has its id, which depends on the files before.

    Args:
        article: The article; its id is empty until it has one.
        path: The file, or the archive, that holds it.
        shown: What messages call it.
        slug: What its id is made of.
        stated: The id that the file states.
    """

    article: Article
    path: str
    shown: str
    slug: str
    stated: str | None


def read_articles(
    sources: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    max_bytes: int = 50_000_000,
    fetch_private_addresses: bool = False,
) -> Iterator[Article | Refused]:
    """Return a stream of the articles in files, folders and at URLs, and of what cannot be read as one.

    The order is that of the sources, and of the paths in a folder. Nothing is held but ids and hashes of texts.

    Args:
        sources: A file, a folder or a URL, or several.
        max_bytes: The most bytes of a file, or of a line of JSON Lines.
        fetch_private_addresses: Whether URLs may lead to addresses that are not on the public Internet.

    Raises:
        ArticleError: A source does not exist, or is a URL that is never fetched. This is raised at once, before
            anything is read.
    """
    stream = read_files(sources, max_bytes=max_bytes, fetch_private_addresses=fetch_private_addresses)
    return (found.article if isinstance(found, Found) else found for _, found in stream)


Known = Callable[[SourceFile], Iterable[Found] | None]


def read_files(
    sources: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    max_bytes: int = 50_000_000,
    fetch_private_addresses: bool = False,
    known: Known | None = None,
) -> Iterator[tuple[str, Found | Refused]]:
    """Return the same stream, each with the path of the file that holds it, without reading known files again.

    Args:
        sources: A file, a folder or a URL, or several.
        max_bytes: The most bytes of a file, or of a line of JSON Lines.
        fetch_private_addresses: Whether URLs may lead to addresses that are not on the public Internet.
        known: Called with each file before it is read; returns all that it held when it was read last, if that was
            articles alone and it has not changed, else None.

    Raises:
        ArticleError: A source does not exist, or is a URL that is never fetched. This is raised at once, before
            anything is read.
    """
    if isinstance(sources, str | os.PathLike):
        sources = [sources]
    roots = [_check_url(source) if is_url(source) else check_source(source) for source in sources]
    return _stream(roots, max_bytes, fetch_private_addresses, known)


def _check_url(source: str | os.PathLike[str]) -> str:
    check_url(os.fspath(source))
    return os.fspath(source)


def _stream(
    roots: Iterable[Path | str], max_bytes: int, fetch_private: bool, known: Known | None
) -> Iterator[tuple[str, Found | Refused]]:
    register = _Register()
    for root in roots:
        for path, found in _read_root(root, max_bytes, fetch_private, known):
            yield path, found if isinstance(found, Refused) else _name(found, register)


def _read_root(
    root: Path | str, max_bytes: int, fetch_private: bool, known: Known | None
) -> Iterator[tuple[str, Found | Refused]]:
    if isinstance(root, str):
        yield from ((root, found) for found in map(_make, read_url(root, allow_private=fetch_private)))
        return
    for file in list_files(root):
        if isinstance(file, Refused):
            yield file.source, file
            continue
        kept = known(file) if known is not None else None
        found = map(_make, read_drafts(file, max_bytes=max_bytes)) if kept is None else kept
        yield from ((file.path, each) for each in found)


def _make(found: tuple[SourceFile, Draft] | Refused) -> Found | Refused:
    return found if isinstance(found, Refused) else _make_article(*found)


def _make_article(file: SourceFile, draft: Draft) -> Found | Refused:
    try:
        _refuse_unwritable(draft)
        title = choose_title(draft.title, draft.text)
        text = draft.text if draft.fixed else drop_title_heading(title, draft.text)
    except ArticleError as error:
        return Refused(file.shown, str(error))
    article = Article(
        id="",
        title=title,
        language=normalize_language(draft.language or "") or detect_language(text),
        published=parse_date(draft.published or ""),
        source=(draft.source or "").strip() or file.source,
        text=text,
        author=" ".join((draft.author or "").split()) or None,
        file=file.path,
    )
    return Found(article, file.path, file.shown, file.slug, draft.id)


def _name(found: Found, register: _Register) -> Found | Refused:
    try:
        article_id = register.name_article(found.article.text, found, found.stated)
    except ArticleError as error:
        return Refused(found.shown, str(error))
    return replace(found, article=replace(found.article, id=article_id))


def _refuse_unwritable(draft: Draft) -> None:
    """Raise ArticleError where a string could not be written as UTF-8 or would end early in C."""
    for name in ("text", "title", "language", "published", "source", "author", "id"):
        found = _UNWRITABLE.search(getattr(draft, name) or "")
        if found:
            what = "a NUL character" if found[0] == "\0" else "half of a surrogate pair"
            raise ArticleError(f"has {what} (\\u{ord(found[0]):04x}) in its {name}; take it out")


@dataclass(slots=True)
class _Register:
    """The ids and the texts that have been given out: what makes an article new."""

    owners: dict[str, str] = field(default_factory=dict)
    ids_by_text: dict[bytes, str] = field(default_factory=dict)

    def name_article(self, text: str, file: Found, stated: str | None) -> str:
        """Return the id of a new article; raise ArticleError where its text or its stated id is known already."""
        digest = hashlib.sha256()
        for line in io.StringIO(text):  # not all at once, for a text may be long
            digest.update("".join(f"{word} " for word in line.split()).encode())
        if digest.digest() in self.ids_by_text:
            raise ArticleError(f"same text as {self.ids_by_text[digest.digest()]}")
        if stated in self.owners:
            raise ArticleError(f"id {stated} is already taken by {self.owners[stated]}")
        own_hash = hashlib.sha256(text.encode()).hexdigest()
        choices = (stated or file.slug, *(f"{file.slug}-{own_hash[:length]}" for length in (8, 16, 64)))
        article_id = next(choice for choice in choices if choice not in self.owners)
        self.owners[article_id] = file.shown
        self.ids_by_text[digest.digest()] = article_id
        return article_id
