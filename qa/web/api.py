"""Gradio's own API: what `gradio_client` and plain HTTP can call."""

# Annotations are not postponed here: Gradio reads the types of endpoints from them.
from typing import Any

import gradio as gr
from gradio.events import api

from qa.errors import QAError
from qa.service import Service


def add_api(service: Service, *, at_once: int, concurrency_id: str) -> None:
    """Add the endpoints `/ask`, `/retrieve`, `/list_articles` and `/read_article` to the blocks being made.

    Args:
        service: What answers.
        at_once: How many questions are answered at a time.
        concurrency_id: Whom they share that number with.
    """

    # Gradio shows these signatures and docstrings to whoever opens the description of the API.
    def ask(
        question: str,
        articles: list[str] | None = None,
        history: list[dict[str, Any]] | None = None,
        limit: int | None = None,
    ) -> dict[str, Any]:
        """Answer a question with sentences of the articles, each cited; or say that they do not answer it.

        Args:
            question: the question, up to 2,000 characters
            articles: ids of the articles to look into; all of them by default
            history: the earlier answers of the conversation, oldest first, as this endpoint returned them
            limit: at most this many citations
        """
        with _Said():
            return service.ask(question, articles, history, limit)

    def retrieve(question: str, articles: list[str] | None = None, limit: int | None = None) -> list[dict[str, Any]]:
        """Find the passages that fit a question, best first, with their sentences and scores.

        Args:
            question: the question, up to 2,000 characters
            articles: ids of the articles to look into; all of them by default
            limit: at most this many passages; 10 by default
        """
        with _Said():
            return service.retrieve(question, articles, limit)

    def list_articles() -> list[dict[str, Any]]:
        """List the articles: id, title, language, date, source, author, length, when indexed."""
        with _Said():
            return service.list_articles()

    def read_article(article: str) -> dict[str, Any]:
        """Read one article; the offsets of citations point into its text.

        Args:
            article: id of the article
        """
        with _Said():
            return service.read_article(article)

    for function in (ask, retrieve, list_articles, read_article):
        api(function, api_name=function.__name__, concurrency_limit=at_once, concurrency_id=concurrency_id)


class _Said:
    """Gives an error that a user may see to Gradio as one that it shows and does not log."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, QAError):
            raise gr.Error(str(error), print_exception=False) from error
