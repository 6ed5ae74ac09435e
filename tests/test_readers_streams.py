"""Files that hold several articles: mail with attachments, tables, feeds and archives."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest
from make_documents import (
    AUTHOR,
    HEADING,
    PARAGRAPHS,
    TEXT,
    TITLE,
    make_atom,
    make_docx,
    make_epub,
    make_mail,
    make_odt,
    make_rss,
    make_table,
    unzipped,
    zipped,
)

from qa.articles import Refused, read_articles
from qa.schema import Article


def read(tmp_path: Path, name: str, data: bytes | str) -> list[Article | Refused]:
    (tmp_path / name).write_bytes(data.encode() if isinstance(data, str) else data)
    return list(read_articles(tmp_path / name))


def only(tmp_path: Path, name: str, data: bytes | str) -> Article:
    (found,) = read(tmp_path, name, data)
    assert isinstance(found, Article), found
    return found


def reason(tmp_path: Path, name: str, data: bytes | str) -> str:
    (found,) = read(tmp_path, name, data)
    assert isinstance(found, Refused), found
    return found.reason


class TestMail:
    @pytest.mark.parametrize("subtype", ["plain", "alternative"])
    def test_the_plain_text_is_the_article(self, tmp_path: Path, subtype: str) -> None:
        found = only(tmp_path, "a.eml", make_mail(subtype=subtype))
        assert (found.title, found.author, found.published) == (TITLE, AUTHOR, "2024-03-09")
        assert found.text == "\n\n".join(PARAGRAPHS)

    def test_html_is_read_where_there_is_nothing_else(self, tmp_path: Path) -> None:
        assert only(tmp_path, "a.eml", make_mail(subtype="html")).text == TEXT

    def test_an_attached_article_is_named_and_not_read(self, tmp_path: Path) -> None:
        found, refused = read(tmp_path, "a.eml", make_mail(attach=("Rapport été.pdf", "logo.png")))
        assert isinstance(found, Article)
        assert refused.source.endswith("a.eml!Rapport été.pdf")
        assert "save it as a file of its own" in refused.reason

    def test_lines_that_flow_are_joined(self, tmp_path: Path) -> None:
        mail = (
            "Subject: =?iso-8859-1?q?=C9t=E9?=\nFrom: =?utf-8?b?w4lsaXNl?= <e@example.org>\nMIME-Version: 1.0\n"
            "Content-Type: text/plain; charset=iso-8859-1; format=flowed\n\nUne phrase \ncoupée ici.\n\nFin.\n"
        )
        found = only(tmp_path, "a.eml", mail.encode("iso-8859-1"))
        assert (found.title, found.author, found.text) == ("Été", "Élise", "Une phrase coupée ici.\n\nFin.")

    def test_what_a_reply_quotes_stays(self, tmp_path: Path) -> None:
        mail = "Subject: Re\nDate: Sat, 09 Mar 2024 23:30:00 -0500\n\nD’accord.\n\n> Le port rouvre lundi.\n"
        assert only(tmp_path, "a.eml", mail).text == "D’accord.\n\n> Le port rouvre lundi."

    @pytest.mark.parametrize("start", ["Content-Type: text/plain; ", "Subject: =?utf-8?q?a?= ", "From: a@b, "])
    def test_a_header_without_end_is_refused(self, tmp_path: Path, start: str) -> None:
        assert "has a header of more" in reason(tmp_path, "a.eml", f"Subject: a\n{start}{start[-10:] * 9000}\n\nTexte.")

    @pytest.mark.parametrize(
        ("mail", "why"),
        [
            ("Une phrase.", "no headers"),
            ("Subject: vide\n\n", "is empty"),
            ("Subject: a\nMIME-Version: 1.0\nContent-Type: image/png\n\nabcd", "without text"),
        ],
    )
    def test_what_has_no_text_is_refused(self, tmp_path: Path, mail: str, why: str) -> None:
        assert why in reason(tmp_path, "a.eml", mail)


class TestTable:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
    @pytest.mark.parametrize(("name", "delimiter"), [("a.csv", ","), ("a.csv", ";"), ("a.tsv", "\t"), ("a.csv", "|")])
    def test_a_row_is_an_article(self, tmp_path: Path, name: str, delimiter: str, encoding: str) -> None:
        first, second, refused = read(tmp_path, name, make_table(delimiter).encode(encoding))
        assert isinstance(first, Article), first
        assert isinstance(second, Article), second
        assert (first.title, first.author, first.published, first.language) == (TITLE, AUTHOR, "2024-03-09", "fr")
        assert (first.source, first.text) == ("https://courrier.example.org/kermadec", "\n\n".join(PARAGRAPHS))
        assert (first.id, second.id) == ("a-2", "a-7")
        assert (second.source, second.published) == (f"{name}:7", None)  # the day and the month may be either
        assert second.text == 'La criée déménage en juin, dit-on ; c’est "sûr".'
        assert refused == Refused(f"{tmp_path}/{name}:9", "is empty")

    @pytest.mark.parametrize("header", ["Body", "TEXTE", "content", "Contenu", "id;Full_Text", "corps"])
    def test_other_names_of_the_column(self, tmp_path: Path, header: str) -> None:
        assert only(tmp_path, "a.csv", f"{header}\n{';' * header.count(';')}Une phrase.\n").text == "Une phrase."

    def test_ids_are_taken_from_their_column(self, tmp_path: Path) -> None:
        assert only(tmp_path, "a.csv", "id,text\nk-1,Une phrase.\n").id == "k-1"

    @pytest.mark.parametrize("data", ["a,b\n1,2\n", "Une phrase sans tableau.", "x"])
    def test_a_table_without_texts_is_refused(self, tmp_path: Path, data: str) -> None:
        assert "has no column of texts" in reason(tmp_path, "a.csv", data)

    def test_a_long_text_fits(self, tmp_path: Path) -> None:
        text = "Une phrase de plus. " * 20_000
        assert only(tmp_path, "a.csv", f'text\n"{text}"\n').text == text.strip()


class TestFeed:
    @pytest.mark.parametrize("name", ["a.xml", "a.rss"])
    def test_an_entry_is_an_article(self, tmp_path: Path, name: str) -> None:
        first, second, refused = read(tmp_path, name, make_rss())
        assert isinstance(first, Article), first
        assert isinstance(second, Article), second
        assert (first.title, first.author, first.published, first.language) == (TITLE, AUTHOR, "2024-03-09", "fr")
        assert (first.source, first.text) == ("https://courrier.example.org/kermadec", TEXT)
        assert (second.title, second.text) == ("La criée & le port", "La criée déménage en juin.")
        assert refused.source.endswith(f"{name}!https://courrier.example.org/vide")

    def test_an_entry_keeps_its_id_when_others_come_before_it(self, tmp_path: Path) -> None:
        before = {each.source: each.id for each in read(tmp_path, "a.xml", make_rss()) if isinstance(each, Article)}
        new = make_rss().replace("<item>", "<item><description>Du neuf.</description></item><item>", 1)
        after = {each.source: each.id for each in read(tmp_path, "a.xml", new) if isinstance(each, Article)}
        assert before.items() <= after.items()

    def test_atom(self, tmp_path: Path) -> None:
        found = only(tmp_path, "a.atom", make_atom())
        assert (found.title, found.author, found.published) == ("La criée déménage", AUTHOR, "2024-03-10")
        assert found.text == "La criée déménage en juin.\n\nElle y restera deux ans."

    def test_a_feed_in_another_encoding(self, tmp_path: Path) -> None:
        data = make_rss().replace("UTF-8", "ISO-8859-15").replace("’", "'").replace("…", "...").encode("iso-8859-15")
        assert HEADING in read(tmp_path, "a.rss", data)[0].text

    @pytest.mark.parametrize(
        ("data", "why"),
        [
            ("<html><body>x</body></html>", "no feed"),
            ("<rss version='2.0'><channel></channel></rss>", "without entries"),
            ("", "is empty"),
            ("<rss", "no feed|without entries|cannot be read"),
        ],
    )
    def test_what_is_no_feed_is_refused(self, tmp_path: Path, data: str, why: str) -> None:
        assert any(part in reason(tmp_path, "a.xml", data) for part in why.split("|"))


class TestArchive:
    def test_the_files_in_it_are_read_in_the_order_of_their_names(self, tmp_path: Path) -> None:
        data = zipped(
            {
                "b/Été.txt": "Deux.",
                "a.docx": make_docx(),
                "c.jsonl": '{"text": "Trois."}\n{}\n',
                "__MACOSX/b/._x.txt": "x",
                ".DS_Store": "x",
                "b/.hidden.md": "x",
                "b/README.md": "x",
                "~$a.docx": "x",
                "image.png": "x",
                "d.zip": zipped({"e.txt": "Quatre."}),
            }
        )
        found = read(tmp_path, "corpus.zip", data)
        archive = (tmp_path / "corpus.zip").as_posix()
        assert [(each.id, each.source) for each in found if isinstance(each, Article)] == [
            ("corpus--a", "corpus.zip!a.docx"),
            ("corpus--b--ete", "corpus.zip!b/Été.txt"),
            ("corpus--c-1", "corpus.zip!c.jsonl:1"),
        ]
        assert {each.file for each in found if isinstance(each, Article)} == {archive}
        assert {each.source.removeprefix(archive): each.reason[:35] for each in found if isinstance(each, Refused)} == {
            "!c.jsonl:2": 'has no "text", which must be a stri',
            "!d.zip": "is an archive inside an archive; un",
            "!image.png": "has a format that is not known; kno",
        }

    def test_names_never_leave_the_archive(self, tmp_path: Path) -> None:
        names = ["../../evil.txt", "/etc/evil2.txt", "C:\\evil3.txt", "a/../../evil4.txt", "ok\nrefused: x.txt"]
        folder = tmp_path / "inner"
        folder.mkdir()
        found = read(folder, "a.zip", zipped({name: f"Texte de {number}." for number, name in enumerate(names)}))
        assert sorted(each.source for each in found) == [
            "a.zip!C:/evil3.txt",
            "a.zip!a/evil4.txt",
            "a.zip!etc/evil2.txt",
            "a.zip!evil.txt",
            "a.zip!ok\ufffdrefused: x.txt",
        ]
        assert {path.name for path in tmp_path.rglob("*")} == {"inner", "a.zip"}

    def test_an_encrypted_file_in_it_is_refused_by_name(self, tmp_path: Path) -> None:
        data = bytearray(zipped({"a.txt": "Un.", "b.txt": "Deux."}))
        at = data.rindex(b"PK\x01\x02")  # the last entry of the directory
        data[at + 8] |= 1
        first, second = read(tmp_path, "a.zip", bytes(data))
        assert first.text == "Un."
        assert second == Refused(f"{tmp_path}/a.zip!b.txt", "is encrypted; pack it without a password")

    def test_a_damaged_file_in_it_is_refused_and_the_rest_read(self, tmp_path: Path) -> None:
        data = bytearray(zipped({"a.txt": "Un texte intact.", "b.txt": "Deux."}, zipfile.ZIP_STORED))
        at = data.index(b"Un texte")
        data[at] ^= 1
        refused, second = read(tmp_path, "a.zip", bytes(data))
        assert "CRC" in refused.reason
        assert second.text == "Deux."

    @pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
    def test_rare_methods_are_refused_by_name(self, tmp_path: Path, method: int) -> None:
        assert "deflate" in reason(tmp_path, "a.zip", zipped({"a.txt": "Un."}, method))

    @pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"abc" * 99, zipped({"a.txt": "Un."})[:-8]])
    def test_what_is_no_archive_is_refused(self, tmp_path: Path, data: bytes) -> None:
        assert "cannot be read as a zip archive" in reason(tmp_path, "a.zip", data)

    def test_an_entry_without_a_name_is_passed_over(self, tmp_path: Path) -> None:
        data = zipped({"Z.txt": "Un.", "b.txt": "Deux."}).replace(b"Z.txt", b"\0.txt")  # a name ends at a NUL
        assert [each.text for each in read(tmp_path, "a.zip", data)] == ["Deux."]

    def test_an_archive_in_a_folder_is_read(self, tmp_path: Path) -> None:
        (tmp_path / "seeds").mkdir()
        (tmp_path / "seeds" / "a.zip").write_bytes(zipped({"a.txt": "Un."}))
        (found,) = read_articles(tmp_path / "seeds")
        assert (found.id, found.source) == ("a--a", "seeds/a.zip!a.txt")


LAUGHS = '<!DOCTYPE a [<!ENTITY a0 "ha">' + "".join(
    f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">' for level in range(1, 12)
)


class TestBombs:
    def test_a_file_that_shrinks_as_no_text_does_is_refused_and_the_rest_read(self, tmp_path: Path) -> None:
        refused, found = read(tmp_path, "a.zip", zipped({"a.txt": b"0" * 30_000_000, "b.txt": "Deux."}))
        assert "200th" in refused.reason
        assert found.text == "Deux."

    def test_an_archive_whose_entries_share_their_bytes_is_refused(self, tmp_path: Path) -> None:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("a.txt", b"mot " * 250_000)
            entry = archive.getinfo("a.txt")
            for number in range(5000):  # each would unpack to the same megabyte
                copy = zipfile.ZipInfo(f"{number}.txt")
                copy.file_size, copy.compress_size, copy.CRC = entry.file_size, entry.compress_size, entry.CRC
                copy.header_offset, copy.external_attr = entry.header_offset, entry.external_attr
                archive.filelist.append(copy)
            archive._didModify = True
        assert "unpacked, more than the limit" in reason(tmp_path, "a.zip", file.getvalue())

    def test_a_directory_of_countless_entries_is_refused(self, tmp_path: Path) -> None:
        directory = (b"PK\x01\x02" + bytes(24) + struct.pack("<H", 1) + bytes(16) + b"a") * 200_000
        end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65535, 65535, len(directory), 0, 0)
        assert "too many entries" in reason(tmp_path, "a.zip", directory + end)

    def test_a_file_that_claims_to_be_small_is_not_read_beyond_that(self, tmp_path: Path) -> None:
        data = bytearray(zipped({"a.txt": b"mot " * 2_000_000}))
        for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
            start = data.index(mark) + at
            data[start : start + 4] = struct.pack("<L", 1000)
        (found,) = read(tmp_path, "a.zip", bytes(data))
        assert isinstance(found, Refused), found

    @pytest.mark.parametrize("name", ["a.xml", "a.docx", "a.odt", "a.epub"])
    @pytest.mark.parametrize(
        "declared",
        [
            LAUGHS,
            '<!DOCTYPE a [<!ENTITY a11 SYSTEM "file:///etc/passwd">',
            '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x.dtd"> %p; <!ENTITY a11 "b">',
        ],
        ids=["laughs", "file", "parameter"],
    )
    def test_entities_are_refused(self, tmp_path: Path, name: str, declared: str) -> None:
        head, start, end = f"{declared}]>", "<a>", "&a11;</a>"
        if name == "a.xml":
            data: bytes = f"{head}<rss><channel><item><title>&a11;</title></item></channel></rss>".encode()
        else:
            made, part = {
                "a.docx": (make_docx(), "word/document.xml"),
                "a.odt": (make_odt(), "content.xml"),
                "a.epub": (make_epub(), "OEBPS/book.opf"),
            }[name]
            data = zipped(dict(unzipped(made) | {part: f"{head}{start}{end}".encode()}))
        assert "refused as unsafe" in reason(tmp_path, name, data)

    @pytest.mark.parametrize(("name", "part"), [("a.docx", "word/document.xml"), ("a.odt", "content.xml")])
    def test_a_document_whose_part_is_a_bomb_is_refused(self, tmp_path: Path, name: str, part: str) -> None:
        parts = unzipped(make_docx() if name == "a.docx" else make_odt())
        assert "200th" in reason(tmp_path, name, zipped(dict(parts | {part: b"<a>" + b" " * 15_000_000 + b"</a>"})))
        deep = b"<a>" * 100_000 + b"</a>" * 100_000
        assert "valid XML" in reason(tmp_path, name, zipped(dict(parts | {part: deep})))
        wide = b"<a>" + b"".join(b"<b%d/>" % number for number in range(1_100_000)) + b"</a>"
        assert "elements" in reason(tmp_path, name, zipped(dict(parts | {part: wide})))
