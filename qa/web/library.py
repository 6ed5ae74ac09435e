"""The tab of the library: the articles of the index, and what one can do with them."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
from gradio.i18n import I18nData

from qa.settings import Settings
from qa.web.library_replies import make_library_replies
from qa.web.library_words import LIBRARY_WORDS

_SCRIPTS = ("words.js", "library.js")  # one script is made of them, in this order


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
            server_functions=list(make_library_replies(index, settings)),
            apply_default_css=False,
            elem_id="qa-library",
            words=LIBRARY_WORDS,
        )


def _read(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")
