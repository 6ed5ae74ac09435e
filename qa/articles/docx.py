"""Word documents (.docx) -> draft: the final text, with headings, lists, tables and notes."""

from __future__ import annotations

import io
import re
from typing import Any

from qa.articles.archives import open_document, read_part
from qa.articles.blocks import join_blocks, read_elements
from qa.articles.draft import Draft
from qa.articles.edges import refusing
from qa.articles.titles import is_made_up
from qa.articles.xmlparts import parse_xml, text_of

_WHAT = "a Word document (.docx)"
_PROPERTIES = "docProps/core.xml"
# Word names its styles in English inside the file, in whatever language it runs; LibreOffice names them as shown.
_STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Titre'] => h1:fresh
p[style-name='Titre principal'] => h1:fresh
p[style-name='Subtitle'] => p:fresh
"""
_NOTE_MARK = re.compile(r"(?:foot|end)note-ref-")


def read_docx(data: bytes) -> Draft:
    """Return the draft of a Word document: tracked changes accepted, page headers, comments and pictures left out.

    Notes come after the text, as paragraphs without their numbers; a text box comes where it is anchored.

    Args:
        data: The file.

    Raises:
        ArticleError: It is damaged, encrypted, or exceeds a limit.
    """
    import mammoth
    from lxml import html

    with refusing(_WHAT), open_document(data, _WHAT) as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):  # read here under limits, because the library reads them without
                parse_xml(read_part(archive, name), name)
        stated = _read_properties(archive)
        page = mammoth.convert_to_html(
            io.BytesIO(data),
            style_map=_STYLES,
            include_embedded_style_map=False,  # a document may bring its own; it is not asked
            convert_image=lambda _: [],
        ).value
        tree = html.fromstring(f"<div>{page}</div>")
        _unmark_notes(tree)
        text = join_blocks(read_elements(tree))
    return Draft(
        text=text,
        title=None if is_made_up(stated.get("title")) else stated.get("title"),
        language=stated.get("language"),
        published=stated.get("created") or stated.get("modified"),
        author=stated.get("creator"),
    )


def _read_properties(archive: Any) -> dict[str, str | None]:
    if _PROPERTIES not in archive.namelist():
        return {}
    root = parse_xml(read_part(archive, _PROPERTIES), _PROPERTIES)
    return {name: text_of(root, name) for name in ("title", "creator", "language", "created", "modified")}


def _unmark_notes(tree: Any) -> None:
    """Take the marks of notes out of the text and make the notes paragraphs."""
    for link in tree.xpath("//a[@id]"):
        if _NOTE_MARK.match(link.get("id")):
            sup = link.getparent()
            (sup if sup.tag == "sup" else link).drop_tree()
    for link in tree.xpath("//a[starts-with(@href, '#footnote-ref-') or starts-with(@href, '#endnote-ref-')]"):
        link.drop_tree()  # the arrow that leads back
    for note in tree.xpath("//li[starts-with(@id, 'footnote-') or starts-with(@id, 'endnote-')]"):
        note.tag = "div"
        if (notes := note.getparent()) is not None:
            notes.tag = "div"
