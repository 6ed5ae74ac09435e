"""A question and the earlier answers of its conversation -> what the question means there.

What a follow-up leaves out is taken from the turn before it, without a language model: “And when?” is completed by what
that turn was about, “And Russia?” takes the place of a name in that turn's question. A question that stands alone is
left alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from qa.schema import Answer
from qa.terms import is_stop_word
from qa.wording import WORDING, Wording

_WORD = re.compile(r"[^\W_]+")
_END = " \t\n\r\u00a0\u202f?!.…¿¡:;,"
_SEPARATOR = "; "
_ABOUT_CHARS_MAX = 200
_SHOWN = re.compile(rf"(?s)(.+?) \((?:{'|'.join(re.escape(wording.about) for wording in WORDING.values())}) (.+)\)")
_INVERTED = re.compile(r"-(?:t-)?(?:ils?|elles?|on)\b", re.IGNORECASE)
_EST_CE = re.compile(r"\best[- ]ce (?:que? |qui |qu['’])", re.IGNORECASE)
_FRAGMENT_WORDS_MAX = 4
_LEANING_WORDS_MAX = 4  # with more words of its own, a question says what it is about, whatever pronoun it has
_FURTHER_WORDS_MAX = 3


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a question means in its conversation.

    Args:
        question: What is asked, in words that may lean on `about`.
        about: What it leaves out, taken from the last turns; empty where it stands alone.
        language: ISO 639-1 code of the question; None where nothing but its letters tell.
        leans: Whether it leans on the last turn.
        further: Whether it asks for more than was cited so far.
        detail: Whether it only asks for a circumstance, as when or who, which the sentence cited before may tell.
    """

    question: str
    about: str = ""
    language: str | None = None
    leans: bool = False
    further: bool = False
    detail: bool = False

    def __str__(self) -> str:
        """Return the whole question, fit to show."""
        if not self.about:
            return self.question
        return f"{self.question} ({WORDING[self.language or 'en'].about} {self.about})"


def understand(question: str, history: Sequence[Answer]) -> Understanding:
    """Complete a question by what the last turns were about, if it leans on them.

    Args:
        question: The question as it was asked.
        history: The earlier answers of the conversation, oldest first.
    """
    if not history:
        return Understanding(question)
    last = history[-1]
    language = _language(question, last.language)
    sentence = _Sentence(question, language)
    leaning = sentence.leaning()
    if not leaning:
        return Understanding(question)
    core, about = _split(last.understood)
    before = _Sentence(core, _language(core, last.language))
    if leaning == "fragment":
        replaced = before.with_replaced(sentence, _slot(history)) if before.language == language else None
        if replaced:
            return Understanding(replaced, about, language, leans=True)
        # What a fragment took the place of, the next one takes the place of too.
        context = about if about and before.leaning() == "fragment" else _join(about, before.stripped())
    else:
        context = _join(about, before.topic())
    return Understanding(
        question, context, language, leans=True, further=leaning == "further", detail=sentence.asks_detail()
    )


def _split(understood: str) -> tuple[str, str]:
    """Take an understood question apart into what was asked and what it was about."""
    found = _SHOWN.fullmatch(understood)
    return (found[1], found[2]) if found else (understood, "")


def _join(about: str, topic: str) -> str:
    """Put what a turn adds to what the conversation is about: where it began, and the turn itself."""
    root = about.split(_SEPARATOR)[0]
    parts = dict.fromkeys(part for part in (root, topic) if part)
    return _SEPARATOR.join(part[:_ABOUT_CHARS_MAX].rstrip() for part in parts)


def _slot(history: Sequence[Answer]) -> str | None:
    """Return what the last turn, if it was a fragment, put into the question before it."""
    last = history[-1]
    sentence = _Sentence(last.question, _language(last.question, last.language))
    if last.understood != last.question and sentence.leaning() == "fragment":
        return sentence.phrase()
    return None


def _language(question: str, before: str) -> str:
    """Tell which language's small words a question holds most of; in doubt the language before it."""
    words = [found[0].lower() for found in _WORD.finditer(question)]
    counts = {
        code: sum(word in wording.asking or word in wording.opening for word in words) * 2
        + sum(word in wording.pointing or word in wording.placing or word in wording.deciding for word in words)
        for code, wording in WORDING.items()
    }
    most = max(counts.values())
    best = [code for code, count in counts.items() if count == most]
    return before if before in best or (not most and before in WORDING) else best[0]


def _fold(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(char))


