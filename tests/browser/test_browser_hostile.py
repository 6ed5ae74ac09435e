"""Whatever an article, a title, a file name or a question holds changes nothing but the text that is shown."""

import pytest
from playwright.sync_api import expect
from visiting import Visit, number_of, serving

import qa

PLANTED = 'document.hacked = "yes"'
SCRIPT = f"<script>{PLANTED}</script>"
IMAGE = f"<img src=x onerror='{PLANTED}'>"
TURNED = "\u202eesrever\u202c"  # shown from right to left

# A text file, for what it says is kept letter by letter; its first sentence becomes its title too.
TEXT = (
    f'The "lighthouse" of {SCRIPT} Port Agnes was built by Maria Quill in 1874. '
    f"The engineer {IMAGE} Tom Ashby painted the lighthouse of Port Agnes red ${{{PLANTED}}} {{{{value}}}} `${{1}}`, "
    f"[see](javascript:{PLANTED}) ![it](https://evil.example/y.png) and {TURNED}.\n\n" + "[" * 10_000
)
MARKDOWN = f"""---
title: >-
  The mill {SCRIPT} {IMAGE} {TURNED} [x](javascript:{PLANTED})
author: >-
  Ada {IMAGE}
source: >-
  javascript:{PLANTED}
language: en
---

The mill of Port Agnes was sold by Ruth Vane to a baker in 1902.
"""

QUESTIONS = [
    f"Which engineer {IMAGE} painted the lighthouse of Port Agnes red? {SCRIPT}",
    "Who sold the mill of Port Agnes to a baker? ![x](https://evil.example/z.png) ${document.hacked=1} {{value}}",
    f"Who built the lighthouse of Port Agnes? {TURNED} [x](javascript:{PLANTED})",
    "[" * 2000,
]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    articles = folder / "articles"
    articles.mkdir()
    (articles / f"{IMAGE}.txt").write_text(TEXT, encoding="utf-8")
    (articles / "mill.md").write_text(MARKDOWN, encoding="utf-8")
    assert qa.build_index(articles, index=folder / "indexes" / "default").refused == ()
    with serving(folder) as address:
        yield address


def check_harmless(visit):
    assert visit.page.evaluate("document.hacked") is None, "a planted script ran"
    found = visit.page.evaluate(
        """() => [...document.querySelectorAll("#qa-page *")].filter((one) =>
            ["SCRIPT", "IMG", "IFRAME", "OBJECT", "B", "STYLE"].includes(one.tagName)
            || [...one.attributes].some((attribute) => attribute.name.startsWith("on"))
            || (one.tagName === "A" && !one.getAttribute("href").startsWith("#"))
        ).map((one) => one.outerHTML.slice(0, 200))"""
    )
    assert found == []
    assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_articles_and_questions_hold_stays_text(browser, hostile):
    visit = Visit(browser, hostile, locale="en-GB", viewport={"width": 1280, "height": 900})
    for question in QUESTIONS:
        visit.ask(question)
        expect(visit.conversation.get_by_role("heading", name=question.strip()).last).to_be_visible()
        for mark in visit.page.locator(".qa-turn").last.get_by_role("link", name="entence").all():
            mark.hover()
            mark.click()
            expect(visit.article).to_be_visible()
            check_harmless(visit)
    conversation = visit.conversation.inner_text()
    for shown in (
        SCRIPT,
        IMAGE,
        "{{value}} `${1}`",
        f"[see](javascript:{PLANTED})",
        "![it](https://evil.example/y.png)",
    ):
        assert shown in conversation
    assert visit.conversation.get_by_role("heading", name=TURNED).evaluate("(one) => getComputedStyle(one).unicodeBidi")
    visit.page.reload()
    expect(visit.conversation.get_by_role("heading", level=2)).to_have_count(len(QUESTIONS))
    check_harmless(visit)
    visit.leave()


def test_titles_authors_sources_and_file_names_stay_text(browser, hostile):
    visit = Visit(browser, hostile, locale="en-GB")
    visit.ask("Who sold the mill of Port Agnes to a baker?")
    visit.mark(number_of(visit, "Ruth Vane")).click()
    expect(visit.article).to_contain_text(f"By Ada {IMAGE}")
    expect(visit.article).to_contain_text(f"javascript:{PLANTED}")
    expect(visit.article.get_by_role("heading", level=2)).to_contain_text(f"The mill {SCRIPT} {IMAGE}")
    title = visit.article.get_by_role("heading", level=2).locator("bdi")
    assert title.evaluate("(one) => getComputedStyle(one).unicodeBidi") == "isolate"
    visit.ask("Which engineer painted the lighthouse of Port Agnes red?")
    visit.mark(1).click()
    expect(visit.article).to_contain_text("[" * 10_000)
    check_harmless(visit)
    visit.leave()
