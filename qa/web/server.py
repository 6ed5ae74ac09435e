"""Serving the chat, its API, MCP and `/health`: to whom, where, and with nothing from elsewhere."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
import socket
import sys
import webbrowser
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
import uvicorn
from fastapi import FastAPI
from fastapi.responses import JSONResponse

from qa.errors import QAError, SettingsError
from qa.service import Service
from qa.settings import Settings, load_settings
from qa.users import Users
from qa.web.chat import make_app, make_translations
from qa.web.guard import LOCAL_HOSTS, Guard
from qa.web.login import Login
from qa.web.readiness import Readiness

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

PORT_MAX = 65535

# Gradio looks for questions in its queue a thousand times a second and for progress a hundred times, which costs an
# idle server a twelfth of a core. So seldom, it costs a question 5 ms in the mean.
_QUEUE_LOOK_S, _PROGRESS_LOOK_S = 0.01, 0.1

_GRACE_S = 2  # an open page holds a connection for as long as it is open; Ctrl+C must not wait for it

# Gradio's page evaluates its templates in the browser, hence `unsafe-eval`. The rest keeps the browser from
# sending anything anywhere else, whatever an article holds.
CONTENT_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'self'"
)
_HEADERS = [
    (b"content-security-policy", CONTENT_POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
]


def serve(
    index: str | os.PathLike[str] = "indexes/default",
    *,
    host: str | None = None,
    port: int = 7860,
    mcp: bool | None = None,
    allow_anonymous: bool | None = None,
    settings: Settings | None = None,
    open_browser: bool = False,
) -> None:
    """Serve the web chat until it is interrupted.

    Args:
        index: Folder of the index. It is opened beside the page being shown, and again after each rebuild.
        host: Address to listen on; by default `Settings.host`, which is this machine alone.
        port: Port to listen on; 0 takes any that is free.
        mcp: Whether to be an MCP server too, at `/mcp`; by default `Settings.mcp`.
        allow_anonymous: Whether whoever reaches the address may use it; by default `Settings.allow_anonymous`.
        settings: Settings to answer with; by default those of `qa.toml` and the environment.
        open_browser: Whether to open the page in a browser.

    Raises:
        QAError: The port is taken, host and port cannot be listened on, or the login is not as it must be.
    """
    settings = settings or load_settings()
    host = settings.host if host is None else host
    mcp = settings.mcp if mcp is None else mcp
    allow_anonymous = settings.allow_anonymous if allow_anonymous is None else allow_anonymous
    users = Users(settings)
    if not (users.any or allow_anonymous or _is_this_machine(host)):
        raise SettingsError(
            f"on {host} other machines could use this without a login. Set one (QA_USERNAME and QA_PASSWORD, or "
            "QA_USERS_FILE), say --allow-anonymous if anyone may use it, or leave the host at 127.0.0.1."
        )
    hosts = None if users.any or allow_anonymous else LOCAL_HOSTS | {host}
    listening = _listen(host, port)
    with listening:
        site = make_site(index, settings, users=users, hosts=hosts, mcp=mcp)
        logging.getLogger("uvicorn.error").addFilter(_is_no_cut_connection)
        server = uvicorn.Server(uvicorn.Config(site, log_level="warning", timeout_graceful_shutdown=_GRACE_S))
        name = f"[{host}]" if ":" in host else host
        address = f"http://{name}:{listening.getsockname()[1]}"
        sys.stdout.write(f"The chat is at {address} (Ctrl+C stops it)\n")
        if mcp:
            sys.stdout.write(f"MCP is at {address}/mcp\n")
        sys.stdout.flush()
        if open_browser:
            webbrowser.open(address)
        with suppress(KeyboardInterrupt):  # uvicorn raises it again once it has shut down
            server.run(sockets=[listening])


def _is_this_machine(host: str) -> bool:
    """Tell whether an address to listen on can be reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_no_cut_connection(record: logging.LogRecord) -> bool:
    """Tell whether a line of uvicorn's log is about anything but a page still open when the chat is stopped."""
    cut = record.exc_info is not None and isinstance(record.exc_info[1], asyncio.CancelledError)
    return not (cut or "timeout graceful shutdown exceeded" in record.getMessage())


