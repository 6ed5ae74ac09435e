"""The library as someone uses it: a real server process over a folder of articles, a real Chromium."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect
from visiting import SEEDS, Visit, serving

import qa

WAIT_MS = 60_000

LIGHTHOUSE = "Le phare de Brest a été repeint en rouge par Maria Quill en 1874."
HOSTILE_NAME = "phare <img src=x onerror=document.hacked=1>.md"
HOSTILE_TITLE = (
    'Le phare <script>document.hacked=1</script> <img src=x onerror="document.hacked=1"> ${document.hacked=1}'
)


class Library(Visit):
    """A visit of the tab of the articles."""

    def __init__(self, browser, address, **options):
        super().__init__(browser, address, **options)
        self.page.get_by_role("tab", name="Articles").click()
        self.tab = self.page.locator("#qa-library")

    def see(self, text):
        expect(self.tab.get_by_text(text).first).to_be_visible(timeout=WAIT_MS)

    def button(self, name):
        return self.tab.get_by_role("button", name=name)

    @property
    def rows(self):
        return self.tab.get_by_role("table").locator("tbody").get_by_role("row")

    def titles(self):
        return self.rows.get_by_role("rowheader").all_inner_texts()

    def put_in(self, *files):
        if not self.tab.get_by_text("Choisissez des fichiers").is_visible():
            self.button("Ajouter des articles").click()
        self.tab.locator("input[type=file]").set_input_files(
            [{"name": name, "mimeType": "text/plain", "buffer": data} for name, data in files]
        )

    def build(self):
        self.button("Construire l’index maintenant").click()
        self.see("L’index est construit")


@pytest.fixture
def place(tmp_path):
    """A folder with `seeds` of its own, and their index."""
    (tmp_path / "seeds").mkdir()
    for seed in SEEDS.glob("*.md"):
        (tmp_path / "seeds" / seed.name).write_bytes(seed.read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        qa.build_index("seeds")
    return tmp_path


@pytest.fixture
def library(browser, place):
    with serving(place) as address:
        visit = Library(browser, address)
        visit.place = place
        visit.see("2 articles")
        yield visit
        visit.check_calm()
        visit.context.close()


def test_the_articles_are_listed_searched_sorted_and_read_by_keyboard(library):
    expect(library.rows).to_have_count(2)
    row = library.rows.filter(has_text="Missiles antiaériens")
    for said in ("22 nov. 2024", "français", "Article de démonstration", "29"):
        expect(row).to_contain_text(said)

    library.tab.get_by_role("searchbox").fill("seoul MISSILES")
    expect(library.rows).to_have_count(1)
    library.see("1 article trouvé")
    library.tab.get_by_role("searchbox").fill("")
    expect(library.rows).to_have_count(2)

    library.button("Phrases").click()
    expect(library.tab.get_by_role("columnheader", name="Phrases")).to_have_attribute("aria-sort", "descending")
    first = library.titles()
    library.button("Phrases").press("Enter")
    expect(library.tab.get_by_role("columnheader", name="Phrases")).to_have_attribute("aria-sort", "ascending")
    assert library.titles() == first[::-1]

    title = library.rows.first.get_by_role("button")
    said = title.inner_text()
    title.press("Enter")
    article = library.page.get_by_role("dialog").get_by_role("article")
    expect(article.get_by_role("heading", level=2)).to_have_text(said)
    library.page.keyboard.press("Escape")
    expect(article).not_to_be_visible()
    expect(title).to_be_focused()


def test_a_chosen_few_are_asked_alone_until_that_is_taken_back(library):
    library.rows.filter(has_text="Explainer").get_by_role("checkbox").check()
    library.see("1 article choisi")
    library.button("N’interroger que ceux-ci").click()
    only = library.page.get_by_text("Seulement dans :").locator("..")
    expect(only).to_contain_text("Explainer")
    library.ask("Sur quelle chaîne Shin Won-sik a-t-il parlé ?")
    expect(library.conversation).to_contain_text("1 article")
    expect(library.conversation).not_to_contain_text("SBS")
    library.page.get_by_role("button", name="Interroger de nouveau tous les articles").click()
    library.ask("Sur quelle chaîne Shin Won-sik a-t-il parlé ?")
    expect(library.conversation).to_contain_text("SBS")


def test_files_are_put_in_built_asked_about_removed_and_put_back(library):
    library.put_in(
        ("phare.txt", LIGHTHOUSE.encode()), ("vide.txt", b""), ("image.md", b"\x89PNG\r\n\x1a\n" + bytes(900))
    )
    library.see("1 fichier ajouté.")
    library.see("2 fichiers refusés :")
    library.see("est vide")
    library.build()
    library.see("1 nouvel article :")
    library.see("3 articles")

    library.page.get_by_role("tab", name="Conversation").click()
    library.ask("Qui a repeint le phare de Brest ?")
    expect(library.conversation).to_contain_text(LIGHTHOUSE)

    library.page.get_by_role("tab", name="Articles").click()
    library.rows.filter(has_text="phare").get_by_role("button").click()
    library.page.get_by_role("dialog").get_by_role("button", name="Retirer").click()
    confirming = library.page.get_by_role("dialog").filter(has_text="Rien n’est perdu")
    confirming.get_by_role("button", name="Retirer").click()
    library.see("a été retiré")
    assert (library.place / "seeds" / ".removed" / "phare.txt").read_text(encoding="utf-8") == LIGHTHOUSE
    library.see("retiré à la prochaine construction")
    library.build()
    library.see("1 article disparu :")
    expect(library.rows).to_have_count(2)

    library.tab.get_by_text("1 fichier retiré").click()
    library.button("Remettre phare.txt").click()
    library.see("seeds/phare.txt est de retour.")
    library.build()
    expect(library.rows).to_have_count(3)


def test_a_build_shows_its_progress_can_be_stopped_and_the_old_index_answers_meanwhile(library, browser):
    lines = "".join(f'{{"id": "t{n}", "text": "Le tramway {n} est bleu, dit-on à Agde."}}\n' for n in range(4000))
    library.put_in(("trams.jsonl", lines.encode()))
    library.see("Ils contiennent 4")
    library.button("Construire l’index maintenant").click()
    library.see(re.compile("Prise en compte des phrases · .* sur "))
    expect(library.tab.get_by_role("progressbar")).to_be_visible()

    other = Library(browser, library.address)
    expect(other.tab.get_by_role("progressbar")).to_be_visible()
    expect(other.button("Reconstruire l’index")).to_be_disabled()
    other.page.get_by_role("tab", name="Conversation").click()
    other.ask("Sur quelle chaîne Shin Won-sik a-t-il parlé ?")
    expect(other.conversation).to_contain_text("SBS")
    other.context.close()

    library.button("Arrêter").click()
    library.see("La construction a été arrêtée.")
    library.see("2 articles")


def test_an_empty_folder_invites_to_put_in_the_first_article_and_then_answers(browser, tmp_path):
    with serving(tmp_path) as address:
        library = Library(browser, address)
        library.see("Il n’y a pas encore d’articles.")
        library.tab.get_by_text("Ou collez un texte").click()
        library.tab.get_by_label("Texte", exact=True).fill(f"{LIGHTHOUSE}\n\nIl pleuvait ce jour-là.")
        library.tab.get_by_label("Titre (facultatif)").fill(HOSTILE_TITLE)
        library.tab.get_by_label("Date (facultative)").fill("2024-05-01")
        library.button("Ajouter ce texte").click()
        library.see("1 fichier ajouté.")
        library.put_in((HOSTILE_NAME, f"# <b>Gras</b> {HOSTILE_TITLE}\n\nUn autre texte.".encode()))
        library.see("phare -img src=x onerror=document.hacked=1-.md")
        library.build()
        library.see(HOSTILE_TITLE)
        library.rows.last.get_by_role("button").click()
        expect(library.page.get_by_role("dialog").get_by_role("article")).to_be_visible()
        library.page.keyboard.press("Escape")
        assert library.tab.locator("script, img, tbody b").count() == 0
        assert library.page.evaluate("document.hacked") is None

        library.page.get_by_role("tab", name="Conversation").click()
        library.ask("Qui a repeint le phare de Brest ?")
        expect(library.conversation).to_contain_text("Maria Quill")
        assert library.page.evaluate("document.hacked") is None
        assert [path.name for path in Path(tmp_path).iterdir() if path.name not in {"connected.txt", "errors.txt"}] in (
            ["seeds", "indexes"],
            ["indexes", "seeds"],
        )
        library.check_calm()
        library.context.close()


def test_it_fits_a_telephone_in_english_and_in_the_dark(browser, place):
    with serving(place) as address:
        visit = Library(browser, address, locale="en-GB", viewport={"width": 360, "height": 740}, color_scheme="dark")
        visit.see("2 articles")
        visit.button("Add articles").click()
        visit.tab.get_by_text("Or paste a text").click()
        visit.tab.get_by_label("Sort by").select_option("Title")
        expect(visit.rows.first).to_contain_text("Explainer")
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= 360, "nothing is wider than a telephone"
        visit.check_calm()
        visit.context.close()
