"""Conversation -> Markdown or JSON, to take away: each citation with its article, source, date and exact quote."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from qa.schema import Answer, Citation, Repetition

# Emphasis, code, HTML, tables, mathematics; images; the second half of a link; what makes a line a list or a rule.
_MARKUP = re.compile(r"[\\`*_<>#|~$]|!(?=\[)|(?<=\])[(:\[]|^[-+=]|(?<=^\d)[.)]|(?<=^\d\d)[.)]")


_LINE_END = re.compile(r"[ \t]*[\r\n][ \t\r\n]*")  # a no-break space is the author's and stays


def conversation_to_markdown(answers: Sequence[Answer]) -> str:
    """Return a conversation as Markdown: each question, its answer, and every quote with where it stands.

    Whatever a question or an article holds is written as text, not as markup.

    Args:
        answers: The answers of the conversation, oldest first.
    """
    return "\n---\n\n".join("\n".join(_turn_lines(answer)) for answer in answers)


def conversation_to_json(answers: Sequence[Answer]) -> str:
    """Return a conversation as JSON: `{"answers": [...]}`, each as `Answer.to_dict` gives it.

    Args:
        answers: The answers of the conversation, oldest first.
    """
    return json.dumps({"answers": [answer.to_dict() for answer in answers]}, ensure_ascii=False, indent=2) + "\n"


def _turn_lines(answer: Answer) -> list[str]:
    lines = [f"## {_plain(answer.question)}", ""]
    if answer.understood != answer.question:
        lines += [f"*{_plain(answer.understood)}*", ""]
    lines += [_plain(answer.text), ""]
    for citation in answer.citations or answer.nearest:
        mark = f"[{citation.number}]" if answer.answered else "≈"
        lines.append(f"- {mark} “{_plain(citation.quote)}” — {_about(citation)}")
        lines += [f"  - also “{_plain(other.quote)}” — {_about(other)}" for other in citation.also]
    return [*lines, "", f"Index version {answer.index_version}.", ""]


def _about(said: Citation | Repetition) -> str:
    return ", ".join(_plain(part) for part in (said.title, said.published, said.source) if part)


def _plain(text: str) -> str:
    """Return text on one line in which every character that could be markup has Markdown's own escape before it."""
    return _MARKUP.sub(r"\\\g<0>", _LINE_END.sub(" ", text))
