"""One index version on disk: what is written is what is read, and nothing damaged is read as if it were sound."""

from __future__ import annotations

import gc
import hashlib
import json
import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from qa.errors import UnusableIndexError
from qa.passages import split_passages
from qa.schema import Article
from qa.store import (
    Anchors,
    IndexVersion,
    VersionWriter,
    digest,
    finished_versions,
    live_version,
    rebuild_command,
    switch_version,
    unfinished_folders,
    version_folder,
)

ARTICLES = [
    Article(
        "pont", "Le pont", "fr", "2025-01-02", "pont.md", "# Travaux\n\nLe pont ouvre en mai. Il a coûté 3 M€. 🌉 Oui !"
    ),
    Article("bridge", 'The "bridge"', "en", None, "a 'b'.txt", "The bridge opens in May.\n\n- It cost 3 million."),
    Article("hán", "漢字", "zh", None, "漢.txt", "俄罗斯与朝鲜签署了条约。条约已经生效。"),
]
FINISH = {
    "model": "test-model",
    "anchors": Anchors(mean=[0.0] * 8, spread=0.1),
    "created": "2025-01-02T03:04:05+00:00",
    "sources": ["seeds"],
    "settings": {"embedding_model": "bundled"},
    "code": "0",
}


def unit_vectors(count: int) -> np.ndarray:
    vectors = np.random.default_rng(7).normal(size=(count, 8)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def write_version(index: Path, version: str = "v1") -> VersionWriter:
    writer = VersionWriter(index, version)
    for article in ARTICLES:
        writer.add(article, split_passages(article, tokens_min=1, tokens_max=8))
    writer.finish_articles()
    writer.add_vectors(unit_vectors(writer.counts["sentences"]))
    writer.finish(**FINISH)
    return writer


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """An index with one live version."""
    folder = tmp_path / "index"
    write_version(folder)
    switch_version(folder, "v1")
    return folder


@pytest.fixture
def version(index: Path) -> IndexVersion:
    opened = IndexVersion(index)
    yield opened
    opened.close()


def manifest_path(index: Path) -> Path:
    return version_folder(index, "v1") / "manifest.json"


def change_manifest(index: Path, change: Callable[[dict], None]) -> None:
    data = json.loads(manifest_path(index).read_text(encoding="utf-8"))
    change(data)
    write_manifest(index, json.dumps(data))


def write_manifest(index: Path, content: str) -> None:
    """Write a manifest with the checksum that fits it."""
    manifest_path(index).write_text(content, encoding="utf-8")
    checksum = hashlib.sha256(content.encode("utf-8")).hexdigest()
    manifest_path(index).with_name("manifest.sha256").write_text(f"{checksum}  manifest.json\n", encoding="ascii")


def mend_command(index: Path) -> str:
    return f"qa index --index {index}"


# What is written is what is read


def test_articles_come_back_as_they_were(version):
    assert version.articles() == ARTICLES
    assert [version.article(article.id) for article in ARTICLES] == ARTICLES
    assert version.article("none") is None


def test_passages_come_back_as_they_were(version):
    expected = [passage for each in ARTICLES for passage in split_passages(each, tokens_min=1, tokens_max=8)]
    assert [version.passage(row) for row in range(len(expected))] == expected


def test_sentences_come_back_with_their_articles(version):
    expected = [s for each in ARTICLES for p in split_passages(each, tokens_min=1, tokens_max=8) for s in p.sentences]
    found = [version.sentence(row) for row in range(len(expected))]
    assert [sentence for _, sentence in found] == expected
    assert all(article.text[sentence.start : sentence.end] == sentence.text for article, sentence in found)


def test_vectors_stand_at_the_rows_of_their_sentences(version):
    vectors = unit_vectors(version.manifest.counts["sentences"])
    rows = np.arange(len(vectors))
    np.testing.assert_array_equal(version.sentence_vectors(rows), vectors)
    assert [int(version.nearest_sentences(vectors[row : row + 1], 1)[0]) for row in rows] == rows.tolist()


def test_sentences_and_passages_know_each_other(version):
    count = version.manifest.counts["passages"]
    ranges = [version.sentence_range(row) for row in range(count)]
    assert [row for rows in ranges for row in rows] == list(range(version.manifest.counts["sentences"]))
    for row, sentences in enumerate(ranges):
        assert set(version.passage_rows(np.array(sentences)).tolist()) == {row}


def test_the_manifest_says_what_the_version_is_made_of(version):
    manifest = version.manifest
    assert (manifest.version, manifest.model, manifest.dimensions) == ("v1", "test-model", 8)
    assert manifest.languages == {"en": 1, "fr": 1, "zh": 1}
    assert manifest.counts["articles"] == 3
    assert set(manifest.files) == {"articles.sqlite", "sentences.faiss"}
    assert (manifest.sources, manifest.settings) == (FINISH["sources"], FINISH["settings"])


def test_a_sound_version_passes_its_check(version):
    assert version.check() == []


def test_no_more_sentences_come_than_there_are(version):
    count = version.manifest.counts["sentences"]
    assert len(version.nearest_sentences(unit_vectors(1), 1000)) == count


def test_a_query_of_other_dimensions_is_refused_with_both_sides(index, version):
    with pytest.raises(UnusableIndexError, match=r"8 dimensions.*16.*test-model") as refusal:
        version.nearest_sentences(np.ones((1, 16), dtype=np.float32), 3)
    assert mend_command(index) in str(refusal.value)


# Full text


def test_full_text_finds_the_sentence_that_holds_a_term(version):
    (row,) = version.match("sentences", ["cout"], 10)
    assert version.sentence(row)[1].text == "Il a coûté 3 M€."


def test_a_passage_is_found_by_the_title_of_its_article_too(version):
    found = [version.passage(row).article for row in version.match("passages", ["bridg"], 10)]
    assert set(found) == {"bridge"}


@pytest.mark.parametrize(
    "term",
    [
        "NEAR",
        "AND",
        "OR",
        "NOT",
        "*",
        "a*",
        "^a",
        "a:b",
        "(",
        ")",
        "-a",
        "+",
        "{x}",
        "select",
        "; DROP TABLE x",
        "ß",
        "",
    ],
)
def test_a_term_that_is_an_operator_elsewhere_is_only_a_term(version, term):
    assert isinstance(version.match("sentences", [term, "mai"], 10), dict)
    assert len(version.match("sentences", ["mai", term], 10)) >= 1
    assert version.frequencies("sentences", [term, "mai"])["mai"] == 1


def test_thousands_of_terms_are_one_search(version):
    terms = [f"mot{number}" for number in range(6_000)] + ["mai"]
    assert len(version.match("sentences", terms, 10)) == 1
    assert version.frequencies("sentences", terms) == {"mai": 1}


def test_no_terms_find_nothing(version):
    assert version.match("passages", [], 10) == {}
    assert version.frequencies("passages", []) == {}


def test_words_of_scripts_with_vowel_signs_are_whole_terms(tmp_path):
    hindi = Article("hi", "समाचार", "hi", None, "hi.txt", "रूस ने मिसाइल भेजी।")
    writer = VersionWriter(tmp_path, "v1")
    writer.add(hindi, split_passages(hindi))
    writer.finish_articles()
    writer.add_vectors(unit_vectors(writer.counts["sentences"]))
    writer.finish(**FINISH)
    version = IndexVersion(tmp_path, "v1")
    assert version.frequencies("sentences", ["मिसाइल"]) == {"मिसाइल": 1}
    version.close()


# Versions


def test_the_live_version_is_the_one_that_current_names(index):
    write_version(index, "v2")
    assert live_version(index) == "v1"
    switch_version(index, "v2")
    assert (index / "current").read_text(encoding="utf-8") == "v2\n"
    opened = IndexVersion(index)
    assert opened.manifest.version == "v2"
    opened.close()


def test_a_reader_keeps_the_version_that_it_opened(index, version):
    write_version(index, "v2")
    switch_version(index, "v2")
    shutil.rmtree(version_folder(index, "v1"))
    assert version.articles() == ARTICLES
    assert version.sentence(0)[1].text == "Travaux"


def test_a_version_without_a_manifest_is_unfinished(index):
    VersionWriter(index, "v2").close()
    assert finished_versions(index) == ["v1"]
    assert [folder.name for folder in unfinished_folders(index)] == ["v2"]


def test_files_that_a_file_manager_leaves_are_no_versions(index):
    (index / "versions" / ".DS_Store").write_bytes(b"\x00")
    assert finished_versions(index) == ["v1"]
    assert unfinished_folders(index) == []


def test_a_version_with_too_few_vectors_is_never_finished(tmp_path):
    writer = VersionWriter(tmp_path, "v1")
    writer.add(ARTICLES[0], split_passages(ARTICLES[0]))
    writer.add_vectors(unit_vectors(1))
    with pytest.raises(UnusableIndexError, match="1 vectors for"):
        writer.finish(**FINISH)
    writer.close()
    assert finished_versions(tmp_path) == []


def test_an_offset_that_misses_its_sentence_is_refused(tmp_path):
    writer = VersionWriter(tmp_path, "v1")
    changed = Article("pont", "Le pont", "fr", None, "pont.md", "x" + ARTICLES[0].text)
    with pytest.raises(UnusableIndexError, match="pont"):
        writer.add(changed, split_passages(ARTICLES[0]))
    writer.close()


def test_a_source_whose_name_is_no_utf8_is_written_and_read(tmp_path):
    writer = VersionWriter(tmp_path, "v1")
    writer.add(ARTICLES[0], split_passages(ARTICLES[0]))
    writer.finish_articles()
    writer.add_vectors(unit_vectors(writer.counts["sentences"]))
    writer.finish(**{**FINISH, "sources": ["d\udce9p\udceaches"]})
    version = IndexVersion(tmp_path, "v1")
    assert version.manifest.sources == ["d\udce9p\udceaches"]
    version.close()


def test_half_an_emoji_has_a_digest():
    assert digest("\ud83c") != digest("\ud83d")


# The command that mends


@pytest.mark.parametrize(
    ("index", "sources", "command"),
    [
        ("indexes/default", [], "qa index --index indexes/default"),
        ("indexes/default", ["seeds"], "qa index --index indexes/default"),
        ("my index", ["/srv/dépêches du jour", "b"], "qa index '/srv/dépêches du jour' b --index 'my index'"),
        ("$HOME; rm -r x", [], "qa index --index '$HOME; rm -r x'"),
    ],
)
def test_the_command_that_rebuilds_can_be_pasted_and_names_the_sources(index, sources, command):
    assert rebuild_command(Path(index), sources) == command


def test_a_damaged_index_is_rebuilt_from_the_sources_that_it_was_made_of(index):
    change_manifest(index, lambda data: data.update(sources=["/srv/articles"]))
    (version_folder(index, "v1") / "sentences.faiss").write_bytes(b"")
    with pytest.raises(UnusableIndexError, match=f"qa index /srv/articles --index {index}"):
        IndexVersion(index)


# Damage


@pytest.mark.parametrize("name", ["sentences.faiss", "articles.sqlite", "manifest.json", "manifest.sha256"])
@pytest.mark.parametrize("part", [0.0, 0.5, 0.9])
def test_a_truncated_file_is_refused_with_the_command_that_mends_it(index, name, part):
    path = version_folder(index, "v1") / name
    path.write_bytes(path.read_bytes()[: int(part * path.stat().st_size)])
    with pytest.raises(UnusableIndexError, match="damaged") as refusal:
        IndexVersion(index)
    assert mend_command(index) in str(refusal.value)


@pytest.mark.parametrize("name", ["sentences.faiss", "articles.sqlite", "manifest.json", "manifest.sha256"])
def test_a_changed_byte_anywhere_is_refused(index, name):
    path = version_folder(index, "v1") / name
    sound = path.read_bytes()
    rng = random.Random(3)
    seen: Counter[str] = Counter()
    for _ in range(60):
        at = rng.randrange(len(sound))
        path.write_bytes(sound[:at] + bytes([sound[at] ^ 0x41]) + sound[at + 1 :])
        try:
            IndexVersion(index).close()
            seen["opened"] += 1
        except UnusableIndexError:
            seen["refused"] += 1
    assert seen == {"refused": 60}


@pytest.mark.parametrize("name", ["sentences.faiss", "articles.sqlite", "manifest.json", "manifest.sha256", "."])
def test_a_missing_file_is_refused_with_the_command_that_mends_it(index, name):
    path = version_folder(index, "v1") / name
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(UnusableIndexError) as refusal:
        IndexVersion(index)
    assert mend_command(index) in str(refusal.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.pop("model"),
        lambda data: data.update(counts={}),
        lambda data: data.update(counts=None),
        lambda data: data.update(files=["articles.sqlite"]),
        lambda data: data.update(dimensions="many"),
        lambda data: data.update(sources=None),
        lambda data: data["counts"].update(sentences=1),
        lambda data: data["counts"].update(passages=99),
        lambda data: data.update(dimensions=9),
        lambda data: data.update(files={}),
        lambda data: data.update(created="yesterday"),
        lambda data: data.update(version="v2"),
    ],
)
def test_a_manifest_that_states_nonsense_is_refused_with_the_command_that_mends_it(index, change):
    change_manifest(index, change)
    with pytest.raises(UnusableIndexError, match="damaged") as refusal:
        IndexVersion(index)
    assert mend_command(index) in str(refusal.value)


