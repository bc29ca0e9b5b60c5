"""Several web processes share live tabs through a real, throw-away Redis; pages work on while it is away."""

from __future__ import annotations

import os
import shutil
import subprocess
import time

import pytest
import redis

from tests.served import PATIENCE, children_of, free_port, town

pytestmark = [pytest.mark.redis, pytest.mark.once]
NUDGE = "from dangqun.kernel.live import nudge\nnudge(%r)"
TABS = 16


class Redis:
    """A redis-server of the tests' own, kept in memory only."""

    def __init__(self, binary, folder):
        self.binary, self.folder, self.port = binary, folder, free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process = None

    def start(self):
        asked = [self.binary, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder)]  # fmt: skip
        self.process = subprocess.Popen(asked, stdout=subprocess.DEVNULL)
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return redis.Redis.from_url(self.url).ping()
            except redis.ConnectionError:
                assert time.monotonic() < until, "redis-server did not start"
                time.sleep(0.05)

    def stop(self):
        self.process.kill()
        self.process.wait(PATIENCE)

    def subscribers(self):
        """Return how many processes listen."""
        held = redis.Redis.from_url(self.url)
        return sum(count for _, count in held.pubsub_numsub(*held.pubsub_channels("dangqun:live:*")))


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    binary = shutil.which("redis-server")
    if binary is None:
        pytest.skip("redis-server is not installed (Debian: redis-server)")
    running = Redis(binary, tmp_path_factory.mktemp("redis"))
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def served(tmp_path_factory, store):
    data = tmp_path_factory.mktemp("several")
    with town(data, REDIS_URL=store.url, DANGQUN_WEB_PROCESSES="2") as running:
        running.start()
        until = time.monotonic() + PATIENCE
        while store.subscribers() < 2:
            assert time.monotonic() < until, "the web processes did not subscribe"
            time.sleep(0.1)
        yield running


def tabs_of(served):
    mine = f"user:{served.id_of('member')}"
    browser = served.browser("member")
    opened = [browser.tab(mine) for _ in range(TABS)]
    assert all(tab.hears() == mine for tab in opened)
    return browser, mine, opened


def test_a_nudge_reaches_the_tabs_of_every_process_once(served, store):
    assert store.subscribers() == 2
    _, mine, opened = tabs_of(served)
    served.run(NUDGE % mine)
    assert all(tab.hears() == mine for tab in opened)
    assert all(tab.hears(0.05) is None for tab in opened)


def test_signing_out_at_one_process_closes_the_tabs_of_the_other(served):
    browser, _, opened = tabs_of(served)
    assert browser.post("/sign-out/").status_code == 302
    assert all(tab.closes() == 4401 for tab in opened)


def test_redis_may_go_and_return(served, store):
    browser, mine, opened = tabs_of(served)
    store.stop()
    assert browser.http.get("/").status_code == 200
    assert browser.post("/me/view/", {"view": "elder"}).status_code == 302
    served.run(NUDGE % mine)
    assert all(tab.hears(0.05) is None for tab in opened)
    store.start()
    assert all(tab.hears() == mine for tab in opened), "after its return every page looks again"
    while store.subscribers() < 2:
        time.sleep(0.05)
    time.sleep(1)
    for tab in opened:
        while tab.hears(0.05):
            pass
    until = time.monotonic() + PATIENCE
    heard = False
    while not heard and time.monotonic() < until:  # the process beside is silent for a while after a failure
        served.run(NUDGE % mine)
        heard = all(tab.hears(1) == mine for tab in opened)
    assert heard


def test_a_web_process_that_is_killed_is_replaced(served):
    before = children_of(served.process.pid)
    assert len(before) == 3, "two web processes and a worker"
    os.kill(min(before), 9)
    until = time.monotonic() + PATIENCE
    after = before
    while len(after) < 3 or min(before) in after:
        assert time.monotonic() < until, "the killed process did not return"
        time.sleep(0.2)
        after = children_of(served.process.pid)
    assert served.answers()


def test_writers_of_several_processes_lose_nothing(served):
    """SQLite as well: WAL and a patient busy timeout; PostgreSQL by nature."""
    script = """
import os
children = []
for _ in range(4):
    pid = os.fork()
    if not pid:
        from django.db import connection
        from django.contrib.auth import get_user_model
        from dangqun.accounts.rules import choose_view
        connection.close()
        status = 1
        try:
            user = get_user_model().objects.get(pk=%d)
            for _ in range(25):
                choose_view(user, "elder")
            status = 0
        finally:
            os._exit(status)
    children.append(pid)
told["failed_writers"] = sum(os.waitpid(pid, 0)[1] != 0 for pid in children)
from dangqun.kernel.models import Fact
told["facts"] = Fact.objects.filter(what="accounts.view_chosen", actor_id=%d).count()
"""
    known = served.run(script.replace("range(4)", "range(0)") % (2 * (served.id_of("stranger"),)))["facts"]
    script = "from django.db import connection\nconnection.close()\n" + script
    told = served.run(script % (2 * (served.id_of("stranger"),)))
    assert told == {"failed_writers": 0, "facts": known + 100}
