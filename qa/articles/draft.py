"""What a reader makes of one source before it becomes an article, and what is said where it cannot."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refused:
    """A source that is no article.

    Args:
        source: The file as it was given, with `:line` for a line of JSON Lines.
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
