"""Asking and being answered, as someone at the page sees it. Nothing may reach beyond this machine."""

import re

import pytest
from playwright.sync_api import expect
from visiting import FOREIGN, QUESTION, QUOTE, SEEDS, TITLE, Visit, number_of, serving

import qa
from qa.web.words import WORDS

FR = WORDS["fr"]


def test_a_typed_question_is_answered_with_the_sentence_that_says_it(visit):
    visit.ask(QUESTION)
    number = number_of(visit, QUOTE)
    expect(visit.conversation).to_contain_text(f"{QUOTE} [{number}]")
    expect(visit.conversation).to_contain_text(TITLE)
    expect(visit.conversation).to_contain_text("22 novembre 2024 · Article de démonstration")
    expect(visit.conversation.get_by_role("heading", name=QUESTION)).to_be_visible()
    expect(visit.box).to_have_value("")
    expect(visit.box).to_be_focused()


def test_no_line_begins_with_a_number(visit):
    visit.ask(QUESTION)
    for width in (1280, 1100, 700, 480, 360):
        visit.page.set_viewport_size({"width": width, "height": 900})
        alone = visit.page.evaluate(
            """() => [...document.querySelectorAll(".qa-statements .qa-mark")].filter((mark) => {
                const before = document.createRange();
                before.selectNodeContents(mark.parentElement);
                before.setEndBefore(mark);
                const word = [...before.getClientRects()].at(-1);
                return !word || word.bottom <= mark.getBoundingClientRect().top;
            }).length"""
        )
        assert alone == 0, f"at {width} pixels"


def test_confidence_is_in_words_and_explained_on_demand(visit):
    visit.ask(QUESTION)
    summary = visit.conversation.get_by_text("Confiance : élevée")
    expect(summary).to_be_visible()
    assert not re.search(r"0[.,]\d", visit.conversation.inner_text()), "no bare decimal"
    explained = visit.conversation.get_by_text(re.compile("chances sur 100"))
    expect(explained).to_be_hidden()
    summary.click()
    expect(explained).to_be_visible()
    expect(visit.conversation).to_contain_text("Lisez la phrase avant de vous y fier.")
    visit.ask(FOREIGN)
    expect(explained).to_be_visible()  # what was unfolded stays so


def test_what_the_articles_do_not_say_is_not_answered(visit):
    visit.ask(FOREIGN)
    said = visit.conversation
    expect(said).to_contain_text("Les articles ne répondent pas à cette question.")
    expect(said).to_contain_text("2 articles parcourus · index du ")
    expect(said.get_by_role("heading", name=FR["nearest"])).to_contain_text(FR["nearest_note"])
    expect(said).not_to_contain_text("Confiance")
    expect(said).not_to_contain_text("[1]")
    nearest = said.get_by_role("link", name=re.compile("Phrase proche 1"))
    quote = said.get_by_role("blockquote").first.inner_text().replace("≈1", "").strip()
    nearest.click()
    expect(visit.article.get_by_text(quote)).to_be_visible()
    expect(visit.source).to_contain_text(FR["near_here"])


def test_an_empty_question_is_refused_and_the_conversation_stays(visit):
    visit.ask(QUESTION)
    visit.box.fill("   ")
    visit.box.press("Enter")
    expect(visit.page.get_by_role("alert")).to_contain_text(FR["empty"])
    expect(visit.conversation).to_contain_text(QUOTE)
    visit.ask(FOREIGN)
    expect(visit.page.get_by_role("alert")).to_have_count(0)
    expect(visit.conversation.get_by_role("heading", level=2)).to_have_text([QUESTION, FOREIGN])


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (
            "missiles " * 300,
            "La question compte 2\u202f699 caractères\u00a0; on peut en poser une de 2\u202f000 caractères",
        ),
        ("missiles \x07", "La question contient le caractère de contrôle U+0007"),
    ],
    ids=["too long", "control character"],
)
def test_a_question_that_cannot_be_asked_comes_back_with_the_reason_in_the_language_of_the_page(visit, question, said):
    visit.box.evaluate("(box, text) => { box.value = text; }", question)
    visit.box.press("Enter")
    expect(visit.conversation.get_by_role("alert")).to_contain_text(said)
    assert visit.box.input_value() == question


