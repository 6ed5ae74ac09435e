"""Versions: listed, gone back to, and removed only when nobody reads them; one build at a time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import qa
from qa.build import index_is_current
from qa.errors import UnusableIndexError
from qa.settings import Settings
from qa.store import IndexVersion, finished_versions, live_version, version_folder
from qa.versions import list_versions, roll_back

ROOT = Path(__file__).resolve().parent.parent

ONE = Settings(versions_kept=1)


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "pont.txt").write_text("Le pont ouvre en mai.", encoding="utf-8")
    return folder


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def two(sources: Path, index: Path) -> tuple[str, str]:
    """The ids of two versions; the second, in which the bridge opens in June, is live."""
    first = qa.build_index(sources, index=index).version
    (sources / "pont.txt").write_text("Le pont ouvre en juin.", encoding="utf-8")
    return first, qa.build_index(sources, index=index).version


def quoted(index: Path) -> str:
    answer = qa.ask("Quand ouvre le pont ?", index=index)
    return (*answer.citations, *answer.nearest)[0].quote


def run(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "qa.cli", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


@contextmanager
def process(code: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Run code in another process, from when it has printed a line."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    child = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout.readline() == "ready\n", child.communicate()[1]
        yield child
    finally:
        child.kill()
        child.communicate()


# Listing


def test_versions_are_listed_oldest_first_with_what_they_hold(two, index):
    listed = list_versions(index)
    assert [(each.version, each.live, each.articles, each.sentences) for each in listed] == [
        (two[0], False, 1, 1),
        (two[1], True, 1, 1),
    ]
    for each in listed:
        on_disk = sum(path.stat().st_size for path in version_folder(index, each.version).iterdir())
        assert (each.size_bytes, each.fault) == (on_disk, None)
        assert each.created.startswith(each.version[:4])


def test_a_version_that_cannot_be_read_is_listed_with_its_fault(two, index):
    (version_folder(index, two[0]) / "manifest.json").write_bytes(b"{")
    assert "is damaged" in list_versions(index)[0].fault
    assert list_versions(index)[1].fault is None


def test_the_command_lists_versions_for_people_and_programs(two, index):
    shown = run("versions", "--index", index).stdout.splitlines()
    assert shown[0].startswith(f"  {two[0]}")
    assert shown[1].startswith(f"* {two[1]}")
    assert "1 articles, 1 sentences" in shown[1]
    assert [each["live"] for each in json.loads(run("versions", "--json", "--index", index).stdout)] == [False, True]


def test_no_index_has_no_versions(index):
    with pytest.raises(UnusableIndexError, match="there is no index"):
        list_versions(index)


# Going back


def test_going_back_makes_the_version_before_live(two, index):
    assert quoted(index) == "Le pont ouvre en juin."
    assert roll_back(index) == live_version(index) == two[0]
    assert quoted(index) == "Le pont ouvre en mai."


def test_any_version_that_is_there_can_be_gone_to_by_its_id(two, index):
    roll_back(index)
    assert roll_back(index, two[1]) == two[1]
    assert quoted(index) == "Le pont ouvre en juin."


def test_the_command_goes_back_and_says_what_follows(two, index):
    done = run("rollback", "--index", index)
    assert (done.returncode, live_version(index)) == (0, two[0])
    assert f"Version {two[0]} of {index} is live" in done.stdout
    again = run("rollback", "--index", index)
    assert again.returncode == 2
    assert "no version older than" in again.stderr


def test_an_unknown_version_is_refused_with_those_that_are_there(two, index):
    with pytest.raises(UnusableIndexError, match=f"no version 'v9'. It has: {two[0]}, {two[1]}"):
        roll_back(index, "v9")
    assert live_version(index) == two[1]


@pytest.mark.parametrize("name", ["articles.sqlite", "sentences.faiss", "manifest.json", "manifest.sha256"])
def test_a_damaged_version_is_not_gone_back_to(two, index, name):
    path = version_folder(index, two[0]) / name
    content = path.read_bytes()
    path.write_bytes(content[:30] + bytes([content[30] ^ 1]) + content[31:])
    with pytest.raises(UnusableIndexError, match="damaged"):
        roll_back(index)
    assert live_version(index) == two[1]


def test_going_back_mends_an_index_whose_current_is_lost(two, index):
    (index / "current").write_bytes(b"\xff\x00")
    assert roll_back(index, two[1]) == live_version(index) == two[1]


def test_an_index_that_was_gone_back_to_is_current_until_a_source_changes(two, sources, index):
    """So `make run` does not undo a rollback."""
    roll_back(index)
    assert index_is_current(sources, index=index)
    time.sleep(0.02)
    (sources / "pont.txt").write_text("Le pont ouvre en juillet.", encoding="utf-8")
    assert not index_is_current(sources, index=index)
    qa.build_index(sources, index=index)
    assert quoted(index) == "Le pont ouvre en juillet."


def test_the_command_that_builds_if_sources_changed_leaves_a_rollback(two, sources, index):
    roll_back(index)
    done = run("index", sources, "--if-changed", "--index", index)
    assert "was rolled back, and no source changed after that" in done.stdout
    assert live_version(index) == two[0]


def test_a_build_lifts_a_rollback(two, sources, index):
    roll_back(index)
    fresh = qa.build_index(sources, index=index).version
    assert (live_version(index), quoted(index)) == (fresh, "Le pont ouvre en juin.")
    assert finished_versions(index) == [two[0], fresh], "the one that was gone back to is kept, not the one it replaced"
    assert roll_back(index) == two[0]


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"to": 3, "at": 4}', b"\xff"])
def test_a_damaged_note_of_a_rollback_does_no_harm(two, sources, index, content):
    roll_back(index)
    (index / "rolled-back.json").write_bytes(content)
    assert not index_is_current(sources, index=index)
    assert quoted(index) == "Le pont ouvre en mai."


def test_an_open_index_follows_a_rollback(two, index):
    with qa.ArticleQA.open(index) as engine:
        roll_back(index)
        assert engine.ask("Quand ouvre le pont ?").index_version == two[0]


# Removing

READER = """
import sys, qa
engine = qa.ArticleQA.open(sys.argv[1], follow=False)
print("ready", flush=True)
sys.stdin.readline()
answer = engine.ask("Quand ouvre le pont ?")
print(answer.index_version, (*answer.citations, *answer.nearest)[0].quote, flush=True)
"""


def test_a_version_that_another_process_reads_is_kept_until_it_is_done(sources, index):
    first = qa.build_index(sources, index=index).version
    with process(READER, index) as reader:
        (sources / "pont.txt").write_text("Le pont ouvre en juin.", encoding="utf-8")
        for _ in range(3):
            live = qa.build_index(sources, index=index, settings=ONE).version
            assert finished_versions(index) == [first, live]
        out, _ = reader.communicate("\n", timeout=60)
        assert out == f"{first} Le pont ouvre en mai.\n"
    last = qa.build_index(sources, index=index, settings=ONE).version
    assert finished_versions(index) == [last]


def test_a_reader_that_is_killed_keeps_nothing(sources, index):
    first = qa.build_index(sources, index=index).version
    with process(READER, index) as reader:
        reader.kill()
        reader.wait()
    live = qa.build_index(sources, index=index, settings=ONE).version
    assert finished_versions(index) == [live] != [first]


def test_a_version_that_this_process_reads_is_kept(sources, index):
    first = qa.build_index(sources, index=index).version
    version = IndexVersion(index)
    second = qa.build_index(sources, index=index, settings=ONE).version
    assert finished_versions(index) == [first, second]
    assert version.article("pont").text == "Le pont ouvre en mai."
    version.close()
    third = qa.build_index(sources, index=index, settings=ONE).version
    assert finished_versions(index) == [third]


def test_a_version_that_is_open_can_be_read_where_nothing_may_be_written(sources, index):
    """A reader locks the manifest itself, so it needs no file of its own."""
    qa.build_index(sources, index=index)
    before = {path: path.stat().st_mtime_ns for path in index.rglob("*")}
    with qa.ArticleQA.open(index) as engine:
        engine.ask("Quand ouvre le pont ?")
        assert {path: path.stat().st_mtime_ns for path in index.rglob("*")} == before


# One build at a time

HOLDER = """
import sys
from pathlib import Path
from qa.store import building
with building(Path(sys.argv[1])):
    print("ready", flush=True)
    sys.stdin.readline()
