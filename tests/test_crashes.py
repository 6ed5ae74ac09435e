"""Never lose, never lie: the short form of `make torture`, and an index of an older format."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
import torture

import qa
from qa.errors import UnusableIndexError
from qa.store import live_version

FORMAT_1 = Path(__file__).parent / "data" / "index-format-1"


def test_a_build_killed_at_any_moment_leaves_a_live_version_that_is_sound_and_answers(tmp_path):
    counts = torture.kill_builds(tmp_path, 6)
    assert sum(counts.get(step, 0) for step in (*torture.STEPS, "too late")) == 6


@pytest.mark.skipif(sys.platform != "linux", reason="mounts memory as a disk")
def test_a_disk_that_fills_during_a_build_leaves_the_live_version(tmp_path):
    counts = torture.fill_disk(tmp_path, [450, 30_000])
    if counts is None:
        pytest.skip("this system lets nobody mount")
    assert counts == {"refused": 1, "built": 1}


def test_every_corruption_is_found_and_none_gives_a_wrong_quote(tmp_path):
    counts = torture.corrupt(tmp_path, 40)
    assert sum(count for name, count in counts.items() if name.endswith(" found")) == 40
    assert counts["refused"] > 0
    assert counts["right"] > 0, "what is open already answers from memory"


def test_threads_that_ask_during_rebuilds_get_quotes_of_the_version_that_is_named(tmp_path):
    counts = torture.ask_during_rebuilds(tmp_path, 4)
    assert counts["answers"] > 8


# An older format


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """An index that the first release built."""
    return Path(shutil.copytree(FORMAT_1, tmp_path / "old index"))


def test_an_index_of_the_first_release_is_refused_with_the_command_that_mends_it(old):
    for use in (lambda: qa.ArticleQA.open(old), lambda: qa.ask("Quand ouvre le pont ?", index=old)):
        with pytest.raises(UnusableIndexError, match="has format 1; this version of article-qa reads format 3") as said:
            use()
        assert f"qa index --index '{old}'" in str(said.value)


def test_that_command_mends_it(old, tmp_path):
    (tmp_path / "pont.txt").write_text("Le pont de Brévalle ouvre en mai.", encoding="utf-8")
    before = live_version(old)
    report = qa.build_index(tmp_path / "pont.txt", index=old)
    assert report.reused == 0
    assert live_version(old) == report.version != before
    with qa.ArticleQA.open(old) as engine:
        assert engine.article("pont").text == "Le pont de Brévalle ouvre en mai."
