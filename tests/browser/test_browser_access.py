"""At home in the page: by keyboard, on a telephone, in the dark, in English."""

import re

import pytest
from playwright.sync_api import expect
from visiting import FOREIGN, QUESTION, QUOTE, Visit

from qa.web.words import WORDS

EN, FR = WORDS["en"], WORDS["fr"]


@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
def test_on_a_telephone_in_the_dark_in_english(browser, address, locale):
    visit = Visit(browser, address, locale=locale, viewport={"width": 360, "height": 740}, color_scheme="dark")
    expect(visit.page.get_by_role("heading", level=1)).to_have_text(EN["title"])
    expect(visit.page.get_by_text("2 articles", exact=True)).to_be_visible()
    no_wider(visit)
    visit.ask("When did North Korea ratify the treaty?")
    expect(visit.conversation).to_contain_text("Confidence: high")
    no_wider(visit)
    visit.mark(1).click()
    sentence = visit.article.get_by_role("link", name=re.compile("^Sentence 1"))
    expect(sentence).to_be_in_viewport()
    no_wider(visit)
    visit.page.get_by_role("button", name=EN["back_to_answer"]).click()
    expect(visit.mark(1)).to_be_in_viewport()
    visit.ask("What will the weather be like tomorrow?")
    no_wider(visit)
    assert visit.page.evaluate("document.documentElement.lang") == "en"
    visit.leave()


def no_wider(visit):
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 360, "nothing is wider than a telephone"


def test_the_keyboard_alone_asks_reads_and_judges(browser, address):
    visit = Visit(browser, address, viewport={"width": 800, "height": 900})
    expect(visit.page.get_by_text("2 articles", exact=True)).to_be_visible()
    for _ in range(3):  # the two tabs stand before it
        visit.page.keyboard.press("Tab")
    skip = visit.page.get_by_role("link", name=FR["skip_question"])
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    visit.page.keyboard.press("Enter")
    expect(visit.box).to_be_focused()
    visit.page.keyboard.type(QUESTION)
    visit.page.keyboard.press("Enter")
    expect(visit.conversation).to_contain_text(QUOTE)
    seen = []
    for _ in range(30):  # backwards, from the question box through the answer
        visit.page.keyboard.press("Shift+Tab")
        name = visit.page.evaluate(
            "document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText"
        )
        seen.append(name)
        if visit.mark(1).evaluate("(mark) => mark === document.activeElement"):
            break
    wanted = [FR["bad"], FR["good"], FR["copy_label"], "Confiance"]
    order = [next(at for at, name in enumerate(seen) if name.startswith(want)) for want in wanted]
    assert order == sorted(order), seen
    outline = visit.mark(1).evaluate("(mark) => getComputedStyle(mark).outlineStyle")
    assert outline == "solid", "the focus is seen"
    visit.leave()


def test_a_screen_reader_is_told_what_is_what(visit):
    expect(visit.page.get_by_role("main")).to_have_count(1)
    expect(visit.page.get_by_role("log", name="Conversation")).to_have_count(1)
    expect(visit.page.get_by_role("region", name="Conversation")).to_have_count(1)
    visit.ask(QUESTION)
    expect(visit.source).to_be_visible()
    quoted = visit.conversation.get_by_role("paragraph").filter(has_text=QUOTE)
    assert quoted.evaluate("(said) => said.lang") == "fr"
    visit.ask("When did North Korea ratify the treaty?")
    cited = visit.article.evaluate("(article) => [article.lang, article.dir]")
    assert cited == ["en", "auto"]
    unnamed = visit.page.evaluate(
        """() => [...document.querySelectorAll("#qa-page button, #qa-page a, #qa-page summary, #qa-page textarea")]
            .filter((one) => !(one.ariaLabel || one.textContent.trim() || one.labels?.length))
            .map((one) => one.outerHTML)"""
    )
    assert unnamed == []


def test_the_page_stands_before_the_index_is_open_and_says_what_it_waits_for(browser, address):
    visit = Visit(browser, "about:blank")
    held, opened = [], []
    visit.page.route("**/component_server/", lambda route: route.continue_() if opened else held.append(route))
    visit.address = address
    visit.page.goto(address)
    expect(visit.page.get_by_role("status").filter(has_text=FR["opening"])).to_be_visible()
    visit.box.fill(FOREIGN)
    visit.box.press("Enter")
    expect(visit.conversation).to_contain_text(FR["opening_asked"])
    opened.append(True)
    for route in held:
        route.continue_()
    expect(visit.conversation).to_contain_text("Les articles ne répondent pas")
    visit.context.close()
