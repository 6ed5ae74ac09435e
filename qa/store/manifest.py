"""Which versions an index has, which of them is live, and what each is made of."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from qa.errors import UnusableIndexError

FORMAT = 3

ARTICLES_FILE = "articles.sqlite"
VECTORS_FILE = "sentences.faiss"
MANIFEST_FILE = "manifest.json"
CHECKSUM_FILE = "manifest.sha256"
_CURRENT = "current"
_ROLLED_BACK = "rolled-back.json"
_COUNTS = {"articles", "passages", "sentences"}


@dataclass(frozen=True, slots=True)
class Anchors:
    """What the cosines of the embedding model are worth; see `qa.anchors`.

    Args:
        mean: Mean of the vectors of the anchors; its product with a question's is their mean cosine.
        spread: Standard deviation of the cosines between the anchors.
    """

    mean: list[float]
    spread: float


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a version is made of.

    Args:
        format: Number of the format on disk.
        version: Id of the version.
        created: When it was finished, ISO 8601 in UTC.
        model: Name of the embedding model.
        dimensions: Dimensions of its vectors.
        anchors: What the cosines of that model are worth.
        sources: The folders and files that it was built from.
        settings: The settings that shaped it.
        code: Names the code that cut and stemmed it: what other code made is not taken over into a new version.
        languages: Number of articles by language.
        counts: Number of `articles`, `passages` and `sentences`.
        files: SHA-256 of each file, hexadecimal.
    """

    format: int
    version: str
    created: str
    model: str
    dimensions: int
    anchors: Anchors
    sources: list[str]
    settings: dict[str, Any]
    code: str
    languages: dict[str, int]
    counts: dict[str, int]
    files: dict[str, str]


def refuse_nul(index: Path) -> None:
    """Raise UnusableIndexError for a path that no system takes."""
    if "\0" in str(index):
        raise UnusableIndexError(f"{str(index)!r} cannot be an index: it holds a NUL character. Name another folder.")


def live_version(index: Path) -> str | None:
    """Return the id of an index's live version, or None where there is no index yet."""
    refuse_nul(index)
    try:
        version = (index / _CURRENT).read_text(encoding="utf-8").strip()
        if "\0" in version:
            raise UnusableIndexError(f"{index / _CURRENT} is damaged. Rebuild it: {rebuild_command(index)}")
        return version or None
    except FileNotFoundError:
        return None
    except NotADirectoryError as error:
        raise UnusableIndexError(f"{index} is not a folder, so it is no index. Name another one.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableIndexError(
            f"{index / _CURRENT} cannot be read: {error}. Rebuild it: {rebuild_command(index)}"
        ) from error


def switch_version(index: Path, version: str, *, rolled_back: str | None = None) -> None:
    """Make a version the live one: one atomic replacement of `current`, synced to disk.

    Args:
        index: Folder of the index.
        version: Id of the version.
        rolled_back: Where this goes back to an earlier version, when, ISO 8601 in UTC.
    """
    if rolled_back is not None:
        _replace(index / _ROLLED_BACK, json.dumps({"to": version, "at": rolled_back}) + "\n")
    _replace(index / _CURRENT, version + "\n")
    sync(index)


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text, encoding="utf-8")
    sync(fresh)
    fresh.replace(path)


def rolled_back_at(index: Path) -> str | None:
    """Return when an index was rolled back to its live version, ISO 8601 in UTC; None where a build made it live."""
    try:
        noted = json.loads((index / _ROLLED_BACK).read_text(encoding="utf-8"))
        return str(noted["at"]) if noted["to"] == live_version(index) else None
    except (OSError, ValueError, KeyError, TypeError):  # none, or one that cannot be relied on
        return None


def fault_of_current(index: Path, version: str) -> str | None:
    """Return what is wrong with the file that names the live version, if it names this one."""
    exact = f"{version}\n".encode()
    try:
        content = (index / _CURRENT).read_bytes()
    except FileNotFoundError:  # as while the first version is built
        return None
    if content.strip() != exact.strip() or content == exact:
        return None
    return f"{_CURRENT}: is not one line with the id of a version"


def version_folder(index: Path, version: str) -> Path:
    """Return the folder of a version."""
    return index / "versions" / version


def finished_versions(index: Path) -> list[str]:
    """Return the ids of the finished versions, oldest first."""
    return sorted(path.parent.name for path in (index / "versions").glob(f"*/{MANIFEST_FILE}"))


def unfinished_folders(index: Path) -> list[Path]:
    """Return the folders that a build left before it was finished."""
    # Folders alone: a file manager leaves files of its own, such as `.DS_Store`.
    folders = (path for path in (index / "versions").glob("*") if path.is_dir() and not path.is_symlink())
    return [path for path in folders if not (path / MANIFEST_FILE).exists()]


def rebuild_command(index: Path, sources: Sequence[str] = ()) -> str:
    """Return the command that builds an index anew, fit to be pasted into a shell.

    Args:
        index: Folder of the index.
        sources: What it was built from, where that is known.
    """
    named = [] if list(sources) == ["seeds"] else sources  # which is what the command takes by itself
    return shlex.join(["qa", "index", *named, "--index", str(index)])


def read_manifest(index: Path, version: str) -> Manifest:
    """Read the manifest of a version.

    Raises:
        UnusableIndexError: It is missing, damaged, or of another format.
    """
    path = version_folder(index, version) / MANIFEST_FILE
    mend = f"Rebuild it: {rebuild_command(index)}"
    try:
        content = path.read_bytes()
        data = json.loads(content)
    except FileNotFoundError as error:
        raise UnusableIndexError(
            f"the index {index} names version {version}, which is missing or unfinished. {mend}"
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise UnusableIndexError(f"the manifest {path} is damaged: {error}. {mend}") from error
    found = data.get("format") if isinstance(data, dict) else None
    if found != FORMAT:
        raise UnusableIndexError(
            f"the index {index} has format {found}; this version of article-qa reads format {FORMAT}. {mend}"
        )
    try:
        stated = path.with_name(CHECKSUM_FILE).read_bytes()
    except OSError as error:
        raise UnusableIndexError(f"the checksum of the manifest cannot be read: {error}. {mend}") from error
    if stated != checksum_line(content):
        raise UnusableIndexError(f"the manifest {path} is damaged: it does not have its checksum. {mend}")
    try:
        manifest = TypeAdapter(Manifest).validate_python(data)
        datetime.fromisoformat(manifest.created)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise UnusableIndexError(f"the manifest {path} is damaged: {faults}. {mend}") from error
    except ValueError as error:
        raise UnusableIndexError(f"the manifest {path} is damaged: created: {error}. {mend}") from error
    if manifest.version != version:
        raise UnusableIndexError(f"the manifest {path} is damaged: it is that of {manifest.version}. {mend}")
    if missing := _COUNTS - manifest.counts.keys():
        raise UnusableIndexError(f"the manifest {path} is damaged: no count of {', '.join(sorted(missing))}. {mend}")
    return manifest


def checksum_line(content: bytes) -> bytes:
    """Return what `sha256sum` says of a manifest."""
    return f"{hashlib.sha256(content).hexdigest()}  {MANIFEST_FILE}\n".encode("ascii")


def digest(text: str) -> bytes:
    """Return 16 bytes that name a sentence's text: they tell damage, and find its vector in an older version."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Force a file or folder to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
