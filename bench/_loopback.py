"""Clients on loopback that cost little: HTTP over kept connections, and sockets that only count what they are told."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import statistics
import time
from dataclasses import dataclass, field

LENGTH = re.compile(rb"content-length: *(\d+)", re.I)


@dataclass
class Load:
    """What came of a load: answers a second and their times."""

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    size: int = 0

    @property
    def per_second(self) -> float:
        """Return answers a second."""
        return len(self.times) / self.seconds

    def ms(self, percent: int) -> float:
        """Return the time in ms within which so many percent were answered."""
        return round(1000 * statistics.quantiles(self.times, n=100)[percent - 1], 1)


async def ask(port: int, path: str, cookie: str, *, connections: int, seconds: float) -> Load:
    """Ask for one page over and over on some kept connections; anything but 200 stops the bench."""
    load, began = Load(), time.perf_counter()
    until = began + seconds

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        asked = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n".encode()
        while (started := time.perf_counter()) < until:
            writer.write(asked)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head[:200]
            found = LENGTH.search(head)
            assert found, head
            load.size = int(found[1])
            await reader.readexactly(load.size)
            load.times.append(time.perf_counter() - started)
        writer.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    load.seconds = time.perf_counter() - began
    return load


class Counter:
    """Some sockets that count the messages they get."""

    def __init__(self) -> None:
        self.count, self.wanted, self.reached = 0, 0, asyncio.Event()
        self.writers: list[asyncio.StreamWriter] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def open(self, port: int, path: str, cookie: str, *, sockets: int, first: str = "") -> None:
        """Open sockets, and let each say something first."""
        for _ in range(sockets):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            key = base64.b64encode(os.urandom(16)).decode()
            writer.write(
                f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://127.0.0.1:{port}\r\nCookie: {cookie}\r\n"
                f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
            )
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 101"), head[:200]
            if first:
                writer.write(frame(first.encode()))
            self.writers.append(writer)
            self.tasks.append(asyncio.create_task(self._read(reader, writer)))

    async def gets(self, more: int) -> None:
        """Wait until so many more messages have come since the last call."""
        self.wanted += more
        self.reached.clear()
        if self.count < self.wanted:
            await asyncio.wait_for(self.reached.wait(), 60)

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        waiting = b""
        while told := await reader.read(65536):
            waiting += told
            at = 0
            while len(waiting) >= at + 2:
                size, head = waiting[at + 1], 2
                if size == 126:
                    if len(waiting) < at + 4:
                        break
                    size, head = int.from_bytes(waiting[at + 2 : at + 4], "big"), 4
                if len(waiting) < at + head + size:
                    break
                if waiting[at] & 15 == 1:
                    self.count += 1
                elif waiting[at] & 15 == 9:  # a ping: who does not answer is dropped after 40 s
                    ping = waiting[at + head : at + head + size]
                    writer.write(bytes([0x8A, 0x80 | size]) + bytes(4) + ping)
                at += head + size
            waiting = waiting[at:]
            if self.count >= self.wanted:
                self.reached.set()

    async def close(self) -> None:
        """Close all of them."""
        for task in self.tasks:
            task.cancel()
        for writer in self.writers:
            writer.close()


def frame(told: bytes) -> bytes:
    """Return a text frame as a browser sends it (masked with zeros)."""
    size = len(told)
    head = bytes([0x81, 0x80 | size]) if size < 126 else bytes([0x81, 0x80 | 126]) + size.to_bytes(2, "big")
    return head + bytes(4) + told
