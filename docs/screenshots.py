"""Take the screenshots of the chat's main states into docs/: `make screenshots`."""

from __future__ import annotations

import sys
import tempfile
from io import BytesIO
from pathlib import Path

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "browser")]

from PIL import Image  # noqa: E402  (Gradio brings it)
from playwright.sync_api import Browser, expect, sync_playwright  # noqa: E402
from visiting import CHROMIUM_ARGS, FOREIGN, QUESTION, SEEDS, Visit, number_of, serving  # noqa: E402

import qa  # noqa: E402

WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}


def main() -> None:
    """Build an index of the seeds, serve it, and take the pictures."""
    import shutil

    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        qa.build_index(SEEDS, index=Path(folder) / "indexes" / "default")
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGS)
        with serving(Path(folder)) as address:
            take_wide(browser, address)
            take_phone(browser, address)
            take_dark(browser, address)
            take_library(browser, address)
        browser.close()


def take_wide(browser: Browser, address: str) -> None:
    """Beside each other: the welcome, an answer, a followed number, an abstention, a follow-up."""
    visit = Visit(browser, address, viewport=WIDE)
    expect(visit.page.get_by_role("button", name="Que se passe-t-il")).to_be_visible()
    take(visit, "welcome")
    visit.ask(QUESTION)
    take(visit, "answer")
    visit.mark(number_of(visit, "a affirmé sur la chaîne SBS")).click()
    take(visit, "citation")
    visit.ask(FOREIGN)
    visit.page.get_by_role("link", name="Phrase proche 1").click()
    take(visit, "abstention")
    visit.page.get_by_role("button", name="Nouvelle conversation").click()
    visit.ask("Sur quelle chaîne Shin Won-sik a-t-il parlé ?")
    visit.ask("Et qu’a-t-il affirmé ?")
    take(visit, "follow-up")
    visit.page.get_by_role("tab", name="Articles").click()
    expect(visit.page.get_by_role("searchbox").first).to_be_visible()
    take(visit, "library")
    visit.leave()


def take_phone(browser: Browser, address: str) -> None:
    """One below the other."""
    visit = Visit(browser, address, viewport=PHONE)
    visit.ask("Que se passe-t-il si l’un des deux alliés est attaqué ?")
    take(visit, "phone-answer")
    visit.mark(1).click()
    take(visit, "phone-citation")
    visit.leave()


def take_dark(browser: Browser, address: str) -> None:
    """In the dark and in English, with the confidence explained."""
    visit = Visit(browser, address, viewport=WIDE, locale="en-GB", color_scheme="dark")
    visit.ask("When did North Korea ratify the treaty?")
    visit.page.get_by_text("Confidence: high").click()
    take(visit, "dark")
    visit.leave()


def take_library(browser: Browser, address: str) -> None:
    """The list of the articles, with one chosen; then the same on a telephone."""
    for name, viewport in (("library", WIDE), ("phone-library", PHONE)):
        visit = Visit(browser, address, viewport=viewport)
        visit.page.get_by_role("tab", name="Articles").click()
        visit.page.get_by_role("checkbox", name="Choisir : Explainer").check()
        take(visit, name)
        visit.leave()


def take(visit: Visit, name: str) -> None:
    """Take one picture, once the page has come to rest."""
    visit.page.mouse.move(5, 5)
    visit.page.wait_for_timeout(1200)  # until it has scrolled
    picture = Image.open(BytesIO(visit.page.screenshot())).convert("RGB")
    picture.quantize(128, dither=Image.Dither.NONE).save(DOCS / f"{name}.png", optimize=True)  # a third of its size


if __name__ == "__main__":
    main()
