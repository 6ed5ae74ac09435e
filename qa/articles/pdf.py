"""PDF -> draft: lines joined into paragraphs, headings and lists."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise

from qa.articles.blocks import Block, join_blocks, tidy_lines
from qa.articles.draft import Draft
from qa.articles.hyphens import join_lines, words_of
from qa.articles.pdflayout import Line, read_lines
from qa.articles.pdfpages import NOTE_END, NOTE_START, read_pages
from qa.articles.titles import is_made_up
from qa.errors import ArticleError
from qa.language import detect_language

_BULLET = re.compile(r"[•●▪■◦○‣∙·\uf0b7\uf0a7\uf0d8]\s*")
_NUMBERED = re.compile(r"(\d{1,3})[.)]\s+(?=\S)")
_NOTE = re.compile(rf"{NOTE_START}?(\d{{1,3}}){NOTE_END}?[.)]?\s*(?=\D)")
_MARK = re.compile(f"{NOTE_START}(\\d+){NOTE_END}")
_ENDS_SENTENCE = re.compile(r"[.!?…:»”\"]\s*[)»”\"’\]]*$")
_ENDS_FOR_SURE = re.compile(r"[.!?…]\s*[)»”\"’\]]*$")
_CREATED = re.compile(r"D:(\d{4})(\d{2})(\d{2})")
# What belongs to the first word of a line in French typography, and in numbers.
_FIRST_WORD = re.compile(r"(?:[«“(–—-]\s?)?\S+(?:\s?(?=[»:;?!%€])[»:;?!%€]+)?(?:(?<=\d)\s\d{3}\b)*")

# Measured in heights of a line, on pages of Chromium and ReportLab.
_SAME_SIZE = 0.08
_HEADING_SIZE = 1.12
_HEADING_CHARS_MAX = 200
_BOLD_HEADING_CHARS_MAX = 100
_GAP_FACTOR = 1.25
_INDENT = 0.7
_NOTE_SIZE = 0.93
_LETTERS_MIN = 20  # less is the stamp of a scanner


def read_pdf(data: bytes) -> Draft:
    """Return the draft of a PDF: its columns in order, without headers, footers, page numbers and broken words.

    Notes at the foot of pages come after the text, as paragraphs without their numbers.

    Args:
        data: The file.

    Raises:
        ArticleError: It is damaged, encrypted, without text, or exceeds a limit.
    """
    if b"%PDF-" not in data[:1024]:
        raise ArticleError("is not a PDF, though its name says so" if data.strip() else "is empty")
    document = read_pages(data)
    pages = read_lines(document.pages)
    lines = list(chain.from_iterable(pages))
    if sum(len(line.text) for line in lines) < _LETTERS_MIN:
        raise ArticleError("has no text; run OCR first")
    body = _body_size(lines)
    text, notes = _part_notes(pages, body)
    sample = " ".join(line.text for line in text[:400])
    language = detect_language(sample)
    words = words_of(line.text for line in lines)
    blocks = list(_read_blocks(text, body, words, language)) + list(_read_blocks(notes, body, words, language))
    title, author = document.stated.get("Title"), document.stated.get("Author")
    created = _CREATED.match(document.stated.get("CreationDate", ""))
    return Draft(
        text=join_blocks(blocks),
        title=None if is_made_up(title) or " " not in str(title) else title,
        published=None if created is None else "-".join(created.groups()),
        author=None if is_made_up(author) else author,
    )


def _body_size(lines: Sequence[Line]) -> float:
    """Return the size in which most of the letters are."""
    letters: Counter[float] = Counter()
    for line in lines:
        letters[round(line.size * 4) / 4] += len(line.text)
    return max(letters, key=lambda size: letters[size])


def _part_notes(pages: Sequence[Sequence[Line]], body: float) -> tuple[list[Line], list[Line]]:
    """Part the text from the notes at the foot of each column, and take their marks out of both."""
    text: list[Line] = []
    notes: list[Line] = []
    for lines in pages:
        columns: dict[int, list[Line]] = {}
        for line in lines:
            columns.setdefault(line.column, []).append(line)
        numbers: set[str] = set()
        page_text: list[Line] = []
        for column in columns.values():
            start = len(column)
            while start > 0 and column[start - 1].size < _NOTE_SIZE * body:
                start -= 1
            while start < len(column) and _NOTE.match(column[start].text) is None:
                start += 1
            found = column[start:] if start else []
            page_text.extend(column[: len(column) - len(found)])
            for line in found:
                if number := _NOTE.match(line.text):
                    numbers.add(number[1])
                    line = _with_text(line, line.text[number.end() :])
                notes.append(line)
        text.extend(_with_text(line, _unmark(line.text, numbers)) for line in page_text)
    return text, [_with_text(line, _unmark(line.text, set())) for line in notes]


def _unmark(text: str, numbers: set[str]) -> str:
    return _MARK.sub(lambda mark: "" if mark[1] in numbers else mark[1], text)


def _with_text(line: Line, text: str) -> Line:
    from dataclasses import replace

    return replace(line, text=text)


def _read_blocks(lines: Sequence[Line], body: float, words: Counter[str], language: str) -> Iterator[Block]:
    levels = _heading_levels(lines, body)
    leading = _leading(lines)
    for paragraph in _paragraphs(lines, leading):
        text = paragraph[0].text
        for line in paragraph[1:]:
            text = join_lines(text, line.text, words, language)
        yield _make_block(paragraph, tidy_lines(text), body, levels)


def _make_block(paragraph: Sequence[Line], text: str, body: float, levels: dict[float, int]) -> Block:
    size = round(paragraph[0].size)
    if bullet := _BULLET.match(text):
        return Block(text[bullet.end() :], "- ")
    if paragraph[0].cells == 1 and len(text) <= _HEADING_CHARS_MAX and any(map(str.isalpha, text)):
        if size in levels:
            return Block(text, "#" * levels[size] + " ")
        bold = all(line.bold for line in paragraph) and len(text) <= _BOLD_HEADING_CHARS_MAX
        if bold and not _ENDS_SENTENCE.search(text) and paragraph[0].size > _NOTE_SIZE * body:
            return Block(text, "#" * min(len(levels) + 1, 6) + " ")
    if number := _NUMBERED.match(text):
        return Block(text[number.end() :], f"{number[1]}. ")
    return Block(text)


def _heading_levels(lines: Sequence[Line], body: float) -> dict[float, int]:
    """Return the level of a heading by its size: the largest is the first."""
    sizes = sorted({round(line.size) for line in lines if line.size > _HEADING_SIZE * body}, reverse=True)
    return {size: min(level, 6) for level, size in enumerate(sizes, start=1)}


def _leading(lines: Sequence[Line]) -> float:
    """Return how far the lines of a paragraph are apart, in heights of a line: what is most frequent."""
    steps: Counter[float] = Counter()
    for before, line in pairwise(lines):
        if before.column == line.column and _is_same_size(before, line) and line.top > before.top:
            steps[round((line.top - before.top) / line.size, 1)] += 1
    # Of two that are about as frequent, the smaller: paragraphs of one line are further apart.
    most = max(steps.values(), default=0)
    return min((step for step, count in steps.items() if count >= 0.6 * most and step < 3), default=1.2)


def _is_same_size(before: Line, line: Line) -> bool:
    return abs(before.size - line.size) <= _SAME_SIZE * max(before.size, line.size)


def _paragraphs(lines: Sequence[Line], leading: float) -> Iterator[list[Line]]:
    paragraph: list[Line] = []
    for line in lines:
        if paragraph and _begins(paragraph, line, leading):
            yield paragraph
            paragraph = []
        paragraph.append(line)
    if paragraph:
        yield paragraph


def _begins(paragraph: list[Line], line: Line, leading: float) -> bool:
    """Tell whether a line begins a paragraph."""
    before = paragraph[-1]
    if line.cells > 1 or before.cells > 1 or not _is_same_size(before, line):
        return True
    if _BULLET.match(line.text) or (line.bold != before.bold and (line.bold or len(paragraph) == 1)):
        return True
    ended = _ENDS_SENTENCE.search(before.text) is not None
    goes_on = before.text.endswith(("-", "\u2010", ",")) or (
        line.text[:1].islower() and _ENDS_FOR_SURE.search(before.text) is None
    )
    if before.column != line.column:
        return not goes_on and (ended or _had_room(before, line, ended=False))
    step = (line.top - before.top) / line.size
    if step < 0 or step > max(_GAP_FACTOR * leading, leading + 0.2):
        return not (goes_on and step < 2 * leading) or step < 0
    if goes_on and not ended:
        return False
    if _BULLET.match(paragraph[0].text) or _NUMBERED.match(paragraph[0].text):
        # The lines of an item stand in from its mark.
        return line.left <= paragraph[0].left + 0.3 * line.size or _NUMBERED.match(line.text) is not None
    indented = line.left > line.column_left + _INDENT * line.size
    if indented and before.left < line.left - 0.5 * _INDENT * line.size:
        return True
    return _had_room(before, line, ended=ended)


def _had_room(before: Line, line: Line, *, ended: bool) -> bool:
    """Tell whether the first word of a line would have fitted on the line before, which was then ended on purpose."""
    first = _FIRST_WORD.match(line.text)
    if first is None or not line.text:
        return False
    width = (line.right - line.left) / len(line.text) * (len(first[0]) + 1)
    indent = min(max(0.0, before.left - before.column_left), 3 * line.size)  # more is a line that is centred
    free = before.column_right - before.column_left - indent - (before.right - before.left)
    # Where no sentence ends there, a line that some program broke early is more likely, unless it is very short.
    enough = 0.3 * line.size if ended else 0.4 * (before.column_right - before.column_left)
    return free > 1.15 * width + enough
