"""From a number to its sentence in the article, and back."""

import re

import pytest
from playwright.sync_api import expect
from visiting import FOREIGN, PARAGRAPH, QUESTION, QUOTE, TITLE, Visit, number_of, serving

import qa


def place_in_panel(visit, sentence):
    """How far the sentence is below the top of what scrolls, in pixels."""
    return visit.page.evaluate("(mark) => mark.getBoundingClientRect().top", sentence.element_handle())


def sentence_of(visit, number):
    return visit.article.locator("mark").filter(
        has=visit.page.get_by_role("link", name=re.compile(rf"^Phrase {number}\b"))
    )


def test_the_first_source_is_shown_by_itself_and_the_keyboard_stays_at_the_question(visit):
    visit.ask(QUESTION)
    expect(visit.article.get_by_role("heading", name=TITLE)).to_be_visible()
    expect(visit.article).to_contain_text("22 novembre 2024")
    expect(visit.article.get_by_role("heading", name="Alliés par un traité")).to_have_count(1)
    expect(sentence_of(visit, 1)).to_be_in_viewport()
    expect(visit.box).to_be_focused()


def test_a_number_leads_to_its_sentence_in_its_place_and_the_sentence_leads_back(visit):
    visit.ask(QUESTION)
    number = number_of(visit, QUOTE)
    visit.mark(number).click()
    sentence = sentence_of(visit, number)
    expect(sentence).to_be_in_viewport()
    assert sentence.inner_text().replace("\n", "") == f"{number}{QUOTE}"
    paragraph = visit.article.get_by_role("paragraph").filter(has=visit.page.get_by_text(QUOTE[20:60])).inner_text()
    assert re.sub(r"(?<![\d\w])[123](?=[A-ZÀÉ])", "", paragraph) == PARAGRAPH, "the paragraph is as it stands"
    assert visit.page.url.rstrip("/") == visit.address, "the conversation was not left"
    sentence.click()
    expect(visit.mark(number)).to_be_focused()


def test_the_keyboard_goes_to_the_sentence_and_escape_goes_back(visit):
    visit.ask(QUESTION)
    visit.mark(2).focus()
    visit.page.keyboard.press("Enter")
    back = visit.article.get_by_role("link", name=re.compile("^Phrase 2"))
    expect(back).to_be_focused()
    visit.page.keyboard.press("Escape")
    expect(visit.mark(2)).to_be_focused()
    visit.page.keyboard.press("Enter")
    expect(back).to_be_focused()
    visit.page.keyboard.press("Enter")
    expect(visit.mark(2)).to_be_focused()


def test_pointing_at_a_number_or_focusing_it_shows_the_quote(visit):
    visit.ask(QUESTION)
    number = number_of(visit, QUOTE)
    tip = visit.page.get_by_role("tooltip")
    expect(tip).to_have_count(0)
    visit.mark(number).hover()
    expect(tip).to_contain_text(QUOTE)
    visit.page.get_by_role("heading", name=TITLE).hover()
    expect(tip).to_have_count(0)
    visit.box.focus()
    for _ in range(10):
        visit.page.keyboard.press("Shift+Tab")
        if tip.count():
            break
    expect(tip).to_be_visible()
    visit.page.keyboard.press("Escape")
    expect(tip).to_have_count(0)


def test_numbers_of_earlier_answers_keep_working(visit):
    visit.ask(QUESTION)
    visit.ask(FOREIGN)
    expect(visit.article).to_have_count(0)
    number = number_of_first(visit)
    visit.mark(number, turn=0).click()
    expect(sentence_of(visit, number)).to_be_in_viewport()
    expect(visit.article).to_contain_text(QUOTE)


def number_of_first(visit):
    said = visit.page.locator(".qa-turn").first.locator("p").filter(has_text=QUOTE).inner_text()
    return int(re.search(r"\[(\d+)\]", said)[1])


