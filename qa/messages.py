"""What the service says in its own words, in the language of the question."""

from __future__ import annotations

_ABSTENTION = {
    "de": "Die Artikel beantworten diese Frage nicht. Die nächstliegenden Sätze sind keine Antwort.",
    "en": "The articles do not answer this question. The nearest sentences are not an answer.",
    "es": "Los artículos no responden a esta pregunta. Las frases más cercanas no son una respuesta.",
    "fr": "Les articles ne répondent pas à cette question. Les phrases les plus proches n’y répondent pas.",
    "it": "Gli articoli non rispondono a questa domanda. Le frasi più vicine non sono una risposta.",
    "nl": "De artikelen beantwoorden deze vraag niet. De dichtstbijzijnde zinnen zijn geen antwoord.",
    "pt": "Os artigos não respondem a esta pergunta. As frases mais próximas não são uma resposta.",
}

MESSAGE_LANGUAGES = tuple(_ABSTENTION)


def abstention(language: str) -> str:
    """Return the message that neither the articles answer nor the sentences shown with it.

    It is in English where the language has none.

    Args:
        language: ISO 639-1 code.
    """
    return _ABSTENTION.get(language, _ABSTENTION["en"])
