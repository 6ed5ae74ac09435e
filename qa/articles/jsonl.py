"""JSON Lines -> drafts, one a line, each text exactly as it is written there."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import BinaryIO

from qa.articles.decoding import refuse_binary, refuse_blank
from qa.articles.draft import Draft
from qa.errors import ArticleError


def read_jsonl(file: BinaryIO, *, max_bytes: int) -> Iterator[tuple[int, Draft | ArticleError]]:
    """Yield each line's number, from 1, and its draft or what is wrong with it; blank lines are passed over.

    Args:
        file: The file, in UTF-8, open and at its beginning.
        max_bytes: The most bytes that one line may have.

    Raises:
        ArticleError: The file is binary or empty.
        OSError: The file cannot be read.
    """
    start = file.read(16)
    refuse_binary(start)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ArticleError("is in UTF-16; JSON Lines are UTF-8: save it so")
    file.seek(len(codecs.BOM_UTF8) if start.startswith(codecs.BOM_UTF8) else 0)
    blank = True
    for number, line in enumerate(_split_lines(file, max_bytes), start=1):
        if line is None:
            yield number, ArticleError(f"is longer than the limit of {max_bytes:,} bytes a line (max_bytes)")
        elif line.strip():
            yield number, _read_line(line)
        blank = blank and line is not None and not line.strip()
    if blank:
        raise ArticleError("is empty")


def _split_lines(file: BinaryIO, max_bytes: int) -> Iterator[bytes | None]:
    """Yield the lines of a file; None for one that is too long, which is never held as a whole."""
    while line := file.readline(max_bytes + 1):
        if len(line) > max_bytes and not line.endswith(b"\n"):
            while (rest := file.readline(1 << 20)) and not rest.endswith(b"\n"):
                pass
            yield None
        else:
            yield line


def _read_line(line: bytes) -> Draft | ArticleError:
    try:
        fields = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        return ArticleError(f"is not UTF-8 (byte {error.start} of the line)")
    except (ValueError, RecursionError) as error:
        return ArticleError(f"is not valid JSON: {error}")
    if not isinstance(fields, dict):
        return ArticleError('is not a JSON object such as {"id": "a1", "title": "…", "lang": "fr", "text": "…"}')
    text = fields.get("text")
    if not isinstance(text, str):
        return ArticleError('has no "text", which must be a string')
    try:
        refuse_blank(text)
        stated = {name: _stated(fields, name) for name in ("id", "title", "lang", "date", "source", "author")}
    except ArticleError as error:
        return error
    return Draft(
        text=text,
        title=stated["title"],
        language=stated["lang"],
        published=stated["date"],
        source=stated["source"],
        author=stated["author"],
        id=stated["id"],
        fixed=True,
    )


def _stated(fields: dict[str, object], name: str) -> str | None:
    value = fields.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is not None and not isinstance(value, str):
        raise ArticleError(f'has a "{name}" that is not a string')
    return value if value and value.strip() else None
