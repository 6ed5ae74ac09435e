"""What is measured: a server over the seeds in a process of its own, and the installed Chromium."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from qa import build_index

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

ROOT = Path(__file__).resolve().parents[1]
SEEDS = ROOT / "seeds"

_CHROMIUM = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def launch_chromium(playwright: Playwright) -> Browser:
    """Start the installed Chromium."""
    names = ("chromium", "chromium-browser", "google-chrome")
    chromium = next(path for path in map(shutil.which, names) if path)
    return playwright.chromium.launch(executable_path=chromium, args=list(_CHROMIUM))


@contextmanager
def seed_folder() -> Iterator[Path]:
    """Give a folder whose `indexes/default` is made from the seeds."""
    with tempfile.TemporaryDirectory() as folder:
        build_index(SEEDS, index=Path(folder) / "indexes" / "default")
        yield Path(folder)


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run `app.py` in a folder; give the address that it says and its process."""
    environment = {**os.environ, "PORT": "0", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(ROOT / "app.py")]
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found
            yield found[0], process
        finally:
            process.terminate()
