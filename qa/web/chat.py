"""Layout of the page: the chat, and the tabs beside it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import gradio as gr

from qa.service import Service
from qa.settings import Settings
from qa.web.api import add_api
from qa.web.library import add_library_tab
from qa.web.replies import QUESTIONS_AT_ONCE, make_replies
from qa.web.words import WORDS

# One script is made of them, in this order.
_SCRIPTS = ("words.js", "source.js", "turns.js", "chat.js")


def make_translations() -> gr.I18n:
    """Return the words that the browser fills in by itself, before anything has been sent."""
    return gr.I18n(**WORDS)


def make_app(index: str | os.PathLike[str] = "indexes/default", settings: Settings | None = None) -> gr.Blocks:
    """Return the chat as Gradio blocks; `serve` shows it with its styles.

    Args:
        index: Folder of the index.
        settings: Settings to answer with; by default those of `qa.toml` and the environment.
    """
    index = Path(index)
    app = gr.Blocks(analytics_enabled=False, title="article-qa", fill_width=True, delete_cache=(600, 3600))
    with app:
        with gr.Tabs(elem_classes="qa-tabs"):
            for add_tab in TABS:
                add_tab(index, settings)
        add_api(Service(index, settings), at_once=QUESTIONS_AT_ONCE, concurrency_id="ask")
    return app


def add_chat_tab(index: Path, settings: Settings | None) -> None:
    """Add the tab in which one asks and reads what is cited."""
    with gr.Tab(make_translations()("tab_chat"), id="chat"):
        gr.HTML(
            html_template=_read("chat.html"),
            js_on_load="\n".join(map(_read, _SCRIPTS)),
            server_functions=list(make_replies(index, settings)),
            apply_default_css=False,
            elem_id="qa-page",
            words=WORDS,
        )


# Each adds one tab of its own, given the folder of the index and the settings. The chat comes first.
TABS: tuple[Callable[[Path, Settings | None], None], ...] = (add_chat_tab, add_library_tab)


def _read(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")
