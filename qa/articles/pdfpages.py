"""PDF -> the pieces of text on its pages, where they stand and in which size; by PDFium."""

from __future__ import annotations

import ctypes
import math
import statistics
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from qa.errors import ArticleError

PAGES_MAX = 2000  # a page takes some 20 ms
_CHARS_MAX = 10_000_000
_UNMAPPED_SHARE_MAX = 0.1
_SOFT_HYPHEN = "\xad"
_HYPHENS = {0x02, 0xFFFE}  # what PDFium gives for a hyphen at which a word is broken
_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
_UPRIGHT_DEGREES = 8  # text that leans more than this against the rest is a watermark or a credit beside a picture
_FONT_BOLD = 600
# In heights of the letters, which are some 1.15 of the nominal size.
_GAP_MAX = 0.9
_RAISED_MAX = 0.6
_NOTE_SIZE = 0.8
NOTE_START, NOTE_END = "\ue000", "\ue001"  # around raised digits, which may be the mark of a note


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text on one line, without a wide gap in it. Measures are in points, to the right and downwards."""

    text: str
    left: float
    right: float
    top: float
    bottom: float
    size: float
    bold: bool

    @property
    def middle(self) -> float:
        """Return the height at which it stands."""
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class Page:
    """The pieces of a page, in the order in which the file draws them."""

    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """The pages of a PDF and what it states about itself."""

    pages: tuple[Page, ...]
    stated: dict[str, str]


@dataclass(slots=True)
class _Char:
    """A character; one that PDFium made up to part words and lines has no size."""

    text: str
    index: int
    left: float = 0.0
    right: float = 0.0
    top: float = 0.0
    bottom: float = 0.0
    turn: float = 0.0

    @property
    def size(self) -> float:
        return self.bottom - self.top


def read_pages(data: bytes) -> Document:
    """Return the text of a PDF with its places.

    Args:
        data: The file.

    Raises:
        ArticleError: It is encrypted, damaged, too long, or its letters cannot be told.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "assword" in str(error) or "security" in str(error):
            raise ArticleError("is encrypted; save it without a password") from error
        raise ArticleError(f"cannot be read as a PDF: it is damaged or incomplete ({error})") from error
    try:
        count = len(document)
        if count > PAGES_MAX:
            raise ArticleError(f"has {count:,} pages, more than the limit of {PAGES_MAX:,}; split it")
        pages, letters, unmapped = [], 0, 0
        for number in range(count):
            try:
                page = document[number]
            except pypdfium2.PdfiumError as error:
                raise ArticleError(f"has a damaged page, number {number + 1}; save it anew") from error
            text_page = page.get_textpage()
            characters, unknown = _read_characters(text_page)
            letters += len(characters)
            unmapped += unknown
            if letters > _CHARS_MAX:
                raise ArticleError(f"has more than {_CHARS_MAX:,} characters; split it")
            pages.append(_make_page(characters, text_page))
            text_page.close()
            page.close()
        if unmapped > _UNMAPPED_SHARE_MAX * max(letters, 1):
            raise ArticleError("has fonts that do not say which letters they draw; run OCR first")
        stated = {key: value.strip() for key, value in document.get_metadata_dict(skip_empty=True).items()}
    finally:
        document.close()
    return Document(tuple(pages), stated)


def _read_characters(text_page: Any) -> tuple[list[_Char], int]:
    """Return the characters of a page, in the coordinates of the file, and how many of them no font names."""
    from pypdfium2 import raw

    box = raw.FS_RECTF()
    characters: list[_Char] = []
    unknown = 0
    for index in range(text_page.count_chars()):
        code = raw.FPDFText_GetUnicode(text_page, index)
        if raw.FPDFText_IsGenerated(text_page, index) == 1 and code not in _HYPHENS:
            characters.append(_Char("\n" if code in (10, 13) else " ", index))
            continue
        if not raw.FPDFText_GetLooseCharBox(text_page, index, box):
            continue
        angle = raw.FPDFText_GetCharAngle(text_page, index)
        if not all(map(math.isfinite, (box.left, box.right, box.bottom, box.top, angle))) or box.top <= box.bottom:
            continue
        if code in (0, 0xFFFD) or raw.FPDFText_HasUnicodeMapError(text_page, index) == 1:
            unknown += 1
        letter = _letter(code)
        characters.append(_Char(letter, index, box.left, box.right, box.top, box.bottom, math.degrees(angle)))
    return characters, unknown


