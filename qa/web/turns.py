"""Answers as HTML. What an article or a question says is data: it is always escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from qa.schema import Answer, Article, Citation
from qa.web.article_view import render_date, render_origin
from qa.web.words import Words, say_count, say_date

# Chosen, not tuned: steps between the default `answer_threshold` and 1.
_HIGH, _MEDIUM = 0.85, 0.65

_BOLD_SHARE_MAX = 0.75  # of a sentence; with more of it in bold, nothing stands out
_VERSION = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)\d+Z-\w{6}$")  # as `qa.store` names versions, in UTC
_CLOSING = re.compile(r"^[^\w\s]+")
_LAST_WORD = re.compile(r"(?<!\S)\S{1,24}$|(?<!\S)<strong>[^\s<]{1,24}</strong>[^\s<]{0,8}$")


def render_answer(turn: int, answer: Answer, articles: Mapping[str, Article], words: Words) -> str:
    """Return an answer, or the abstention, with what it stands on.

    Args:
        turn: Number of the turn within the conversation, so that its anchors are its own.
        answer: The answer.
        articles: The articles that it points to, by id.
        words: Words of the interface.
    """
    body = _render_statements if answer.answered else _render_abstention
    return f"{_render_understood(answer, words)}{body(turn, answer, articles, words)}"


def confidence_level(confidence: float) -> str:
    """Return the key of the word for a confidence: `"high"`, `"medium"` or `"low"`."""
    return "high" if confidence >= _HIGH else "medium" if confidence >= _MEDIUM else "low"


def _render_understood(answer: Answer, words: Words) -> str:
    if answer.understood == answer.question:
        return ""
    return (
        f'<p class="qa-understood">{escape(words["understood"])} <q lang="{escape(answer.language)}">'
        f"<bdi>{escape(answer.understood)}</bdi></q> "
        f'<button type="button" class="qa-link" data-do="alone">{escape(words["as_it_stands"])}</button></p>'
    )


def _render_statements(turn: int, answer: Answer, articles: Mapping[str, Article], words: Words) -> str:
    statements = "".join(
        f'<p dir="auto"{_lang(cited, articles)}>{said}</p>' for said, cited in _split_statements(turn, answer, words)
    )
    return (
        f'<div class="qa-answer"><div class="qa-statements">{statements}</div>'
        f"{_render_sources(answer, articles, words)}"
        f'<div class="qa-foot">{_render_confidence(answer, words)}{_render_actions(words)}</div></div>'
    )


def _render_abstention(turn: int, answer: Answer, articles: Mapping[str, Article], words: Words) -> str:
    looked = escape(say_count(words, "looked", answer.articles_searched))
    return (
        f'<div class="qa-answer qa-abstention"><p class="qa-none" lang="{escape(answer.language)}">'
        f"{escape(answer.text)}</p>"
        f'<p class="qa-looked">{looked} · {_render_version(answer.index_version, words)}</p>'
        f"{_render_nearest(turn, answer, articles, words) if answer.nearest else ''}"
        f'<div class="qa-foot">{_render_actions(words)}</div></div>'
    )


def _render_version(version: str, words: Words) -> str:
    """Return an index version as a reader knows it: by when it was built. Pointing at it shows its whole id."""
    built = _VERSION.match(version)
    said = words["version"].format(version=version)
    if built:
        day, hour, minute = "-".join(built.groups()[:3]), built[4], built[5]
        said = words["version_built"].format(day=say_date(words, day), time=f"{hour}:{minute}", version=version[-6:])
    return f'<span title="{escape(version)}">{escape(said)}</span>'


def _render_nearest(turn: int, answer: Answer, articles: Mapping[str, Article], words: Words) -> str:
    items = "".join(
        f'<li><blockquote dir="auto"{_lang([citation], articles)}>'
        f"{_join_marks(escape(citation.quote), [_render_mark(turn, citation, words, answered=False)])}</blockquote>"
        f'<p class="qa-about"><cite><bdi>{escape(citation.title)}</bdi></cite></p></li>'
        for citation in answer.nearest
    )
    return (
        f'<h3>{escape(words["nearest"])} <span class="qa-note">{escape(words["nearest_note"])}</span></h3>'
        f'<ul class="qa-nearest">{items}</ul>'
    )


def _split_statements(turn: int, answer: Answer, words: Words) -> list[tuple[str, list[Citation]]]:
    """Return the answer's statements, each as HTML with the links of its `[n]`, and what it cites.

    A quote may itself hold something like `[1]`, so whole quotes are stepped over first.
    """
    by_number = {citation.number: citation for citation in answer.citations}
    quotes = sorted({" ".join(citation.quote.split()) for citation in answer.citations}, key=len, reverse=True)
    statements: list[tuple[str, list[Citation], str]] = []  # what is said, what it cites, what closes it
    said, cited, closing = "", list[Citation](), ""
    for part in re.split("(" + "|".join([*map(re.escape, quotes), r"\[\d+\]"]) + ")", answer.text):
        mark = re.fullmatch(r"\[(\d+)\]", part)
        if mark and int(mark[1]) in by_number:
            cited = [*cited, by_number[int(mark[1])]]
            continue
        if cited:
            rest = _CLOSING.sub("", part)
            closing, part = closing + part.removesuffix(rest), rest
        if cited and part.strip():
            statements.append((said, cited, closing))
            said, cited, closing = "", [], ""
        said += part
    return [
        (
            _join_marks(
                _render_said(said.strip(), cited), [_render_mark(turn, one, words) for one in cited], escape(closing)
            ),
            cited,
        )
        for said, cited, closing in [*statements, (said, cited, closing)]
        if said.strip()
    ]


def _render_said(said: str, cited: Sequence[Citation]) -> str:
    """Return a statement with the words in bold that answer, where it is a quote of which they are known."""
    for citation in cited:
        quote = " ".join(citation.quote.split())
        at = said.find(quote)
        if at < 0 or citation.answer_start is None or citation.answer_end is None:
            continue
        before, answer = (
            " ".join(citation.quote[first - citation.start : last - citation.start].split())
            for first, last in ((citation.start, citation.answer_start), (citation.answer_start, citation.answer_end))
        )
        start = said.find(answer, at + len(before))
        if answer and len(answer) <= _BOLD_SHARE_MAX * len(quote) and start >= 0:
            end = start + len(answer)
            # Word by word, since what follows takes the last word of a statement out to keep its marks beside it.
            bold = " ".join(f"<strong>{escape(word)}</strong>" for word in answer.split())
            return f"{escape(said[:start])}{bold}{escape(said[end:])}"
    return escape(said)


def _join_marks(text: str, marks: Sequence[str], closing: str = "") -> str:
    """Return escaped text with its marks, which never begin a line: the word before them stays on theirs."""
    if not marks:
        return text
    word = _LAST_WORD.search(text)
    if not word:  # so long a word has to be broken itself
        return f"{text} {''.join(marks)}{closing}"
    return f'{text[: word.start()]}<span class="qa-together">{word[0]} {"".join(marks)}{closing}</span>'


def _render_mark(turn: int, citation: Citation, words: Words, *, answered: bool = True) -> str:
    number = citation.number
    label = escape(words["go_to_quote" if answered else "near_label"].format(number=number))
    kind = "qa-mark" if answered else "qa-mark qa-near-mark"
    shown = f"[{number}]" if answered else f"≈{number}"
    return (
        f'<a class="{kind}" id="statement-{turn}-{number}" href="#sentence-{turn}-{number}" data-number="{number}" '
        f'data-article="{escape(citation.article)}" lang="{words["language"]}" aria-label="{label}">{shown}</a>'
    )


def _render_sources(answer: Answer, articles: Mapping[str, Article], words: Words) -> str:
    """Return the cited articles, each once, with the numbers that cite it."""
    cited: dict[str, list[Citation]] = {}
    for citation in answer.citations:
        cited.setdefault(citation.article, []).append(citation)
    items = "".join(_render_source(articles[article_id], group, words) for article_id, group in cited.items())
    return f'<h3 class="qa-hidden">{escape(words["sources"])}</h3><ul class="qa-sources">{items}</ul>'


def _render_source(article: Article, citations: Sequence[Citation], words: Words) -> str:
    numbers = " ".join(f"<span>{citation.number}</span>" for citation in citations)
    about = [render_date(article.published, words)] if article.published else []
    about.append(render_origin(article.source))
    return (
        f'<li><span class="qa-numbers">{numbers}</span><div>'
        f"<cite{_lang_of(article)}><bdi>{escape(article.title)}</bdi></cite>"
        f'<p class="qa-about">{" · ".join(about)}</p>{_render_repetitions(citations, words)}</div></li>'
    )


def _render_repetitions(citations: Sequence[Citation], words: Words) -> str:
    """Return the other articles that say the same as some citations, each once: they are one source with this one."""
    others = {other.article: other for citation in citations for other in citation.also}
    if not others:
        return ""
    named = ", ".join(
        f'<bdi title="{escape(other.quote)}">{escape(other.title)} ({escape(other.source)})</bdi>'
        for other in others.values()
    )
    return f'<p class="qa-about">{escape(words["also"])} {named}</p>'


def _render_confidence(answer: Answer, words: Words) -> str:
    level = confidence_level(answer.confidence)
    said = escape(words["confidence"].format(level=words[level]))
    percent = min(99, max(1, round(100 * answer.confidence)))
    means = "".join(
        f"<p>{escape(words[key].format(percent=percent))}</p>"
        for key in ("confidence_means", "confidence_measured", "confidence_limits")
    )
    return (
        f'<details class="qa-confidence qa-{level}"><summary>{said}</summary>'
        f'<div class="qa-explained">{means}</div></details>'
    )


def _render_actions(words: Words) -> str:
    return (
        f'<div class="qa-actions">{_render_button("copy", words["copy_label"], words["copy"])}'
        f"{_render_button('up', words['good'], pressed=False)}"
        f"{_render_button('down', words['bad'], pressed=False)}</div>"
    )


def _render_button(do: str, label: str, text: str = "", *, pressed: bool | None = None) -> str:
    state = "" if pressed is None else f' aria-pressed="{str(pressed).lower()}"'
    return (
        f'<button type="button" class="qa-action qa-{do}" data-do="{do}"{state} aria-label="{escape(label)}" '
        f'title="{escape(label)}">{escape(text)}</button>'
    )


def _lang(citations: Iterable[Citation], articles: Mapping[str, Article]) -> str:
    """Return the attribute that states the language of quotes, where they share one."""
    languages = {articles[citation.article].language for citation in citations}
    return f' lang="{escape(languages.pop())}"' if len(languages) == 1 and "und" not in languages else ""


def _lang_of(article: Article) -> str:
    return "" if article.language == "und" else f' lang="{escape(article.language)}"'
