"""The real server on loopback for tests: the small town in a data folder of its own, `dangqun serve`, and a command line beside it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.ports import DANGQUN, free_port
from tests.second_factor import code_of, printed_in, secret_in
from tests.world import PASSWORD

ROOT = Path(__file__).resolve().parent.parent
LONG = 10_000_000  # a page's age in ms: everything it may listen to is told at once
PATIENCE = 120  # seconds; nothing here says how fast the product is, benches do

BESIDE = """
import json, sys, traceback, django
django.setup()
for line in sys.stdin:
    told = {}
    try:
        exec(json.loads(line), {"told": told})
    except Exception:
        told = {"failed": traceback.format_exc()}
    print("TOLD" + json.dumps(told), flush=True)
"""
BUILD = """
from dangqun.kernel.crypto import create_keyring
create_keyring()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from tests.world import build
world = build()
told.update({role: [user.username, user.pk] for role, user in world.user.items()})
"""


@dataclass
class Served:
    """A running server."""

    data: Path
    env: dict[str, str]
    port: int
    beside: subprocess.Popen
    people: dict[str, list] = field(default_factory=dict)
    process: subprocess.Popen | None = None
    printed: dict[str, list[str]] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Return where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def run(self, code: str) -> dict[str, Any]:
        """Run a script in a process of its own, as the command line would; it answers in the dict `told`."""
        self.beside.stdin.write(json.dumps(code) + "\n")
        self.beside.stdin.flush()
        while line := self.beside.stdout.readline():
            if line.startswith("TOLD"):
                told = json.loads(line[4:])
                assert "failed" not in told, told["failed"]
                return told
        raise AssertionError(f"the process beside the server ended: {code}")

    def start(self, *options: str) -> None:
        """Start the server and wait until it answers."""
        asked = [*DANGQUN, "serve", "--port", str(self.port), *options]
        self.process = subprocess.Popen(asked, env=self.env, cwd=ROOT)
        deadline = time.monotonic() + 240
        while not self.answers():
            assert self.process.poll() is None, "the server stopped while starting"
            assert time.monotonic() < deadline, "the server did not answer"
            time.sleep(0.1)

    def answers(self) -> bool:
        """Whether it answers."""
        try:
            return httpx.get(f"{self.address}/alive/", timeout=10).status_code == 200
        except httpx.HTTPError:
            return False

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End the server; return its exit status."""
        if self.process is None:
            return 0
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def browser(self, role: str, password: str = PASSWORD) -> Browser:
        """Return a browser in which somebody has signed in."""
        return Browser(self, self.people[role][0], password)

    def id_of(self, role: str) -> int:
        """Return the account's number."""
        return self.people[role][1]


class Browser:
    """Somebody's browser: pages by httpx, tabs by websockets."""

    def __init__(self, served: Served, username: str, password: str) -> None:
        self.served = served
        self.http = httpx.Client(base_url=served.address, timeout=60, follow_redirects=False)
        self.http.get("/sign-in/")
        answer = self.post("/sign-in/", {"username": username, "password": password})
        assert answer.status_code == 302, answer.text
        if answer.headers["Location"].startswith("/sign-in/"):
            self._give_code(username, answer.headers["Location"])

    def _give_code(self, username: str, door: str) -> None:
        """Set up the second factor at the first sign-in, give a printed code at each later one."""
        printed = self.served.printed
        if username not in printed:
            code = code_of(secret_in(self.http.get(door).text))
            answer = self.post(door, {"code": code})
            printed[username] = printed_in(answer.text)
            assert printed[username], answer.text
            return
        answer = self.post(door, {"code": printed[username].pop()})
        assert answer.status_code == 302, answer.text

    def post(self, url: str, fields: dict[str, Any] | None = None) -> httpx.Response:
        """Send a form as its page would."""
        token = self.http.cookies.get("dangqun_csrf", "")
        headers = {"Referer": f"{self.served.address}/", "Origin": self.served.address}
        return self.http.post(url, data={"csrfmiddlewaretoken": token, **(fields or {})}, headers=headers)

    def tab(self, *topics: str, origin: str | None = None) -> Tab:
        """Open a live tab that listens to these topics."""
        return Tab(self.served, dict(self.http.cookies), topics, origin)


class Tab:
    """One live tab."""

    def __init__(
        self, served: Served, cookies: dict[str, str], topics: tuple[str, ...], origin: str | None
    ) -> None:
        cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
        self.socket = connect(
            f"ws://127.0.0.1:{served.port}/live/",
            origin=origin or served.address,
            additional_headers={"Cookie": cookie},
            open_timeout=PATIENCE,
            legacy=True,
        )
        if topics:
            self.subscribe(*topics)

    def subscribe(self, *topics: str, age: int = LONG) -> None:
        """Ask to listen; a page of great age is told at once all that it may listen to."""
        self.socket.send(json.dumps({"subscribe": topics, "age": age}))

    def hears(self, timeout: float = PATIENCE) -> str | None:
        """Return the next topic that is told, None when it stays silent."""
        try:
            return json.loads(self.socket.recv(timeout))["topic"]
        except TimeoutError:
            return None

    def hears_all(self, *topics: str) -> bool:
        """Whether each of these is told, in any order."""
        return {self.hears() for _ in topics} == set(topics)

    def closes(self, timeout: float = PATIENCE) -> int | None:
        """Return the code with which it is closed, None when it stays open."""
        until = time.monotonic() + timeout
        try:
            while time.monotonic() < until:
                self.socket.recv(max(0.01, until - time.monotonic()))
        except TimeoutError:
            return None
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006
        return None


@contextmanager
def town(data: Path, **more: str) -> Iterator[Served]:
    """Yield the small town in a data folder, its server not started yet; PostgreSQL when the suite runs on it."""
    data.mkdir(parents=True, exist_ok=True)
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    with database_in(data) as url:
        env = os.environ | {"DANGQUN_DATA": str(data), "DATABASE_URL": url, "PYTHONPATH": path, **more}
        env["DJANGO_SETTINGS_MODULE"] = "dangqun.config.settings"
        beside = subprocess.Popen(
            [sys.executable, "-c", BESIDE], env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        served = Served(data, env, free_port(), beside)
        try:
            served.people = served.run(BUILD)
            yield served
        finally:
            if served.process and served.process.poll() is None:
                served.stop()
            beside.stdin.close()
            beside.wait(PATIENCE)


@contextmanager
def database_in(data: Path) -> Iterator[str]:
    """Yield the address of an empty database: in a data folder, or in the cluster that the suite runs on."""
    given = os.environ.get("DATABASE_URL", "")
    if not given.startswith("postgres"):
        yield f"sqlite:///{data}/zone.sqlite3"
        return
    import psycopg

    name = f"town_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(given, autocommit=True) as cluster:
        cluster.execute(f"CREATE DATABASE {name}")
        yield given.rpartition("/")[0] + f"/{name}"
        cluster.execute(f"DROP DATABASE {name} WITH (FORCE)")


def children_of(pid: int) -> dict[int, int]:
    """Return the living children of a process, each with its niceness (Linux; a bare machine has no `ps`)."""
    found = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        state = _state(file)
        if state and state[0] != "Z" and int(state[1]) == pid:
            found[int(file.parent.name)] = int(state[16])
    return found


def runs(pid: int) -> bool:
    """Whether a process is alive."""
    state = _state(Path(f"/proc/{pid}/stat"))
    return bool(state) and state[0] != "Z"


def _state(file: Path) -> list[str]:
    try:
        return file.read_text().rpartition(")")[2].split()
    except OSError:
        return []
