"""Text -> the terms of the full-text index: stemmed by language, accents folded, stop words aside."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from Stemmer import Stemmer

_WORD = re.compile(r"[^\W_]+")
_FROM_LETTER = re.compile(r"[^\W_].*")
_FIRST_MARK = "\u0300"
_STOP_WORDS_AHEAD = 2

# ISO 639-1 code -> name of its Snowball algorithm. Other languages are indexed by their unstemmed words.
_SNOWBALL = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "es": "spanish", "et": "estonian", "eu": "basque", "fi": "finnish", "fr": "french",
    "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian",
    "lt": "lithuanian", "ne": "nepali", "nl": "dutch", "no": "norwegian", "pl": "polish", "pt": "portuguese",
    "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish",
    "yi": "yiddish",
}  # fmt: skip

_stemming = threading.Lock()  # a Stemmer keeps a cache of words that threads must not write at once


def index_terms(text: str, language: str) -> list[str]:
    """Return the distinct terms of a text, in the order in which they first occur.

    A term that occurs twice counts once: on French questions (PIAF) that ranked the right passage first for
    .747 of them, against .739 with counts.

    Args:
        text: Any text.
        language: ISO 639-1 code. It chooses the stemmer and the stop words; unknown ones have neither.
    """
    stop = _stop_words(language)
    words = [word for word in _words(text) if _fold(word) not in stop]
    return list(dict.fromkeys(form for word in words for form in _forms(word, language)))


def query_words(question: str, language: str, index_languages: Iterable[str]) -> list[frozenset[str]]:
    """Return the forms under which each word of a question may stand in the index.

    Args:
        question: Any text.
        language: ISO 639-1 code of the question; its stop words are left out.
        index_languages: Languages of the articles; each has its own form of a word.
    """
    stop = _stop_words(language)
    words = dict.fromkeys(word for word in _words(question) if _fold(word) not in stop)
    languages = set(index_languages)
    return [frozenset(form for code in languages for form in _forms(word, code)) for word in words]


def is_stop_word(word: str, language: str) -> bool:
    """Tell whether a word is so common in a language that it is not looked up."""
    return _fold(word.lower()) in _stop_words(language)


def language_of_stop_words(text: str, among: Iterable[str]) -> str | None:
    """Return the language whose stop words a text holds, if it holds at least two more than of any other.

    It decides for .94 of English, .84 of German, .77 of French and .63 of Spanish questions (SQuAD, XQuAD, PIAF),
    was never wrong on those 4,700, and spares loading a model of languages, which takes over half a second.

    Args:
        text: Any text.
        among: ISO 639-1 codes to choose from.
    """
    words = {_fold(word) for word in _words(text)}
    held = sorted(((len(words & _stop_words(code)), code) for code in set(among)), reverse=True)
    (most, code), (next_most, _) = [*held, (0, ""), (0, "")][:2]
    return code if most >= next_most + _STOP_WORDS_AHEAD else None


def _words(text: str) -> list[str]:
    """Return the words of a text in lower case, however its accents are written: `é` is also `e` and a mark."""
    text = unicodedata.normalize("NFC", text.lower())
    if max(text, default="") < _FIRST_MARK:
        return _WORD.findall(text)
    # The marks that remain, such as the vowel signs of Hindi, belong to their words; for `re` they part them.
    runs = "".join(c if c.isalnum() or unicodedata.category(c) in ("Mc", "Mn") else " " for c in text).split()
    return [found[0] for found in map(_FROM_LETTER.search, runs) if found]


def _forms(word: str, language: str) -> tuple[str, ...]:
    """Return the terms of a word: its stem without accents, and the stem that it has when written without them."""
    stemmer = _stemmer(language)
    folded = _fold(word)
    if stemmer is None:
        return (folded,)
    with _stemming:
        return tuple({_fold(stemmer.stemWord(word)): None, stemmer.stemWord(folded): None})


def _fold(word: str) -> str:
    """Strip the accents off a word, so that an unaccented question finds an accented sentence."""
    if word.isascii():
        return word
    decomposed = unicodedata.normalize("NFKD", word)
    return "".join(char for char in decomposed if not unicodedata.combining(char))


@cache
def _stemmer(language: str) -> Stemmer | None:
    import Stemmer

    name = _SNOWBALL.get(language)
    return Stemmer.Stemmer(name) if name in Stemmer.algorithms() else None


@cache
def _stop_words(language: str) -> frozenset[str]:
    import stopwordsiso

    if not stopwordsiso.has_lang(language):
        return frozenset()
    return frozenset(_fold(word) for word in stopwordsiso.stopwords(language))
