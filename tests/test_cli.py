"""The terminal, as real processes."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SEEDS = Path(__file__).parent.parent / "seeds"


def run(*words, cwd=None):
    command = [sys.executable, "-m", "qa.cli", *map(str, words)]
    environment = {**os.environ, "PYTHONPATH": str(SEEDS.parent)}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment, timeout=120, check=False)


@pytest.fixture
def copied_index(seed_index, tmp_path):
    return Path(shutil.copytree(seed_index, tmp_path / "index"))


def test_an_answered_question_exits_0_and_prints_the_cited_sentence(seed_index):
    done = run("ask", "Sur quelle chaîne Shin Won-sik a-t-il parlé ?", "--index", seed_index)
    assert done.returncode == 0, done.stderr
    assert "sur la chaîne SBS" in done.stdout
    assert "[1]" in done.stdout


def test_a_foreign_question_exits_1_and_says_so_in_its_language(seed_index):
    done = run("ask", "Comment faire cuire un œuf dur ?", "--index", seed_index)
    assert done.returncode == 1, done.stderr
    assert "Les articles ne répondent pas à cette question." in done.stdout


def test_json_holds_the_whole_answer(seed_index):
    done = run("ask", "When did the treaty take effect?", "--json", "--limit", "1", "--index", seed_index)
    answer = json.loads(done.stdout)
    assert answer["answered"]
    assert len(answer["citations"]) == 1
    assert {
        "question",
        "text",
        "answered",
        "confidence",
        "language",
        "citations",
        "index_version",
        "timings_ms",
    } <= set(answer)


def test_a_question_can_be_put_to_some_articles_only(seed_index):
    question = ("ask", "When did the treaty take effect?", "--json", "--index", seed_index)
    both = [word for name in ("coree-du-nord-russie", "russia-north-korea-treaty") for word in ("--article", name)]
    assert json.loads(run(*question, *both).stdout)["articles_searched"] == 2
    answer = json.loads(run(*question, "--article", "coree-du-nord-russie").stdout)
    assert {shown["article"] for shown in answer["citations"] + answer["nearest"]} == {"coree-du-nord-russie"}


def test_an_article_that_the_index_does_not_have_exits_2_and_is_named(seed_index):
    done = run("ask", "When did the treaty take effect?", "--article", "nowhere", "--index", seed_index)
    assert done.returncode == 2
    assert "no article 'nowhere'" in done.stderr


@pytest.mark.parametrize("question", ["", "   ", "a" * 100_000, "qui\x07"])
def test_a_question_that_cannot_be_asked_exits_2_with_one_line(seed_index, question):
    done = run("ask", question, "--index", seed_index)
    assert done.returncode == 2
    assert done.stderr.startswith("qa: the question")
    assert "Traceback" not in done.stderr


def test_a_missing_index_exits_2_and_names_the_command_that_builds_it(tmp_path):
    done = run("ask", "Qui ?", "--index", tmp_path / "none")
    assert done.returncode == 2
    assert f"qa index --index {tmp_path / 'none'}" in done.stderr


def test_index_builds_and_then_finds_nothing_to_do(tmp_path):
    index = tmp_path / "index"
    first = run("index", SEEDS / "russia-north-korea-treaty.md", "--index", index)
    assert first.returncode == 0, first.stderr
    assert "1 articles" in first.stdout
    assert "sentence/s" in first.stderr or "s/sentence" in first.stderr, "progress has a rate"
    again = run("index", SEEDS / "russia-north-korea-treaty.md", "--if-changed", "--index", index)
    assert again.returncode == 0
    assert "newer than its sources" in again.stdout


def test_a_refused_file_is_named_with_its_reason_and_exits_3(tmp_path):
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "good.txt").write_text("Le pont a rouvert lundi. Les cyclistes y passent gratuitement.")
    (tmp_path / "news" / "empty.txt").write_text("")
    done = run("index", tmp_path / "news", "--index", tmp_path / "index")
    assert done.returncode == 3
    assert "empty.txt" in done.stderr
    assert "is empty" in done.stderr


def test_nothing_to_index_exits_2(tmp_path):
    (tmp_path / "news").mkdir()
    done = run("index", tmp_path / "news", "--index", tmp_path / "index")
    assert done.returncode == 2
    assert "no article to index" in done.stderr


def test_check_passes_a_sound_index(seed_index):
    done = run("check", "--index", seed_index)
    assert done.returncode == 0, done.stderr
    assert "2 articles" in done.stdout


@pytest.mark.parametrize("name", ["articles.sqlite", "sentences.faiss"])
def test_check_finds_a_changed_byte(copied_index, name):
    (file,) = copied_index.glob(f"versions/*/{name}")
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0xFF
    file.write_bytes(data)
    done = run("check", "--index", copied_index)
    assert done.returncode == 2
    assert name in done.stderr


def test_help_imports_nothing_heavy():
    code = (
        "import sys, qa.cli\n"
        "try:\n    qa.cli.main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print([m for m in ('numpy', 'faiss', 'llama_index', 'gradio', 'pydantic', 'torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=SEEDS.parent, check=True)
    assert done.stdout.endswith("[]\n")


def test_version_is_the_distribution_s():
    from importlib.metadata import version

    assert run("--version").stdout == f"article-qa {version('article-qa')}\n"
