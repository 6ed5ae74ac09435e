"""The articles as a list that can be searched, sorted and turned over page by page."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from qa.schema import ArticleSummary

PAGE_ROWS = 50

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "’": "'"})
_KEYS: dict[str, Callable[[ArticleSummary], Any]] = {
    "title": lambda article: fold(article.title),
    "published": lambda article: article.published,
    "language": lambda article: article.language,
    "source": lambda article: fold(article.source),
    "author": lambda article: article.author and fold(article.author),
    "sentences": lambda article: article.sentences,
    "indexed": lambda article: article.indexed,
}


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list.

    Args:
        articles: Those on it.
        found: How many there are on all pages.
        number: Its number, from 1.
        pages: How many pages there are.
    """

    articles: tuple[ArticleSummary, ...]
    found: int
    number: int
    pages: int


class ArticleList:
    """The articles of one index version.

    Args:
        articles: All of them.
    """

    def __init__(self, articles: Sequence[ArticleSummary]) -> None:
        self.articles = articles
        self.has_authors = any(article.author for article in articles)
        # In the order of their titles, which is what every other order falls back to.
        self._sorted = sorted(
            ((article, _said(article)) for article in articles), key=lambda one: _KEYS["title"](one[0])
        )

    def find(self, search: str) -> list[ArticleSummary]:
        """Return the articles that hold each word of a search or one that begins so, however accents are written."""
        words = [re.compile(rf"(?<!\w){re.escape(word)}") for word in fold(search).split()]
        return [article for article, said in self._sorted if all(word.search(said) for word in words)]

    def page(self, search: str = "", *, sort: str = "", descending: bool = False, number: int = 1) -> Page:
        """Return one page of what a search finds.

        Args:
            search: Words; empty for all articles.
            sort: Field to sort by, then by title; any other word sorts by title alone.
            descending: The largest, latest or last in the alphabet first; what lacks the field comes last in any case.
            number: Number of the page, from 1; the nearest where there is none of that number.
        """
        found = self.find(search)
        if key := _KEYS.get(sort):
            stated = [article for article in found if key(article) not in (None, "")]
            lacking = [article for article in found if key(article) in (None, "")]
            found = sorted(stated, key=key, reverse=descending) + lacking
        pages = max(1, math.ceil(len(found) / PAGE_ROWS))
        number = min(max(1, number), pages)
        rows = tuple(found[(number - 1) * PAGE_ROWS : number * PAGE_ROWS])
        return Page(rows, len(found), number, pages)


def fold(text: str) -> str:
    """Return a text in lower case without accents: `Œuvre d’été` is `oeuvre d'ete`."""
    apart = unicodedata.normalize("NFKD", text.casefold().translate(_LIGATURES))
    return "".join(character for character in apart if not unicodedata.combining(character))


def _said(article: ArticleSummary) -> str:
    """Return what a search looks in."""
    stated = (article.title, article.author, article.source, article.published, article.language, article.file)
    return fold(" ".join(filter(None, stated)))
