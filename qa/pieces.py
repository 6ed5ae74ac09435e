"""Text -> the pieces of the bundled model's vocabulary, each with its exact place in the text.

The libraries that do this hold the vocabulary of 250,000 pieces in 260 MB; in a trie it takes a tenth of that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from qa.bundled import BundledModel

START, END, UNKNOWN = 0, 2, 3  # numbers of the pieces around a text, and of what the vocabulary does not hold

_WORD_START = "\u2581"
_WORD = re.compile(r"\S+")
_PIECE_CHARS_MAX = 16  # what the vocabulary's longest has
_UNKNOWN_PENALTY = 10.0
_SPECIAL = {START, 1, END, UNKNOWN}


class Piece(NamedTuple):
    """A piece of a text.

    Args:
        number: Its number in the vocabulary.
        start: Offset of its first character in the text.
        end: Offset after its last character.
    """

    number: int
    start: int
    end: int


class Pieces:
    """Cuts texts into the pieces of a vocabulary: of all ways to cut a word, the most probable.

    The unigram model of Kudo, "Subword Regularization", 2018.

    Args:
        model: The bundled model.
    """

    def __init__(self, model: BundledModel) -> None:
        self._vocabulary = model.vocabulary
        self._rewritten = model.rewritten
        self._unknown = float(model.vocabulary.scores.min()) - _UNKNOWN_PENALTY
        self._cut = lru_cache(maxsize=10_000)(self._cut_word)

    def cut(self, text: str) -> list[Piece]:
        """Cut a text into pieces.

        Args:
            text: Any text.

        Returns:
            Its pieces in the order of the text, white space aside; none for a blank text.
        """
        chars: list[str] = []
        places: list[int] = []
        for place, char in enumerate(text):
            for written in self._rewritten.get(ord(char), char):
                chars.append(written)
                places.append(place)
        found: list[Piece] = []
        for word in _WORD.finditer("".join(chars)):
            at = word.start()
            for number, length in self._cut(word.group()):
                if length:
                    found.append(Piece(number, places[at], places[at + length - 1] + 1))
                else:  # the mark of a word's beginning, alone
                    found.append(Piece(number, places[at], places[at]))
                at += length
        return found

    def _cut_word(self, word: str) -> Sequence[tuple[int, int]]:
        """Return the number of each piece of a word, and how many of its characters it holds (Viterbi, 1967)."""
        marked = _WORD_START + word
        size = len(marked)
        best = [0.0] + [float("-inf")] * size
        came: list[tuple[int, int]] = [(0, 0)] * (size + 1)
        for start in range(size):
            for number, length, score in self._beginning(marked[start : start + _PIECE_CHARS_MAX]):
                end = start + length
                if best[start] + score > best[end]:
                    best[end] = best[start] + score
                    came[end] = (start, number)
        cut: list[tuple[int, int]] = []
        end = size
        while end:
            start, number = came[end]
            cut.append((number, end - max(start, 1)))
            end = start
        return tuple(reversed(cut))

    def _beginning(self, text: str) -> list[tuple[int, int, float]]:
        """Return number, length and score of each piece that a text begins with; its first character if need be."""
        scores = self._vocabulary.scores
        found = [
            (number, length, float(scores[number]))
            for number, length in self._vocabulary.beginning(text)
            if number not in _SPECIAL
        ]
        if any(length == 1 for _, length, _ in found):
            return found
        return [(UNKNOWN, 1, self._unknown), *found]
