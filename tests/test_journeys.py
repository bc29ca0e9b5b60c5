"""The main job in real Chromium: a clerk imports and publishes, a secretary signs, a stranger gets nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

DATA = Path(__file__).resolve().parent / "data" / "zone-clean"
PHONE, DESK = {"width": 360, "height": 780}, {"width": 1440, "height": 900}

pytestmark = pytest.mark.journey


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
