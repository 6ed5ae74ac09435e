"""The server: from its start to a page that takes a question, twenty users at once, and what it costs idle.

`python -m benchmarks.server [--idle SECONDS]` prints them; `python -m benchmarks` prints all but the idle cost.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.running import launch_chromium, seed_folder, serving

_QUESTIONS = (
    "Qui a parlé de missiles antiaériens ?",
    "When did the treaty enter into force?",
    "¿Qué puede ofrecer Rusia a Corea del Norte?",
    "Wie viele Soldaten wurden entsandt?",
    "Que dit le traité en cas d'attaque ?",
)


def measure_start(rounds: int = 5) -> dict[str, float]:
    """Time `python app.py` to a page whose question box can be typed into, against `python -c "import gradio"`.

    Chromium is running before, with an empty cache.

    Returns:
        `page_s`, `answer_s` (a question typed at once is answered) and `import_s`, medians; `ratio` of the first
        to the last.
    """
    from playwright.sync_api import sync_playwright

    alone = [sys.executable, "-c", "import gradio"]
    imports, pages, answers = [], [], []
    with seed_folder() as folder, sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        for _ in range(rounds):
            started = time.perf_counter()
            subprocess.run(alone, check=True)
            imports.append(time.perf_counter() - started)
            context = browser.new_context(locale="en-GB")
            page = context.new_page()
            started = time.perf_counter()
            with serving(folder) as (address, _):
                page.goto(address, timeout=60_000)
                box = page.get_by_label("Your question")
                box.fill(_QUESTIONS[1], timeout=60_000)
                pages.append(time.perf_counter() - started)
                box.press("Enter")
                page.get_by_text("4 December 2024").first.wait_for(timeout=60_000)
                answers.append(time.perf_counter() - started)
            context.close()
        browser.close()
    page_s, answer_s, import_s = map(statistics.median, (pages, answers, imports))
    return {"page_s": page_s, "answer_s": answer_s, "import_s": import_s, "ratio": page_s / import_s}


def measure_users(users: int = 20, turns: int = 5) -> dict[str, float]:
    """Time `users` asking over Gradio's API at once, again and again, against one user alone.

    Returns:
        `alone_ms`, `median_ms` and `worst_ms` of a question; their ratios to the first; `wrong`, how many answers
        were not the ones that one user alone gets; `resident_mb` of the server at the end.
    """
    import psutil
    from gradio_client import Client

    with seed_folder() as folder, serving(folder) as (address, process):
        clients = [Client(address, verbose=False) for _ in range(users)]
        right = {question: _said(clients[0], question) for question in _QUESTIONS}
        alone = [_timed(clients[0], question)[0] for _ in range(turns) for question in _QUESTIONS]
        together = threading.Barrier(users)

        def use(number: int) -> list[tuple[float, bool]]:
            together.wait()
            measured = []
            for turn in range(turns):
                question = _QUESTIONS[(number + turn) % len(_QUESTIONS)]
                seconds, said = _timed(clients[number], question)
                measured.append((seconds, said == right[question]))
            return measured

        with ThreadPoolExecutor(users) as threads:
            measured = [one for some in threads.map(use, range(users)) for one in some]
        resident = psutil.Process(process.pid).memory_info().rss / 2**20
    alone_ms = 1000 * statistics.median(alone)
    waits = [1000 * seconds for seconds, _ in measured]
    return {
        "alone_ms": alone_ms,
        "median_ms": statistics.median(waits),
        "worst_ms": max(waits),
        "median_ratio": statistics.median(waits) / alone_ms,
        "worst_ratio": max(waits) / alone_ms,
        "wrong": sum(not correct for _, correct in measured),
        "resident_mb": resident,
    }


def measure_idle(seconds: float = 60.0) -> dict[str, float]:
    """Measure what a server with one open page does while nobody asks.

    Returns:
        `cpu_percent` of one core; `resident_mb`.
    """
    import psutil
    from playwright.sync_api import sync_playwright

    with seed_folder() as folder, serving(folder) as (address, server), sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        page = browser.new_page(locale="en-GB")
        page.goto(address, timeout=60_000)
        page.get_by_label("Your question").wait_for(timeout=60_000)
        time.sleep(10)  # the index is opened beside
        process = psutil.Process(server.pid)
        before = process.cpu_times()
        time.sleep(seconds)
        after = process.cpu_times()
        browser.close()
        used = after.user + after.system - before.user - before.system
        return {"cpu_percent": 100 * used / seconds, "resident_mb": process.memory_info().rss / 2**20}


def _timed(client: Any, question: str) -> tuple[float, list[Any]]:
    started = time.perf_counter()
    said = _said(client, question)
    return time.perf_counter() - started, said


def _said(client: Any, question: str) -> list[Any]:
    answer = client.predict(question, api_name="/ask")
    return [answer["question"], answer["text"], answer["citations"], answer["nearest"]]


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.server", description=__doc__)
    parser.add_argument("--idle", type=float, default=60.0, metavar="SECONDS", help="how long to watch it idle")
    options = parser.parse_args()
    for title, figures in (
        ("from `python app.py` to a page that takes a question / `import gradio`", measure_start()),
        ("twenty users at once / one alone", measure_users()),
        ("idle, with a page open", measure_idle(options.idle)),
    ):
        print(title, "  ".join(f"{name} {value:.3f}" for name, value in figures.items()), sep="\n    ", flush=True)


if __name__ == "__main__":
    main()
