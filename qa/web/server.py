"""Serving the site: where, and to whom."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from qa.errors import QAError, SettingsError
from qa.settings import Settings, load_settings
from qa.users import Users
from qa.web.uploads import private_uploads

PORT_MAX = 65535

_GRACE_S = 2  # an open page holds a connection for as long as it is open; Ctrl+C must not wait for it


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
    if not (users.any or _is_this_machine(host) or "library_writable" in settings.model_fields_set):
        # Anyone may ask; that anyone may remove articles must be said by itself.
        settings = settings.model_copy(update={"library_writable": False})
    with _listen(host, port) as listening, _stopped_by_sigterm(), private_uploads():
        # Gradio takes seconds to import: what is refused is refused before, and a browser that comes early waits.
        import uvicorn

        from qa.web.guard import LOCAL_HOSTS
        from qa.web.site import make_site

        hosts = None if users.any or allow_anonymous else LOCAL_HOSTS | {host}
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


@contextmanager
def _stopped_by_sigterm() -> Iterator[None]:
    """Have SIGTERM do what Ctrl+C does, so that what was opened is closed and what was sent is removed."""
    if threading.current_thread() is not threading.main_thread():  # signals are its business
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


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
