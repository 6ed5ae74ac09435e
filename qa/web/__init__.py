"""The web chat: ask in the browser, and follow each `[n]` to the sentence it stands for."""

from qa.web.chat import make_app
from qa.web.server import serve

__all__ = ["make_app", "serve"]
