"""The form of `Article.text`: blocks of text, and how a tree of elements becomes blocks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from qa.articles.xmlparts import refuse_much_markup

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCK_TAGS = (
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure footer form "
    "head header hr item li list main nav ol p pre quote section summary table tbody td tfoot th thead tr ul"
)
_BLOCKS = frozenset(_BLOCK_TAGS.split()) | frozenset(_HEADINGS)
_ITEMS = frozenset({"item", "li"})
_ROWS = frozenset({"row", "tr"})
_CELLS = frozenset({"cell", "td", "th"})
_LAYOUT = ("table", "ul", "ol", "list", "head", *_HEADINGS)  # what no cell of data holds
_BREAKS = frozenset({"br", "lb"})
_DECLARATION = re.compile(r"\A\s*<\?xml\b[^>]*\?>")
_EMBEDDED_TAGS = "audio canvas graphic iframe img noscript object script style svg template video"
_WITHOUT_TEXT = frozenset(_EMBEDDED_TAGS.split())


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, list item or table row.

    Args:
        text: Its words; lines that the author broke on purpose stay lines.
        mark: What it begins with: `"## "` for a heading, `"- "` or `"1. "` for a list item, else nothing.
    """

    text: str
    mark: str = ""

    @property
    def is_item(self) -> bool:
        """Whether the block is an item of a list."""
        return bool(self.mark) and not self.mark.startswith("#")


def join_blocks(blocks: Iterable[Block]) -> str:
    """Return blocks as `Article.text`: parted by a blank line, the items of a list each on its own line."""
    pieces: list[str] = []
    previous: Block | None = None
    for block in blocks:
        if previous is not None:
            pieces.append("\n" if block.is_item and previous.is_item else "\n\n")
        # A heading and an item are one line each, or the next line would no longer belong to them.
        pieces.append(block.mark + (block.text.replace("\n", " ") if block.mark else block.text))
        previous = block
    return "".join(pieces)


def tidy_lines(text: str) -> str:
    """Return text with runs of spaces and tabs as one space, and without blank lines or spaces at the ends of lines.

    Only the spacing of the markup goes; a no-break space is the author's and stays. Soft hyphens go too: nobody sees
    them, and a word that holds one is not found.
    """
    lines = (re.sub(r"[ \t]+", " ", line).strip(" ") for line in text.replace("\xad", "").split("\n"))
    return "\n".join(line for line in lines if line)


def read_elements(root: Any) -> Iterator[Block]:
    """Yield the blocks of an lxml element, whose tags are those of HTML or trafilatura's own."""
    walk = _Walk()
    walk.visit(root)
    walk.close_block()
    yield from walk.blocks


def read_markup(markup: str) -> str:
    """Return all the words of HTML, a page or a part of one, as `Article.text`."""
    from lxml import html

    if not markup.strip():
        return ""
    refuse_much_markup(markup, "its text")
    # The parser takes no text with a declaration of its encoding, and none is needed: it is decoded already.
    tree = html.document_fromstring(f"<!DOCTYPE html><html><body>{_DECLARATION.sub('', markup)}</body></html>")
    for head in tree.xpath("//head | //title"):
        head.drop_tree()
    return join_blocks(read_elements(tree))


@dataclass(slots=True)
class _Walk:
    """A walk through a tree, which gathers words until a block ends."""

    blocks: list[Block] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    mark: str = ""

    def visit(self, element: Any) -> None:
        tag = element.tag
        if tag in _ROWS and not _is_layout(element):
            self.close_block()
            self.words.append(" | ".join(filter(None, (_text_of_cell(cell) for cell in element if cell.tag in _CELLS))))
            self.close_block()
        elif tag in _BREAKS:
            self.words.append("\n")
        elif isinstance(tag, str) and tag not in _WITHOUT_TEXT:  # the tag of a comment is a function
            self._visit_content(element, tag)

    def _visit_content(self, element: Any, tag: str) -> None:
        if tag in _BLOCKS:
            self.close_block()
            self.mark = _mark_of(element, tag) or self.mark
        self._add(element.text)
        for child in element:
            self.visit(child)
            self._add(child.tail)
        if tag in _BLOCKS:
            self.close_block()
            if tag not in ("p", "div"):  # the item around a paragraph may still have its first words to come
                self.mark = ""

    def _add(self, text: str | None) -> None:
        if text:  # a line break in the source of a page is only a space
            self.words.append(re.sub(r"[ \t\r\n]+", " ", text))

    def close_block(self) -> None:
        # Two line breaks in a row are how many pages part their paragraphs.
        for paragraph in re.split(r"\n[ \t]*\n", "".join(self.words)):
            if text := tidy_lines(paragraph):
                self.blocks.append(Block(text, self.mark))
                self.mark = ""
        self.words.clear()


def _mark_of(element: Any, tag: str) -> str:
    if tag in _HEADINGS:
        return "#" * _HEADINGS[tag] + " "
    if tag == "head":  # trafilatura's heading, its level in an attribute
        return "#" * _HEADINGS.get(element.get("rend") or "", 2) + " "
    if tag not in _ITEMS:
        return ""
    parent = element.getparent()
    if parent is not None and (parent.tag == "ol" or parent.get("rend") == "ol"):
        return f"{sum(1 for _ in element.itersiblings(tag, preceding=True)) + 1}. "
    return "- "


def _is_layout(row: Any) -> bool:
    """Tell whether a row only places what is in it, as those of mails do, and is no row of a table of data."""
    cells = [cell for cell in row if cell.tag in _CELLS]
    if any(next(cell.iter(*_LAYOUT), None) is not None for cell in cells):
        return True
    return sum(1 for cell in cells if _text_of_cell(cell)) == 1


def _text_of_cell(cell: Any) -> str:
    return " ".join("".join(cell.itertext(with_tail=False)).split())
