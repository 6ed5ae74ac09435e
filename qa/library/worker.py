"""What runs in a process of its own: `python -m qa.library.worker check` or `build`. See `qa.library.process`."""

from __future__ import annotations

import _thread
import hashlib
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from qa.articles import Refused, read_articles
from qa.errors import QAError
from qa.language import detect_language
from qa.schema import Article, ArticleSummary
from qa.store import IndexVersion, open_if_usable

_MEMORY_MAX = 4 << 30  # bytes of address space for reading one file: what swells beyond is no article
_NICENESS = 10  # questions go first

Say = Callable[[dict[str, Any]], None]


def main() -> None:
    """Do the task that the command line names, talking in lines of JSON."""
    # What a library prints must not come between the lines.
    lines = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def say(data: dict[str, Any]) -> None:
        lines.write(json.dumps(data) + "\n")
        lines.flush()

    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    {"check": _check, "build": _build}[sys.argv[1]](say)


def _check(say: Say) -> None:
    """Read each file that a line names, and say what is in it. The first line names the index."""
    _limit_memory()
    known = _known_texts(Path(json.loads(sys.stdin.readline())))
    detect_language("Ready to read.")  # loads its model
    say({})  # ready: the time of a file is its own
    for line in sys.stdin:
        path = json.loads(line)
        titles: list[str] = []
        refused: list[tuple[str, str]] = []
        for found in read_articles([path]):
            if isinstance(found, Refused):
                refused.append((found.source.removeprefix(path), found.reason))
            elif (same := known.get(_digest(found))) is not None:
                refused.append((found.file.removeprefix(path), f"same text as {same}"))
            else:
                titles.append(found.title)
        say({"articles": len(titles), "title": titles[0] if titles else "", "refused": refused})


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    if most == resource.RLIM_INFINITY or most > _MEMORY_MAX:
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_MAX, most))


def _known_texts(index: Path) -> dict[bytes, str]:
    """Return which article of the index has a text, by its digest; an article whose file is gone does not count."""
    version = open_if_usable(index)
    if version is None:
        return {}
    known = {_digest(article): f"{article.title} ({article.id})" for article in _with_files(version)}
    version.close()
    return known


def _with_files(version: IndexVersion) -> Iterator[Article]:
    found = (version.article(known.id) for known in version.summaries() if Path(known.file).exists())
    return (article for article in found if article is not None)


def _digest(article: Article) -> bytes:
    return hashlib.sha256(" ".join(article.text.split()).encode()).digest()


def _build(say: Say) -> None:
    """Build an index as the first line says; say how far it is, then what came of it."""
    request = json.loads(sys.stdin.readline())
    try:
        threading.Thread(target=_stop_when_alone, daemon=True).start()
        say({"built": _build_index(request, say)})
    except QAError as error:
        say({"error": str(error)})
    except KeyboardInterrupt:
        say({"stopped": True})


def _build_index(request: dict[str, Any], say: Say) -> dict[str, Any]:
    from qa.build import build_index
    from qa.settings import Settings

    index = Path(request["index"])
    before = _summaries(index)
    report = build_index(
        request["sources"],
        index=index,
        progress=lambda progress: say({"progress": asdict(progress)}),
        settings=Settings(**request["settings"]),
    )
    after = _summaries(index)
    both = before.keys() & after.keys()
    return {
        "version": report.version,
        "articles": report.articles,
        "sentences": report.sentences,
        "seconds": report.seconds,
        "refused": [(refused.source, refused.reason) for refused in report.refused],
        "new": [article.title for key, article in after.items() if key not in before],
        "changed": [after[key].title for key in after if key in both and before[key].indexed != after[key].indexed],
        "gone": [article.title for key, article in before.items() if key not in after],
    }


def _stop_when_alone() -> None:
    """Interrupt the build, which cleans up after itself, when the process that asked for it closes the pipe or dies."""
    sys.stdin.read()
    _thread.interrupt_main()


def _summaries(index: Path) -> dict[str, ArticleSummary]:
    version = open_if_usable(index)
    if version is None:
        return {}
    found = {summary.id: summary for summary in version.summaries()}
    version.close()
    return found


if __name__ == "__main__":
    main()
