"""Word, OpenDocument, electronic books and rich text: their words, their form and what they state."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from make_documents import (
    AUTHOR,
    ITEMS,
    NOTE,
    PARAGRAPHS,
    TEXT,
    TITLE,
    make_docx,
    make_epub,
    make_odt,
    make_rtf,
    rtf_text,
    unzipped,
    zipped,
)  # fmt: skip

from qa.articles import Refused, read_articles
from qa.schema import Article

MADE = {"docx": make_docx(), "odt": make_odt(), "epub": make_epub(), "rtf": make_rtf()}


def read(tmp_path: Path, name: str, data: bytes) -> Article | Refused:
    (tmp_path / name).write_bytes(data)
    found: Iterator[Article | Refused] = read_articles(tmp_path / name)
    (each,) = found
    return each


def article(tmp_path: Path, name: str, data: bytes) -> Article:
    found = read(tmp_path, name, data)
    assert isinstance(found, Article), found
    return found


def reason(tmp_path: Path, name: str, data: bytes) -> str:
    found = read(tmp_path, name, data)
    assert isinstance(found, Refused), found
    return found.reason


class TestEveryFormat:
    @pytest.mark.parametrize("suffix", MADE)
    def test_title_author_date_and_language_come_from_the_file(self, tmp_path: Path, suffix: str) -> None:
        found = article(tmp_path, f"Kermadec.{suffix}", MADE[suffix])
        assert (found.title, found.author, found.published, found.language) == (TITLE, AUTHOR, "2024-03-09", "fr")
        assert (found.id, found.source) == ("kermadec", f"Kermadec.{suffix}")
        assert found.file == str(tmp_path / f"Kermadec.{suffix}")

    @pytest.mark.parametrize("suffix", ["docx", "odt"])
    def test_headings_lists_and_tables_keep_their_form(self, tmp_path: Path, suffix: str) -> None:
        assert article(tmp_path, f"a.{suffix}", MADE[suffix]).text == TEXT

    @pytest.mark.parametrize("suffix", MADE)
    def test_what_stands_around_the_text_is_left_out(self, tmp_path: Path, suffix: str) -> None:
        text = article(tmp_path, f"a.{suffix}", MADE[suffix]).text
        assert "Courrier" not in text
        assert "Page 1" not in text

    @pytest.mark.parametrize("suffix", MADE)
    def test_a_file_that_ends_too_early_is_refused(self, tmp_path: Path, suffix: str) -> None:
        data = MADE[suffix]
        for length in (0, 3, 30, len(data) // 2, len(data) - 1):
            assert reason(tmp_path, f"a.{suffix}", data[:length])

    @pytest.mark.parametrize("suffix", MADE)
    def test_another_format_under_its_name_is_refused(self, tmp_path: Path, suffix: str) -> None:
        for data in (b"%PDF-1.7 ...", b"Un texte.", zipped({"a.txt": "Un texte."})):
            assert reason(tmp_path, f"a.{suffix}", data)

    @pytest.mark.parametrize("suffix", ["docx", "odt", "epub"])
    def test_an_old_or_encrypted_office_document_says_so(self, tmp_path: Path, suffix: str) -> None:
        assert "encrypted" in reason(tmp_path, f"a.{suffix}", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))


class TestWord:
    def test_tracked_changes_are_accepted(self, tmp_path: Path) -> None:
        body = (
            "<w:p><w:r><w:t xml:space='preserve'>Le coût est de </w:t></w:r>"
            "<w:del w:id='1' w:author='A'><w:r><w:delText>trois</w:delText></w:r></w:del>"
            "<w:ins w:id='2' w:author='A'><w:r><w:t>quatre</w:t></w:r></w:ins>"
            "<w:r><w:t xml:space='preserve'> millions.</w:t></w:r></w:p>"
        )
        assert article(tmp_path, "a.docx", make_docx(body=body)).text.endswith("\n\nLe coût est de quatre millions.")

    def test_a_deleted_paragraph_mark_joins_two_paragraphs(self, tmp_path: Path) -> None:
        body = (
            "<w:p><w:pPr><w:rPr><w:del w:id='1' w:author='A'/></w:rPr></w:pPr><w:r><w:t>Une phrase</w:t></w:r></w:p>"
            "<w:p><w:r><w:t xml:space='preserve'> coupée.</w:t></w:r></w:p>"
        )
        assert article(tmp_path, "a.docx", make_docx(body=body)).text.endswith("\n\nUne phrase coupée.")

    def test_notes_come_last_and_leave_no_number_in_the_sentence(self, tmp_path: Path) -> None:
        parts = unzipped(
            make_docx(body="<w:p><w:r><w:t>Le prix</w:t></w:r><w:r><w:footnoteReference w:id='5'/></w:r>"
                           "<w:r><w:t xml:space='preserve'> baisse.</w:t></w:r></w:p>")
        )  # fmt: skip
        space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
        parts["word/footnotes.xml"] = (
            f"<w:footnotes {space}><w:footnote w:id='5'><w:p><w:r><w:t>{NOTE}</w:t></w:r></w:p></w:footnote>"
            "</w:footnotes>"
        ).encode()
        text = article(tmp_path, "a.docx", zipped(dict(parts))).text
        assert text.endswith(f"\n\nLe prix baisse.\n\n{NOTE}")

    def test_a_comment_is_left_out(self, tmp_path: Path) -> None:
        parts = unzipped(
            make_docx(body="<w:p><w:r><w:t>Fin.</w:t></w:r><w:r><w:commentReference w:id='0'/></w:r></w:p>")
        )
        space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
        parts["word/comments.xml"] = (
            f"<w:comments {space}><w:comment w:id='0'><w:p><w:r><w:t>À vérifier</w:t></w:r></w:p></w:comment>"
            "</w:comments>"
        ).encode()
        assert article(tmp_path, "a.docx", zipped(dict(parts))).text.endswith("\n\nFin.")

    def test_a_text_box_is_read_once(self, tmp_path: Path) -> None:
        box = "<w:txbxContent><w:p><w:r><w:t>Encadré utile.</w:t></w:r></w:p></w:txbxContent>"
        body = (
            "<w:p><w:r><mc:AlternateContent xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006'>"
            "<mc:Choice Requires='wps'><w:drawing><wps:txbx "
            "xmlns:wps='http://schemas.microsoft.com/office/word/2010/wordprocessingShape'>"
            f"{box}</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict>"
            f"<v:textbox xmlns:v='urn:schemas-microsoft-com:vml'>{box}"
            "</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
        )
        assert article(tmp_path, "a.docx", make_docx(body=body)).text.count("Encadré utile.") == 1

    def test_soft_hyphens_and_breaks(self, tmp_path: Path) -> None:
        body = (
            "<w:p><w:r><w:t>obser</w:t><w:softHyphen/><w:t>va\u00adtoire nord</w:t><w:noBreakHyphen/><w:t>breton</w:t>"
            "<w:br/><w:t>ligne</w:t><w:tab/><w:t>deux</w:t></w:r></w:p>"
        )
        text = article(tmp_path, "a.docx", make_docx(body=body)).text
        assert text.endswith("\n\nobservatoire nord\u2011breton\nligne deux")

    @pytest.mark.parametrize("title", ["", "Microsoft Word - brouillon_v3.doc", "Document1", "kermadec.docx"])
    def test_a_title_that_a_program_made_up_is_none(self, tmp_path: Path, title: str) -> None:
        found = article(tmp_path, "a.docx", make_docx(title=title))
        assert found.title == TITLE
        assert found.text.startswith(PARAGRAPHS[0])


class TestOpenDocument:
    def test_deleted_text_and_comments_are_left_out(self, tmp_path: Path) -> None:
        changes = (
            "<text:tracked-changes><text:changed-region text:id='c1'><text:deletion><text:p>Effacé.</text:p>"
            "</text:deletion></text:changed-region></text:tracked-changes>"
        )
        body = (
            "<text:p>Il<text:change text:change-id='c1'/> pleut<office:annotation><text:p>Vraiment ?</text:p>"
            "</office:annotation>.</text:p>"
        )
        assert article(tmp_path, "a.odt", make_odt(body=body, changes=changes)).text.endswith("\n\nIl pleut.")

    def test_notes_come_last(self, tmp_path: Path) -> None:
        body = (
            "<text:p>Le prix<text:note><text:note-citation>1</text:note-citation><text:note-body>"
            f"<text:p>{NOTE}</text:p></text:note-body></text:note> baisse.</text:p><text:p>Fin.</text:p>"
        )
        assert article(tmp_path, "a.odt", make_odt(body=body)).text.endswith(f"\n\nLe prix baisse.\n\nFin.\n\n{NOTE}")

    def test_spaces_tabs_and_line_breaks(self, tmp_path: Path) -> None:
        body = "<text:p>Un<text:s text:c='3'/>deux<text:tab/>trois<text:line-break/>quatre</text:p>"
        assert article(tmp_path, "a.odt", make_odt(body=body)).text.endswith("\n\nUn deux trois\nquatre")

    def test_an_encrypted_document_is_refused(self, tmp_path: Path) -> None:
        parts = unzipped(make_odt()) | {"META-INF/manifest.xml": b"<manifest><encryption-data/></manifest>"}
        assert reason(tmp_path, "a.odt", zipped(dict(parts))) == "is encrypted; save it without a password"

    def test_a_spreadsheet_under_its_name_is_refused(self, tmp_path: Path) -> None:
        parts = unzipped(make_odt())
        parts["content.xml"] = parts["content.xml"].replace(b"office:text>", b"office:spreadsheet>")
        assert "holds no text" in reason(tmp_path, "a.odt", zipped(dict(parts)))


class TestBook:
    def test_chapters_come_in_reading_order_without_the_table_of_contents(self, tmp_path: Path) -> None:
        text = article(tmp_path, "a.epub", make_epub()).text
        assert text == f"{TEXT}\n\nLe second chapitre tient en une\u00a0ligne…"

    def test_a_protected_book_is_refused(self, tmp_path: Path) -> None:
        data = make_epub(
            **{"META-INF__encryption.xml": "<encryption><EncryptedData><CipherData>"
               "<CipherReference URI='OEBPS/text/deux.xhtml'/></CipherData></EncryptedData></encryption>"}
        )  # fmt: skip
        assert "copy-protected" in reason(tmp_path, "a.epub", data)

    def test_a_book_of_pictures_is_refused(self, tmp_path: Path) -> None:
        page = "<html><body><img src='1.png'/></body></html>"
        data = make_epub(**{"OEBPS__text__un .xhtml": page, "OEBPS__text__deux.xhtml": page})
        assert "run OCR first" in reason(tmp_path, "a.epub", data)


class TestRichText:
    def test_paragraphs_items_and_rows(self, tmp_path: Path) -> None:
        assert article(tmp_path, "a.rtf", make_rtf()).text == (
            "\n\n".join(PARAGRAPHS)
            + f"\n\n- {ITEMS[0]}\n- {ITEMS[1]}\n\nAnnée | Visiteurs\n\n2019 | 18 400\n\n2020 | 6 100"
        )

    @pytest.mark.parametrize(
        ("written", "text"),
        [
            (rtf_text("Œuvre à 3 € 😀 {sic}"), "Œuvre à 3 € 😀 {sic}"),
            ("obser\\-vatoire nord\\_breton\\~!", "observatoire nord\u2011breton\u00a0!"),
            ("Avant {\\deleted non }{\\v dessous }" + rtf_text("après."), "Avant après."),
            ('Voir {\\field{\\*\\fldinst{ HYPERLINK "https://example.org"}}{\\fldrslt le site}}.', "Voir le site."),
            ("Texte.{\\footnote\\pard Une note.}", "Texte."),
            ("Une ligne\\line autre", "Une ligne\n\nautre"),
        ],
    )
    def test_what_is_seen_is_what_is_read(self, tmp_path: Path, written: str, text: str) -> None:
        data = make_rtf("\\pard ###" + written + "\\par")
        assert article(tmp_path, "a.rtf", data).text.partition("###")[2] == text
