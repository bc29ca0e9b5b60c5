"""Live pages: a nudge on commit makes open pages fetch their piece again, through its guarded URL.

A registry topic → sockets, with a bounded queue for each; a slow socket is dropped and catches up when it returns.
Other processes (command line) reach the hub through a datagram socket in the data folder.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any

from asgiref.sync import sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

MayListen = Callable[[Any, str], bool]
QUEUE = 64
TOPICS_A_MESSAGE = 400
TOPICS_A_SOCKET = 20
CHECK_SECONDS = 1.0

_kinds: dict[str, MayListen] = {}


def topic(kind: str) -> Callable[[MayListen], MayListen]:
    """Register who may listen to topics `kind:ident`."""

    def register(rule: MayListen) -> MayListen:
        _kinds[kind] = rule
        return rule

    return register


def may_listen(actor: Any, name: str) -> bool:
    """Whether an actor may listen; unknown kinds are refused like forbidden ones."""
    kind, _, ident = name.partition(":")
    rule = _kinds.get(kind)
    return bool(rule and ident and rule(actor, ident))


def nudge(topics: str | Iterable[str]) -> None:
    """Tell the listeners of some topics, after commit, that something changed. Never fails the caller."""
    names = [topics] if isinstance(topics, str) else list(topics)
    for start in range(0, len(names), TOPICS_A_MESSAGE):
        _after_commit({"nudge": names[start : start + TOPICS_A_MESSAGE]})


def close_sockets(*, user_id: int | None = None, session_key: str | None = None) -> None:
    """Close the sockets of a user or of one session, after commit."""
    _after_commit({"close": {"user": user_id, "session": session_key}})


def recheck(user_id: int) -> None:
    """Ask again, after commit, whether a user may still listen to what she listens to."""
    _after_commit({"recheck": user_id})


def _after_commit(message: dict[str, Any]) -> None:
    transaction.on_commit(lambda: _send(message), robust=True)


def _send(message: dict[str, Any]) -> None:
    if hub.loop is not None:
        hub.loop.call_soon_threadsafe(hub.receive, message)
        return
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.setblocking(False)
        out.sendto(json.dumps(message).encode(), str(hub.address()))


class Hub:
    """Who listens to what, in this process."""

    def __init__(self) -> None:
        self.listeners: dict[str, set[LiveConsumer]] = defaultdict(set)
        self.sockets: set[LiveConsumer] = set()
        self.loop: asyncio.AbstractEventLoop | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._soon: set[asyncio.Future[None]] = set()

    @staticmethod
    def address() -> Path:
        """Return the path of the datagram socket."""
        return settings.DATA / "live.sock"

    async def start(self) -> None:
        """Begin to receive from other processes and to check sessions."""
        self.loop = asyncio.get_running_loop()
        self.address().unlink(missing_ok=True)
        inbox = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        inbox.setblocking(False)
        inbox.bind(str(self.address()))
        os.chmod(self.address(), 0o600)
        self.loop.add_reader(inbox, self._read, inbox)
        self._tasks = [asyncio.create_task(self._check())]

    async def stop(self) -> None:
        """Stop receiving; sockets close with the server."""
        for task in self._tasks:
            task.cancel()
        self.loop = None
        self.address().unlink(missing_ok=True)

    def receive(self, message: dict[str, Any]) -> None:
        """Act on one message; runs in the event loop."""
        for name in message.get("nudge", ()):
            for listener in tuple(self.listeners.get(name, ())):
                listener.offer(name)
        if close := message.get("close"):
            for each in tuple(self.sockets):
                if each.user_id == close["user"] or each.session_key == close["session"]:
                    each.end()
        if user := message.get("recheck"):
            for each in tuple(self.sockets):
                if each.user_id == user:
                    self._later(each.recheck())

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        """Let the loop do some work, and hold on to it until it is done."""
        task = asyncio.ensure_future(work)
        self._soon.add(task)
        task.add_done_callback(self._soon.discard)

    def leave(self, listener: LiveConsumer) -> None:
        """Forget a socket."""
        self.sockets.discard(listener)
        for name in listener.names:
            self.listeners[name].discard(listener)
            if not self.listeners[name]:
                del self.listeners[name]

    def _read(self, inbox: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            self.receive(json.loads(inbox.recv(1 << 20)))

    async def _check(self) -> None:
        still = sync_to_async(import_string(settings.DANGQUN_STILL_SIGNED_IN))
        while True:
            started = time.monotonic()
            keys = {each.session_key for each in self.sockets}
            if keys:
                with contextlib.suppress(Exception):
                    alive = await still(keys)
                    for each in tuple(self.sockets):
                        if each.session_key in keys - alive:
                            each.end()
            await asyncio.sleep(max(0.05, CHECK_SECONDS - (time.monotonic() - started)))


hub = Hub()


class LiveConsumer(AsyncWebsocketConsumer):
    """One browser tab: it subscribes to topics and is told their names when something changed."""

    async def connect(self) -> None:
        """Accept somebody who has signed in; others are closed as if nothing were here."""
        user = self.scope["user"]
        self.user_id, self.session_key = user.pk, getattr(self.scope["session"], "session_key", None)
        self.names: set[str] = set()
        self.waiting: asyncio.Queue[str] = asyncio.Queue(QUEUE)
        self.writer: asyncio.Task[None] | None = None
        if not user.is_authenticated or not self.session_key:
            await self.close(4401)
            return
        await self.accept()
        hub.sockets.add(self)
        self.writer = asyncio.create_task(self._write())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Subscribe to the topics that this person may listen to; say nothing about the others."""
        try:
            wanted = [str(name) for name in json.loads(text_data or "")["subscribe"]][:TOPICS_A_SOCKET]
        except (ValueError, KeyError, TypeError):
            return
        for name in await self._allowed(set(wanted) - self.names):
            if len(self.names) < TOPICS_A_SOCKET:
                self.names.add(name)
                hub.listeners[name].add(self)

    async def disconnect(self, code: int) -> None:
        """Forget everything about this socket."""
        hub.leave(self)
        if self.writer:
            self.writer.cancel()

    async def recheck(self) -> None:
        """Drop the topics that this person may not listen to any more."""
        gone = self.names - await self._allowed(self.names)
        for name in gone:
            hub.listeners[name].discard(self)
        self.names -= gone

    def offer(self, name: str) -> None:
        """Queue a nudge; a socket too slow to take it is dropped and catches up when it returns."""
        try:
            self.waiting.put_nowait(name)
        except asyncio.QueueFull:
            self.end()

    def end(self) -> None:
        """Close soon."""
        hub.leave(self)
        hub._later(self.close(4401))

    async def _allowed(self, names: set[str]) -> set[str]:
        def judge() -> set[str]:
            from django.contrib.auth import get_user_model

            user = get_user_model()._default_manager.filter(pk=self.user_id, is_active=True).first()
            if user is None:
                return set()
            actor = import_string(settings.DANGQUN_ACTOR)(user)
            return {name for name in names if may_listen(actor, name)}

        return await sync_to_async(judge)()

    async def _write(self) -> None:
        while True:
            name = await self.waiting.get()
            await self.send(text_data=json.dumps({"topic": name}))
