"""The pieces of text on pages -> lines in reading order, without what repeats at the edges of pages."""

from __future__ import annotations

import re
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from qa.articles.pdfpages import Page, Piece

_MARGIN_ROWS = 3  # at the top and the bottom of a page, where its header and footer are
_MARGIN_SHIFT = 6.0  # points by which a header may stand elsewhere on another page
_OTHER_SIZE = 0.1
_NUMBER = r"(?:\d{1,4}|[ivxl]{1,6})"
_PAGE_NUMBER = re.compile(
    rf"(?:page|p\.|pag\.|seite|página|pagina|s\.)?\s*[-–—|]?\s*{_NUMBER}\s*[-–—|]?"
    rf"(?:\s*(?:/|of|sur|de|von|di)\s*{_NUMBER})?",
    re.IGNORECASE,
)
# Measured in heights of a line.
_COLUMN_MIN = 8.0  # narrower ones are cells of a table
_GUTTER_MIN = 0.45
_CELL_GAP = 1.6  # a gap this wide on one line parts cells
_COLUMN_PIECES_MIN = 3
_CANDIDATES_MAX = 12


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a column.

    Args:
        text: Its words; the cells of a table's row are parted by ` | `.
        left: Where it begins, in points.
        right: Where it ends.
        top: Its upper edge.
        bottom: Its lower edge.
        size: Height of its letters.
        bold: Whether all of it is bold.
        cells: How many cells it has.
        column: Number of its column, counted through the document.
        column_left: Where the column begins.
        column_right: Where the column ends.
    """

    text: str
    left: float
    right: float
    top: float
    bottom: float
    size: float
    bold: bool
    cells: int
    column: int
    column_left: float
    column_right: float


def read_lines(pages: Sequence[Page]) -> list[list[Line]]:
    """Return the lines of each page in reading order, columns one after the other.

    Headers, footers and page numbers are left out: what stands at the same place near the edge of several pages with
    the same words, digits aside, or alone there as a number.

    Args:
        pages: The pages.
    """
    kept = _drop_margins([page.pieces for page in pages])
    lines: list[list[Line]] = []
    column = 0
    for pieces in kept:
        found: list[Line] = []
        for region in _order(pieces):
            found.extend(_make_lines(region, column))
            column += 1
        lines.append(found)
    return lines


def _rows(pieces: Iterable[Piece]) -> list[list[Piece]]:
    """Return pieces by the lines on which they stand, from the top, each from the left."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: (piece.middle, piece.left)):
        if rows and _is_level(rows[-1][0], piece):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [sorted(row, key=lambda piece: piece.left) for row in rows]


def _is_level(first: Piece, second: Piece) -> bool:
    return abs(first.middle - second.middle) < 0.4 * min(first.size, second.size) or (
        first.top <= second.middle <= first.bottom and second.top <= first.middle <= second.bottom
    )


def _drop_margins(pages: list[tuple[Piece, ...]]) -> list[tuple[Piece, ...]]:
    rows = [_rows(pieces) for pieces in pages]
    places: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
    for number, found in enumerate(rows):
        for row in (*found[:_MARGIN_ROWS], *found[-_MARGIN_ROWS:]):
            for part in _parts(row):
                places[_key(part)].append((number, part[0].middle))
    kept = []
    for number, (pieces, found) in enumerate(zip(pages, rows, strict=True)):
        dropped: set[int] = set()
        for side in (found, found[::-1]):
            margin: set[int] = set()
            for at, row in enumerate(side[:_MARGIN_ROWS]):
                apart = _stands_off(side[at:])
                is_number = at == 0 and apart and _PAGE_NUMBER.fullmatch(_words(row).strip()) is not None
                repeated = [part for part in _parts(row) if is_number or _repeats(part, places, number, len(pages))]
                margin.update(id(piece) for part in repeated for piece in part)
                if apart or at == len(side) - 1:  # a header or footer ends where a gap parts it from the text
                    dropped |= margin
                if not all(id(piece) in margin for piece in row):
                    break  # the text begins; a line of it may well stand on several pages
        kept.append(tuple(piece for piece in pieces if id(piece) not in dropped))
    return kept


def _parts(row: list[Piece]) -> list[list[Piece]]:
    """Return a row and each of its pieces: one of them may be the title of a chapter, and not repeat."""
    return [row, *([piece] for piece in row if len(row) > 1)]


def _words(row: list[Piece]) -> str:
    return " ".join(piece.text for piece in row)


def _key(row: list[Piece]) -> str:
    return re.sub(r"\d+", "#", _words(row).casefold())


def _stands_off(rows: list[list[Piece]]) -> bool:
    """Tell whether the first of some rows, from the top or the bottom, is apart from the next, or in another size."""
    if len(rows) < 2:
        return False
    (first, second) = rows[:2]
    gap = max(second[0].top - first[0].bottom, first[0].top - max(piece.bottom for piece in second))
    return gap > 0.8 * first[0].size or abs(first[0].size - second[0].size) > _OTHER_SIZE * second[0].size


