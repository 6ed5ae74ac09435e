"""Seeds -> articles: what is read, how it comes out, and what is refused with which reason."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from qa.articles import Refused, read_articles
from qa.articles.dates import parse_date
from qa.articles.ids import slug_of
from qa.errors import ArticleError
from qa.schema import Article

DATA = Path(__file__).parent / "data"
FRENCH = "L’œuvre a été dévoilée hier à Besançon : « C’est un rêve d’été », dit l’élève, déçue par le prix (3 €)."
SPANISH = "El niño preguntó: «¿Cuándo volverá la cigüeña?». Según el alcalde, mañana habrá más información."
GERMAN = (
    "Die Straße nach Köln bleibt bis März gesperrt, größere Lkw müssen über Düren fahren – „leider“, so der Bürger."
)
RUSSIAN = (
    "Городская библиотека снова открылась в субботу после двух лет ремонта. В первый день пришли более тысячи "
    "читателей, и директор сказала, что новых книг станет больше. Вход по-прежнему бесплатный."
)


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    folder = tmp_path / "seeds"
    folder.mkdir()
    return folder


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def write_lines(path: Path, *lines: object) -> Path:
    return write(path, "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))


def only(found: Iterator[Article | Refused]) -> Article:
    (article,) = found
    assert isinstance(article, Article), article
    return article


def refused(found: Iterator[Article | Refused]) -> Refused:
    (refusal,) = found
    assert isinstance(refusal, Refused), refusal
    return refusal


def markdown(seeds: Path, text: str) -> Article:
    return only(read_articles(write(seeds / "article.md", text)))


def webpage(seeds: Path, markup: str | bytes) -> Article:
    return only(read_articles(write(seeds / "page.html", markup)))


class TestSources:
    def test_a_file_is_one_article(self, seeds: Path) -> None:
        path = write(seeds / "Port rouvert.txt", "Le port a rouvert lundi matin.\n")
        assert only(read_articles(path)) == Article(
            id="port-rouvert",
            title="Le port a rouvert lundi matin.",
            language="fr",
            published=None,
            source="Port rouvert.txt",
            text="Le port a rouvert lundi matin.",
            file=str(path),
        )

    def test_a_source_may_be_a_string(self, seeds: Path) -> None:
        assert only(read_articles(str(write(seeds / "a.txt", "Un texte.")))).text == "Un texte."

    def test_a_folder_is_read_in_the_order_of_paths(self, seeds: Path) -> None:
        for number, name in enumerate(["b.txt", "a/z.txt", "c.txt", "a/b/y.txt", "a.txt"]):
            write(seeds / name, f"Texte numéro {number}.")
        assert [article.source for article in read_articles(seeds)] == [
            "seeds/a/b/y.txt",
            "seeds/a/z.txt",
            "seeds/a.txt",
            "seeds/b.txt",
            "seeds/c.txt",
        ]

    def test_several_sources_are_read_in_their_order(self, seeds: Path) -> None:
        second, first = write(seeds / "a.txt", "Second."), write(seeds / "b.txt", "Premier.")
        assert [article.text for article in read_articles([first, second])] == ["Premier.", "Second."]

    def test_hidden_files_and_readmes_in_a_folder_are_passed_over(self, seeds: Path) -> None:
        for name in [".hidden.txt", ".git/a.txt", "README.md", "sub/readme.fr.txt", "README", "~$a.docx", "Thumbs.db"]:
            write(seeds / name, f"Rien à lire dans {name}.")
        assert list(read_articles(seeds)) == []

    def test_a_readme_that_is_asked_for_is_read(self, seeds: Path) -> None:
        assert only(read_articles(write(seeds / "README.md", "Un texte."))).id == "readme"

    def test_a_file_of_unknown_format_is_refused_with_the_known_ones(self, seeds: Path) -> None:
        write(seeds / "a.png", "x")
        refusal = refused(read_articles(seeds))
        assert refusal.source == (seeds / "a.png").as_posix()
        assert ".htm, .html, .jsonl, .markdown, .md" in refusal.reason

    def test_an_old_format_is_refused_with_the_one_to_save_it_in(self, seeds: Path) -> None:
        assert refused(read_articles(write(seeds / "a.doc", "x"))).reason.endswith("save it as .docx")

    def test_suffixes_may_be_in_capitals(self, seeds: Path) -> None:
        assert only(read_articles(write(seeds / "A.TXT", "Un texte."))).id == "a"

    def test_an_empty_folder_yields_nothing(self, seeds: Path) -> None:
        assert list(read_articles(seeds)) == []

    @pytest.mark.parametrize("name", ["missing", "missing.txt", "nul\0byte"])
    def test_a_source_that_does_not_exist_is_an_error_at_once(self, seeds: Path, name: str) -> None:
        with pytest.raises(ArticleError, match=r"cannot be read: .*; give a file or a folder that exists"):
            read_articles([seeds, seeds / name])

    def test_a_source_without_a_name_is_an_error(self) -> None:
        with pytest.raises(ArticleError, match="no name"):
            read_articles("")

    def test_the_current_folder_gives_sources_its_own_name(self, seeds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write(seeds / "a.txt", "Un texte.")
        monkeypatch.chdir(seeds)
        assert only(read_articles(".")).source == "seeds/a.txt"

    def test_the_stream_is_lazy(self, seeds: Path) -> None:
        write(seeds / "a.txt", "Premier.")
        later = write(seeds / "b.txt", "Second.")
        stream = read_articles(seeds)
        next(stream)
        write(later, "Récrit entre-temps.")
        assert only(stream).text == "Récrit entre-temps."

    def test_a_file_that_vanishes_is_refused(self, seeds: Path) -> None:
        write(seeds / "a.txt", "Premier.")
        later = write(seeds / "b.txt", "Second.")
        stream = read_articles(seeds)
        next(stream)
        later.unlink()
        assert refused(stream) == Refused(later.as_posix(), "cannot be read: No such file or directory")

    @pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "folder"])
    def test_what_may_not_be_read_is_refused(self, seeds: Path, name: str) -> None:
        path = seeds / name
        path.mkdir() if name == "folder" else write(path, "{}")
        path.chmod(0)
        if os.access(path, os.R_OK):
            pytest.skip("this user may read everything")
        assert refused(read_articles(seeds)) == Refused(path.as_posix(), "cannot be read: Permission denied")
        path.chmod(0o700)

    @pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file whose reading fails")
    @pytest.mark.parametrize("name", ["a.txt", "a.jsonl"])
    def test_a_file_whose_reading_fails_is_refused(self, seeds: Path, name: str) -> None:
        (seeds / name).symlink_to("/proc/self/mem")
        assert "cannot be read: Input/output error" in refused(read_articles(seeds)).reason

    def test_a_link_to_nothing_is_refused(self, seeds: Path) -> None:
        (seeds / "a.txt").symlink_to(seeds / "nowhere")
        assert "No such file" in refused(read_articles(seeds)).reason

    def test_a_loop_of_links_ends(self, seeds: Path) -> None:
        write(seeds / "sub" / "a.txt", "Un texte.")
        (seeds / "sub" / "up").symlink_to(seeds, target_is_directory=True)
        (seeds / "self.txt").symlink_to(seeds / "self.txt")
        found = list(read_articles(seeds))
        assert [type(each) for each in found] == [Refused, Article]
        assert "symbolic links" in found[0].reason

    def test_a_linked_folder_is_read(self, seeds: Path, tmp_path: Path) -> None:
        write(tmp_path / "elsewhere" / "a.txt", "Un texte.")
        (seeds / "link").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
        assert only(read_articles(seeds)).source == "seeds/link/a.txt"

    def test_a_pipe_is_refused(self, seeds: Path) -> None:
        os.mkfifo(seeds / "a.txt")
        assert refused(read_articles(seeds)).reason == "is not a regular file"

    def test_a_very_deep_folder_is_read(self, seeds: Path) -> None:
        folder = seeds
        for _ in range(1200):  # more than calls may nest
            folder = folder / "d"
            folder.mkdir()
        write(folder / "a.txt", "Un texte.")
        assert only(read_articles(seeds)).text == "Un texte."
        while folder != seeds:  # pytest's own clean-up is recursive
            shutil.rmtree(folder)
            folder = folder.parent

    def test_a_file_name_that_is_no_text_is_read(self, seeds: Path) -> None:
        try:
            write(Path(os.fsdecode(os.fsencode(seeds) + b"/\xff\xe9t\xe9.txt")), "Un texte.")
        except OSError:
            pytest.skip("the file system takes names in UTF-8 only")
        article = only(read_articles(seeds))
        assert article.id == "t"
        article.source.encode("utf-8")

    @pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.jsonl"])
    def test_what_is_larger_than_the_limit_is_refused(self, seeds: Path, name: str) -> None:
        refusal = refused(read_articles(write(seeds / name, "{}" + "x" * 2000), max_bytes=1000))
        assert "1,000 bytes" in refusal.reason


class TestText:
    def test_lines_end_alike_and_blank_lines_around_go(self, seeds: Path) -> None:
        path = write(seeds / "a.txt", b"\r\n  \r\n Un texte.\r\nDeux  espaces.\r\rFin.\r\n\r\n")
        assert only(read_articles(path)).text == " Un texte.\nDeux  espaces.\n\nFin."

    def test_characters_stay_as_they_are(self, seeds: Path) -> None:
        text = "ﬁn de l’été\u00a0: «\u202fo\u0308 ½ ² Å\u212b … \u2028 …\u202f» 😀"
        assert only(read_articles(write(seeds / "a.txt", text))).text == text

    @pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.jsonl"])
    @pytest.mark.parametrize("content", [b"", b" \n\t\r\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
    def test_an_empty_file_is_refused(self, seeds: Path, name: str, content: bytes) -> None:
        assert refused(read_articles(write(seeds / name, content))).reason == "is empty"

    @pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.jsonl"])
    @pytest.mark.parametrize("start", [b"%PDF-1.7\n", b"PK\x03\x04", b"\x89PNG\r\n", b"\x1f\x8b\x08", b"{\\rtf1 "])
    def test_a_known_binary_format_is_refused(self, seeds: Path, name: str, start: bytes) -> None:
        assert "looks like a binary file" in refused(read_articles(write(seeds / name, start + b"abc" * 50))).reason

    @pytest.mark.parametrize("content", [b"abc\0def" * 9, b"ab\x01\x02\x03\x04" * 9, "a\0b".encode("utf-16")])
    def test_what_no_text_contains_is_refused(self, seeds: Path, content: bytes) -> None:
        assert "looks like a binary file" in refused(read_articles(write(seeds / "a.txt", content))).reason


class TestEncoding:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
    @pytest.mark.parametrize("text", [FRENCH, SPANISH, GERMAN, RUSSIAN])
    def test_unicode(self, seeds: Path, encoding: str, text: str) -> None:
        marked = text if encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32") else f"\ufeff{text}"
        assert only(read_articles(write(seeds / "a.txt", marked.encode(encoding)))).text == text

    @pytest.mark.parametrize("text", [FRENCH, SPANISH, GERMAN])
    @pytest.mark.parametrize("encoding", ["cp1252", "mac_roman"])
    def test_languages_of_western_europe(self, seeds: Path, encoding: str, text: str) -> None:
        assert only(read_articles(write(seeds / "a.txt", text.encode(encoding)))).text == text

    @pytest.mark.parametrize(
        "text",
        [
            "Déjà l’été",
            "Un cœur",
            "Créé en 1999, le théâtre a fermé.",
            "La compañía volvió.",
            "It costs £5 © 2024",
            "Le Noël de Miloš fut gâché, dit-il, déçu et énervé.",
            "A long English text. " * 20_000 + "\nWith one café.",
        ],
        ids=lambda text: text[:12],
    )
    def test_few_accents_are_enough(self, seeds: Path, text: str) -> None:
        assert only(read_articles(write(seeds / "a.txt", text.encode("cp1252")))).text == text

    def test_latin_9_with_its_euro_and_oe(self, seeds: Path) -> None:
        text = "Le cœur de l'œuvre coûte 3 €, dit l'élève."
        assert only(read_articles(write(seeds / "a.txt", text.encode("iso8859-15")))).text == text

    @pytest.mark.parametrize("encoding", ["cp1251", "koi8_r", "cp866", "iso8859_5"])
    def test_russian(self, seeds: Path, encoding: str) -> None:
        article = only(read_articles(write(seeds / "a.txt", RUSSIAN.encode(encoding))))
        assert (article.text, article.language) == (RUSSIAN, "ru")

    @pytest.mark.parametrize(
        ("encoding", "text"),
        [
            ("cp1250", "Příliš žluťoučký kůň. Starosta včera otevřel novou knihovnu, která byla dva roky zavřená."),
            ("cp1250", "Wczoraj burmistrz otworzył nową bibliotekę, która była zamknięta przez dwa długie lata."),
            ("iso8859_2", "Wczoraj burmistrz otworzył nową bibliotekę, która była zamknięta przez dwa długie lata."),
            ("cp1253", "Η βιβλιοθήκη της πόλης άνοιξε ξανά χθες μετά από δύο χρόνια, και ήρθαν πολλοί κάτοικοι."),
            ("cp1254", "Şehir kütüphanesi iki yıllık çalışmanın ardından dün yeniden açıldı, pek çok kişi geldi."),
            ("cp932", "市立図書館は二年間の工事を終えて昨日再び開館した。朝から多くの市民が訪れた。"),
            ("euc_jp", "市立図書館は二年間の工事を終えて昨日再び開館した。朝から多くの市民が訪れた。"),
            ("gb18030", "市图书馆经过两年的施工昨天重新开放。许多市民一大早就来了。"),
            ("cp949", "시립 도서관이 이 년간의 공사를 마치고 어제 다시 문을 열었다. 많은 시민이 찾아왔다."),
        ],
    )
    def test_other_alphabets(self, seeds: Path, encoding: str, text: str) -> None:
        assert only(read_articles(write(seeds / "a.txt", text.encode(encoding)))).text == text

    def test_damaged_utf_8_is_refused_rather_than_misread(self, seeds: Path) -> None:
        damaged = FRENCH.encode().replace("ê".encode(), b"\xea")
        assert "UTF-8 that is damaged at byte" in refused(read_articles(write(seeds / "a.txt", damaged))).reason

    def test_damaged_utf_16_is_refused(self, seeds: Path) -> None:
        assert "damaged" in refused(read_articles(write(seeds / "a.txt", FRENCH.encode("utf-16") + b"x"))).reason

    @pytest.mark.parametrize("charset", ["windows-1252", "iso-8859-1", "ISO-8859-15", "windows-1251", "Shift_JIS"])
    def test_a_page_is_read_by_the_encoding_that_it_declares(self, seeds: Path, charset: str) -> None:
        words = {"windows-1251": "Новый музей", "Shift_JIS": "市立図書館", "ISO-8859-15": "Le cœur à 3 €"}
        text = words.get(charset, "Déjà")
        page = f"<html><head><meta charset='{charset}'></head><body><p>{text}</p></body></html>"
        assert webpage(seeds, page.encode(charset)).text == text

    @pytest.mark.parametrize("charset", ["unicode_escape", "rot13", "nonsense", "utf-8"])
    def test_a_page_that_declares_a_wrong_encoding_is_read_all_the_same(self, seeds: Path, charset: str) -> None:
        page = f"<html><head><meta charset='{charset}'></head><body><p>L’été à Besançon</p></body></html>"
        assert webpage(seeds, page.encode("cp1252")).text == "L’été à Besançon"


class TestMarkdown:
    def test_front_matter_is_read(self, seeds: Path) -> None:
        article = markdown(
            seeds,
            "---\ntitle: 'Le port : suite'\ndate: 2024-11-22\nlang: fr-FR\nsource: Le Courrier\n"
            "author: I. Carrel\n---\n\nTexte.\n",
        )
        assert article == Article(
            "article",
            "Le port : suite",
            "fr",
            "2024-11-22",
            "Le Courrier",
            "Texte.",
            "I. Carrel",
            str(seeds / "article.md"),
        )

    def test_other_names_in_front_matter(self, seeds: Path) -> None:
        article = markdown(seeds, "---\nLanguage: German\nURL: https://example.org/a\ntitle: 1984\n---\nTexte.")
        assert (article.language, article.source, article.title) == ("de", "https://example.org/a", "1984")

    def test_norwegian_is_no_boolean(self, seeds: Path) -> None:
        assert markdown(seeds, "---\nlang: no\n---\nTekst.").language == "no"

    @pytest.mark.parametrize(
        "front", ["---\n---\n", "---\ntitle:\ndate: ~\nlang: null\n---\n", "---\ntags: [a, b]\n---\n"]
    )
    def test_front_matter_that_states_nothing(self, seeds: Path, front: str) -> None:
        article = markdown(seeds, front + "Le musée rouvre.")
        assert (article.title, article.published, article.language) == ("Le musée rouvre.", None, "fr")

    def test_front_matter_that_is_no_yaml_is_refused(self, seeds: Path) -> None:
        refusal = refused(read_articles(write(seeds / "a.md", "---\ntitle: [a\n---\nTexte.")))
        assert "front matter" in refusal.reason
        assert "valid YAML" in refusal.reason

    def test_rules_around_prose_are_no_front_matter(self, seeds: Path) -> None:
        article = markdown(seeds, "---\nPremier paragraphe.\n\n---\n\nSecond.")
        assert article.text == "Premier paragraphe.\n\nSecond."

    @pytest.mark.parametrize(
        ("written", "text"),
        [
            ("Un *mot* et un **autre**, ~~barré~~ __fort__.", "Un mot et un autre, barré fort."),
            ("Voir [le *site*](https://example.org 'titre') ou <https://a.org>.", "Voir le site ou https://a.org."),
            ("Voir [le site][s].\n\n[s]: https://example.org", "Voir le site."),
            ("Avant ![une image](a.png) après.", "Avant après."),
            ("![seule](a.png)\n\nTexte.", "Texte."),
            ("La commande `qa  index` et ``a`b``.", "La commande qa index et a`b."),
            ("Dit <!-- caché --> ici.\n\n<!-- un\n\nbloc -->\n\nFin.", "Dit ici.\n\nFin."),
            ("Une note[^1] et deux[^b].", "Une note et deux."),
            ("Texte[^1].\n\n[^1]: Ibid.\n\n[^2]: Autre note.", "Texte.\n\nIbid.\n\nAutre note."),
            ("Une ligne\ncoupée  en\ttrois.", "Une ligne coupée en trois."),
            ("Un vers\\\nun autre  \net un.", "Un vers\nun autre\net un."),
            ("> Une citation\n> longue\n>\n> suite", "Une citation longue\n\nsuite"),
            ("| Ville | Jour |\n|---|---|\n| Brest | *lundi* |\n| Lyon | |", "Ville | Jour\n\nBrest | lundi\n\nLyon"),
            ("Texte.\n\n***\n\nSuite.", "Texte.\n\nSuite."),
            ("Caf&eacute; \\*non\\* «&nbsp;oui&nbsp;».", "Café *non* «\u00a0oui\u00a0»."),
            ("Texte <b>gras</b><br>suite <span class='x'>là</span>.", "Texte gras\nsuite là."),
            ("<div>\n<p>Un <i>bloc</i>.</p><script>x()</script><p>Deux.</p></div>", "Un bloc.\n\nDeux."),
            ("```\nligne 1\nligne 2\n```", "ligne 1\nligne 2"),
            ("\"Droits\" et ‘courbes’ -- (c) ...", "\"Droits\" et ‘courbes’ -- (c) ..."),
        ],
    )  # fmt: skip
    def test_markup_goes_and_words_stay(self, seeds: Path, written: str, text: str) -> None:
        assert markdown(seeds, written).text == text

    @pytest.mark.parametrize(
        ("written", "text"),
        [
            ("Texte.\n\n## Un *titre* ##\n\nSuite.", "Texte.\n\n## Un titre\n\nSuite."),
            ("Texte.\n\nTitre\ncoupé\n===\n\nSuite.", "Texte.\n\n# Titre coupé\n\nSuite."),
            ("* un\n* deux\n  suite\n\nFin.", "- un\n- deux suite\n\nFin."),
            ("3. trois\n4. quatre", "3. trois\n4. quatre"),
            ("- un\n  - dedans\n    1. plus\n- deux", "- un\n- dedans\n1. plus\n- deux"),
            ("- un\n\n  suite\n\n- deux", "- un\n\nsuite\n\n- deux"),
            ("- ![image](a.png)\n- deux", "- deux"),
            ("- # Titre\n- deux", "# Titre\n\n- deux"),
        ],
    )
    def test_headings_and_items_keep_their_form(self, seeds: Path, written: str, text: str) -> None:
        assert markdown(seeds, f"---\ntitle: T\n---\n{written}").text == text

    def test_deeply_nested_text_is_not_lost(self, seeds: Path) -> None:
        assert markdown(seeds, "> " * 40 + "au fond").text == "au fond"

    def test_the_long_suffix_is_markdown_too(self, seeds: Path) -> None:
        assert only(read_articles(write(seeds / "a.markdown", "Un *mot*."))).text == "Un mot."


@pytest.fixture(scope="module")
def page() -> Article:
    return only(read_articles(DATA / "page.html"))


class TestWebPage:
    def test_what_the_page_states(self, page: Article) -> None:
        assert page.title == "La bibliothèque flottante de Valmer reprend la mer"
        assert page.language == "fr"
        assert page.published == "2024-03-18"
        assert page.source == "https://courrier-littoral.example.org/culture/bibliotheque-flottante.html"

    def test_the_article_begins_after_its_title(self, page: Article) -> None:
        assert page.text.startswith("Immobilisé depuis l’hiver 2022, le Grand Index, bateau-bibliothèque")

    def test_paragraphs_are_whole(self, page: Article) -> None:
        assert (
            "Les travaux devaient durer huit mois. La découverte de corrosion sous la ligne de flottaison les a portés "
            "à vingt-six mois, pour un coût final de 3,4 millions d’euros, payés pour moitié par la région."
        ) in page.text.split("\n\n")

    def test_headings_and_list_items_keep_their_form(self, page: Article) -> None:
        assert "\n\n## Un chantier plus long que prévu\n\nLes travaux" in page.text
        assert (
            "\n\n- Port-Ansel, du 2 au 9 avril, avec un atelier de reliure ;\n"
            "- Saint-Briac-des-Dunes, du 14 au 28 avril, consacré aux récits de voyage ;\n"
            "- l’île de Corme, tout le mois de mai, où il n’existe aucune librairie.\n\n"
        ) in page.text

    @pytest.mark.parametrize(
        "aside",
        ["cookies", "Tout accepter", "Accueil", "Sports", "S’abonner", "Dodofol", "À lire aussi", "criée", "Marin44",
         "trop cher", "Mentions légales", "Recevez", "dataLayer", "Inès Carrel"],
    )  # fmt: skip
    def test_what_stands_around_the_article_is_left_out(self, page: Article, aside: str) -> None:
        assert aside not in page.text

    def test_a_short_page_keeps_its_form(self, seeds: Path) -> None:
        article = webpage(
            seeds,
            "<html><head><title>T</title></head><body><h1>Le port</h1><p>Il rouvre<br>lundi.<br><br>Enfin.</p>"
            "<ul><li>Brest<ul><li>nord</li></ul></li><li><p>Lyon</p></li></ul><ol><li>un<li>deux</ol>"
            "<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table></body></html>",
        )
        assert article.text == (
            "Il rouvre\nlundi.\n\nEnfin.\n\n- Brest\n- nord\n- Lyon\n1. un\n2. deux\n\nA | B\n\n1 | 2"
        )
        assert article.title == "Le port"

    def test_a_fragment_is_a_page(self, seeds: Path) -> None:
        assert webpage(seeds, "<p>Le port rouvre lundi.</p>").text == "Le port rouvre lundi."

    def test_a_page_without_a_date_has_none(self, seeds: Path) -> None:
        page = "<html><body><article><p>Le port rouvre lundi.</p></article><footer>© 2019</footer></body></html>"
        assert webpage(seeds, page).published is None

    @pytest.mark.parametrize("page", ["<html></html>", "<script>x()</script>", "<html><body><img src=a></body></html>"])
    def test_a_page_without_an_article_is_refused(self, seeds: Path, page: str) -> None:
        assert "no article was found" in refused(read_articles(write(seeds / "a.htm", page))).reason

    def test_nothing_is_printed(self, seeds: Path, capfd: pytest.CaptureFixture[str]) -> None:
        refused(read_articles(write(seeds / "a.htm", "<html></html>")))
        assert capfd.readouterr() == ("", "")


class TestJsonLines:
    def test_a_line_is_an_article(self, seeds: Path) -> None:
        path = write_lines(
            seeds / "a.jsonl",
            {"id": "x1", "title": "T", "lang": "en", "text": "A text.", "date": "2024-11-22", "source": "Wire"},
            {"id": "x2", "text": "Le musée rouvre samedi."},
        )
        assert list(read_articles(path)) == [
            Article("x1", "T", "en", "2024-11-22", "Wire", "A text.", file=str(path)),
            Article(
                "x2", "Le musée rouvre samedi.", "fr", None, "a.jsonl:2", "Le musée rouvre samedi.", file=str(path)
            ),
        ]

    @pytest.mark.parametrize("text", ["  Un\r\ntexte \n\n", "# T\n\nTexte.", "a\tb\u2028c\x0bd", "\ufeffe\u0301 ﬁ"])
    def test_the_text_stays_exactly_as_it_is(self, seeds: Path, text: str) -> None:
        assert only(read_articles(write_lines(seeds / "a.jsonl", {"title": "T", "text": text}))).text == text

    def test_a_missing_id_is_made_from_file_and_line(self, seeds: Path) -> None:
        path = write_lines(
            seeds / "Mon corpus.jsonl", "", {"text": "Un."}, {"id": " ", "text": "Deux."}, {"id": 7, "text": "Trois."}
        )
        assert [article.id for article in read_articles(path)] == ["mon-corpus-2", "mon-corpus-3", "7"]

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ('{"text": ', "is not valid JSON"),
            ("[" * 100_000, "is not valid JSON"),
            ("9" * 5000, "is not valid JSON"),
            ('["a"]', "is not a JSON object"),
            ('{"id": "a"}', 'has no "text"'),
            ('{"text": 3}', 'has no "text"'),
            ('{"text": " \\n"}', "is empty"),
            ('{"text": "a", "title": ["b"]}', 'has a "title" that is not a string'),
            ('{"text": "a", "id": true}', 'has a "id" that is not a string'),
            ('{"text": "a\\ud800"}', "half of a surrogate pair (\\ud800) in its text"),
            ('{"text": "a\\u0000"}', "a NUL character (\\u0000) in its text"),
            ('{"text": "a", "title": "\\udfff"}', "in its title"),
            ('{"text": "a", "id": "\\u0000"}', "in its id"),
        ],
    )
    def test_a_bad_line_is_refused_and_the_rest_is_read(self, seeds: Path, line: str, reason: str) -> None:
        path = write_lines(seeds / "file.jsonl", {"text": "Avant."}, line, {"text": "Après."})
        before, refusal, after = read_articles(seeds)
        assert isinstance(refusal, Refused), refusal
        assert refusal.source == f"{path.as_posix()}:2"
        assert reason in refusal.reason
        assert [each.text for each in (before, after)] == ["Avant.", "Après."]

    def test_a_line_that_is_not_utf_8_is_refused(self, seeds: Path) -> None:
        path = write(seeds / "a.jsonl", b'{"text": "\xe9t\xe9"}\n{"text": "Suite."}\n')
        refusal, article = read_articles(path)
        assert refusal == Refused(f"{path.as_posix()}:1", "is not UTF-8 (byte 10 of the line)")
        assert article.text == "Suite."

    def test_utf_16_is_refused(self, seeds: Path) -> None:
        assert "UTF-16" in refused(read_articles(write(seeds / "a.jsonl", '{"text": "a"}'.encode("utf-16")))).reason

    def test_a_byte_order_mark_is_no_part_of_the_first_line(self, seeds: Path) -> None:
        assert only(read_articles(write(seeds / "a.jsonl", b'\xef\xbb\xbf{"text": "Un."}'))).text == "Un."

    def test_a_line_longer_than_the_limit_is_refused_alone(self, seeds: Path) -> None:
        long, short = {"text": "x" * 3_000_000}, {"text": "Court."}
        first, refusal, last = read_articles(
            write_lines(seeds / "a.jsonl", short, long, {"text": "Fin."}), max_bytes=1000
        )
        assert [first.text, last.text] == ["Court.", "Fin."]
        assert refusal.source.endswith(":2")
        assert "1,000 bytes" in refusal.reason


class TestTitles:
    @pytest.mark.parametrize(
        ("written", "title", "text"),
        [
            ("---\ntitle: Le port\n---\n# Le  Port\n\nTexte.", "Le port", "Texte."),
            ("---\ntitle: Le port\n---\n# Autre\n\nTexte.", "Le port", "# Autre\n\nTexte."),
            ("# Le *port*\n\nTexte.", "Le port", "Texte."),
            ("## Le port\n\nTexte.", "Le port", "Texte."),
            ("Brest, lundi\n\n# Le port\n\nTexte.", "Le port", "Brest, lundi\n\n# Le port\n\nTexte."),
            ("Une phrase assez longue.\n\n## Intertitre\n\nTexte.", "Une phrase assez longue.", None),
            ("# Le port", "Le port", "# Le port"),
            ("- Premier point de la liste\n- deux", "Premier point de la liste - deux", None),
        ],
    )
    def test_markdown(self, seeds: Path, written: str, title: str, text: str | None) -> None:
        article = markdown(seeds, written)
        assert article.title == title
        assert text is None or article.text == text

    @pytest.mark.parametrize(
        ("text", "title"),
        [
            ("Le port rouvre. La suite demain.", "Le port rouvre."),
            ("Le discours de M. Dupont a plu ! Fin.", "Le discours de M. Dupont a plu !"),
            ("図書館は昨日再び開館した。市民が訪れた。", "図書館は昨日再び開館した。"),
            (
                "Le directeur du port de Valmer a annoncé lundi matin, devant les pêcheurs réunis, la fin des travaux.",
                "Le directeur du port de Valmer a annoncé lundi matin, devant les pêcheurs…",
            ),
            ("x" * 200, "x" * 79 + "…"),
        ],
    )
    def test_the_beginning_of_a_text_without_title(self, seeds: Path, text: str, title: str) -> None:
        assert only(read_articles(write(seeds / "a.txt", text))).title == title

    @given(st.text(min_size=1))
    @settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_a_title_made_from_the_text_is_short_and_never_blank(self, tmp_path: Path, text: str) -> None:
        for article in read_articles(write_lines(tmp_path / "a.jsonl", {"text": text})):
            if isinstance(article, Article) and "#" not in text:
                assert 0 < len(article.title.strip()) <= 80, article


class TestDates:
    @pytest.mark.parametrize(
        "stated",
        ["2024-11-22", "20241122", "2024/11/22", "2024-11-22T23:30:00-05:00", "2024-11-22 08:00", "22.11.2024",
         "22/11/2024", "11/22/2024", "22 novembre 2024", "November 22, 2024", "22. November 2024",
         "22 de noviembre de 2024", "Fri, 22 Nov 2024 23:30:00 -0500", "2024年11月22日"],
    )  # fmt: skip
    def test_a_full_date_becomes_iso_8601(self, stated: str) -> None:
        assert parse_date(stated) == "2024-11-22"

    @pytest.mark.parametrize(
        "stated", ["", "2024", "novembre 2024", "hier", "03/04/2024", "le 03/04/2024 à midi", "2024-02-30", "soon"]
    )
    def test_what_is_no_single_day_is_no_date(self, stated: str) -> None:
        assert parse_date(stated) is None

    @given(st.text(max_size=70) | st.from_regex(r"\w{0,9} ?\d{1,2}[ ./-]\w{1,9}[ ./-]\d{4}.{0,9}", fullmatch=True))
    @settings(max_examples=200, deadline=None)
    def test_any_statement_is_a_date_or_none(self, stated: str) -> None:
        assert parse_date(stated) is None or len(parse_date(stated)) == 10


class TestLanguages:
    def test_a_stated_language_wins(self, seeds: Path) -> None:
        assert markdown(seeds, "---\nlang: German\n---\nThe museum opens again on Saturday.").language == "de"

    def test_an_unknown_statement_is_ignored(self, seeds: Path) -> None:
        assert markdown(seeds, "---\nlang: klingon\n---\nThe museum opens again on Saturday.").language == "en"

    def test_digits_have_no_language(self, seeds: Path) -> None:
        assert markdown(seeds, "12 345, 67").language == "und"


class TestIds:
    @pytest.mark.parametrize(
        ("parts", "slug"),
        [
            (["Été à Nîmes.md"], "ete-a-nimes"),
            (["Œuvre_n° 12 (fin).v2.md"], "oeuvre-n-12-fin-v2"),
            (["Culture & Arts", "Straße.html"], "culture-arts--strasse"),
            (["Новости", "Майский день.txt"], "новости--майский-день"),
            (["Мои\u0306.txt"], "мой"),
            (["図書館.md"], "図書館"),
            (["हिन्दी.md"], "हिन्दी"),
            (["!!!.md"], "article"),
            (["!!!", "a.md"], "a"),
        ],
    )
    def test_a_path_becomes_an_id(self, parts: list[str], slug: str) -> None:
        assert slug_of(parts) == slug

    def test_a_folder_is_part_of_the_id(self, seeds: Path) -> None:
        write(seeds / "Culture" / "Le Port.md", "Un texte.")
        assert only(read_articles(seeds)).id == "culture--le-port"

    def test_the_same_id_with_another_text_gets_the_hash_of_its_text(self, seeds: Path) -> None:
        write(seeds / "a.md", "Un texte.")
        write(seeds / "a.txt", "Un autre texte.")
        own_hash = hashlib.sha256(b"Un autre texte.").hexdigest()
        assert [article.id for article in read_articles(seeds)] == ["a", f"a-{own_hash[:8]}"]

    def test_an_explicit_id_that_is_taken_is_refused(self, seeds: Path) -> None:
        path = write_lines(seeds / "a.jsonl", {"id": "x", "text": "Un."}, {"id": "x", "text": "Deux."})
        assert list(read_articles(path))[1] == Refused(
            f"{path.as_posix()}:2", f"id x is already taken by {path.as_posix()}:1"
        )

    def test_the_same_text_is_one_article(self, seeds: Path) -> None:
        write(seeds / "a.md", "Un texte\nsur deux lignes.")
        write(seeds / "b.txt", "Un  texte sur\r\ndeux lignes.\n")
        _, refusal = read_articles(seeds)
        assert refusal == Refused((seeds / "b.txt").as_posix(), "same text as a")

    def test_a_file_that_is_given_twice_is_one_article(self, seeds: Path) -> None:
        path = write(seeds / "a.md", "Un texte.")
        _, refusal = read_articles([seeds, path])
        assert refusal.reason == "same text as a"

    def test_reading_again_gives_the_same(self, seeds: Path) -> None:
        for name in ["a.md", "a.txt", "sub/a.html", "b.md"]:
            write(seeds / name, f"Le texte de {name}.")
        assert list(read_articles(seeds)) == list(read_articles(seeds))


MARKUP = st.lists(
    st.sampled_from(
        ["---\n", "# ", "- ", "1. ", "> ", "\n\n", "  \n", "`", "```\n", "*", "_", "[", "](", ")", "![", "[^1]",
         "[^1]: ",
         "<!--", "-->", "<![CDATA[", "<p>", "</p>", "<ul><li>", "</li>", "<table><tr><td>", "<br>", "<script>", "&#0;",
         "&#xd800;", "&eacute;", "|", "|---|---|\n", "\\", "title: x\n", "date: 2024-13-45\n", "lang: no\n", "<html>",
         "<head><title>", "<body>", "<article>", "<h1>", "<?xml version='1.0' encoding='x'?>", '"\\ud800"', "é", "œ",
         '{"text": "', '"}\n', '"date": ', "\0", "\ufeff", "𝔘", "mot "]
    ),
    max_size=40,
).map("".join)  # fmt: skip


class TestAnything:
    @given(st.binary(max_size=400) | MARKUP.map(str.encode) | MARKUP.map(lambda text: text.encode("utf-16")))
    @example(b'---\ntitle: "\\uD800"\n---\nx')
    @example(b'---\ntitle: "\\UFFFFFFFF"\n---\nx')
    @example(b"<![foo")
    @example(b"> " * 3000 + b"x")
    @example(b"[" * 5000)
    @example(b"<div>" * 5000 + b"x")
    @example(b"<ul><li>" * 2000 + b"x")
    @example(b"\xff\xfe" + b"\x00\xd8" * 9)
    @settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_any_bytes_are_an_article_or_refused_with_a_reason(self, tmp_path: Path, content: bytes) -> None:
        for name in ["a.txt", "a.md", "a.html", "a.jsonl"]:
            found = list(read_articles(write(tmp_path / name, content)))
            assert found or not content.strip()
            for each in found:
                if isinstance(each, Refused):
                    assert each.reason
                    each.reason.encode("utf-8")
                else:
                    assert each.text.strip()
                    assert each.title
                    assert "\0" not in each.text
                    json.dumps(each.to_dict(), ensure_ascii=False).encode("utf-8")

    @given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
    @settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_any_text_in_json_lines_stays_exactly_as_it_is(self, tmp_path: Path, text: str) -> None:
        for each in read_articles(write_lines(tmp_path / "a.jsonl", {"text": text, "title": "T"})):
            assert isinstance(each, Refused) or each.text == text
