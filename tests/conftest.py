"""The product as its users meet it, for tests in real Chromium: demo zone, real server, people signed in."""

from __future__ import annotations

import json
import os
import subprocess

import pytest
from playwright.sync_api import expect

from tests.second_factor import code_of, printed_in, secret_in


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The demo zone, served from a data folder of its own, new for each module: address, and accounts by role."""
    from tests.served import DANGQUN, ROOT, Served, database_in, free_port

    data = tmp_path_factory.mktemp("served")
    with database_in(data) as url:
        env = os.environ | {"DANGQUN_DATA": str(data), "DATABASE_URL": url}
        subprocess.run([*DANGQUN, "demo"], env=env, cwd=ROOT, check=True, capture_output=True)
        served = Served(data, env, free_port(), None)
        served.start()
        accounts = json.loads((data / "demo-accounts.json").read_text())
        yield served.address, {each["role"]: each for each in accounts}
        served.stop()


ADMINISTRATORS = ("system_admin", "security_admin", "auditor")


def _give_code(page, account):
    """Set up the second factor at the first sign-in, give a printed code at each later one."""
    if "printed" not in account:
        expect(page.get_by_role("heading", name="先开启验证码")).to_be_visible(timeout=20000)
        page.get_by_label("手机上的 6 位验证码").fill(code_of(secret_in(page.content())))
        page.get_by_role("button", name="开启并登录").click()
        expect(page.get_by_role("heading", name="备用码 10 个")).to_be_visible(timeout=20000)
        account["printed"] = printed_in(page.content())
        page.get_by_role("link", name="我收好了，继续").click()
        return
    page.get_by_label("验证码").fill(account["printed"].pop())
    page.get_by_role("button", name="登录").click()


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
        if role in ADMINISTRATORS:
            _give_code(page, accounts[role])
        expect(page.get_by_role("heading", level=1)).to_contain_text("待办", timeout=20000)
        return page

    yield as_role
    for context in opened:
        context.close()
