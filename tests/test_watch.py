"""Watching: a rebuild when the sources change, by a real process; what runs takes it up."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import qa
from qa.build import BuildReport
from qa.errors import ArticleError
from qa.store import finished_versions, live_version
from qa.watch import watch_index

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "pont.txt").write_text("Le pont ouvre en mai.", encoding="utf-8")
    return folder


class Watcher:
    """`qa index --watch` in a process of its own, with the lines that it prints."""

    def __init__(self, sources: Path, index: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "qa.cli", "index", str(sources), "--index", str(index), "--watch"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            bufsize=1,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self._seen: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self._lines.put(line)

    def wait_for(self, text: str) -> str:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                line = self._lines.get(timeout=1)
            except queue.Empty:
                assert self.process.poll() is None, "".join(self._seen)
                continue
            self._seen.append(line)
            if text in line:
                return line
        raise AssertionError(f"{text!r} was not printed, but:\n{''.join(self._seen)}")


@contextmanager
def watching(sources: Path, index: Path) -> Iterator[Watcher]:
    watcher = Watcher(sources, index)
    try:
        yield watcher
    finally:
        watcher.process.kill()
        watcher.process.wait()
        watcher.process.stdout.close()


def test_a_watch_builds_at_its_start_and_after_changes_says_what_failed_and_ends_with_ctrl_c(sources, tmp_path):
    index = tmp_path / "index"
    with watching(sources, index) as watcher:
        watcher.wait_for("1 articles")
        with qa.ArticleQA.open(index) as engine:
            first = engine.ask("Quand ouvre le pont ?")

            for number in range(10):  # several changes in quick succession are one build
                (sources / f"train-{number}.txt").write_text(f"Le train {number} est en retard.", encoding="utf-8")
                time.sleep(0.05)
            watcher.wait_for("11 articles")
            assert len(finished_versions(index)) == 2
            second = engine.ask("Quel train est en retard ?")
            assert second.index_version == live_version(index) != first.index_version

            saved = [(path, path.read_text(encoding="utf-8")) for path in sources.iterdir()]
            for path, _ in saved:
                path.write_bytes(b"")
            watcher.wait_for("qa: there is no article to index")
            assert engine.ask("Quel train est en retard ?").index_version == second.index_version

            for path, text in saved:
                path.write_text(text, encoding="utf-8")
            watcher.wait_for("11 articles, 11 sentences (11 unchanged)")

        watcher.process.send_signal(signal.SIGINT)
        assert watcher.process.wait(timeout=30) == 130
        watcher.wait_for("qa: stopped")
    assert live_version(index) != second.index_version


@contextmanager
def in_thread(sources: object, index: Path) -> Iterator[queue.Queue]:
    """Watch in a thread; what is built comes out of the queue."""
    stop, built = threading.Event(), queue.Queue()

    def work() -> None:
        for report in watch_index(sources, index=index, stop=stop, quiet_ms=200):
            built.put(report)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield built
    finally:
        stop.set()
        thread.join()


def replace(path: Path, text: str) -> None:
    """Save as editors do: another file in the place of the one before."""
    fresh = path.with_name(f".{path.name}.swp")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


def test_a_single_file_is_watched_though_editors_put_another_in_its_place(sources, tmp_path):
    (sources / "other.txt").write_text("Un autre article.", encoding="utf-8")
    with in_thread(sources / "pont.txt", tmp_path / "index") as built:
        assert built.get(timeout=60).articles == 1
        for month in ("juin", "juillet"):
            replace(sources / "pont.txt", f"Le pont ouvre en {month}.")
            assert isinstance(built.get(timeout=60), BuildReport)
        (sources / "other.txt").write_text("Un autre article, qui a changé.", encoding="utf-8")
        with pytest.raises(queue.Empty):
            built.get(timeout=2)


def test_an_index_among_its_sources_and_hidden_files_do_not_build_for_ever(sources):
    with in_thread([sources], sources / "index") as built:
        assert built.get(timeout=60).articles == 1
        (sources / ".git").mkdir()
        (sources / ".git" / "HEAD").write_text("x", encoding="utf-8")
        with pytest.raises(queue.Empty):
            built.get(timeout=4)


def test_a_watch_of_a_current_index_builds_nothing_until_something_changes(sources, tmp_path):
    qa.build_index(sources, index=tmp_path / "index")
    with in_thread(str(sources), tmp_path / "index") as built:
        with pytest.raises(queue.Empty):
            built.get(timeout=4)
        (sources / "below").mkdir()
        (sources / "below" / "port.txt").write_text("Le port est fermé.", encoding="utf-8")
        assert built.get(timeout=60).articles == 2


def test_nothing_to_watch_is_an_error(tmp_path):
    with pytest.raises(ArticleError, match="nothing to watch in"):
        next(watch_index(tmp_path / "nowhere", index=tmp_path / "index"))


# A server that runs


def test_a_running_chat_takes_up_a_rebuild_and_a_rollback_between_two_questions(sources, tmp_path):
    from gradio_client import Client

    index = tmp_path / "index"
    first = qa.build_index(sources, index=index).version
    command = [sys.executable, "-m", "qa.cli", "serve", "--index", str(index), "--port", "7981"]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ})
    try:
        assert "7981" in server.stdout.readline()
        client = Client("http://127.0.0.1:7981", verbose=False)

        def ask() -> str:
            return client.predict("Quand ouvre le pont ?", api_name="/ask")["index_version"]

        assert ask() == first
        (sources / "pont.txt").write_text("Le pont ouvre en juin.", encoding="utf-8")
        second = qa.build_index(sources, index=index).version
        assert ask() == second
        from qa.versions import roll_back

        roll_back(index)
        assert ask() == first
        client.close()
    finally:
        server.terminate()
        server.wait()
        server.stdout.close()