@pytest.mark.parametrize("content", ["", "null", "[]", '"v1"', "{", "\ufeff{}", "[" * 100_000])
def test_a_manifest_that_is_no_manifest_is_refused(index, content):
    write_manifest(index, content)
    with pytest.raises(UnusableIndexError) as refusal:
        IndexVersion(index)
    assert mend_command(index) in str(refusal.value)


@pytest.mark.parametrize("number", [0, 1, 2, 4, "3", None])
def test_another_format_is_refused_with_both_sides(index, number):
    change_manifest(index, lambda data: data.update(format=number))
    with pytest.raises(UnusableIndexError, match=f"has format {number}; .* reads format 3") as refusal:
        IndexVersion(index)
    assert mend_command(index) in str(refusal.value)


@pytest.mark.parametrize("content", [b"", b"\n", b"  \n"])
def test_an_empty_current_is_no_index_yet(index, content):
    (index / "current").write_bytes(content)
    with pytest.raises(UnusableIndexError, match="there is no index") as refusal:
        IndexVersion(index)
    assert mend_command(index) in str(refusal.value)


@pytest.mark.parametrize("content", [b"v9", b"\x00" * 64, b"\xff\xfe", b"v1\nv2", b"x" * 5_000, b"../../elsewhere"])
def test_a_current_that_names_no_version_is_refused_with_the_command_that_mends_it(index, content):
    (index / "current").write_bytes(content)
    with pytest.raises(UnusableIndexError) as refusal:
        IndexVersion(index)
    assert mend_command(index) in str(refusal.value)


