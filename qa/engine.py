"""`ArticleQA`: open an index, ask it, read its articles."""

from __future__ import annotations

import logging
import os
import threading
import time
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from types import TracebackType
from typing import Self

from qa.conversation import Understanding, understand
from qa.embedding import load_embedding
from qa.errors import ArticleError, QuestionError, ReaderError, UnusableIndexError
from qa.evidence import choose_evidence
from qa.messages import abstention
from qa.reader import Reader, load_reader
from qa.reranking import rerank
from qa.retrieval import Candidate, Context, HybridRetriever
from qa.schema import QUESTION_CHARS_MAX, Answer, Article, ArticleSummary, Citation, Passage, Repetition
from qa.settings import Settings, load_settings
from qa.store import IndexVersion, Selection, live_version

_LOG = logging.getLogger(__name__)

_CANDIDATES = 8  # sentences that the evidence is chosen from
_ALSO_MAX = 20  # articles that are named for saying the same as a citation
_INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"  # what a copied nothing may consist of


class ArticleQA:
    """One open index version that answers questions. Safe to call from several threads at once.

    One that `open` gives takes up the live version again and again: between two questions, after each rebuild. Its
    articles are those of the version that answered last, so that quotes and texts belong together. Use it as a context
    manager, or call `close` at the end.

    Args:
        version: The open index version; closed with this object.
        settings: The settings to answer with.

    Raises:
        UnusableIndexError: The version was made by another embedding model.
        EmbeddingError: The embedding model cannot be loaded.
    """

    def __init__(self, version: IndexVersion, settings: Settings) -> None:
        self._version = version
        self._settings = settings
        self.retriever = HybridRetriever(version, load_embedding(settings.embedding_model))
        self._reader = _usable_reader() if settings.reader else None
        self._follows: Path | None = None
        self._fixed: Self | None = None  # what answers now, where this follows the live version
        self._closed = False
        self._taking_up = threading.Lock()

    @classmethod
    def open(
        cls,
        index: str | os.PathLike[str] = "indexes/default",
        *,
        settings: Settings | None = None,
        version: str | None = None,
        follow: bool = True,
    ) -> Self:
        """Open an index.

        Args:
            index: Folder of the index.
            settings: Settings to answer with; by default those of `qa.toml` and the environment.
            version: Id of the version to open and stay with, such as `Answer.index_version`; by default the live one.
            follow: Take up a newer live version before a question, after a rebuild or a rollback.

        Raises:
            EmbeddingError: The embedding model cannot be loaded.
            SettingsError: A setting is wrong.
            UnusableIndexError: The index is missing, unfinished, damaged, or of another format or model.
        """
        settings = settings or load_settings()
        folder = Path(index)
        opened = _open_live(folder) if version is None else IndexVersion(folder, version)
        try:
            engine = cls(opened, settings)
        except BaseException:
            opened.close()
            raise
        if follow and version is None:
            engine._fixed = copy(engine)
            engine._follows = folder.absolute()
        return engine

    def _take_up(self) -> Self:
        """Return what answers now; the one before stays with whoever still asks it, and is closed after that."""
        if self._follows is None or self._fixed is None or self._closed:
            return self
        with self._taking_up:
            live = live_version(self._follows)
            if live not in (None, self.version):
                fresh = type(self).open(self._follows, settings=self._settings, follow=False)
                self._version, self.retriever, self._fixed = fresh._version, fresh.retriever, fresh
            return self._fixed

    @property
    def version(self) -> str:
        """Id of the index version that answers."""
        return self._version.manifest.version

    @property
    def counts(self) -> dict[str, int]:
        """Number of `articles`, `passages` and `sentences` that a question is looked up in."""
        return dict(self._version.manifest.counts)

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Answer] = (),
        articles: Collection[str] | None = None,
        limit: int | None = None,
    ) -> Answer:
        """Answer a question with sentences of the articles, or say that they do not answer it.

        Args:
            question: The question, in any language that the embedding model reads, up to 2,000 characters.
            history: The earlier answers of the conversation, oldest first. What the question leaves out is taken from
                them, and `Answer.understood` says how it was understood; a question that stands alone is left alone.
            articles: Ids of the articles to look into; by default all.
            limit: At most this many citations; by default `Settings.citations_max`.

        Raises:
            ArticleError: The index has no article of one of these ids.
            QuestionError: The question is empty, too long or holds control characters; no article is given; or the
                history does not hold answers.
            UnusableIndexError: The index is damaged, or was closed.
        """
        if (now := self._take_up()) is not self:
            return now.ask(question, history=history, articles=articles, limit=limit)
        question = _checked(question)
        history = _checked_history(history)
        limit = _checked_limit(self._settings.citations_max if limit is None else limit)
        within = self._select(articles)
        timings: dict[str, float] = {}
        with _timed(timings, "retrieve"):
            meant = understand(question, history)
            context = self._context(meant, history, within)
            retrieval = self.retriever.search(meant.question, within, context)
            cited = self._rows_of(history) if meant.further else set()
        if self._reader is not None:
            with _timed(timings, "read"):
                retrieval = rerank(retrieval, self._reader, self.retriever, str(meant))
        with _timed(timings, "choose"):
            candidates = self.retriever.candidates(retrieval, _CANDIDATES + len(cited), within=within)
            evidence = choose_evidence(
                retrieval,
                [found for found in candidates if found.hit.row not in cited],
                limit=limit,
                threshold=self._settings.answer_threshold,
            )
            shown = [self._cite(number, *chosen) for number, chosen in enumerate(evidence.chosen, 1)]
        timings["total"] = round(sum(timings.values()), 3)
        said = " ".join(f"{' '.join(citation.quote.split())} [{citation.number}]" for citation in shown)
        return Answer(
            question=question,
            understood=str(meant),
            text=said if evidence.answers else abstention(retrieval.language),
            answered=evidence.answers,
            confidence=evidence.confidence,
            language=retrieval.language,
            citations=tuple(shown) if evidence.answers else (),
            nearest=() if evidence.answers else tuple(shown),
            articles_searched=self.counts["articles"] if within is None else len(within.articles),
            index_version=self.version,
            timings_ms=timings,
        )

    def retrieve(self, question: str, *, articles: Collection[str] | None = None, limit: int = 10) -> list[Passage]:
        """Find the passages that fit a question.

        Args:
            question: As in `ask`.
            articles: Ids of the articles to look into; by default all.
            limit: At most this many.

        Returns:
            Passages, best first; each sentence has its score.

        Raises:
            ArticleError: The index has no article of one of these ids.
            QuestionError: The question is empty, too long or holds control characters; or no article is given.
            UnusableIndexError: The index is damaged, or was closed.
        """
        if (now := self._take_up()) is not self:
            return now.retrieve(question, articles=articles, limit=limit)
        question = _checked(question)
        retrieval = self.retriever.search(question, self._select(articles))
        if self._reader is not None:
            retrieval = rerank(retrieval, self._reader, self.retriever, question)
        return self.retriever.passages(retrieval, _checked_limit(limit))

    def articles(self) -> list[Article]:
        """Return all articles of the index, in the order in which they were read."""
        return self._version.articles()

    def summaries(self) -> list[ArticleSummary]:
        """Return title, date and the like of all articles without their texts, in the order of `articles`."""
        return self._version.summaries()

    def article(self, article_id: str) -> Article:
        """Return one article.

        Raises:
            ArticleError: The index has no article of that id.
        """
        article = self._version.article(article_id)
        if article is None:
            raise ArticleError(f"the index has no article {article_id!r}. `ArticleQA.articles()` lists those it has.")
        return article

    def close(self) -> None:
        """Let go of the files. Safe to call twice."""
        self._closed = True
        self._version.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _context(self, meant: Understanding, history: Sequence[Answer], within: Selection | None) -> Context | None:
        """Return what a question leans on; the sentences cited last, as far as they may still be looked into."""
        if not meant.leans:
            return None
        last = history[-1]
        rows = [self._version.sentence_row(citation.article, citation.start) for citation in last.citations]
        near = tuple(row for row in rows if row is not None and (within is None or row in within.sentences))
        return Context(meant.about, meant.language, near, meant.detail, answered=last.answered and bool(meant.about))

    def _rows_of(self, history: Sequence[Answer]) -> set[int]:
        """Return the rows of the sentences that a conversation cites, and of those that say the same."""
        citations = [citation for answer in history for citation in answer.citations]
        places: list[Citation | Repetition] = [
            *citations,
            *(other for citation in citations for other in citation.also),
        ]
        rows = {self._version.sentence_row(place.article, place.start) for place in places}
        return {row for row in rows if row is not None}

    def _select(self, articles: Collection[str] | None) -> Selection | None:
        """Return the articles to look into, or say why they cannot be."""
        if articles is None:
            return None
        if isinstance(articles, str | bytes) or not isinstance(articles, Iterable):
            raise QuestionError(f"articles must be a collection of ids, such as ['some-article'], not {articles!r}.")
        wanted = list(articles)
        if not wanted:
            raise QuestionError("no article is given to look into. Name at least one, or leave `articles` out for all.")
        for article_id in wanted:
            if not isinstance(article_id, str):
                raise QuestionError(f"an article's id must be a string, not {type(article_id).__name__}.")
        selection = self._version.select(wanted)
        if len(selection.articles) < len(set(wanted)):
            for article_id in wanted:
                self.article(article_id)  # which names the first that is not there
        return selection

    def _cite(self, number: int, candidate: Candidate, support: float) -> Citation:
        article, sentence = candidate.article, candidate.sentence
        read = candidate.hit.read
        return Citation(
            number=number,
            article=article.id,
            start=sentence.start,
            end=sentence.end,
            quote=article.text[sentence.start : sentence.end],
            score=support,
            title=article.title,
            published=article.published,
            source=article.source,
            also=self._repetitions(candidate),
            answer_start=None if read is None else read.start,
            answer_end=None if read is None else read.end,
        )

    def _repetitions(self, candidate: Candidate) -> tuple[Repetition, ...]:
        found: dict[str, Repetition] = {}
        for row in candidate.repeats:
            if len(found) == _ALSO_MAX:
                break
            article, sentence = self._version.sentence(row)
            start, end = sentence.start, sentence.end
            about = (article.title, article.published, article.source)
            found.setdefault(article.id, Repetition(article.id, start, end, article.text[start:end], *about))
        return tuple(found.values())


