"""Questions -> the same questions as people type them: without accents, with slips, or the words that count alone."""

from __future__ import annotations

import random
import re
import unicodedata
from dataclasses import replace

from qa.terms import is_stop_word
from training.data import Data

_LANGUAGES = {"fr", "en", "es", "de", "it"}
_WORD = re.compile(r"[^\W\d_]+")
_WORD_OR_NUMBER = re.compile(r"[^\W_]+(?:[-.,][^\W_]+)*")
_SLIP_MIN = 5  # letters of a word in which a slip leaves it to be known


def add_typed(data: Data, share: float, seed: int = 0) -> None:
    """Add questions again as they are typed in haste, with the same answers and near misses.

    Args:
        data: Questions and passages; the questions are extended.
        share: Of the questions in French, English, Spanish, German and Italian, this share.
        seed: For the choice.
    """
    chance = random.Random(seed)
    typed = []
    for question in data.questions:
        if question.language in _LANGUAGES and question.source != "follow_ups" and chance.random() < share:
            text = as_typed(question.text, question.language, chance)
            typed.append(replace(question, text=text, source="typed", right=[*question.right], near=[*question.near]))
    data.questions.extend(typed)


def as_typed(text: str, language: str, chance: random.Random) -> str:
    """Return a question as it is typed in haste.

    Args:
        text: The question.
        language: ISO 639-1 code.
        chance: Decides on what is lost.
    """
    way = chance.random()
    if way < 0.3:
        return _keywords(text, language)
    if way < 0.65:
        text = _slip(text, chance)
    if way > 0.5:
        text = _without_accents(text)
    if chance.random() < 0.5:
        text = text.lower()
    return text.rstrip("?¿ \u00a0\u202f") if chance.random() < 0.5 else text


def _keywords(text: str, language: str) -> str:
    """Leave out the words that say little, unless hardly any would be left."""
    words = [
        word
        for word in _WORD_OR_NUMBER.findall(text)
        if not all(is_stop_word(part, language) for part in word.split("-"))  # `a-t-elle`
    ]
    return " ".join(words) if len(words) > 1 else text


def _slip(text: str, chance: random.Random) -> str:
    """Let two letters of one word change places, or one be left out or doubled."""
    long = [found for found in _WORD.finditer(text) if len(found[0]) >= _SLIP_MIN]
    if not long:
        return text
    found = chance.choice(long)
    at = found.start() + chance.randrange(1, len(found[0]) - 1)
    this, following = text[at], text[at + 1]
    return text[:at] + chance.choice((following + this, following, this + this + following)) + text[at + 2 :]


def _without_accents(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
