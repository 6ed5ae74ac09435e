"""What the library's tab asks the server for, and the replies. Imported with the first of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from qa.articles import is_url
from qa.articles.files import SUFFIXES
from qa.build import index_is_current
from qa.errors import ArticleError, QAError
from qa.library import (
    Library,
    Rebuilding,
    Taken,
    add_files,
    add_text,
    find_library,
    remove_article,
    removed_files,
    restore_file,
)
from qa.settings import Settings, load_settings
from qa.store import live_version
from qa.web.article_view import render_article
from qa.web.library_list import ArticleList
from qa.web.library_problems import say_library_problem, say_reason
from qa.web.library_words import LIBRARY_WORDS
from qa.web.uploads import discard_uploads, find_upload
from qa.web.words import DEFAULT_LANGUAGE, WORDS, Words

REFUSED_MAX = 200  # of the lines of one file, or the files of a build, that are shown

_WRITES = {"put", "paste", "remove", "restore", "build", "stop"}

Request = Mapping[str, Any]
Reply = dict[str, Any]


class LibraryReplies:
    """The replies, with the list of the version that was live last and the build that runs.

    Args:
        index: Folder of the index; it need not exist yet.
        settings: Settings with the limits; by default those of `qa.toml` and the environment.
    """

    def __init__(self, index: Path, settings: Settings | None) -> None:
        self._index = index
        self._settings = settings
        self._rebuilding = Rebuilding()
        self._writing = threading.Lock()
        self._listed: tuple[str | None, ArticleList] = (None, ArticleList([]))

    def answer(self, name: str, request: Any) -> Reply:
        """Give the reply of that name, or say what is in the way; what writes is done one at a time.

        Args:
            name: Name of one of the methods below that say so.
            request: A JSON object, in which `language` names the page's.

        Returns:
            A JSON object; where it cannot be done, it holds `problem`, said in that language.
        """
        asked: Request = request if isinstance(request, Mapping) else {}
        words = LIBRARY_WORDS.get(str(asked.get("language")), LIBRARY_WORDS[DEFAULT_LANGUAGE])
        reply: Callable[[Request, Words], Reply] = getattr(self, name)
        try:
            if name not in _WRITES:
                return reply(asked, words)
            if not self.settings.library_writable:
                return {"problem": words["read_only"]}
            with self._writing:
                return reply(asked, words)
        except QAError as error:
            return {"problem": say_library_problem(error, words)}

    @property
    def settings(self) -> Settings:
        """The settings with the limits."""
        return self._settings or load_settings()

    def open(self, asked: Request, words: Words) -> Reply:  # noqa: ARG002
        """Say what there is, what may be done, and whether the index knows all of it."""
        settings = self.settings
        reply: Reply = {
            "writable": settings.library_writable,
            "limits": {"mb": settings.upload_mb_max, "files": settings.upload_files_max},
            "formats": ", ".join(SUFFIXES),
            "folder": "",
            "count": 0,
            "changed": False,
            "removed": [],
            "building": self._rebuilding.state.status == "running",
        }
        try:
            reply["count"] = len(self._articles().articles)
            library = find_library(self._index)
            reply["folder"] = library.folder.as_posix()
            reply["removed"] = [removed.name for removed in removed_files(library)]
            reply["changed"] = self._has_changed(library)
        except QAError as error:
            reply["problem"] = say_library_problem(error, words)
        return reply

    def list(self, asked: Request, words: Words) -> Reply:  # noqa: ARG002
        """Return one page of what a search finds."""
        articles = self._articles()
        number = asked.get("page", 1)
        page = articles.page(
            _text(asked, "search"),
            sort=_text(asked, "sort"),
            descending=asked.get("descending") is True,
            number=number if isinstance(number, int) else 1,
        )
        rows = [{**article.to_dict(), "gone": _is_gone(article.file)} for article in page.articles]
        return {
            "rows": rows,
            "found": page.found,
            "page": page.number,
            "pages": page.pages,
            "authors": articles.has_authors,
        }

    def choose(self, asked: Request, words: Words) -> Reply:  # noqa: ARG002
        """Return id and title of all that a search finds."""
        return {"articles": [(found.id, found.title) for found in self._articles().find(_text(asked, "search"))]}

    def read(self, asked: Request, words: Words) -> Reply:
        """Return one article as HTML, its file, and how many articles are read from that."""
        from qa.engine import open_live

        article = open_live(self._index, settings=self._settings).article(_text(asked, "article"))
        together = sum(other.file == article.file for other in self._articles().articles)
        html = render_article(article, WORDS[words["language"]])
        return {"html": html, "file": article.file, "together": together}

    def put(self, asked: Request, words: Words) -> Reply:
        """Put in files that were sent; return which were taken and which refused."""
        files = asked.get("files")
        if not isinstance(files, list) or not all(isinstance(file, dict) for file in files):
            raise ArticleError("no files were sent.")
        uploads = [(_text(file, "name"), find_upload(_text(file, "path"))) for file in files]
        try:
            outcomes = add_files(find_library(self._index), uploads, settings=self.settings)
        finally:
            discard_uploads([path for _, path in uploads])
        taken = [outcome for outcome in outcomes if isinstance(outcome, Taken)]
        refused = [
            (found.source, say_reason(found.reason, words)) for found in outcomes if not isinstance(found, Taken)
        ]
        return {"taken": [_taken(found, words) for found in taken], "refused": refused}

    def paste(self, asked: Request, words: Words) -> Reply:
        """Put in a text."""
        stated = {name: _text(asked, name) for name in ("title", "date", "source")}
        taken = add_text(find_library(self._index), _text(asked, "text"), **stated)
        return {"taken": [_taken(taken, words)]}

    def remove(self, asked: Request, words: Words) -> Reply:  # noqa: ARG002
        """Take an article's file out; return under which name it can be put back."""
        removed = remove_article(
            find_library(self._index), _text(asked, "article"), whole_file=asked.get("whole_file") is True
        )
        return {"name": removed.name, "count": len(removed.titles)}

    def restore(self, asked: Request, words: Words) -> Reply:  # noqa: ARG002
        """Put a file back."""
        return {"file": restore_file(find_library(self._index), _text(asked, "name"))}

    def build(self, asked: Request, words: Words) -> Reply:  # noqa: ARG002
        """Start a build."""
        library = find_library(self._index)
        if not library.build_sources:
            raise ArticleError("there are no articles yet. Add the first ones, then build the index.")
        self._rebuilding.start(library, self.settings)
        return {"building": True}

    def stop(self, asked: Request, words: Words) -> Reply:  # noqa: ARG002
        """Stop the build."""
        self._rebuilding.stop()
        return {}

    def state(self, asked: Request, words: Words) -> Reply:  # noqa: ARG002
        """Say how far the build is, or how the last one ended."""
        state = self._rebuilding.state
        reply = asdict(state)
        if state.built is not None:
            refused = state.built.refused[:REFUSED_MAX]
            reply["built"]["refused"] = [(found.source, say_reason(found.reason, words)) for found in refused]
        if state.status == "failed":
            reply["problem"] = say_library_problem(QAError(state.error), words)
        return reply

    def _articles(self) -> ArticleList:
        """Return the articles of the live version; none where there is no index yet."""
        from qa.engine import open_live

        version = live_version(self._index)
        known, listed = self._listed
        if version != known:
            found = open_live(self._index, settings=self._settings).summaries() if version else []
            listed = ArticleList(found)
            self._listed = (version, listed)
        return listed

    def _has_changed(self, library: Library) -> bool:
        sources = library.build_sources
        if not sources or any(map(is_url, sources)):  # of an address only fetching it would tell
            return False
        return not index_is_current(sources, index=self._index, settings=self._settings)


def _text(asked: Request, name: str) -> str:
    value = asked.get(name, "")
    return value if isinstance(value, str) else ""


def _is_gone(file: str) -> bool:
    return bool(file) and not is_url(file) and not Path(file).exists()


def _taken(taken: Taken, words: Words) -> tuple[str, str, int, str, list[tuple[str, str]]]:
    lines = [(found.source, say_reason(found.reason, words)) for found in taken.refused[:REFUSED_MAX]]
    return taken.given, Path(taken.kept).name, taken.articles, taken.title, lines
