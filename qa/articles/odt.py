"""OpenDocument texts (.odt) -> draft: the final text, with headings, lists, tables and notes."""

from __future__ import annotations

from typing import Any

from qa.articles.archives import open_document, read_part
from qa.articles.blocks import join_blocks, read_elements
from qa.articles.draft import Draft
from qa.articles.edges import refusing
from qa.articles.titles import is_made_up
from qa.articles.xmlparts import parse_xml, text_of
from qa.errors import ArticleError

_WHAT = "an OpenDocument text (.odt)"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_FO = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"

# As HTML has them, so that all trees become blocks in one way.
_TAGS = {
    f"{_TEXT}p": "p", f"{_TEXT}list": "ul", f"{_TEXT}list-item": "li", f"{_TEXT}list-header": "li",
    f"{_TEXT}line-break": "br", f"{_TEXT}section": "section", f"{_TABLE}table": "table",
    f"{_TABLE}table-row": "tr", f"{_TABLE}table-cell": "td", f"{_DRAW}text-box": "div",
}  # fmt: skip
_WITHOUT_TEXT = (
    f"{_TEXT}tracked-changes", f"{_TEXT}sequence-decls", f"{_TEXT}table-of-content", f"{_TEXT}alphabetical-index",
    f"{_TEXT}note-citation", f"{_TEXT}bookmark-ref", "{*}annotation", "{*}annotation-end", "{*}forms", "{*}title",
    "{*}desc", "{*}event-listeners", "{*}object", "{*}object-ole", "{*}image", f"{_TEXT}ruby-text",
)  # fmt: skip
_SPACES_MAX = 1000  # `text:s` states how many spaces it stands for


def read_odt(data: bytes) -> Draft:
    """Return the draft of an OpenDocument text: tracked changes accepted, comments and page headers left out.

    Notes come after the text, as paragraphs without their numbers.

    Args:
        data: The file.

    Raises:
        ArticleError: It is damaged, encrypted, or exceeds a limit.
    """
    with refusing(_WHAT), open_document(data, _WHAT) as archive:
        names = set(archive.namelist())
        if "META-INF/manifest.xml" in names and b"encryption-data" in read_part(archive, "META-INF/manifest.xml"):
            raise ArticleError("is encrypted; save it without a password")
        content = parse_xml(read_part(archive, "content.xml"), "content.xml")
        meta = parse_xml(read_part(archive, "meta.xml"), "meta.xml") if "meta.xml" in names else None
        styles = parse_xml(read_part(archive, "styles.xml"), "styles.xml") if "styles.xml" in names else None
        body = next(content.iter("{urn:oasis:names:tc:opendocument:xmlns:office:1.0}text"), None)
        if body is None:
            raise ArticleError("holds no text; it may be a table or a presentation: save it as text or .pdf")
        text = join_blocks(read_elements(_as_html(body)))
    title = None if meta is None else text_of(meta, "title")
    return Draft(
        text=text,
        title=None if is_made_up(title) else title,
        language=_language(meta, styles),
        published=None if meta is None else text_of(meta, "creation-date") or text_of(meta, "date"),
        author=None if meta is None else text_of(meta, "initial-creator") or text_of(meta, "creator"),
    )


def _as_html(body: Any) -> Any:
    from lxml import etree

    etree.strip_elements(body, *_WITHOUT_TEXT, with_tail=False)
    for note in list(body.iter(f"{_TEXT}note")):
        for paragraph in note.iter(f"{_TEXT}p"):
            body.append(_copy(paragraph))
    etree.strip_elements(body, f"{_TEXT}note", with_tail=False)
    numbered = _numbered_lists(body.getroottree().getroot())
    for element in body.iter():
        tag = element.tag
        if tag == f"{_TEXT}h":
            level = element.get(f"{_TEXT}outline-level", "1")
            element.tag = f"h{min(int(level), 6) if level.isdecimal() and int(level) else 1}"
        elif tag == f"{_TEXT}s":
            count = element.get(f"{_TEXT}c", "1")
            element.text = " " * min(int(count) if count.isdecimal() else 1, _SPACES_MAX)
        elif tag == f"{_TEXT}tab":
            element.text = " "
        elif tag == f"{_TEXT}list" and element.get(f"{_TEXT}style-name") in numbered:
            element.tag = "ol"
        elif tag in _TAGS:
            element.tag = _TAGS[tag]
    return body


def _copy(paragraph: Any) -> Any:
    from copy import deepcopy

    copied = deepcopy(paragraph)
    copied.tail = None
    return copied


def _numbered_lists(root: Any) -> set[str]:
    """Return the names of the list styles whose first level is numbered."""
    numbered = set()
    for style in root.iter(f"{_TEXT}list-style"):
        first = next(iter(style), None)
        if first is not None and first.tag == f"{_TEXT}list-level-style-number":
            numbered.add(style.get(f"{_STYLE}name"))
    return numbered


def _language(meta: Any, styles: Any) -> str | None:
    if meta is not None and (stated := text_of(meta, "language")):
        return stated
    for style in () if styles is None else styles.iter(f"{_STYLE}default-style"):
        if style.get(f"{_STYLE}family") == "paragraph":
            for properties in style.iter(f"{_STYLE}text-properties"):
                language = properties.get(f"{_FO}language")
                if language and language not in ("none", "zxx"):
                    return str(language)
    return None
