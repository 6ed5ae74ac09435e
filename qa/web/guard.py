"""What a request must be before anything answers it: from this site, and to it under one of its names.

A browser sends requests to a server on its own machine for any page that it shows. So that no page from elsewhere can
ask, upload or read here, a request that names another origin is refused (cross-site request forgery), and without a
login so is one to a host name that is not this machine's (DNS rebinding).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})

# Gradio fetches web addresses on behalf of whoever asks. Nothing here needs that.
_FETCHES = re.compile(r"/gradio_api/(?:proxy=|file[=/]\s*(?:https?:|//))", re.IGNORECASE)

_WITHOUT_PORT = re.compile(r":\d*$")


class Guard:
    """ASGI middleware that refuses what comes from another site.

    Args:
        app: The application.
        hosts: The host names that it answers to; by default any.
    """

    def __init__(self, app: ASGIApp, hosts: frozenset[str] | None = None) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or say why not."""
        if scope["type"] == "http" and (why := self._why_not(scope["path"], Headers(scope=scope))):
            await JSONResponse({"detail": why}, status_code=403)(scope, receive, send)
            return
        if scope["type"] == "websocket":  # nothing here speaks it
            await send({"type": "websocket.close", "code": 1008})
            return
        await self._app(scope, receive, send)

    def _why_not(self, path: str, headers: Headers) -> str:
        host = headers.get("host", "")
        if self._hosts is not None and _name_of(host) not in self._hosts:
            return (
                "This server answers to the names of its own machine alone, such as localhost. To reach it by another "
                "name, set a login (QA_USERNAME and QA_PASSWORD), or start it with --allow-anonymous."
            )
        origin = headers.get("origin")
        # A page from elsewhere cannot set the header of a proxy without being asked first, which fails here too.
        if origin is not None and urlsplit(origin).netloc.lower() not in {
            host.lower(),
            headers.get("x-forwarded-host", host).lower(),
        }:
            return "This request comes from a page of another site. A proxy in front must pass the Host header on."
        if _FETCHES.search(path):
            return "This server fetches nothing from elsewhere."
        return ""


def _name_of(host: str) -> str:
    """Return the host name in a Host header: without its port, its brackets and the dot at its end."""
    name = host if host.endswith("]") else _WITHOUT_PORT.sub("", host)
    return name.strip("[]").rstrip(".").lower()