def make_site(
    index: str | os.PathLike[str],
    settings: Settings,
    *,
    users: Users,
    hosts: frozenset[str] | None,
    mcp: bool,
) -> FastAPI:
    """Return the whole site: the chat with its styles, its API, `/health`, and MCP where it is asked for.

    Args:
        index: Folder of the index.
        settings: Settings to answer with.
        users: Whoever may log in; where there is nobody, there is no login.
        hosts: The host names that it answers to; None for any.
        mcp: Whether to be an MCP server too.
    """
    readiness = Readiness(Path(index), settings)
    running: list[Any] = []  # what else runs as long as the site does

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        readiness.start()
        async with AsyncExitStack() as stack:
            for context in running:
                await stack.enter_async_context(context)
            yield
        readiness.stop()

    site = FastAPI(openapi_url=None, lifespan=lifespan)

    @site.get("/health")
    def health() -> JSONResponse:
        said = readiness.report()
        return JSONResponse(said, status_code=200 if said["ready"] else 503)

    if mcp:
        from mcp.server.transport_security import TransportSecuritySettings

        from qa.mcp_server import make_mcp_server

        server = make_mcp_server(Service(index, settings))
        tools = server.streamable_http_app(
            stateless_http=True,
            json_response=True,
            transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),  # `Guard` does it
        )
        site.router.routes.extend(tools.routes)
        running.append(server.session_manager.run())
    app = make_app(index, settings)
    gr.mount_gradio_app(
        site,
        app,
        path="/",
        css_paths=sorted(Path(__file__).parent.glob("*.css")),
        theme=_make_theme(),
        i18n=make_translations(),
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
    )
    app._queue.sleep_when_free = _QUEUE_LOOK_S
    app._queue.progress_update_sleep_when_free = _PROGRESS_LOOK_S
    if users.any:
        site.add_middleware(Login, users=users)
    site.add_middleware(Guard, hosts=hosts)
    site.add_middleware(_WithHeaders)
    return site


def _listen(host: str, port: int) -> socket.socket:
    if not 0 <= port <= PORT_MAX:
        raise QAError(f"{port} is not a port. Choose one from 1024 to {PORT_MAX} by PORT= or --port.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        other = port + 1 if port < PORT_MAX else 7860
        why = (error.strerror or str(error)).partition(" (while")[0]  # the address is said already
        raise QAError(
            f"the chat cannot listen on {host}, port {port}: {why}. "
            f"Stop what uses it, or choose another port: PORT={other} or --port {other}."
        ) from error


def _make_theme() -> gr.Theme:
    return gr.themes.Base(
        primary_hue="blue",
        neutral_hue="slate",
        font=["-apple-system", "Segoe UI", "Roboto", "Noto Sans", "Liberation Sans", "system-ui", "sans-serif"],
        font_mono=["ui-monospace", "Consolas", "monospace"],
    ).set(
        body_background_fill="#f8f7f4",
        body_background_fill_dark="#15171b",
        button_primary_background_fill="#1d5bb8",
        button_primary_background_fill_dark="#8ab8f5",
        button_primary_background_fill_hover="#174a96",
        button_primary_background_fill_hover_dark="#a9cbf8",
        button_primary_text_color="#ffffff",
        button_primary_text_color_dark="#0d1622",
        input_placeholder_color="#5b6673",
        input_placeholder_color_dark="#a3afbc",
    )


class _WithHeaders:
    """ASGI middleware that adds the headers above; answers keep streaming."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", []), *_HEADERS]}
            await send(message)

        await self._app(scope, receive, send_with_headers)
