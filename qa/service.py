"""What programs can ask of the service, as JSON-ready data: the same over Gradio's API and over MCP."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.errors import ArticleError, QuestionError
from qa.schema import Answer, Article, ArticleSummary
from qa.settings import Settings

if TYPE_CHECKING:
    from qa.engine import ArticleQA


class Service:
    """Questions to an index, in whichever version is live at that moment. Safe to use from several threads.

    What it is given may come from anywhere, so it is checked; what is wrong is a `QAError` that says so.

    Args:
        index: Folder of the index. It is opened with the first question, and again after each rebuild.
        settings: Settings to answer with; by default those of `qa.toml` and the environment.
    """

    def __init__(self, index: str | os.PathLike[str], settings: Settings | None = None) -> None:
        self._index = Path(index)
        self._settings = settings

    def ask(
        self,
        question: str,
        articles: Sequence[str] | None = None,
        history: Sequence[dict[str, Any]] | None = None,
        limit: int | None = None,
    ) -> dict[str, Any]:
        """Return the answer to a question, as `Answer.to_dict` does.

        Args:
            question: The question, up to 2,000 characters.
            articles: Ids of the articles to look into; by default all.
            history: The earlier answers of the conversation, oldest first, as this returned them.
            limit: At most this many citations; by default `Settings.citations_max`.
        """
        if not isinstance(history, list | tuple | None):
            raise QuestionError("the history must be a list of earlier answers, or nothing.")
        earlier = [Answer.from_dict(answer) for answer in history or ()]
        limit = None if limit is None else _checked_limit(limit)
        return self._open().ask(question, articles=_checked_ids(articles), history=earlier, limit=limit).to_dict()

    def retrieve(
        self, question: str, articles: Sequence[str] | None = None, limit: int | None = None
    ) -> list[dict[str, Any]]:
        """Return the passages that fit a question, best first, as `Passage.to_dict` does.

        Args:
            question: The question, up to 2,000 characters.
            articles: Ids of the articles to look into; by default all.
            limit: At most this many; by default 10.
        """
        most = 10 if limit is None else _checked_limit(limit)
        found = self._open().retrieve(question, articles=_checked_ids(articles), limit=most)
        return [passage.to_dict() for passage in found]

    def list_articles(self) -> list[dict[str, Any]]:
        """Return each article's id, title, language, date, source, author, length and day of indexing, but no text."""
        return [_describe(summary) for summary in self._open().summaries()]

    def read_article(self, article: str) -> dict[str, Any]:
        """Return one article as in `list_articles`, and its `text`, which the offsets of citations point into.

        Args:
            article: Id of the article.
        """
        if not isinstance(article, str):
            raise ArticleError(f"an article's id is a string, not {type(article).__name__}.")
        found = self._open().article(article)
        return {**_describe(found), "characters": len(found.text), "text": found.text}

    def _open(self) -> ArticleQA:
        from qa.engine import open_live

        return open_live(self._index, settings=self._settings)


def _describe(article: Article | ArticleSummary) -> dict[str, Any]:
    """Return what may be known of an article outside: not its path on this machine."""
    return {name: value for name, value in article.to_dict().items() if name not in {"text", "file", "sentences"}}


def _checked_ids(articles: Any) -> list[str] | None:
    if articles is None:
        return None
    if not isinstance(articles, list | tuple) or not all(isinstance(article, str) for article in articles):
        raise QuestionError("the articles to look into must be a list of ids, or nothing for all of them.")
    return list(articles)


def _checked_limit(limit: Any) -> int:
    if not isinstance(limit, int) or isinstance(limit, bool):
        raise QuestionError(f"the limit must be a whole number, not {limit!r}.")
    return limit
