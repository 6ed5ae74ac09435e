"""One index version on disk: articles, sentences and full text in SQLite, vectors in FAISS, a manifest.

    indexes/<name>/current                      one line: the id of the live version
    indexes/<name>/versions/<id>/manifest.json  written last: a folder without it is unfinished
                                 articles.sqlite
                                 sentences.faiss

A FAISS position is the sentence's row in SQLite. Nothing is changed once written, so a reader needs no lock
against a build.
"""

from qa.store.manifest import (
    Anchors,
    Manifest,
    digest,
    finished_versions,
    live_version,
    read_manifest,
    rebuild_command,
    switch_version,
    unfinished_folders,
    version_folder,
)
from qa.store.reader import IndexVersion, Rows, Selection, TextUnit
from qa.store.writer import VersionWriter

__all__ = [
    "Anchors",
    "IndexVersion",
    "Manifest",
    "Rows",
    "Selection",
    "TextUnit",
    "VersionWriter",
    "digest",
    "finished_versions",
    "live_version",
    "read_manifest",
    "rebuild_command",
    "switch_version",
    "unfinished_folders",
    "version_folder",
]
