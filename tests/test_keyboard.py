"""Without a mouse: sign in, sign a notice, search, go through the menu, change to 长辈版, answer a question."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.gallery.serving import serve

PHONE, DESK = {"width": 360, "height": 780}, {"width": 1440, "height": 900}
MOST_STEPS = 60
FOCUS = """() => {
  if (document.activeElement === document.body) return null;  // past the last stop, in the browser's own controls
  const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
  const middle = document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height / 2, 20));
  return {
    name: (e.getAttribute('aria-label') || e.innerText || e.value || e.name || '').trim(),
    ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight,
    covered: !!middle && !e.contains(middle) && !middle.contains(e),
  };
}"""

pytestmark = [pytest.mark.journey, pytest.mark.once]


def tab_to(page, wanted):
    """Press Tab until the focus is on what has that name; every stop on the way must be seen. Return the names passed."""
    passed = []
    for _ in range(MOST_STEPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop is None:
            continue
        assert stop["ring"] and stop["seen"], stop
        assert not stop["covered"], stop
        passed.append(stop["name"])
        if re.search(wanted, stop["name"]):
            return passed
    raise AssertionError(f"{wanted} was not reached: {passed}")


@pytest.fixture
def door(server, chromium):
    """Return a function that opens the sign-in page at a size, and the accounts."""
    address, accounts = server
    opened = []

    def at_size(size):
        context = chromium.new_context(base_url=address, viewport=size, locale="zh-CN")
        opened.append(context)
        page = context.new_page()
        page.goto("/sign-in/")
        page.wait_for_load_state("load")
        return page

    yield at_size, accounts
    for context in opened:
        context.close()


def sign_in(page, account):
    """Sign in by keys alone: the focus is on 用户名 from the start."""
    expect(page.locator(":focus")).to_have_attribute("name", "username")
    page.keyboard.type(account["username"])
    page.keyboard.press("Tab")
    page.keyboard.type(account["password"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("待办", timeout=20000)
    page.wait_for_load_state("load")


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_day_without_a_mouse(door, size):
    at_size, accounts = door
    page = at_size(size)
    sign_in(page, accounts["secretary" if size is DESK else "stranger"])
    assert tab_to(page, "跳到正文") == ["跳到正文"]
    tab_to(page, "^签收")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("已签收", timeout=15000)
    tab_to(page, "^联动")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("概览", timeout=15000)
    tab_to(page, "^组织体系")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("组织体系", timeout=15000)


def test_the_skip_link_leads_past_the_menu(enter):
    page = enter("secretary", DESK)
    page.goto("/overview/")
    page.wait_for_load_state("load")
    tab_to(page, "跳到正文")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("!!document.activeElement.closest('main')")


def test_a_slash_searches_and_escape_leaves_the_field(enter):
    page = enter("secretary", DESK)
    page.wait_for_load_state("load")
    page.keyboard.press("/")
    expect(page.locator(":focus")).to_have_attribute("type", "search")
    page.keyboard.press("Escape")
    expect(page.locator("input[data-slash]")).not_to_be_focused()
    page.keyboard.press("/")
    page.keyboard.type("党支部")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/search/"))
    expect(page.locator("#results")).to_contain_text("党支部")


def test_a_slash_typed_into_a_field_stays_a_slash(enter):
    page = enter("secretary", DESK)
    page.goto("/search/")
    page.wait_for_load_state("load")
    page.locator("#q").focus()
    page.keyboard.type("a/b")
    expect(page.locator("#q")).to_have_value("a/b")


def test_the_elder_view_is_one_key_away_and_back(enter):
    page = enter("member", DESK)
    page.wait_for_load_state("load")
    tab_to(page, "^长辈版$")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-view", "elder")
    page.wait_for_load_state("load")
    tab_to(page, "^标准版$")
    page.keyboard.press("Enter")
    expect(page.locator("html")).not_to_have_attribute("data-view", re.compile("."))


def test_a_question_keeps_the_focus_within_and_gives_it_back(chromium):
    with serve() as address:
        page = chromium.new_page(viewport=DESK)
        page.goto(address)
        page.wait_for_load_state("load")
        opener = page.locator("[data-dialog]").first
        opener.focus()
        page.keyboard.press("Enter")
        expect(page.locator("dialog[open]")).to_be_visible()
        for _ in range(6):
            page.keyboard.press("Tab")
            assert page.evaluate(
                "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
            )
        page.keyboard.press("Escape")
        expect(page.locator("dialog[open]")).to_have_count(0)
        expect(opener).to_be_focused()
        page.close()
