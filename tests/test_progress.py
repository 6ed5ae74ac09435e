"""Progress: each step from its start to its end, with a rate and the time left, to whoever asked for it."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import pytest

import qa
from qa.store import finished_versions, live_version


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    for number in range(40):
        text = f"La station {number} a ouvert lundi. Elle accueille {100 + number} voyageurs par jour."
        (folder / f"station-{number}.txt").write_text(text, encoding="utf-8")
    return folder


def follow(sources: Path, index: Path) -> list[qa.Progress]:
    told: list[qa.Progress] = []
    qa.build_index(sources, index=index, progress=told.append)
    return told


def test_every_step_is_told_from_its_start_to_its_end(sources, tmp_path):
    told = follow(sources, tmp_path / "index")
    steps = {step: list(group) for step, group in groupby(told, key=lambda progress: progress.step)}
    assert list(steps) == ["reading", "embedding", "writing", "checking"]
    assert (steps["reading"][0].done, steps["reading"][-1].done) == (0, 40)
    assert (steps["embedding"][0].done, steps["embedding"][-1].done, steps["embedding"][0].total) == (0, 80, 80)
    assert steps["checking"][-1].done == steps["checking"][-1].total
    for step in steps.values():
        assert [progress.done for progress in step] == sorted(progress.done for progress in step)


def test_the_time_left_follows_from_the_rate(sources, tmp_path):
    told = follow(sources, tmp_path / "index")
    half_way = [p for p in told if p.step == "embedding" and 0 < p.done < 80]
    assert half_way, told
    for progress in half_way:
        assert progress.rate > 0
        assert progress.seconds_left == pytest.approx((80 - progress.done) / progress.rate)
    assert told[0].seconds_left is None


def test_sentences_whose_vectors_were_there_count_from_the_start_and_not_in_the_rate(sources, tmp_path):
    follow(sources, tmp_path / "index")
    (sources / "port.txt").write_text("Le port ferme mardi.", encoding="utf-8")
    embedding = [p for p in follow(sources, tmp_path / "index") if p.step == "embedding"]
    assert (embedding[0].done, embedding[0].total, embedding[0].rate) == (80, 81, 0.0)
    assert embedding[-1].done == 81


def test_what_is_raised_when_told_stops_the_build_and_leaves_the_live_version(sources, tmp_path):
    class EnoughError(Exception):
        pass

    def stop(progress: qa.Progress) -> None:
        if progress.step == "checking":
            raise EnoughError

    built = qa.build_index(sources, index=tmp_path / "index").version
    with pytest.raises(EnoughError):
        qa.build_index(sources, index=tmp_path / "index", progress=stop)
    assert live_version(tmp_path / "index") == built
    assert finished_versions(tmp_path / "index") == [built]
    assert qa.build_index(sources, index=tmp_path / "index").reused == 80
