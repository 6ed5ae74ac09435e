"""robots.txt: whether a site lets a page be fetched (RFC 9309)."""

from __future__ import annotations

import time
from urllib.parse import urlsplit, urlunsplit

from qa.articles.fetching import Fetcher, StatusError, UnreachableError
from qa.errors import ArticleError

AGENT = "article-qa"
_BYTES_MAX = 512_000  # RFC 9309 asks for at least 500 kibibytes
_DELAY_SECONDS_MAX = 10.0


class Robots:
    """What sites allow, each asked once.

    A robots.txt that the server says is not there allows everything; one that cannot be fetched, because the server
    cannot be reached or has a fault, allows nothing.

    Args:
        fetcher: What fetches; the same limits hold.
    """

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = Fetcher(
            allow_private=fetcher.allow_private, max_bytes=_BYTES_MAX, seconds_max=fetcher.seconds_max
        )
        self._sites: dict[str, object] = {}
        self._last: dict[str, float] = {}

    def check(self, url: str) -> None:
        """Wait for as long as the site asks between two pages; raise ArticleError where it does not allow this one."""
        parts = urlsplit(url)
        site = urlunsplit((parts.scheme, parts.netloc, "", "", ""))
        if site not in self._sites:
            self._sites[site] = self._load(site)
        rules = self._sites[site]
        if isinstance(rules, str):
            raise ArticleError(rules)
        if rules is not None:
            from protego import Protego

            assert isinstance(rules, Protego)  # noqa: S101
            if not rules.can_fetch(url, AGENT):
                raise ArticleError(f"may not be fetched: {site}/robots.txt forbids it to {AGENT}")
            self._wait(site, min(float(rules.crawl_delay(AGENT) or 0.0), _DELAY_SECONDS_MAX))

    def _load(self, site: str) -> object:
        """Return the rules of a site; None where it has none, or the reason why it may not be fetched from."""
        from protego import Protego

        try:
            text = self._fetcher.fetch(f"{site}/robots.txt").data.decode("utf-8", errors="replace")
        except StatusError:
            return None
        except UnreachableError as error:
            return f"may not be fetched: {site}/robots.txt, which says what may be, {error}"
        return Protego.parse(text)

    def _wait(self, site: str, delay: float) -> None:
        if delay and site in self._last:
            time.sleep(max(0.0, self._last[site] + delay - time.monotonic()))
        self._last[site] = time.monotonic()
