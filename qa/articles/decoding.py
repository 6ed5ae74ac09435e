"""Bytes -> text: which encoding a file is in, and whether it is text at all."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from qa.errors import ArticleError

_BINARY_STARTS = {
    b"%PDF-": "PDF",
    b"PK\x03\x04": "zip or office document",
    b"\x89PNG": "PNG picture",
    b"\xff\xd8\xff": "JPEG picture",
    b"GIF87a": "GIF picture",
    b"GIF89a": "GIF picture",
    b"\x1f\x8b": "gzip archive",
    b"7z\xbc\xaf": "7z archive",
    b"\xfd7zXZ": "xz archive",
    b"\xd0\xcf\x11\xe0": "old office document",
    b"{\\rtf": "RTF document",
}
_BYTE_ORDER_MARKS = (  # the four-byte ones first: the mark of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_BYTES = 200_000
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_MAX_CONTROL_SHARE = 0.01  # a stray one may be the trace of an old editor; more is no text

# Those that charset-normalizer chooses from; left to choose from all, it takes rare ones for short texts.
_ENCODINGS = (
    "cp1251", "koi8_r", "koi8_u", "cp866", "iso8859_5", "cp1250", "iso8859_2", "cp1253", "iso8859_7", "cp1254",
    "cp1255", "cp1256", "cp1257", "cp1252", "cp932", "euc_jp", "gb18030", "big5", "cp949", "cp874",
)  # fmt: skip
# What a page that declares the first is written in, as browsers have it.
_DECLARED_AS = {
    "iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "shift_jis": "cp932", "gb2312": "gb18030",
    "gbk": "gb18030", "euc_kr": "cp949", "tis-620": "cp874",
}  # fmt: skip
_DECLARATION = re.compile(rb"<(?:meta|\?xml)\b[^>]*?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)

_WESTERN = ("cp1252", "iso8859-15", "mac_roman")
_LETTERS = "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜàáâãäåæçèéêëìíîïñòóôõöøùúûüßŒœŸÿ"
_CAPITALS = _LETTERS[: _LETTERS.index("à")] + "ŒŸ"
_INSIDE_WORDS = "‘’·–—…\xad\xa0\u202f"
_MARKS = "¡¿«»‹›“”„‚°ºª€" + _INSIDE_WORDS
_RARE_MARKS = "¢£§©®±²³´¨¼½¾×†‡•™"
# Signs that a text is in another encoding than the one by which it was read: a character that the languages of
# Western Europe do not use, three accented letters in a row, a capital or a mark (‚ ³ ½) in the middle of a word,
# a rare mark next to another.
_ODD = re.compile(
    rf"[^\x00-\x7f{_LETTERS}{_MARKS}{_RARE_MARKS}]"
    rf"|[{_LETTERS}](?=[{_LETTERS}]{{2}})"
    rf"|(?<=[a-z])[{_CAPITALS}](?=[a-z])"
    rf"|(?<=[^\W\d_])(?![{_INSIDE_WORDS}])[{_MARKS}](?=[^\W\d_])"
    rf"|(?<=[{_LETTERS}{_RARE_MARKS}])[{_RARE_MARKS}]|[{_RARE_MARKS}](?=[^\W\d_]|[{_RARE_MARKS}])"
)
_MAX_ODD_SHARE = 0.15  # one foreign name among French accents, not the ž and š of a whole Czech text


def decode_text(data: bytes, *, declares: bool = False, stated: str | None = None) -> str:
    """Return the text of a file, its lines ended by line feeds, without a byte order mark.

    Args:
        data: What the file holds.
        declares: Whether the format lets a file declare its encoding, as HTML does.
        stated: Encoding that a server states, if any; it comes before what the file declares.

    Raises:
        ArticleError: The file is binary, undecodable or empty.
    """
    refuse_binary(data)
    declared = _known_encoding(stated) if stated else None
    text = _decode(data, declared or (_declared_encoding(data) if declares else None))
    if len(_CONTROLS.findall(text)) > _MAX_CONTROL_SHARE * len(text):
        raise ArticleError("looks like a binary file: it is full of control characters; save it as plain text")
    refuse_blank(text)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def refuse_binary(data: bytes) -> None:
    """Raise ArticleError where bytes begin like a binary format."""
    for start, name in _BINARY_STARTS.items():
        if data.startswith(start):
            raise ArticleError(f"looks like a binary file ({name}); give it the name that fits, or save it as text")


def refuse_blank(text: str) -> None:
    """Raise ArticleError where a text has nothing that can be seen."""
    if not any(character.isprintable() and not character.isspace() for character in text):
        raise ArticleError("is empty")


def _decode(data: bytes, declared: str | None) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _decode_strictly(data, encoding)
    if b"\0" in data:
        raise ArticleError("looks like a binary file: it contains NUL bytes; save it as UTF-8 text")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse_damaged_utf8(data, error.start)
    for encoding in _guess_encodings(data, declared):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:  # declared wrongly, or guessed from a part of it
            continue
    raise ArticleError("is in an unknown encoding; save it as UTF-8")


def _decode_strictly(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ArticleError(f"begins as {encoding} but is damaged at byte {error.start}; save it as UTF-8") from error
    if "\0" in text:
        raise ArticleError("looks like a binary file: it contains NUL characters; save it as UTF-8 text")
    return text


def _refuse_damaged_utf8(data: bytes, position: int) -> None:
    """Raise ArticleError where most of the characters beyond ASCII are good UTF-8.

    Read by another encoding such a text would come out as "Ã©", and be quoted so.
    """
    text = data[: position + _SAMPLE_BYTES].decode("utf-8", errors="replace")
    bad = text.count("\ufffd")
    if len(re.findall(r"[^\x00-\x7f]", text)) - bad > bad:
        raise ArticleError(f"is UTF-8 that is damaged at byte {position}; mend that place and save it as UTF-8")


def _declared_encoding(data: bytes) -> str | None:
    match = _DECLARATION.search(data[:4096])
    return None if match is None else _known_encoding(match[1].decode("ascii"))


def _known_encoding(declared: str) -> str | None:
    try:
        name = codecs.lookup(declared).name
    except (LookupError, ValueError):  # a made-up name: the guesses decide
        return None
    encoding = _DECLARED_AS.get(name, name)
    # Python knows encodings that are none of a page's, such as "unicode_escape", which runs escapes.
    known = {codecs.lookup(each).name for each in (*_ENCODINGS, *_WESTERN)}
    return encoding if codecs.lookup(encoding).name in known else None


def _guess_encodings(data: bytes, declared: str | None) -> Iterator[str]:
    if declared:
        yield declared
    # From just before the first character beyond ASCII to the end of a line, so that no character is cut in two.
    start = max(0, next(re.finditer(rb"[\x80-\xff]", data)).start() - 100)
    sample = data[start : start + _SAMPLE_BYTES]
    if len(sample) == _SAMPLE_BYTES:
        sample = sample[: sample.rfind(b"\n") + 1] or sample
    if western := _guess_western(sample):
        yield western
    elif best := _guess(sample):
        yield best


def _guess_western(data: bytes) -> str | None:
    """Return the encoding by which bytes read as a text in a language of Western Europe, if there is one.

    Asked about a short French text, charset-normalizer often prefers cp1250 or mac_greek.
    """
    fitting: list[tuple[int, str]] = []
    for encoding in _WESTERN:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        odd, beyond_ascii = len(_ODD.findall(text)), len(re.findall(r"[^\x00-\x7f]", text))
        if odd <= _MAX_ODD_SHARE * beyond_ascii:
            fitting.append((odd, encoding))
    return min(fitting, key=lambda fit: fit[0], default=(0, None))[1]


def _guess(data: bytes) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(data, cp_isolation=list(_ENCODINGS)).best()
    return None if best is None else best.encoding
