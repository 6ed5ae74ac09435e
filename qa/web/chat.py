"""Layout of the chat, and what happens when someone asks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from qa.errors import ArticleError, QAError
from qa.schema import QUESTION_CHARS_MAX
from qa.service import Service
from qa.settings import Settings
from qa.web.api import add_api
from qa.web.render import render_answered, render_conversation, render_error, render_pending, render_status
from qa.web.words import WORDS, Words, preferred_language

QUESTIONS_AT_ONCE = 4

# They are offered where the index holds both articles, which are those that the project comes with.
EXAMPLE_ARTICLES = ("coree-du-nord-russie", "russia-north-korea-treaty")
EXAMPLES = (
    "Qui a déclaré que la Russie a livré des missiles à la Corée du Nord ?",
    "Pourquoi Kim Jong Un a-t-il envoyé ses troupes, d’après les spécialistes ?",
    "Que se passe-t-il si l’un des deux alliés est attaqué ?",
    "When did North Korea ratify the treaty?",
)


def make_translations() -> gr.I18n:
    """Return the words that the browser fills in by itself, before anything has been sent."""
    return gr.I18n(**{language: {**words, **_static_html(words)} for language, words in WORDS.items()})


def _static_html(words: Words) -> dict[str, str]:
    said = {key: escape(word) for key, word in words.items()}
    return {
        "header": f"<h1>{said['title']}</h1><p>{said['subtitle']}</p>",
        "waiting": f'<p class="qa-status qa-pending">{said["opening"]}</p>',
        "examples_label": f"<h2>{said['examples']}</h2>",
    }


class _Chat:
    """What the chat does. The index is opened when the first page has been shown, and again after each rebuild."""

    def __init__(self, index: Path, settings: Settings | None) -> None:
        self._index = index
        self._settings = settings

    def greet(self, request: gr.Request) -> tuple[str, dict[str, Any]]:
        """Open the index; return the status line and whether examples can be offered."""
        from qa.engine import open_live

        words = _words_for(request)
        try:
            articles = open_live(self._index, settings=self._settings)
            status = render_status(articles.counts["articles"], words)
        except QAError as error:
            return render_error("", str(error), words), gr.update(visible=False)
        try:
            for article_id in EXAMPLE_ARTICLES:
                articles.article(article_id)
        except ArticleError:
            return status, gr.update(visible=False)
        return status, gr.update(visible=True)

    def converse(
        self, question: str, turns: list[str], request: gr.Request
    ) -> Iterator[tuple[str, list[str], str | dict[str, Any], str | dict[str, Any]]]:
        """Answer a question; yield the question box, the turns so far, the conversation and the status line."""
        from qa.engine import open_live

        words = _words_for(request)
        if not question.strip():
            shown = render_conversation([*turns, render_error("", words["empty"], words)], words)
            yield question, turns, shown, gr.skip()
            return
        yield "", turns, render_conversation([*turns, render_pending(question, words)], words), gr.skip()
        try:
            articles = open_live(self._index, settings=self._settings)
            answer = articles.ask(question)
            cited = {citation.article for citation in (*answer.citations, *answer.nearest)}
            texts = {article_id: articles.article(article_id) for article_id in cited}
        except QAError as error:
            # The question goes back into its box, to be mended or asked again.
            shown = render_conversation([*turns, render_error(question, str(error), words)], words)
            yield question, turns, shown, gr.skip()
            return
        count = articles.counts["articles"]
        turns = [*turns, render_answered(len(turns) + 1, answer, texts, count, words)]
        yield gr.skip(), turns, render_conversation(turns, words), render_status(count, words)


def make_app(index: str | os.PathLike[str] = "indexes/default", settings: Settings | None = None) -> gr.Blocks:
    """Return the chat as Gradio blocks; `serve` shows it with its styles.

    Args:
        index: Folder of the index.
        settings: Settings to answer with; by default those of `qa.toml` and the environment.
    """
    chat = _Chat(Path(index), settings)
    say = make_translations()
    app = gr.Blocks(analytics_enabled=False, title="article-qa", fill_width=True)
    with app:
        turns = gr.State([])
        with gr.Column(elem_classes="qa-page"):
            _html(say("header"))
            status = _html(say("waiting"))
            with gr.Row(elem_classes="qa-examples", visible=False) as examples:
                _html(say("examples_label"))
                buttons = [gr.Button(example, size="sm") for example in EXAMPLES]
            conversation = _html("", elem_id="qa-conversation", js_on_load=_read("chat.js"))
            with gr.Row(elem_classes="qa-composer"):
                box = gr.Textbox(
                    label=say("question"),
                    placeholder=say("placeholder"),
                    max_length=QUESTION_CHARS_MAX,
                    autofocus=True,
                    scale=1,
                    elem_id="qa-question",
                )
                button = gr.Button(say("ask"), variant="primary", scale=0, elem_id="qa-ask")
        shown: list[Any] = [box, turns, conversation, status]
        quiet: dict[str, Any] = {
            "show_progress": "hidden",
            "api_visibility": "private",
            "concurrency_limit": QUESTIONS_AT_ONCE,
            "concurrency_id": "ask",
        }
        gr.on([box.submit, button.click], chat.converse, [box, turns], shown, **quiet)
        for example in buttons:
            example.click(chat.converse, [example, turns], shown, **quiet)
        # Not queued: Gradio closes the stream of a session when its last queued event ends, and a question asked at
        # that moment was never answered (7 of 60 page loads on a busy machine). So only questions are queued.
        app.load(chat.greet, None, [status, examples], queue=False, show_progress="hidden", api_visibility="private")
        add_api(Service(index, settings), at_once=QUESTIONS_AT_ONCE, concurrency_id="ask")
    return app


def _html(value: Any, **options: Any) -> gr.HTML:
    return gr.HTML(value, apply_default_css=False, **{"js_on_load": None, **options})


def _read(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def _words_for(request: gr.Request) -> Words:
    return WORDS[preferred_language(request.headers.get("accept-language"))]