def ask(
    question: str,
    *,
    index: str | os.PathLike[str] = "indexes/default",
    history: Sequence[Answer] = (),
    articles: Collection[str] | None = None,
) -> Answer:
    """Answer a question from an index. The index stays open for the next call, until it has a newer version.

    Args:
        question: The question, in any language that the embedding model reads, up to 2,000 characters.
        index: Folder of the index.
        history: The earlier answers of the conversation, oldest first.
        articles: Ids of the articles to look into; by default all.

    Raises:
        QAError: The question or the index cannot be used; the message says what to do.
    """
    return open_live(index).ask(question, history=history, articles=articles)


_open: dict[tuple[Path, str | None, Settings], ArticleQA] = {}
_opening = threading.Lock()


def open_live(index: str | os.PathLike[str] = "indexes/default", *, settings: Settings | None = None) -> ArticleQA:
    """Return the live version of an index, open and shared: not to be closed.

    It is opened once and again after each rebuild; an older one stays with whoever still reads it.

    Args:
        index: Folder of the index.
        settings: Settings to answer with; by default those of `qa.toml` and the environment.

    Raises:
        EmbeddingError: The embedding model cannot be loaded.
        SettingsError: A setting is wrong.
        UnusableIndexError: The index is missing, unfinished, damaged, or of another format or model.
    """
    index = Path(index)
    settings = settings or load_settings()
    live = live_version(index)
    key = (index.resolve(), live, settings)
    with _opening:
        if key not in _open:
            fresh = ArticleQA.open(index, settings=settings, follow=False)
            for old in [other for other in _open if other[0] == key[0]]:
                del _open[old]
            _open[key] = fresh
        return _open[key]


