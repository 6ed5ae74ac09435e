"""The tab of the library: the articles of the index, and what one can do with them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.i18n import I18nData

from qa.settings import Settings
from qa.web.library_words import LIBRARY_WORDS

if TYPE_CHECKING:
    from qa.web.library_replies import LibraryReplies, Reply

# One script is made of them, in this order.
_SCRIPTS = ("words.js", "library_list.js", "library_changes.js", "library.js")

# The methods of `LibraryReplies` that the page may call, as `library_open` and so on.
_REPLIES = ("open", "list", "choose", "read", "state", "put", "paste", "remove", "restore", "build", "stop")


def add_library_tab(index: Path, settings: Settings | None) -> None:
    """Add the tab to the tabs that are being laid out.

    Args:
        index: Folder of the index; it need not exist yet.
        settings: Settings with the limits; by default those of `qa.toml` and the environment.
    """
    with gr.Tab(I18nData("tab_library"), id="library"):
        gr.HTML(
            html_template=_read("library.html"),
            js_on_load="\n".join(map(_read, _SCRIPTS)),
            server_functions=_make_replies(index, settings),
            apply_default_css=False,
            elem_id="qa-library",
            words=LIBRARY_WORDS,
        )


def _make_replies(index: Path, settings: Settings | None) -> list[Callable[[Any], Reply]]:
    opening = threading.Lock()
    opened: list[LibraryReplies] = []

    def replies() -> LibraryReplies:
        with opening:
            if not opened:
                # What it needs takes longer to import than the page to start.
                from qa.web.library_replies import LibraryReplies

                opened.append(LibraryReplies(index, settings))
            return opened[0]

    def make_reply(name: str) -> Callable[[Any], Reply]:
        def reply(request: Any) -> Reply:
            return replies().answer(name, request)

        reply.__name__ = f"library_{name}"  # by which the page calls it
        return reply

    return [make_reply(name) for name in _REPLIES]


def _read(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")
