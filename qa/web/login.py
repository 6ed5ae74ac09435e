"""The login: whoever is no user gets nothing but the login page and `/health`.

A browser logs in on a page and gets a cookie; a program sends name and password with each request (HTTP Basic), or
posts them to `/login` for a cookie as `gradio_client` does. It stands in front of everything: page, Gradio's API,
uploads, files and MCP.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import secrets
import threading
import time
from binascii import Error as Base64Error
from collections import OrderedDict
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from qa.errors import SettingsError
from qa.users import Users
from qa.web.login_page import render_logged_in, render_login
from qa.web.throttle import Throttle
from qa.web.words import preferred_language

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

SESSION_S = 7 * 24 * 3600
_REMEMBERED_MAX = 10_000
_FORM_BYTES_MAX = 16_384

_LOG = logging.getLogger(__name__)


class Login:
    """ASGI middleware that lets users in and nobody else.

    Args:
        app: The application.
        users: The users.
    """

    def __init__(self, app: ASGIApp, users: Users) -> None:
        self._app = app
        self._users = users
        self._throttle = Throttle()
        self._remembered = _Remembered()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a user's request on; answer anybody else's."""
        if scope["type"] != "http" or scope["path"] == "/health":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            response = await self._respond(request)
        except SettingsError:
            _LOG.exception("nobody can log in")  # with the path of the users file, which is nobody else's business
            response = JSONResponse({"detail": "Nobody can log in now. The server's log says why."}, status_code=503)
        if response is None:
            await self._app(scope, receive, send)
        else:
            await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response | None:
        """Return what the login itself answers, or None where a user is asking for something else."""
        path, method = request.scope["path"], request.method
        user = self._user_of_cookie(request)
        if path == "/login" and method == "POST":
            return await self._log_in(request)
        if path == "/login":
            language = preferred_language(request.headers.get("accept-language"))
            return HTMLResponse(render_logged_in(language, user) if user else render_login(language))
        if path == "/logout" and method == "POST":
            self._remembered.forget(request.cookies.get(_cookie_name(request), ""))
            gone: Response = RedirectResponse("login", status_code=303)
            gone.delete_cookie(_cookie_name(request))
            return gone
        if user is not None:
            return None
        basic = _basic_credentials(request)
        return _turn_away(request) if basic is None else await self._check_basic(request, *basic)

    def _user_of_cookie(self, request: Request) -> str | None:
        token = request.cookies.get(_cookie_name(request))
        return self._remembered.recall(token, self._users) if token else None

    async def _log_in(self, request: Request) -> Response:
        form = await _read_form(request)
        if form is None:
            return JSONResponse({"detail": "The form is too long."}, status_code=413)
        name, password = form.get("username", ""), form.get("password", "")
        wait_s = self._throttle.admit(_address(request))
        if wait_s or not await self._is_right(request, name, password):
            return _refuse_login(request, name, wait_s)
        token = secrets.token_urlsafe(32)
        self._remembered.add(token, name, self._users, SESSION_S)
        if _wants_page(request):
            response: Response = RedirectResponse("./", status_code=303)
        else:
            response = JSONResponse({"success": True})  # as Gradio's own login says it
        response.set_cookie(
            _cookie_name(request),
            token,
            max_age=SESSION_S,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
        return response

    async def _check_basic(self, request: Request, name: str, password: str) -> Response | None:
        """Check name and password of one request; a hash is not made again for each."""
        token = f"{len(name)}:{name}:{password}"
        if self._remembered.recall(token, self._users) is not None:
            return None
        if wait_s := self._throttle.admit(_address(request)):
            return _refuse_login(request, name, wait_s)
        if not await self._is_right(request, name, password):
            return _refuse_login(request, name, 0)
        self._remembered.add(token, name, self._users, SESSION_S)
        return None

    async def _is_right(self, request: Request, name: str, password: str) -> bool:
        right = await run_in_threadpool(self._users.check, name, password)
        if right:
            self._throttle.forgive(_address(request))
        return right


class _Remembered:
    """Who has shown what: the cookies and passwords that were found right, as keyed hashes alone."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._entries: OrderedDict[bytes, tuple[str, str, float]] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, token: str, name: str, users: Users, lasts_s: float) -> None:
        stamp = users.stamp(name)
        if stamp is None:
            return
        with self._lock:
            self._entries[self._digest(token)] = (name, stamp, time.monotonic() + lasts_s)
            while len(self._entries) > _REMEMBERED_MAX:
                self._entries.popitem(last=False)

    def recall(self, token: str, users: Users) -> str | None:
        """Return the user who has shown a token, unless it is too old or the password has changed since."""
        with self._lock:
            entry = self._entries.get(self._digest(token))
        if entry is None:
            return None
        name, stamp, until = entry
        if time.monotonic() > until or users.stamp(name) != stamp:
            self.forget(token)
            return None
        return name

    def forget(self, token: str) -> None:
        with self._lock:
            self._entries.pop(self._digest(token), None)

    def _digest(self, token: str) -> bytes:
        return hashlib.blake2b(token.encode("utf-8", "surrogatepass"), key=self._key, digest_size=32).digest()


def _cookie_name(request: Request) -> str:
    """Return the name of the cookie: a browser keeps one jar for all ports of a machine."""
    server = request.scope.get("server") or ("", 0)
    return f"qa_session_{server[1]}"


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _turn_away(request: Request) -> Response:
    """Send a browser to the login page, and tell a program how to log in."""
    if request.method == "GET" and _wants_page(request):
        return RedirectResponse("../" * (request.scope["path"].count("/") - 1) + "login", status_code=303)
    return _unauthorized(request, "Log in: send a name and a password by HTTP Basic, or post them to /login.")


def _refuse_login(request: Request, name: str, wait_s: int) -> Response:
    if request.scope["path"] == "/login" and _wants_page(request):
        page = render_login(preferred_language(request.headers.get("accept-language")), name, wait_s)
        return HTMLResponse(page, status_code=429 if wait_s else 401)
    if wait_s:
        said = {"detail": f"Too many failed attempts to log in. Try again in {wait_s} s."}
        return JSONResponse(said, status_code=429, headers={"retry-after": str(wait_s)})
    return _unauthorized(request, "Wrong user name or password.")


def _unauthorized(request: Request, detail: str) -> Response:
    # A browser would open a window of its own over the page; only browsers send this header.
    scripted = "sec-fetch-mode" in request.headers
    headers = {} if scripted else {"www-authenticate": 'Basic realm="article-qa", charset="UTF-8"'}
    return JSONResponse({"detail": detail}, status_code=401, headers=headers)


def _basic_credentials(request: Request) -> tuple[str, str] | None:
    method, _, encoded = request.headers.get("authorization", "").partition(" ")
    if method.lower() != "basic":
        return None
    try:
        name, colon, password = base64.b64decode(encoded, validate=True).decode("utf-8").partition(":")
    except (Base64Error, UnicodeDecodeError):
        return None
    return (name, password) if colon else None


async def _read_form(request: Request) -> dict[str, str] | None:
    """Return the fields of a form, or None where it is longer than a name and a password."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _FORM_BYTES_MAX:
            return None
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[0] for name, values in fields.items()}