def test_an_example_is_asked_by_a_click_and_is_answered(visit):
    examples = visit.page.get_by_role("list").filter(has=visit.page.get_by_role("button")).get_by_role("button")
    expect(examples).to_have_count(4)
    question = examples.first.inner_text().strip()
    examples.first.click()
    expect(visit.conversation).to_contain_text("Confiance")
    expect(visit.conversation.get_by_role("heading", level=2)).to_have_text(question)


def test_a_follow_up_says_how_it_was_understood_and_that_can_be_undone(visit):
    visit.ask("Sur quelle chaîne Shin Won-sik a-t-il parlé ?")
    visit.ask("Et qu’a-t-il affirmé ?")
    expect(visit.conversation).to_contain_text("Compris comme")
    expect(visit.conversation.get_by_text(re.compile("Shin Won-sik")).last).to_be_visible()
    expect(visit.conversation).to_contain_text(QUOTE)
    visit.page.get_by_role("button", name=FR["as_it_stands"]).click()
    expect(visit.conversation.get_by_text("Compris comme")).to_have_count(0)
    expect(visit.conversation.get_by_role("heading", level=2)).to_have_count(2)


def test_a_new_conversation_forgets_the_old_one_until_that_is_undone(visit):
    visit.ask(QUESTION)
    visit.page.get_by_role("button", name=FR["new"]).click()
    expect(visit.conversation.get_by_role("heading")).to_have_count(0)
    expect(visit.page.get_by_role("heading", name=FR["title"])).to_be_visible()
    expect(visit.box).to_be_focused()
    visit.page.get_by_role("button", name=FR["undo"]).click()
    expect(visit.conversation).to_contain_text(QUOTE)
    visit.mark(1).click()
    expect(visit.article).to_be_visible()


def test_two_questions_in_a_hurry_are_both_answered_in_their_order(visit):
    for question in (QUESTION, FOREIGN):
        visit.box.fill(question)
        visit.box.press("Enter")
    expect(visit.conversation.get_by_role("heading", level=2)).to_have_text([QUESTION, FOREIGN])
    expect(visit.conversation).to_contain_text(QUOTE)
    expect(visit.conversation).to_contain_text("Les articles ne répondent pas")


def test_two_people_see_each_their_own_conversation(browser, address, visit):
    other = Visit(browser, address)
    visit.ask(QUESTION)
    other.ask(FOREIGN)
    expect(visit.conversation).not_to_contain_text(FOREIGN)
    expect(other.conversation).not_to_contain_text(QUESTION)
    other.leave()


def test_a_question_may_be_asked_of_chosen_articles_only(visit):
    expect(visit.page.get_by_text("2 articles", exact=True)).to_be_visible()
    visit.page.evaluate(
        """document.dispatchEvent(new CustomEvent("qa:only", {
            detail: [{id: "russia-north-korea-treaty", title: "Explainer: the treaty"}]}))"""
    )
    expect(visit.page.get_by_text("Seulement dans")).to_be_visible()
    visit.ask(QUESTION)
    expect(visit.conversation).not_to_contain_text(QUOTE)
    visit.page.get_by_role("button", name=FR["only_remove"]).click()
    visit.ask(QUESTION)
    expect(visit.conversation).to_contain_text(QUOTE)


def test_before_there_is_an_index_the_page_says_so_and_then_answers_at_once(browser, tmp_path):
    with serving(tmp_path) as at:
        visit = Visit(browser, at)
        expect(visit.page.get_by_role("alert")).to_contain_text("Il n’y a pas encore d’index. Ajoutez des articles ici")
        visit.ask(QUESTION)
        expect(visit.conversation.get_by_role("alert")).to_contain_text("Il n’y a pas encore d’index")
        expect(visit.box).to_have_value(QUESTION)
        qa.build_index(SEEDS, index=tmp_path / "indexes" / "default")
        visit.page.get_by_role("button", name="Redemander").click()
        expect(visit.conversation).to_contain_text(QUOTE)
        expect(visit.page.get_by_text("2 articles", exact=True)).to_be_visible()
        expect(visit.box).to_have_value("")
        visit.leave()


def test_a_program_can_ask_too(address):
    from gradio_client import Client

    said = Client(address, verbose=False).predict(QUESTION, api_name="/ask")
    assert said["answered"] is True
    assert QUOTE in {citation["quote"] for citation in said["citations"]}
