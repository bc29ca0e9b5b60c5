"""The foot of every page: how to report, and the filing numbers that lead to their registers and nowhere else."""

from __future__ import annotations

import re

import pytest
from django.template.loader import get_template
from django.test import Client

from tests.test_pages import ADDRESS
from tests.world import enter

pytestmark = [pytest.mark.django_db, pytest.mark.once]
REGISTERS = {
    "https://beian.miit.gov.cn/",
    "https://beian.mps.gov.cn/#/query/webSearch?code=34070000000001",
}


@pytest.fixture
def filed(settings):
    """An installation that is filed."""
    settings.ICP, settings.POLICE = "皖ICP备12345678号-2", "皖公网安备34070000000001号"
    settings.REPORT = "举报电话 0562-1234567"


def pages(world):
    """Return a page for somebody signed in, the door, an absent page, a form too old, and our own fault."""
    browser = Client()
    enter(browser, world.user["member"])
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser.cookies
    answers = {
        "todo": browser.get("/"),
        "door": Client().get("/sign-in/"),
        "privacy": Client().get("/privacy/"),
        "absent": browser.get("/no/such/page/"),
        "absent at the door": Client().get("/no/such/page/"),
        "unreadable": browser.get("/notices/?q=%00"),
        "too old": strict.post("/me/password/", {"old": "x"}),
    }
    return {name: answer.content.decode() for name, answer in answers.items()} | {
        "fault": get_template("500.html").render()
    }


def test_every_page_says_how_to_report_and_under_which_numbers_it_is_filed(world, filed):
    for name, html in pages(world).items():
        assert all(word in html for word in ("举报电话", "皖ICP备12345678号-2", "皖公网安备")), name
        assert set(ADDRESS.findall(html)) == REGISTERS, name
        assert html.count('rel="noreferrer noopener"') == 2, name


def test_without_the_settings_no_page_has_an_empty_foot_or_an_address_elsewhere(world):
    for name, html in pages(world).items():
        assert ADDRESS.findall(html) == [] and not re.search(r'class="dq-filing"', html), name


def test_what_an_administrator_sets_is_shown_as_text(world, settings):
    settings.REPORT = "<b>电话</b>"
    assert "&lt;b&gt;电话" in Client().get("/sign-in/").content.decode()
