"""Copying, downloading, judging: what a reader takes away, and leaves."""

import json

from playwright.sync_api import expect
from visiting import FOREIGN, QUESTION, QUOTE, TITLE

from qa.feedback import read_feedback
from qa.web.words import WORDS

FR = WORDS["fr"]


def test_an_answer_is_copied_with_its_citations(visit):
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.ask(QUESTION)
    visit.page.get_by_role("button", name=FR["copy_label"]).click()
    expect(visit.page.get_by_text(FR["copied"])).to_be_visible()
    copied = visit.page.evaluate("navigator.clipboard.readText()")
    for part in (QUESTION, QUOTE, TITLE, "2024-11-22", "Article de démonstration"):
        assert part in copied


def test_without_the_clipboard_the_older_way_of_copying_is_taken(visit):
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.ask(QUESTION)
    visit.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed')); }")
    visit.page.get_by_role("button", name=FR["copy_label"]).click()
    expect(visit.page.get_by_text(FR["copied"])).to_be_visible()
    assert QUOTE in visit.page.evaluate("navigator.clipboard.readText()")


def test_the_conversation_is_downloaded_as_markdown_and_as_json(visit):
    visit.ask(QUESTION)
    visit.ask(FOREIGN)
    taken = {}
    for form in ("Markdown", "JSON"):
        visit.page.get_by_text(FR["download"], exact=True).click()
        with visit.page.expect_download() as download:
            visit.page.get_by_role("button", name=f"En {form}").click()
        taken[form] = download.value.path().read_text(encoding="utf-8")
        assert download.value.suggested_filename.endswith({"Markdown": ".md", "JSON": ".json"}[form])
    assert QUOTE in taken["Markdown"] and TITLE in taken["Markdown"] and "2024-11-22" in taken["Markdown"]
    first, second = json.loads(taken["JSON"])["answers"]
    cited = next(citation for citation in first["citations"] if citation["quote"] == QUOTE)
    assert (cited["title"], cited["published"]) == (TITLE, "2024-11-22")
    assert cited["source"].startswith("Article de démonstration")
    assert (second["question"], second["answered"]) == (FOREIGN, False)


def test_a_thumb_and_a_word_are_kept(visit, folder):
    visit.ask(QUESTION)
    down = visit.page.get_by_role("button", name=FR["bad"])
    down.click()
    expect(down).to_have_attribute("aria-pressed", "true")
    expect(visit.page.get_by_text(FR["thanks"])).to_be_visible()
    visit.page.get_by_role("textbox", name=FR["comment"]).fill("La date manque.")
    visit.page.get_by_role("button", name=FR["send"]).click()
    expect(visit.page.get_by_role("button", name=FR["send"])).to_have_count(0)
    expect(visit.page.get_by_text(FR["thanks"])).to_be_visible()
    kept = list(read_feedback(folder / "indexes" / "default" / "feedback.sqlite"))
    assert [(one.verdict, one.comment, one.question) for one in kept] == [("down", "La date manque.", QUESTION)]
    assert QUOTE in {citation.quote for citation in kept[0].citations}
