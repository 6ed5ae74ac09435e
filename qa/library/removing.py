"""Articles taken out of the library: their file is moved into a hidden folder beside it, and can be put back."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from qa.errors import ArticleError
from qa.library.names import number_name
from qa.library.place import Library
from qa.schema import ArticleSummary
from qa.store import IndexVersion

REMOVED_FOLDER = ".removed"  # hidden, so that reading passes over it


@dataclass(frozen=True, slots=True)
class Removed:
    """A file that was taken out.

    Args:
        folder: The folder of articles that it was taken out of.
        name: Its path in `.removed` there; what `restore_file` takes.
        titles: Titles of the articles that it holds, where that is known.
    """

    folder: Path
    name: str
    titles: tuple[str, ...] = ()


def remove_article(library: Library, article_id: str, *, whole_file: bool = False) -> Removed:
    """Take an article's file out of the library. The index has the article until the next build.

    The file is moved into `.removed` in its folder, and nothing is written into it.

    Args:
        library: Where articles are; see `find_library`.
        article_id: Id of the article.
        whole_file: Remove the file although other articles are read from it too.

    Raises:
        ArticleError: There is no such article, its file holds others too, or lies where nothing is changed.
        UnusableIndexError: There is no index, or it is damaged.
    """
    file, articles = _file_of(library, article_id)
    if len(articles) > 1 and not whole_file:
        raise ArticleError(
            f"the article is one of {len(articles):,} in the file {file}. Take it out of the file yourself and build "
            f"the index, or remove the file with all its articles."
        )
    folder, inside = _locate(library, file)
    room = folder / REMOVED_FOLDER
    if room.is_symlink():
        raise ArticleError(f"{room} is a link, and nothing is moved through one. Make it a folder.")
    try:
        kept = _move(folder / inside, room / inside)
    except OSError as error:
        raise ArticleError(f"{file} cannot be moved to {room}: {error.strerror or error}. Allow it.") from error
    return Removed(folder, kept.relative_to(room).as_posix(), tuple(article.title for article in articles))


def removed_files(library: Library) -> list[Removed]:
    """Return the files that were taken out and can be put back."""
    return [
        Removed(folder, path.relative_to(folder / REMOVED_FOLDER).as_posix())
        for folder in library.folders or (library.folder,)
        for path in sorted((folder / REMOVED_FOLDER).rglob("*"))
        if path.is_file() and not path.is_symlink()
    ]


def restore_file(library: Library, name: str) -> str:
    """Put a file back that was taken out. The index has its articles after the next build.

    Args:
        library: Where articles are; see `find_library`.
        name: Its path in `.removed`, as `removed_files` names it.

    Returns:
        The path where it is now.

    Raises:
        ArticleError: There is no such file, or it cannot be put back.
    """
    found = next((removed for removed in removed_files(library) if removed.name == name), None)
    if found is None:
        raise ArticleError(f"{name} is not among the removed files. It may have been put back already.")
    try:
        return str(_move(found.folder / REMOVED_FOLDER / name, found.folder / name))
    except OSError as error:
        raise ArticleError(f"{name} cannot be put back: {error.strerror or error}. Allow it.") from error


def _file_of(library: Library, article_id: str) -> tuple[str, list[ArticleSummary]]:
    """Return the file of an article, and all articles that are read from it."""
    version = IndexVersion(library.index)
    listed = version.summaries()
    version.close()
    file = next((article.file for article in listed if article.id == article_id), None)
    if file is None:
        raise ArticleError(f"the index has no article {article_id!r}. It may have been removed meanwhile.")
    return file, [article for article in listed if article.file == file]


def _locate(library: Library, file: str) -> tuple[Path, Path]:
    """Return the folder of articles that a file is in, and its path there; refuse what lies elsewhere or is a link."""
    path = Path(file)
    for folder in library.folders:
        inside = Path(os.path.relpath(path.absolute(), folder.absolute()))
        if inside.parts[0] == ".." or inside == Path():
            continue
        if not path.is_file():
            raise ArticleError(f"{file} is not there any more. Build the index, and its articles are gone.")
        if path.resolve() != folder.resolve() / inside:
            raise ArticleError(
                f"{file} is a link or behind one; what it leads to is never touched. Remove it yourself."
            )
        return folder, inside
    raise ArticleError(
        f"{file} is in no folder of the index, but named by itself, and never touched. Leave it out when you call "
        "`qa index`."
    )


def _move(path: Path, target: Path) -> Path:
    """Move a file to a path, or the next that is free."""
    target.parent.mkdir(parents=True, exist_ok=True)
    number = 1
    while (free := target.with_name(number_name(target.name, number))).exists() or free.is_symlink():
        number += 1
    return path.rename(free)
