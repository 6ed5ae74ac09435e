"""Markdown -> draft: front matter read, markup gone, words as they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from qa.articles.blocks import Block, join_blocks, read_elements, tidy_lines
from qa.articles.draft import Draft
from qa.errors import ArticleError

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

_FOOTNOTE = re.compile(r"\[\^[^\]\s]{1,100}\]")
_YAML_NULLS = ("", "~", "null", "Null", "NULL")
_BREAK = re.compile(r"<br\b", re.IGNORECASE)


def read_markdown(text: str) -> Draft:
    """Return the draft of a Markdown document.

    Args:
        text: The document, its lines ended by line feeds.

    Raises:
        ArticleError: The front matter is no YAML, or the markup is nested too deeply.
    """
    stated, body = _split_front_matter(text)
    try:
        plain = join_blocks(_read_tokens(_load_parser().parse(body)))
    except RecursionError as error:
        raise ArticleError("is nested too deeply for a Markdown document; flatten its lists or quotes") from error
    return Draft(
        text=plain,
        title=stated.get("title"),
        language=stated.get("lang") or stated.get("language"),
        published=stated.get("date"),
        source=stated.get("source") or stated.get("url"),
        author=stated.get("author"),
    )


def _split_front_matter(text: str) -> tuple[dict[str, str], str]:
    import yaml
    from frontmatter.default_handlers import YAMLHandler

    handler = YAMLHandler()
    if not handler.detect(text):
        return {}, text
    try:
        front, body = handler.split(text)
    except ValueError:  # a line of dashes that no second one answers: a rule, not front matter
        return {}, text
    try:
        # The base loader leaves every scalar as it is written: `lang: no` is Norwegian, `title: 1984` a title.
        stated = handler.load(front, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:  # not all of them are YAMLError
        problem = " ".join(str(error).split())
        raise ArticleError(
            f"has front matter (between its two lines of ---) that is not valid YAML: {problem}; mend it, or begin "
            "the file with a blank line if it is not front matter"
        ) from error
    if not front.strip():
        return {}, body
    if not isinstance(stated, dict):  # prose between two rules
        return {}, text
    return {
        key.lower(): value
        for key, value in stated.items()
        if isinstance(key, str) and isinstance(value, str) and value not in _YAML_NULLS
    }, body


@cache
def _load_parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    # The preset's 20 levels of nesting would lose what lies deeper.
    parser = MarkdownIt("commonmark", {"maxNesting": 100}).enable(["table", "strikethrough"])
    parser.inline.ruler.before("link", "footnote_mark", _skip_footnote_mark)
    parser.block.ruler.at("reference", _reference_unless_footnote, {"alt": []})
    return parser


def _skip_footnote_mark(state: StateInline, silent: bool) -> bool:  # noqa: ARG001  (the form of a rule)
    """Pass over `[^1]`, and over the colon where it begins the note itself."""
    match = _FOOTNOTE.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    begins_line = state.pos == 0 or state.src[state.pos - 1] == "\n"
    state.pos = match.end()
    if begins_line and state.src[state.pos : state.pos + 1] == ":":
        state.pos += 1
    return True


def _reference_unless_footnote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Leave `[^1]: Ibid.` to the paragraphs; as the target of a link it would be lost."""
    from markdown_it.rules_block import reference

    if state.src.startswith("[^", state.bMarks[start] + state.tShift[start]):
        return False
    return reference(state, start, end, silent)


def _read_tokens(tokens: Sequence[Token]) -> Iterator[Block]:
    mark = ""
    cells: list[str] | None = None
    for token in tokens:
        found: list[Block] = []
        match token.type:
            case "heading_open":
                mark = "#" * int(token.tag[1]) + " "
            case "list_item_open":
                mark = f"{token.info}. " if token.info else "- "
            case "heading_close" | "list_item_close":
                mark = ""
            case "tr_open":
                cells = []
            case "tr_close":
                found, cells = [Block(" | ".join(filter(None, cells or [])))], None
            case "inline" if cells is not None:
                cells.append(_read_inline(token).replace("\n", " "))
            case "inline":
                found = [Block(_read_inline(token))]
            case "fence" | "code_block":
                found = [Block(token.content.strip("\n"))]
            case "html_block":
                found = list(_read_html(token.content))
        for block in found:
            if block.text.strip():
                yield Block(block.text, mark or block.mark)
                mark = ""


def _read_inline(token: Token) -> str:
    return tidy_lines("".join(map(_read_span, token.children or [])))


def _read_span(token: Token) -> str:
    match token.type:
        case "text" | "code_inline":
            return token.content
        case "softbreak":
            return " "
        case "hardbreak":
            return "\n"
        case "html_inline":
            return "\n" if _BREAK.match(token.content) else ""
    return ""  # the ends of emphasis and links, whose words are tokens of their own; images


def _read_html(markup: str) -> Iterator[Block]:
    from lxml import html

    yield from read_elements(html.fromstring(f"<div>{markup}</div>"))
