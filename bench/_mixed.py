"""A mixed load on the real server: pages of all roles in the shares of a working day, at a fixed rate whatever the answers take.

Times count from the moment when a request was due, so that a queue shows. Every answer is checked. Beside it, at the same
rate on the same shape of server: a bare page of the same size.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
import time
from typing import Any
from urllib.parse import quote

from bench._loopback import LENGTH, Load
from bench.serving import BARE_PAGE
from tests.ports import DANGQUN, running

RATE = 50  # requests a second
SECONDS = 20.0
SHARES = {"member": 60, "secretary": 24, "office": 12, "committee_member": 2, "instructor": 2}  # per cent
Asked = dict[str, str]  # role, url, cookie, holds


def mixed(pages: list[Asked], env: dict[str, str]) -> dict[str, Any]:
    """Return p50 and p95 of the mixed load on the data of `env`, and p95 of the bare page."""
    chance, queue = random.Random(3), []
    for role in chance.choices([*SHARES], weights=[*SHARES.values()], k=round(RATE * SECONDS)):
        queue.append(chance.choice([page for page in pages if page["role"] == role]))
    with running([*DANGQUN, "serve", "--port"], env) as port:
        asyncio.run(_ask(port, queue[: 2 * RATE]))  # warm
        ours = asyncio.run(_ask(port, queue))
    blank = [page | {"holds": ""} for page in queue]
    with running([sys.executable, "-c", BARE_PAGE], env, str(round(ours.size))) as port:
        bare = asyncio.run(_ask(port, blank))
    return {
        "rate": RATE,
        "requests": len(queue),
        "p50_ms": ours.ms(50),
        "p95_ms": ours.ms(95),
        "p99_ms": ours.ms(99),
        "bare_p95_ms": bare.ms(95),
    }


async def _ask(port: int, queue: list[Asked]) -> Load:
    """Send each request when it is due, on a kept connection that is free then; check what comes."""
    load, sizes = Load(), []
    free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def one(page: Asked, due: float) -> None:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        while free and free[-1][0].at_eof():  # the server ends what has been idle for long
            free.pop()[1].close()
        reader, writer = free.pop() if free else await asyncio.open_connection("127.0.0.1", port)
        address = quote(page["url"], safe="/?=&")
        writer.write(
            f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {page['cookie']}\r\n\r\n".encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        found = LENGTH.search(head)
        assert head.startswith(b"HTTP/1.1 200") and found, (page["role"], page["url"], head[:300])
        body = await reader.readexactly(int(found[1]))
        load.times.append(time.perf_counter() - due)
        free.append((reader, writer))
        sizes.append(len(body))
        assert page["holds"].encode() in body, (page["role"], page["url"])

    began = time.perf_counter()
    await asyncio.gather(*(one(page, began + number / RATE) for number, page in enumerate(queue)))
    load.seconds, load.size = time.perf_counter() - began, round(statistics.median(sizes))
    for _, writer in free:
        writer.close()
    return load