def _letter(code: int) -> str:
    if code in _HYPHENS:
        return "-"
    if code in _LIGATURES:
        return _LIGATURES[code]
    if code in (9, 10, 13, 0xA0) or 0x2000 <= code <= 0x200A or code in (0x202F, 0x205F, 0x3000):
        return " " if code not in (0xA0, 0x202F) else chr(code)
    if code < 32 or 0x7F <= code < 0xA0 or 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
        return ""
    return chr(code)


def _make_page(characters: list[_Char], text_page: Any) -> Page:
    # On a page that was turned, all text is: what most of it does is upright.
    turns = Counter(round(char.turn / 90) % 4 for char in characters if char.right > char.left)
    turn = turns.most_common(1)[0][0] if turns else 0
    upright = []
    for char in characters:
        if char.right <= char.left:
            upright.append(char)
        elif abs((char.turn - turn * 90 + 180) % 360 - 180) <= _UPRIGHT_DEGREES:
            _turn(char, turn)
            upright.append(char)
    return Page(tuple(_split_pieces(upright, text_page)))


def _turn(char: _Char, turn: int) -> None:
    """Turn a character so that it reads from left to right and its top is less than its bottom."""
    left, right, top, bottom = char.left, char.right, char.top, char.bottom
    match turn:
        case 0:
            char.top, char.bottom = -top, -bottom
        case 1:
            char.left, char.right, char.top, char.bottom = -top, -bottom, -right, -left
        case 2:
            char.left, char.right, char.top, char.bottom = -right, -left, bottom, top
        case _:
            char.left, char.right, char.top, char.bottom = bottom, top, left, right


def _split_pieces(characters: list[_Char], text_page: Any) -> Iterator[Piece]:
    run: list[_Char] = []
    space = False  # whether one came since the last letter
    for char in characters:
        if char.text == "\n":
            yield from _end_piece(run, text_page)
            space = False
        elif char.text == " " or not char.text:
            space = space or char.text == " "
        else:
            if run and _is_apart(run[-1], char):
                yield from _end_piece(run, text_page)
            elif run and space:
                run.append(_Char(" ", char.index, run[-1].right, char.left, run[-1].top, run[-1].bottom))
            space = False
            run.append(char)
    yield from _end_piece(run, text_page)


def _is_apart(before: _Char, char: _Char) -> bool:
    size = max(before.size, char.size)
    raised = (before.top + before.bottom - char.top - char.bottom) / 2
    gap = char.left - before.right
    return gap > _GAP_MAX * size or gap < -_GAP_MAX * size or abs(raised) > _RAISED_MAX * size


def _end_piece(run: list[_Char], text_page: Any) -> Iterator[Piece]:
    """Yield the piece that a run of characters makes, if it has any, and empty the run."""
    letters = [char for char in run if char.text != " "]
    if letters:
        size = statistics.median(char.size for char in letters)
        main = [char for char in letters if char.size > _NOTE_SIZE * size] or letters
        yield Piece(
            text=_soften("".join(_mark_notes(run, size, statistics.median(char.bottom for char in main)))),
            left=min(char.left for char in letters),
            right=max(char.right for char in letters),
            top=min(char.top for char in main),
            bottom=max(char.bottom for char in main),
            size=size,
            bold=all(_is_bold(text_page, char.index) for char in (letters[0], letters[len(letters) // 2], letters[-1])),
        )
    run.clear()


def _soften(text: str) -> str:
    """Return text without soft hyphens, but for one that is seen: that at its end."""
    return text.replace(_SOFT_HYPHEN, "") + ("-" if text.endswith(_SOFT_HYPHEN) else "")


def _mark_notes(run: list[_Char], size: float, bottom: float) -> Iterator[str]:
    inside = False
    for char in run:
        raised = char.text.isdigit() and char.size < _NOTE_SIZE * size and char.bottom < bottom - 0.1 * size
        if raised != inside:
            yield NOTE_START if raised else NOTE_END
        inside = raised
        yield char.text
    if inside:
        yield NOTE_END


def _is_bold(text_page: Any, index: int) -> bool:
    from pypdfium2 import raw

    if raw.FPDFText_GetFontWeight(text_page, index) >= _FONT_BOLD:
        return True
    name = ctypes.create_string_buffer(128)
    flags = ctypes.c_int()
    raw.FPDFText_GetFontInfo(text_page, index, name, 128, flags)
    return any(word in name.value.lower() for word in (b"bold", b"black", b"heavy", b"semib"))
