"""Pages asked of a WSGI application in this process, without a server around it, and a bare one to stand beside."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterable
from typing import Any

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


def environ_of(url: str, cookie: str) -> Environ:
    """Return what a server would hand over for a GET by whoever holds the cookie."""
    from django.test import RequestFactory

    return RequestFactory().get(url, HTTP_COOKIE=cookie, HTTP_HOST="testserver").environ


def cookie_of(user: Any) -> str:
    """Return the cookies of somebody who has signed in."""
    from django.test import Client

    from tests.world import enter

    browser = Client()
    enter(browser, user)
    return "; ".join(f"{key}={held.value}" for key, held in browser.cookies.items())


def call(application: Application, environ: Environ) -> bytes:
    """Return the answer; anything but 200 stops the bench."""
    told: list[str] = []
    answer = application(environ | {"wsgi.input": io.BytesIO()}, lambda status, headers: told.append(status))
    body = b"".join(answer)
    if close := getattr(answer, "close", None):
        close()
    assert told[0].startswith("200"), f"{environ['PATH_INFO']}: {told[0]}"
    return body


def timed(application: Application, environ: Environ, rounds: int) -> tuple[bytes, list[tuple[float, float]]]:
    """Return the answer, and of so many more the ms that passed and the ms of processor time of each."""
    body, times = call(application, environ), []
    for _ in range(rounds):
        begun, used = time.perf_counter(), time.process_time()
        call(application, environ)
        times.append((1000 * (time.perf_counter() - begun), 1000 * (time.process_time() - used)))
    return body, times


def bare(size: int) -> Application:
    """Return an application that sends so many bytes and does nothing else."""
    body = b"x" * size

    def application(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", str(size))])
        return [body]

    return application
