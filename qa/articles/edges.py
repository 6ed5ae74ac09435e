"""Where a library meets a file that somebody else made: whatever it raises there becomes a refusal with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from qa.errors import ArticleError

_REASON_CHARS_MAX = 200


@contextmanager
def refusing(what: str) -> Iterator[None]:
    """Turn any exception of the library called inside into an ArticleError.

    Args:
        what: What the file is taken for, such as `"a Word document"`.

    Raises:
        ArticleError: The library could not read the file; one that is raised inside passes unchanged.
    """
    try:
        yield
    except ArticleError:
        raise
    # Parsers raise whatever they trip over in a broken file: KeyError, AssertionError, RecursionError, zlib.error,
    # MemoryError from a length that is not one. One file must not stop the others, and the cause stays chained.
    except Exception as error:
        raise ArticleError(f"cannot be read as {what}: it is damaged or incomplete ({describe(error)})") from error


def describe(error: BaseException) -> str:
    """Return what an exception says, on one line and cut to a length that fits into a reason."""
    words = " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(":")
    words = words.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")
    return words if len(words) <= _REASON_CHARS_MAX else f"{words[:_REASON_CHARS_MAX]}…"
