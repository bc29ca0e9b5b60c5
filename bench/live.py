"""Bench of live pages: deliveries a second of the real server beside a bare `websockets` broadcast of the same bytes, in one run.

Sockets stand in another process and only count. A round nudges 20 topics that all of them listen to, and ends when the last
has heard all. Then: how long until all have heard one nudge, and until a tab closes after signing out elsewhere.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench._loopback import Counter, frame
from tests.served import Served, free_port, town

SOCKETS = 200
TOPICS = 20
ROUNDS = 12
TURNS = 5
CLOSINGS = 5
BARE = """
import asyncio, json, sys
from websockets.asyncio.server import broadcast, serve
async def main():
    opened = set()
    async def each(connection):
        opened.add(connection)
        async for told in connection:
            if told[:1] == "[":
                for message in json.loads(told):
                    broadcast(opened, message)
    async with serve(each, "127.0.0.1", int(sys.argv[1]), compression=None) as server:
        await server.serve_forever()
asyncio.run(main())
"""
NOTICES = """
from django.contrib.auth import get_user_model
from dangqun.notices import rules
from dangqun.notices.audience import Audience
from dangqun.orgs.models import Org
clerk = get_user_model().objects.get(pk=%d)
branch = Org.objects.get(name="恒丰机械有限公司党支部")
facts = dict(title="通知", body="<p>内容</p>", audience=Audience(orgs=(branch.pk,)).stored())
told["topics"] = [f"notice:{rules.publish(rules.save_draft(None, facts, by=clerk), by=clerk).pk}" for _ in range(%d)]
"""


def run() -> dict[str, Any]:
    """Return deliveries a second of both, their ratio, ms until all have heard, and ms until a tab closes."""
    os.environ.pop("DATABASE_URL", None)
    with tempfile.TemporaryDirectory() as folder, town(Path(folder)) as served:
        served.start()
        topics = served.run(NOTICES % (served.id_of("office"), TOPICS))["topics"]
        with _bare_server() as port:
            ours, bare, heard = asyncio.run(_in_turns(served, topics, port))
        closings = [_closing(served) for _ in range(CLOSINGS)]
    return {
        "sockets": SOCKETS,
        "deliveries_per_second": round(ours),
        "bare_broadcast_deliveries_per_second": round(bare),
        "ratio": round(ours / bare, 2),
        "all_have_heard_p95_ms": round(statistics.quantiles(heard, n=20)[-1], 1),
        "tab_closes_after_sign_out_ms": round(statistics.median(closings), 1),
    }


async def _in_turns(served: Served, topics: list[str], port: int) -> tuple[float, float, list[float]]:
    """Measure both servers turn by turn, so that a busy machine is unfair to neither; return the better turns of each."""
    held = served.browser("office").http.cookies
    cookie = "; ".join(f"{name}={value}" for name, value in held.items())
    ours, bare = Counter(), Counter()
    first = json.dumps({"subscribe": topics, "age": 10**7})
    await ours.open(served.port, "/live/", cookie, sockets=SOCKETS, first=first)
    await ours.gets(SOCKETS * TOPICS)  # a page of great age is told everything: all are subscribed now
    await bare.open(port, "/", "", sockets=SOCKETS)
    told = frame(json.dumps([json.dumps({"topic": name}) for name in topics]).encode())

    def nudge(names: list[str] = topics) -> None:
        with socket.socket(socket.AF_UNIX) as out:
            out.connect(str(served.data / "live.sock"))
            out.sendall(json.dumps({"nudge": names}).encode())

    rates: tuple[list[float], list[float]] = ([], [])
    for _ in range(TURNS):
        rates[0].append(await _rounds(ours, nudge))
        rates[1].append(await _rounds(bare, lambda: bare.writers[0].write(told)))
    heard = []
    for _ in range(40):
        began = time.perf_counter()
        nudge(topics[:1])
        await ours.gets(SOCKETS)
        heard.append(1000 * (time.perf_counter() - began))
    await ours.close()
    await bare.close()
    return max(rates[0]), max(rates[1]), heard


async def _rounds(counter: Counter, nudge: Callable[[], object]) -> float:
    began = time.perf_counter()
    for _ in range(ROUNDS):
        nudge()
        await counter.gets(SOCKETS * TOPICS)
    return ROUNDS * SOCKETS * TOPICS / (time.perf_counter() - began)


@contextmanager
def _bare_server() -> Iterator[int]:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", BARE, str(port)])
    try:
        until = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()


def _closing(served: Served) -> float:
    browser = served.browser("member")
    tab = browser.tab()
    began = time.perf_counter()
    browser.post("/sign-out/")
    assert tab.closes() == 4401
    return 1000 * (time.perf_counter() - began)