LONG_WORDS = " ".join(f"mot{number}" for number in range(9000))  # 70,000 characters without an end
REPORTS = {
    "pont.md": ("Le pont", "Le pont de Kerlo a été fermé par Anne Morvan le 3 mars."),
    "ferry.md": ("Le ferry", "Le pont de Kerlo, fermé par Anne Morvan, est remplacé par un ferry."),
}


@pytest.fixture(scope="module")
def long_articles(tmp_path_factory):
    """Two articles about one thing, one of them over a million characters long."""
    folder = tmp_path_factory.mktemp("long")
    (folder / "articles").mkdir()
    for name, (title, sentence) in REPORTS.items():
        filling = [LONG_WORDS] * 15 if name == "pont.md" else ["Il pleut sur le quai depuis lundi."] * 3
        text = "\n\n".join([*filling[:8], sentence, *filling[8:]])
        (folder / "articles" / name).write_text(f"---\ntitle: {title}\nlanguage: fr\n---\n\n{text}\n", encoding="utf-8")
    qa.build_index(folder / "articles", index=folder / "indexes" / "default")
    with serving(folder) as address:
        yield address


def test_several_cited_articles_keep_their_place_also_long_ones(browser, long_articles):
    visit = Visit(browser, long_articles)
    visit.ask("Qui a fermé le pont de Kerlo ?")
    tabs = visit.source.get_by_role("tab")
    expect(tabs).to_have_count(2)
    numbers = {name: number_of(visit, sentence) for name, (_, sentence) in REPORTS.items()}
    visit.mark(numbers["pont.md"]).click()
    sentence = sentence_of(visit, numbers["pont.md"])
    expect(sentence).to_be_in_viewport()
    assert visit.article.evaluate("(article) => article.textContent.length") > 1_000_000
    visit.page.wait_for_timeout(1000)  # until it has scrolled
    before = place_in_panel(visit, sentence)

    tabs.filter(has_text="Le ferry").click()
    expect(visit.article.get_by_role("heading", name="Le ferry")).to_be_visible()
    expect(tabs.filter(has_text="Le ferry")).to_have_attribute("aria-selected", "true")
    visit.page.keyboard.press("ArrowRight")
    expect(tabs.filter(has_text="Le pont")).to_be_focused()
    expect(sentence).to_be_in_viewport()
    assert abs(place_in_panel(visit, sentence) - before) < 40
    visit.leave()


def test_an_article_that_was_removed_or_changed_since_the_answer_says_so_with_the_quote(browser, tmp_path):
    articles = tmp_path / "articles"
    articles.mkdir()
    said = "Le phare de Port-Agnès a été repeint en rouge par Tom Kervella."
    (articles / "phare.txt").write_text(f"Le phare de Port-Agnès\n\nIl fait beau. {said}", encoding="utf-8")
    index = tmp_path / "indexes" / "default"
    qa.build_index(articles, index=index)
    with serving(tmp_path) as address:
        visit = Visit(browser, address)
        visit.ask("Qui a repeint le phare de Port-Agnès en rouge ?")
        number = number_of(visit, said)
        (articles / "phare.txt").write_text(
            f"Le phare de Port-Agnès\n\nUn ajout. Il fait beau. {said}", encoding="utf-8"
        )
        qa.build_index(articles, index=index)
        visit.page.reload()
        visit.mark(number).click()
        assert sentence_of(visit, number).inner_text().endswith(said), "a moved sentence is found where it is now"

        (articles / "phare.txt").write_text("Le phare de Port-Agnès\n\nTout est différent.", encoding="utf-8")
        qa.build_index(articles, index=index)
        visit.page.reload()
        visit.mark(number).click()
        expect(visit.source).to_contain_text("Cet article a changé depuis la réponse.")
        expect(visit.source.get_by_role("blockquote")).to_have_text(said)

        (articles / "phare.txt").rename(articles / "autre.txt")
        qa.build_index(articles, index=index)
        visit.page.reload()
        visit.mark(number).click()
        expect(visit.source).to_contain_text("Cet article n’est plus dans l’index.")
        expect(visit.source.get_by_role("blockquote")).to_have_text(said)
        visit.leave()
