"""Run the benchmarks and print their tables: `python -m benchmarks [--eval FOLDER]`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.quality import measure_quality
from benchmarks.scale import measure_scale
from benchmarks.server import measure_start, measure_users
from benchmarks.speed import SEEDS, measure_ask, measure_build, measure_chat_memory, measure_command


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--eval", type=Path, metavar="FOLDER", help="folder of question sets; see benchmarks/README.md")
    parser.add_argument("--set", action="append", metavar="NAME", help="only this set of the folder; may be repeated")
    parser.add_argument("--scale", action="store_true", help="only what a build costs as an index grows; takes long")
    options = parser.parse_args()

    if options.scale:
        if options.eval is None:
            parser.error("--scale needs --eval, whose articles it cuts and repeats")
        for figures in measure_scale(min(options.eval.glob("*/corpus.jsonl"))):
            _show(f"{figures['articles']:,} short articles: seconds and megabytes", figures)
        return
    _show("warm ask / embedding the question alone", measure_ask())
    _show("`qa ask` / `import llama_index.core`", measure_command())
    _show("web chat with the seed index", measure_chat_memory())
    _show("`python app.py` to a page that takes a question / `import gradio`", measure_start())
    _show("twenty users at once / one alone", measure_users())
    if options.eval is None:
        _show("building the seeds / the model alone", measure_build(SEEDS))
        return
    from benchmarks.llamaindex_default import measure_llamaindex

    names = options.set or sorted(path.parent.name for path in options.eval.glob("*/questions.jsonl"))
    for name in names:
        folder = options.eval / name
        _show(f"{name}: building / the model alone", measure_build(folder / "corpus.jsonl"))
        _show(f"{name}: article-qa", _alone(measure_quality, folder))
        _show(f"{name}: LlamaIndex, default chunks", _alone(measure_llamaindex, folder))
        _show(f"{name}: LlamaIndex, chunks of 200 tokens", _alone(measure_llamaindex, folder, 200))


def _alone(measure: Callable[..., dict[str, float]], *arguments: Any) -> dict[str, float]:
    """Measure in a process of its own, and what memory it holds at the end."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as process:
        return {**process.submit(measure, *arguments).result(), "resident_mb": process.submit(_resident_mb).result()}


def _resident_mb() -> float:
    import psutil

    return float(psutil.Process().memory_info().rss) / 2**20


def _show(title: str, figures: Mapping[str, float | bool]) -> None:
    shown = "  ".join(
        f"{name} {value if isinstance(value, bool) else format(value, '.3f')}" for name, value in figures.items()
    )
    print(f"{title}\n    {shown}", flush=True)


if __name__ == "__main__":
    main()
