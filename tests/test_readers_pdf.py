"""PDF: what is quoted from it is what stands in the article, not what its pages put around and into it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from make_documents import AUTHOR, HEADING, ITEMS, PARAGRAPHS, TITLE, PdfPage, make_pdf, wrap

from qa.articles import Refused, isolation, read_articles
from qa.articles.hyphens import join_lines, words_of
from qa.articles.pdf import read_pdf
from qa.errors import ArticleError
from qa.schema import Article

LONG = " ".join(PARAGRAPHS)


def text_of(*pages: object) -> str:
    return read_pdf(make_pdf(*pages)).text


class TestDocument:
    def test_title_author_and_date_come_from_its_properties(self, tmp_path: Path) -> None:
        data = make_pdf(lambda page: page.column(60, 80, wrap(LONG, 90)), title=TITLE, author=AUTHOR)
        (tmp_path / "a.pdf").write_bytes(data)
        (found,) = read_articles(tmp_path)
        assert isinstance(found, Article), found
        assert (found.title, found.author, found.language, found.text) == (TITLE, AUTHOR, "fr", LONG)
        assert found.published == "2000-01-01"  # what ReportLab states in files that shall be the same each time

    @pytest.mark.parametrize("title", ["", "untitled", "Microsoft Word - essai.docx", "essai_v2.indd", "maquette"])
    def test_a_title_that_a_program_made_up_gives_way_to_the_heading(self, tmp_path: Path, title: str) -> None:
        def draw(page: PdfPage) -> None:
            page.text(60, 80, TITLE, size=20)
            page.column(60, 120, wrap(LONG, 90))

        (tmp_path / "a.pdf").write_bytes(make_pdf(draw, title=title))
        (found,) = read_articles(tmp_path)
        assert (found.title, found.text) == (TITLE, LONG)

    def test_a_page_without_text_says_what_to_do(self, tmp_path: Path) -> None:
        (tmp_path / "scan.pdf").write_bytes(make_pdf(lambda page: page.canvas.rect(50, 50, 300, 300, fill=1)))
        (found,) = read_articles(tmp_path)
        assert found == Refused((tmp_path / "scan.pdf").as_posix(), "has no text; run OCR first")

    def test_an_encrypted_file_is_refused(self, tmp_path: Path) -> None:
        data = make_pdf(lambda page: page.column(60, 80, wrap(LONG, 90)), password="secret")
        (tmp_path / "a.pdf").write_bytes(data)
        (found,) = read_articles(tmp_path)
        assert found.reason == "is encrypted; save it without a password"

    @pytest.mark.parametrize("data", [b"", b"Un texte.", b"%PDF-1.7\n%%EOF", b"%PDF-1.4\n" + bytes(5000)])
    def test_what_is_no_pdf_is_refused(self, tmp_path: Path, data: bytes) -> None:
        (tmp_path / "a.pdf").write_bytes(data)
        (found,) = read_articles(tmp_path)
        assert isinstance(found, Refused), found

    def test_more_pages_than_the_limit_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "a.pdf").write_bytes(make_pdf(*[lambda page: None] * 2001))
        (found,) = read_articles(tmp_path)
        assert "2,001 pages, more than the limit of 2,000" in found.reason


class TestParagraphs:
    def test_headings_paragraphs_and_items(self) -> None:
        def draw(page: PdfPage) -> None:
            page.text(60, 60, TITLE, size=20)
            y = page.column(60, 100, wrap(PARAGRAPHS[0], 50)) + 8
            y = page.column(60, y, wrap(PARAGRAPHS[1], 50)) + 12
            page.text(60, y, HEADING, size=13, font="Helvetica-Bold")
            y = page.column(60, y + 20, wrap(PARAGRAPHS[2], 50)) + 8
            for item in ITEMS:
                first, *more = wrap(item, 22)
                page.text(66, y, f"•  {first}")
                y = page.column(76, y + 12.5, more)

        assert text_of(draw) == (
            f"# {TITLE}\n\n{PARAGRAPHS[0]}\n\n{PARAGRAPHS[1]}\n\n## {HEADING}\n\n{PARAGRAPHS[2]}\n\n"
            f"- {ITEMS[0]}\n- {ITEMS[1]}"
        )

    def test_paragraphs_that_only_stand_in(self) -> None:
        def draw(page: PdfPage) -> None:
            y = 80.0
            for paragraph in (PARAGRAPHS[1], PARAGRAPHS[2], PARAGRAPHS[0]):
                first, *more = wrap(paragraph, 48)
                page.text(72, y, first)
                y = page.column(60, y + 12.5, more)

        assert text_of(draw) == "\n\n".join((PARAGRAPHS[1], PARAGRAPHS[2], PARAGRAPHS[0]))

    def test_a_bold_line_by_itself_is_a_heading_and_bold_words_are_none(self) -> None:
        def draw(page: PdfPage) -> None:
            y = page.column(60, 80, wrap(PARAGRAPHS[2], 60)) + 6
            page.text(60, y, HEADING, font="Helvetica-Bold")
            page.text(60, y + 18, "Les travaux", font="Helvetica-Bold")
            page.text(119, y + 18, "ont coûté cher, dit-on.")

        assert text_of(draw) == f"{PARAGRAPHS[2]}\n\n# {HEADING}\n\nLes travaux ont coûté cher, dit-on."

    def test_the_rows_of_a_table_are_rows(self) -> None:
        def draw(page: PdfPage) -> None:
            y = page.column(60, 80, wrap(PARAGRAPHS[2], 80)) + 10
            for row in (
                ("Année", "Visiteurs", "Recette"),
                ("2019", "18 400", "92 000 €"),
                ("2020", "6 100", "30 500 €"),
            ):
                for x, cell in zip((60, 160, 260), row, strict=True):
                    page.text(x, y, cell)
                y += 14

        assert text_of(draw) == (
            f"{PARAGRAPHS[2]}\n\nAnnée | Visiteurs | Recette\n\n2019 | 18 400 | 92 000 €\n\n2020 | 6 100 | 30 500 €"
        )

    def test_a_sentence_that_goes_on_on_the_next_page_is_one(self) -> None:
        lines = wrap(LONG, 60)
        assert (
            text_of(lambda page: page.column(60, 700, lines[:4]), lambda page: page.column(60, 60, lines[4:])) == LONG
        )


class TestColumns:
    COLUMNS = (wrap(" ".join([LONG] * 2), 42), wrap(" ".join(PARAGRAPHS[::-1] * 2), 42))

    @pytest.mark.parametrize("order", ["by column", "by line"])
    def test_two_columns_are_read_one_after_the_other(self, order: str) -> None:
        left, right = (column[:14] for column in self.COLUMNS)

        def draw(page: PdfPage) -> None:
            page.text(60, 60, TITLE, size=20)
            if order == "by column":
                page.column(60, 100, left)
                page.column(310, 100, right)
                return
            for number in range(14):
                page.text(60, 100 + number * 12.5, left[number])
                page.text(310, 100 + number * 12.5, right[number])

        heading, text = text_of(draw).split("\n\n", 1)
        assert heading == f"# {TITLE}"
        assert " ".join(text.split()) == " ".join([*left, *right])

    def test_three_narrow_columns_with_a_heading_across(self) -> None:
        columns = [wrap(" ".join([LONG] * 2), 26)[:20], wrap(" ".join(PARAGRAPHS[::-1]), 26), wrap(LONG, 26)]
        columns = [column[:15] for column in columns]

        def draw(page: PdfPage) -> None:
            for x, column in zip((50, 215, 380), columns, strict=True):
                page.column(x, 100, column[:8])
                page.column(x, 300, column[8:])
            page.text(50, 250, "Une seconde partie qui occupe toute la largeur de la page", size=15)

        text = " ".join(text_of(draw).split())
        upper = " ".join(line for column in columns for line in column[:8])
        lower = " ".join(line for column in columns for line in column[8:])
        assert text == f"{upper} # Une seconde partie qui occupe toute la largeur de la page {lower}"


class TestMargins:
    @staticmethod
    def pages(*decorations: list[tuple[float, float, str]]) -> list[object]:
        lines = wrap(" ".join(PARAGRAPHS), 70)

        def page(number: int, decoration: list[tuple[float, float, str]]) -> object:
            def draw(page: PdfPage) -> None:
                for x, y, words in decoration:
                    page.text(x, y, words, size=8)
                page.column(60, 100, [f"Ici commence la feuille {'ABCDEFGH'[number]} du dossier."])
                page.column(60, 130, lines)

            return draw

        return [page(number, decoration) for number, decoration in enumerate(decorations)]

    def test_what_repeats_at_the_edges_is_left_out(self) -> None:
        text = text_of(
            *self.pages(
                *(
                    [(60, 40, "Le Courrier du Ponant"), (480, 40, "9 mars 2024"), (290, 815, f"Page {number} sur 3")]
                    for number in (1, 2, 3)
                )
            )
        )
        assert "Courrier" not in text
        assert "Page" not in text
        assert "9 mars" not in text
        assert text.count(PARAGRAPHS[0]) == 3

    def test_left_and_right_pages_have_their_own(self) -> None:
        text = text_of(
            *self.pages(
                *(
                    [(60, 40, f"{n} Le Courrier")] if n % 2 else [(400, 40, f"Culture et savoirs {n}")]
                    for n in range(1, 7)
                )
            )
        )
        assert "Courrier" not in text
        assert "Culture" not in text

    @pytest.mark.parametrize("number", ["1", "- 3 -", "Page 4", "2/7", "Page 2 sur 7", "xiv", "– 12 –"])
    def test_a_page_number_is_left_out_of_a_single_page(self, number: str) -> None:
        text = text_of(*self.pages([(290, 815, number)]))
        assert text.endswith(PARAGRAPHS[-1])

    def test_the_last_line_of_the_text_is_no_page_number(self) -> None:
        lines = [
            *wrap(PARAGRAPHS[0], 70),
            "Le nombre gagnant du tirage de ce samedi était, comme l’an passé, le numéro",
            "42.",
        ]
        assert text_of(lambda page: page.column(60, 100, lines)).endswith("le numéro 42.")

    def test_notes_come_last_and_their_marks_leave_the_sentence(self) -> None:
        def draw(page: PdfPage) -> None:
            page.text(60, 100, "Le département a payé la moitié des travaux")
            page.text(252, 97, "1", size=6)
            page.text(257, 100, "de la coupole, qui mesure")
            page.text(60, 112.5, "24 m")
            page.text(80, 109.5, "2", size=6)
            page.text(86, 112.5, "et que le vent avait emportée il y a deux ans, en mars, une nuit de tempête.")
            page.text(60, 760, "1  Délibération du 4 mai, publiée au recueil des actes.", size=7.5)

        text = text_of(draw)
        assert "payé la moitié des travaux de la coupole, qui mesure 24 m2 et que" in text.replace("24 m 2", "24 m2")
        assert text.endswith("tempête.\n\nDélibération du 4 mai, publiée au recueil des actes.")

    def test_text_across_the_page_is_no_text_of_the_article(self) -> None:
        def draw(page: PdfPage) -> None:
            page.column(60, 100, wrap(LONG, 80))
            page.canvas.saveState()
            page.canvas.translate(200, 400)
            page.canvas.rotate(45)
            page.canvas.setFont("Helvetica", 60)
            page.canvas.drawString(0, 0, "BROUILLON")
            page.canvas.restoreState()

        assert text_of(draw) == LONG

    @pytest.mark.parametrize("degrees", [90, 180, 270])
    def test_a_turned_page_is_read(self, degrees: int) -> None:
        def draw(page: PdfPage) -> None:
            page.canvas.translate(300, 400)
            page.canvas.rotate(degrees)
            page.column(-200, 100 + 400, wrap(PARAGRAPHS[0], 50))
            page.column(-200, 180 + 400, wrap(PARAGRAPHS[1], 50))

        assert text_of(draw) == f"{PARAGRAPHS[0]}\n\n{PARAGRAPHS[1]}"


class TestWords:
    @pytest.mark.parametrize(
        ("before", "after", "joined"),
        [
            ("le gouverne-", "ment a dit", "le gouvernement a dit"),
            ("un soldat nord-", "coréen est", "un soldat nord-coréen est"),
            ("le vice-", "président", "le vice-président"),
            ("Jean-", "Pierre", "Jean-Pierre"),
            ("peut-", "être", "peut-être"),
            ("a-t-", "il dit", "a-t-il dit"),
            ("a-", "t-il dit", "a-t-il dit"),
            ("des Kerma-", "decois", "des Kermadecois"),
            ("le 22-", "23 mars", "le 22-23 mars"),
            ("missiles anti-", "aériens", "missiles antiaériens"),
            ("il dit -", "et répète", "il dit - et répète"),
            ("chou-fleur ou auto-", "mobile", "chou-fleur ou automobile"),
            ("mot", "suivant", "mot suivant"),
        ],
    )
    def test_a_hyphen_at_a_line_end(self, before: str, after: str, joined: str) -> None:
        assert join_lines(before, after, Counter(), "fr") == joined

    def test_what_the_document_writes_elsewhere_decides(self) -> None:
        words = words_of(["la post-vérité et l’intercommunalité", "les antinucléaires"])
        assert join_lines("la post-", "vérité", words, "fr") == "la post-vérité"
        assert join_lines("l’inter-", "communalité", words, "fr") == "l’intercommunalité"
        assert join_lines("des anti-", "nucléaires", words, "fr") == "des antinucléaires"

    def test_broken_words_in_a_page_are_whole(self) -> None:
        lines = ["Une délégation nord-coréenne est attendue demain à la préfec-",
                 "ture, où le vice-amiral Le Goff, ancien com-",
                 "mandant, recevra ces diplomates nord-", "coréens."]  # fmt: skip
        assert text_of(lambda page: page.column(60, 100, lines)) == (
            "Une délégation nord-coréenne est attendue demain à la préfecture, où le vice-amiral Le Goff, ancien "
            "commandant, recevra ces diplomates nord-coréens."
        )

    def test_ligatures_are_letters_and_soft_hyphens_go(self) -> None:
        def draw(page: PdfPage) -> None:
            from reportlab.pdfbase import pdfmetrics
            from reportlab.pdfbase.ttfonts import TTFont

            pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))
            page.text(60, 100, "La ﬁn du conﬂit est sûre, dit l’ob\u00adser\u00advatoire de l’œuvre.", font="Vera")

        assert text_of(draw) == "La fin du conflit est sûre, dit l’observatoire de l’œuvre."


class TestIsolation:
    def test_a_reader_that_takes_too_long_is_stopped_and_the_next_file_read(self) -> None:
        data = make_pdf(*[lambda page: page.column(60, 60, wrap(LONG * 5, 90))] * 300)
        with pytest.raises(ArticleError, match="takes more than 0 seconds"):
            isolation.read_apart(".pdf", data, seconds=0)
        (part,) = isolation.read_apart(".pdf", make_pdf(lambda page: page.column(60, 80, wrap(LONG, 90))))
        assert part.found.text == LONG

    def test_a_reader_that_needs_too_much_memory_is_stopped(self) -> None:
        page = b"<html><body><p>" + b"<b>a</b> " * 90_000  # one paragraph: the library's memory is quadratic
        with pytest.raises(ArticleError, match=r"memory|MemoryError"):
            isolation.read_apart(".html", page, seconds=60)

    def test_a_reader_that_died_is_replaced(self) -> None:
        data = make_pdf(lambda page: page.column(60, 80, wrap(LONG, 90)))
        isolation.read_apart(".pdf", data)
        assert isolation._process is not None
        isolation._process.kill()
        isolation._process.wait()
        assert isolation.read_apart(".pdf", data)[0].found.text == LONG
