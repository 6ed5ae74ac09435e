"""Ask questions about articles; every statement of the answer points to the sentence that says it.

    import qa

    qa.build_index("seeds")
    answer = qa.ask("Qui a déclaré que la Russie a livré des missiles ?")
    print(answer.to_markdown())

Names are imported when they are first used, so that `import qa` costs nothing.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qa.build import BuildReport, build_index
    from qa.engine import ArticleQA, ask
    from qa.errors import QAError
    from qa.progress import Progress
    from qa.schema import Answer, Article, Citation, Passage, Sentence
    from qa.settings import Settings

# GNU OpenMP reads this once, when the first library that uses it is loaded (faiss here), and by default spins long at
# each barrier of the bundled model's engine: with both cores of a machine busy elsewhere, one question took seconds;
# with a short spin it takes 25 ms, against 20 on idle cores.
os.environ.setdefault("GOMP_SPINCOUNT", "10000")

_ROOMS = {
    "Answer": "schema",
    "Article": "schema",
    "ArticleQA": "engine",
    "BuildReport": "build",
    "Citation": "schema",
    "Passage": "schema",
    "Progress": "progress",
    "QAError": "errors",
    "Sentence": "schema",
    "Settings": "settings",
    "ask": "engine",
    "build_index": "build",
}

__all__ = [
    "Answer",
    "Article",
    "ArticleQA",
    "BuildReport",
    "Citation",
    "Passage",
    "Progress",
    "QAError",
    "Sentence",
    "Settings",
    "ask",
    "build_index",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its module."""
    if name not in _ROOMS:
        raise AttributeError(f"module 'qa' has no attribute {name!r}")
    return getattr(import_module(f"qa.{_ROOMS[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
