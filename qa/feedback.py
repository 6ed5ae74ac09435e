"""What readers think of answers: thumbs up or down with an optional word, kept in one SQLite file.

The file lies beside the versions of its index, not inside one, so no rebuild touches it.
"""

from __future__ import annotations

import json
import os
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from qa.errors import FeedbackError, QAError
from qa.schema import Answer, Citation
from qa.settings import Settings

COMMENT_CHARS_MAX = 2000

Verdict = Literal["up", "down"]

_APPLICATION_ID = 0x71614662  # "qaFb": tells this file from any other SQLite database
_FORMAT = 1
_WAIT_S = 10.0  # for another thread or process that is writing
_BATCH = 200

_SCHEMA = """
CREATE TABLE feedback (
    id            INTEGER PRIMARY KEY,
    answer_id     TEXT NOT NULL UNIQUE,
    time          TEXT NOT NULL,
    verdict       TEXT NOT NULL CHECK (verdict IN ('up', 'down')),
    comment       TEXT NOT NULL,
    question      TEXT NOT NULL,
    understood    TEXT NOT NULL,
    text          TEXT NOT NULL,
    answered      INTEGER NOT NULL,
    confidence    REAL NOT NULL,
    language      TEXT NOT NULL,
    citations     TEXT NOT NULL,
    index_version TEXT NOT NULL
) STRICT
"""
_COLUMNS = (
    "answer_id, time, verdict, comment, question, understood, text, answered, confidence, language, citations, "
    "index_version"
)


@dataclass(frozen=True, slots=True)
class Feedback:
    """What one reader thought of one answer.

    Args:
        id: Its number in the file, from 1.
        answer_id: Which showing of an answer it is about.
        time: When it was given or last changed, ISO 8601 in UTC.
        verdict: `"up"` or `"down"`.
        comment: What the reader wrote, or nothing.
        question: The question as it was asked.
        understood: The question as it was understood in its conversation.
        text: The answer as it was shown.
        answered: Whether the articles answered.
        confidence: Estimated probability that they did, 0 to 1.
        language: ISO 639-1 code of the question's language.
        citations: What the answer cited.
        index_version: Id of the index version that the answer came from.
    """

    id: int
    answer_id: str
    time: str
    verdict: Verdict
    comment: str
    question: str
    understood: str
    text: str
    answered: bool
    confidence: float
    language: str
    citations: tuple[Citation, ...]
    index_version: str

    def to_dict(self) -> dict[str, Any]:
        """Return the feedback as JSON-ready data."""
        return asdict(self)


def feedback_file(index: str | os.PathLike[str], settings: Settings) -> Path:
    """Return the file that holds the feedback on an index: the one that the settings name, else one in its folder."""
    return settings.feedback_file or Path(index) / "feedback.sqlite"


def save_feedback(
    path: str | os.PathLike[str],
    answer: Answer,
    verdict: Verdict,
    comment: str = "",
    *,
    answer_id: str | None = None,
) -> int:
    """Keep what a reader thinks of an answer. Safe from several threads and processes at once.

    Args:
        path: The feedback file; made where it is missing.
        answer: The answer as it was shown.
        verdict: `"up"` or `"down"`.
        comment: What the reader has to say, up to 2,000 characters.
        answer_id: Any name for this showing of the answer. Feedback under the same name replaces what was there, so
            that one can change one's mind; without a name it always counts as new.

    Returns:
        Its number in the file.

    Raises:
        FeedbackError: The verdict or the comment cannot be kept, or the file cannot be written.
    """
    if verdict not in get_args(Verdict):
        raise FeedbackError(f"the verdict is {verdict!r}; it must be 'up' or 'down'.")
    comment = comment.strip()
    if len(comment) > COMMENT_CHARS_MAX:
        raise FeedbackError(
            f"the comment has {len(comment):,} characters; at most {COMMENT_CHARS_MAX:,} are kept. Shorten it."
        )
    row = (
        answer_id or uuid.uuid4().hex,
        datetime.now(UTC).isoformat(timespec="milliseconds"),
        verdict,
        comment,
        answer.question,
        answer.understood,
        answer.text,
        answer.answered,
        answer.confidence,
        answer.language,
        json.dumps([citation.to_dict() for citation in answer.citations], ensure_ascii=False),
        answer.index_version,
    )
    changes = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS.split(", ")[1:])
    marks = ", ".join("?" * len(row))
    with _open(Path(path), "rwc") as database:
        ((kept_as,),) = database.execute(
            f"INSERT INTO feedback ({_COLUMNS}) VALUES ({marks}) "  # noqa: S608
            f"ON CONFLICT (answer_id) DO UPDATE SET {changes} RETURNING id",
            [_storable(value) for value in row],
        ).fetchall()
    return int(kept_as)


