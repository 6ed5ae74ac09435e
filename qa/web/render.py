"""Answers as HTML. What an article, a question or an error says is data: it is always escaped."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

from qa.schema import Answer, Article, Citation
from qa.web.words import Words, say_count, say_date

# Chosen, not tuned: steps between the default `answer_threshold` and 1.
_HIGH, _MEDIUM = 0.85, 0.65

_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_CLOSING = re.compile(r"^[^\w\s]+")
_CONTEXT_CHARS = 800


def render_conversation(turns: list[str], words: Words) -> str:
    """Return the conversation; a screen reader reads out what is added to it."""
    return f'<div role="log" aria-label="{escape(words["conversation"])}">{"".join(turns)}</div>'


def render_answered(turn: int, answer: Answer, articles: Mapping[str, Article], count: int, words: Words) -> str:
    """Return one turn: the question, and its answer with the sentences that it stands on.

    Args:
        turn: Number of the turn within the conversation, so that its anchors are its own.
        answer: The answer.
        articles: The articles that it cites, by id.
        count: Number of articles that were looked through.
        words: Words of the interface.
    """
    said = _render_answer if answer.answered else _render_abstention
    return _render_turn(answer.question, said(turn, answer, articles, count, words))


def render_pending(question: str, words: Words) -> str:
    """Return a turn that waits for its answer."""
    return _render_turn(question, f'<p class="qa-pending">{escape(words["looking"])}</p>')


def render_error(question: str, message: str, words: Words) -> str:
    """Return a turn that could not be answered, and why."""
    why = escape(message[:1].upper() + message[1:])
    return _render_turn(
        question, f'<div class="qa-error" role="alert"><strong>{escape(words["error"])}.</strong> {why}</div>'
    )


def render_status(count: int, words: Words) -> str:
    """Return the line that says what answers come from."""
    return f'<p class="qa-status">{escape(say_count(words, "ready", count))}</p>'


def _render_turn(question: str, body: str) -> str:
    asked = f'<h2 class="qa-question" dir="auto">{escape(question.strip())}</h2>' if question.strip() else ""
    return f'<section class="qa-turn">{asked}{body}</section>'


def _render_answer(turn: int, answer: Answer, articles: Mapping[str, Article], count: int, words: Words) -> str:  # noqa: ARG001
    level = "high" if answer.confidence >= _HIGH else "medium" if answer.confidence >= _MEDIUM else "low"
    statements = "".join(f'<p dir="auto">{said}</p>' for said in _render_statements(turn, answer, words))
    return (
        f'<div class="qa-answer"><div class="qa-statements">{statements}</div>'
        f'<p class="qa-confidence qa-{level}" title="{answer.confidence:.2f}">'
        f"{escape(words['confidence'].format(level=words[level]))}</p>"
        f"{_render_sources(turn, words['sources'], answer.citations, articles, words)}</div>"
    )


def _render_abstention(turn: int, answer: Answer, articles: Mapping[str, Article], count: int, words: Words) -> str:
    nearest = _render_sources(turn, words["nearest"], answer.nearest, articles, words) if answer.nearest else ""
    return (
        f'<div class="qa-answer qa-abstention"><p lang="{escape(answer.language)}">{escape(answer.text)}</p>'
        f"<p>{escape(say_count(words, 'looked', count))}</p>{nearest}</div>"
    )


def _render_statements(turn: int, answer: Answer, words: Words) -> list[str]:
    """Return the answer's statements, each with the links of its `[n]`.

    A quote may itself hold something like `[1]`, so whole quotes are stepped over first.
    """
    numbers = {citation.number for citation in answer.citations}
    quotes = sorted({" ".join(citation.quote.split()) for citation in answer.citations}, key=len, reverse=True)
    statements: list[str] = []
    said = ""
    linked = False
    for part in re.split("(" + "|".join([*map(re.escape, quotes), r"\[\d+\]"]) + ")", answer.text):
        mark = re.fullmatch(r"\[(\d+)\]", part)
        if mark and int(mark[1]) in numbers:
            said, linked = said + _render_link(turn, int(mark[1]), words), True
            continue
        if linked:
            rest = _CLOSING.sub("", part)
            said, part = said + escape(part.removesuffix(rest)), rest
        if linked and part.strip():
            statements.append(said)
            said, linked = "", False
        said += escape(part)
    return [statement.strip() for statement in [*statements, said] if statement.strip()]


def _render_link(turn: int, number: int, words: Words) -> str:
    label = escape(words["go_to_quote"].format(number=number))
    return f'<a class="qa-mark" href="#quote-{turn}-{number}" aria-label="{label}">[{number}]</a>'


def _render_sources(
    turn: int, heading: str, citations: tuple[Citation, ...], articles: Mapping[str, Article], words: Words
) -> str:
    items = "".join(_render_source(turn, citation, articles[citation.article], words) for citation in citations)
    return f'<h3>{escape(heading)}</h3><ol class="qa-sources">{items}</ol>'


def _render_source(turn: int, citation: Citation, article: Article, words: Words) -> str:
    language = "" if article.language == "und" else f' lang="{escape(article.language)}"'
    about = [f'<cite dir="auto">{escape(citation.title)}</cite>']
    if citation.published:
        said = escape(say_date(words, citation.published))
        about.append(f'<time datetime="{escape(citation.published)}">{said}</time>')
    about.append(_render_origin(citation.source))
    return (
        f'<li id="quote-{turn}-{citation.number}" tabindex="-1"><span class="qa-number">{citation.number}</span>'
        f'<div><blockquote dir="auto"{language}>{escape(citation.quote)}</blockquote>'
        f'<p class="qa-about">{" · ".join(about)}</p>'
        f"<details><summary>{escape(words['context'])}</summary>"
        f'<p class="qa-context" dir="auto"{language}>{render_context(article.text, citation.start, citation.end)}</p>'
        f"</details></div></li>"
    )


def _render_origin(source: str) -> str:
    """Return where an article comes from; a link only where that is a web address."""
    said = escape(source)
    if source.startswith(("http://", "https://")):
        return f'<a href="{said}" target="_blank" rel="noopener noreferrer nofollow">{said}</a>'
    return f"<span>{said}</span>"


def render_context(text: str, start: int, end: int) -> str:
    """Return the paragraph around a sentence, with the sentence marked.

    Args:
        text: Text of the article.
        start: Offset of the sentence.
        end: Offset after it.
    """
    blanks = list(_BLANK_LINE.finditer(text, 0, start))
    first = blanks[-1].end() if blanks else 0
    blank = _BLANK_LINE.search(text, end)
    last = blank.start() if blank else len(text)
    # A text without blank lines is one paragraph: show what is near.
    before, after = text[first:start].lstrip(), text[end:last].rstrip()
    if len(before) > _CONTEXT_CHARS:
        before = "…" + before[-_CONTEXT_CHARS:].partition(" ")[2]
    if len(after) > _CONTEXT_CHARS:
        after = after[:_CONTEXT_CHARS].rpartition(" ")[0] + "…"
    return f"{escape(before)}<mark>{escape(text[start:end])}</mark>{escape(after)}"
