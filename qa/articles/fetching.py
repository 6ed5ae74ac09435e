"""URL -> what a server answers, within limits of size, time and redirects, and only from public addresses."""

from __future__ import annotations

import re
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from qa.articles.addresses import HostUnknownError, resolve
from qa.articles.edges import describe
from qa.errors import ArticleError

if TYPE_CHECKING:
    import httpcore

SECONDS_MAX = 30.0  # for one address, redirects included
_CONNECT_SECONDS_MAX = 10.0
_REDIRECTS_MAX = 5
_URL_CHARS_MAX = 4000
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f\\]")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)


class UnreachableError(ArticleError):
    """A server cannot be reached, breaks off, or has a fault of its own."""


class StatusError(ArticleError):
    """A server answers that it does not give the page."""


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answered.

    Args:
        url: Address that it came from, after redirects.
        data: The body, unpacked.
        media_type: Its type in lower case, such as `"text/html"`; empty where the server states none.
        charset: Its encoding as the server states it, or None.
    """

    url: str
    data: bytes
    media_type: str
    charset: str | None


def is_url(source: object) -> bool:
    """Tell whether a source is a URL, of whatever scheme, and no path."""
    return isinstance(source, str) and _SCHEME.match(source) is not None


def check_url(url: str) -> str:
    """Return a URL in the form in which it is sent: host in ASCII, path escaped, no fragment.

    Raises:
        ArticleError: It is none that may be fetched.
    """
    shown = "".join(character if character.isprintable() else "\ufffd" for character in url[:200])
    if len(url) > _URL_CHARS_MAX or _UNSAFE.search(url):
        raise ArticleError(f"{shown} is no URL; give one such as https://example.org/page")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ArticleError(f"{shown} is no URL: {error}") from error
    if parts.scheme.lower() not in ("http", "https"):
        raise ArticleError(f"{shown} has a scheme that is not fetched; only http and https are")
    if "@" in parts.netloc:
        raise ArticleError(f"{shown} holds a user name; give the URL without it")
    if not host or "%" in host or port == 0:
        raise ArticleError(f"{shown} names no host that can be reached; give one such as https://example.org/page")
    try:
        host = host if ":" in host else host.encode("idna").decode("ascii").rstrip(".")
    except UnicodeError as error:
        raise ArticleError(f"{shown} names a host that is none: {error}") from error
    netloc = (f"[{host}]" if ":" in host else host) + ("" if port is None else f":{port}")
    path, query = (quote(part, safe="/%:@!$&'()*+,;=~?[]") for part in (parts.path or "/", parts.query))
    if not path.startswith("//"):
        path = urlsplit(urljoin("http://host/", path)).path or "/"  # without "..", by which robots.txt would be evaded
    return urlunsplit((parts.scheme.lower(), netloc, path, query, ""))


def follow(url: str, location: str) -> str:
    """Return where a redirect leads.

    Raises:
        ArticleError: It leads to what may not be fetched.
    """
    try:
        return check_url(urljoin(url, location.strip()))
    except (ArticleError, ValueError) as error:
        raise ArticleError(f"leads elsewhere: {error}") from error


class Fetcher:
    """Fetches one page after the other; keeps no cookies and uses no proxy.

    Args:
        allow_private: Whether addresses that are not on the public Internet may be fetched from.
        max_bytes: The most bytes of an answer, packed or unpacked.
        seconds_max: How long one page may take.
    """

    def __init__(self, *, allow_private: bool, max_bytes: int, seconds_max: float = SECONDS_MAX) -> None:
        self.allow_private = allow_private
        self.max_bytes = max_bytes
        self.seconds_max = seconds_max

    def fetch(self, url: str, *, allowed: Callable[[str], None] | None = None) -> Response:
        """Return what is at a URL.

        Args:
            url: The URL.
            allowed: Called with each URL before it is fetched, redirects too; raises where it may not be.

        Raises:
            StatusError: The server does not give the page.
            UnreachableError: The server cannot be reached, breaks off, or has a fault.
            ArticleError: The URL or a redirect may not be fetched, or a limit is exceeded.
        """
        deadline = time.monotonic() + self.seconds_max
        url = check_url(url)
        for _ in range(_REDIRECTS_MAX + 1):
            if allowed is not None:
                allowed(url)
            found = self._request(url, deadline)
            if isinstance(found, Response):
                return found
            url = found
        raise ArticleError(f"is redirected more than {_REDIRECTS_MAX} times")

    def _request(self, url: str, deadline: float) -> Response | str:
        import httpcore

        with (
            _naming_faults(self.seconds_max),
            httpcore.ConnectionPool(
                network_backend=_backend(self.allow_private, deadline), ssl_context=_ssl_context(), retries=0
            ) as pool,
            pool.stream("GET", url, headers=_headers(url)) as response,
        ):
            headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            if response.status in _REDIRECTS and "location" in headers:
                return follow(url, headers["location"])
            _check_status(response.status)
            content_type = headers.get("content-type", "")
            charset = _CHARSET.search(content_type)
            return Response(
                url=url,
                data=self._read_body(response.iter_stream(), headers),
                media_type=content_type.partition(";")[0].strip().lower(),
                charset=charset[1] if charset else None,
            )

    def _read_body(self, chunks: Iterable[bytes], headers: dict[str, str]) -> bytes:
        too_large = f"is larger than the limit of {self.max_bytes:,} bytes"
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > self.max_bytes:
            raise ArticleError(too_large)
        unpack = _unpacker(headers.get("content-encoding", "").strip().lower())
        body = bytearray()
        received = 0
        for chunk in chunks:
            received += len(chunk)
            # No more is unpacked than may be kept, however densely it is packed.
            body += chunk if unpack is None else unpack.decompress(chunk, self.max_bytes + 1 - len(body))
            if max(len(body), received) > self.max_bytes:
                raise ArticleError(too_large)
        if unpack is not None and not unpack.eof and body:
            raise UnreachableError("cannot be fetched: what the server sent ends too early")
        return bytes(body)


def _unpacker(encoding: str) -> Any:
    match encoding:
        case "" | "identity":
            return None
        case "gzip" | "x-gzip":
            return zlib.decompressobj(wbits=31)
        case "deflate":
            return zlib.decompressobj()
    raise ArticleError(f"is sent packed as {encoding[:40]!r}, which was not asked for")


def _check_status(status: int) -> None:
    if status == HTTPStatus.OK:
        return
    name = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "unknown"
    error = UnreachableError if status >= HTTPStatus.INTERNAL_SERVER_ERROR else StatusError
    raise error(f"cannot be fetched: the server answers {status} ({name})")


def _headers(url: str) -> list[tuple[bytes, bytes]]:
    return [
        (b"Host", urlsplit(url).netloc.encode("ascii")),
        (b"User-Agent", user_agent().encode("ascii")),
        (b"Accept", b"text/html,application/xhtml+xml,application/rss+xml,application/atom+xml,*/*;q=0.8"),
        (b"Accept-Encoding", b"gzip"),
        (b"Connection", b"close"),
    ]


@cache
def user_agent() -> str:
    """Return by what name pages are asked for."""
    from importlib.metadata import version

    return f"article-qa/{version('article-qa')} (reads pages that its user names)"


@cache
def _ssl_context() -> Any:
    import httpcore

    return httpcore.default_ssl_context()


@contextmanager
def _naming_faults(seconds: float) -> Iterator[None]:
    import httpcore

    try:
        yield
    except HostUnknownError as error:
        raise UnreachableError(str(error)) from error
    except httpcore.TimeoutException as error:
        raise UnreachableError(f"cannot be fetched: the server took more than {seconds:.0f} seconds") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, zlib.error, OSError) as error:
        raise UnreachableError(f"cannot be fetched: {describe(error)}") from error


def _backend(allow_private: bool, deadline: float) -> httpcore.NetworkBackend:
    """Return what connects: to a checked address alone, and only until the deadline."""
    import httpcore

    system = httpcore.SyncBackend()

    def left(timeout: float | None) -> float:
        seconds = deadline - time.monotonic()
        if seconds <= 0:
            raise httpcore.ReadTimeout("the time for this page is over")
        return seconds if timeout is None else min(timeout, seconds)

    class Stream(httpcore.NetworkStream):
        def __init__(self, stream: httpcore.NetworkStream) -> None:
            self._stream = stream

        def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
            return self._stream.read(max_bytes, left(timeout))

        def write(self, buffer: bytes, timeout: float | None = None) -> None:
            self._stream.write(buffer, left(timeout))

        def close(self) -> None:
            self._stream.close()

        def start_tls(
            self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
        ) -> httpcore.NetworkStream:
            return Stream(self._stream.start_tls(ssl_context, server_hostname, left(timeout)))

        def get_extra_info(self, info: str) -> Any:
            return self._stream.get_extra_info(info)

    class Backend(httpcore.NetworkBackend):
        def connect_tcp(
            self,
            host: str,
            port: int,
            timeout: float | None = None,
            local_address: str | None = None,
            socket_options: Any = None,
        ) -> httpcore.NetworkStream:
            seconds = left(timeout or _CONNECT_SECONDS_MAX)
            addresses = resolve(host, port, allow_private=allow_private, seconds_max=seconds)
            for number, address in enumerate(addresses, start=1):
                try:
                    # The address that was checked, not the name: that might lead elsewhere by now.
                    return Stream(system.connect_tcp(address, port, left(seconds), local_address, socket_options or ()))
                except (httpcore.ConnectError, httpcore.ConnectTimeout):
                    if number == len(addresses):
                        raise
            raise httpcore.ConnectError(f"{host} has no address")

    return Backend()