def _repeats(row: list[Piece], places: dict[str, list[tuple[int, float]]], page: int, pages: int) -> bool:
    same = places[_key(row)]
    others = {number for number, at in same if number != page and abs(at - row[0].middle) < _MARGIN_SHIFT}
    return len(others) + 1 >= max(2, min(3, 0.3 * pages))


def _order(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Return pieces by regions in reading order: a column is read down before the one to its right."""
    if not pieces:
        return []
    size = statistics.median(piece.size for piece in pieces)
    gutter = _find_gutter(pieces, size)
    if gutter is None:
        return [list(pieces)]
    regions: list[list[Piece]] = []
    band: list[Piece] = []  # what stands between two lines that run across the gutter
    across: list[Piece] = []
    for row in _rows(pieces):
        if any(_crosses(piece, gutter) for piece in row):
            regions.extend(_order_band(band, gutter))
            band = []
            across.extend(row)
        else:
            regions.extend([across] if across else [])
            across = []
            band.extend(row)
    regions.extend(_order_band(band, gutter))
    return regions + ([across] if across else [])


def _order_band(band: list[Piece], gutter: float) -> list[list[Piece]]:
    sides = ([piece for piece in band if piece.right <= gutter], [piece for piece in band if piece.right > gutter])
    return [region for side in sides for region in _order(side)]


def _crosses(piece: Piece, gutter: float) -> bool:
    return piece.left < gutter < piece.right


def _find_gutter(pieces: Sequence[Piece], size: float) -> float | None:
    """Return where two columns of prose part, or None where there is one column, or a table."""
    if len(pieces) < 2 * _COLUMN_PIECES_MIN:
        return None
    edges: defaultdict[int, list[Piece]] = defaultdict(list)
    for piece in pieces:
        edges[round(piece.left / 3)].append(piece)
    likely = sorted(edges.items(), key=lambda edge: -len(edge[1]))[:_CANDIDATES_MAX]
    best: tuple[int, float] | None = None
    for _, begun in likely:
        start = min(piece.left for piece in begun)
        left = [piece for piece in pieces if piece.right <= start - _GUTTER_MIN * size]
        right = [piece for piece in pieces if piece.left >= start - 0.1 * size]
        if not (_is_column(left, size) and _is_column(right, size)):
            continue
        top = max(min(piece.top for piece in side) for side in (left, right))
        bottom = min(max(piece.bottom for piece in side) for side in (left, right))
        beside = sum(1 for piece in (*left, *right) if top <= piece.middle <= bottom)
        crossing = len(pieces) - len(left) - len(right)
        if beside < 2 * _COLUMN_PIECES_MIN or crossing > beside:
            continue
        if best is None or beside - crossing > best[0]:
            best = beside - crossing, start - 0.2 * size
    return None if best is None else best[1]


def _is_column(pieces: Sequence[Piece], size: float) -> bool:
    """Tell whether pieces are lines of prose, most of which fill their column, and not cells of a table."""
    # In a justified line the gaps between words may be so wide that it is in pieces.
    runs: list[list[Piece]] = []
    for row in _rows(pieces):
        runs.append([row[0]])
        for before, piece in pairwise(row):
            if piece.left - before.right > _CELL_GAP * size:
                runs.append([])
            runs[-1].append(piece)
    if len(runs) < _COLUMN_PIECES_MIN:
        return False
    width = max(piece.right for piece in pieces) - min(piece.left for piece in pieces)
    widths = statistics.median(run[-1].right - run[0].left for run in runs)
    words = statistics.median(sum(len(piece.text.split()) for piece in run) for run in runs)
    return width >= _COLUMN_MIN * size and widths >= 0.4 * width and words >= 3


def _make_lines(region: list[Piece], column: int) -> list[Line]:
    left, right = min(piece.left for piece in region), max(piece.right for piece in region)
    lines = []
    for row in _rows(region):
        cells = [row[0].text]
        for before, piece in pairwise(row):
            gap = piece.left - before.right
            if gap > _CELL_GAP * min(before.size, piece.size):
                cells.append(piece.text)
            else:
                cells[-1] += (" " if gap > 0.1 * piece.size else "") + piece.text
        main = max(row, key=lambda piece: len(piece.text))
        lines.append(
            Line(
                text=" | ".join(cells),
                left=row[0].left,
                right=max(piece.right for piece in row),
                top=main.top,
                bottom=main.bottom,
                size=main.size,
                bold=all(piece.bold for piece in row),
                cells=len(cells),
                column=column,
                column_left=left,
                column_right=right,
            )
        )
    return lines
