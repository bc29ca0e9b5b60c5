"""Serving: uvicorn in front, Django's WSGI handler on a few kept threads, the body on disk before a thread is taken."""

from __future__ import annotations

import asyncio
import logging
import tempfile
import time
from collections.abc import Awaitable, Callable
from typing import Any

from a2wsgi import WSGIMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.template.loader import render_to_string

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

IN_MEMORY = 256 * 1024
CHUNK = 64 * 1024
BODY_SECONDS = 600

log = logging.getLogger("dangqun.access")


def threads(handler: Any) -> Application:
    """Return Django's WSGI handler as an ASGI application on kept threads, bodies spooled first."""
    return Spooled(WSGIMiddleware(handler, workers=settings.WEB_THREADS))


class Spooled:
    """Reads a whole body to disk before the application sees it, so that slow senders hold no thread."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; 413 when the body is larger than UPLOAD_LIMIT and some room for fields."""
        if scope["type"] != "http":
            await self.inner(scope, receive, send)
            return
        started = time.monotonic()
        with tempfile.SpooledTemporaryFile(IN_MEMORY, dir=settings.FILE_UPLOAD_TEMP_DIR) as body:
            try:
                whole = await asyncio.wait_for(self._spool(receive, body), BODY_SECONDS)
            except TimeoutError:
                return
            if whole is None:
                return
            if not whole:
                await _refuse(send)
                return
            body.seek(0)
            answer = _Watched(send)
            await self.inner(scope, _reader(body), answer)
        log.info("%s %s %.0f ms", scope["method"], answer.status, 1000 * (time.monotonic() - started))

    async def _spool(self, receive: Receive, body: Any) -> bool | None:
        """Return True when all has come, False when it is too much, None when the client has gone."""
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > settings.UPLOAD_LIMIT + settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
                return False
            body.write(chunk)
            if not message.get("more_body"):
                return True


class _Watched:
    """Remembers the status for the access log, which holds no account, no path and no query."""

    def __init__(self, send: Send) -> None:
        self.send, self.status = send, 0

    async def __call__(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self.send(message)


def _reader(body: Any) -> Receive:
    async def receive() -> dict[str, Any]:
        chunk = body.read(CHUNK)
        return {"type": "http.request", "body": chunk, "more_body": len(chunk) == CHUNK}

    return receive


async def _refuse(send: Send) -> None:
    """Answer the page 413.html to whoever it is: no session was read, so it shows nobody's name."""
    headers = {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": build_policy(),
        "x-content-type-options": "nosniff",
        "x-frame-options": settings.X_FRAME_OPTIONS,
        "referrer-policy": settings.SECURE_REFERRER_POLICY,
        "cache-control": "no-store",
        "connection": "close",
    }
    page = await asyncio.to_thread(render_to_string, "413.html")
    lines = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": 413, "headers": lines})
    await send({"type": "http.response.body", "body": page.encode()})
