"""Bench of serving: pages of the real server beside a bare WSGI page of the same size on the same shape, and how soon it starts.

All in one run on loopback: the small town, 待办 of a secretary asked over 8 kept connections; then the bare page; then the time
from starting the commands of `make run` (on a data folder that is filled already) to the first answer, beside the time of
Python with an empty Django.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench._loopback import ask
from tests.ports import DANGQUN, running, wait
from tests.served import Served, town

CONNECTIONS = 8
SECONDS = 8.0
BARE_PAGE = """
import sys, django, uvicorn
from django.conf import settings
django.setup()
from dangqun.config.commands.serve import uvicorn_options
from dangqun.kernel.serving import threads
page = b"x" * int(sys.argv[2])
def wsgi(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", str(len(page)))])
    return [page]
uvicorn.run(threads(wsgi), port=int(sys.argv[1]), lifespan="off", **uvicorn_options())
"""
BARE_DJANGO = """
import sys
from django.conf import settings
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="bench")
import django
django.setup()
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path
from wsgiref.simple_server import make_server
urlpatterns = [path("alive/", lambda request: HttpResponse("ok"))]
make_server("127.0.0.1", int(sys.argv[1]), get_wsgi_application()).serve_forever()
"""


def run() -> dict[str, Any]:
    """Return pages a second and p95 of ours and of the bare page, their ratio, and seconds to the first answer of both."""
    os.environ.pop("DATABASE_URL", None)
    with tempfile.TemporaryDirectory() as folder, town(Path(folder)) as served:
        served.start()
        cookie = _cookie(served)
        ours = asyncio.run(ask(served.port, "/", cookie, connections=CONNECTIONS, seconds=SECONDS))
        served.stop()
        bare = _bare(served, ours.size, cookie)
        started = _first_answer(served, [*DANGQUN, "serve", "--demo", "--port", str(served.port)])
        empty = _first_answer(served, [sys.executable, "-c", BARE_DJANGO, str(served.port)])
    return {
        "pages_per_second": round(ours.per_second),
        "p50_ms": ours.ms(50),
        "p95_ms": ours.ms(95),
        "page_bytes": ours.size,
        "bare_pages_per_second": round(bare.per_second),
        "bare_p95_ms": bare.ms(95),
        "ratio": round(ours.per_second / bare.per_second, 3),
        "second_start_seconds": round(started, 2),
        "bare_django_start_seconds": round(empty, 2),
    }


def _cookie(served: Served) -> str:
    held = served.browser("secretary").http.cookies
    return "; ".join(f"{name}={value}" for name, value in held.items())


def _bare(served: Served, size: int, cookie: str) -> Any:
    with running([sys.executable, "-c", BARE_PAGE], served.env, str(size)) as port:
        return asyncio.run(ask(port, "/", cookie, connections=CONNECTIONS, seconds=SECONDS))


def _first_answer(served: Served, *commands: list[str]) -> float:
    """Return the seconds from the first command's start to the last one's first answer."""
    began = time.perf_counter()
    for command in commands[:-1]:
        subprocess.run(command, env=served.env, check=True, stdout=subprocess.DEVNULL)
    process = subprocess.Popen(
        commands[-1], env=served.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait(served.port)
        return time.perf_counter() - began
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
