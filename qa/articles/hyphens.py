"""Words that a line end broke: whether their hyphen belongs to them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache

# pyspellchecker has word lists for these.
_DICTIONARIES = frozenset({"de", "en", "es", "fr", "it", "nl", "pt"})
_WORD = re.compile(r"[^\W\d_]+(?:[-\u2010\u2011][^\W\d_]+)*")
_LAST = re.compile(r"((?:[^\W_]+[-\u2010\u2011])*[^\W_]+)[-\u2010]$")
_FIRST = re.compile(r"[^\W_]+(?:[-\u2010\u2011][^\W_]+)*")
# First parts of compounds, which other words rarely begin with in that form.
_FIRST_PARTS = frozenset(
    {
        *("nord", "sud", "est", "ouest", "ex", "vice", "non", "quasi", "mi", "demi", "semi", "après", "avant"),
        *("celui", "celle", "ceux", "celles", "lui", "elle", "eux", "moi", "toi", "soi", "rendez", "peut"),
        *("petit", "petite", "grand", "grande", "beau", "belle", "chef", "porte", "contre", "sous", "arrière"),
        *("pro", "anti", "auto", "mid", "self", "well", "north", "south", "east", "west"),
    }
)
# What French hangs on a verb or a pronoun: "dit-il", "celle-ci", "lui-même".
_ENCLITICS = frozenset(
    {
        *("je", "tu", "il", "elle", "on", "nous", "vous", "ils", "elles", "ce", "moi", "toi", "le", "la", "les", "lui"),
        *("leur", "y", "en", "ci", "là", "même", "mêmes"),
    }
)
_PART_LETTERS_MIN = 3


def words_of(lines: Iterable[str]) -> Counter[str]:
    """Count the words of a document as they stand within its lines, compounds whole; those that lines break not."""
    words: Counter[str] = Counter()
    for line in lines:
        found = _WORD.findall(line.casefold())
        if line.endswith(("-", "\u2010")):
            found = found[:-1]
        words.update(found)
    return words


def join_lines(before: str, after: str, words: Counter[str], language: str) -> str:
    """Return two lines of a paragraph as one: a word that the line end broke whole, a compound with its hyphen.

    What the document itself writes elsewhere decides, then a word list, then the form of the two parts.

    Args:
        before: A line.
        after: The next one.
        words: The words of the document, from `words_of`.
        language: ISO 639-1 code of the document's language.
    """
    last, first = _LAST.search(before), _FIRST.match(after)
    if last is None or first is None:
        # A dash at a line end has a space before it; a hyphen after a sign is one that stays.
        joint = "" if before.endswith(("-", "\u2010")) and not before.endswith((" -", " \u2010")) and first else " "
        return f"{before}{joint}{after}"
    keeps = _keeps_hyphen(last[1], first[0], words, language)
    return (before if keeps else before[:-1]) + after


def _keeps_hyphen(left: str, right: str, words: Counter[str], language: str) -> bool:
    if left[-1].isdigit() or right[0].isdigit() or right[0].isupper():
        return left[-1].isdigit() or right[0].isdigit() or not left.isupper()
    left, right = left.casefold(), right.casefold()
    whole, compound = words[left + right], words[f"{left}-{right}"]
    if whole != compound:
        return compound > whole
    known = _load_words(language)
    # The t of "a-t-il".
    if re.search(r"[-\u2010\u2011]\w$", left) or re.match(r"\w[-\u2010\u2011]", right):
        return True
    # Of a longer compound, only the part at the line end is in question.
    left, right = left.rpartition("-")[2], right.partition("-")[0]
    if left + right in known:
        return False
    if left in _FIRST_PARTS:
        return True
    if right in _ENCLITICS and left in known:
        return True
    parts = all(len(part) >= _PART_LETTERS_MIN and (part in known or words[part] > 0) for part in (left, right))
    return parts and bool(known)


@cache
def _load_words(language: str) -> frozenset[str]:
    if language not in _DICTIONARIES:
        return frozenset()
    from spellchecker import SpellChecker

    return frozenset(SpellChecker(language=language, distance=1).word_frequency.dictionary)
