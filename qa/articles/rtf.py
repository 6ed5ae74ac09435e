"""Rich text (.rtf) -> draft."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from qa.articles.blocks import Block, join_blocks, tidy_lines
from qa.articles.draft import Draft
from qa.articles.edges import refusing
from qa.articles.titles import is_made_up
from qa.errors import ArticleError

_WHAT = "rich text (.rtf)"
_BYTES_MAX = 20_000_000
_FONTS_CHARS_MAX = 50_000  # the library looks through the table of fonts in quadratic time
_FIELD = re.compile(r"\\field\{", re.IGNORECASE)
_UNSEEN = re.compile(r"\\(deleted|v)(?![a-z0-9])")
_CODE_PAGE = re.compile(r"\\ansicpg\d+")
_ITEM = re.compile(r"[·•●▪◦‣\uf0b7\uf0a7–-]\t")
_NUMBERED = re.compile(r"(\d{1,3})[.)]\t")
_WHEN = re.compile(r"\\creatim\s*\\yr(\d{4})\s*\\mo(\d{1,2})\s*\\dy(\d{1,2})")


def read_rtf(data: bytes) -> Draft:
    """Return the draft of rich text: deleted and hidden text, notes, page headers and pictures left out.

    Args:
        data: The file.

    Raises:
        ArticleError: It is no rich text, is damaged, or exceeds a limit.
    """
    from striprtf import striprtf

    rtf_to_text: Callable[..., str] = striprtf.rtf_to_text
    if not data.lstrip()[:6].startswith(b"{\\rtf"):
        raise ArticleError("is not rich text (.rtf); give it the name that fits, or save it anew")
    if not data.rstrip(b" \t\r\n\0").endswith(b"}"):
        raise ArticleError("is incomplete: it ends before its last brace; save it anew")
    if len(data) > _BYTES_MAX:
        raise ArticleError(f"is larger than the limit of {_BYTES_MAX:,} bytes for rich text; save it as .docx")
    # The format is ASCII; what is not is a writer's fault, and mostly the code page that such writers use.
    markup = data.decode("cp1252", errors="replace")
    fonts = markup.partition("\\fonttbl")[2][: _FONTS_CHARS_MAX + 1]
    if len(fonts) > _FONTS_CHARS_MAX and not re.search(r"\}\s*\}", fonts):
        raise ArticleError("has a table of fonts that does not end; save it anew")
    with refusing(_WHAT):
        text = _whole_characters(rtf_to_text(_plainer(markup), errors="replace"))
        stated = {name: _stated(markup, name, rtf_to_text) for name in ("title", "author")}
    return Draft(
        text=join_blocks(_read_paragraphs(text)),
        title=None if is_made_up(stated["title"]) else stated["title"],
        published="-".join(part.zfill(2) for part in when.groups()) if (when := _WHEN.search(markup)) else None,
        author=stated["author"],
    )


def _plainer(markup: str) -> str:
    """Return markup that means the same and that the library reads as it is meant."""
    # A field written so is a link to it, whose address it would write into the text.
    markup = _FIELD.sub(r"\\field {", markup)
    # Text that was deleted or is hidden: `\*` before a word leaves out its group.
    return _UNSEEN.sub(r"\\*\\\1", markup)


def _read_paragraphs(text: str) -> Iterator[Block]:
    for line in text.replace("\r", "").split("\n"):
        mark = ""
        if _ITEM.match(line):
            mark, line = "- ", line[2:]
        elif number := _NUMBERED.match(line):
            mark, line = f"{number[1]}. ", line[number.end() :]
        if "|" in line:  # the cells of a row
            line = " | ".join(filter(None, (cell.strip() for cell in line.split("|"))))
        if words := tidy_lines(line):
            yield Block(words, mark)


def _stated(markup: str, name: str, rtf_to_text: Callable[..., str]) -> str | None:
    found = re.search(rf"\{{\\{name}[ \\]([^{{}}]{{1,2000}})\}}", markup[:200_000])
    if found is None:
        return None
    page = _CODE_PAGE.search(markup[:2000])
    value = str(
        rtf_to_text(f"{{\\rtf1\\ansi{page[0] if page else ''} {found[0][len(name) + 2 : -1]}}}", errors="replace")
    )
    return _whole_characters(value).strip() or None


def _whole_characters(text: str) -> str:
    """Join the halves of characters that rich text writes as two numbers."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
