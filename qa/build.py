"""Seeds -> a new index version -> the atomic switch to it; unchanged sentences keep their vectors."""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
import stat
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qa.anchors import load_anchors
from qa.articles import Refused, is_url, read_articles
from qa.embedding import embed_texts, load_embedding
from qa.errors import ArticleError, UnusableIndexError
from qa.passages import split_passages
from qa.schema import Article
from qa.settings import Settings, load_settings
from qa.store import (
    IndexVersion,
    VersionWriter,
    digest,
    finished_versions,
    live_version,
    switch_version,
    unfinished_folders,
    version_folder,
)

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

Sources = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]

_BATCH = 64
_SAME_MODEL = 0.99  # cosine of two vectors of one sentence; batches of other sizes differ in the sixth decimal


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build took and what it refused.

    Args:
        index: Folder of the index.
        version: Id of the new version, which is now live.
        articles: Number of articles.
        passages: Number of passages.
        sentences: Number of sentences.
        reused: Number of sentences whose vectors came from the version before.
        refused: The files and lines that were not taken, each with its reason.
        seconds: How long it took.
    """

    index: str
    version: str
    articles: int
    passages: int
    sentences: int
    reused: int
    refused: tuple[Refused, ...]
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON-ready data."""
        return asdict(self)


def build_index(
    sources: Sources = "seeds",
    *,
    index: str | os.PathLike[str] = "indexes/default",
    progress: bool = False,
    settings: Settings | None = None,
) -> BuildReport:
    """Build a new version of an index and make it the live one.

    Until the last step the version before stays live, and it stays live if the build fails.

    Args:
        sources: A folder or file of articles, or several.
        index: Folder of the index; made where it is missing.
        progress: Show on standard error how far it is, with the rate and the time left.
        settings: Settings to build with; by default those of `qa.toml` and the environment.

    Raises:
        ArticleError: A source does not exist, or holds no article that can be read.
        EmbeddingError: The embedding model cannot be loaded.
        SettingsError: A setting is wrong.
        UnusableIndexError: Another build of this index is running, or the index cannot be written.
    """
    from filelock import FileLock, Timeout

    started = time.perf_counter()
    settings = settings or load_settings()
    sources = _listed(sources)
    folder = Path(index)
    try:
        (folder / "versions").mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock", timeout=0):
            return _build(sources, folder, settings, progress, started)
    except Timeout as error:
        raise UnusableIndexError(f"another build of {folder} is running. Wait until it has finished.") from error
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
    if (version.manifest.sources, version.manifest.settings) != (sources, shape):
        return False
    # A page may have changed, and only fetching it would tell.
    if any(map(is_url, sources)) or not all(map(os.path.exists, sources)):
        return False
    created = datetime.fromisoformat(version.manifest.created).timestamp()
    return all(changed <= created for changed in _change_times(sources))


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


def _build(sources: list[str], folder: Path, settings: Settings, progress: bool, started: float) -> BuildReport:
    for unfinished in unfinished_folders(folder):
        shutil.rmtree(unfinished)
    created = datetime.now(UTC)
    writer = VersionWriter(folder, f"{created:%Y%m%dT%H%M%S%fZ}-{secrets.token_hex(3)}")
    before: IndexVersion | None = None
    try:
        refused = _write_articles(sources, writer, settings, progress, _Dates(folder, created))
        if not writer.counts["sentences"]:
            raise ArticleError(_nothing_to_index(sources, refused))
        embedding = load_embedding(settings.embedding_model)
        before = _live_with_model(folder, embedding)
        reused = _write_vectors(writer, embedding, before, progress)
        writer.finish(
            model=embedding.model_name,
            anchors=load_anchors(embedding),
            created=created.isoformat(),
            sources=sources,
            settings=_shaping(settings),
        )
    except BaseException:
        shutil.rmtree(writer.folder, ignore_errors=True)
        raise
    finally:
        writer.close()
        if before is not None:
            before.close()
    _check(folder, writer.version)
    switch_version(folder, writer.version)
    _remove_old(folder, writer.version, settings.versions_kept)
    return BuildReport(
        index=str(folder),
        version=writer.version,
        reused=reused,
        refused=tuple(refused),
        seconds=round(time.perf_counter() - started, 3),
        **writer.counts,
    )