"""


@pytest.mark.parametrize("use", [qa.build_index, lambda _, index: roll_back(index)], ids=["build", "rollback"])
def test_whoever_comes_second_is_told_who_builds(two, sources, index, use):
    with process(HOLDER, index) as holder, pytest.raises(UnusableIndexError) as refusal:
        use(sources, index=index)
    assert f"another build of {index} is running: process {holder.pid} on {os.uname().nodename}, since 2" in str(
        refusal.value
    )
    assert "--wait" in str(refusal.value)


def test_a_build_can_wait_for_another_to_end(two, sources, index):
    with process(HOLDER, index) as holder:
        waiting = subprocess.Popen(
            [sys.executable, "-m", "qa.cli", "index", str(sources), "--index", str(index), "--wait"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(8)
        assert live_version(index) == two[1]
        holder.communicate("\n", timeout=60)
        out, _ = waiting.communicate(timeout=60)
    assert f"Version {live_version(index)} of {index} is live" in out


def test_the_lock_of_a_killed_process_is_taken_over(two, sources, index):
    with process(HOLDER, index) as holder:
        holder.kill()
        holder.wait()
    assert (index / ".builder.json").exists(), "it had no time to clean up"
    fresh = qa.build_index(sources, index=index).version
    assert live_version(index) == fresh
    assert not (index / ".builder.json").exists()


def test_threads_of_one_process_build_one_at_a_time(two, sources, index):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(3) as pool:
        waiting = list(pool.map(lambda _: qa.build_index(sources, index=index, wait=True).version, range(3)))
    assert len(set(waiting)) == 3
    assert live_version(index) == max(waiting)