class _Sentence:
    """A question cut into words, each with what it does.

    Args:
        text: The question.
        language: One of those in `WORDING`.
    """

    def __init__(self, text: str, language: str) -> None:
        self.text = text
        self.language = language
        self.wording: Wording = WORDING[language]
        self.spans = [found.span() for found in _WORD.finditer(text)]
        self.words = [text[start:end].lower() for start, end in self.spans]
        self.opened = len(self.words) > 1 and self.words[0] in self.wording.opening
        self.asking = {at for at, word in enumerate(self.words) if self._asks(at, word)}
        self.said = [at for at, word in enumerate(self.words) if self._says_something(at, word)]
        self.own = [at for at in self.said if self._is_own(at, self.words[at])]

    def _asks(self, at: int, word: str) -> bool:
        # "Où", but also "ou" where it begins the question; "quien" for "quién".
        folded = {_fold(known) for known in self.wording.asking}
        return word in self.wording.asking or (_fold(word) in folded and at <= 1)

    def _says_something(self, at: int, word: str) -> bool:
        """Tell whether a word is more than one that questions are built with."""
        wording = self.wording
        small = (wording.pointing, wording.owning, wording.placing, wording.deciding, wording.helping)
        if at in self.asking or (self.opened and at == 0):
            return False
        return self._is_name(at) or (len(word) > 1 and not any(word in group for group in small))

    def _is_own(self, at: int, word: str) -> bool:
        """Tell whether a word says what the question is about."""
        german_noun = self.language == "de" and at > 0 and self.text[self.spans[at][0]].isupper()
        return self._is_name(at) or german_noun or not is_stop_word(word, self.language)

    def _is_name(self, at: int) -> bool:
        start = self.spans[at][0]
        if self.words[at].isdigit():
            return True
        return at > 0 and self.text[start].isupper() and self.language != "de"

    def _follows_hyphen(self, at: int) -> bool:
        start = self.spans[at][0]
        return start > 0 and self.text[start - 1] in "-\u2010\u2011"

    # -- whether it stands alone ---------------------------------------------------------------------------

    def leaning(self) -> str:
        """Tell how the question leans on the one before: `"bare"`, `"fragment"`, `"further"`, `"leaning"`, or `""`."""
        names = [at for at in self.own if self._is_name(at)]
        dangling = len(self.own) <= _LEANING_WORDS_MAX and self._dangles()
        if self._holds(self.wording.further) and len(self.said) <= _FURTHER_WORDS_MAX and (dangling or not names):
            return "further"
        if self._defines() and self.own and not dangling:
            return ""
        if not self.own and len(self.said) <= 1:
            return "bare" if self.asking or dangling or self.opened else ""
        if self._is_fragment():
            return "fragment"
        if dangling:
            return "leaning"
        counted = [at for at in self.said if not (self.opened and at - 1 in self.asking)]
        return "leaning" if self.asking and len(counted) <= 1 and not names else ""

    def asks_detail(self) -> bool:
        """Tell whether the question has no more of its own than what it asks for, as *On which channel?*."""
        asked = all(at - 1 in self.asking for at in self.own)
        return bool(self.asking) and asked and not self._holds(self.wording.reasons)

    def _holds(self, phrases: Sequence[str]) -> bool:
        text = f" {self._plain()} "
        return any(f" {phrase} " in text for phrase in phrases)

    def _plain(self) -> str:
        return " ".join(self.text.lower().replace("’", "'").strip(_END).split())

    def _defines(self) -> bool:
        text = self._plain()
        if self.opened:
            text = text.partition(" ")[2]
        return text.startswith(self.wording.defining)

    def _is_fragment(self) -> bool:
        """Tell whether the question is but a name or a thing, as *Et la Russie ?*."""
        if not self.opened or self.asking or len(self.own) > _FRAGMENT_WORDS_MAX or self.own[-1] != len(self.words) - 1:
            return False
        known = self.wording.placing | self.wording.deciding | set(" ".join(self.wording.one_of).split())
        return all(at in self.own or word in known or len(word) == 1 for at, word in enumerate(self.words) if at)

    def _dangles(self) -> bool:
        """Tell whether a word stands for something that the question itself does not name before it."""
        if self._holds(self.wording.nobody) or any(phrase in self._plain() for phrase in self.wording.nobody):
            return False
        points = [at for at, word in enumerate(self.words) if self._points(at, word)]
        return any(not self._named_before(at) for at in points) or (
            self.opened and self._plain().partition(" ")[2].startswith(self.wording.one_of)
        )

    def _points(self, at: int, word: str) -> bool:
        if word == "ce" and at and self.words[at - 1] == "est":
            return not _EST_CE.search(self.text)
        if word in self.wording.deciding and at + 1 < len(self.words):  # German: "das versprochen", but "das Land"
            noun = any(self.text[start].isupper() for start, _ in self.spans[at + 1 : at + 4])
            return word in self.wording.pointing and not noun
        return word in self.wording.pointing or word in self.wording.owning

    def _named_before(self, at: int) -> bool:
        verb = at - 1 if self.words[at - 1] != "t" else at - 2
        for other in self.own:
            if other >= at:
                break
            if other == verb and self._follows_hyphen(at):
                continue
            if other - 1 in self.asking and not self._is_name(other):
                continue
            if self.language == "de" and self.text[self.spans[other][0]].islower():
                continue
            return True
        return False

    # -- what it is about ----------------------------------------------------------------------------------

    def stripped(self) -> str:
        """Return the question without what only opens and ends it."""
        start = self.spans[1][0] if self.opened else self.spans[0][0] if self.spans else 0
        text = self.text[start:].strip(_END)
        first = self.words[1 if self.opened else 0] if self.words else ""
        small = self.asking or first in self.wording.deciding or first in self.wording.helping
        return text[:1].lower() + text[1:] if small and first not in {"i"} else text

    def topic(self) -> str:
        """Return what is said about what the question asks for: without its question words."""
        text = self.text
        begins = [at for at in self.asking if at <= (3 if self.opened else 2)]
        if begins:
            at = min(begins) + 1
            while at < len(self.words) and (at in self.asking or self._only_asks(at)):
                at += 1
            if at == len(self.words):
                return "" if len(self.own) < 1 else self.stripped()
            text = text[self.spans[at][0] :]
        elif self.opened:
            text = text[self.spans[1][0] :]
        elif self.words and self.words[0] in self.wording.helping:
            text = text[self.spans[1][0] :] if len(self.words) > 1 else text
        text = _EST_CE.sub("", text)
        if self.language == "fr":
            text = _INVERTED.sub("", text)
        return " ".join(text.strip(_END).split())

    def _only_asks(self, at: int) -> bool:
        """Tell whether a word after a question word belongs to it, as in *combien de*, *qui est*, *how many of*."""
        word = self.words[at]
        copula = word in {"est", "sont"} and self.words[at + 1 : at + 2] != ["ce"]
        return word in self.wording.helping or word in {"de", "d", "of"} or copula

    # -- putting something into its place --------------------------------------------------------------------

    def phrase(self) -> str:
        """Return what a fragment names, with its article."""
        return self.text[self.spans[1][0] :].strip(_END) if self.opened else self.text.strip(_END)

    def with_replaced(self, fragment: _Sentence, slot: str | None) -> str | None:
        """Return the question with what a fragment names in the place of what it stands for, if that is clear."""
        phrase = fragment.phrase()
        if slot and slot in self.text:
            return self.text.replace(slot, phrase, 1)
        number = re.search(r"\b\d+\b", phrase)
        numbers = re.findall(r"\b\d+\b", self.text)
        if number and len(numbers) == 1 and len(fragment.own) == 1:
            return self.text.replace(numbers[0], number[0], 1)
        names = [at for at in fragment.own if fragment.text[fragment.spans[at][0]].isupper()]
        if not names:
            return None
        spans = self._name_spans()
        determined = fragment.words[1] in fragment.wording.deciding
        placed = fragment.words[1] in fragment.wording.placing
        for start, end, article, acronym in spans:
            own = self.text[article:end]
            preposition = self._word_before(article)
            if placed:
                if preposition == fragment.words[1]:
                    return self.text[: self.text.rindex(preposition, 0, article)] + phrase + self.text[end:]
                continue
            if preposition in self.wording.placing or acronym != phrase.split()[-1].isupper():
                continue
            if self.language == "de" and (article != start) != determined:
                continue
            if own == phrase:
                return None
            return self.text[:article] + phrase + self.text[end:]
        return None

    def _word_before(self, position: int) -> str:
        before = [at for at, (_, end) in enumerate(self.spans) if end <= position]
        return self.words[before[-1]] if before else ""

    def _name_spans(self) -> list[tuple[int, int, int, bool]]:
        """Return the runs of names: start, end, where their article begins, and whether they are an acronym."""
        joining = {"de", "du", "des", "of", "del", "von", "da", "do"}
        runs: list[list[int]] = []
        for at, (start, _) in enumerate(self.spans):
            capital = self.text[start].isupper() and at not in self.asking
            if at == 0 and (self.language == "es" or not self._is_own(at, self.words[at])):
                continue
            if not capital:
                continue
            gap = runs and (at - 1 == runs[-1][-1] or (at - 2 == runs[-1][-1] and self.words[at - 1] in joining))
            if gap:
                runs[-1].append(at)
            else:
                runs.append([at])
        found = []
        for run in runs:
            start, end = self.spans[run[0]][0], self.spans[run[-1]][1]
            while end < len(self.text) and self.text[end] in "-" and any(s == end + 1 for s, _ in self.spans):
                end = next(e for s, e in self.spans if s == end + 1)
            article = start
            if run[0] and self.words[run[0] - 1] in self.wording.deciding:
                article = self.spans[run[0] - 1][0]
            found.append((start, end, article, self.text[start:end].isupper()))
        return found
