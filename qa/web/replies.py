"""What the page asks the server for, and the replies. No conversation is kept here: the page sends what is needed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.errors import ArticleError, QAError, QuestionError
from qa.schema import Answer, Article, Citation
from qa.settings import Settings, load_settings
from qa.web.article_view import render_article
from qa.web.problems import say_problem
from qa.web.turns import render_answer
from qa.web.words import DEFAULT_LANGUAGE, WORDS, Words, say_count

if TYPE_CHECKING:
    from qa.engine import ArticleQA

QUESTIONS_AT_ONCE = 4
HISTORY_MAX = 8  # earlier answers that a question is understood from

_SENT_ALONG_CHARS = 60_000  # an article up to this length comes with the answer, a longer one when it is opened

Request = Mapping[str, Any]
Reply = dict[str, Any]


def make_replies(index: Path, settings: Settings | None) -> list[Callable[[Any], Reply]]:
    """Return the functions that the page may call, by their names.

    Each takes one JSON object, in which `language` names the page's, and returns another; where it cannot be done,
    that holds `problem`, said in that language.

    Args:
        index: Folder of the index. It is opened when the page has been shown, and again after each rebuild.
        settings: Settings to answer with; by default those of `qa.toml` and the environment.
    """
    asking = threading.BoundedSemaphore(QUESTIONS_AT_ONCE)
    suggesting = threading.Lock()
    suggested: dict[tuple[str, str], list[str]] = {}  # by index version and language; one version is kept

    def open_index(_: Request, words: Words) -> Reply:
        from qa.store import live_version

        if live_version(index) is None:
            return {"problem": words["no_index"]}
        return _open_index(_engine(index, settings), words)

    def suggest(_: Request, words: Words) -> Reply:
        with suggesting:  # found once; whoever comes next has them
            return _suggest(_engine(index, settings), words, suggested)

    def ask(asked: Request, words: Words) -> Reply:
        with asking:
            return _ask(_engine(index, settings), asked, words)

    def read_article(asked: Request, words: Words) -> Reply:
        return _read_article(_engine(index, settings), asked, words)

    def save_conversation(asked: Request, _: Words) -> Reply:
        return _save_conversation(asked)

    def note_feedback(asked: Request, _: Words) -> Reply:
        return _note_feedback(index, settings, asked)

    return [
        _called_by_page(reply) for reply in (open_index, suggest, ask, read_article, save_conversation, note_feedback)
    ]


def _called_by_page(reply: Callable[[Request, Words], Reply]) -> Callable[[Any], Reply]:
    def called(request: Any) -> Reply:
        asked: Request = request if isinstance(request, Mapping) else {}
        words = WORDS.get(str(asked.get("language")), WORDS[DEFAULT_LANGUAGE])
        try:
            return reply(asked, words)
        except QAError as error:
            return {"problem": say_problem(error, words)}

    called.__name__ = reply.__name__  # by which the page calls it
    return called


def _engine(index: Path, settings: Settings | None) -> ArticleQA:
    from qa.engine import open_live

    return open_live(index, settings=settings)


def _open_index(engine: ArticleQA, words: Words) -> Reply:
    return {"status": say_count(words, "ready", engine.counts["articles"]), "version": engine.version}


def _suggest(engine: ArticleQA, words: Words, suggested: dict[tuple[str, str], list[str]]) -> Reply:
    from qa.examples import example_questions

    wanted = (engine.version, words["language"])
    if wanted not in suggested:
        for other in [key for key in suggested if key[0] != engine.version]:
            del suggested[other]
        suggested[wanted] = example_questions(engine, language=words["language"])
    return {"questions": suggested[wanted]}


def _ask(engine: ArticleQA, asked: Request, words: Words) -> Reply:
    only = asked.get("articles")
    answer = engine.ask(
        asked.get("question", ""),
        history=[Answer.from_dict(earlier) for earlier in _list(asked, "history")[-HISTORY_MAX:]],
        articles=only if only is None else _list(asked, "articles"),
    )
    turn = _turn(asked)
    shown = answer.citations or answer.nearest
    articles = {citation.article: engine.article(citation.article) for citation in shown}
    return {
        "html": render_answer(turn, answer, articles, words),
        "answer": answer.to_dict(),
        "markdown": answer.to_markdown(),
        "status": say_count(words, "ready", engine.counts["articles"]),
        "articles": {
            article.id: _render(article, shown, turn, answer.answered, words)
            for article in articles.values()
            if len(article.text) <= _SENT_ALONG_CHARS
        },
    }


def _read_article(engine: ArticleQA, asked: Request, words: Words) -> Reply:
    answer = Answer.from_dict(asked.get("answer", {}))
    article_id = str(asked.get("article"))
    shown = [citation for citation in answer.citations or answer.nearest if citation.article == article_id]
    try:
        article = engine.article(article_id)
    except ArticleError:
        return {"missing": words["gone"]}
    fitting = [found for citation in shown if (found := _fit(citation, article.text))]
    reply: Reply = {"html": _render(article, fitting, _turn(asked), answer.answered, words)}
    if len(fitting) < len(shown):
        reply["changed"] = words["changed"]
    return reply


def _render(article: Article, shown: Any, turn: int, answered: bool, words: Words) -> str:
    cited = [citation for citation in shown if citation.article == article.id]
    return render_article(article, words, citations=cited, turn=turn, answered=answered)


def _fit(citation: Citation, text: str) -> Citation | None:
    """Return a citation as it stands in a text that may be newer than its answer, or None where it no longer does."""
    if text[citation.start : citation.end] == citation.quote:
        return citation
    start = text.find(citation.quote)
    return replace(citation, start=start, end=start + len(citation.quote)) if start >= 0 and citation.quote else None


def _save_conversation(asked: Request) -> Reply:
    from qa.export import conversation_to_json, conversation_to_markdown

    answers = [Answer.from_dict(answer) for answer in _list(asked, "answers")]
    if asked.get("form") == "json":
        return {"text": conversation_to_json(answers), "type": "application/json", "ending": "json"}
    return {"text": conversation_to_markdown(answers), "type": "text/markdown", "ending": "md"}


def _note_feedback(index: Path, settings: Settings | None, asked: Request) -> Reply:
    from qa.feedback import feedback_file, save_feedback

    save_feedback(
        feedback_file(index, settings or load_settings()),
        Answer.from_dict(asked.get("answer", {})),
        asked.get("verdict", ""),
        str(asked.get("comment", "")),
        answer_id=str(asked["showing"]) if asked.get("showing") else None,
    )
    return {}


def _turn(asked: Request) -> int:
    turn = asked.get("turn")
    return turn if isinstance(turn, int) else 0


def _list(asked: Request, key: str) -> list[Any]:
    found = asked.get(key, [])
    if not isinstance(found, list):
        raise QuestionError(f"{key} must be a list, not {type(found).__name__}.")
    return found
