"""The title of an article: stated, or its first heading, or the beginning of its text."""

from __future__ import annotations

import re

_MAX_CHARACTERS = 80
_OPENING_HEADING = re.compile(r"#{1,6} +(\S.*)")
_TOP_HEADING = re.compile(r"^# +(\S.*)", re.MULTILINE)
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
_ITEM_MARK = re.compile(r"(?:- |\d+\. )+")
# The end of a sentence, as far as a title needs it; the letters before it keep "M." and "Dr." from ending one.
_FIRST_SENTENCE = re.compile(r".{10,}?(?:(?:(?<=\w{3})\.|[!?…])(?=\s|$)|[。！？])")

# What programs write into the title of a document when nobody gave it one.
_MADE_UP = re.compile(
    r"(?:microsoft (?:word|powerpoint)|présentation powerpoint|powerpoint presentation|untitled|sans titre|unbenannt"
    r"|sin título|senza titolo|document ?\d*|dokument ?\d*|titre(?: du document)?|title|no title|about:blank"
    r"|slide 1|none|null)\b.{0,3}|microsoft word - .*|\S+\.(?:docx?|odt|rtf|pdf|indd|qxd|tex|dvi|txt|html?|pages)",
    re.IGNORECASE | re.DOTALL,
)


def is_made_up(title: str | None) -> bool:
    """Tell whether the title in a document's properties is none: a file's name, or what a program puts there."""
    return title is None or not title.strip() or _MADE_UP.fullmatch(title.strip()) is not None


def choose_title(stated: str | None, text: str) -> str:
    """Return the title: as stated, else the heading that opens the text or its first `# ` heading, else its beginning.

    Args:
        stated: Title that the source states, if any.
        text: The text, which is not blank.
    """
    if stated and stated.strip():
        return " ".join(stated.split())
    heading = _OPENING_HEADING.match(text.lstrip()) or _TOP_HEADING.search(text)
    if heading:
        return " ".join(heading[1].split())
    first = _BLANK_LINE.split(text.strip()[:2000], maxsplit=1)[0]
    opening = _ITEM_MARK.sub("", " ".join(first.split()), count=1)
    sentence = _FIRST_SENTENCE.match(opening)
    return _shorten(sentence[0] if sentence else opening)


def drop_title_heading(title: str, text: str) -> str:
    """Return the text without the heading that opens it where that only says the title again."""
    heading = _OPENING_HEADING.match(text)
    if heading is None or _compared(heading[1]) != _compared(title):
        return text
    rest = text[heading.end() :].lstrip()
    return rest or text


def _compared(title: str) -> str:
    return " ".join(title.casefold().split())


def _shorten(sentence: str) -> str:
    if len(sentence) <= _MAX_CHARACTERS:
        return sentence
    whole_words, space, _ = sentence[:_MAX_CHARACTERS].rpartition(" ")
    kept = whole_words if space else sentence[: _MAX_CHARACTERS - 1]
    return kept.rstrip(" ,;:–—-") + "…"
