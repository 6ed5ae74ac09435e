"""What readers think of answers: kept once each, through rebuilds, from many threads and processes."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest

import qa
from qa.errors import FeedbackError, QAError
from qa.feedback import COMMENT_CHARS_MAX, feedback_file, read_feedback, save_feedback
from qa.settings import load_settings

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def answer(seed_qa):
    return seed_qa.ask("Sur quelle chaîne Shin Won-sik a-t-il parlé ?")


@pytest.fixture(scope="module")
def abstention(seed_qa):
    return seed_qa.ask("Comment faire cuire un œuf dur ?")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "feedback.sqlite"


def run(*words, **options):
    command = [sys.executable, "-m", "qa.cli", "feedback", *map(str, words)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **options.pop("env", {})}
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False, **options)


# What is kept


def test_feedback_holds_the_whole_answer(path, answer):
    number = save_feedback(path, answer, "up", "  Exactement ce qu’il faut.\n")
    (kept,) = read_feedback(path)
    assert kept.id == number == 1
    assert (kept.verdict, kept.comment) == ("up", "Exactement ce qu’il faut.")
    assert (kept.question, kept.understood) == (answer.question, answer.question)
    assert (kept.text, kept.answered, kept.confidence) == (answer.text, True, answer.confidence)
    assert (kept.language, kept.index_version) == ("fr", answer.index_version)
    assert kept.citations == answer.citations
    assert datetime.fromisoformat(kept.time).utcoffset().total_seconds() == 0


def test_an_abstention_can_be_judged_too(path, abstention):
    save_feedback(path, abstention, "down")
    (kept,) = read_feedback(path)
    assert (kept.answered, kept.verdict, kept.comment, kept.citations) == (False, "down", "", ())


def test_changing_one_s_mind_replaces_what_was_said_about_the_same_answer(path, answer):
    first = save_feedback(path, answer, "up", "Très bien.", answer_id="turn-1")
    other = save_feedback(path, answer, "up", answer_id="turn-2")
    again = save_feedback(path, answer, "down", "Non, pas du tout.", answer_id="turn-1")
    assert first == again != other
    said = [(kept.answer_id, kept.verdict, kept.comment) for kept in read_feedback(path)]
    assert said == [("turn-1", "down", "Non, pas du tout."), ("turn-2", "up", "")]


def test_without_a_name_each_is_new(path, answer):
    assert [save_feedback(path, answer, "up") for _ in range(3)] == [1, 2, 3]


def test_half_of_a_surrogate_pair_in_a_comment_is_replaced(path, answer):
    save_feedback(path, answer, "up", "bien \ud83d!")
    assert [kept.comment for kept in read_feedback(path)] == ["bien ?!"]


def test_no_file_holds_nothing_and_is_not_made(path):
    assert list(read_feedback(path)) == []
    assert not path.exists()


def test_more_than_one_batch_is_read_in_order(path, answer):
    for number in range(401):
        save_feedback(path, answer, "up", str(number))
    assert [kept.comment for kept in read_feedback(path)] == [str(number) for number in range(401)]


def test_reading_slowly_keeps_nobody_from_writing(path, answer):
    save_feedback(path, answer, "up")
    reading = read_feedback(path)
    next(reading)
    save_feedback(path, answer, "down")
    assert [kept.verdict for kept in reading] == ["down"]


# Where it is kept


def test_a_rebuild_leaves_it_alone(tmp_path, answer):
    (tmp_path / "pont.txt").write_text("Le pont ouvre en mai 2025.", encoding="utf-8")
    index = tmp_path / "index"
    settings = load_settings(versions_kept=1)
    for _ in range(2):
        qa.build_index(tmp_path / "pont.txt", index=index, settings=settings)
        save_feedback(feedback_file(index, settings), answer, "up")
    assert len(list(read_feedback(index / "feedback.sqlite"))) == 2
    assert len(list((index / "versions").iterdir())) == 1


def test_a_setting_names_another_file(tmp_path):
    elsewhere = tmp_path / "elsewhere" / "said.sqlite"
    assert feedback_file("indexes/default", load_settings(feedback_file=elsewhere)) == elsewhere


# Many at once

SAVE = """
import sys
from qa.engine import open_live
from qa.feedback import save_feedback
answer = open_live(sys.argv[1]).ask("Sur quelle chaîne Shin Won-sik a-t-il parlé ?")
print("ready", flush=True)
sys.stdin.readline()
for number in range(25):
    save_feedback(sys.argv[2], answer, "up", f"{sys.argv[3]}-{number}")
