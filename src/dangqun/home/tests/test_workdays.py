"""工作日历 on the screen: a notice pasted, a day taken back, a year confirmed; the task's default deadline follows."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from dangqun.kernel.calendars import workday
from tests.world import enter

pytestmark = [pytest.mark.django_db, pytest.mark.once]
YEAR = 2041


@pytest.fixture
def clerk(world):
    browser = Client()
    enter(browser, world.user["office"])
    return browser


def test_a_pasted_notice_is_stored_and_shown_and_each_day_can_be_taken_back(clerk):
    typed = {
        "year": YEAR,
        "days": "5月1日至3日放假，5月4日上班",
        "kind": "rest",
        "why": "国办发明电〔2040〕7号",
    }
    answer = clerk.post(reverse("workdays-set"), typed)
    html = clerk.get(answer["Location"]).content.decode()
    assert "已录入 4 天" in html and "国办发明电〔2040〕7号" in html and html.count("<b>休</b>") == 3
    assert "暂算" in html
    clerk.post(reverse("workdays-back"), {"day": "2041-05-01"})
    assert workday(date(2041, 5, 1)).is_workday and not workday(date(2041, 5, 2)).is_workday


def test_what_cannot_be_read_stays_in_the_form_with_a_sentence(clerk):
    typed = {"year": YEAR, "days": "5月32日放假", "kind": "rest", "why": "x"}
    html = clerk.post(reverse("workdays-set"), typed).content.decode()
    assert "没有这一天" in html and "5月32日放假" in html


def test_a_confirmed_year_is_no_longer_provisional_until_that_is_taken_back(clerk):
    page = f"{reverse('workdays')}?year={YEAR}"
    assert "没有录全" in clerk.get(page).content.decode()
    clerk.post(reverse("workdays-confirm"), {"year": YEAR, "complete": "on"})
    assert "确认录全" in clerk.get(page).content.decode()
    clerk.post(reverse("workdays-confirm"), {"year": YEAR})
    assert "没有录全" in clerk.get(page).content.decode()


def test_the_deadline_of_a_task_says_that_it_is_provisional_only_while_it_is(world, monkeypatch):
    from dangqun.kernel.calendars import moment

    monkeypatch.setattr("django.utils.timezone.now", lambda: moment(date(2041, 5, 6)))
    clerk = Client()
    enter(clerk, world.user["office"])
    assert "暂算" in clerk.get(reverse("task-new")).content.decode()
    clerk.post(reverse("workdays-confirm"), {"year": YEAR, "complete": "on"})
    assert "暂算" not in clerk.get(reverse("task-new")).content.decode()


@pytest.mark.parametrize("year", ["", "abc", "99999", "-1", "1999"])
def test_a_year_that_is_none_shows_this_one(clerk, year):
    assert clerk.get(f"{reverse('workdays')}?year={year}").status_code == 200
    assert (
        clerk.post(reverse("workdays-set"), {"year": year, "days": "", "kind": "", "why": ""}).status_code
        == 200
    )
