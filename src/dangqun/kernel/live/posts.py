"""Between processes: how the hub hears of changes made elsewhere, and tells of its own.

Without Redis there is one web process; worker and command line write to its Unix socket in the data folder. With REDIS_URL
everybody publishes to one channel, and each web process subscribes once. Redis may go away: pages work on, only nudges
between processes wait, and whoever may have missed some lets its pages look again.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import os
import secrets
import socket
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings

LARGEST = 16 * 1024 * 1024
SECONDS = 2.0  # how long somebody outside waits for the other end
WAITING = 1000  # messages that wait for Redis to return
PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)
KEEPALIVE = {
    getattr(socket, name): value
    for name, value in (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3))
    if hasattr(socket, name)
}
LONGEST_ADDRESS = 100  # bytes; the system takes 107

log = logging.getLogger("dangqun.live")


class Ears(Protocol):
    """Who hears what arrives: the hub."""

    def receive(self, message: dict[str, Any]) -> None:
        """Act on a message."""

    def catch_up(self) -> None:
        """Act as if messages had been lost."""


class Post(Protocol):
    """The way to and from other processes."""

    async def start(self, ears: Ears) -> None:
        """Begin to hear."""

    async def stop(self) -> None:
        """Stop hearing."""

    def put(self, message: dict[str, Any]) -> None:
        """Pass a message of this process on; never waits."""


def open_post() -> Post:
    """Return the post that the settings ask for."""
    return RedisPost() if settings.REDIS_URL else UnixPost()


def send_from_outside(message: dict[str, Any]) -> None:
    """Send a message from a process that serves no pages; when nobody listens it is lost, and nothing fails."""
    if settings.REDIS_URL:
        _publish(message)
        return
    with contextlib.suppress(OSError), _reach() as out:
        out.sendall(json.dumps(message).encode())


class UnixPost:
    """Hears the worker and the command line; there is no other web process to tell."""

    def __init__(self) -> None:
        self.server: asyncio.AbstractServer | None = None
        self.ears: Ears | None = None

    async def start(self, ears: Ears) -> None:
        """Listen in the data folder. Raises RuntimeError when a server listens there already."""
        self.ears = ears
        if _somebody_listens():
            raise RuntimeError(
                "这个数据文件夹（DANGQUN_DATA）已经有一个平台在运行，请先停下它，或者换一个数据文件夹。"
            )
        _socket_file().unlink(missing_ok=True)  # left by a server that was killed
        inbox = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            with _short_address(_socket_file()) as address:
                inbox.bind(address)
        finally:
            os.umask(before)
        self.server = await asyncio.start_unix_server(self._read, sock=inbox, limit=LARGEST)

    async def stop(self) -> None:
        """Stop listening."""
        if self.server:
            self.server.close()
        _socket_file().unlink(missing_ok=True)

    def put(self, message: dict[str, Any]) -> None:
        """There is nobody else."""

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            told = await asyncio.wait_for(reader.read(LARGEST), SECONDS)
            while more := await asyncio.wait_for(reader.read(LARGEST), SECONDS):
                told += more
                if len(told) > LARGEST:
                    return
            assert self.ears is not None
            self.ears.receive(json.loads(told))
        except (OSError, ValueError, LookupError, TypeError):
            log.warning("live: a message from outside could not be read")
        finally:
            writer.close()


class RedisPost:
    """One subscription and one publisher a process; both return by themselves when Redis does."""

    def __init__(self) -> None:
        import redis.asyncio  # here, since most installations start sooner without it

        self.failures = (redis.RedisError, OSError, TimeoutError)
        self.me = secrets.token_hex(8)
        self.client = redis.asyncio.Redis.from_url(
            settings.REDIS_URL,
            socket_connect_timeout=SECONDS,
            socket_keepalive=True,
            socket_keepalive_options=KEEPALIVE,
        )
        self.waiting: deque[dict[str, Any]] = deque()
        self.news = asyncio.Event()
        self.tasks: list[asyncio.Task[None]] = []
        self.ears: Ears | None = None
        self.hears = asyncio.Event()  # set while subscribed

    async def start(self, ears: Ears) -> None:
        """Subscribe, and publish what is put; a Redis that is away does not stop the start."""
        self.ears = ears
        self.tasks = [asyncio.create_task(self._listen(ears)), asyncio.create_task(self._publish())]
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.hears.wait(), SECONDS)

    async def stop(self) -> None:
        """Stop both."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.client.aclose()

    def put(self, message: dict[str, Any]) -> None:
        """Publish soon; when too much waits, the others are told to look at everything again."""
        if len(self.waiting) >= WAITING:
            self.waiting.clear()
            message = {"catch_up": True}
        self.waiting.append({"from": self.me, **message})
        self.news.set()

    async def _listen(self, ears: Ears) -> None:
        failures = 0
        while True:
            try:
                async with self.client.pubsub() as heard:
                    await heard.subscribe(_channel())
                    async for each in heard.listen():
                        if each["type"] == "subscribe":  # also when the client has connected anew by itself
                            failures = 0
                            self.hears.set()
                            ears.catch_up()
                        elif each["type"] == "message":
                            self._hear(ears, each["data"])
            except self.failures as error:
                self.hears.clear()
                failures = self._away(error, failures)
                await asyncio.sleep(PAUSES[min(failures, len(PAUSES)) - 1])

    def _hear(self, ears: Ears, told: bytes) -> None:
        try:
            message = json.loads(told)
            if message.pop("from", None) != self.me:
                ears.receive(message)
        except (ValueError, LookupError, TypeError, AttributeError):
            log.warning("live: a message from Redis could not be read")

    async def _publish(self) -> None:
        failures = 0
        while True:
            if not self.waiting:
                self.news.clear()
                await self.news.wait()
            message = self.waiting[0]
            try:
                await self.client.publish(_channel(), json.dumps(message))
            except self.failures as error:
                failures = self._away(error, failures)
                await asyncio.sleep(PAUSES[min(failures, len(PAUSES)) - 1])
                continue
            failures = 0
            if self.waiting and self.waiting[0] is message:
                self.waiting.popleft()

    def _away(self, error: Exception, failures: int) -> int:
        if not failures:
            log.warning("live: Redis does not answer (%s); pages work on", type(error).__name__)
        return failures + 1


