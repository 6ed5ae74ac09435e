"""Names of articles, made from the names of their files."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from pathlib import PurePath

# Latin letters that Unicode does not decompose into an ASCII letter and an accent.
_LATIN = str.maketrans({"æ": "ae", "œ": "oe", "ß": "ss", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i"})


def slug_of(parts: Sequence[str]) -> str:
    """Return the id for a file: its path without suffix, lower case, Latin letters as ASCII, folders parted by `--`.

    Args:
        parts: Folders and file name, relative to the folder that was given.
    """
    *folders, name = parts
    slugs = [_slug(part) for part in (*folders, PurePath(name).stem)]
    return "--".join(slug for slug in slugs if slug) or "article"


def _slug(name: str) -> str:
    # NFC first: some file systems hand out names decomposed, and an id must be the same on every machine.
    name = unicodedata.normalize("NFC", name).lower().translate(_LATIN)
    return re.sub(r"-+", "-", "".join(map(_slug_character, name))).strip("-")


def _slug_character(character: str) -> str:
    base = unicodedata.normalize("NFD", character)[0]
    if base.isascii():
        return base if base.isalnum() else "-"
    # A vowel sign is a mark of its own in scripts such as Devanagari, and part of the word.
    return character if character.isalnum() or unicodedata.category(character).startswith("M") else "-"
