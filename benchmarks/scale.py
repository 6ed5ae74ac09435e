"""What a build costs as an index grows: from nothing, one article more, opening, and memory."""

from __future__ import annotations

import json
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SIZES = (1, 100, 5_000)

_SENTENCES = 3  # an article; with whole ones, embedding alone would take hours on two cores
_SENTENCE_END = re.compile(r"(?<=[.!?]) ")
_SETTLED_S = 4  # a file that changed just before it was read is read again


def measure_scale(corpus: Path, sizes: tuple[int, ...] = SIZES) -> Iterator[dict[str, float]]:
    """Build indexes of several sizes, then each with one article more, each build in a process of its own.

    Args:
        corpus: `corpus.jsonl` of a question set; its articles are cut to three sentences, repeated with other numbers.
        sizes: Numbers of articles.

    Yields:
        For each size `articles` and `sentences`; seconds to `build` from nothing, to build again with nothing changed
        (`again_s`), to `add` one article, and to `open` the index; the most memory while building and while adding
        (`build_mb`, `add_mb`), with that of importing all that a build needs; the size of the `index_mb`.
    """
    texts = _read_texts(corpus)
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            sources, index = Path(folder) / "sources", Path(folder) / "index"
            sources.mkdir()
            for number in range(size):
                _write_article(sources, number, texts)
            time.sleep(_SETTLED_S)
            built = _alone(_build, sources, index)
            again = _alone(_build, sources, index)
            _write_article(sources, size, texts)
            added = _alone(_build, sources, index)
            opened = _alone(_open, index)
            live = max((index / "versions").iterdir())
            yield {
                "articles": size,
                "sentences": built["sentences"],
                "build_s": built["seconds"],
                "again_s": again["seconds"],
                "add_s": added["seconds"],
                "open_s": opened["seconds"],
                "build_mb": built["peak_mb"],
                "add_mb": added["peak_mb"],
                "index_mb": sum(path.stat().st_size for path in live.iterdir()) / 1e6,
            }


def _read_texts(corpus: Path) -> list[list[str]]:
    with corpus.open(encoding="utf-8") as lines:
        return [_SENTENCE_END.split(json.loads(line)["text"]) for line in lines]


def _write_article(sources: Path, number: int, texts: list[list[str]]) -> None:
    sentences = texts[number % len(texts)]
    turn = number // len(texts)
    first = _SENTENCES * turn % max(1, len(sentences) - _SENTENCES)
    text = " ".join(sentences[first : first + _SENTENCES])
    text = re.sub(r"\d+", lambda found: str(int(found[0]) + turn), text)
    (sources / f"{number:05}.txt").write_text(f"{text}\n\nN° {number}", encoding="utf-8")


def _alone(measure: Any, *arguments: Path) -> dict[str, float]:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as process:
        return dict(process.submit(measure, *arguments).result())


def _build(sources: Path, index: Path) -> dict[str, float]:
    from qa import build_index

    started = time.perf_counter()
    report = build_index(sources, index=index)
    return {"seconds": time.perf_counter() - started, "sentences": report.sentences, "peak_mb": _peak_mb()}


def _open(index: Path) -> dict[str, float]:
    from qa import ArticleQA

    ArticleQA.open(index).close()  # the model is loaded once in a process
    started = time.perf_counter()
    ArticleQA.open(index).close()
    return {"seconds": time.perf_counter() - started}


def _peak_mb() -> float:
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)
