"""One browser tab's socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import deque
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.utils.module_loading import import_string

from dangqun.kernel.live.registry import SIGNED_OUT, TOO_SLOW, hub
from dangqun.kernel.live.topics import may_listen

QUEUE = 64
TOPICS_A_SOCKET = 20
GOODBYE_SECONDS = 5.0


class LiveConsumer(AsyncWebsocketConsumer):
    """It says `{"subscribe": [topics], "age": ms}`, all that its page shows, and is told `{"topic": name}` on a change."""

    async def connect(self) -> None:
        """Accept somebody who has signed in; others are refused as if nothing were here."""
        user = self.scope["user"]
        self.user_id, self.session_key = user.pk, getattr(self.scope["session"], "session_key", None)
        self.prepare()
        if not user.is_authenticated or not self.session_key:
            await self.close(SIGNED_OUT)
            return
        await self.accept()
        hub.sockets.add(self)

    def prepare(self) -> None:
        """Begin with no topics, and with a writer of its own."""
        self.names: set[str] = set()
        self.waiting: deque[str] = deque()
        self.pending: set[str] = set()
        self.news = asyncio.Event()
        self.writing_since = 0.0
        self.ended = False
        self.judging = asyncio.Lock()  # or a right taken away while a subscription is judged would be missed
        self.writer = asyncio.create_task(self._write())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Listen to the topics that this person may listen to; say nothing about the others."""
        try:
            asked = json.loads(text_data or "")
            wanted = {str(name)[:100] for name in asked["subscribe"][:TOPICS_A_SOCKET]}
            age = min(float(asked.get("age", 0)), 1e9) / 1000
        except (ValueError, KeyError, TypeError, AttributeError):
            return
        async with self.judging:
            allowed = await self._allowed(wanted)
            if not self.ended:
                hub.listen(self, allowed, age)

    async def disconnect(self, code: int) -> None:
        """Forget everything about this socket."""
        self._leave()

    async def recheck(self) -> None:
        """Drop the topics that this person may not listen to any more."""
        async with self.judging:
            if not self.ended:
                allowed = await self._allowed(set(self.names))
                hub.listen(self, self.names & allowed, 0.0)

    def offer(self, words: str) -> None:
        """Queue some words, once while they wait; a socket too slow to take them is dropped and catches up on return."""
        if words in self.pending:
            return
        if len(self.waiting) >= QUEUE:
            self.end(TOO_SLOW)
            return
        self.waiting.append(words)
        self.pending.add(words)
        self.news.set()

    def end(self, code: int) -> None:
        """Close soon, and say nothing more."""
        if not self.ended:
            self._leave()
            hub.later(self._say_goodbye(code))

    def _leave(self) -> None:
        self.ended = True
        hub.leave(self)
        self.writer.cancel()

    async def _say_goodbye(self, code: int) -> None:
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self.close(code), GOODBYE_SECONDS)

    async def _allowed(self, names: set[str]) -> set[str]:
        return await database_sync_to_async(_judge)(self.user_id, names) if names else set()

    async def _write(self) -> None:
        send = self.scope.get("send", self.base_send)  # the server's own: middleware does nothing for these
        while True:
            if not self.waiting:
                self.news.clear()
                await self.news.wait()
            words = self.waiting.popleft()
            self.pending.discard(words)
            self.writing_since = time.monotonic()
            try:
                await send({"type": "websocket.send", "text": words})
            except Exception:  # the far end has gone; the server says so to `disconnect` in a moment
                self.ended = True
                hub.leave(self)
                return
            self.writing_since = 0.0


def _judge(user_id: int, names: set[str]) -> set[str]:
    from django.contrib.auth import get_user_model

    user: Any = get_user_model()._default_manager.filter(pk=user_id, is_active=True).first()
    if user is None:
        return set()
    actor = import_string(settings.DANGQUN_ACTOR)(user)
    return {name for name in names if may_listen(actor, name)}
