"""Writing one version."""

from __future__ import annotations

import json
import sqlite3
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, astuple
from pathlib import Path
from typing import Any, BinaryIO

import faiss
import numpy as np

from qa.errors import UnusableIndexError
from qa.schema import Article, Passage
from qa.store.manifest import (
    ARTICLES_FILE,
    CHECKSUM_FILE,
    FORMAT,
    MANIFEST_FILE,
    VECTORS_FILE,
    Anchors,
    Manifest,
    checksum_line,
    digest,
    sha256,
    sync,
    version_folder,
)
from qa.store.reader import IndexVersion, Naming, Vectors
from qa.terms import index_terms

# Until it is finished the folder is thrown away whatever happens, and then it is synced: SQLite need not be careful.
_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -65536;
CREATE TABLE articles (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, language TEXT NOT NULL,
    published TEXT, source TEXT NOT NULL, text TEXT NOT NULL, author TEXT, file TEXT NOT NULL, indexed TEXT NOT NULL,
    digest BLOB NOT NULL, signature BLOB, story INTEGER REFERENCES articles,
    shown TEXT NOT NULL, slug TEXT NOT NULL, stated TEXT
);
CREATE TABLE files (path TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE passages (
    row INTEGER PRIMARY KEY, article INTEGER NOT NULL REFERENCES articles, first INTEGER NOT NULL, terms TEXT NOT NULL
);
CREATE TABLE sentences (
    row INTEGER PRIMARY KEY, passage INTEGER NOT NULL REFERENCES passages, start INTEGER NOT NULL,
    "end" INTEGER NOT NULL, kind TEXT NOT NULL, paragraph INTEGER NOT NULL, digest BLOB NOT NULL, terms TEXT NOT NULL
);
CREATE VIRTUAL TABLE passage_terms USING fts5 (
    terms, content=passages, content_rowid=row, tokenize="unicode61 remove_diacritics 0 categories 'L* N* Co M*'"
);
CREATE VIRTUAL TABLE sentence_terms USING fts5 (
    terms, content=sentences, content_rowid=row, tokenize="unicode61 remove_diacritics 0 categories 'L* N* Co M*'"
);
CREATE VIRTUAL TABLE passage_terms_vocabulary USING fts5vocab (passage_terms, row);
CREATE VIRTUAL TABLE sentence_terms_vocabulary USING fts5vocab (sentence_terms, row);
"""
_INDEXES = """
CREATE INDEX articles_digest ON articles (digest);
CREATE INDEX articles_file ON articles (file);
CREATE INDEX articles_story ON articles (story) WHERE story IS NOT NULL;
CREATE INDEX passages_article ON passages (article);
CREATE INDEX sentences_passage ON sentences (passage);
CREATE INDEX sentences_digest ON sentences (digest);
INSERT INTO passage_terms (passage_terms) VALUES ('rebuild');
INSERT INTO sentence_terms (sentence_terms) VALUES ('rebuild');
"""


_UNNAMED = Naming("", "", None)


class VersionWriter:
    """Writes one version: `add` or `copy` each article, `finish_articles`, then the vectors, then `finish`.

    Args:
        index: Folder of the index.
        version: Id of the new version.
        before: An open version to take over from what did not change; it stays open as long as this.
    """

    def __init__(self, index: Path, version: str, before: IndexVersion | None = None) -> None:
        self.folder = version_folder(index, version)
        self.version = version
        self.counts = {"articles": 0, "passages": 0, "sentences": 0}
        self.languages: dict[str, int] = {}
        self._before = before
        self._vectors: BinaryIO | None = None
        self._dimensions = self._vectors_written = 0
        self.folder.mkdir(parents=True)
        # No transaction is begun by itself, and nothing is undone: see the schema.
        self._database = sqlite3.connect(
            (self.folder.resolve() / ARTICLES_FILE).as_uri(), uri=True, isolation_level=None
        )
        self._database.executescript(_SCHEMA)
        if before is not None:
            self._database.execute("ATTACH ? AS before", (before.database_uri,))
        self._database.execute("BEGIN")

    # -- articles ------------------------------------------------------------------------------------------

    def first_indexed(self, article: Article) -> str | None:
        """Return when an article's text first came into the version before, or None where it is not in it."""
        if self._before is None:
            return None
        query = "SELECT min(indexed) FROM before.articles WHERE digest = ?"
        found: str | None = self._database.execute(query, (digest(article.text),)).fetchone()[0]
        return found

    def note_file(self, path: str, state: str | None) -> None:
        """Note in which state a file was read, or that it has to be read again in any case."""
        if state is None:
            self._database.execute("DELETE FROM files WHERE path = ?", (path,))
        else:
            self._database.execute("INSERT OR REPLACE INTO files VALUES (?, ?)", (path, state))

    def add(
        self,
        article: Article,
        passages: Iterable[Passage],
        signature: bytes | None = None,
        naming: Naming = _UNNAMED,
    ) -> None:
        """Write an article with its passages and sentences.

        Args:
            article: The article.
            passages: All its passages, in the order of the text.
            signature: What tells it from its near-duplicates; see `qa.duplicates`.
            naming: What its id was made of.

        Raises:
            UnusableIndexError: An offset does not give its sentence.
        """
        row = self._add_article(article, signature, naming)
        title_terms = index_terms(article.title, article.language)
        for passage in passages:
            self._add_passage(article, passage, row, title_terms)

    def copy(self, article: Article, naming: Naming = _UNNAMED) -> bool:
        """Write an article with the passages and sentences that the version before has of it.

        They depend on its text, title and language alone, if the same code cut both.

        Args:
            article: The article.
            naming: What its id was made of.

        Returns:
            Whether the version before has them; if not, nothing was written.
        """
        if self._before is None:
            return False
        query = "SELECT row, signature FROM before.articles WHERE digest = ? AND title = ? AND language = ? LIMIT 1"
        same = self._database.execute(query, (digest(article.text), article.title, article.language)).fetchone()
        if same is None:
            return False
        query = "SELECT min(row), max(row), min(first) FROM before.passages WHERE article = ?"
        first, last, first_sentence = self._database.execute(query, same[:1]).fetchone()
        row = self._add_article(article, same[1], naming)
        passage_shift, sentence_shift = self.counts["passages"] - first, self.counts["sentences"] - first_sentence
        self.counts["passages"] += self._database.execute(
            "INSERT INTO passages SELECT row + ?, ?, first + ?, terms FROM before.passages"
            " WHERE row BETWEEN ? AND ? ORDER BY row",
            (passage_shift, row, sentence_shift, first, last),
        ).rowcount
        self.counts["sentences"] += self._database.execute(
            'INSERT INTO sentences SELECT row + ?, passage + ?, start, "end", kind, paragraph, digest, terms'
            " FROM before.sentences WHERE passage BETWEEN ? AND ? ORDER BY row",
            (sentence_shift, passage_shift, first, last),
        ).rowcount
        return True

    def _add_article(self, article: Article, signature: bytes | None, naming: Naming) -> int:
        row = self.counts["articles"]
        fields = (row, *astuple(article), digest(article.text), signature, None, *astuple(naming))
        self._database.execute(f"INSERT INTO articles VALUES ({', '.join('?' * len(fields))})", fields)  # noqa: S608
        self.counts["articles"] += 1
        self.languages[article.language] = self.languages.get(article.language, 0) + 1
        return row

    def _add_passage(self, article: Article, passage: Passage, article_row: int, title_terms: list[str]) -> None:
        row, first = self.counts["passages"], self.counts["sentences"]
        passage_terms = dict.fromkeys(title_terms)
        for position, sentence in enumerate(passage.sentences, first):
            if article.text[sentence.start : sentence.end] != sentence.text:
                raise UnusableIndexError(
                    f"offsets {sentence.start}-{sentence.end} of article {article.id} miss its sentence."
                )
            terms = index_terms(sentence.text, article.language)
            passage_terms.update(dict.fromkeys(terms))
            span = (sentence.start, sentence.end, sentence.kind, sentence.paragraph)
            self._database.execute(
                "INSERT INTO sentences VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (position, row, *span, digest(sentence.text), " ".join(terms)),
            )
        fields = (row, article_row, first, " ".join(passage_terms))
        self._database.execute("INSERT INTO passages VALUES (?, ?, ?, ?)", fields)
        self.counts["passages"] += 1
        self.counts["sentences"] += len(passage.sentences)

    def signatures(self) -> Iterator[tuple[int, bytes]]:
        """Return row and signature of each article that has one."""
        return self._database.execute("SELECT row, signature FROM articles WHERE signature IS NOT NULL ORDER BY row")

    def write_stories(self, stories: Iterable[Sequence[int]]) -> None:
        """Note which articles are near-duplicates of each other: the rows of each group."""
        self._database.executemany(
            "UPDATE articles SET story = ? WHERE row = ?", ((rows[0], row) for rows in stories for row in rows)
        )

    def article_id(self, row: int) -> str:
        """Return the id of the article in a row."""
        found: str = self._database.execute("SELECT id FROM articles WHERE row = ?", (row,)).fetchone()[0]
        return found

    def finish_articles(self) -> None:
        """Index what was written, terms among it."""
        for statement in _INDEXES.strip().splitlines():
            self._database.execute(statement)

    # -- vectors -------------------------------------------------------------------------------------------

    def sentence_origins(self) -> Iterator[tuple[int, bytes, int | None]]:
        """Return row, digest, and the row of the same sentence in the version before, of each sentence in order."""
        same = "NULL"
        if self._before is not None:
            same = "(SELECT min(row) FROM before.sentences WHERE digest = main.sentences.digest)"
        return self._database.execute(f"SELECT row, digest, {same} FROM sentences ORDER BY row")  # noqa: S608

    def sentence_texts(self, rows: Sequence[int]) -> list[str]:
        """Return the texts of some sentences."""
        query = (
            'SELECT substr(text, start + 1, "end" - start) FROM sentences'
            " JOIN passages ON passages.row = sentences.passage JOIN articles ON articles.row = passages.article"
            " WHERE sentences.row = ?"
        )
        return [self._database.execute(query, (row,)).fetchone()[0] for row in rows]

    def add_vectors(self, vectors: Vectors) -> None:
        """Append the vectors of the next sentences: `(n, d)` float32, unit length. None is kept in memory."""
        if self._vectors is None:
            self._dimensions = vectors.shape[1]
            self._vectors = (self.folder / VECTORS_FILE).open("wb")
            self._vectors.write(_faiss_header(self.counts["sentences"], self._dimensions))
        self._vectors.write(np.ascontiguousarray(vectors, dtype="<f4").tobytes())
        self._vectors_written += len(vectors)

    # -- the end -------------------------------------------------------------------------------------------

    def finish(
        self, *, model: str, anchors: Anchors, created: str, sources: list[str], settings: dict[str, Any], code: str
    ) -> Manifest:
        """Sync everything to disk and write the manifest, which makes the version a finished one.

        Raises:
            UnusableIndexError: There are not as many vectors as sentences.
        """
        if self._vectors is None or self._vectors_written != self.counts["sentences"]:
            raise UnusableIndexError(
                f"{self._vectors_written} vectors for {self.counts['sentences']} sentences: the build is at fault."
            )
        self._database.execute("COMMIT")
        self.close()
        for name in (ARTICLES_FILE, VECTORS_FILE):
            sync(self.folder / name)
        manifest = Manifest(
            format=FORMAT,
            version=self.version,
            created=created,
            model=model,
            dimensions=self._dimensions,
            anchors=anchors,
            sources=sources,
            settings=settings,
            code=code,
            languages=dict(sorted(self.languages.items())),
            counts=dict(self.counts),
            files={name: sha256(self.folder / name) for name in (ARTICLES_FILE, VECTORS_FILE)},
        )
        # In ASCII: the name of a source may hold bytes that are no UTF-8.
        content = (json.dumps(asdict(manifest)) + "\n").encode("ascii")
        (self.folder / CHECKSUM_FILE).write_bytes(checksum_line(content))
        sync(self.folder / CHECKSUM_FILE)
        path = self.folder / f".{MANIFEST_FILE}.new"
        path.write_bytes(content)
        sync(path)
        path.replace(self.folder / MANIFEST_FILE)
        for folder in (self.folder, self.folder.parent):
            sync(folder)
        return manifest

    def close(self) -> None:
        """Let go of the files; what is not finished stays unfinished."""
        self._database.close()
        if self._vectors is not None:
            self._vectors.close()


def _faiss_header(count: int, dimensions: int) -> bytes:
    """Return what precedes the numbers in the file of a flat FAISS index: that of an empty one, with the counts put in.

    So the vectors are written as they come. That FAISS reads them as they were is checked before a version goes live.
    """
    header = bytearray(faiss.serialize_index(faiss.IndexFlatIP(dimensions)).tobytes())
    struct.pack_into("<q", header, 8, count)  # after four letters that name the kind, and the dimensions
    struct.pack_into("<Q", header, len(header) - 8, count * dimensions)
    return bytes(header)
