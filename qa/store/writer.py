"""Writing one version."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import asdict, astuple
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from qa.errors import UnusableIndexError
from qa.schema import Article, Passage
from qa.store.manifest import (
    ARTICLES_FILE,
    FORMAT,
    MANIFEST_FILE,
    VECTORS_FILE,
    Anchors,
    Manifest,
    digest,
    sha256,
    sync,
    version_folder,
)
from qa.terms import index_terms

_SCHEMA = """
CREATE TABLE articles (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, language TEXT NOT NULL,
    published TEXT, source TEXT NOT NULL, text TEXT NOT NULL, author TEXT, file TEXT NOT NULL, indexed TEXT NOT NULL
);
CREATE TABLE passages (row INTEGER PRIMARY KEY, article INTEGER NOT NULL REFERENCES articles, first INTEGER NOT NULL);
CREATE TABLE sentences (
    row INTEGER PRIMARY KEY, passage INTEGER NOT NULL REFERENCES passages, start INTEGER NOT NULL,
    "end" INTEGER NOT NULL, kind TEXT NOT NULL, paragraph INTEGER NOT NULL, digest BLOB NOT NULL
);
CREATE INDEX passages_article ON passages (article);
CREATE INDEX sentences_passage ON sentences (passage);
CREATE VIRTUAL TABLE passage_terms USING fts5 (
    terms, content='', tokenize="unicode61 remove_diacritics 0 categories 'L* N* Co M*'"
);
CREATE VIRTUAL TABLE sentence_terms USING fts5 (
    terms, content='', tokenize="unicode61 remove_diacritics 0 categories 'L* N* Co M*'"
);
CREATE VIRTUAL TABLE passage_terms_vocabulary USING fts5vocab (passage_terms, row);
CREATE VIRTUAL TABLE sentence_terms_vocabulary USING fts5vocab (sentence_terms, row);
"""

Vectors = np.ndarray[tuple[int, int], np.dtype[np.float32]]


class VersionWriter:
    """Writes one version: `add` each article, then its vectors in the order of the sentences, then `finish`.

    Args:
        index: Folder of the index.
        version: Id of the new version.
    """

    def __init__(self, index: Path, version: str) -> None:
        self.folder = version_folder(index, version)
        self.version = version
        self.counts = {"articles": 0, "passages": 0, "sentences": 0}
        self.languages: dict[str, int] = {}
        self._vectors: faiss.IndexFlatIP | None = None
        self.folder.mkdir(parents=True)
        self._database = sqlite3.connect(self.folder / ARTICLES_FILE)
        self._database.executescript(_SCHEMA)

    def add(self, article: Article, passages: Iterable[Passage]) -> None:
        """Write an article with its passages and sentences.

        Raises:
            UnusableIndexError: An offset does not give its sentence.
        """
        row = self.counts["articles"]
        fields = astuple(article)
        self._database.execute(
            f"INSERT INTO articles VALUES ({', '.join('?' * (1 + len(fields)))})",  # noqa: S608
            (row, *fields),
        )
        title_terms = index_terms(article.title, article.language)
        for passage in passages:
            self._add_passage(article, passage, row, title_terms)
        self.counts["articles"] += 1
        self.languages[article.language] = self.languages.get(article.language, 0) + 1

    def _add_passage(self, article: Article, passage: Passage, article_row: int, title_terms: list[str]) -> None:
        row, first = self.counts["passages"], self.counts["sentences"]
        self._database.execute("INSERT INTO passages VALUES (?, ?, ?)", (row, article_row, first))
        passage_terms = dict.fromkeys(title_terms)
        for position, sentence in enumerate(passage.sentences, first):
            if article.text[sentence.start : sentence.end] != sentence.text:
                raise UnusableIndexError(
                    f"offsets {sentence.start}-{sentence.end} of article {article.id} miss its sentence."
                )
            self._database.execute(
                "INSERT INTO sentences VALUES (?, ?, ?, ?, ?, ?, ?)",
                (position, row, sentence.start, sentence.end, sentence.kind, sentence.paragraph, digest(sentence.text)),
            )
            terms = index_terms(sentence.text, article.language)
            passage_terms.update(dict.fromkeys(terms))
            self._insert_terms("sentence_terms", position, terms)
        self._insert_terms("passage_terms", row, passage_terms)
        self.counts["passages"] += 1
        self.counts["sentences"] += len(passage.sentences)

    def _insert_terms(self, table: str, row: int, terms: Iterable[str]) -> None:
        self._database.execute(f"INSERT INTO {table} (rowid, terms) VALUES (?, ?)", (row, " ".join(terms)))  # noqa: S608

    def sentence_keys(self) -> Iterator[bytes]:
        """Yield the digest of each sentence, in the order of the rows."""
        yield from (key for (key,) in self._database.execute("SELECT digest FROM sentences ORDER BY row"))

    def sentence_texts(self) -> Iterator[tuple[bytes, str]]:
        """Yield digest and text of each sentence, in the order of the rows."""
        yield from self._database.execute(
            'SELECT digest, substr(text, start + 1, "end" - start) FROM sentences'
            " JOIN passages ON passages.row = sentences.passage JOIN articles ON articles.row = passages.article"
            " ORDER BY sentences.row"
        )

    def add_vectors(self, vectors: Vectors) -> None:
        """Append the vectors of the next sentences: `(n, d)` float32, unit length."""
        if self._vectors is None:
            self._vectors = faiss.IndexFlatIP(vectors.shape[1])
        self._vectors.add(vectors)

    def finish(
        self, *, model: str, anchors: Anchors, created: str, sources: list[str], settings: dict[str, Any]
    ) -> Manifest:
        """Sync everything to disk and write the manifest, which makes the version a finished one.

        Raises:
            UnusableIndexError: There are not as many vectors as sentences.
        """
        vectors = self._vectors
        if vectors is None or vectors.ntotal != self.counts["sentences"]:
            found = 0 if vectors is None else vectors.ntotal
            raise UnusableIndexError(
                f"{found} vectors for {self.counts['sentences']} sentences: the build is at fault."
            )
        for table in ("passage_terms", "sentence_terms"):
            self._database.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")  # noqa: S608
        self._database.commit()
        self._database.close()
        # Opened here, because FAISS by itself opens no name that is not UTF-8.
        with (self.folder / VECTORS_FILE).open("wb") as file:
            faiss.write_index(vectors, faiss.PyCallbackIOWriter(file.write))  # type: ignore[attr-defined]
        for name in (ARTICLES_FILE, VECTORS_FILE):
            sync(self.folder / name)
        manifest = Manifest(
            format=FORMAT,
            version=self.version,
            created=created,
            model=model,
            dimensions=vectors.d,
            anchors=anchors,
            sources=sources,
            settings=settings,
            languages=dict(sorted(self.languages.items())),
            counts=dict(self.counts),
            files={name: sha256(self.folder / name) for name in (ARTICLES_FILE, VECTORS_FILE)},
        )
        path = self.folder / f".{MANIFEST_FILE}.new"
        # In ASCII: the name of a source may hold bytes that are no UTF-8.
        path.write_text(json.dumps(asdict(manifest)) + "\n", encoding="utf-8")
        sync(path)
        path.replace(self.folder / MANIFEST_FILE)
        for folder in (self.folder, self.folder.parent):
            sync(folder)
        return manifest

    def close(self) -> None:
        """Let go of the files; what is not finished stays unfinished."""
        self._database.close()
