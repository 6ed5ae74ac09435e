"""Seeds -> a new index version -> the atomic switch to it; unchanged sentences keep their vectors."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import sqlite3
import stat
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version as package_version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.anchors import load_anchors
from qa.articles import Found, Refused, is_url, read_files
from qa.duplicates import NearDuplicates, group_near_duplicates, make_signature
from qa.embedding import load_embedding
from qa.errors import ArticleError, EmbeddingError, UnusableIndexError
from qa.known import KnownFiles
from qa.passages import split_passages
from qa.progress import Progress, ProgressTeller
from qa.settings import Settings, load_settings
from qa.store import (
    IndexVersion,
    Naming,
    VersionWriter,
    building,
    live_version,
    open_if_usable,
    refuse_nul,
    remove_journal,
    rolled_back_at,
    switch_version,
    unfinished_folders,
    version_folder,
)
from qa.vectors import write_vectors
from qa.versions import remove_old_versions

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

Sources = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]

# What the articles, their passages and their terms are made with.
_LIBRARIES = (
    "charset-normalizer", "datasketch", "dateparser", "feedparser", "lxml", "mammoth", "markdown-it-py", "py3langid",
    "pypdfium2", "pyspellchecker", "PyStemmer", "python-frontmatter", "PyYAML", "stopwordsiso", "striprtf",
    "trafilatura",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build took and what it refused.

    Args:
        index: Folder of the index.
        version: Id of the new version, which is now live.
        articles: Number of articles.
        passages: Number of passages.
        sentences: Number of sentences.
        reused: Number of sentences whose vectors came from the version before, or from a build that was interrupted.
        refused: The files and lines that were not taken, each with its reason.
        near_duplicates: The groups of articles that are the same text but for small edits.
        seconds: How long it took.
    """

    index: str
    version: str
    articles: int
    passages: int
    sentences: int
    reused: int
    refused: tuple[Refused, ...]
    near_duplicates: tuple[NearDuplicates, ...]
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON-ready data."""
        return asdict(self)


def build_index(
    sources: Sources = "seeds",
    *,
    index: str | os.PathLike[str] = "indexes/default",
    progress: bool | Callable[[Progress], object] = False,
    settings: Settings | None = None,
    wait: bool = False,
) -> BuildReport:
    """Build a new version of an index and make it the live one.

    Until the last step the version before stays live, and it stays live if the build fails.

    Args:
        sources: A folder or file of articles, or several.
        index: Folder of the index; made where it is missing.
        progress: True shows on standard error how far it is, with the rate and the time left; a callable is called
            with a `Progress` a few times a second, from the thread that builds. What it raises stops the build.
        settings: Settings to build with; by default those of `qa.toml` and the environment.
        wait: While another build of this index is running, wait for its end instead of refusing.

    Raises:
        ArticleError: A source does not exist, or holds no article that can be read.
        EmbeddingError: The embedding model cannot be loaded.
        SettingsError: A setting is wrong.
        UnusableIndexError: Another build of this index is running, or the index cannot be written.
    """
    started = time.perf_counter()
    settings = settings or load_settings()
    sources = _listed(sources)
    folder = Path(index)
    refuse_nul(folder)
    try:
        (folder / "versions").mkdir(parents=True, exist_ok=True)
        with building(folder, wait=wait), ProgressTeller(progress) as teller:
            return _build(sources, folder, settings, teller, started)
    except (FileExistsError, NotADirectoryError) as error:
        raise UnusableIndexError(f"{folder} cannot be an index: {error}. Name a folder or a free path.") from error
    except (OSError, sqlite3.Error) as error:
        why = f"the index {folder} cannot be written: {error}"
        raise UnusableIndexError(f"{why}. Its live version is untouched; make room and build again.") from error


def index_is_current(
    sources: Sources = "seeds",
    *,
    index: str | os.PathLike[str] = "indexes/default",
    settings: Settings | None = None,
) -> bool:
    """Tell whether an index is there, readable, made from these sources as they are now, and with these settings.

    One that was rolled back is, until a source changes after that: who rolled it back knows better.

    Args:
        sources: A folder or file of articles, or several.
        index: Folder of the index.
        settings: Settings to build with; by default those of `qa.toml` and the environment.

    Raises:
        SettingsError: A setting is wrong.
    """
    sources = _listed(sources)
    shape = _shaping(settings or load_settings())
    try:
        version = IndexVersion(Path(index))
    except UnusableIndexError:
        return False
    version.close()
    # A page may have changed, and only fetching it would tell.
    if any(map(is_url, sources)) or not all(map(os.path.exists, sources)):
        return False
    made = version.manifest
    if (made.sources, made.settings) != (sources, shape):
        return False
    if (rolled_back := rolled_back_at(Path(index))) is not None:
        return _latest_change(sources) <= _timestamp(rolled_back)
    return made.code == code_digest() and _latest_change(sources) <= _timestamp(made.created)


def _latest_change(sources: list[str]) -> float:
    return max(_change_times(sources), default=0.0)


def _timestamp(iso: str) -> float:
    try:
        return datetime.fromisoformat(iso).timestamp()
    except ValueError:  # damaged, so that anything is newer
        return 0.0


def _listed(sources: Sources) -> list[str]:
    if isinstance(sources, str | os.PathLike):
        sources = [sources]
    return [os.fspath(source) for source in sources]


def _change_times(sources: list[str]) -> Iterator[float]:
    """Yield when each file and folder under the sources last changed; a folder changes when a file goes.

    As in reading, links are followed and hidden files passed over.
    """
    visited: set[tuple[int, int]] = set()
    pending = [Path(source) for source in sources]
    while pending:
        path = pending.pop()
        try:
            status = path.stat()
            if stat.S_ISDIR(status.st_mode) and (status.st_dev, status.st_ino) not in visited:
                visited.add((status.st_dev, status.st_ino))
                pending.extend(child for child in path.iterdir() if not child.name.startswith("."))
        except OSError:  # a link to nothing, or a folder that may not be read: the build names it
            continue
        yield status.st_mtime


def _shaping(settings: Settings) -> dict[str, Any]:
    """Return the settings that shape an index."""
    return settings.model_dump(include={"embedding_model", "passage_tokens_min", "passage_tokens_max"})


def code_digest() -> str:
    """Name the code that makes articles, passages, sentences and terms: a digest of its own text and of its libraries.

    A number that has to be raised by hand when that code changes would be forgotten one day.
    """
    code = hashlib.sha256(unicodedata.unidata_version.encode())
    rooms = [
        files("qa").joinpath(f"{room}.py") for room in ("duplicates", "language", "passages", "sentences", "terms")
    ]
    readers = sorted(files("qa").joinpath("articles").iterdir(), key=lambda room: room.name)
    for room in (*rooms, *(room for room in readers if room.name.endswith(".py"))):
        code.update(room.read_bytes())
    for package in _LIBRARIES:
        code.update(f"{package} {package_version(package)}\n".encode())
    return code.hexdigest()


def _build(sources: list[str], folder: Path, settings: Settings, teller: ProgressTeller, started: float) -> BuildReport:
    for unfinished in unfinished_folders(folder):
        shutil.rmtree(unfinished)
    created, code = datetime.now(UTC), code_digest()
    before = open_if_usable(folder)
    try:
        writer = VersionWriter(folder, f"{created:%Y%m%dT%H%M%S%fZ}-{secrets.token_hex(3)}", before)
        try:
            refused = _write_articles(sources, writer, before, settings, teller, created, code)
            if not writer.counts["sentences"]:
                raise ArticleError(_nothing_to_index(sources, refused))
            near_duplicates = _write_stories(writer)
            writer.finish_articles()
            embedding = _load_embedding(settings)
            reused = write_vectors(writer, embedding, before, folder, teller)
            teller.begin("writing")
            writer.finish(
                model=embedding.model_name,
                anchors=load_anchors(embedding),
                created=created.isoformat(),
                sources=sources,
                settings=_shaping(settings),
                code=code,
            )
        except BaseException:
            shutil.rmtree(writer.folder, ignore_errors=True)
            raise
        finally:
            writer.close()
    finally:
        if before is not None:
            before.close()
    _check(folder, writer.version, teller)
    lately = live_version(folder) if before is not None else None
    switch_version(folder, writer.version)
    remove_journal(folder)
    remove_old_versions(folder, settings.versions_kept, lately)
    return BuildReport(
        index=str(folder),
        version=writer.version,
        reused=reused,
        refused=tuple(refused),
        near_duplicates=near_duplicates,
        seconds=round(time.perf_counter() - started, 3),
        **writer.counts,
    )


def _write_articles(
    sources: list[str],
    writer: VersionWriter,
    before: IndexVersion | None,
    settings: Settings,
    teller: ProgressTeller,
    created: datetime,
    code: str,
) -> list[Refused]:
    """Write every article; what the version before has of it is copied, where it was cut as it would be now."""
    alike = before if before is not None and before.manifest.code == code else None  # made by the same code
    known = KnownFiles(writer, alike if alike is not None and alike.manifest.sources == sources else None)
    cut_alike = alike is not None and _lengths(alike.manifest.settings) == _lengths(_shaping(settings))
    now = created.isoformat(timespec="seconds")
    refused = []
    teller.begin("reading")
    for path, found in _read(sources, settings.fetch_private_addresses, known):
        if isinstance(found, Refused):
            refused.append(found)
            known.forget(path)
        else:
            article = replace(found.article, indexed=writer.first_indexed(found.article) or now)
            naming = Naming(found.shown, found.slug, found.stated)
            if not (cut_alike and writer.copy(article, naming)):
                low, high = settings.passage_tokens_min, settings.passage_tokens_max
                passages = split_passages(article, tokens_min=low, tokens_max=high)
                writer.add(article, passages, make_signature(article.text), naming)
        teller.advance()
    return refused


def _lengths(settings: Mapping[str, Any]) -> tuple[Any, Any]:
    return settings.get("passage_tokens_min"), settings.get("passage_tokens_max")


def _read(sources: list[str], fetch_private: bool, known: KnownFiles) -> Iterator[tuple[str, Found | Refused]]:
    try:
        yield from read_files(sources, fetch_private_addresses=fetch_private, known=known)
    except OSError as error:
        raise ArticleError(f"the sources cannot be read: {error}. Mend that and build again.") from error


def _nothing_to_index(sources: list[str], refused: list[Refused]) -> str:
    reasons = "".join(f"\n  {item.source}: {item.reason}" for item in refused)
    return f"there is no article to index in {', '.join(sources)}. Put articles there and build again.{reasons}"


def _write_stories(writer: VersionWriter) -> tuple[NearDuplicates, ...]:
    groups = list(group_near_duplicates(writer.signatures()))
    writer.write_stories(rows for rows, _ in groups)
    return tuple(NearDuplicates(tuple(map(writer.article_id, rows)), shared) for rows, shared in groups)


def _load_embedding(settings: Settings) -> BaseEmbedding:
    try:
        return load_embedding(settings.embedding_model)
    except OSError as error:
        raise EmbeddingError(f"the embedding model {settings.embedding_model!r} cannot be loaded: {error}") from error


def _check(folder: Path, version: str, teller: ProgressTeller) -> None:
    """Read a finished version back before it goes live."""
    try:
        written = IndexVersion(folder, version)
        try:
            teller.begin("checking", total=written.manifest.counts["articles"])
            faults = written.check(teller.advance)
        finally:
            written.close()
        if faults:
            raise UnusableIndexError(f"the new version did not pass its check and was removed: {'; '.join(faults)}")
    except BaseException:
        shutil.rmtree(version_folder(folder, version), ignore_errors=True)
        raise