def _usable_reader() -> Reader | None:
    """Return the reader, or none where it cannot be loaded: similarity alone then answers, and `qa check` says why."""
    try:
        return load_reader()
    except ReaderError as error:
        _LOG.warning("%s Until then, similarity alone chooses the sentences.", error)
        return None


def _open_live(index: Path) -> IndexVersion:
    """Open the live version; another one, where a build removes it while it is being opened."""
    while True:
        chosen = live_version(index)
        try:
            return IndexVersion(index, chosen)
        except UnusableIndexError:
            if live_version(index) == chosen:
                raise


def _checked_history(history: Sequence[Answer]) -> Sequence[Answer]:
    """Return the earlier answers, or say why they are none."""
    if not isinstance(history, Sequence) or isinstance(history, str | bytes):
        raise QuestionError(f"the history must be a list of earlier answers, not {type(history).__name__}.")
    for answer in history:
        if not isinstance(answer, Answer):
            raise QuestionError(
                f"the history must hold answers, oldest first, not {type(answer).__name__}. "
                "`Answer.from_dict` makes one of what `to_dict` wrote."
            )
    return history


def _checked(question: str) -> str:
    """Return the question without white space around it, or say why it cannot be asked."""
    if not isinstance(question, str):
        raise QuestionError(f"a question must be a string, not {type(question).__name__}.")
    stripped = question.strip()
    if not stripped.strip(_INVISIBLE):
        raise QuestionError("the question is empty. Ask something about the articles.")
    if len(stripped) > QUESTION_CHARS_MAX:
        raise QuestionError(
            f"the question has {len(stripped):,} characters; at most {QUESTION_CHARS_MAX:,} can be asked. Shorten it."
        )
    for char in stripped:
        if unicodedata.category(char) in ("Cc", "Cs") and char not in "\t\n\r":
            raise QuestionError(f"the question holds the control character U+{ord(char):04X}. Remove it.")
    return stripped


def _checked_limit(limit: int) -> int:
    if limit < 1:
        raise QuestionError(f"the limit is {limit}; it must be at least 1.")
    return limit


@contextmanager
def _timed(timings: dict[str, float], step: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    timings[step] = round(1000 * (time.perf_counter() - started), 3)
