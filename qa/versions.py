"""The versions of an index: list them, go back to one, remove old ones."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from qa.errors import UnusableIndexError
from qa.store import (
    IndexVersion,
    building,
    finished_versions,
    live_version,
    read_manifest,
    rebuild_command,
    refuse_nul,
    remove_version,
    switch_version,
    version_folder,
)


@dataclass(frozen=True, slots=True)
class VersionInfo:
    """A finished version of an index.

    Args:
        version: Its id.
        created: When it was built, ISO 8601 in UTC; None where its manifest cannot be read.
        articles: Number of its articles; None likewise.
        sentences: Number of its sentences; None likewise.
        live: Whether it is the one that answers.
        size_bytes: What its files take on disk.
        fault: Why its manifest cannot be read, or None.
    """

    version: str
    created: str | None
    articles: int | None
    sentences: int | None
    live: bool
    size_bytes: int
    fault: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        return asdict(self)


def list_versions(index: str | os.PathLike[str] = "indexes/default") -> list[VersionInfo]:
    """Return the finished versions of an index, oldest first.

    Args:
        index: Folder of the index.

    Raises:
        UnusableIndexError: There is no index.
    """
    index = Path(index)
    live = _require_live(index)
    return [_describe(index, version, version == live) for version in finished_versions(index)]


def _describe(index: Path, version: str, live: bool) -> VersionInfo:
    size_bytes = sum(path.stat().st_size for path in version_folder(index, version).iterdir())
    try:
        manifest = read_manifest(index, version)
    except UnusableIndexError as error:
        return VersionInfo(version, None, None, None, live, size_bytes, str(error))
    counts = manifest.counts
    return VersionInfo(version, manifest.created, counts["articles"], counts["sentences"], live, size_bytes)


def roll_back(index: str | os.PathLike[str] = "indexes/default", version: str | None = None) -> str:
    """Make another version the live one, once it has passed its check.

    `index_is_current`, and with it `qa index --if-changed`, leaves it live until a source changes; any other build
    makes a new version as always.

    Args:
        index: Folder of the index.
        version: Id of the version; by default the newest that is older than the live one.

    Returns:
        The id of the version that is live now.

    Raises:
        UnusableIndexError: There is no such version, it does not pass its check, or a build is running.
    """
    index = Path(index)
    if version is None:
        _require_live(index)
    refuse_nul(index)
    try:
        with building(index):
            return _roll_back(index, version)
    except OSError as error:
        raise UnusableIndexError(f"the index {index} cannot be written: {error}. Nothing was changed.") from error


def _roll_back(index: Path, version: str | None) -> str:
    finished = finished_versions(index)
    if version is None:
        live = _require_live(index)
        older = [each for each in finished if each < live]
        if not older:
            raise UnusableIndexError(f"the index {index} has no version older than {live}, which is live.")
        version = older[-1]
    elif version not in finished:
        raise UnusableIndexError(
            f"the index {index} has no version {version!r}. It has: {', '.join(finished) or 'none'}."
        )
    opened = IndexVersion(index, version)
    faults = opened.check()
    opened.close()
    if faults:
        raise UnusableIndexError(f"version {version} is damaged: {'; '.join(faults)}. Nothing was changed.")
    switch_version(index, version, rolled_back=datetime.now(UTC).isoformat())
    return version


def remove_old_versions(index: Path, kept: int, lately_live: str | None = None) -> list[str]:
    """Remove the oldest versions, so that `kept` are left: the live one, the one live before, and the newest others.

    A version that is read, in this process or another, stays until a later build.

    Args:
        index: Folder of the index.
        kept: How many versions to keep.
        lately_live: Id of the version that was live before; it need not be the newest, after a rollback.

    Returns:
        The ids of those that were removed.
    """
    live = live_version(index)
    others = [version for version in finished_versions(index) if version != live]
    others.sort(key=lambda version: (version == lately_live, version))
    surplus = others[: max(0, len(others) - (kept - 1))]
    return [version for version in surplus if remove_version(index, version)]


def _require_live(index: Path) -> str:
    refuse_nul(index)
    live = live_version(index)
    if live is None:
        raise UnusableIndexError(f"there is no index at {index}. Build one: {rebuild_command(index)}")
    return live
