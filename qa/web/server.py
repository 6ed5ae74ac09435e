"""Serving the chat from this machine alone: no file, font or script comes from elsewhere."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
import webbrowser
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr
import uvicorn
from fastapi import FastAPI

from qa.errors import QAError
from qa.settings import Settings, load_settings
from qa.web.chat import make_app, make_translations
from qa.web.uploads import UploadLimits, private_uploads

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

PORT_MAX = 65535

_GRACE_S = 2  # an open page holds a connection for as long as it is open; Ctrl+C must not wait for it

# Gradio's page evaluates its templates in the browser, hence `unsafe-eval`. The rest keeps the browser from
# sending anything anywhere else, whatever an article holds.
CONTENT_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'"
)
_HEADERS = [
    (b"content-security-policy", CONTENT_POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
]


def serve(
    index: str | os.PathLike[str] = "indexes/default",
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    settings: Settings | None = None,
    open_browser: bool = False,
) -> None:
    """Serve the web chat until it is interrupted.

    Args:
        index: Folder of the index. It is opened once the page is shown, and again after each rebuild.
        host: Address to listen on; only this machine by default.
        port: Port to listen on; 0 takes any that is free.
        settings: Settings to answer with; by default those of `qa.toml` and the environment.
        open_browser: Whether to open the page in a browser.

    Raises:
        QAError: The port is taken, or host and port cannot be listened on.
    """
    listening = _listen(host, port)
    with listening, private_uploads():
        settings = settings or load_settings()
        site = make_site(make_app(index, settings), settings)
        logging.getLogger("uvicorn.error").addFilter(_is_no_cut_connection)
        server = uvicorn.Server(uvicorn.Config(site, log_level="warning", timeout_graceful_shutdown=_GRACE_S))
        name = f"[{host}]" if ":" in host else host
        address = f"http://{name}:{listening.getsockname()[1]}"
        sys.stdout.write(f"The chat is at {address} (Ctrl+C stops it)\n")
        sys.stdout.flush()
        if open_browser:
            webbrowser.open(address)
        with suppress(KeyboardInterrupt):  # uvicorn raises it again once it has shut down
            server.run(sockets=[listening])


def _is_no_cut_connection(record: logging.LogRecord) -> bool:
    """Tell whether a line of uvicorn's log is about anything but a page still open when the chat is stopped."""
    cut = record.exc_info is not None and isinstance(record.exc_info[1], asyncio.CancelledError)
    return not (cut or "timeout graceful shutdown exceeded" in record.getMessage())


def make_site(app: gr.Blocks, settings: Settings) -> FastAPI:
    """Return the chat as a web application, with its styles, fonts of the system, and nothing from elsewhere."""
    site = FastAPI(openapi_url=None)
    site.add_middleware(UploadLimits, writable=settings.library_writable, bytes_max=settings.upload_mb_max * 1_000_000)
    site.add_middleware(_WithHeaders)
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
        max_file_size=settings.upload_mb_max * 1_000_000,
    )
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
