"""Names that someone gives -> names under which files are kept, in the library's folder and nowhere else."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePath

_STEM_CHARS_MAX = 80
_RESERVED = re.compile(r'[<>:"|?*]')  # on Windows; a folder may be read there too
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # controls, and marks that turn the direction of writing


def keep_name(given: str) -> str:
    """Return the name under which a file is kept: one that any file system takes and that articles are read from.

    Folders in the name are dropped, characters that do not show are too, a long name is cut, and a name that would
    be passed over in reading (hidden, or README) is given another beginning. The suffix stays.

    Args:
        given: The name as it was sent; anything.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", given))[-1]
    shown = "".join(character for character in last if unicodedata.category(character) not in _INVISIBLE)
    shown = " ".join(_RESERVED.sub("-", shown).split()).strip(". ")
    name = PurePath(shown or "article")
    suffix = name.suffix if len(name.suffix) <= 10 else ""  # longer ones are no suffixes
    stem = _cut(shown.removesuffix(suffix) or "article").strip(". ") or "article"
    if _DEVICES.match(stem) or stem.partition(".")[0].lower() == "readme":
        stem = f"article-{stem}"
    return stem + suffix.lower()


def number_name(name: str, number: int) -> str:
    """Return a name to choose where `number` - 1 others are taken: `nom.md`, `nom-2.md`, `nom-3.md`."""
    path = PurePath(name)
    return name if number == 1 else f"{path.stem}-{number}{path.suffix}"


def _cut(stem: str) -> str:
    """Cut a stem to a length that leaves room for a number and a suffix in 255 bytes, whatever its script."""
    return stem[:_STEM_CHARS_MAX].encode()[:200].decode(errors="ignore")
