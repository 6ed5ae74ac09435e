"""What programs can ask of the service, as JSON-ready data: the same four things over Gradio's API and over MCP."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qa.errors import QAError, QuestionError
from qa.settings import Settings
from qa.store import live_version, read_manifest


class Service:
    """Questions to the live version of an index, whichever it is at that moment.

    Args:
        index: Folder of the index. It is opened with the first question, and again after each rebuild.
        settings: Settings to answer with; by default those of `qa.toml` and the environment.
    """

    def __init__(self, index: str | os.PathLike[str], settings: Settings | None = None) -> None:
        self._index = Path(index)
        self._settings = settings

    def ask(self, question: str) -> dict[str, Any]:
        """Return the answer to a question, as `Answer.to_dict` does.

        Raises:
            QAError: The question or the index cannot be used; the message says what to do.
        """
        return self._articles().ask(question).to_dict()

    def retrieve(self, question: str, limit: int = 10) -> list[dict[str, Any]]:
        """Return the passages that fit a question, best first.

        Args:
            question: As in `ask`.
            limit: At most this many.

        Raises:
            QAError: The question or the index cannot be used; the message says what to do.
        """
        return [passage.to_dict() for passage in self._articles().retrieve(question, limit=limit)]

    def list_articles(self) -> list[dict[str, Any]]:
        """Return what is known of each article but its text, in the order in which they were read.

        Raises:
            QAError: The index cannot be used; the message says what to do.
        """
        return [_without(article.to_dict(), ["text", "file"]) for article in self._articles().articles()]

    def read_article(self, article: str) -> dict[str, Any]:
        """Return one article with its text, into which the offsets of citations point.

        Args:
            article: Id of the article.

        Raises:
            QAError: The index has no article of that id, or cannot be used.
        """
        return _without(self._articles().article(article).to_dict(), ["file"])
