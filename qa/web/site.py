"""The whole site: the chat, its API, MCP and `/health`, with nothing from elsewhere."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr
from fastapi import FastAPI
from fastapi.responses import JSONResponse

from qa.service import Service
from qa.settings import Settings
from qa.users import Users
from qa.web.chat import make_app, make_translations
from qa.web.guard import Guard
from qa.web.login import Login
from qa.web.readiness import Readiness
from qa.web.uploads import UploadLimits

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Gradio looks for questions in its queue a thousand times a second and for progress a hundred times, which cost an idle
# server 5 % of a core; so seldom, it costs 0.6 %, and a question over the API 15 ms in the mean.
_QUEUE_LOOK_S, _PROGRESS_LOOK_S = 0.03, 0.3

# Gradio's page evaluates its templates in the browser, hence `unsafe-eval`. The rest keeps the browser from
# sending anything anywhere else, whatever an article holds.
CONTENT_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'self'"
)
_HEADERS = [
    (b"content-security-policy", CONTENT_POLICY.encode()),
    (b"referrer-policy", b"same-origin"),  # with `no-referrer` the login form would come from the origin `null`
    (b"x-content-type-options", b"nosniff"),
]


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
    running: list[AbstractAsyncContextManager[None]] = []  # what else runs as long as the site does

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
        running.append(_add_mcp(site, Service(index, settings)))
    app = make_app(index, settings)
    upload_bytes_max = settings.upload_mb_max * 1_000_000
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
        max_file_size=upload_bytes_max,
    )
    app._queue.sleep_when_free = _QUEUE_LOOK_S
    app._queue.progress_update_sleep_when_free = _PROGRESS_LOOK_S
    # The last one that is added is the first to see a request.
    site.add_middleware(UploadLimits, writable=settings.library_writable, bytes_max=upload_bytes_max)
    if users.any:
        site.add_middleware(Login, users=users)
    site.add_middleware(Guard, hosts=hosts)
    site.add_middleware(_WithHeaders)
    return site


def _add_mcp(site: FastAPI, service: Service) -> AbstractAsyncContextManager[None]:
    """Put the MCP server at `/mcp`; return what must run as long as the site does."""
    from mcp.server.transport_security import TransportSecuritySettings

    from qa.mcp_server import make_mcp_server

    server = make_mcp_server(service)
    tools = server.streamable_http_app(
        stateless_http=True,
        json_response=True,
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),  # `Guard` does it
    )
    site.router.routes.extend(tools.routes)
    return server.session_manager.run()


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