def test_a_file_in_the_place_of_an_index_is_refused(tmp_path):
    (tmp_path / "index").write_text("no", encoding="utf-8")
    with pytest.raises(UnusableIndexError, match="not a folder"):
        IndexVersion(tmp_path / "index")


def test_an_article_that_was_changed_behind_the_checksums_is_never_quoted(index):
    """Even with a manifest that fits: the digest of each sentence is looked at when it is cut out."""
    path = version_folder(index, "v1") / "articles.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("UPDATE articles SET text = replace(text, 'mai', 'mars')")
    database.close()
    change_manifest(
        index, lambda data: data["files"].update({path.name: hashlib.sha256(path.read_bytes()).hexdigest()})
    )
    version = IndexVersion(index)
    with pytest.raises(UnusableIndexError, match="not the sentence that was indexed"):
        version.sentence(1)
    assert any("not the sentence" in fault for fault in version.check())
    version.close()


def test_damage_after_opening_is_found_by_the_check(index, version):
    path = version_folder(index, "v1") / "sentences.faiss"
    path.write_bytes(path.read_bytes()[:-1])
    assert version.check() == ["sentences.faiss: checksum differs from the manifest's"]


def test_a_version_that_is_dropped_is_closed(index):
    version = IndexVersion(index)
    database = version._database
    del version
    gc.collect()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        database.execute("SELECT 1")


def test_a_closed_version_says_that_it_was_closed(version):
    version.close()
    version.close()
    with pytest.raises(UnusableIndexError, match="closed"):
        version.articles()