class _Dates:
    """When each article first came into the index, in the text that it has now."""

    def __init__(self, folder: Path, created: datetime) -> None:
        self._now = created.isoformat(timespec="seconds")
        self._known: dict[str, tuple[bytes, str]] = {}
        try:
            live = IndexVersion(folder) if live_version(folder) else None
        except UnusableIndexError:  # a new build is what mends it
            return
        if live is not None:
            self._known = {article.id: (digest(article.text), article.indexed) for article in live.articles()}
            live.close()

    def of(self, article: Article) -> str:
        known = self._known.get(article.id)
        return known[1] if known and known[0] == digest(article.text) else self._now


def _write_articles(
    sources: list[str], writer: VersionWriter, settings: Settings, progress: bool, dates: _Dates
) -> list[Refused]:
    from tqdm import tqdm

    refused = []
    found = read_articles(sources, fetch_private_addresses=settings.fetch_private_addresses)
    for article in tqdm(found, unit="article", desc="reading", disable=not progress):
        if isinstance(article, Refused):
            refused.append(article)
            continue
        passages = split_passages(
            article, tokens_min=settings.passage_tokens_min, tokens_max=settings.passage_tokens_max
        )
        writer.add(replace(article, indexed=dates.of(article)), passages)
    return refused


def _nothing_to_index(sources: list[str], refused: list[Refused]) -> str:
    reasons = "".join(f"\n  {item.source}: {item.reason}" for item in refused)
    return f"there is no article to index in {', '.join(sources)}. Put articles there and build again.{reasons}"


def _write_vectors(writer: VersionWriter, embedding: BaseEmbedding, before: IndexVersion | None, progress: bool) -> int:
    """Give each sentence its vector, the live version's where that has one; return how many it had."""
    from tqdm import tqdm

    known = dict(before.sentence_digests()) if before is not None else {}
    reused = 0
    sentences = writer.sentence_texts()
    with tqdm(total=writer.counts["sentences"], unit="sentence", desc="embedding", disable=not progress) as bar:
        while batch := list(islice(sentences, _BATCH)):
            old = np.array([known[key] for key, _ in batch if key in known], dtype=np.int64)
            fresh = [text for key, text in batch if key not in known]
            kept = iter(before.sentence_vectors(old)) if before is not None else iter(())
            made = iter(embed_texts(embedding, fresh)) if fresh else iter(())
            writer.add_vectors(np.stack([next(kept if key in known else made) for key, _ in batch]))
            reused += len(old)
            bar.update(len(batch))
    return reused


def _live_with_model(folder: Path, embedding: BaseEmbedding) -> IndexVersion | None:
    """Open the live version, if there is one whose vectors can be used again."""
    try:
        live = IndexVersion(folder) if live_version(folder) else None
    except UnusableIndexError:  # a new build is what mends it
        return None
    if live is not None and not _made_by(live, embedding):
        live.close()
        return None
    return live


def _made_by(version: IndexVersion, embedding: BaseEmbedding) -> bool:
    """Tell whether a model made a version's vectors: its name, and one sentence anew, for a folder may change."""
    if version.manifest.model != embedding.model_name:
        return False
    _, sentence = version.sentence(0)
    fresh, stored = embed_texts(embedding, [sentence.text]), version.sentence_vectors(np.array([0]))
    return fresh.shape == stored.shape and float(fresh[0] @ stored[0]) > _SAME_MODEL


def _remove_old(folder: Path, live: str, kept: int) -> None:
    """Remove the oldest versions, so that `kept` are left; never the live one, even where the clock went back."""
    others = [version for version in finished_versions(folder) if version != live]
    for old in others[: max(0, len(others) - (kept - 1))]:
        shutil.rmtree(version_folder(folder, old), ignore_errors=True)  # the build is done; the next one tries again


def _check(folder: Path, version: str) -> None:
    """Read a finished version back before it goes live."""
    written = IndexVersion(folder, version)
    faults = written.check()
    written.close()
    if faults:
        shutil.rmtree(version_folder(folder, version))
        raise UnusableIndexError(f"the new version did not pass its check and was removed: {'; '.join(faults)}")
