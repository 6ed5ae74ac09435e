"""Pages, documents and feeds from URLs: what is fetched, what never is, and within which limits.

The Internet is played at the level of sockets: names have the addresses that a test gives them, and a public address
leads to a server on this machine. Everything above that is real.
"""

from __future__ import annotations

import gzip
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
from make_documents import PARAGRAPHS, TITLE, html_body, make_docx, make_pdf, make_rss, wrap

import qa
from qa.articles import Refused, fetching, read_articles, web
from qa.articles.addresses import is_public
from qa.articles.fetching import Fetcher, check_url
from qa.build import index_is_current
from qa.errors import ArticleError
from qa.schema import Article

PUBLIC, OTHER = "93.184.216.34", "151.101.1.69"
HOST = "courrier.example.org"
PAGE = (
    f"<!DOCTYPE html><html lang='fr'><head><title>{TITLE}</title><link rel='canonical' href='https://x.example.org/'>"
    f"</head><body><nav><a href='/'>Accueil</a></nav><article><h1>{TITLE}</h1>{html_body()}</article></body></html>"
)

Reply = tuple[int, dict[str, str], bytes]


class Internet:
    """Names, addresses and one server, which answers by path and remembers what it was asked."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.names: dict[str, list[str]] = {HOST: [PUBLIC]}
        self.replies: dict[str, Reply | Callable[[BaseHTTPRequestHandler], None]] = {}
        self.asked: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.connected: list[tuple[str, int]] = []
        self.looked_up: list[str] = []
        self.tls: ssl.SSLContext | None = None
        internet = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                internet.asked.append((self.headers["Host"], self.path))
                internet.headers.append(dict(self.headers))
                reply = internet.replies.get(self.path, (404, {}, b"absent"))
                if callable(reply):
                    reply(self)
                    return
                status, headers, body = reply
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *arguments: None  # clients break off on purpose
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        connect_tcp = socket.socket.connect

        def getaddrinfo(host: str, port: int, *arguments: Any, **options: Any) -> Any:
            self.looked_up.append(host)
            if host not in self.names:
                host = numeric(host)
            return [
                (socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
                for address in self.names.get(host, [host])
            ]

        def numeric(host: str) -> str:
            try:
                return str(ipaddress.ip_address(host)) if ":" in host else socket.inet_ntoa(socket.inet_aton(host))
            except (OSError, ValueError) as error:
                raise socket.gaierror(-2, "Name or service not known") from error

        def create_connection(address: tuple[str, int], *arguments: Any, **options: Any) -> Any:
            self.connected.append(address)
            if address[0] in (PUBLIC, OTHER) or (address[0] == "127.0.0.1" and address[1] == self.port):
                opened = socket.socket()
                opened.settimeout(10)
                connect_tcp(opened, ("127.0.0.1", self.port))
                return opened
            raise ConnectionRefusedError(111, "Connection refused")

        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        patch.setattr(socket, "create_connection", create_connection)

    @property
    def port(self) -> int:
        return self.server.server_address[1]

    def page(self, path: str, body: bytes | str = PAGE, kind: str = "text/html; charset=utf-8", **headers: str) -> None:
        data = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.replies[path] = 200, {"Content-Type": kind, "Content-Length": str(len(data)), **named}, data

    def redirect(self, path: str, to: str, status: int = 302) -> None:
        self.replies[path] = status, {"Location": to, "Content-Length": "0"}, b""

    def speak_tls(self, *names: str) -> trustme.CA:
        authority = trustme.CA()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names).configure_cert(context)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        return authority


@pytest.fixture
def internet(monkeypatch: pytest.MonkeyPatch) -> Iterator[Internet]:
    found = Internet(monkeypatch)
    yield found
    found.server.shutdown()
    found.server.server_close()


def read(url: str, **options: Any) -> list[Article | Refused]:
    return list(read_articles(url, **options))


def article(url: str, **options: Any) -> Article:
    (found,) = read(url, **options)
    assert isinstance(found, Article), found
    return found


def reason(url: str, **options: Any) -> str:
    (found,) = read(url, **options)
    assert isinstance(found, Refused), found
    assert found.source == url
    return found.reason


class TestPage:
    def test_the_article_of_a_page_names_where_it_came_from(self, internet: Internet) -> None:
        internet.page("/2024/kermadec.html")
        found = article(f"http://{HOST}/2024/kermadec.html#top")
        assert (found.title, found.language) == (TITLE, "fr")
        assert PARAGRAPHS[2] in found.text
        assert "Accueil" not in found.text
        assert found.source == f"http://{HOST}/2024/kermadec.html"
        assert found.file == f"http://{HOST}/2024/kermadec.html#top"
        assert found.id == "courrier-example-org--2024--kermadec"

    def test_who_asks_says_so_and_sends_nothing_else(self, internet: Internet, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        internet.page("/a", Set_Cookie="a=b")
        article(f"http://{HOST}/a")
        read(f"http://{HOST}/a")
        for headers in internet.headers:
            assert headers["User-Agent"].startswith("article-qa/")
            assert set(headers) == {"Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"}

    def test_redirects_are_followed_to_the_source(self, internet: Internet) -> None:
        internet.names["www.example.org"] = [OTHER]
        internet.redirect("/old", "http://www.example.org/b/../new?id=3", 301)
        internet.redirect("/new?id=3", "/final", 307)
        internet.page("/final")
        assert article(f"http://{HOST}/old").source == "http://www.example.org/final"

    def test_a_loop_of_redirects_ends(self, internet: Internet) -> None:
        internet.redirect("/a", "/b")
        internet.redirect("/b", "/a")
        assert reason(f"http://{HOST}/a") == "is redirected more than 5 times"

    @pytest.mark.parametrize(
        ("kind", "encoding"),
        [("text/html; charset=iso-8859-1", "cp1252"), ('text/html; charset="UTF-8"', "utf-8"), ("text/html", "cp1252")],
    )
    def test_the_server_states_the_encoding(self, internet: Internet, kind: str, encoding: str) -> None:
        internet.page("/a", PAGE.encode(encoding), kind)
        assert article(f"http://{HOST}/a").title == TITLE

    def test_other_types(self, internet: Internet) -> None:
        word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        internet.page("/a", "Une phrase à lire.", "text/plain; charset=utf-8")
        internet.page("/b", make_pdf(lambda page: page.column(60, 80, wrap(PARAGRAPHS[0], 80))), "application/pdf")
        internet.page("/c", make_docx(), word)
        internet.page("/d", b"\x89PNG", "image/png")
        assert article(f"http://{HOST}/a").text == "Une phrase à lire."
        assert article(f"http://{HOST}/b").text == PARAGRAPHS[0]
        assert article(f"http://{HOST}/c").title == TITLE
        assert reason(f"http://{HOST}/d") == "is of a type that is not read (image/png)"

    @pytest.mark.parametrize("status", [204, 401, 403, 404, 410, 429, 500, 503])
    def test_what_the_server_does_not_give_is_refused_with_its_answer(self, internet: Internet, status: int) -> None:
        internet.replies["/a"] = status, {"Content-Length": "0"}, b""
        assert f"answers {status} (" in reason(f"http://{HOST}/a")

    def test_a_name_without_an_address_is_refused(self, internet: Internet) -> None:
        assert "the address of nowhere.example.org was not found" in reason("http://nowhere.example.org/")

    def test_what_cannot_be_fetched_does_not_stop_the_rest(self, internet: Internet) -> None:
        internet.page("/b")
        first, second = read_articles([f"http://{HOST}/a", f"http://{HOST}/b"])
        assert isinstance(first, Refused)
        assert isinstance(second, Article)


class TestFeed:
    def test_entries_with_content_are_taken_and_summaries_followed(self, internet: Internet) -> None:
        internet.page("/feed", make_rss().replace("https://", "http://"), "application/rss+xml")
        internet.page("/criee", PAGE.replace("2,7", "3,9"))
        first, second, third = read(f"http://{HOST}/feed")
        assert (first.title, first.source) == (TITLE, f"http://{HOST}/kermadec")
        assert "3,9 millions" in second.text
        assert (second.title, second.published, second.source) == (
            "La criée & le port", "2024-03-10", f"http://{HOST}/criee"
        )  # fmt: skip
        assert third.source == f"http://{HOST}/feed!http://{HOST}/vide"
        assert "404" in third.reason
        assert [path for _, path in internet.asked] == ["/robots.txt", "/feed", "/criee", "/vide"]

    def test_linked_pages_are_bounded(self, internet: Internet, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(web, "LINKED_PAGES_MAX", 3)
        items = "".join(f"<item><title>{n}</title><link>http://{HOST}/{n}</link></item>" for n in range(9))
        internet.page("/feed", f"<rss version='2.0'><channel>{items}</channel></rss>", "text/xml")
        found = read(f"http://{HOST}/feed")
        assert len(found) == 9
        assert sum("3 linked pages were fetched already" in each.reason for each in found) == 6
        assert len(internet.asked) == 5


class TestAddresses:
    @pytest.mark.parametrize(
        "address",
        ["127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
         "0.1.2.3", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "198.51.100.7",
         "192.0.0.8", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "fec0::1",
         "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::127.0.0.1",
         "64:ff9b::a00:1", "64:ff9b:1::808:808", "2002:7f00:1::", "2002:0808:0808::", "2001:0:1::", "2001:db8::1",
         "100::1"],
    )  # fmt: skip
    def test_these_are_not_public(self, address: str) -> None:
        assert not is_public(address)

    @pytest.mark.parametrize(
        "address", [PUBLIC, OTHER, "8.8.8.8", "2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "172.32.0.1"]
    )
    def test_these_are(self, address: str) -> None:
        assert is_public(address)

    @pytest.mark.parametrize(
        "host",
        ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "0",
         "127.0.0.1.", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "１２７.０.０.１", "①②⑦.0.0.1", "10.0.0.1",
         "[64:ff9b::7f00:1]", "169.254.169.254", "[fd00:ec2::254]", "[::]"],
    )  # fmt: skip
    def test_no_notation_of_a_private_address_is_fetched(self, internet: Internet, host: str) -> None:
        internet.page("/a")
        internet.names["localhost"] = ["127.0.0.1", "::1"]
        assert "not on the public Internet" in reason(f"http://{host}:{internet.port}/a")
        assert internet.connected == []

    def test_a_name_that_leads_to_a_private_address_is_not_fetched(self, internet: Internet) -> None:
        for addresses in (["10.0.0.7"], ["::1"], [PUBLIC, "127.0.0.1"], ["fe80::1%lo"]):
            internet.names["intern.example.org"] = addresses
            assert "not on the public Internet" in reason("http://intern.example.org/")
        assert internet.connected == []

    @pytest.mark.parametrize(
        "to",
        [
            "http://127.0.0.1/",
            "http://intern.example.org/",
            "//169.254.169.254/latest",
            "http://0x7f.1/",
            "http://[::1]/",
        ],
    )
    def test_a_redirect_to_a_private_address_is_not_followed(self, internet: Internet, to: str) -> None:
        internet.names["intern.example.org"] = ["192.168.0.2"]
        internet.redirect("/a", to)
        assert "not on the public Internet" in reason(f"http://{HOST}/a")
        assert {address for address, _ in internet.connected} == {PUBLIC}

    @pytest.mark.parametrize(
        "to", ["file:///etc/passwd", "ftp://x.example.org/", "gopher://x", "http://a:b@x/", "data:,x"]
    )
    def test_a_redirect_to_another_scheme_is_not_followed(self, internet: Internet, to: str) -> None:
        internet.redirect("/a", to)
        assert "leads elsewhere" in reason(f"http://{HOST}/a")

    def test_a_linked_page_and_robots_at_a_private_address_are_not_fetched(self, internet: Internet) -> None:
        items = "<item><title>a</title><link>http://127.0.0.1/b</link></item>"
        internet.page("/feed", f"<rss version='2.0'><channel>{items}</channel></rss>", "text/xml")
        (found,) = read(f"http://{HOST}/feed")
        assert "not on the public Internet" in found.reason
        internet.redirect("/robots.txt", "http://127.0.0.1/robots.txt")
        assert "not on the public Internet" in reason(f"http://{HOST}/feed")
        assert {address for address, _ in internet.connected} == {PUBLIC}

    def test_a_name_is_resolved_once_and_what_was_checked_is_connected_to(self, internet: Internet) -> None:
        internet.page("/a")
        real = socket.getaddrinfo
        answers = iter([PUBLIC, "127.0.0.1", "127.0.0.1"])  # for robots.txt, and then it changes its mind

        def rebind(host: str, *arguments: Any, **options: Any) -> Any:
            if host == HOST:
                internet.names[HOST] = [next(answers)]
            return real(host, *arguments, **options)

        socket.getaddrinfo = rebind
        assert "not on the public Internet" in reason(f"http://{HOST}/a")
        assert internet.connected == [(PUBLIC, 80)]

    def test_the_settings_may_allow_private_addresses(self, internet: Internet, tmp_path: Path) -> None:
        internet.page("/a")
        url = f"http://127.0.0.1:{internet.port}/a"
        assert article(url, fetch_private_addresses=True).title == TITLE
        with pytest.raises(ArticleError, match="not on the public Internet"):
            qa.build_index(url, index=tmp_path / "index")
        settings = qa.Settings(fetch_private_addresses=True)
        report = qa.build_index(url, index=tmp_path / "index", settings=settings)
        assert (report.articles, report.refused) == (1, ())
        assert not index_is_current(url, index=tmp_path / "index", settings=settings)

    @pytest.mark.parametrize(
        "url",
        ["ftp://example.org/", "file:///etc/passwd", "http://", "http:///a", "http://user@example.org/",
         "http://user:pass@example.org", "http://exa mple.org/", "http://example.org/a b", "http://example.org\\@x/",
         "http://[fe80::1%25eth0]/", "http://%31%32%37.0.0.1/", "http://example.org:99999/", "http://example.org:0/",
         "http://[::1/", "http://a\u0000b/", "http://example.org/\n", "http://" + "a" * 70 + ".org/", "http://./",
         "javascript://x", "http://x/" + "a" * 5000],
    )  # fmt: skip
    def test_what_is_no_url_to_fetch_is_an_error_at_once(self, url: str) -> None:
        with pytest.raises(ArticleError):
            read_articles(url)

    def test_names_and_paths_in_any_script_are_sent_in_ascii(self) -> None:
        assert check_url("HTTPS://Été.Example.org:8443/à la/é%20?q=ü".replace(" ", "")) == (
            "https://xn--t-9fab.example.org:8443/%C3%A0la/%C3%A9%20?q=%C3%BC"
        )


class TestLimits:
    def test_a_page_larger_than_the_limit_is_refused(self, internet: Internet) -> None:
        internet.page("/a", b"x" * 5000)
        internet.replies["/b"] = 200, {}, b"x" * 5000  # without saying how much there is
        for path in ("/a", "/b"):
            with pytest.raises(ArticleError, match="larger than the limit of 1,000 bytes"):
                Fetcher(allow_private=False, max_bytes=1000).fetch(f"http://{HOST}{path}")

    def test_what_unpacks_to_more_than_the_limit_is_refused(self, internet: Internet) -> None:
        internet.page("/a", gzip.compress(bytes(200_000_000), 1), Content_Encoding="gzip")
        assert reason(f"http://{HOST}/a") == "is larger than the limit of 20,000,000 bytes"

    def test_a_packed_page_is_read(self, internet: Internet) -> None:
        internet.page("/a", gzip.compress(PAGE.encode()), Content_Encoding="gzip")
        internet.page("/b", gzip.compress(PAGE.encode())[:-20], Content_Encoding="gzip")
        internet.page("/c", b"abc", Content_Encoding="br")
        internet.page("/d", b"abc", Content_Encoding="gzip")
        assert article(f"http://{HOST}/a").title == TITLE
        assert "ends too early" in reason(f"http://{HOST}/b")
        assert "was not asked for" in reason(f"http://{HOST}/c")
        assert "cannot be fetched" in reason(f"http://{HOST}/d")

    @pytest.mark.parametrize("drips", ["headers", "body"])
    def test_a_server_that_drips_is_given_up(self, internet: Internet, drips: str) -> None:
        def drip(handler: BaseHTTPRequestHandler) -> None:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + (b"\r\n" if drips == "body" else b""))
            for _ in range(200):
                handler.wfile.write(b"X-A: b\r\n")
                time.sleep(0.05)

        internet.replies["/a"] = drip
        started = time.monotonic()
        with pytest.raises(ArticleError, match="took more than"):
            Fetcher(allow_private=False, max_bytes=10**6, seconds_max=0.5).fetch(f"http://{HOST}/a")
        assert time.monotonic() - started < 8

    def test_a_server_that_breaks_off_is_refused(self, internet: Internet) -> None:
        internet.replies["/a"] = 200, {"Content-Type": "text/html", "Content-Length": "99999"}, b"<p>Un."
        assert "cannot be fetched" in reason(f"http://{HOST}/a")

    def test_endless_headers_are_refused(self, internet: Internet) -> None:
        def endless(handler: BaseHTTPRequestHandler) -> None:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"X-A: " + b"b" * 5_000_000)

        internet.replies["/a"] = endless
        assert "cannot be fetched" in reason(f"http://{HOST}/a")


class TestRobots:
    @pytest.mark.parametrize("rules", ["User-agent: *\nDisallow: /prive", "User-agent: article-qa\nDisallow: /*/a$"])
    def test_what_is_forbidden_is_not_fetched(self, internet: Internet, rules: str) -> None:
        internet.page("/robots.txt", rules, "text/plain")
        internet.page("/prive/a")
        internet.page("/b")
        assert "robots.txt forbids it" in reason(f"http://{HOST}/prive/a")
        assert [path for _, path in internet.asked] == ["/robots.txt"]
        assert article(f"http://{HOST}/b").title == TITLE

    def test_a_redirect_to_what_is_forbidden_is_not_followed(self, internet: Internet) -> None:
        internet.names["www.example.org"] = [OTHER]
        internet.page("/robots.txt", "User-agent: *\nDisallow: /prive", "text/plain")
        internet.redirect("/a", "http://www.example.org/prive")
        assert "http://www.example.org/robots.txt forbids it" in reason(f"http://{HOST}/a")

    @pytest.mark.parametrize("status", [500, 503])
    def test_rules_that_cannot_be_fetched_forbid_everything(self, internet: Internet, status: int) -> None:
        internet.replies["/robots.txt"] = status, {}, b""
        internet.page("/a")
        assert "robots.txt, which says what may be" in reason(f"http://{HOST}/a")
        assert [path for _, path in internet.asked] == ["/robots.txt"]

    @pytest.mark.parametrize("status", [401, 403, 404, 410])
    def test_rules_that_are_not_there_allow_everything(self, internet: Internet, status: int) -> None:
        internet.replies["/robots.txt"] = status, {"Content-Length": "0"}, b""
        internet.page("/a")
        assert article(f"http://{HOST}/a").title == TITLE


class TestTls:
    def test_a_certificate_is_checked_against_the_name(
        self, internet: Internet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        authority = internet.speak_tls(HOST)
        internet.names["other.example.org"] = [PUBLIC]
        internet.page("/a")
        assert "certificate verify failed" in reason(f"https://{HOST}/a")
        authority.cert_pem.write_to_path(tmp_path / "authority.pem")
        trusting = ssl.create_default_context(cafile=str(tmp_path / "authority.pem"))
        monkeypatch.setattr(fetching, "_ssl_context", lambda: trusting)
        assert article(f"https://{HOST}/a").source == f"https://{HOST}/a"
        assert "certificate verify failed" in reason("https://other.example.org/a")
        assert "certificate verify failed" in reason(f"https://{PUBLIC}/a")
