"""The hub by itself: slow sockets, rights that end while they are judged, the socket of a killed server, long paths."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time

import pytest

from dangqun.kernel.live import nudge, posts
from dangqun.kernel.live import registry as hubs
from dangqun.kernel.live.posts import UnixPost, send_from_outside
from dangqun.kernel.live.registry import SIGNED_OUT, TOO_SLOW, Hub
from dangqun.kernel.live.sockets import QUEUE, LiveConsumer


@pytest.fixture
def here(settings, tmp_path):
    """A data folder of the test's own, without Redis."""
    settings.DATA, settings.REDIS_URL = tmp_path, ""
    return tmp_path


class Page:
    """The far end of a consumer: what it was sent, and whether it takes anything."""

    def __init__(self):
        self.got, self.takes = [], asyncio.Event()
        self.takes.set()

    async def send(self, message):
        await self.takes.wait()
        self.got.append(message)


def listener(page, user_id=1):
    """Return a consumer as it stands after `connect`, its far end being a page of the test."""
    consumer = LiveConsumer()
    consumer.base_send, consumer.scope = page.send, {}
    consumer.user_id, consumer.session_key = user_id, f"key-{user_id}"
    consumer.prepare()
    hubs.hub.sockets.add(consumer)
    return consumer


async def settled(true):
    """Let the loop work until something is so."""
    until = time.monotonic() + 10
    while not true():
        assert time.monotonic() < until
        await asyncio.sleep(0.01)


@pytest.fixture(autouse=True)
def nobody_left():
    """Leave the hub of this process as it was."""
    yield
    hubs.hub.sockets.clear()
    hubs.hub.listeners.clear()
    hubs.hub._recent.clear()
    hubs.hub.loop = None


def test_each_listener_is_told_once_however_often_a_topic_is_nudged_while_it_waits():
    async def play():
        page = Page()
        tab = listener(page)
        hubs.hub.listen(tab, {"a:1"}, 0)
        for _ in range(1000):
            hubs.hub.receive({"nudge": ["a:1", "b:2"]})
        await settled(lambda: page.got)
        await asyncio.sleep(0)
        assert [json.loads(each["text"]) for each in page.got] == [{"topic": "a:1"}]
        hubs.hub.receive({"nudge": ["a:1"]})
        await settled(lambda: len(page.got) == 2)
        tab.end(SIGNED_OUT)

    asyncio.run(play())


def test_a_socket_that_takes_nothing_is_dropped_and_the_others_are_told(monkeypatch):
    monkeypatch.setattr(hubs, "SLOW_SECONDS", 0.05)

    async def play():
        stuck, well = Page(), Page()
        stuck.takes.clear()
        slow, quick = listener(stuck), listener(well, 2)
        for tab in (slow, quick):
            hubs.hub.listen(tab, {"a:1"}, 0)
        hubs.hub.receive({"nudge": ["a:1"]})
        await settled(lambda: slow.writing_since and well.got)
        hubs.hub._drop_slow(time.monotonic() + 1)
        assert slow.ended and slow not in hubs.hub.sockets and not quick.ended
        assert hubs.hub.listeners == {"a:1": {quick}}
        stuck.takes.set()
        await settled(lambda: stuck.got)
        assert stuck.got[-1] == {"type": "websocket.close", "code": TOO_SLOW}
        quick.end(SIGNED_OUT)

    asyncio.run(play())


def test_a_queue_that_is_full_drops_its_socket():
    async def play():
        page = Page()
        page.takes.clear()
        tab = listener(page)
        for number in range(QUEUE + 2):
            tab.offer(str(number))
        assert tab.ended and not hubs.hub.sockets

    asyncio.run(play())


def test_an_ended_socket_cannot_come_back_through_a_subscription_that_was_being_judged():
    async def play():
        page, judged = Page(), asyncio.Event()
        tab = listener(page)

        async def judge(names):
            await judged.wait()
            return names

        tab._allowed = judge
        waiting = asyncio.create_task(tab.receive('{"subscribe": ["a:1"]}'))
        await asyncio.sleep(0)
        tab.end(SIGNED_OUT)
        judged.set()
        await waiting
        assert not hubs.hub.listeners

    asyncio.run(play())


def test_a_right_that_ends_while_a_subscription_is_judged_is_asked_for_again():
    async def play():
        page, judged = Page(), asyncio.Event()
        tab = listener(page)
        rights = {"a:1", "a:2"}

        async def judge(names):
            found = names & rights
            await judged.wait()
            return found

        tab._allowed = judge
        waiting = asyncio.create_task(tab.receive('{"subscribe": ["a:1", "a:2"]}'))
        await asyncio.sleep(0)
        rights.discard("a:2")
        hubs.hub.receive({"recheck": 1})
        judged.set()
        await waiting
        await settled(lambda: tab.names == {"a:1"})
        assert set(hubs.hub.listeners) == {"a:1"}
        tab.end(SIGNED_OUT)

    asyncio.run(play())


def test_the_socket_of_a_killed_server_does_not_hinder_the_next_and_a_living_one_is_respected(here):
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(here / "live.sock"))
    left.close()

    async def play():
        first = UnixPost()
        await first.start(Hub())
        assert (here / "live.sock").stat().st_mode & 0o077 == 0
        with pytest.raises(RuntimeError, match="已经有一个平台在运行"):
            await UnixPost().start(Hub())
        await first.stop()
        assert not (here / "live.sock").exists()

    asyncio.run(play())


@pytest.mark.parametrize("deep", [False, True])
def test_a_message_of_any_size_arrives_however_long_the_path_is(settings, tmp_path, deep):
    settings.DATA, settings.REDIS_URL = tmp_path / ("d" * 120 if deep else "d"), ""
    settings.DATA.mkdir()
    names = [f"user:{number}" for number in range(20_300)]

    async def play():
        heard = []

        class Ears(Hub):
            def receive(self, message):
                heard.append(message)

        post = UnixPost()
        await post.start(Ears())
        threads = [threading.Thread(target=send_from_outside, args=({"nudge": names},)) for _ in range(30)]
        for thread in threads:
            thread.start()
        await settled(lambda: len(heard) == 30)
        assert all(each == {"nudge": names} for each in heard)
        await post.stop()

    asyncio.run(play())


def test_nonsense_from_outside_does_no_harm(here):
    async def play():
        heard = []

        class Ears(Hub):
            def receive(self, message):
                heard.append(message["nudge"])

        post = UnixPost()
        await post.start(Ears())
        for told in (b"", b"{", b"[]", b'{"x": 1}', b"\xff\xfe", b"null"):
            _, writer = await asyncio.open_unix_connection(str(here / "live.sock"))
            writer.write(told)
            writer.close()
        await asyncio.to_thread(send_from_outside, {"nudge": ["a:1"]})
        await settled(lambda: heard == [["a:1"]])
        await post.stop()

    asyncio.run(play())


def test_telling_nobody_is_no_failure(here):
    send_from_outside({"nudge": ["a:1"]})
    assert not posts._somebody_listens()


def test_nudging_no_topic_says_nothing(here):
    nudge([])