def read_feedback(path: str | os.PathLike[str]) -> Iterator[Feedback]:
    """Yield the feedback in a file, oldest first; nothing where there is no file yet.

    Raises:
        FeedbackError: The file cannot be read, or is no feedback file.
    """
    path = Path(path)
    if not path.exists() or not path.stat().st_size:  # empty, where the process that made it was killed
        return
    after = 0
    while True:
        # In batches, for whoever reads a long file slowly must not keep others from writing to it.
        with _open(path, "ro") as database:
            rows = database.execute(
                f"SELECT id, {_COLUMNS} FROM feedback WHERE id > ? ORDER BY id LIMIT ?",  # noqa: S608
                (after, _BATCH),
            ).fetchall()
        if not rows:
            return
        for row in rows:
            yield _read(path, row)
        after = rows[-1][0]


def _read(path: Path, row: tuple[Any, ...]) -> Feedback:
    values = dict(zip(["id", *_COLUMNS.split(", ")], row, strict=True))
    values["answered"] = bool(values["answered"])
    try:
        values["citations"] = tuple(map(Citation.from_dict, json.loads(values["citations"])))
    except (TypeError, ValueError, QAError) as error:
        raise FeedbackError(f"feedback {row[0]} in {path} is damaged: {error}. Move the file away.") from error
    return Feedback(**values)


def _storable(value: object) -> object:
    """Replace halves of surrogate pairs, which an article may hold and UTF-8 cannot."""
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value


@contextmanager
def _open(path: Path, mode: Literal["ro", "rwc"]) -> Iterator[sqlite3.Connection]:
    """Open a feedback file for one transaction."""
    try:
        if mode == "rwc":
            path.parent.mkdir(parents=True, exist_ok=True)
        uri = f"{path.absolute().as_uri()}?mode={mode}"
        with closing(sqlite3.connect(uri, uri=True, timeout=_WAIT_S, isolation_level=None)) as database:
            # The lock is taken before anything is read: of two that create the file at once, one waits.
            database.execute("BEGIN" if mode == "ro" else "BEGIN IMMEDIATE")
            _check_format(path, database, create=mode == "rwc")
            yield database
            database.execute("COMMIT")
    except (OSError, sqlite3.Error) as error:
        raise FeedbackError(
            f"the feedback file {path} cannot be {'read' if mode == 'ro' else 'written'}: {error}. "
            "Make room, mend its permissions or move it away, and try again."
        ) from error


def _check_format(path: Path, database: sqlite3.Connection, *, create: bool) -> None:
    """Make sure that the file is a feedback file of this format; make an empty one into one."""
    ((application,),) = database.execute("PRAGMA application_id")
    ((found,),) = database.execute("PRAGMA user_version")
    if (application, found) == (_APPLICATION_ID, _FORMAT):
        return
    ((tables,),) = database.execute("SELECT count(*) FROM sqlite_master")
    if create and (application, found, tables) == (0, 0, 0):
        database.execute(_SCHEMA)
        database.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        database.execute(f"PRAGMA user_version = {_FORMAT}")
        return
    if application != _APPLICATION_ID:
        raise FeedbackError(f"{path} is not a feedback file. Name another one as the setting feedback_file.")
    raise FeedbackError(
        f"the feedback file {path} has format {found}; this version of article-qa keeps format {_FORMAT}. "
        "Update article-qa, or move the file away."
    )
