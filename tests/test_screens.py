"""Every page of every role in real Chromium: no rule of WCAG 2.2 A and AA broken, no sideways scrolling, room for a finger.

The pages come from the URL resolver: each is reached by links, as people reach it. A page without a link fails the test.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.urls import Resolver404, get_resolver, resolve

from dangqun.config.checks import all_patterns

DATA = Path(__file__).resolve().parent / "data" / "zone"
PHONE, DESK, ZOOMED = (
    {"width": 360, "height": 780},
    {"width": 1440, "height": 900},
    {"width": 720, "height": 450},
)
LOOKS = (
    (PHONE, ""),
    (PHONE, "elder"),
    (DESK, ""),
    (DESK, "elder"),
    (ZOOMED, ""),
)  # ZOOMED: the desk at 200 %
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
ROLES = ("office", "secretary", "member", "committee_member", "instructor", "enterprise_rep", "system_admin", "security_admin", "auditor")  # fmt: skip
UNLINKED = {
    "alive": "for machines",
    "assignment-answer": "sent by a form of the branch's own part, which shows it again after a mistake",
    "notice-schedule": "sent by a form of the draft",
    "activate-password": "opens only with a valid code",
    "calendar-feed": "for calendars of phones, under a secret address",
    "channel": "only where a channel has been set up",
    "facts-strip": "a piece of the auditor's page",
    "me-second-factor-fresh": "only where an export asks for it",
    "me-second-factor-off": "only for who has one and need not",
    "me-second-factor-set-up": "opens after a password",
    "notice-left": "only for a draft whose author has left",
    "paper-file": "made by the worker",
    "paper-making": "only while the worker makes a long one",
    "sign-in-code": "part of the door",
    "sign-in-set-up": "part of the door",
    "notice-branches": "a piece of the audience, in large zones only",
    "person-confirm": "only for a probationary member whose year is over",
    "person-restore": "only for somebody who has left",
}
HREF = re.compile(r'(?:href|hx-get)="(/[^"#]*|\?[^"#]*)"')
MOST_LOOKED_AT = 320
EACH = 5  # addresses of one route that are read for links: another person, another branch has other ones

pytestmark = [pytest.mark.journey, pytest.mark.once]
reached: set[str] = set()


def pages_of(page):
    """Return one address for each page that links lead to, by route name, as this person meets them."""
    found, queue, seen = {}, ["/", "/linkage/"], {}
    while queue and len(seen) < MOST_LOOKED_AT:
        url = queue.pop(0)
        seen[url] = _name(url)
        answer = page.request.get(url)
        if answer.ok:
            reached.add(_name(url))
        if not answer.ok or "text/html" not in answer.headers["content-type"]:
            continue
        text = answer.text()
        if "<html" in text:
            found.setdefault(_name(url), url)
        for link in dict.fromkeys(HREF.findall(text)):
            link = (link if link.startswith("/") else url.split("?")[0] + link).replace("&amp;", "&")
            same = [*seen.values(), *map(_name, queue)].count(_name(link))
            if _name(link) and link not in seen and link not in queue and same < EACH:
                queue.append(link)
    return found


def _name(url):
    try:
        return resolve(url.split("?")[0]).url_name
    except Resolver404:
        return None


SKELETON = """() => [...new Set([...document.querySelectorAll('body *')].map(e => e.tagName + '.' + e.className.baseVal +
  e.className + [...e.attributes].filter(a => /^(role|aria|type|href|for|scope)/.test(a.name)).map(a => a.name) +
  '<' + e.parentElement.tagName + '.' + e.parentElement.className))]"""
SIDEWAYS = "document.documentElement.scrollWidth - innerWidth"
SMALL = """least => {
  const own = '.btn, .dq-tap, .dq-bottombar a, .dq-chip, .form-control, .form-select, .dq-go, button.dq-fold, summary, ' +
    '.dq-elder-switch, .dq-form-end a, .dq-pager .btn, .form-check, .dq-index a, .dq-spine a';
  const tall = e => {
    const after = getComputedStyle(e, '::after'), box = e.getBoundingClientRect();
    return Math.max(box.height, after.position === 'absolute' && after.content !== 'none' ? parseFloat(after.height) || 0 : 0);
  };
  const unseen = e => !e.checkVisibility({visibilityProperty: true, opacityProperty: true}) || e.getBoundingClientRect().width < 2;
  const within = e => e.closest('.dq-drop.is-ready, .visually-hidden, .dq-problem') || e.matches('.is-off, [type=hidden]');
  return [...document.querySelectorAll(own)].filter(e => !unseen(e) && !within(e) && tall(e) < least - 0.5)
    .map(e => `${Math.round(tall(e))} px: ${e.outerHTML.slice(0, 90)}`).slice(0, 4);
}"""


def faults(page, seen):
    """Return what is wrong with the page that is open, in every look. What was examined already is not examined again."""
    told = []
    for size, view in LOOKS:
        page.set_viewport_size(size)
        page.evaluate("view => { view ? document.documentElement.dataset.view = view : delete document.documentElement.dataset.view }", view)  # fmt: skip
        look = f"{size['width']} {view}".strip()
        new = set(page.evaluate(SKELETON)) - seen.setdefault(look, set())
        if new:
            seen[look] |= new
            result = page.evaluate("tags => axe.run({runOnly: tags, resultTypes: ['violations']})", STANDARDS)
            told += [
                f"{look}: {each['id']} {each['nodes'][0]['html'][:140]}" for each in result["violations"]
            ]
        if size is PHONE:
            told += [f"{look}: {each}" for each in page.evaluate(SMALL, 60 if view else 44)]
        if page.evaluate(SIDEWAYS) > 1:
            told.append(f"{look}: scrolls sideways")
    page.set_viewport_size(PHONE)
    for view in ("elder-2", "elder-3"):
        page.evaluate("view => document.documentElement.dataset.view = view", view)
        if page.evaluate(SIDEWAYS) > 1:
            told.append(f"360 {view}: scrolls sideways")
    return told


examined: dict[str, set[str]] = {}


@pytest.mark.parametrize("role", ROLES)
def test_no_page_of_a_role_breaks_a_rule_scrolls_sideways_or_is_too_small_for_a_finger(enter, axe, role):
    page = enter(role, PHONE)
    if role == "office":
        begin_what_has_no_page_yet(page)
    found = {}
    addresses = pages_of(page)
    for name, url in addresses.items():
        page.set_viewport_size(PHONE)
        page.faults.clear()
        page.goto(url)
        said = [*page.faults]  # before axe, which sets styles of its own
        page.evaluate(axe)
        if told := [*said, *faults(page, examined)]:
            found[f"{name} {url}"] = told
    assert len(addresses) > 5
    assert found == {}


def begin_what_has_no_page_yet(page):
    """Begin an import, a draft of a notice, a draft of a task and a task, so that their pages exist."""
    page.goto("/people/import/members/")
    page.set_input_files("input[type=file]", DATA / "roster.xlsx")
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(re.compile(r"/people/import/\d+/"), timeout=60000)
    page.goto("/notices/new/")
    page.get_by_label("标题").fill("还没有写完的通知")
    page.get_by_role("button", name="存为草稿").click()
    page.wait_for_load_state()
    for title in ("还没有交办的任务", "冬季安全生产隐患自查"):
        page.goto("/tasks/new/")
        page.get_by_label("标题").fill(title)
        page.get_by_label("要做什么").fill("查一遍，写清楚。")
        page.locator("input[name=orgs]").first.check()
        page.get_by_role("button", name="交办" if "自查" in title else "存为草稿", exact=True).last.click()
        page.wait_for_load_state()


@pytest.mark.parametrize(
    "url", ["/sign-in/", "/activate/", "/privacy/", "/papers/0000000000/", "/no/such/page/"]
)
def test_the_door_breaks_no_rule(server, chromium, axe, url):
    context = chromium.new_context(base_url=server[0], viewport=PHONE, locale="zh-CN")
    page = context.new_page()
    page.goto(url)
    page.evaluate(axe)
    assert faults(page, {}) == []
    reached.add(_name(url))
    context.close()


def test_every_page_of_the_resolver_was_reached_by_a_link():
    if len(examined) < len(LOOKS) or "staff" not in reached or "overview" not in reached:
        pytest.skip("the walks of all roles must have run in this process")
    pages = {each.name for each in all_patterns(get_resolver()) if "GET" in each.callback.methods}
    assert pages - reached - UNLINKED.keys() == set()
