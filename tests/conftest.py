"""The product as its users meet it, for tests in real Chromium: demo zone, real server, people signed in."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from playwright.sync_api import expect

RUN = [sys.executable, "-c", "from dangqun.config.cli import main; main()"]
FIRST_START = 240  # seconds; it compresses the style sheets, which a busy machine does slowly


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The demo zone, served from a data folder of its own, new for each module: address, and accounts by role."""
    from tests.served import database_in

    data = tmp_path_factory.mktemp("served")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with database_in(data) as url:
        env = os.environ | {"DANGQUN_DATA": str(data), "DATABASE_URL": url}
        subprocess.run([*RUN, "demo"], env=env, check=True, capture_output=True)
        process = subprocess.Popen([*RUN, "serve", "--port", str(port)], env=env)
        yield _until_it_answers(process, port), _accounts(data)
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _until_it_answers(process, port):
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + FIRST_START
    while not _answers(address):
        assert process.poll() is None, "the server stopped while starting"
        assert time.monotonic() < deadline, "the server did not answer"
        time.sleep(0.2)
    return address


def _accounts(data):
    return {each["role"]: each for each in json.loads((data / "demo-accounts.json").read_text())}


def _answers(address):
    try:
        urllib.request.urlopen(f"{address}/alive/", timeout=2)
    except OSError:
        return False
    return True


@pytest.fixture
def enter(server, chromium):
    """Return a function that opens a page signed in as a role, at a size."""
    address, accounts = server
    opened = []

    def as_role(role, size):
        context = chromium.new_context(base_url=address, viewport=size, locale="zh-CN")
        opened.append(context)
        page = context.new_page()
        page.faults = []
        page.on(
            "console", lambda message: page.faults.append(message.text) if message.type == "error" else None
        )
        page.goto("/sign-in/")
        page.get_by_label("用户名").fill(accounts[role]["username"])
        page.get_by_label("密码").fill(accounts[role]["password"])
        page.get_by_role("button", name="登录").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("待办", timeout=20000)
        return page

    yield as_role
    for context in opened:
        context.close()
