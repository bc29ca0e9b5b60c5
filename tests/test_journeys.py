"""The main job in real Chromium: a clerk imports and publishes, a secretary signs, a stranger gets nowhere."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import expect

DATA = Path(__file__).resolve().parent / "data" / "zone-clean"
PHONE, DESK = {"width": 360, "height": 780}, {"width": 1440, "height": 900}
PAGES = ("/", "/notices/", "/notices/1/", "/notices/1/receipts/", "/notices/new/", "/overview/", "/orgs/", "/orgs/coverage/", "/people/", "/people/import/", "/services/", "/me/", "/me/devices/", "/me/password/", "/me/view/", "/search/?q=支部")  # fmt: skip

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The product as its users meet it: demo zone, real server, a data folder of its own."""
    data = tmp_path_factory.mktemp("served")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = os.environ | {"DANGQUN_DATA": str(data), "DATABASE_URL": f"sqlite:///{data}/zone.sqlite3"}
    run = [sys.executable, "-c", "from dangqun.config.cli import main; main()"]
    subprocess.run([*run, "demo"], env=env, check=True, capture_output=True)
    process = subprocess.Popen([*run, "serve", "--port", str(port)], env=env)
    address = f"http://127.0.0.1:{port}"
    deadline = (
        time.monotonic() + 240
    )  # the first start compresses the style sheets, which a busy machine does slowly
    while not _answers(address):
        assert process.poll() is None, "the server stopped while starting"
        assert time.monotonic() < deadline, "the server did not answer"
        time.sleep(0.2)
    yield address, {each["role"]: each for each in json.loads((data / "demo-accounts.json").read_text())}
    process.send_signal(signal.SIGTERM)
    process.wait(20)


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


def test_a_clerk_publishes_and_sees_a_secretary_sign_without_reloading(enter):
    clerk, secretary = enter("office", DESK), enter("secretary", PHONE)
    clerk.goto("/notices/new/")
    clerk.get_by_label("标题").fill("关于冬季安全生产自查的通知")
    clerk.get_by_label("正文").fill("请各支部自查。")
    clerk.get_by_role("button", name="发布通知").click()
    expect(clerk.get_by_role("heading", level=1)).to_contain_text("冬季安全生产")
    signed = clerk.locator(".dq-tally-main dd").first
    expect(signed).to_have_text("0")
    expect(secretary.get_by_role("link", name="关于冬季安全生产自查的通知", exact=True)).to_be_visible(
        timeout=2000
    )
    line = secretary.locator("li.dq-task", has_text="冬季安全生产")
    line.get_by_role("button", name="签收").click()
    expect(secretary.get_by_role("status").first).to_contain_text("已签收", timeout=15000)
    expect(signed).to_have_text("1", timeout=15000)
    assert clerk.faults == [] and secretary.faults == []


def test_a_clerk_imports_the_office_workbook_in_the_browser(enter):
    clerk = enter("office", DESK)
    clerk.goto("/people/import/members/")
    clerk.set_input_files("input[type=file]", DATA / "roster.xlsx")
    clerk.locator("main form button[type=submit]").first.click()
    expect(clerk.locator("main")).to_contain_text("203", timeout=20000)
    assert clerk.faults == []


def test_a_stranger_gets_404_for_everything_of_another_branch(enter, server):
    secretary, stranger = enter("secretary", DESK), enter("stranger", DESK)
    secretary.goto("/people/")
    person = secretary.locator("tbody a").first.get_attribute("href")
    secretary.goto("/orgs/")
    branch = next(
        link.get_attribute("href")
        for link in secretary.locator("tbody th a").all()
        if "/orgs/" in link.get_attribute("href")
    )
    for address in (person, branch):
        assert secretary.goto(address).status == 200
        assert stranger.goto(address).status == 404
        expect(stranger.get_by_role("heading", level=1)).to_contain_text("没有这一页")


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("view", ["", "elder"], ids=["plain", "elder"])
def test_no_page_breaks_a_rule_of_accessibility_or_scrolls_sideways(enter, axe, size, view):
    page = enter("office", size)
    found = {}
    for address in PAGES:
        page.goto(address)
        if view:
            page.evaluate("view => document.documentElement.dataset.view = view", view)
        page.evaluate(axe)
        result = page.evaluate("() => axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})")
        rules = [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in result["violations"]]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"):
            rules.append("scrolls sideways")
        if rules:
            found[address] = rules
    assert found == {}


def test_the_main_way_works_with_the_keyboard_alone(enter):
    page = enter("secretary", DESK)
    page.wait_for_load_state("load")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("跳到正文")
    page.keyboard.press("/")
    expect(page.locator(":focus")).to_have_attribute("type", "search")
    page.keyboard.type("党支部")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/search/"))
    expect(page.locator("#results")).to_contain_text("党支部")
