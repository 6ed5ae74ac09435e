"""Reading one version."""

from __future__ import annotations

import json
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import faiss
import numpy as np

from qa.errors import UnusableIndexError
from qa.schema import Article, ArticleSummary, Passage, Sentence, SentenceKind
from qa.store.locks import Reading
from qa.store.manifest import (
    ARTICLES_FILE,
    VECTORS_FILE,
    digest,
    fault_of_current,
    live_version,
    read_manifest,
    rebuild_command,
    sha256,
    version_folder,
)

Vectors = np.ndarray[tuple[int, int], np.dtype[np.float32]]
Rows = np.ndarray[tuple[int], np.dtype[np.int64]]
TextUnit = Literal["passages", "sentences"]

_ARTICLE = "id, title, language, published, source, text, author, file, indexed"
_SPAN = 'start, "end", kind, paragraph, digest'
_TERM_TABLES: dict[TextUnit, str] = {"passages": "passage_terms", "sentences": "sentence_terms"}
_ROWS_WITHIN: dict[TextUnit, str] = {
    "passages": "SELECT row FROM passages WHERE article IN (SELECT value FROM json_each(?))",
    "sentences": "SELECT sentences.row FROM passages JOIN sentences ON passage = passages.row"
    " WHERE article IN (SELECT value FROM json_each(?))",
}


@dataclass(frozen=True, slots=True)
class Naming:
    """What the id of an article was made of; see `qa.articles`.

    Args:
        shown: What messages call the article.
        slug: What its id is made of where its file states none.
        stated: The id that its file states.
    """

    shown: str
    slug: str
    stated: str | None


@dataclass(frozen=True, slots=True)
class Selection:
    """Some articles of a version, to which a search is restricted.

    Args:
        articles: Their rows.
        passages: The rows of their passages, ascending.
        sentences: The rows of their sentences, ascending.
    """

    articles: tuple[int, ...]
    passages: Rows
    sentences: Rows


def _keep(index: Path, version: str) -> Reading:
    """Keep a version from being removed while it is open."""
    try:
        return Reading(index, version)
    except OSError as error:
        read_manifest(index, version)  # which says what is wrong
        raise UnusableIndexError(
            f"the version {version} of the index {index} cannot be opened: {error}. "
            f"Rebuild it: {rebuild_command(index)}"
        ) from error


def open_if_usable(index: Path) -> IndexVersion | None:
    """Open the live version for who can do without it; None where there is none, or only a new build would mend it."""
    try:
        return IndexVersion(index) if live_version(index) else None
    except UnusableIndexError:
        return None


