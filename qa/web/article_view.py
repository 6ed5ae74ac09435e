"""An article as HTML that reads like one, with the cited sentences marked in place. All it says is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from qa.schema import Article, Citation
from qa.web.words import Words, say_date

_BLANK_LINE = re.compile(r"\n[ \t]*\n\s*")
_HEADING = re.compile(r"(#{1,6}) +")
_ITEM = re.compile(r"(?:[-*•]|(\d{1,9})[.)]) +")
_FIRST_WORD = re.compile(r"\S{1,24}(?!\S)")

# From this length on, paragraphs out of sight are not laid out; below, that would only make the scroll bar jump.
LONG_ARTICLE_CHARS = 200_000


@dataclass(frozen=True, slots=True)
class _Block:
    """A paragraph, a heading or an item of a list: a span of the article's text without its marker."""

    start: int
    end: int
    kind: str  # "text", "heading" or "item"
    level: int = 0  # of a heading
    number: str = ""  # of an item of a numbered list


def render_article(
    article: Article, words: Words, *, citations: Sequence[Citation] = (), turn: int = 0, answered: bool = True
) -> str:
    """Return an article as HTML: title, author, date, source, and its text in headings, paragraphs and lists.

    Args:
        article: The article.
        words: Words of the interface.
        citations: What to mark in it. Each must be of this article and fit its text.
        turn: Number of the turn that cites, so that the marks are its own.
        answered: Whether the citations belong to an answer; else they are only the nearest sentences.
    """
    marks = sorted((citation for citation in citations), key=lambda citation: (citation.start, citation.end))
    body = _render_blocks(
        article, list(_read_blocks(article.text)), _Marker(article.text, marks, turn, answered, words)
    )
    size = " qa-long" if len(article.text) > LONG_ARTICLE_CHARS else ""
    return (
        f'<article class="qa-article{size}"{_lang(article)} dir="auto">'
        f"{render_article_head(article, words)}{body}</article>"
    )


def render_article_head(article: Article, words: Words) -> str:
    """Return an article's title, author, date and source."""
    about = []
    if article.author:
        about.append(f"<bdi>{escape(words['author'].format(author=article.author))}</bdi>")
    about.append(render_date(article.published, words) if article.published else escape(words["undated"]))
    about.append(render_origin(article.source))
    if article.language != "und":
        about.append(f'<span data-language="{escape(article.language)}">{escape(article.language)}</span>')
    items = "".join(f"<li>{part}</li>" for part in about)
    return (
        f"<header><h2><bdi>{escape(article.title)}</bdi></h2>"
        f'<ul class="qa-about" lang="{words["language"]}">{items}</ul></header>'
    )


def render_date(published: str, words: Words) -> str:
    """Return a date in words."""
    return f'<time datetime="{escape(published)}">{escape(say_date(words, published))}</time>'


def render_origin(source: str) -> str:
    """Return where an article comes from; a link only where that is a web address."""
    said = escape(source)
    if re.match(r"https?://[^\s/]", source):
        return f'<a href="{said}" target="_blank" rel="noopener noreferrer nofollow"><bdi>{said}</bdi></a>'
    return f"<bdi>{said}</bdi>"


def _lang(article: Article) -> str:
    return "" if article.language == "und" else f' lang="{escape(article.language)}"'


def _read_blocks(text: str) -> Iterator[_Block]:
    start = 0
    for blank in [*_BLANK_LINE.finditer(text), None]:
        end = blank.start() if blank else len(text)
        if text[start:end].strip():
            yield from _read_lines(text, start, end)
        start = blank.end() if blank else end


def _read_lines(text: str, start: int, end: int) -> Iterator[_Block]:
    """Part the lines between two blank lines: a heading is one of them, an item goes on to the next marker."""
    open_block: _Block | None = None
    while start < end:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        heading, item = _HEADING.match(text, start, stop), _ITEM.match(text, start, stop)
        if open_block and not heading and not item:
            open_block = _Block(open_block.start, stop, open_block.kind, number=open_block.number)
        else:
            if open_block:
                yield open_block
            open_block = None
            if heading:
                yield _Block(heading.end(), stop, "heading", level=len(heading[1]))
            elif item:
                open_block = _Block(item.end(), stop, "item", number=item[1] or "")
            else:
                open_block = _Block(start, stop, "text")
        start = stop + 1
    if open_block:
        yield open_block


@dataclass(frozen=True, slots=True)
class _Marker:
    """Writes pieces of a text, with the cited sentences in them marked."""

    text: str
    marks: Sequence[Citation]
    turn: int
    answered: bool
    words: Words

    def write(self, start: int, end: int) -> str:
        said: list[str] = []
        at = start
        for mark in self.marks:
            first, last = max(mark.start, at), min(mark.end, end)
            if first < last:
                said += [escape(self.text[at:first]), self._mark(mark, first, last)]
                at = last
        return "".join([*said, escape(self.text[at:end])])

    def _mark(self, citation: Citation, first: int, last: int) -> str:
        number, turn = citation.number, self.turn
        kind = "" if self.answered else ' class="qa-near"'
        label = escape(self.words["back_to_statement"].format(number=number))
        said = self.text[first:last]
        if first > citation.start:  # only the piece with which the sentence begins has its number
            return f'<mark{kind} data-number="{number}">{escape(said)}</mark>'
        word = _FIRST_WORD.match(said)
        together = word[0] if word else ""  # the number does not stay behind at the end of a line
        return (
            f'<mark{kind} data-number="{number}"><span class="qa-together"><a class="qa-back" '
            f'id="sentence-{turn}-{number}" href="#statement-{turn}-{number}" '
            f'lang="{self.words["language"]}" aria-label="{label}" title="{label}">{number}</a>'
            f"{escape(together)}</span>"
            f"{escape(said[len(together) :])}</mark>"
        )


def _render_blocks(article: Article, blocks: Sequence[_Block], marker: _Marker) -> str:
    blocks = _without_title(article, blocks, marker)
    top = min((block.level for block in blocks if block.kind == "heading"), default=1)
    said: list[str] = []
    open_list = ""
    for block in blocks:
        kind = ("ol" if block.number else "ul") if block.kind == "item" else ""
        if kind != open_list:
            said += [f"</{open_list}>" if open_list else "", f"<{kind}>" if kind else ""]
            open_list = kind
        written = marker.write(block.start, block.end)
        if block.kind == "heading":
            level = min(3 + block.level - top, 6)  # the page has the first level, the title the second
            said.append(f'<h{level} dir="auto">{written}</h{level}>')
        elif block.kind == "item":
            value = f' value="{int(block.number)}"' if block.number else ""
            said.append(f'<li dir="auto"{value}>{written}</li>')
        else:
            said.append(f'<p dir="auto">{written}</p>')
    return "".join([*said, f"</{open_list}>" if open_list else ""])


def _without_title(article: Article, blocks: Sequence[_Block], marker: _Marker) -> Sequence[_Block]:
    """Leave out a first heading that only repeats the title, unless it is cited."""
    if not blocks or blocks[0].kind != "heading":
        return blocks
    first = blocks[0]
    cited = any(mark.start < first.end for mark in marker.marks)
    repeats = article.text[first.start : first.end].strip().casefold() == article.title.strip().casefold()
    return blocks[1:] if repeats and not cited else blocks
