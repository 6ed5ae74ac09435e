"""A browser, and a server over the seeds, for the browser tests of a module."""

import os
import shutil

import pytest
from playwright.sync_api import sync_playwright
from visiting import CHROMIUM_ARGS, SEEDS, Visit, serving

import qa


# For a module at most: Playwright runs an event loop in this thread, and tests that follow run their own.
@pytest.fixture(scope="module")
def browser():
    names = ("chromium", "chromium-browser", "google-chrome")
    chromium = next((path for path in map(shutil.which, names) if path), None)
    if chromium is None:
        message = f"no Chromium is installed: none of {', '.join(names)} is on the PATH"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGS)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """A folder with an index of the seeds, in which the server runs."""
    made = tmp_path_factory.mktemp("chat")
    qa.build_index(SEEDS, index=made / "indexes" / "default")
    return made


@pytest.fixture(scope="module")
def address(browser, folder):
    with serving(folder) as at:
        yield at
    strangers = {line for line in (folder / "connected.txt").read_text().splitlines() if not _is_local(line)}
    assert not strangers, "the server reached beyond this machine"


def _is_local(line):
    return "127.0.0.1" in line or "localhost" in line or "::1" in line


@pytest.fixture
def visit(browser, address):
    """Open the chat in French; check at the end that it stayed on this machine and without errors."""
    visit = Visit(browser, address)
    yield visit
    visit.leave()
