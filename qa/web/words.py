"""The interface's own words, by the language of the browser. An answer's words come from the engine."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

Words = Mapping[str, str]

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "title": "Ask the articles",
        "subtitle": "Every statement of an answer leads to the exact sentence that says it.",
        "opening": "Opening the index…",
        "ready_one": "Answers come from 1 article.",
        "ready_many": "Answers come from {count} articles.",
        "question": "Your question",
        "placeholder": "Ask about the articles",
        "ask": "Ask",
        "examples": "For example",
        "conversation": "Conversation",
        "looking": "Looking in the articles…",
        "sources": "Quoted sentences",
        "go_to_quote": "Go to quoted sentence {number}",
        "context": "In context",
        "confidence": "Confidence: {level}",
        "high": "high",
        "medium": "medium",
        "low": "low",
        "looked_one": "I looked through 1 article.",
        "looked_many": "I looked through {count} articles.",
        "nearest": "Nearest sentences, which are not an answer",
        "error": "This could not be answered",
        "empty": "The question is empty. Write one, then press Enter.",
        "date": "{day} {month} {year}",
        "months": "January February March April May June July August September October November December",
    },
    "fr": {
        "title": "Interroger les articles",
        "subtitle": "Chaque affirmation d’une réponse mène à la phrase exacte qui la dit.",
        "opening": "Ouverture de l’index…",
        "ready_one": "Les réponses viennent d’un article.",
        "ready_many": "Les réponses viennent de {count} articles.",
        "question": "Votre question",
        "placeholder": "Interrogez les articles",
        "ask": "Demander",
        "examples": "Par exemple",
        "conversation": "Conversation",
        "looking": "Recherche dans les articles…",
        "sources": "Phrases citées",
        "go_to_quote": "Aller à la phrase citée {number}",
        "context": "Dans son contexte",
        "confidence": "Confiance\u00a0: {level}",
        "high": "élevée",
        "medium": "moyenne",
        "low": "faible",
        "looked_one": "J’ai parcouru un article.",
        "looked_many": "J’ai parcouru {count} articles.",
        "nearest": "Phrases les plus proches, qui ne sont pas une réponse",
        "error": "Impossible de répondre",
        "empty": "La question est vide. Écrivez-en une, puis appuyez sur Entrée.",
        "date": "{day} {month} {year}",
        "months": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    },
}

DEFAULT_LANGUAGE = "en"


def preferred_language(accept_language: str | None) -> str:
    """Return the first language that a browser asks for and that has words here; else English.

    Args:
        accept_language: The header of that name, such as `"fr-CH, fr;q=0.9, en;q=0.8"`.
    """
    wishes: list[tuple[float, str]] = []
    for wish in (accept_language or "").split(","):
        tag, _, quality = wish.strip().partition(";q=")
        try:
            wishes.append((float(quality or 1), tag.split("-")[0].casefold()))
        except ValueError:
            continue
    wishes.sort(key=lambda wish: -wish[0])
    return next((language for quality, language in wishes if language in WORDS and quality > 0), DEFAULT_LANGUAGE)


def say_count(words: Words, key: str, count: int) -> str:
    """Return the words of `key` for one or for many."""
    return words[f"{key}_one" if count == 1 else f"{key}_many"].format(count=count)


def say_date(words: Words, published: str) -> str:
    """Return an ISO 8601 date in words, or as it stands where it is not a whole date."""
    try:
        day = date.fromisoformat(published[:10])
    except ValueError:
        return published
    return words["date"].format(day=day.day, month=words["months"].split()[day.month - 1], year=day.year)
