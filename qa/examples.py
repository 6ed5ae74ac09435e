"""Index -> questions to begin with, which its articles are known to answer because each was asked before it is offered.

No language model words them: where a sentence says that someone said something, gives a person's office or a date, the
question that it answers is made by a template of the article's language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from qa.engine import ArticleQA
from qa.schema import Article, Sentence
from qa.sentences import split_sentences
from qa.terms import index_terms

_CONFIDENCE_MIN = 0.85  # chosen: what the chat calls high
_ARTICLES = 24  # are looked at, spread over the index
_CHARS = 20_000  # of each
_CANDIDATES = 6  # of each
_TRIES = 24  # questions are asked at most

# For the articles that the project comes with: id -> questions written by hand, which are asked like all others.
_SEED_QUESTIONS = {
    "coree-du-nord-russie": (
        "Pourquoi Kim Jong Un a-t-il envoyé ses troupes, d’après les spécialistes\u00a0?",
        "Que se passe-t-il si l’un des deux alliés est attaqué\u00a0?",
        "Sur quelle chaîne Shin Won-sik a-t-il parlé\u00a0?",
    ),
    "russia-north-korea-treaty": ("When did North Korea ratify the treaty?", "Which older treaty lapsed in 1996?"),
}

_CAPITAL = "[A-ZÀ-ÖØ-Þ]"
_NAME = rf"(?P<name>{_CAPITAL}[\w.-]+(?: {_CAPITAL}[\w.-]+){{1,2}})"
_ASIDE = r"(?:, [^,.;:]{1,80},|,)?"  # between a name and its verb


_Candidate = tuple[str, Sentence | None]  # a question, and the one sentence that must answer it


@dataclass(frozen=True, slots=True)
class _Templates:
    """How sentences of a language are turned into questions.

    Args:
        not_before: What a name must not stand after, for it would be missing in the question.
        questions: What a sentence holds, and the question that it then answers: who said something, a name beside its
            bearer's office (before or after it), a date.
    """

    not_before: str
    questions: tuple[tuple[str, str], ...]


_FRENCH_MONTHS = "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
_ENGLISH_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_SPANISH_MONTHS = "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"
_GERMAN_MONTHS = "Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"
_FRENCH_OFFICES = (
    "ambassadeur|ambassadrice|auteure?|avocate?|chercheu(?:r|se)|cheffe?|commissaire|députée?|direct(?:eur|rice)|"
    "écrivaine?|économiste|fondat(?:eur|rice)|général|historien(?:ne)?|ingénieure?|juge|maire|médecin|ministre|"
    "porte-parole|présidente?|professeure?|reine|roi|secrétaire|sénat(?:eur|rice)"
)
_ENGLISH_OFFICES = (
    "ambassador|author|chair|chief|commissioner|director|economist|engineer|founder|general|governor|head|historian|"
    "judge|king|lawyer|leader|mayor|minister|president|professor|queen|researcher|secretary|senator|spokes(?:man|"
    "person|woman)|writer"
)
_SPANISH_OFFICES = (
    "abogad[ao]|alcalde(?:sa)?|autora?|director(?:a)?|economista|embajador(?:a)?|escritora?|fundadora?|general|"
    "historiadora?|ingenier[ao]|investigadora?|jef[ae]|juez|ministr[ao]|portavoz|president[ae]|profesora?|reina|rey"
)
_GERMAN_OFFICES = (
    r"\w*(?i:anwalt|anwält|autor|chef|direktor|general|gründer|historiker|ingenieur|kanzler|könig|leiter|minister|"
    r"präsident|professor|sprecher)(?:in)?"
)

_TEMPLATES = {
    "fr": _Templates(
        r"(?:[’']|\b(?:le|la|les|du|des|au|aux|un|une)\s)$",
        (
            (
                rf"{_NAME}{_ASIDE} a (?P<verb>affirmé|annoncé|confirmé|déclaré|démenti|expliqué|promis|proposé)\b",
                "Qu’a {verb} {name}\u00a0?",
            ),
            (rf"\b(?:{_FRENCH_OFFICES})\b[^,.;:]{{0,70}}, {_NAME},", "Qui est {name}\u00a0?"),
            (rf"{_NAME}, (?:[a-zà-ÿ’-]+ ){{0,3}}(?:[dl]’)?(?:{_FRENCH_OFFICES})\b", "Qui est {name}\u00a0?"),
            (
                rf"\ble (?P<date>(?:1er|\d{{1,2}}) (?:{_FRENCH_MONTHS}) \d{{4}})\b",
                "Que s’est-il passé le {date}\u00a0?",
            ),
        ),
    ),
    "en": _Templates(
        r"\b(?:the|a|an)\s$",
        (
            (
                rf"{_NAME}{_ASIDE} (?P<verb>announced|claimed|confirmed|denied|promised|proposed|said)\b",
                "What did {name} {verb}?",
            ),
            (rf"\b(?:{_ENGLISH_OFFICES})\b[^,.;:]{{0,70}}, {_NAME},", "Who is {name}?"),
            (rf"{_NAME}, (?:[a-z-]+ ){{0,3}}(?:{_ENGLISH_OFFICES})\b", "Who is {name}?"),
            (
                rf"\bon (?P<date>\d{{1,2}} (?:{_ENGLISH_MONTHS}) \d{{4}}|(?:{_ENGLISH_MONTHS}) \d{{1,2}}, \d{{4}})\b",
                "What happened on {date}?",
            ),
        ),
    ),
    "es": _Templates(
        r"\b(?:el|la|los|las|del|al|un|una)\s$",
        (
            (
                rf"{_NAME}{_ASIDE} (?P<verb>afirmó|anunció|aseguró|confirmó|declaró|dijo|explicó|negó|prometió)\b",
                "¿Qué {verb} {name}?",
            ),
            (rf"\b(?:{_SPANISH_OFFICES})\b[^,.;:]{{0,70}}, {_NAME},", "¿Quién es {name}?"),
            (rf"{_NAME}, (?:[a-zà-ÿ]+ ){{0,3}}(?:{_SPANISH_OFFICES})\b", "¿Quién es {name}?"),
            (rf"\bel (?P<date>\d{{1,2}} de (?:{_SPANISH_MONTHS}) de \d{{4}})\b", "¿Qué ocurrió el {date}?"),
        ),
    ),
    "de": _Templates(
        r"\b(?:der|die|das|den|dem|des|ein|eine|einer)\s$",
        (
            (
                rf"{_NAME}{_ASIDE} (?P<verb>behauptete|bestätigte|bestritt|erklärte|sagte|versprach)\b",
                "Was {verb} {name}?",
            ),
            (rf"{_NAME}, (?:[a-zäöüß]+ ){{0,3}}(?:{_GERMAN_OFFICES})\b", "Wer ist {name}?"),
            (rf"\bam (?P<date>\d{{1,2}}\. (?:{_GERMAN_MONTHS}) \d{{4}})\b", "Was geschah am {date}?"),
        ),
    ),
}
_BASE_FORMS = {"announced": "announce", "claimed": "claim", "confirmed": "confirm", "denied": "deny"}
_BASE_FORMS |= {"promised": "promise", "proposed": "propose", "said": "say"}


def example_questions(articles: ArticleQA, *, language: str = "fr", limit: int = 4) -> list[str]:
    """Return questions that the articles answer: asked, answered with high confidence, by the sentence they are from.

    Args:
        articles: The open index.
        language: ISO 639-1 code; articles in it come first.
        limit: At most this many.

    Returns:
        The questions, each in the language of its article; none where no sentence makes one.

    Raises:
        QAError: The index cannot be read.
    """
    every = articles.articles()
    chosen = every[:: -(-len(every) // _ARTICLES)] if every else []
    chosen.sort(key=lambda article: article.language != language)
    found: dict[str, Article] = {}
    candidates = [[*_candidates(article)][:_CANDIDATES] for article in chosen]
    tried = 0
    # One of each article first, then a second of each.
    for article, candidate in _in_turn(chosen, candidates):
        if len(found) == limit or tried == _TRIES:
            break
        question, sentence = candidate
        if question in found:
            continue
        tried += 1
        if _is_answered_by(articles, question, article, sentence):
            found[question] = article
    return sorted(found, key=lambda question: found[question].language != language)


def _in_turn(chosen: list[Article], candidates: list[list[_Candidate]]) -> Iterator[tuple[Article, _Candidate]]:
    for row in zip_longest(*candidates):
        yield from ((article, candidate) for article, candidate in zip(chosen, row, strict=True) if candidate)


def _is_answered_by(articles: ArticleQA, question: str, article: Article, sentence: Sentence | None) -> bool:
    answer = articles.ask(question)
    if not answer.answered or answer.confidence < _CONFIDENCE_MIN:
        return False
    first = answer.citations[0]
    return first.article == article.id and (sentence is None or first.start == sentence.start)


def _candidates(article: Article) -> Iterator[_Candidate]:
    """Yield questions that a sentence of an article seems to answer: one of each kind in turn."""
    yield from ((question, None) for question in _SEED_QUESTIONS.get(article.id, ()))
    templates = _TEMPLATES.get(article.language)
    if templates is None:
        return
    sentences = [one for one in split_sentences(article.text[:_CHARS], article.language) if one.kind == "text"]
    asked = [
        [
            (question, sentence)
            for sentence in sentences
            if (question := _ask_about(sentence.text, *form, article.language))
        ]
        for form in templates.questions
    ]
    for row in zip_longest(*asked):
        yield from filter(None, row)


def _ask_about(text: str, pattern: str, question: str, language: str) -> str | None:
    """Return the question that a sentence answers, or None where it does not hold the pattern."""
    found = re.search(pattern, text)
    if not found:
        return None
    parts = found.groupdict()
    if name := parts.get("name"):
        begins_sentence = not index_terms(name.split()[0], language)
        if begins_sentence or re.search(_TEMPLATES[language].not_before, text[: found.start("name")], re.IGNORECASE):
            return None
    if verb := parts.get("verb"):
        parts["verb"] = _BASE_FORMS.get(verb, verb)
    return question.format(**parts)
