"""The office's own workdays: they win over what is published, a missing year is 暂算 until it is confirmed."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dangqun.kernel.calendars import publicity, workday, workdays_after, workdays_between
from dangqun.kernel.facts import Fact
from dangqun.kernel.models import OwnDay, OwnYear
from dangqun.kernel.rules import RuleBroken
from dangqun.kernel.workdays import confirm_year, is_provisional, months_of, read_days, set_days, take_back

pytestmark = pytest.mark.django_db
MISSING = 2041  # no list of holidays reaches so far
SOURCE = "国办发明电〔2040〕7号"
days = st.dates(date(2026, 1, 1), date(2026, 12, 31)) | st.dates(date(2041, 1, 1), date(2041, 12, 31))


def put(*pairs):
    """Set days without the rule."""
    for day, is_workday in pairs:
        OwnDay.objects.create(
            day=day, is_workday=is_workday, why="x", at="2026-01-01T00:00Z", by_name="章文静"
        )


def naive(day, own, years):
    """Say by hand whether a day is a workday, and whether that is 暂算."""
    if day in own:
        return own[day], False
    try:
        return chinese_calendar.is_workday(day), False
    except NotImplementedError:
        return day.weekday() < 5, day.year not in years


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days, st.integers(1, 25), st.dictionaries(days, st.booleans(), max_size=30), st.booleans())
def test_windows_equal_a_naive_count_over_days(first, count, own, confirmed):
    OwnDay.objects.all().delete()
    OwnYear.objects.update_or_create(
        year=MISSING, defaults={"confirmed_at": "2040-12-01T00:00Z" if confirmed else None}
    )
    put(*own.items())
    years, day, left, provisional, begun = {MISSING} if confirmed else set(), first, count, False, None
    while left:
        works, guessed = naive(day, own, years)
        provisional |= guessed
        begun = begun or (day if works else None)
        left -= works
        day += timedelta(days=1)
    window = publicity(first, count)
    assert (window.first, window.last, window.provisional) == (begun, day - timedelta(days=1), provisional)
    assert workdays_after(first - timedelta(days=1), count) == (window.last, window.provisional)
    assert workdays_between(first, window.last) == (count, provisional)


def test_a_missing_year_is_provisional_until_the_office_confirms_it(world):
    clerk, monday = world.user["office"], date(MISSING, 1, 7)
    assert workday(monday).provisional and is_provisional(MISSING)
    set_days({monday: False}, why=SOURCE, by=clerk)
    assert workday(monday).is_workday is False and not workday(monday).provisional
    assert workday(monday + timedelta(days=1)).provisional, "one day makes no year"
    confirm_year(MISSING, complete=True, by=clerk)
    assert not workday(monday + timedelta(days=1)).provisional
    confirm_year(MISSING, complete=False, by=clerk)
    assert is_provisional(MISSING)


def test_a_day_of_the_office_wins_over_the_published_one_until_it_is_taken_back(world):
    clerk, feast = world.user["office"], date(2026, 10, 1)
    assert not workday(feast).is_workday
    set_days({feast: True}, why="防汛值守", by=clerk)
    assert workday(feast).is_workday
    take_back(feast, by=clerk)
    assert not workday(feast).is_workday
    with pytest.raises(RuleBroken, match="没有录入过"):
        take_back(feast, by=clerk)
    told = Fact.objects.filter(subject_kind="kernel.ownyear").order_by("pk")
    assert [each.what for each in told] == ["kernel.days_set", "kernel.day_taken_back"]
    assert "防汛值守" in told[0].text and told[0].actor_name == str(clerk)


def test_a_change_is_two_short_queries_away_for_every_process(world, django_assert_num_queries):
    with django_assert_num_queries(2):
        publicity(date(2026, 1, 1), 250)


NOTICE = """一、元旦：1月1日（周二）放假，共1天。
二、春节：1月31日至2月6日放假调休，共7天。1月27日（周日）、2月9日（周六）上班。
三、清明节：4月4日至6日放假，共3天。"""


def test_a_notice_of_holidays_is_read_as_it_stands():
    found = read_days(NOTICE, MISSING)
    rest = sorted(day for day, works in found.items() if not works)
    assert len(rest) == 1 + 7 + 3 and rest[1] == date(MISSING, 1, 31) and rest[-1] == date(MISSING, 4, 6)
    assert [day for day, works in sorted(found.items()) if works] == [
        date(MISSING, 1, 27),
        date(MISSING, 2, 9),
    ]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2041-05-01", {date(2041, 5, 1): False}),
        ("5/1、5/2", {date(2041, 5, 1): False, date(2041, 5, 2): False}),
        ("5月1日\n5月4日 班", {date(2041, 5, 1): False, date(2041, 5, 4): True}),
        ("５月１日至２日休", {date(2041, 5, 1): False, date(2041, 5, 2): False}),
        ("2041年12月30日—12月31日", {date(2041, 12, 30): False, date(2041, 12, 31): False}),
    ],
)
def test_dates_are_read_in_the_ways_people_write_them(text, wanted):
    assert read_days(text, 2041, otherwise=False) == wanted


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("13月1日放假", "13月1日.*没有这一天"),
        ("2月30日", "没有这一天"),
        ("2042-01-01 放假", "不是 2041 年"),
        ("5月9日至1日放假", "起止不对"),
        ("1月1日至12月31日放假", "起止不对"),
        ("5月1日放假\n5月1日上班", "写了两次"),
        ("春节放假", "没有读出日期"),
    ],
)
def test_what_cannot_be_read_is_named(text, said):
    with pytest.raises(RuleBroken, match=said):
        read_days(text, 2041, otherwise=False)


def test_a_date_without_a_kind_is_asked_for_and_days_of_two_years_are_refused(world):
    with pytest.raises(RuleBroken, match="上班还是放假"):
        read_days("5月1日", 2041)
    with pytest.raises(RuleBroken, match="同一年"):
        set_days({date(2041, 1, 1): False, date(2042, 1, 1): False}, why="x", by=world.user["office"])
    with pytest.raises(RuleBroken, match="依据"):
        set_days({date(2041, 1, 1): False}, why=" ", by=world.user["office"])


def test_a_year_at_a_glance_marks_what_is_not_as_its_weekday_says():
    put((date(2041, 5, 1), False), (date(2041, 5, 4), True))
    may = months_of(2041)[4]
    cells = {each.day.day: each for week in may.weeks for each in week if each}
    assert len(cells) == 31 and all(len(week) == 7 for week in may.weeks)
    assert {day: cell.mark for day, cell in cells.items() if cell.mark} == {1: "休", 4: "班"}
    assert {day for day, cell in cells.items() if cell.own} == {1, 4}
