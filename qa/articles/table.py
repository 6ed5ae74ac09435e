"""Tables with a column of texts (.csv, .tsv) -> drafts, one a row."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator

from qa.articles.decoding import decode_text, refuse_blank
from qa.articles.draft import Draft
from qa.errors import ArticleError

# By field, the best name first; compared without accents, capitals, spaces and underscores.
_COLUMNS = {
    "text": ("text", "texte", "fulltext", "articletext", "body", "content", "contenu", "corps", "article"),
    "title": ("title", "titre", "headline", "subject", "sujet"),
    "published": (
        "date", "published", "publisheddate", "publicationdate", "publishedat", "pubdate", "datedepublication",
        "datepublication", "publiele", "parution", "datedeparution",
    ),
    "author": ("author", "authors", "auteur", "auteurs", "auteure", "auteurice", "byline", "signature", "journaliste"),
    "language": ("language", "lang", "langue"),
    "source": ("source", "url", "link", "lien", "adresse", "journal", "media"),
    "id": ("id", "identifiant", "identifier"),
}  # fmt: skip
_DELIMITERS = ",;\t|"


def read_table(data: bytes) -> Iterator[tuple[int, Draft | ArticleError]]:
    """Yield the line on which each row begins, from 1, and its draft or what is wrong with it.

    The first row names the columns. Rows without any value are passed over.

    Args:
        data: The file.

    Raises:
        ArticleError: It is no text, has no column of texts, or is no table.
    """
    text = decode_text(data)
    delimiter, columns = _read_header(text)
    # The limit is the process's; a field may be as long as the file, whose size is limited already.
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False)
    line = 1
    try:
        for number, row in enumerate(rows):
            if number and any(value.strip() for value in row):
                yield line, _read_row(row, columns)
            line = rows.line_num + 1
    except csv.Error as error:
        raise ArticleError(f"cannot be read as a table from line {line} on: {error}") from error


def _read_header(text: str) -> tuple[str, dict[str, int]]:
    """Return the delimiter and the number of each known column: by whichever delimiter a column of texts is there."""
    start = text[:100_000]
    for delimiter in sorted(_DELIMITERS, key=lambda mark: -start.partition("\n")[0].count(mark)):
        try:
            header = next(csv.reader(io.StringIO(start, newline=""), delimiter=delimiter))
        except (csv.Error, StopIteration):
            continue
        plain = [_plain(name) for name in header]
        columns = {
            field: min((plain.index(name) for name in names if name in plain), key=lambda at: names.index(plain[at]))
            for field, names in _COLUMNS.items()
            if any(name in plain for name in names)
        }
        if "text" in columns:
            return delimiter, columns
    first = " ".join(text.partition("\n")[0][:80].split())
    raise ArticleError(
        f"has no column of texts; name one of its columns in its first row (now: {first!r}) text, texte, content, "
        "contenu or body"
    )


def _read_row(row: list[str], columns: dict[str, int]) -> Draft | ArticleError:
    values = {field: row[at].strip() for field, at in columns.items() if at < len(row)}
    text = values.get("text", "")
    try:
        refuse_blank(text)
    except ArticleError as error:
        return error
    return Draft(
        text=text,
        title=values.get("title") or None,
        language=values.get("language") or None,
        published=values.get("published") or None,
        source=values.get("source") or None,
        author=values.get("author") or None,
        id=values.get("id") or None,
    )


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in letters if letter.isalnum())
