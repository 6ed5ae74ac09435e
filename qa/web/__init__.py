"""The web chat: ask in the browser, and follow each `[n]` to the sentence it stands for."""

from qa.web.server import serve

__all__ = ["serve"]
