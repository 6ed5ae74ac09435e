"""The interface's own words, by the language of the browser. An answer's words come from the engine."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

Words = Mapping[str, str]

_ENGLISH = {
    "language": "en",
    "title": "Ask the articles",
    "subtitle": "Every statement of an answer leads to the exact sentence that says it.",
    "tab_chat": "Chat",
    "tab_library": "Articles",
    "skip_question": "Go to the question",
    "skip_source": "Go to the source",
    "opening": "Opening the index…",
    "opening_asked": "Opening the index; then your question is looked up…",
    "ready_one": "1 article",
    "ready_many": "{count} articles",
    "version": "index version {version}",
    "version_built": "index of {day}, {time} UTC ({version})",
    "question": "Your question",
    "placeholder": "Ask about the articles",
    "ask": "Ask",
    "examples": "Questions that these articles answer",
    "conversation": "Conversation",
    "looking": "Looking in the articles…",
    "sources": "Sources",
    "also": "Said the same way in:",
    "go_to_quote": "Quoted sentence {number}: read it in its article",
    "near_label": "Nearest sentence {number}, not an answer: read it in its article",
    "understood": "Understood as:",
    "as_it_stands": "Ask it as it stands",
    "confidence": "Confidence: {level}",
    "high": "high",
    "medium": "medium",
    "low": "low",
    "confidence_means": (
        "How likely it is that the sentence cited first answers the question: here about {percent} in 100."
    ),
    "confidence_measured": (
        "The estimate was fitted on thousands of public questions about news and encyclopaedia articles "
        "(PIAF, SQuAD, XQuAD)."
    ),
    "confidence_limits": (
        "It tells a question about something else well, but not a near miss: where the very fact is missing, "
        "a sentence about the same people or places may be cited. Read the sentence before you rely on it."
    ),
    "looked_one": "1 article was looked through",
    "looked_many": "{count} articles were looked through",
    "nearest": "Nearest sentences",
    "nearest_note": "They are not an answer.",
    "copy": "Copy",
    "copy_label": "Copy the answer with its citations",
    "copied": "Copied.",
    "copy_failed": "The browser does not let the page copy. Select the text and copy it yourself.",
    "good": "Good answer",
    "bad": "Bad answer",
    "comment": "A word about it, if you like",
    "send": "Send",
    "thanks": "Thank you, noted.",
    "not_noted": "This could not be noted: {why}",
    "new": "New conversation",
    "cleared": "The conversation was cleared.",
    "undo": "Undo",
    "download": "Download",
    "download_markdown": "As Markdown",
    "download_json": "As JSON",
    "no_index": "There is no index yet. Add articles here, under “Articles”; or in a terminal, call qa index.",
    "only": "Only in:",
    "only_more": "and {count} more",
    "only_remove": "Ask all articles again",
    "source": "Source",
    "source_empty": "The article appears here",
    "source_hint": "Choose a number such as [1] in an answer: its article opens here, at the very sentence.",
    "cited_articles": "Cited articles",
    "cited_here": "Cited here",
    "near_here": "Near the question, not an answer",
    "back_to_answer": "Back to the answer",
    "back_to_statement": "Sentence {number}: back to the statement that cites it",
    "reading": "Opening the article…",
    "unread": "The article could not be opened.",
    "changed": "This article has changed since the answer was given. The sentence cited was:",
    "gone": "This article is no longer in the index. The sentence cited was:",
    "undated": "undated",
    "author": "By {author}",
    "error": "This could not be answered",
    "empty": "The question is empty. Write one, then press Enter.",
    "lost": "The connection to the server was lost while it looked for an answer. Your question is back in its box.",
    "failed": (
        "Something went wrong on the server while it looked for an answer. The conversation goes on; you can ask again."
    ),
    "interrupted": "The page was left before this was answered.",
    "offline": "The server cannot be reached. The page tries again by itself.",
    "back_online": "The server answers again.",
    "retry": "Ask again",
    "reload": "Reload the page",
    "kept": "Earlier answers were kept in this tab.",
    "unkept": ("This conversation cannot be kept when the page is reloaded. Download it if you need it."),
    "date": "{day} {month} {year}",
    "months": "January February March April May June July August September October November December",
}

_FRENCH = {
    "language": "fr",
    "title": "Interroger les articles",
    "subtitle": "Chaque affirmation d’une réponse mène à la phrase exacte qui la dit.",
    "tab_chat": "Conversation",
    "tab_library": "Articles",
    "skip_question": "Aller à la question",
    "skip_source": "Aller à la source",
    "opening": "Ouverture de l’index…",
    "opening_asked": "Ouverture de l’index\u00a0; votre question sera cherchée ensuite…",
    "ready_one": "1 article",
    "ready_many": "{count} articles",
    "version": "version {version} de l’index",
    "version_built": "index du {day}, {time} UTC ({version})",
    "question": "Votre question",
    "placeholder": "Interrogez les articles",
    "ask": "Demander",
    "examples": "Des questions auxquelles ces articles répondent",
    "conversation": "Conversation",
    "looking": "Recherche dans les articles…",
    "sources": "Sources",
    "also": "Dit de même dans\u00a0:",
    "go_to_quote": "Phrase citée {number}\u00a0: la lire dans son article",
    "near_label": "Phrase proche {number}, qui n’est pas une réponse\u00a0: la lire dans son article",
    "understood": "Compris comme\u00a0:",
    "as_it_stands": "La poser telle quelle",
    "confidence": "Confiance\u00a0: {level}",
    "high": "élevée",
    "medium": "moyenne",
    "low": "faible",
    "confidence_means": (
        "Combien il est probable que la phrase citée en premier réponde à la question\u00a0: ici environ {percent} "
        "chances sur 100."
    ),
    "confidence_measured": (
        "L’estimation a été ajustée sur des milliers de questions publiques portant sur des articles de "
        "presse et d’encyclopédie (PIAF, SQuAD, XQuAD)."
    ),
    "confidence_limits": (
        "Elle reconnaît bien une question étrangère aux articles, mais mal une réponse qui passe à côté de "
        "peu\u00a0: si le fait demandé manque, une phrase sur les mêmes personnes ou les mêmes lieux peut être "
        "citée. Lisez la phrase avant de vous y fier."
    ),
    "looked_one": "1 article parcouru",
    "looked_many": "{count} articles parcourus",
    "nearest": "Phrases les plus proches",
    "nearest_note": "Ce n’est pas une réponse.",
    "copy": "Copier",
    "copy_label": "Copier la réponse avec ses citations",
    "copied": "Copié.",
    "copy_failed": "Le navigateur n’autorise pas la page à copier. Sélectionnez le texte et copiez-le vous-même.",
    "good": "Bonne réponse",
    "bad": "Mauvaise réponse",
    "comment": "Un mot à ce sujet, si vous voulez",
    "send": "Envoyer",
    "thanks": "Merci, c’est noté.",
    "not_noted": "Cela n’a pas pu être noté\u00a0: {why}",
    "new": "Nouvelle conversation",
    "cleared": "La conversation a été effacée.",
    "undo": "Annuler",
    "download": "Télécharger",
    "download_markdown": "En Markdown",
    "download_json": "En JSON",
    "no_index": (
        "Il n’y a pas encore d’index. Ajoutez des articles ici, sous «\u00a0Articles\u00a0»\u00a0; ou, dans un "
        "terminal, appelez qa index."
    ),
    "only": "Seulement dans\u00a0:",
    "only_more": "et {count} autres",
    "only_remove": "Interroger de nouveau tous les articles",
    "source": "Source",
    "source_empty": "L’article s’affiche ici",
    "source_hint": "Choisissez un numéro comme [1] dans une réponse\u00a0: son article s’ouvre ici, à la phrase même.",
    "cited_articles": "Articles cités",
    "cited_here": "Cité ici",
    "near_here": "Proche de la question, sans y répondre",
    "back_to_answer": "Revenir à la réponse",
    "back_to_statement": "Phrase {number}\u00a0: revenir à l’affirmation qui la cite",
    "reading": "Ouverture de l’article…",
    "unread": "L’article n’a pas pu être ouvert.",
    "changed": "Cet article a changé depuis la réponse. La phrase citée était\u00a0:",
    "gone": "Cet article n’est plus dans l’index. La phrase citée était\u00a0:",
    "undated": "sans date",
    "author": "Par {author}",
    "error": "Impossible de répondre",
    "empty": "La question est vide. Écrivez-en une, puis appuyez sur Entrée.",
    "lost": (
        "La connexion au serveur a été perdue pendant la recherche. Votre question est de nouveau dans sa "
        "zone de saisie."
    ),
    "failed": (
        "Une erreur s’est produite sur le serveur pendant la recherche. La conversation continue\u00a0; vous "
        "pouvez redemander."
    ),
    "interrupted": "La page a été quittée avant la réponse.",
    "offline": "Le serveur est injoignable. La page réessaie d’elle-même.",
    "back_online": "Le serveur répond de nouveau.",
    "retry": "Redemander",
    "reload": "Recharger la page",
    "kept": "Les réponses précédentes ont été gardées dans cet onglet.",
    "unkept": (
        "Cette conversation ne peut pas être gardée au rechargement de la page. Téléchargez-la si vous en avez besoin."
    ),
    "date": "{day} {month} {year}",
    "months": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
}

WORDS: dict[str, dict[str, str]] = {"en": _ENGLISH, "fr": _FRENCH}

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
