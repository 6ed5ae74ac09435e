"""The words of the product as data: article, sentence, passage, citation, answer.

Offsets are positions in `Article.text`, counted in Unicode code points and half open: `text[start:end]`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any, Literal, Self

from qa.errors import QuestionError

QUESTION_CHARS_MAX = 2000  # the longest question; the embedding model reads no more than about as much

SentenceKind = Literal["text", "heading", "item"]


@dataclass(frozen=True, slots=True)
class Article:
    """One source text.

    Args:
        id: Name of the article, unique within an index and stable while its file keeps its name.
        title: Title, as the source states it or else made from the first sentence.
        language: ISO 639-1 code such as `"fr"`; `"und"` where it could not be told.
        published: ISO 8601 date (`"2024-11-22"`), or None where the source states none.
        source: Where the text comes from: what its front matter says, else its file.
        text: What every offset points into. A blank line parts paragraphs, a heading is a line that
            begins with one to six `#` and a space, a list item one that begins with `- ` or `1. `.
        author: Who wrote it, or None where the source names nobody.
        file: Path of the file that it was read from, as the source was given; empty where there is none.
        indexed: When this text first came into the index, ISO 8601 in UTC; empty outside an index.
    """

    id: str
    title: str
    language: str
    published: str | None
    source: str
    text: str
    author: str | None = None
    file: str = ""
    indexed: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the article as JSON-ready data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ArticleSummary:
    """What a list of articles shows of one: all but its text.

    Args:
        id: As in `Article`, and so are the fields up to `indexed`.
        title: Title.
        language: ISO 639-1 code.
        published: ISO 8601 date, or None.
        source: Where the text comes from.
        author: Who wrote it, or None.
        file: Path of the file that it was read from.
        indexed: When this text first came into the index.
        characters: Length of its text.
        sentences: Number of its sentences.
    """

    id: str
    title: str
    language: str
    published: str | None
    source: str
    author: str | None
    file: str
    indexed: str
    characters: int
    sentences: int

    def to_dict(self) -> dict[str, Any]:
        """Return the summary as JSON-ready data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A span of an article's text.

    Args:
        start: Offset of the first character.
        end: Offset after the last character.
        text: The characters themselves, `article.text[start:end]`.
        kind: `"text"`, `"heading"`, or `"item"` (of a list).
        paragraph: Number of the paragraph that holds it, from 0.
        score: How well it fits the question; 0 where nothing was asked.
    """

    start: int
    end: int
    text: str
    kind: SentenceKind = "text"
    paragraph: int = 0
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences of one article: the chunk that retrieval reads.

    Args:
        article: Id of the article.
        title: Title of the article.
        start: Offset of its first sentence.
        end: Offset after its last sentence.
        text: The characters themselves, `article.text[start:end]`.
        sentences: Its sentences, in the order of the text.
        score: How well it fits the question; 0 where nothing was asked.
    """

    article: str
    title: str
    start: int
    end: int
    text: str
    sentences: tuple[Sentence, ...]
    score: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the passage as JSON-ready data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Repetition:
    """A sentence of another article that says the same as the one that is cited: both are one source.

    Args:
        article: Id of the other article.
        start: Offset of its sentence in its text.
        end: Offset after that sentence.
        quote: That sentence, cut out of its text; a small edit may part it from the one that is cited.
        title: Title of the other article.
        published: ISO 8601 date of the other article, or None.
        source: Where the other article comes from.
    """

    article: str
    start: int
    end: int
    quote: str
    title: str
    published: str | None
    source: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A pointer from an answer to one sentence of an article.

    Args:
        number: The n of its `[n]` in the answer, from 1.
        article: Id of the article.
        start: Offset of the sentence in the article's text.
        end: Offset after the sentence.
        quote: The sentence, cut out of the article's text.
        score: How well it supports the answer, 0 to 1.
        title: Title of the article.
        published: ISO 8601 date of the article, or None.
        source: Where the article comes from.
        also: The other articles that say the same, as copies of one dispatch do; one entry an article, at most 20.
        answer_start: Offset in the article's text of the words within the quote that answer; None where only the
            sentence as a whole is known to.
        answer_end: Offset after those words, or None.
    """

    number: int
    article: str
    start: int
    end: int
    quote: str
    score: float
    title: str
    published: str | None
    source: str
    also: tuple[Repetition, ...] = ()
    answer_start: int | None = None
    answer_end: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the citation as JSON-ready data, which `from_dict` reads."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Citation:
        """Return the citation that `to_dict` wrote, also after it went through JSON. Other keys are let be.

        Raises:
            QuestionError: A field is missing or of another type.
        """
        return _read_citation(data, "citation")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the service says to a question.

    Args:
        question: The question as it was asked.
        understood: The question as it was understood in its conversation; the same where it stands alone.
        text: The answer, each statement followed by its `[n]`; where `answered` is false, a short
            message saying that the articles do not answer.
        answered: Whether the articles answer.
        confidence: Estimated probability that they do, 0 to 1.
        language: ISO 639-1 code of the question's language.
        citations: One for each `[n]`, in their order; empty where `answered` is false.
        nearest: Where `answered` is false, the sentences nearest to the question. They are not an answer.
        articles_searched: How many articles were looked through.
        index_version: Id of the index version that the answer comes from.
        timings_ms: Milliseconds spent, by step: `"retrieve"`, `"read"` where the reader read (else similarity alone
            chose), `"choose"`; `"total"` is their sum.
    """

    question: str
    understood: str
    text: str
    answered: bool
    confidence: float
    language: str
    citations: tuple[Citation, ...]
    nearest: tuple[Citation, ...]
    articles_searched: int
    index_version: str
    timings_ms: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as JSON-ready data, which `from_dict` reads."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return the answer that `to_dict` wrote, also after it went through JSON. Other keys are let be.

        Raises:
            QuestionError: A field is missing or of another type.
        """
        values = _read_fields(cls, data, "answer")
        for name in ("citations", "nearest"):
            values[name] = tuple(_read_citation(entry, name) for entry in values[name])
        values["timings_ms"] = dict(values["timings_ms"])
        return cls(**values)

    def to_markdown(self) -> str:
        """Return the answer as Markdown that reads well in a mail: question, answer, then its sources.

        How the question was understood stands below it where that differs. A quote is written out where the answer
        does not already hold it word for word. Articles that say the same are indented below their citation.
        """
        lines = [f"**{' '.join(self.question.split())}**", ""]
        if self.understood != self.question:
            lines += [f"*{' '.join(self.understood.split())}*", ""]
        lines += [self.text, ""]
        for citation in self.citations or self.nearest:
            mark = f"[{citation.number}] " if self.answered else ""
            quote = " ".join(citation.quote.split())
            shown = "" if quote in self.text else f"“{quote}” — "
            lines.append(f"- {mark}{shown}{_about(citation)}")
            for other in citation.also:
                differs = "" if other.quote == citation.quote else f"“{' '.join(other.quote.split())}” — "
                lines.append(f"  - {differs}{_about(other)}")
        return "\n".join(lines).rstrip() + "\n"


def _about(citation: Citation | Repetition) -> str:
    return ", ".join(part for part in (citation.title, citation.published, citation.source) if part)


_TYPES: dict[str, type | tuple[type, ...]] = {
    "str": str,
    "str | None": (str, type(None)),
    "bool": bool,
    "int": int,
    "int | None": (int, type(None)),
    "float": (int, float),
    "tuple[Citation, ...]": (list, tuple),
    "tuple[Repetition, ...]": (list, tuple),
    "dict[str, float]": Mapping,
}


def _read_citation(data: Any, what: str) -> Citation:
    values = _read_fields(Citation, data, what)
    also = values.get("also", ())
    values["also"] = tuple(Repetition(**_read_fields(Repetition, entry, f"also of {what}")) for entry in also)
    return Citation(**values)


def _read_fields(kind: type[Answer | Citation | Repetition], data: Any, what: str) -> dict[str, Any]:
    """Take the fields of a dataclass out of data that may have come from anywhere."""
    if not isinstance(data, Mapping):
        raise QuestionError(f"the {what} must be a mapping as `to_dict` writes it, not {type(data).__name__}.")
    missing = [field.name for field in fields(kind) if field.name not in data and field.default is MISSING]
    if missing:
        raise QuestionError(f"the {what} lacks {', '.join(missing)}. Pass what `to_dict` wrote, whole.")
    known = [field for field in fields(kind) if field.name in data]
    for field in known:
        value, wanted = data[field.name], str(field.type)
        if not isinstance(value, _TYPES[wanted]) or (isinstance(value, bool) and wanted != "bool"):
            raise QuestionError(
                f"{field.name} of the {what} must be {wanted}, not {type(value).__name__}. "
                "Pass what `to_dict` wrote, unchanged."
            )
    return {field.name: data[field.name] for field in known}
