"""Keeping the live version of the index open before anyone asks, and saying whether it is."""

from __future__ import annotations

import threading
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from qa.errors import QAError
from qa.settings import Settings
from qa.store.manifest import live_version, read_manifest

_LOOK_S = 2.0  # one small file is read so often to see whether there is another version
_TRY_AGAIN_S = 30.0  # opening a damaged index reads all of it


class Readiness:
    """Opens the live version in a thread of its own, so that neither a page nor a question waits for it.

    Args:
        index: Folder of the index.
        settings: The settings that questions are answered with.
    """

    def __init__(self, index: Path, settings: Settings) -> None:
        self._index = index
        self._settings = settings
        self._opened: str | None = None
        self._stopping = threading.Event()

    def start(self) -> None:
        """Begin."""
        # Its import, which comes with the engine's, silences a warning for the whole process; in a thread, beside
        # another one's `catch_warnings`, that is undone now and then, and the warning said.
        import_module("requests")
        threading.Thread(target=self._keep_open, name="qa-open-live", daemon=True).start()

    def stop(self) -> None:
        """Stop looking for other versions."""
        self._stopping.set()

    def report(self) -> dict[str, Any]:
        """Say what can be said to anyone: `ready`, `version`, `index_version`, `articles`. Loads nothing."""
        said: dict[str, Any] = {"ready": False, "version": version("article-qa"), "index_version": None, "articles": 0}
        try:
            live = live_version(self._index)
            if live is not None:
                articles = read_manifest(self._index, live).counts["articles"]
                said.update(ready=self._opened is not None, index_version=live, articles=articles)
        except QAError:  # why it cannot be read is said to whoever asks a question, not to everyone
            pass
        return said

    def _keep_open(self) -> None:
        while not self._stopping.is_set():
            pause_s = _LOOK_S
            try:
                live = live_version(self._index)
                if live not in (None, self._opened):
                    from qa.engine import open_live

                    self._opened = open_live(self._index, settings=self._settings).version
            except QAError:  # as above
                pause_s = _TRY_AGAIN_S
            self._stopping.wait(pause_s)
