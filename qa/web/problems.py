"""What went wrong, in the language of the page. The errors themselves speak English."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from qa.errors import QAError
from qa.web.words import Words

Translations = Sequence[tuple[str, str]]

# What may be said to a reader most often, as the modules word it; what is not here is framed and shown as it stands.
_FRENCH: Translations = (
    (r"the question is empty\. .*", "la question est vide. Écrivez-en une, puis appuyez sur Entrée."),
    (
        r"the question has ([\d,]+) characters; at most ([\d,]+) can be asked\. .*",
        "la question compte {0} caractères\u00a0; on peut en poser une de {1} caractères au plus. Raccourcissez-la.",
    ),
    (
        r"the question holds the control character (\S+)\. .*",
        "la question contient le caractère de contrôle {0}. Enlevez-le.",
    ),
    (
        r"there is no index at (.+?)\. Build one: (.*)",
        "il n’y a pas encore d’index dans {0}. Construisez-le\u00a0: {1}",
    ),
    (
        r"the index (.+?) is damaged: (.+)\. Rebuild it: (.*)",
        "l’index {0} est endommagé ({1}). Reconstruisez-le\u00a0: {2}",
    ),
    (
        r"the index (.+?) has format (\d+); this version of article-qa reads format (\d+)\. Rebuild it: (.*)",
        "l’index {0} est au format {1}\u00a0; cette version d’article-qa lit le format {2}. "
        "Reconstruisez-le\u00a0: {3}",
    ),
    (
        r"the index has no article '(.+)'\. .*",
        "l’index n’a plus d’article «\u00a0{0}\u00a0». Choisissez-en d’autres, ou interrogez-les tous.",
    ),
    (r"no article is given to look into\. .*", "aucun article n’est choisi. Choisissez-en un, ou interrogez-les tous."),
)
_COUNT = re.compile(r"\d{1,3}(?:,\d{3})+")


def say_problem(error: QAError, words: Words) -> str:
    """Return what an error says, as a sentence in the language of the page where it is among those translated.

    Args:
        error: The error.
        words: Words of the interface.
    """
    said = str(error)
    if words["language"] == "fr":
        said = translate(said, _FRENCH, _say_counts) or said
    return said[:1].upper() + said[1:]


def translate(said: str, translations: Translations, say_part: Callable[[str], str]) -> str | None:
    """Return what is said in other words, or None where none of the translations fits.

    Args:
        said: What is said.
        translations: Pairs of a pattern for the whole of it, and the other words with `{0}` and so on for its groups.
        say_part: Called with each group, returns what stands for it.
    """
    for pattern, other in translations:
        if found := re.fullmatch(pattern, said, re.DOTALL):
            return other.format(*map(say_part, found.groups()))
    return None


def _say_counts(part: str) -> str:
    return _COUNT.sub(lambda count: count[0].replace(",", "\u202f"), part)