_outside: dict[str, Any] = {"client": None, "silent_until": 0.0}


def _publish(message: dict[str, Any]) -> None:
    """Publish from a process without an event loop; after a failure be silent for a while instead of slow."""
    import redis

    if time.monotonic() < _outside["silent_until"]:
        return
    try:
        if _outside["client"] is None:
            _outside["client"] = redis.Redis.from_url(
                settings.REDIS_URL, socket_timeout=SECONDS, socket_connect_timeout=SECONDS
            )
        _outside["client"].publish(_channel(), json.dumps(message))
    except (redis.RedisError, OSError):
        _outside["silent_until"] = time.monotonic() + 5 * SECONDS


def _channel() -> str:
    """Return this installation's channel, so that two may share one Redis."""
    return f"dangqun:live:{hashlib.sha256(settings.SECRET_KEY.encode()).hexdigest()[:16]}"


def _socket_file() -> Path:
    return Path(settings.DATA) / "live.sock"


def _somebody_listens() -> bool:
    try:
        with _reach():
            return True
    except OSError:
        return False


@contextmanager
def _reach() -> Iterator[socket.socket]:
    """Open a connection to the server of this data folder. Raises OSError when there is none."""
    with _short_address(_socket_file()) as address, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as out:
        out.settimeout(SECONDS)
        out.connect(address)
        yield out


@contextmanager
def _short_address(file: Path) -> Iterator[str]:
    """Give an address that the system takes, however long the path of the data folder is (Linux)."""
    if len(os.fsencode(file)) <= LONGEST_ADDRESS:
        yield str(file)
        return
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{file.name}"
    finally:
        os.close(folder)