class IndexVersion:
    """An open version, safe to read from several threads.

    Args:
        index: Folder of the index.
        version: Id of the version; the live one by default.

    Raises:
        UnusableIndexError: The index is missing, unfinished, damaged or of another format.
    """

    def __init__(self, index: Path, version: str | None = None) -> None:
        self.index = index
        chosen = version or live_version(index)
        if chosen is None:
            raise UnusableIndexError(f"there is no index at {index}. Build one: {rebuild_command(index)}")
        self.folder = version_folder(index, chosen)
        self._keeping = _keep(index, chosen)
        # A reader that is dropped lets go too: the version may be removed then.
        weakref.finalize(self, self._keeping.close)
        try:
            self._open(index, chosen)
        except BaseException:
            self._keeping.close()
            raise

    def _open(self, index: Path, version: str) -> None:
        self.manifest = read_manifest(index, version)
        self._reading = threading.RLock()
        for name in (VECTORS_FILE, ARTICLES_FILE):
            self._verify(name)
        try:
            self._vectors = self._open_vectors()
            self._database = self._open_database()
        except (OSError, RuntimeError, sqlite3.Error) as error:  # FAISS raises RuntimeError
            raise self._damaged(str(error)) from error
        # From Python 3.13 on, a connection left open is a warning.
        weakref.finalize(self, self._database.close)
        self._firsts: Rows = np.array(self._column("SELECT first FROM passages ORDER BY row"), dtype=np.int64)
        self._lengths: Rows = np.array(self._column('SELECT "end" - start FROM sentences ORDER BY row'), dtype=np.int64)
        self._articles: Rows = np.array(self._column("SELECT article FROM passages ORDER BY row"), dtype=np.int64)
        self._languages = np.array(self._column("SELECT language FROM articles ORDER BY row"))[self._articles]
        counts = self.manifest.counts
        if (self._vectors.ntotal, len(self._lengths), len(self._firsts)) != (
            counts["sentences"],
            counts["sentences"],
            counts["passages"],
        ):
            self.close()
            raise self._damaged("counts differ from the manifest's")

    def _verify(self, name: str) -> None:
        """Compare a file with its checksum before anything reads it: FAISS trusts what it reads, SQLite nearly so."""
        try:
            found = sha256(self.folder / name)
        except OSError as error:
            raise self._damaged(str(error)) from error
        if found != self.manifest.files.get(name):
            raise self._damaged(f"{name} does not have the checksum that the manifest states")

    def _open_vectors(self) -> faiss.Index:
        # Opened here, because FAISS by itself opens no name that is not UTF-8; read in pieces, not twice as a whole.
        with (self.folder / VECTORS_FILE).open("rb") as file:
            vectors = faiss.read_index(faiss.PyCallbackIOReader(file.read))  # type: ignore[attr-defined]
        if vectors.d != self.manifest.dimensions:
            raise self._damaged(f"vectors have {vectors.d} dimensions, the manifest says {self.manifest.dimensions}")
        return vectors

    def _open_database(self) -> sqlite3.Connection:
        uri = (self.folder / ARTICLES_FILE).resolve().as_uri()
        self.database_uri = f"{uri}?mode=ro&immutable=1"
        return sqlite3.connect(self.database_uri, uri=True, check_same_thread=False)

    def _damaged(self, why: str) -> UnusableIndexError:
        mend = rebuild_command(self.index, self.manifest.sources)
        return UnusableIndexError(f"the index {self.index} is damaged: {why}. Rebuild it: {mend}")

    def _rows(self, query: str, parameters: Sequence[Any] = ()) -> list[Any]:
        with self._reading:
            try:
                return self._database.execute(query, parameters).fetchall()
            except sqlite3.ProgrammingError as error:
                raise UnusableIndexError(f"the index {self.index} was closed: {error}") from error
            except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
                raise self._damaged(str(error)) from error

    def _row(self, query: str, row: int) -> Any:
        found = self._rows(query, (row,))
        if not found:
            raise self._damaged(f"row {row} is missing")
        return found[0]

    def _column(self, query: str, parameters: Sequence[Any] = ()) -> list[Any]:
        return [row[0] for row in self._rows(query, parameters)]

    def close(self) -> None:
        """Let go of the files."""
        with self._reading:
            self._database.close()
        self._keeping.close()

    # -- articles ------------------------------------------------------------------------------------------

    def articles(self) -> list[Article]:
        """Return all articles, in the order in which they were read."""
        return [Article(*row) for row in self._rows(f"SELECT {_ARTICLE} FROM articles ORDER BY row")]  # noqa: S608

    def summaries(self) -> list[ArticleSummary]:
        """Return what a list of articles shows, without their texts, in the order in which they were read."""
        query = """
            SELECT id, title, language, published, source, author, file, indexed, length(text), count(sentences.row)
            FROM articles LEFT JOIN passages ON passages.article = articles.row
            LEFT JOIN sentences ON sentences.passage = passages.row GROUP BY articles.row ORDER BY articles.row
        """
        return [ArticleSummary(*row) for row in self._rows(query)]

    def article(self, article_id: str) -> Article | None:
        """Return one article, or None where there is none of that id."""
        try:
            rows = self._rows(f"SELECT {_ARTICLE} FROM articles WHERE id = ?", (article_id,))  # noqa: S608
        except UnicodeEncodeError:  # half of a surrogate pair, which no id holds
            return None
        return Article(*rows[0]) if rows else None

    def select(self, article_ids: Iterable[str]) -> Selection:
        """Select some articles; ids that the index does not have are left out."""
        found = []
        for article_id in sorted(set(article_ids)):
            try:
                found += self._column("SELECT row FROM articles WHERE id = ?", (article_id,))
            except UnicodeEncodeError:  # as in `article`
                continue
        wanted = json.dumps(found)
        passages, sentences = (
            np.array(sorted(self._column(query, (wanted,))), dtype=np.int64) for query in _ROWS_WITHIN.values()
        )
        return Selection(tuple(found), passages, sentences)

    def file_state(self, path: str) -> str | None:
        """Return in which state a file was read, or None where it must be read again."""
        found = self._column("SELECT state FROM files WHERE path = ?", (path,))
        return str(found[0]) if found else None

    def articles_of_file(self, path: str) -> Iterator[tuple[Article, Naming]]:
        """Yield the articles that a file held, with what their ids were made of."""
        for row in self._column("SELECT row FROM articles WHERE file = ? ORDER BY row", (path,)):
            *article, shown, slug, stated = self._row(
                f"SELECT {_ARTICLE}, shown, slug, stated FROM articles WHERE row = ?",  # noqa: S608
                row,
            )
            yield Article(*article), Naming(shown, slug, stated)

    # -- vectors -------------------------------------------------------------------------------------------

    def nearest_sentences(self, query: Vectors, limit: int, within: Selection | None = None) -> Rows:
        """Return the rows of the sentences whose vectors are nearest to a query's, best first.

        Args:
            query: `(1, d)` float32, unit length.
            limit: At most this many.
            within: Look only at the sentences of these articles.

        Raises:
            UnusableIndexError: The query's vector has another number of dimensions than the index.
        """
        if query.shape[1] != self._vectors.d:
            raise UnusableIndexError(
                f"the index {self.index} has vectors of {self._vectors.d} dimensions, but the embedding model gives "
                f"{query.shape[1]}: it is not the model {self.manifest.model!r} that made them. "
                f"Rebuild it: {rebuild_command(self.index, self.manifest.sources)}"
            )
        chosen = None
        if within is not None:
            limit = min(limit, len(within.sentences))
            chosen = faiss.SearchParameters(sel=faiss.IDSelectorBatch(within.sentences))  # type: ignore[call-arg]
        _, rows = self._vectors.search(query, min(limit, self._vectors.ntotal), params=chosen)
        found: Rows = rows[0][rows[0] >= 0]
        return found

    def sentence_vectors(self, rows: Rows) -> Vectors:
        """Return the vectors of some sentences, `(n, d)` float32."""
        vectors: Vectors = self._vectors.reconstruct_batch(rows)
        return vectors

    # -- full text -----------------------------------------------------------------------------------------

    def match(
        self, unit: TextUnit, terms: Sequence[str], limit: int, within: Selection | None = None
    ) -> dict[int, float]:
        """Find what holds any of some terms.

        Args:
            unit: Look among `"passages"` or `"sentences"`.
            terms: As `qa.terms` makes them.
            limit: At most this many.
            within: Look only into these articles. What a term weighs is still told by the whole index.

        Returns:
            BM25 by row, best first.
        """
        if not terms:
            return {}
        table = _TERM_TABLES[unit]
        wanted = " OR ".join(f'"{term}"' for term in terms)
        # FTS5 gives better matches lower numbers. The plus keeps SQLite from a search for each row by itself.
        restricted = "" if within is None else f"AND +rowid IN ({_ROWS_WITHIN[unit]})"
        rows = () if within is None else (json.dumps(within.articles),)
        query = f"SELECT rowid, -rank FROM {table} WHERE {table} MATCH ? {restricted} ORDER BY rank LIMIT ?"  # noqa: S608
        return dict(self._rows(query, (wanted, *rows, limit)))

    def frequencies(self, unit: TextUnit, terms: Sequence[str]) -> dict[str, int]:
        """Return in how many passages or sentences each of some terms occurs, for those that do."""
        marks = ", ".join("?" * len(terms))
        query = f"SELECT term, doc FROM {_TERM_TABLES[unit]}_vocabulary WHERE term IN ({marks})"  # noqa: S608
        return dict(self._rows(query, terms))

    # -- passages and sentences ----------------------------------------------------------------------------

    def passage_rows(self, sentence_rows: Rows) -> Rows:
        """Return the row of the passage that holds each sentence."""
        return np.searchsorted(self._firsts, sentence_rows, side="right") - 1

    def sentence_range(self, passage_row: int) -> range:
        """Return the rows of a passage's sentences."""
        after = passage_row + 1
        last = int(self._firsts[after]) if after < len(self._firsts) else self.manifest.counts["sentences"]
        return range(int(self._firsts[passage_row]), last)

    def sentence_row(self, article_id: str, start: int) -> int | None:
        """Return the row of the sentence of an article that begins at an offset, or None where none does."""
        query = (
            "SELECT sentences.row FROM articles JOIN passages ON article = articles.row"
            " JOIN sentences ON passage = passages.row WHERE id = ? AND start = ?"
        )
        try:
            rows = self._column(query, (article_id, start))
        except (OverflowError, UnicodeEncodeError):  # no offset, no id
            return None
        return rows[0] if rows else None

    def distances(self, row: int, rows: Rows) -> Rows:
        """Return how many sentences lie from one sentence to some others; very many to those of other articles."""
        same = self._articles[self.passage_rows(rows)] == self._articles[self.passage_rows(np.array([row]))]
        distances: Rows = np.where(same, np.abs(rows - row), np.iinfo(np.int32).max)
        return distances

    def passages_in(self, language: str, rows: Rows) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Tell of some passages which are in a language, ISO 639-1."""
        mask: np.ndarray[Any, np.dtype[np.bool_]] = self._languages[rows] == language
        return mask

    def sentence_lengths(self, rows: Rows) -> Rows:
        """Return the number of characters of some sentences."""
        lengths: Rows = self._lengths[rows]
        return lengths

    def passage(self, row: int) -> Passage:
        """Return one passage, its text cut out of its article.

        Raises:
            UnusableIndexError: A sentence is not the one that was indexed.
        """
        article = self._article_of(row)
        query = f"SELECT {_SPAN} FROM sentences WHERE passage = ? ORDER BY row"  # noqa: S608
        sentences = tuple(self._cut(article, *span) for span in self._rows(query, (row,)))
        start, end = sentences[0].start, sentences[-1].end
        return Passage(article.id, article.title, start, end, article.text[start:end], sentences)

    def sentence(self, row: int) -> tuple[Article, Sentence]:
        """Return one sentence, cut out of its article, and the article.

        Raises:
            UnusableIndexError: It is not the sentence that was indexed.
        """
        passage, *span = self._row(f"SELECT passage, {_SPAN} FROM sentences WHERE row = ?", row)  # noqa: S608
        article = self._article_of(passage)
        return article, self._cut(article, *span)

    def _article_of(self, passage_row: int) -> Article:
        query = f"SELECT {_ARTICLE} FROM passages JOIN articles ON articles.row = article WHERE passages.row = ?"  # noqa: S608
        return Article(*self._row(query, passage_row))

    def _cut(
        self, article: Article, start: int, end: int, kind: SentenceKind, paragraph: int, expected: bytes
    ) -> Sentence:
        cut = article.text[start:end]
        if digest(cut) != expected:
            raise self._damaged(f"{article.id}[{start}:{end}] is not the sentence that was indexed")
        return Sentence(start, end, cut, kind, paragraph)

    # -- near-duplicates -----------------------------------------------------------------------------------

    def identical_sentences(self, row: int, limit: int) -> list[int]:
        """Return the rows of the sentences of other articles that have the very text of one, at most so many."""
        query = (
            "SELECT other.row FROM sentences AS one JOIN sentences AS other USING (digest)"
            " JOIN passages ON passages.row = other.passage WHERE one.row = ? AND passages.article != ?"
            " ORDER BY other.row LIMIT ?"
        )
        return self._column(query, (row, self._article_row(row), limit))

    def sentences_of_near_duplicates(self, row: int, limit: int = 2_000) -> list[int]:
        """Return the rows of the sentences of the near-duplicates of a sentence's article, at most so many."""
        query = (
            "SELECT sentences.row FROM articles AS one JOIN articles AS other USING (story)"
            " JOIN passages ON passages.article = other.row JOIN sentences ON sentences.passage = passages.row"
            " WHERE one.row = ? AND other.row != one.row ORDER BY sentences.row LIMIT ?"
        )
        return self._column(query, (self._article_row(row), limit))

    def _article_row(self, sentence_row: int) -> int:
        query = "SELECT article FROM sentences JOIN passages ON passages.row = passage WHERE sentences.row = ?"
        article: int = self._row(query, sentence_row)[0]
        return article

    # -- checking ------------------------------------------------------------------------------------------

    def check(self, advance: Callable[[], object] = lambda: None) -> list[str]:
        """Verify checksums, counts, that every offset gives its sentence, and SQLite's own integrity.

        Args:
            advance: Called after each article.

        Returns:
            What is wrong, a line each; empty where all is well.
        """
        faults = [
            f"{name}: checksum differs from the manifest's"
            for name, expected in self.manifest.files.items()
            if sha256(self.folder / name) != expected
        ]
        if fault := fault_of_current(self.index, self.manifest.version):
            faults.append(fault)
        try:
            faults += [f"{ARTICLES_FILE}: {line}" for line in self._column("PRAGMA integrity_check") if line != "ok"]
            for table in ("articles", "passages", "sentences"):
                found = self._column(f"SELECT count(*) FROM {table}")[0]  # noqa: S608
                if found != self.manifest.counts[table]:
                    faults.append(f"{found} {table}, the manifest says {self.manifest.counts[table]}")
            self._check_articles(advance)
        except UnusableIndexError as error:
            faults.append(str(error))
        return faults

    def _check_articles(self, advance: Callable[[], object]) -> None:
        """Cut every sentence out of its article; one article at a time is in memory.

        Raises:
            UnusableIndexError: A sentence is not the one that was indexed, or none is where one should be.
        """
        query = (
            f"SELECT {_SPAN}, sentences.row, passage FROM passages JOIN sentences ON passage = passages.row"  # noqa: S608
            " WHERE article = ? ORDER BY sentences.row"
        )
        at = 0
        for row in range(self.manifest.counts["articles"]):
            article = Article(*self._row(f"SELECT {_ARTICLE} FROM articles WHERE row = ?", row))  # noqa: S608
            for *span, sentence_row, passage in self._rows(query, (row,)):
                self._cut(article, *span)
                if sentence_row != at or at not in self.sentence_range(passage):
                    raise self._damaged(f"sentence {sentence_row} does not stand in its place")
                at += 1
            advance()
