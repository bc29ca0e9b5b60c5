"""The hub of one web process: which sockets listen to what; all of it runs on the event loop."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import defaultdict
from collections.abc import Coroutine, Iterable
from typing import TYPE_CHECKING, Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.utils.module_loading import import_string

from dangqun.kernel.calendars import today
from dangqun.kernel.live.posts import Post, open_post

if TYPE_CHECKING:
    from dangqun.kernel.live.sockets import LiveConsumer

CHECK_SECONDS = 1.0
SLOW_SECONDS = 10.0  # a socket that takes no message for so long is dropped
REMEMBERED_SECONDS = 60.0  # how long a nudge is known to sockets that subscribe after it
SIGNED_OUT, TOO_SLOW = (
    4401,
    4408,
)  # close codes: the page reloads after the first, reconnects after the second

log = logging.getLogger("dangqun.live")


class Hub:
    """Who listens to what, in this process."""

    def __init__(self) -> None:
        self.listeners: dict[str, set[LiveConsumer]] = defaultdict(set)
        self.sockets: set[LiveConsumer] = set()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.post: Post | None = None
        self._recent: dict[str, float] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._soon: set[asyncio.Future[None]] = set()

    async def start(self) -> None:
        """Begin to hear other processes and to check sessions. Raises RuntimeError when another server runs here."""
        self.loop = asyncio.get_running_loop()
        self.post = open_post()
        await self.post.start(self)
        self._tasks = [asyncio.create_task(self._check())]

    async def stop(self) -> None:
        """Stop hearing; sockets close with the server."""
        for task in self._tasks:
            task.cancel()
        self.loop = None
        if self.post:
            await self.post.stop()

    def tell(self, message: dict[str, Any]) -> None:
        """Act on a message of this process, and pass it on to the other web processes."""
        self.receive(message)
        if self.post:
            self.post.put(message)

    def receive(self, message: dict[str, Any]) -> None:
        """Act on one message, wherever it comes from."""
        if names := message.get("nudge"):
            self._nudge(names)
        if close := message.get("close"):
            for each in tuple(self.sockets):
                if each.user_id == close["user"] or each.session_key == close["session"]:
                    each.end(SIGNED_OUT)
        if user := message.get("recheck"):
            self._recheck(each for each in self.sockets if each.user_id == user)
        if message.get("catch_up"):
            self.catch_up()

    def catch_up(self) -> None:
        """Make good for messages that may have been lost: ask again who may listen, and let every page look again."""
        self._recheck(self.sockets)
        self._nudge(list(self.listeners))

    def listen(self, listener: LiveConsumer, names: set[str], age: float) -> None:
        """Let a socket listen to exactly these topics; `age` is how old its page is, in seconds.

        A nudge that came after the page was drawn and before it could listen is given now.
        """
        for name in listener.names - names:
            self._forget(listener, name)
        since = time.monotonic() - age
        for name in names - listener.names:
            self.listeners[name].add(listener)
            if age > REMEMBERED_SECONDS or self._recent.get(name, 0.0) >= since:
                listener.offer(_words(name))
        listener.names = names

    def leave(self, listener: LiveConsumer) -> None:
        """Forget a socket."""
        self.sockets.discard(listener)
        for name in listener.names:
            self._forget(listener, name)
        listener.names = set()

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Let the loop do some work, and hold on to it until it is done."""
        task = asyncio.ensure_future(work)
        self._soon.add(task)
        task.add_done_callback(self._soon.discard)

    def _nudge(self, names: Iterable[str]) -> None:
        now = time.monotonic()
        for name in names:
            self._recent.pop(name, None)  # so that the oldest stand first
            self._recent[name] = now
            listening = self.listeners.get(name)
            if listening:
                words = _words(name)
                for listener in tuple(listening):
                    listener.offer(words)

    def _recheck(self, sockets: Iterable[LiveConsumer]) -> None:
        for each in tuple(sockets):
            self.later(each.recheck())

    def _forget(self, listener: LiveConsumer, name: str) -> None:
        listening = self.listeners.get(name)
        if listening:
            listening.discard(listener)
            if not listening:
                del self.listeners[name]

    async def _check(self) -> None:
        """Once a second: close what lost its session, drop what is slow, ask again when a new day begins."""
        still = database_sync_to_async(import_string(settings.DANGQUN_STILL_SIGNED_IN))
        day = today()
        while True:
            started = time.monotonic()
            try:
                self._drop_slow(started)
                keys = {each.session_key for each in self.sockets}
                gone = keys - await still(keys) if keys else set()
                for each in tuple(self.sockets):
                    if each.session_key in gone:
                        each.end(SIGNED_OUT)
                if today() != day:  # grants and memberships end with a day
                    day = today()
                    self._recheck(self.sockets)
            except Exception as error:
                log.warning("live: could not check sessions (%s)", type(error).__name__)
            await asyncio.sleep(max(0.05, CHECK_SECONDS - (time.monotonic() - started)))

    def _drop_slow(self, now: float) -> None:
        for each in tuple(self.sockets):
            if each.writing_since and now - each.writing_since > SLOW_SECONDS:
                each.end(TOO_SLOW)
        for name, at in tuple(self._recent.items()):
            if now - at <= REMEMBERED_SECONDS:
                break
            del self._recent[name]


def _words(name: str) -> str:
    return json.dumps({"topic": name}, ensure_ascii=False)


hub = Hub()
