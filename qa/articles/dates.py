"""Dates as sources state them -> ISO 8601."""

from __future__ import annotations

import re
from datetime import date, datetime

_YEAR_FIRST = re.compile(r"(\d{4})([-/.]?)(\d{1,2})\2(\d{1,2})(?:[T\s].*)?", re.DOTALL)
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?!\d)")
_WORDS = re.compile(r"(?=.*\d{4})(?=.*(?:[^\W\d_]{3}|[年년])).{,60}")


def parse_date(stated: str) -> str | None:
    """Return a stated date as `YYYY-MM-DD`, or None where it is no full date or could be read in two ways.

    Args:
        stated: ISO 8601, with or without a time; `22.11.2024`; `22/11/2024`; or a date in words, in many languages.
    """
    stated = stated.strip()
    try:
        if match := _YEAR_FIRST.fullmatch(stated):
            return date(int(match[1]), int(match[3]), int(match[4])).isoformat()
        if match := _YEAR_LAST.search(stated):
            return _read_year_last(int(match[1]), match[2], int(match[3]), int(match[4]))
    except ValueError:  # there is no such day
        return None
    return _read_words(stated) if _WORDS.fullmatch(stated) else None


def _read_year_last(first: int, mark: str, second: int, year: int) -> str | None:
    # With dots the day comes first everywhere; with slashes the United States put the month first.
    if mark == "." or first > 12 or first == second:
        return date(year, second, first).isoformat()
    return date(year, first, second).isoformat() if second > 12 else None


def _read_words(stated: str) -> str | None:
    import dateparser

    # Strictly and absolutely: a part that is missing would be filled in from today's date.
    settings = {"STRICT_PARSING": True, "PARSERS": ["absolute-time"]}
    found: datetime | None = dateparser.parse(stated, settings=settings)
    return None if found is None else found.date().isoformat()
