"""Near-duplicates: the same agency copy with small edits, and sentences in them that say the same.

Articles are compared by the words in threes that they share: MinHash (Broder, 1997) estimates what share of all
threes of two articles they have in common, and banding (Leskovec, Rajaraman and Ullman, "Mining of Massive
Datasets", chapter 3) finds the pairs without comparing each with each. Shared sentences would be a simpler sign, but
an editor who touches every sentence once leaves none: then .83 of the threes are still shared (PIAF, the middle of
50 articles, at least .66), while two articles of PIAF that are no copies share at most .03.
"""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

import numpy as np

if TYPE_CHECKING:
    from datasketch import MinHash

_WORD = re.compile(r"[^\W_]+")
_SHINGLE = 3  # words
_SHINGLES_MIN = 6  # of a shorter article, a few words in common would be most of it
_PERMUTATIONS = 128
_BANDS = 32  # finds .87 of the pairs that share one half, .99 of those that share .6, .003 of those that share a tenth
_SHARED_MIN = 0.5

_SAME_WORDS = 0.8  # share of common words from which two sentences of near-duplicates may say the same
_WORDS_OF_THEIR_OWN = 6  # a shorter sentence, such as "He declined to comment.", is about something else elsewhere

# Words without which a sentence says something else. Numbers in digits and these must be the same in both.
_DECISIVE = frozenset(
    """
    ne n pas non ni jamais aucun aucune sans plus moins deux trois quatre cinq six sept huit neuf dix onze douze vingt
    trente quarante cinquante soixante cent cents mille million millions milliard milliards
    not no never none without neither nor cannot t more less two three four five seven eight nine ten eleven twelve
    twenty thirty forty fifty hundred hundreds thousand thousands billion billions
    sin nunca ni ningún ninguna más menos dos tres cuatro cinco siete ocho nueve diez cien mil millón millones
    nicht kein keine keinen nie ohne weder mehr weniger zwei drei vier fünf sechs sieben acht neun zehn hundert tausend
    """.split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class NearDuplicates:
    """Articles that are the same text but for small edits.

    Args:
        articles: Their ids, in the order in which they were read.
        shared: Estimated share of their words in threes that the two least alike neighbours among them share, 0 to 1.
    """

    articles: tuple[str, ...]
    shared: float


def make_signature(text: str) -> bytes | None:
    """Return what tells a text from its near-duplicates: 512 bytes; None for a text of a few words."""
    words = _words(text)
    shingles = {" ".join(words[at : at + _SHINGLE]).encode() for at in range(len(words) - _SHINGLE + 1)}
    if len(shingles) < _SHINGLES_MIN:
        return None
    sketch = _empty_sketch().copy()
    sketch.update_batch(shingles)
    return np.asarray(sketch.hashvalues, dtype="<u4").tobytes()


def group_near_duplicates(signatures: Iterable[tuple[int, bytes]]) -> Iterator[tuple[list[int], float]]:
    """Find the articles that are near-duplicates.

    Args:
        signatures: Row and signature of articles.

    Yields:
        The rows of each group of two or more, ascending, and the least share between two neighbours in it.
    """
    pairs = list(signatures)
    if not pairs:
        return
    rows = [row for row, _ in pairs]
    matrix = np.frombuffer(b"".join(signature for _, signature in pairs), dtype="<u4").reshape(len(rows), _PERMUTATIONS)
    leaders = np.arange(len(rows))
    shared = np.ones(len(rows))
    for band in np.split(matrix, _BANDS, axis=1):
        keys = np.ascontiguousarray(band).view(f"V{4 * band.shape[1]}").ravel()
        _, firsts, kinds = np.unique(keys, return_index=True, return_inverse=True)
        others = firsts[kinds]  # the first article with the same band
        shares = (matrix == matrix[others]).mean(axis=1)
        for at in np.flatnonzero((others != np.arange(len(rows))) & (shares >= _SHARED_MIN)).tolist():
            one, other = sorted((_leader(leaders, at), _leader(leaders, int(others[at]))))
            if one != other:
                leaders[other] = one
                shared[one] = min(shared[one], shared[other], shares[at])
    groups = defaultdict(list)
    for at, row in enumerate(rows):
        groups[_leader(leaders, at)].append(row)
    yield from ((group, round(float(shared[leader]), 2)) for leader, group in groups.items() if len(group) > 1)


def stands_alone(sentence: str) -> bool:
    """Tell whether a sentence has words enough to mean the same in whatever article it stands."""
    return len(_words(sentence)) >= _WORDS_OF_THEIR_OWN


def say_the_same(one: str, other: str) -> bool:
    """Tell whether two sentences of near-duplicate articles say the same: small edits, but no number or negation."""
    first, second = _words(one), _words(other)
    if [word for word in first if _decides(word)] != [word for word in second if _decides(word)]:
        return False
    return len({*first} & {*second}) >= _SAME_WORDS * len({*first} | {*second})


def _decides(word: str) -> bool:
    return word in _DECISIVE or any(char.isdigit() for char in word)


def _words(text: str) -> list[str]:
    return _WORD.findall(normalize("NFC", text.lower()))


def _leader(leaders: np.ndarray[Any, np.dtype[np.int64]], at: int) -> int:
    while leaders[at] != at:
        at = int(leaders[at])
    return at


@cache
def _empty_sketch() -> MinHash:
    from datasketch import MinHash

    return MinHash(num_perm=_PERMUTATIONS, seed=1, hashfunc=zlib.crc32, scheme="affine32")