"""


def test_threads_and_processes_write_to_one_new_file_and_nothing_is_lost(path, seed_index, answer):
    command = [sys.executable, "-c", SAVE, str(seed_index), str(path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT}
    processes = [subprocess.Popen([*command, name], **pipes) for name in ("a", "b")]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: save_feedback(path, answer, "down", f"t-{number}"), range(40)))
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    kept = sorted(kept.comment for kept in read_feedback(path))
    assert kept == sorted([f"{name}-{n}" for name in "ab" for n in range(25)] + [f"t-{n}" for n in range(40)])


# What is refused


@pytest.mark.parametrize("verdict", ["", "UP", "maybe", None, 1])
def test_a_verdict_is_up_or_down(path, answer, verdict):
    with pytest.raises(FeedbackError, match="must be 'up' or 'down'"):
        save_feedback(path, answer, verdict)
    assert not path.exists()


def test_a_comment_that_is_too_long_is_refused_whole(path, answer):
    save_feedback(path, answer, "up", "é" * COMMENT_CHARS_MAX)
    with pytest.raises(FeedbackError, match="2,001 characters; at most 2,000"):
        save_feedback(path, answer, "up", "é" * (COMMENT_CHARS_MAX + 1))
    assert len(list(read_feedback(path))) == 1


@pytest.mark.parametrize("content", [b"not a database, but long enough to be taken for one" * 40, b"SQLite format 3\0"])
def test_a_damaged_file_is_named_and_left_as_it_is(path, answer, content):
    path.write_bytes(content)
    with pytest.raises(FeedbackError, match=r"feedback\.sqlite cannot be written.*move it away"):
        save_feedback(path, answer, "up")
    with pytest.raises(FeedbackError, match=r"feedback\.sqlite cannot be read"):
        list(read_feedback(path))
    assert path.read_bytes() == content


def test_another_program_s_database_is_left_alone(path, answer):
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE recipes (name TEXT)")
    other.close()
    with pytest.raises(FeedbackError, match="is not a feedback file"):
        save_feedback(path, answer, "up")
    with pytest.raises(FeedbackError, match="is not a feedback file"):
        list(read_feedback(path))


def test_a_file_of_a_later_format_is_refused(path, answer):
    save_feedback(path, answer, "up")
    with sqlite3.connect(path) as later:
        later.execute("PRAGMA user_version = 2")
    later.close()
    with pytest.raises(FeedbackError, match=r"has format 2; .* keeps format 1. Update article-qa"):
        save_feedback(path, answer, "up")


def test_a_folder_in_its_place_is_named(path, answer):
    path.mkdir()
    with pytest.raises(FeedbackError, match="cannot be written"):
        save_feedback(path, answer, "up")


def test_a_file_in_the_place_of_its_folder_is_named(tmp_path, answer):
    (tmp_path / "file").write_text("x")
    with pytest.raises(FeedbackError, match="cannot be written"):
        save_feedback(tmp_path / "file" / "feedback.sqlite", answer, "up")


@pytest.mark.skipif(os.geteuid() == 0, reason="this user may write everything")
def test_a_file_that_may_not_be_written_is_named(path, answer):
    save_feedback(path, answer, "up")
    path.chmod(0o400)
    with pytest.raises(FeedbackError, match="readonly"):
        save_feedback(path, answer, "up")


@pytest.mark.skipif(shutil.which("sh") is None, reason="needs a shell that sets limits")
def test_a_full_disk_is_named_and_what_was_kept_stays(path, answer, seed_index):
    save_feedback(path, answer, "up", "kept")
    code = (
        "import sys, resource, signal\n"
        "from qa.engine import open_live\nfrom qa.feedback import save_feedback\nfrom qa.errors import QAError\n"
        "answer = open_live(sys.argv[1]).ask('Sur quelle chaîne Shin Won-sik a-t-il parlé ?')\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "size = 16384\n"  # no file may grow beyond it, as on a full disk
        "resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))\n"
        "try:\n"
        "    for number in range(1000): save_feedback(sys.argv[2], answer, 'up', 'x' * 1000)\n"
        "except QAError as error: print(error)\n"
    )
    command = [sys.executable, "-c", code, str(seed_index), str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert f"the feedback file {path} cannot be written" in done.stdout, done.stderr
    assert next(read_feedback(path)).comment == "kept"


# The terminal


def test_qa_feedback_prints_one_json_object_a_line(tmp_path, answer, abstention):
    save_feedback(tmp_path / "feedback.sqlite", answer, "up", "Là, c’est juste\nsur deux lignes")
    save_feedback(tmp_path / "feedback.sqlite", abstention, "down")
    done = run("--index", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    up, down = map(json.loads, done.stdout.splitlines())
    assert (up["verdict"], up["comment"]) == ("up", "Là, c’est juste\nsur deux lignes")
    assert up["citations"] == json.loads(json.dumps([citation.to_dict() for citation in answer.citations]))
    assert (down["verdict"], down["answered"]) == ("down", False)


def test_qa_feedback_reads_the_file_that_the_setting_names(tmp_path, answer):
    save_feedback(tmp_path / "said.sqlite", answer, "up")
    done = run(env={"QA_FEEDBACK_FILE": str(tmp_path / "said.sqlite")}, cwd=tmp_path)
    assert len(done.stdout.splitlines()) == 1, done.stderr


def test_an_index_without_feedback_prints_nothing_and_a_missing_index_is_named(tmp_path):
    assert (run("--index", tmp_path).returncode, run("--index", tmp_path).stdout) == (0, "")
    done = run("--index", tmp_path / "typo")
    assert done.returncode == 2
    assert "there is no index at" in done.stderr


def test_a_damaged_file_exits_2_with_one_line(tmp_path):
    (tmp_path / "feedback.sqlite").write_bytes(b"nonsense" * 100)
    done = run("--index", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("qa: the feedback file") and done.stderr.count("\n") == 1


def test_every_feedback_error_is_fit_for_users():
    assert issubclass(FeedbackError, QAError)
