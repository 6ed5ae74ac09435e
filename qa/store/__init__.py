"""One index version on disk: articles, sentences and full text in SQLite, vectors in FAISS, a manifest.

    indexes/<name>/current                      one line: the id of the live version
    indexes/<name>/versions/<id>/manifest.json  written last: a folder without it is unfinished
                                 manifest.sha256
                                 articles.sqlite
                                 sentences.faiss
    indexes/<name>/vectors.partial              what an interrupted build has embedded
    indexes/<name>/rolled-back.json             to which version `qa rollback` went, and when

A FAISS position is the sentence's row in SQLite. Nothing is changed once written, so a reader needs no lock
against a build; it holds one against the removal of its version.
"""

from qa.store.journal import SAME_MODEL, VectorJournal, remove_journal
from qa.store.locks import building, remove_version
from qa.store.manifest import (
    Anchors,
    Manifest,
    digest,
    finished_versions,
    live_version,
    read_manifest,
    rebuild_command,
    refuse_nul,
    rolled_back_at,
    switch_version,
    unfinished_folders,
    version_folder,
)
from qa.store.reader import IndexVersion, Naming, Rows, Selection, TextUnit, open_if_usable
from qa.store.writer import VersionWriter

__all__ = [
    "SAME_MODEL",
    "Anchors",
    "IndexVersion",
    "Manifest",
    "Naming",
    "Rows",
    "Selection",
    "TextUnit",
    "VectorJournal",
    "VersionWriter",
    "building",
    "digest",
    "finished_versions",
    "live_version",
    "open_if_usable",
    "read_manifest",
    "rebuild_command",
    "refuse_nul",
    "remove_journal",
    "remove_version",
    "rolled_back_at",
    "switch_version",
    "unfinished_folders",
    "version_folder",
]
