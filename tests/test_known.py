"""A file that has not changed is not read again; one that may have changed is."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

import qa
import qa.articles.stream
from qa.store import IndexVersion


@pytest.fixture
def read(monkeypatch) -> list[str]:
    """The names of the files that are read from here on."""
    names: list[str] = []
    really_read = qa.articles.stream.read_drafts
    monkeypatch.setattr(
        qa.articles.stream,
        "read_drafts",
        lambda file, **options: names.append(Path(file.path).name) or really_read(file, **options),
    )
    return names


@pytest.fixture
def sources(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.setattr("qa.known._SETTLED_NS", 0)  # as if the files were older than they are
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "a.txt").write_text("Le port est fermé.", encoding="utf-8")
    (folder / "b.md").write_text("---\ntitle: Le pont\nauthor: Ana\n---\n\nLe pont ouvre en mai.", encoding="utf-8")
    (folder / "c.jsonl").write_text('{"id": "x", "text": "Un."}\n{"id": "y", "text": "Deux."}\n', encoding="utf-8")
    return folder


def articles(index: Path) -> list[qa.Article]:
    version = IndexVersion(index)
    found = version.articles()
    version.close()
    return found


def test_what_did_not_change_is_not_read_again_and_comes_out_the_same(sources, tmp_path, read):
    qa.build_index(sources, index=tmp_path / "index")
    assert read == ["a.txt", "b.md", "c.jsonl"]
    first, read[:] = articles(tmp_path / "index"), []
    (sources / "d.txt").write_text("Le train part à l’heure.", encoding="utf-8")
    qa.build_index(sources, index=tmp_path / "index")
    assert read == ["d.txt"]
    assert articles(tmp_path / "index")[:-1] == first


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_text("Le pont ouvre en juin, dit Ana.", encoding="utf-8"),
        lambda path: os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns)),
        lambda path: (path.with_name("new").write_bytes(path.read_bytes()), path.with_name("new").replace(path)),
    ],
    ids=["written", "times set back", "another file in its place"],
)
def test_a_file_that_may_have_changed_is_read_again(sources, tmp_path, read, change):
    qa.build_index(sources, index=tmp_path / "index")
    read.clear()
    time.sleep(0.02)
    change(sources / "b.md")
    qa.build_index(sources, index=tmp_path / "index")
    assert read == ["b.md"]


def test_a_change_of_the_same_length_with_the_time_set_back_is_seen(sources, tmp_path):
    qa.build_index(sources, index=tmp_path / "index")
    before = (sources / "a.txt").stat()
    time.sleep(0.02)
    (sources / "a.txt").write_text("Le parc est fermé.", encoding="utf-8")
    os.utime(sources / "a.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
    qa.build_index(sources, index=tmp_path / "index")
    assert articles(tmp_path / "index")[0].text == "Le parc est fermé."


def test_a_file_that_changed_just_now_is_read_again_next_time(tmp_path, sources, read, monkeypatch):
    """Within one tick of a file system's clock it may change twice."""
    monkeypatch.setattr("qa.known._SETTLED_NS", 3_000_000_000)
    for _ in range(2):
        read.clear()
        qa.build_index(sources, index=tmp_path / "index")
        assert read == ["a.txt", "b.md", "c.jsonl"]


def test_a_file_of_which_something_was_refused_is_read_again(sources, tmp_path, read):
    """Or else a text whose double is gone would be missing for ever."""
    (sources / "double.txt").write_text("Le port est fermé.", encoding="utf-8")
    report = qa.build_index(sources, index=tmp_path / "index")
    assert len(report.refused) == 1
    read.clear()
    (sources / "a.txt").unlink()
    assert qa.build_index(sources, index=tmp_path / "index").refused == ()
    assert read == ["double.txt"]
    assert [article.id for article in articles(tmp_path / "index")] == ["b", "x", "y", "double"]


def test_a_part_of_a_file_that_is_refused_is_refused_by_each_build(sources, tmp_path):
    (sources / "c.jsonl").write_text('{"id": "x", "text": "Un."}\n{"id": "y"}\n', encoding="utf-8")
    for _ in range(2):
        assert len(qa.build_index(sources, index=tmp_path / "index").refused) == 1


def test_an_article_that_comes_first_takes_the_id_and_the_others_get_new_ones(sources, tmp_path, read):
    """Ids depend on the files before, so they are given anew though the files are not read."""
    (sources / "below").mkdir()
    (sources / "b.txt").write_text("Un autre pont.", encoding="utf-8")
    qa.build_index(sources, index=tmp_path / "index")
    first = [article.id for article in articles(tmp_path / "index")]
    read.clear()
    (sources / "b.md").unlink()
    qa.build_index(sources, index=tmp_path / "index")
    assert read == []
    assert first[1] == articles(tmp_path / "index")[1].id == "b"
    assert articles(tmp_path / "index")[1].text == "Un autre pont."


def test_other_sources_are_read_again(sources, tmp_path, read):
    """The name of an article's source depends on the folder that was given."""
    qa.build_index(sources, index=tmp_path / "index")
    read.clear()
    qa.build_index([sources / "a.txt", sources / "b.md"], index=tmp_path / "index")
    assert read == ["a.txt", "b.md"]
