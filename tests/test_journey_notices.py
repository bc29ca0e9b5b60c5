"""Notices in real Chromium: written with the editor, kept by itself, with a file; signed on a phone and by keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser import axe_violations

PHONE, DESK = {"width": 360, "height": 780}, {"width": 1440, "height": 900}
LONG = 20_000  # ms; nothing here says how fast the product is
WORD = """<html><head><style>p{font-family:仿宋}</style></head><body><h1 style="text-align:center">一、时间</h1>
<p class=MsoNormal style='margin:0'><b><span style="color:red">本周内</span></b>完成。<o:p></o:p></p></body></html>"""
PASTE = """html => {
  const editor = document.querySelector("trix-editor");
  const data = new DataTransfer();
  data.setData("text/html", html);
  editor.focus();
  editor.dispatchEvent(new InputEvent("beforeinput", {inputType: "insertFromPaste", dataTransfer: data, bubbles: true, cancelable: true}));
}"""

pytestmark = [pytest.mark.journey, pytest.mark.once]


def write(page, title):
    """Write a notice with the editor and wait until it has kept itself."""
    page.goto("/notices/new/")
    editor = page.locator("trix-editor")
    expect(editor).to_be_visible(timeout=LONG)
    page.get_by_label("标题").fill(title)
    page.keyboard.press("Enter")
    expect(editor).to_be_focused()
    page.keyboard.type("各党支部：\n请按下面的要求自查。\n")
    page.get_by_role("button", name="小标题").click()
    page.keyboard.type("有关要求\n")
    page.get_by_role("button", name="编号").click()
    page.keyboard.type("先自查\n再整改")
    expect(page.locator("#kept")).to_contain_text("已存草稿", timeout=LONG)
    expect(page).to_have_url(re.compile(r"/notices/\d+/edit/"))


def html(page):
    """Return what the editor would send."""
    return page.locator("#body-input").input_value()


def test_a_notice_is_written_kept_and_found_again_as_it_was(enter):
    clerk = enter("office", DESK)
    write(clerk, "关于冬季自查的通知")
    clerk.evaluate(PASTE, WORD)
    expect(clerk.locator("trix-editor h2", has_text="一、时间")).to_be_visible()
    written = html(clerk)
    assert "<ol><li>先自查</li>" in written and "<strong>本周内</strong>" in written
    assert not re.search("style|class|span|Mso|o:p", written)
    expect(clerk.locator("#kept")).to_contain_text("已存草稿", timeout=LONG)
    clerk.get_by_role("button", name="存为草稿").last.click()
    expect(clerk.get_by_role("status").filter(has_text="草稿已保存")).to_be_visible(timeout=LONG)
    assert html(clerk) == written
    assert clerk.faults == []  # before axe, which puts styles of its own into the page
    assert axe_violations(clerk) == []
    clerk.goto("/notices/?box=drafts")
    expect(clerk.get_by_role("link", name="关于冬季自查的通知")).to_have_count(1)


def test_a_notice_with_a_file_is_signed_on_a_phone_while_the_clerk_watches(enter):
    clerk, secretary = enter("office", DESK), enter("secretary", PHONE)
    write(clerk, "关于第四季度例会的通知")
    clerk.set_input_files("input[name=files]", [{"name": "议程.txt", "mimeType": "text/plain", "buffer": "议程".encode()}, {"name": "坏.exe", "mimeType": "x/x", "buffer": b"MZ" + b"\0" * 300}])  # fmt: skip
    expect(clerk.locator("#files")).to_contain_text("议程.txt", timeout=LONG)
    expect(clerk.locator("#files")).to_contain_text("程序文件", timeout=LONG)
    expect(clerk.locator("#cost")).to_contain_text("发给 203 人，203 人 × 约 1 分钟", timeout=LONG)
    clerk.get_by_role("button", name="全不选").first.click()
    expect(clerk.locator("#cost")).to_contain_text("还没有选到人", timeout=LONG)
    clerk.get_by_role("button", name="全选", exact=True).first.click()
    expect(clerk.locator("#cost")).to_contain_text("203 人", timeout=LONG)
    clerk.get_by_role("button", name="发布通知").click()
    expect(clerk.get_by_role("heading", level=1)).to_contain_text("第四季度例会", timeout=LONG)
    signed = clerk.locator(".dq-tally-main dd").first
    expect(signed).to_have_text("0")

    secretary.get_by_role("link", name="关于第四季度例会的通知", exact=True).click(timeout=LONG)
    expect(secretary.locator(".dq-letter-body ol li").first).to_have_text("先自查")
    with secretary.expect_download() as fetched:
        secretary.get_by_role("link", name="议程.txt").click()
    assert fetched.value.suggested_filename == "议程.txt"
    assert fetched.value.path().read_bytes() == "议程".encode()
    secretary.get_by_role("button", name="签收", exact=True).click()
    expect(secretary.locator(".dq-stamp")).to_contain_text("已签收", timeout=LONG)
    expect(signed).to_have_text("1", timeout=LONG)
    assert secretary.evaluate("document.documentElement.scrollWidth <= innerWidth")
    secretary.locator(".dq-dock").get_by_role("button", name="撤销").click()
    expect(secretary.get_by_role("button", name="签收", exact=True)).to_be_visible(timeout=LONG)
    expect(signed).to_have_text("0", timeout=LONG)
    assert clerk.faults == [] and secretary.faults == []


def test_a_secretary_signs_with_the_keyboard_alone(enter):
    secretary = enter("secretary", DESK)
    secretary.goto("/notices/2/")
    button = secretary.get_by_role("button", name="签收", exact=True)
    for _ in range(40):
        secretary.keyboard.press("Tab")
        if button.evaluate("each => each === document.activeElement"):
            break
    expect(button).to_be_focused()
    secretary.keyboard.press("Enter")
    expect(secretary.locator(".dq-stamp")).to_contain_text("已签收", timeout=LONG)
    assert secretary.faults == []


def test_people_are_picked_by_name_on_a_phone_and_put_back(enter):
    clerk = enter("office", PHONE)
    clerk.goto("/notices/new/")
    clerk.get_by_role("button", name="全不选").first.click()
    clerk.get_by_label("另外点名").fill("雷")
    found = clerk.locator("#found label").first
    found.click(timeout=LONG)
    expect(clerk.locator("#picked label")).to_have_count(1)
    expect(clerk.locator("#cost")).to_contain_text("发给 1 人", timeout=LONG)
    clerk.locator("#picked label").click()
    expect(clerk.locator("#picked label")).to_have_count(0)
    expect(clerk.locator("#cost")).to_contain_text("还没有选到人", timeout=LONG)
    assert clerk.faults == []


def test_what_is_typed_stays_when_the_sign_in_is_over(enter):
    clerk = enter("office", DESK)
    clerk.goto("/notices/new/")
    expect(clerk.locator("trix-editor")).to_be_visible(timeout=LONG)
    held = clerk.context.cookies()
    clerk.context.clear_cookies()
    clerk.get_by_label("标题").fill("写到一半")
    expect(clerk.locator("#kept")).to_contain_text("已经退出登录", timeout=LONG)
    expect(clerk.get_by_label("标题")).to_have_value("写到一半")
    clerk.context.add_cookies(held)
    clerk.get_by_role("button", name="存为草稿").last.click()
    expect(clerk.get_by_role("status").filter(has_text="草稿已保存")).to_be_visible(timeout=LONG)
    expect(clerk.get_by_label("标题")).to_have_value("写到一半")


def test_without_script_a_notice_is_written_and_published_all_the_same(server, chromium):
    address, accounts = server
    context = chromium.new_context(base_url=address, java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto("/sign-in/?next=/notices/new/")
    page.get_by_label("用户名").fill(accounts["office"]["username"])
    page.get_by_label("密码").fill(accounts["office"]["password"])
    page.get_by_role("button", name="登录").click()
    page.get_by_label("标题").fill("不用脚本的通知")
    page.get_by_label("正文").fill("各支部：\n\n## 要求\n- 自查")
    page.set_input_files("input[name=files]", {"name": "表.txt", "mimeType": "text/plain", "buffer": b"x"})
    page.get_by_label("另外点名").fill("雷")
    page.get_by_role("button", name="找人").click()
    page.locator("#found label").first.click()
    expect(page.locator("#files")).to_contain_text("表.txt")
    page.get_by_role("button", name="发布通知").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("不用脚本的通知")
    context.close()
