"""A passage -> the part of it around what answers or comes near, so that an example takes half as long."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Collection, Sequence

from qa.schema import Passage

PIECES_MIN, PIECES_MAX = 50, 110  # of the sentences kept, chosen evenly between

_WORD = re.compile(r"\w{3,}")
_STEM = 5  # letters that words of one stem share, roughly


def keep_around(
    question: str, passage: Passage, sentence_of: Sequence[int], held: Collection[int], chance: random.Random
) -> list[int]:
    """Choose a run of sentences of a passage that an example keeps.

    Args:
        question: The question.
        passage: The passage.
        sentence_of: For each piece the number of its sentence; -1 for the title, the start and the end.
        held: The sentences that answer. Where there are none, the one that has most words in common with the question
            is kept: what makes a near miss of it is likely to stand there.
        chance: Chooses how many sentences are kept, and on which side.

    Returns:
        The places of the pieces kept, ascending, those without a sentence among them. All, where the passage is short
        or no sentence has a word in common with the question.
    """
    everything = list(range(len(sentence_of)))
    sizes = Counter(sentence for sentence in sentence_of if sentence >= 0)
    around = set(held) or _nearest(question, passage, sizes)
    if not around or len(sentence_of) < PIECES_MAX:
        return everything
    first, last = min(around), max(around)
    wanted = chance.randint(PIECES_MIN, PIECES_MAX)
    while sum(sizes[at] for at in range(first, last + 1)) < wanted:
        beside = [at for at in (first - 1, last + 1) if at in sizes]
        if not beside:
            break
        at = chance.choice(beside)
        first, last = min(first, at), max(last, at)
    return [at for at in everything if sentence_of[at] < 0 or first <= sentence_of[at] <= last]


def _nearest(question: str, passage: Passage, sizes: Collection[int]) -> set[int]:
    """Return the sentence that has most words in common with a question, long ones a little less; or none."""
    asked = _stems(question)
    shared = {}
    for at in sizes:
        said = _stems(passage.sentences[at].text)
        if asked & said:
            shared[at] = len(asked & said) / (3 + len(said)) ** 0.3
    return {max(shared, key=lambda at: shared[at])} if shared else set()


def _stems(text: str) -> set[str]:
    return {word.casefold()[:_STEM] for word in _WORD.findall(text)}
