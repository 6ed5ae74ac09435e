"""Electronic books (.epub) -> draft: their chapters in reading order."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from qa.articles.archives import open_document, read_part
from qa.articles.blocks import Block, join_blocks, read_elements
from qa.articles.decoding import decode_text
from qa.articles.draft import Draft
from qa.articles.edges import refusing
from qa.articles.xmlparts import parse_xml, refuse_much_markup, text_of
from qa.errors import ArticleError

_WHAT = "an electronic book (.epub)"
_PAGES = ("application/xhtml+xml", "text/html")
_TEXT_BYTES_MAX = 50_000_000  # of all chapters together
# Copy protection lists its encrypted parts there; so do fonts that are merely obfuscated.
_ENCRYPTION = "META-INF/encryption.xml"


def read_epub(data: bytes) -> Draft:
    """Return the draft of an electronic book, its table of contents left out.

    Args:
        data: The file.

    Raises:
        ArticleError: It is damaged, copy-protected, or exceeds a limit.
    """
    with refusing(_WHAT), open_document(data, _WHAT) as archive:
        container = parse_xml(read_part(archive, "META-INF/container.xml"), "container.xml")
        path = next((str(file.get("full-path") or "") for file in container.iter("{*}rootfile")), "")
        package = parse_xml(read_part(archive, path), path)
        chapters = list(_list_chapters(package, posixpath.dirname(path)))
        _refuse_protected(archive, set(chapters))
        blocks = list(_read_chapters(archive, chapters))
        stated = {name: text_of(package, name) for name in ("title", "language", "date", "creator", "source")}
    if not blocks:
        raise ArticleError("has no text; if its pages are pictures, run OCR first")
    return Draft(
        text=join_blocks(blocks),
        title=stated["title"],
        language=stated["language"],
        published=stated["date"],
        source=stated["source"],
        author=stated["creator"],
    )


def _list_chapters(package: Any, folder: str) -> Iterator[str]:
    items = {item.get("id"): item for item in package.iter("{*}item")}
    seen = set()
    for reference in package.iter("{*}itemref"):
        item = items.get(reference.get("idref"))
        if item is None or item.get("media-type") not in _PAGES or "nav" in (item.get("properties") or "").split():
            continue
        name = posixpath.normpath(posixpath.join(folder, unquote(item.get("href") or "").partition("#")[0]))
        if name not in seen:
            seen.add(name)
            yield name


def _refuse_protected(archive: zipfile.ZipFile, chapters: set[str]) -> None:
    if _ENCRYPTION in archive.namelist():
        encryption = parse_xml(read_part(archive, _ENCRYPTION), _ENCRYPTION)
        if chapters & {unquote(part.get("URI") or "") for part in encryption.iter("{*}CipherReference")}:
            raise ArticleError("is copy-protected (DRM) and cannot be read; ask for a copy without protection")


def _read_chapters(archive: zipfile.ZipFile, chapters: list[str]) -> Iterator[Block]:
    from lxml import html

    size = 0
    for name in chapters:
        data = read_part(archive, name)
        size += len(data)
        if size > _TEXT_BYTES_MAX:
            raise ArticleError(f"has chapters of more than {_TEXT_BYTES_MAX:,} bytes together; split it")
        if data.strip():
            page_text = decode_text(data, declares=True)
            refuse_much_markup(page_text, name)
            # The parser of HTML knows no entities but those of HTML, and minds no broken tag.
            page = html.document_fromstring(_without_declaration(page_text))
            body = page.find("body")
            yield from read_elements(page if body is None else body)


def _without_declaration(text: str) -> str:
    text = text.lstrip()
    return text.partition("?>")[2] if text.startswith("<?xml") else text
