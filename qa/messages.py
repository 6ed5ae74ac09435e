"""What the service says in its own words, in the language of the question."""

from __future__ import annotations

_ABSTENTION = {
    "de": "Die Artikel beantworten diese Frage nicht.",
    "en": "The articles do not answer this question.",
    "es": "Los artículos no responden a esta pregunta.",
    "fr": "Les articles ne répondent pas à cette question.",
    "it": "Gli articoli non rispondono a questa domanda.",
    "nl": "De artikelen beantwoorden deze vraag niet.",
    "pt": "Os artigos não respondem a esta pergunta.",
}

MESSAGE_LANGUAGES = tuple(_ABSTENTION)


def abstention(language: str) -> str:
    """Return the sentence that says that the articles do not answer; English where the language has none.

    Args:
        language: ISO 639-1 code.
    """
    return _ABSTENTION.get(language, _ABSTENTION["en"])
