"""Questions -> questions that the same passage no longer answers: a name or a number in them is another one's."""

from __future__ import annotations

import random
import re
from collections import defaultdict

from training.data import Data, Question

_LANGUAGES = {"fr", "en", "es", "it", "ro", "tr"}  # that write no other nouns with a capital
_NAME = re.compile(r"(?<=[\w,’'] )[A-ZÀ-Þ][\w’-]+(?: [A-ZÀ-Þ][\w’-]+)*|(?<=[ld][’'])[A-ZÀ-Þ][\w-]+")
_NUMBER = re.compile(r"\b\d[\d.,]*\b")


def add_changed(data: Data, share: float, seed: int = 0) -> None:
    """Add near misses that are made from questions with an answer.

    A name or a number of the question gives way to one of another question about the same article, which the passages
    that answered do not mention.

    Args:
        data: Questions and passages; the questions are extended.
        share: Of the questions that can be changed, this share is.
        seed: For the choice.
    """
    chance = random.Random(seed)
    by_title: dict[tuple[str, str], list[Question]] = defaultdict(list)
    for question in data.questions:
        if question.right and question.language in _LANGUAGES:
            by_title[_title(data, question), question.language].append(question)
    changed = []
    for questions in by_title.values():
        for pattern in (_NAME, _NUMBER):
            known = sorted({found[0] for question in questions for found in pattern.finditer(question.text)})
            for question in questions:
                found = list(pattern.finditer(question.text))
                own = [n for n, _, _ in question.right if data.languages[n] == question.language]
                if not found or not own or chance.random() > share:
                    continue
                said = question.text + " ".join(data.passages[n].text for n in own)
                others = [other for other in known if other not in said]
                if others:
                    place = chance.choice(found)
                    text = question.text[: place.start()] + chance.choice(others) + question.text[place.end() :]
                    changed.append(Question(text, question.language, question.fold, "changed", [], own))
    data.questions.extend(changed)


def _title(data: Data, question: Question) -> str:
    return data.passages[question.right[0][0]].title
