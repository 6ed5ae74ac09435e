"""XML of documents -> lxml elements, without entities and within limits."""

from __future__ import annotations

from typing import Any

from qa.articles.edges import describe
from qa.errors import ArticleError

_ELEMENTS_MAX = 500_000  # a novel in OpenDocument has some 100,000; each takes about a kilobyte in memory

_MARKUP_CHARS_MAX = 9_000_000  # libxml2 drops what is in one element beyond ten million
_ENTITIES = "declares XML entities in {}, which no article needs; it is refused as unsafe"


def parse_xml(data: bytes, what: str) -> Any:
    """Return the root element of an XML document.

    Args:
        data: The document.
        what: What it is, such as `"content.xml"`.

    Raises:
        ArticleError: It is no XML, declares entities (which may grow without end or name other files), or has too
            many elements or levels.
    """
    from lxml import etree

    refuse_many_tags(data, what)
    refuse_entities(data, what)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError) as error:
        raise ArticleError(f"has a part that is no valid XML: {what} ({describe(error)})") from error
    document_type = root.getroottree().docinfo.internalDTD  # in an encoding in which the words look different
    if document_type is not None and next(document_type.iterentities(), None) is not None:
        raise ArticleError(_ENTITIES.format(what))
    return root


def refuse_entities(data: bytes, what: str) -> None:
    """Raise ArticleError where XML declares entities, which may grow without end or name files and addresses."""
    if b"<!ENTITY" in data.replace(b"\0", b""):  # in UTF-16 there are NUL bytes between the letters
        raise ArticleError(_ENTITIES.format(what))


def refuse_much_markup(text: str, what: str) -> None:
    """Raise ArticleError where HTML is larger than its parser takes without leaving something out."""
    refuse_many_tags(text, what)
    if len(text) > _MARKUP_CHARS_MAX:
        raise ArticleError(f"has more than {_MARKUP_CHARS_MAX:,} characters in {what}; split it")


def refuse_many_tags(data: bytes | str, what: str) -> None:
    """Raise ArticleError where markup has more tags than a parser should have to hold."""
    tags = data.count(b"<") if isinstance(data, bytes) else data.count("<")
    if tags > 2 * _ELEMENTS_MAX:
        raise ArticleError(f"has more than {_ELEMENTS_MAX:,} elements in {what}; split it")


def text_of(root: Any, name: str) -> str | None:
    """Return the text of the first element of that local name, if it has any."""
    for element in root.iter(f"{{*}}{name}"):
        if text := " ".join("".join(element.itertext()).split()):
            return text
    return None
