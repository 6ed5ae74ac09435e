"""Why something was not taken or done, in the language of the page. Errors and reasons themselves speak English."""

from __future__ import annotations

from qa.errors import QAError
from qa.web.problems import Translations, say_problem, translate
from qa.web.words import Words

# Reasons for which a file, or a line of one, is refused. What is not among them is shown as it stands.
_REASONS: Translations = (
    (r"is empty", "est vide"),
    (r"is not a PDF, though its name says so", "n’est pas un PDF, malgré son nom"),
    (r"holds no article", "ne contient aucun article"),
    (
        r"has ([\d,.]+) MB; at most (\d+) MB a file can be put in",
        "a {0}\u00a0Mo\u00a0; un fichier peut en avoir {1} au plus",
    ),
    (r"the same content is there already: (.+)", "le même contenu est déjà là\u00a0: {0}"),
    (r"same text as (.+)", "même texte que {0}"),
    (r"id (.+) is already taken by (.+)", "l’identifiant {0} est déjà celui de {1}"),
    (r"has a format that is not known; known are (.+)", "est d’un format inconnu\u00a0; sont connus {0}"),
    (
        r"looks like a binary file: .+; save it as UTF-8 text",
        "semble être un fichier binaire\u00a0; enregistrez-le comme texte en UTF-8",
    ),
    (
        r"cannot be read within (\d+) seconds; make it smaller or simpler",
        "ne peut être lu en {0}\u00a0secondes\u00a0; réduisez-le ou simplifiez-le",
    ),
    (
        r"needs more memory to be read than an article may; make it smaller",
        "demande trop de mémoire pour être lu\u00a0; réduisez-le",
    ),
    (
        r"cannot be read: the reader broke off; .+",
        "ne peut être lu\u00a0: la lecture s’est interrompue\u00a0; le fichier est peut-être endommagé ou malveillant",
    ),
)
_PROBLEMS: Translations = (
    (r"there is no text\. .+", "il n’y a pas de texte. Collez le texte d’un article."),
    (
        r"the text has ([\d,]+) characters; at most ([\d,]+) can be pasted\. .+",
        "le texte compte {0} caractères\u00a0; on peut en coller {1} au plus. Ajoutez-le comme fichier.",
    ),
    (r"the text was not taken: (.+)", "le texte n’a pas été ajouté\u00a0: {0}"),
    (
        r"'(.+)' is not a date that can be read\. .+",
        "«\u00a0{0}\u00a0» n’est pas une date lisible. Écrivez-la ainsi\u00a0: 2024-11-22.",
    ),
    (
        r"the index is being built already\. .+",
        "l’index est déjà en construction. Attendez qu’elle soit finie, ou arrêtez-la.",
    ),
    (
        r"another build of .+ is running\. .+",
        "une autre construction de cet index est en cours. Attendez qu’elle soit finie.",
    ),
    (
        r"there are no articles yet\. .+",
        "il n’y a pas encore d’articles. Ajoutez les premiers, puis construisez l’index.",
    ),
    (
        r"there is no article to index in (.+?)\. Put articles there and build again\.",
        "il n’y a aucun article à indexer dans {0}. Ajoutez-en, puis construisez de nouveau.",
    ),
    (
        r"(.+) is in no folder of the index, but named by itself, and never touched\. .+",
        "{0} n’est dans aucun dossier de l’index, mais nommé à part\u00a0: la page n’y touche pas. Ne le nommez plus "
        "en appelant `qa index`.",
    ),
    (
        r"(.+) is a link or behind one, and what that leads to is never touched\.",
        "{0} est un lien ou passe par un lien\u00a0: la page n’y touche pas.",
    ),
    (
        r"(.+) is not there any more\. Build the index, and its articles are gone\.",
        "{0} n’est plus là. Reconstruisez l’index, et ses articles n’y seront plus.",
    ),
    (
        r"(.+) is not among the removed files\. .+",
        "{0} n’est pas parmi les fichiers retirés. Il a peut-être déjà été remis.",
    ),
    (
        r"the index was built from (.+), which cannot be found from (.+)\. Start .+",
        "l’index a été construit à partir de {0}, introuvable depuis {1}. Lancez la page dans le dossier où "
        "`qa index` a été appelé, ou reconstruisez l’index.",
    ),
    (
        r"(.+) cannot be written: (.+)\. Make room or allow it, and try again\.",
        "impossible d’écrire dans {0}\u00a0: {1}. Faites de la place ou donnez-en le droit, puis réessayez.",
    ),
    (r"a file that was sent is not there any more\. .+", "un fichier envoyé n’est plus là. Envoyez-le de nouveau."),
)


def say_reason(reason: str, words: Words) -> str:
    """Return why something was refused, in the language of the page where it is among those translated."""
    return _say_reason(reason) if words["language"] == "fr" else reason


def say_library_problem(error: QAError, words: Words) -> str:
    """Return what an error says, as a sentence in the language of the page where it is among those translated."""
    if words["language"] == "fr" and (said := translate(str(error), _PROBLEMS, _say_reason)):
        return said[:1].upper() + said[1:]
    return say_problem(error, words)


def _say_reason(reason: str) -> str:
    return translate(reason, _REASONS, _say_reason) or reason
