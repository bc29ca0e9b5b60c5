"""What people do together in real Chromium: a notice is signed, a task goes round, a second factor opens the door."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.second_factor import code_of, printed_in, secret_in

LONG = 20_000  # ms; nothing here says how fast the product is
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


@pytest.mark.once
def test_a_task_goes_out_comes_back_and_is_settled_while_the_map_moves(enter):
    clerk, secretary = enter("office", DESK), enter("secretary", PHONE)
    clerk.goto("/tasks/new/")
    clerk.get_by_label("标题").fill("统计春节前要走访的老党员")
    clerk.get_by_label("要做什么").fill("写清楚几位。")
    clerk.locator("input[name=orgs]").first.check()
    clerk.get_by_role("button", name="交办", exact=True).last.click()
    expect(clerk.get_by_role("heading", level=1)).to_contain_text("统计春节前", timeout=LONG)
    figures = clerk.locator(".dq-tally-states dd")  # 待接收, 办理中, 已反馈, 已退回, 已办结
    expect(figures).to_have_text(["34", "0", "0", "0", "0"])

    line = secretary.locator("li.dq-task", has_text="统计春节前")
    line.get_by_role("link", name="统计春节前要走访的老党员", exact=True).click(timeout=LONG)
    secretary.get_by_role("button", name="接收", exact=True).click()
    secretary.get_by_label("办得怎么样").fill("一共 2 位。", timeout=LONG)
    expect(figures).to_have_text(["33", "1", "0", "0", "0"], timeout=LONG)
    secretary.get_by_role("button", name="反馈", exact=True).click()
    expect(figures).to_have_text(["33", "0", "1", "0", "0"], timeout=LONG)
    expect(clerk.locator(".dq-map")).to_contain_text("一共 2 位。")
    assert secretary.evaluate("document.documentElement.scrollWidth <= innerWidth")

    clerk.get_by_role("button", name="办结 1 个支部").click()
    expect(figures).to_have_text(["33", "0", "0", "0", "1"], timeout=LONG)
    expect(secretary.locator(".dq-letter-state")).to_contain_text("已办结", timeout=LONG)
    assert clerk.faults == [] and secretary.faults == []


@pytest.mark.once
def test_a_phone_list_has_its_numbers_on_paper(enter):
    clerk = enter("office", DESK)
    clerk.goto("/notices/1/phones/")
    clerk.get_by_label("理由").select_option("核对名册")
    clerk.get_by_role("button", name="人的电话名单").click()
    number = clerk.locator("tbody td a").first
    expect(number).to_have_text(re.compile(r"1\d{10}"), timeout=LONG)
    clerk.emulate_media(media="print")
    expect(number).to_be_visible()
    expect(clerk.get_by_role("button", name="打印")).to_be_hidden()


@pytest.mark.once
def test_a_second_factor_is_set_up_and_asked_for_at_the_next_sign_in(enter, server):
    account = server[1]["instructor"]
    page = enter("instructor", PHONE)
    page.goto("/me/devices/")
    page.get_by_role("link", name="开启验证码").click()
    page.get_by_label("现在的密码").fill(account["password"])
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("扫码", timeout=LONG)
    secret = secret_in(page.content())
    page.get_by_label("验证码").fill(code_of(secret))
    page.get_by_role("button", name="开启验证码").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("备用码 10 个", timeout=LONG)
    spare = printed_in(page.content())[0]
    page.get_by_role("link", name="我收好了，继续").click()
    page.get_by_role("button", name="退出登录").first.click()

    page.get_by_label("用户名").fill(account["username"], timeout=LONG)
    page.get_by_label("密码").fill(account["password"])
    page.get_by_role("button", name="登录").click()
    code = page.get_by_label("验证码")
    code.fill("000000", timeout=LONG)
    page.get_by_role("button", name="登录").click()
    expect(page.locator(".dq-wrong").first).to_contain_text("验证码", timeout=LONG)
    code.fill(spare)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("待办", timeout=LONG)
    assert page.faults == []
