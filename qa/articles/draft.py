"""What a reader makes of one source before it becomes an article, and what is said where it cannot."""

from __future__ import annotations

from dataclasses import dataclass

from qa.errors import ArticleError


@dataclass(frozen=True, slots=True)
class Refused:
    """A source that is no article.

    Args:
        source: The file as it was given, with `:line` for a line and `!name` for what has a name in it.
        reason: What is wrong with it, fit to show to a user.
    """

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A text and what its source states about it; None where it states nothing.

    Args:
        text: The text in the form of `Article.text`.
        title: Title as stated.
        language: Language as stated, in whatever form.
        published: Date as stated, in whatever form.
        source: Where the text comes from, as stated.
        author: Who wrote it, as stated.
        id: Id as stated; only JSON Lines state one.
        fixed: Whether the text must stay as it is, because offsets of others point into it.
    """

    text: str
    title: str | None = None
    language: str | None = None
    published: str | None = None
    source: str | None = None
    author: str | None = None
    id: str | None = None
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """What a file holds under one name: its only article, or one of several.

    Args:
        name: Its name inside the file, the same at each reading; empty where it is the file itself.
        found: The draft, or why there is none.
        link: Address of its page, where the file is a feed that states one.
        whole: Whether the draft is all of its text, and not a summary.
    """

    name: str
    found: Draft | ArticleError
    link: str | None = None
    whole: bool = True
