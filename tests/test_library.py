"""The library: what is taken in, under which name, what is refused, taken out and put back, and how it is rebuilt."""

import os
import shutil
import signal
import time
import unicodedata
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qa
from qa.articles import Refused, read_articles
from qa.errors import ArticleError, UnusableIndexError
from qa.library import (
    Rebuilding,
    Taken,
    add_files,
    add_text,
    find_library,
    remove_article,
    removed_files,
    restore_file,
)
from qa.library.adding import _write_document
from qa.library.names import keep_name
from qa.library.reading import read_files
from qa.schema import ArticleSummary
from qa.settings import load_settings
from qa.store import live_version
from qa.web.library_list import PAGE_ROWS, ArticleList

BRIDGE = "Le pont de Lisle a été inauguré en mars. Il a coûté douze millions d’euros."
LIGHTHOUSE = "Le phare de Brest a été repeint en rouge par Maria Quill."
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A folder with one article in `seeds`, and its index."""
    folder = tmp_path_factory.mktemp("built")
    (folder / "seeds").mkdir()
    (folder / "seeds" / "pont.md").write_text(f"# Le pont de Lisle\n\n{BRIDGE}\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        qa.build_index("seeds")
    return folder


@pytest.fixture
def place(built, tmp_path, monkeypatch):
    """A working directory with one article in `seeds`, and its index."""
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def library(place):
    return find_library()


@pytest.fixture
def sent(tmp_path):
    """Files as they come from elsewhere, outside of the library."""
    folder = tmp_path / "sent"
    folder.mkdir()

    def write(data, name="file"):
        path = folder / f"{len(list(folder.iterdir()))}-{name}"
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    return write


def files_below(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def titles():
    with qa.ArticleQA.open() as articles:
        return {article.title for article in articles.summaries()}


# Names


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("Été à Évry.md", "Été à Évry.md"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.TXT", "boot.txt"),
        ("/etc/cron.d/job.md", "job.md"),
        (".hidden.md", "hidden.md"),
        ("..", "article"),
        ("", "article"),
        ("README.md", "article-README.md"),
        ("CON.txt", "article-CON.txt"),
        ('a<b>:"c|d?e*.md', "a-b---c-d-e-.md"),
        ("line\nbreak\x00\x1b[31m.md", "linebreak[31m.md"),
        ("photo\u202egnp.md", "photognp.md"),
        ("x" * 5000 + ".md", "x" * 80 + ".md"),
        ("漢" * 5000 + ".md", "漢" * 66 + ".md"),
    ],
)
def test_a_name_is_kept_as_one_that_is_safe_and_read(given_name, kept):
    assert keep_name(given_name) == kept


@given(st.text(max_size=300))
def test_any_name_stays_in_its_folder_and_is_not_passed_over(given_name):
    kept = keep_name(given_name)
    assert Path("folder", kept).parent == Path("folder")
    assert not kept.startswith(".") and kept.partition(".")[0].lower() != "readme"
    assert len(kept.encode()) <= 250
    assert not any(unicodedata.category(character) in ("Cc", "Cf", "Cs") for character in kept)
    assert keep_name(kept) == kept, "a kept name is kept"


# Where


def test_new_articles_go_where_the_index_was_built_from(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("news", "more"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.txt").write_text(f"{BRIDGE} {name}.", encoding="utf-8")
    qa.build_index(["news/news.txt", "more", "news"])
    assert find_library().folder == Path("more")


def test_without_an_index_they_go_to_seeds(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_library().folder == Path("seeds")
    assert find_library().build_sources == ()


def test_where_the_index_was_built_from_files_alone_the_folder_is_built_too(place, sent):
    Path("seeds/pont.md").rename("pont.md")
    Path("seeds").rmdir()
    qa.build_index("pont.md")
    assert find_library().build_sources == ("pont.md",)
    add_files(find_library(), [("phare.txt", sent(LIGHTHOUSE))])
    assert find_library().build_sources == ("pont.md", "seeds")


def test_nothing_is_put_anywhere_when_the_folder_of_the_index_is_not_there(place):
    Path("seeds").rename("elsewhere")
    with pytest.raises(ArticleError, match="built from seeds, which cannot be found"):
        find_library()


# Files put in


def test_a_file_is_taken_under_its_name_and_asked_about_after_the_build(library, sent):
    (taken,) = add_files(library, [("Le phare.txt", sent(LIGHTHOUSE))])
    assert taken == Taken("Le phare.txt", "seeds/Le phare.txt", 1, LIGHTHOUSE)
    assert Path(taken.kept).read_text(encoding="utf-8") == LIGHTHOUSE
    qa.build_index(library.build_sources)
    answer = qa.ask("Qui a repeint le phare de Brest ?")
    assert [citation.quote for citation in answer.citations] == [LIGHTHOUSE]


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("empty.md", b"", "is empty"),
        ("blank.txt", b"  \n\n ", "empty"),
        ("picture.txt", PICTURE, "PNG"),
        ("binary.md", bytes(range(32)) * 100, "binary"),
        ("program.exe", b"MZ" + bytes(100), "format that is not known"),
        ("noname", b"Some text without a suffix.", "format that is not known"),
        ("broken.md", b"---\ntitle: [\n---\n\nText.", "YAML"),
        ("fake.docx", b"PK\x03\x04 but no more", "Word document"),
        ("broken.jsonl", b"{]\n", "JSON"),
    ],
)
def test_what_the_reader_would_refuse_is_refused_with_the_reason_and_not_kept(library, sent, name, data, reason):
    before = files_below(library.folder)
    (refused,) = add_files(library, [(name, sent(data))])
    assert isinstance(refused, Refused) and refused.source == name
    assert reason in refused.reason
    assert files_below(library.folder) == before


def test_a_taken_name_is_never_written_over(library, sent):
    before = Path("seeds/pont.md").read_bytes()
    outcomes = add_files(library, [("pont.md", sent(LIGHTHOUSE)), ("pont.md", sent(f"{LIGHTHOUSE} Il pleuvait."))])
    assert [outcome.kept for outcome in outcomes] == ["seeds/pont-2.md", "seeds/pont-3.md"]
    assert Path("seeds/pont.md").read_bytes() == before


def test_the_same_content_is_there_once_under_whatever_name(library, sent):
    first, second = add_files(library, [("a.txt", sent(LIGHTHOUSE)), ("b.txt", sent(LIGHTHOUSE))])
    assert isinstance(first, Taken)
    assert second == Refused("b.txt", "the same content is there already: a.txt")


def test_the_same_text_as_an_article_of_the_index_is_refused_unless_that_was_removed(library, sent):
    copy = sent(f"<html><body><article><h1>Le pont de Lisle</h1><p>{BRIDGE}</p></article></body></html>")
    (refused,) = add_files(library, [("copy.html", copy)])
    assert refused.reason == "same text as Le pont de Lisle (pont)"
    remove_article(library, "pont")
    (taken,) = add_files(library, [("copy.html", copy)])
    assert isinstance(taken, Taken)


def test_a_file_of_several_articles_says_which_of_them_cannot_be_read(library, sent):
    lines = '{"id": "a", "title": "A", "text": "Un tramway relie Agde à Sète."}\n{"title": "B"}\n'
    (taken,) = add_files(library, [("articles.jsonl", sent(lines))])
    assert (taken.articles, taken.title) == (1, "A")
    assert [(refused.source, '"text"' in refused.reason) for refused in taken.refused] == [(":2", True)]


def test_limits_are_those_of_the_settings(library, sent):
    small = load_settings(upload_mb_max=1, upload_files_max=2)
    (refused,) = add_files(library, [("long.txt", sent("Une phrase. " * 100_000))], settings=small)
    assert refused == Refused("long.txt", "has 1.2 MB; at most 1 MB a file can be put in")
    path = sent(LIGHTHOUSE)
    with pytest.raises(ArticleError, match="3 files are more than the 2"):
        add_files(library, [("a.txt", path), ("b.txt", path), ("c.txt", path)], settings=small)


def test_an_archive_that_swells_is_refused(library, sent, tmp_path):
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("a.txt", b"a" * 300_000_000)
    assert bomb.stat().st_size < 1_000_000
    (refused,) = add_files(library, [("bomb.zip", bomb)])
    assert isinstance(refused, Refused), refused
    assert list(files_below(library.folder)) == ["pont.md"]


def test_a_member_of_an_archive_that_names_another_folder_stays_in_the_archive(library, place, tmp_path):
    before = set(files_below(place))
    with zipfile.ZipFile(tmp_path / "up.zip", "w") as archive:
        archive.writestr("../../up.txt", LIGHTHOUSE)
        archive.writestr("/tmp/absolute.txt", f"{LIGHTHOUSE} Encore.")
    add_files(library, [("up.zip", tmp_path / "up.zip")])
    assert set(files_below(place)) - before <= {"up.zip", "seeds/up.zip"}


def test_a_file_that_takes_too_long_is_refused_and_the_next_is_read(library, sent):
    slow = sent("<p>Une phrase.</p>" * 500_000, "slow.html")
    read = list(read_files([slow, sent(LIGHTHOUSE, "quick.txt")], library.index, seconds_max=4))
    assert [(found.articles, [refused.reason for refused in found.refused]) for found in read] == [
        (0, ["cannot be read within 4 seconds; make it smaller or simpler"]),
        (1, []),
    ]


def test_a_hundred_files_at_once_are_taken(library, sent):
    given_files = [(f"{number}.txt", sent(f"Le tramway numéro {number} est bleu.")) for number in range(100)]
    assert all(isinstance(outcome, Taken) for outcome in add_files(library, given_files))
    assert len(files_below(library.folder)) == 101


def test_a_full_or_forbidden_folder_is_said_and_leaves_nothing(library, sent, monkeypatch):
    usage = os.statvfs(".")
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 10, "total": usage.f_blocks})())
    with pytest.raises(ArticleError, match="seeds cannot be written: the disk is nearly full"):
        add_files(library, [("phare.txt", sent(LIGHTHOUSE))])
    assert list(files_below(library.folder)) == ["pont.md"]


# Texts pasted


def test_a_pasted_text_becomes_an_article_with_what_was_said_of_it(library):
    taken = add_text(
        library, f"{LIGHTHOUSE}\n\nIl pleuvait.", title="Le phare : œuvre d’été", date="2024-05-01", source="Ouest"
    )
    assert taken.kept == "seeds/le-phare-oeuvre-d-ete.md"
    (article,) = read_articles(taken.kept)
    assert (article.title, article.published, article.source) == ("Le phare : œuvre d’été", "2024-05-01", "Ouest")
    assert article.text == f"{LIGHTHOUSE}\n\nIl pleuvait."


def test_a_text_without_a_title_is_named_by_its_beginning(library):
    assert add_text(library, LIGHTHOUSE).kept == "seeds/le-phare-de-brest-a-ete-repeint-en-rouge-par-maria-quill.md"


@settings(deadline=None, max_examples=60)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=80))
def test_nothing_in_a_title_becomes_another_field(tmp_path_factory, title):
    title = f"T {title}"
    path = tmp_path_factory.mktemp("texts") / "text.md"
    path.write_bytes(_write_document(BRIDGE, title=title, date="", source=""))
    (article,) = read_articles(path)
    assert article.title == " ".join(title.split())
    assert (article.text, article.published, article.author) == (BRIDGE, None, None)


def test_a_title_that_looks_like_front_matter_stays_a_title(library):
    taken = add_text(library, LIGHTHOUSE, title="Phare\n---\nauthor: Eve\ndate: 1999-01-01")
    (article,) = read_articles(taken.kept)
    assert article.title == "Phare --- author: Eve date: 1999-01-01"
    assert (article.author, article.published) == (None, None)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"text": " \n "}, "there is no text"),
        ({"text": "x" * 1_000_001}, "1,000,001 characters; at most 1,000,000"),
        ({"text": BRIDGE, "date": "soon"}, "'soon' is not a date"),
        ({"text": BRIDGE, "title": "x" * 501}, "the title has 501 characters"),
        ({"text": f"{BRIDGE} \ud800"}, "surrogate"),
        ({"text": BRIDGE}, "same text as Le pont de Lisle"),
    ],
)
def test_a_text_that_cannot_be_taken_is_refused_with_the_reason(library, fields, message):
    with pytest.raises(ArticleError, match=message):
        add_text(library, **fields)
    assert list(files_below(library.folder)) == ["pont.md"]


# Taking out


def test_a_removed_article_is_kept_hidden_and_can_be_put_back(library, sent):
    add_files(library, [("phare.txt", sent(LIGHTHOUSE))])
    qa.build_index(library.build_sources)
    data = Path("seeds/pont.md").read_bytes()
    removed = remove_article(library, "pont")
    assert (removed.name, removed.titles) == ("pont.md", ("Le pont de Lisle",))
    assert files_below(Path("seeds/.removed")) == {"pont.md": data}
    qa.build_index(library.build_sources)
    assert titles() == {LIGHTHOUSE}

    assert [removed.name for removed in removed_files(library)] == ["pont.md"]
    assert restore_file(library, "pont.md") == "seeds/pont.md"
    assert Path("seeds/pont.md").read_bytes() == data
    qa.build_index(library.build_sources)
    assert titles() == {LIGHTHOUSE, "Le pont de Lisle"}
    with pytest.raises(ArticleError, match="not among the removed files"):
        restore_file(library, "pont.md")


def test_a_file_removed_twice_under_one_name_is_kept_twice(library, sent):
    remove_article(library, "pont")
    add_files(library, [("pont.md", sent(LIGHTHOUSE))])
    qa.build_index(library.build_sources)
    remove_article(library, "pont")
    assert sorted(files_below(Path("seeds/.removed"))) == ["pont-2.md", "pont.md"]


def test_one_of_several_articles_of_a_file_is_removed_only_with_the_others(library, sent):
    lines = "".join(f'{{"id": "t{n}", "title": "T{n}", "text": "Le tramway {n} est bleu."}}\n' for n in range(3))
    add_files(library, [("trams.jsonl", sent(lines))])
    qa.build_index(library.build_sources)
    with pytest.raises(ArticleError, match=r"one of 3 in the file seeds/trams\.jsonl"):
        remove_article(library, "t1")
    assert Path("seeds/trams.jsonl").read_text(encoding="utf-8") == lines
    assert remove_article(library, "t1", whole_file=True).titles == ("T0", "T1", "T2")
    assert not Path("seeds/trams.jsonl").exists()


def test_what_lies_elsewhere_or_behind_a_link_is_never_touched(place, tmp_path):
    outside, rooms = tmp_path / "outside", tmp_path / "rooms"
    outside.mkdir()
    rooms.mkdir()
    (outside / "tram.txt").write_text("Le tramway d’Agde est bleu.", encoding="utf-8")
    (outside / "phare.txt").write_text(LIGHTHOUSE, encoding="utf-8")
    (rooms / "musee.txt").write_text("Le musée de Gap ouvre demain.", encoding="utf-8")
    Path("seeds/link.txt").symlink_to(outside / "phare.txt")
    Path("seeds/rooms").symlink_to(rooms)
    qa.build_index(["seeds", "outside/tram.txt"])
    library = find_library()
    before = files_below(outside) | files_below(rooms)
    with qa.ArticleQA.open() as articles:
        by_file = {article.file: article.id for article in articles.summaries()}
    assert set(by_file) == {"seeds/pont.md", "seeds/link.txt", "seeds/rooms/musee.txt", "outside/tram.txt"}
    for file, why in (
        ("seeds/link.txt", "is a link"),
        ("seeds/rooms/musee.txt", "is a link"),
        ("outside/tram.txt", "named by itself"),
    ):
        with pytest.raises(ArticleError, match=why):
            remove_article(library, by_file[file])
    assert files_below(outside) | files_below(rooms) == before


@pytest.mark.parametrize("name", ["../pont.md", "/etc/passwd", "", ".", "pont.md"])
def test_only_a_removed_file_is_put_back(library, name):
    with pytest.raises(ArticleError, match="not among the removed files"):
        restore_file(library, name)


def test_an_article_that_is_not_there_is_said(library):
    with pytest.raises(ArticleError, match="no article 'nothing'"):
        remove_article(library, "nothing")


# Building


def wait_until_built(rebuilding):
    steps = set()
    while rebuilding.state.status == "running":
        steps.add(rebuilding.state.step)
        time.sleep(0.005)
    return rebuilding.state, steps


def test_a_build_says_how_far_it_is_and_then_what_is_new_changed_and_gone(library, sent):
    add_files(library, [("phare.txt", sent(LIGHTHOUSE)), ("tram.txt", sent("Le tramway d’Agde est bleu."))])
    qa.build_index(library.build_sources)
    Path("seeds/pont.md").write_text(f"# Le pont de Lisle\n\n{BRIDGE} Il est vert.\n", encoding="utf-8")
    Path("seeds/phare.txt").unlink()
    Path("seeds/image.png").write_bytes(PICTURE)
    add_text(library, "Le musée de Gap ouvre demain.", title="Le musée")

    rebuilding = Rebuilding()
    rebuilding.start(library, load_settings())
    state, steps = wait_until_built(rebuilding)
    assert state.status == "built", state
    assert steps & {"reading", "embedding", "writing", "checking"}
    built = state.built
    assert (built.new, built.changed, built.gone) == (("Le musée",), ("Le pont de Lisle",), (LIGHTHOUSE,))
    assert [refused.source for refused in built.refused] == ["seeds/image.png"]
    assert (built.articles, built.version) == (3, live_version(library.index))


def test_a_second_build_meanwhile_is_refused_and_a_stopped_one_leaves_the_index_as_it_was(library):
    lines = [f'{{"id": "t{n}", "text": "Le tramway numéro {n} est bleu, dit-on à Agde."}}\n' for n in range(6000)]
    Path("seeds/trams.jsonl").write_text("".join(lines), encoding="utf-8")
    before = live_version(library.index)
    rebuilding = Rebuilding()
    rebuilding.start(library, load_settings())
    with pytest.raises(UnusableIndexError, match="being built already"):
        rebuilding.start(library, load_settings())
    while rebuilding.state.step != "embedding":
        assert rebuilding.state.status == "running"
        time.sleep(0.02)
    assert qa.ask("Combien a coûté le pont de Lisle ?").answered, "the old index answers meanwhile"
    rebuilding.stop()
    state, _ = wait_until_built(rebuilding)
    assert (state.status, live_version(library.index)) == ("stopped", before)

    Path("seeds/trams.jsonl").unlink()
    rebuilding.start(library, load_settings())
    state, _ = wait_until_built(rebuilding)
    assert state.status == "built", state


def test_a_build_whose_process_is_killed_says_so_and_the_next_one_works(library, monkeypatch):
    from qa.library import rebuilding as module

    def start_and_kill(task, errors):
        worker = module_start(task, errors)
        os.kill(worker.pid, signal.SIGKILL)
        return worker

    module_start = module.start_worker
    monkeypatch.setattr(module, "start_worker", start_and_kill)
    rebuilding = Rebuilding()
    rebuilding.start(library, load_settings())
    state, _ = wait_until_built(rebuilding)
    assert state.status == "failed" and "broke off (exit code -9)" in state.error
    monkeypatch.setattr(module, "start_worker", module_start)
    rebuilding.start(library, load_settings())
    assert wait_until_built(rebuilding)[0].status == "built"


def test_a_build_that_cannot_be_says_why(library):
    rebuilding = Rebuilding()
    rebuilding.start(replace(library, sources=("nowhere",)), load_settings())
    state, _ = wait_until_built(rebuilding)
    assert state.status == "failed"
    assert "nowhere cannot be read" in state.error


# The list


def summary(number, **fields):
    about = {
        "title": f"Article {number:04}",
        "language": "fr",
        "published": f"2024-01-{number % 28 + 1:02}",
        "source": "Ouest",
        "author": None,
        "file": "seeds/a.md",
        "indexed": "2024-06-01T00:00:00+00:00",
        "characters": 100 * number,
        "sentences": number,
    }
    return ArticleSummary(id=f"a{number}", **{**about, **fields})


def test_a_list_says_of_each_article_what_its_version_knows(library):
    with qa.ArticleQA.open() as articles:
        (listed,) = articles.summaries()
        article = articles.article("pont")
    known = {key: value for key, value in article.to_dict().items() if key in listed.to_dict()}
    assert listed.to_dict() == {**known, "characters": len(article.text), "sentences": 2}


@pytest.mark.parametrize("search", ["oeuvre ete", "ŒUVRE", "été d'art", "roy", "2023", "lisle 2023", "chose.md"])
def test_a_search_finds_words_however_they_are_accented(search):
    wanted = summary(1, title="Œuvre d’art d’été", author="Anne Roy", published="2023-05-01", source="Lisle")
    articles = ArticleList([replace(wanted, file="seeds/chose.md"), summary(2)])
    assert [found.id for found in articles.find(search)] == ["a1"]


def test_a_search_looks_for_beginnings_of_words_and_for_all_of_them():
    articles = ArticleList([summary(1, title="Le pont neuf"), summary(2, title="Le neuvième pont")])
    assert [found.id for found in articles.find("neu")] == ["a2", "a1"], "in the order of their titles"
    assert [found.id for found in articles.find("neuf pont")] == ["a1"]
    assert articles.find("ont") == []


@pytest.mark.parametrize("column", ["title", "published", "language", "source", "author", "sentences", "indexed"])
@pytest.mark.parametrize("descending", [False, True])
def test_every_column_sorts_and_what_lacks_it_comes_last(column, descending):
    values = {"sentences": (3, 7)}.get(column, ("2020-01-01", "2021-01-01"))
    low, high = (summary(number, **{column: value}) for number, value in enumerate(values))
    lacking = [summary(5, **{column: None})] if column in ("published", "author") else []
    page = ArticleList([high, *lacking, low]).page(sort=column, descending=descending)
    expected = [high, low] if descending else [low, high]
    assert [found.id for found in page.articles] == [article.id for article in (*expected, *lacking)]


def test_a_list_is_turned_over_page_by_page():
    articles = ArticleList([summary(number) for number in range(2 * PAGE_ROWS + 1)])
    pages = [articles.page(sort="title", number=number) for number in (1, 2, 3)]
    assert [len(page.articles) for page in pages] == [PAGE_ROWS, PAGE_ROWS, 1]
    assert len({found.id for page in pages for found in page.articles}) == 2 * PAGE_ROWS + 1
    assert articles.page(number=99).number == 3
    assert articles.page("nothing").articles == ()
