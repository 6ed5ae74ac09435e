"""Rebuild an index whenever its sources change."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

from qa.build import BuildReport, Sources, build_index, index_is_current
from qa.errors import ArticleError, QAError
from qa.progress import Progress
from qa.settings import Settings

_QUIET_MS = 2_000  # a build begins when nothing has changed for so long
_LOOK_UP_MS = 1_000  # how often it looks whether it should end
_LONGEST_WAIT_MS = 30_000  # or so long after the first change, however many follow


def watch_index(
    sources: Sources = "seeds",
    *,
    index: str | os.PathLike[str] = "indexes/default",
    progress: bool | Callable[[Progress], object] = False,
    settings: Settings | None = None,
    stop: Event | None = None,
    quiet_ms: int = _QUIET_MS,
) -> Iterator[BuildReport | QAError]:
    """Build an index now, unless it is current, and again whenever its sources have changed.

    Where the system does not tell of changes, as on network drives, set WATCHFILES_FORCE_POLLING=true.

    Args:
        sources: A folder or file of articles, or several. What is fetched from elsewhere is fetched with each build,
            but not watched.
        index: Folder of the index.
        progress: As in `build_index`.
        settings: Settings to build with; by default those of `qa.toml` and the environment.
        stop: Ends it when set, within a second, or when the running build is done.
        quiet_ms: Milliseconds without a change before a build begins.

    Yields:
        What each build took, or why it failed; the live version stays as it was then, and the next change is awaited.

    Raises:
        ArticleError: No source is a file or a folder that is there.
        KeyboardInterrupt: It was interrupted.
    """
    from watchfiles import watch

    sources = [sources] if isinstance(sources, str | os.PathLike) else list(sources)
    watched = [Path(source).absolute() for source in sources if os.path.exists(source)]  # noqa: PTH110
    if not watched:
        raise ArticleError(f"there is nothing to watch in {', '.join(map(str, sources))}. Name a folder that is there.")
    # A file is watched by its folder: an editor saves by putting another file in its place.
    folders = {path if path.is_dir() else path.parent for path in watched}
    changes = watch(
        *folders,
        watch_filter=_Relevant(watched, Path(index)),
        debounce=_LONGEST_WAIT_MS,
        step=quiet_ms,
        stop_event=stop,
        rust_timeout=_LOOK_UP_MS,
        yield_on_timeout=True,
        recursive=any(path.is_dir() for path in watched),
        ignore_permission_denied=True,
    )
    next(changes, None)  # it watches from here on, so that what changes during the first build is seen
    if not index_is_current(sources, index=index, settings=settings):
        yield _build(sources, index, progress, settings)
    for changed in changes:
        if changed:
            yield _build(sources, index, progress, settings)


def _build(
    sources: Sources,
    index: str | os.PathLike[str],
    progress: bool | Callable[[Progress], object],
    settings: Settings | None,
) -> BuildReport | QAError:
    try:
        return build_index(sources, index=index, progress=progress, settings=settings, wait=True)
    except QAError as error:
        return error


class _Relevant:
    """Tells whether a change matters: below a source, not hidden, and not the index itself."""

    def __init__(self, watched: list[Path], index: Path) -> None:
        self._sources = watched
        self._index = index.absolute()

    def __call__(self, _: object, changed: str) -> bool:
        path = Path(changed)
        if path.is_relative_to(self._index):
            return False
        for source in self._sources:
            if path.is_relative_to(source):
                return not any(part.startswith(".") for part in path.relative_to(source).parts)
        return False
