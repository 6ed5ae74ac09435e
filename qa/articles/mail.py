"""Mail messages (.eml) -> the draft of what they say, and the attachments that they carry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import PurePosixPath

from qa.articles.blocks import read_markup
from qa.articles.decoding import decode_text
from qa.articles.draft import Draft, Part
from qa.articles.edges import refusing
from qa.articles.files import SUFFIXES
from qa.errors import ArticleError

_WHAT = "a mail message (.eml)"
_HEADERS = (b"from:", b"subject:", b"date:", b"to:", b"received:", b"return-path:", b"message-id:", b"mime-version:")

# The library reads these headers, and takes quadratic time for them.
_READ_HEADER = re.compile(
    rb"^(?:content-[a-z-]+|subject|from|date)[ \t]*:.*(?:\n[ \t].*)*", re.IGNORECASE | re.MULTILINE
)
_HEADER_BYTES_MAX = 8_000


def read_mail(data: bytes) -> Iterator[Part]:
    """Yield the message under an empty name, and each attached article under its own, as refused.

    The plain text of a message is taken, else its HTML; what it quotes of others stays.

    Args:
        data: The file.

    Raises:
        ArticleError: It is no mail message, has no text, or is damaged.
    """
    from email import policy
    from email.parser import BytesParser

    if not any(line.lower().startswith(_HEADERS) for line in data[:20_000].splitlines()):
        raise ArticleError("is not a mail message (.eml): it has no headers; give it the name that fits")
    lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if any(len(header[0]) > _HEADER_BYTES_MAX for header in _READ_HEADER.finditer(lines)):
        raise ArticleError(f"has a header of more than {_HEADER_BYTES_MAX:,} bytes; save its text as .txt")
    with refusing(_WHAT):
        message = BytesParser(policy=policy.default).parsebytes(data)
        assert isinstance(message, EmailMessage)  # noqa: S101  (the policy says so; the types do not)
        found = _read_message(message)
        attached = [name for name in _attached(message) if PurePosixPath(name).suffix.lower() in SUFFIXES]
    yield Part("", found)
    for name in attached:
        yield Part(name, ArticleError("is attached to a mail and not read; save it as a file of its own"))


def _read_message(message: EmailMessage) -> Draft:
    body = message.get_body(("plain", "html"))
    if body is None:
        raise ArticleError("is a mail message without text; save its attachments as files of their own")
    data = body.get_payload(decode=True)
    text = decode_text(data if isinstance(data, bytes) else b"", stated=body.get_content_charset())
    if body.get_content_type() == "text/html":
        text = read_markup(text)
    elif body.get_param("format", "") == "flowed":
        text = _unflow(text, deletes_space=str(body.get_param("delsp", "")).lower() == "yes")
    sender = message["from"]
    addresses = getattr(sender, "addresses", ())
    return Draft(
        text=text.strip(),
        title=_header(message, "subject"),
        language=_header(message, "content-language"),
        published=_header(message, "date"),
        author=", ".join(address.display_name or address.addr_spec for address in addresses)
        or _header(message, "from"),
    )


def _header(message: EmailMessage, name: str) -> str | None:
    value = message[name]
    return None if value is None else " ".join(str(value).split())


def _attached(message: EmailMessage) -> Iterator[str]:
    for part in message.iter_attachments():
        name = part.get_filename()
        if name:
            yield "".join(character if character.isprintable() else "\ufffd" for character in name)


def _unflow(text: str, *, deletes_space: bool) -> str:
    """Return the paragraphs of RFC 3676: a line that ends in a space goes on in the next."""
    lines: list[str] = []
    goes_on = False
    for line in text.split("\n"):
        words = line.removeprefix(" ") if not line.startswith(">") else line
        if goes_on and not line.startswith(">"):
            lines[-1] += words
        else:
            lines.append(words)
        goes_on = line.endswith(" ") and line != "-- "  # the mark of a signature
        if goes_on and deletes_space:
            lines[-1] = lines[-1][:-1]
    return "\n".join(line.rstrip() for line in lines)
