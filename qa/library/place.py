"""Where the articles of an index are: the folder that new ones go to, and all that a rebuild reads."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from qa.articles import is_url
from qa.errors import ArticleError
from qa.store import live_version, read_manifest

FIRST_FOLDER = "seeds"


@dataclass(frozen=True, slots=True)
class Library:
    """The articles that an index is made of, as files.

    Args:
        index: Folder of the index.
        folder: Where new articles go; made with the first one.
        folders: The folders among the sources, in which articles may be removed.
        sources: What the index was built from, as it was named then.
    """

    index: Path
    folder: Path
    folders: tuple[Path, ...]
    sources: tuple[str, ...]

    @property
    def build_sources(self) -> tuple[str, ...]:
        """What a rebuild reads: the sources of the index, and the folder of new articles once it is there."""
        folder = os.fspath(self.folder)
        more = (folder,) if folder not in self.sources and self.folder.exists() else ()
        return (*self.sources, *more)


def find_library(index: str | os.PathLike[str] = "indexes/default") -> Library:
    """Return where the articles of an index are: in the first folder that it was built from, else in `seeds`.

    Args:
        index: Folder of the index; it need not exist yet.

    Raises:
        ArticleError: A source of the index is not there, so that nothing can be put beside it.
        UnusableIndexError: The index is damaged, or of another format.
    """
    index = Path(index)
    version = live_version(index)
    sources = tuple(read_manifest(index, version).sources) if version else ()
    on_disk = [Path(source) for source in sources if not is_url(source)]
    missing = [str(path) for path in on_disk if not path.exists()]
    if missing:
        raise ArticleError(
            f"the index was built from {', '.join(missing)}, which cannot be found from {Path.cwd()}. "
            "Start the page in the folder where `qa index` was called, or build the index again."
        )
    folders = tuple(path for path in on_disk if path.is_dir())
    return Library(index, folders[0] if folders else Path(FIRST_FOLDER), folders, sources)
