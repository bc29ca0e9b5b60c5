from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from dangqun.kernel.calendars import (
    Workday,
    add_months,
    age_on,
    local,
    moment,
    party_years,
    publicity,
    today,
    workday,
    workdays_after,
    workdays_between,
)

pytestmark = pytest.mark.django_db
days = st.dates(date(2000, 1, 1), date(2040, 12, 31))
known_days = st.dates(date(2005, 1, 1), date(2026, 6, 30))


def test_the_day_changes_at_midnight_in_the_office(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 7, 1, 15, 59, 59, tzinfo=UTC))
    assert today() == date(2026, 7, 1)
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 7, 1, 16, 0, tzinfo=UTC))
    assert today() == date(2026, 7, 2)


@given(days, st.times())
def test_a_moment_of_the_office_reads_back_as_that_day_and_time(day, at):
    assert (local(moment(day, at)).date(), local(moment(day, at)).time()) == (day, at)
    assert moment(day) == moment(day, time(0, 0))
    assert moment(day).utcoffset() == timedelta(hours=8)


@pytest.mark.parametrize(
    ("day", "months", "wanted"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
    ],
)
def test_months_are_calendar_months(day, months, wanted):
    assert add_months(day, months) == wanted


@given(days, st.integers(-240, 240))
def test_months_keep_the_day_or_end_at_the_end_of_the_month(day, months):
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)


@given(days, st.integers(0, 60), st.integers(0, 60))
def test_more_months_are_never_earlier(day, some, more):
    assert add_months(day, some) <= add_months(day, some + more)


@given(days, st.integers(0, 120))
def test_an_age_grows_by_one_at_each_birthday(born, years):
    birthday = add_months(born, years * 12)
    if birthday.day != born.day:  # 29 February in a common year
        birthday += timedelta(days=1)
    assert age_on(born, birthday) == years
    assert age_on(born, birthday - timedelta(days=1)) == years - 1


def test_party_years_count_from_becoming_a_full_member_and_are_never_negative():
    full_on = date(2016, 7, 1)
    counted = [party_years(full_on, day) for day in (date(2016, 6, 30), date(2026, 6, 30), date(2026, 7, 1))]
    assert counted == [0, 9, 10]


def test_holidays_and_worked_weekends_are_those_that_were_published():
    assert workday(date(2025, 10, 1)) == Workday(is_workday=False, provisional=False)
    assert workday(date(2025, 9, 28)) == Workday(is_workday=True, provisional=False)  # Sunday, worked
    assert workday(date(2025, 9, 27)) == Workday(is_workday=False, provisional=False)


def test_a_year_without_published_holidays_goes_by_the_week_and_says_so():
    assert workday(date(2031, 10, 1)) == Workday(is_workday=True, provisional=True)  # Wednesday
    assert workday(date(2031, 10, 4)) == Workday(is_workday=False, provisional=True)


def test_workdays_are_counted_over_the_national_holidays():
    assert workdays_after(date(2025, 9, 30), 1) == (date(2025, 10, 9), False)
    assert workdays_between(date(2025, 9, 29), date(2025, 10, 9)) == (3, False)
    assert workdays_between(date(2025, 10, 9), date(2025, 10, 8)) == (0, False)


@given(known_days, st.integers(1, 30))
def test_the_last_of_so_many_workdays_is_a_workday_and_there_are_just_so_many(day, count):
    last, provisional = workdays_after(day, count)
    assert workday(last).is_workday and not provisional
    assert workdays_between(day + timedelta(days=1), last) == (count, False)


@given(days, st.integers(1, 15))
def test_a_publicity_window_counts_its_first_and_its_last_day(starts_on, workdays):
    window = publicity(starts_on, workdays)
    assert window.first >= starts_on
    assert workday(window.first).is_workday and workday(window.last).is_workday
    assert workdays_between(starts_on, window.last)[0] == workdays
    assert window.first in window and window.last in window and window.last + timedelta(days=1) not in window


def test_a_publicity_window_begins_on_a_workday_and_skips_holidays():
    window = publicity(date(2025, 10, 1), 5)
    assert (window.first, window.last, window.provisional) == (date(2025, 10, 9), date(2025, 10, 14), False)


def test_a_window_that_reaches_into_an_unknown_year_is_provisional():
    assert not publicity(date(2026, 12, 21), 5).provisional
    assert publicity(date(2026, 12, 28), 5).provisional


@pytest.mark.parametrize("verb", [workdays_after, publicity])
def test_no_workdays_are_no_window(verb):
    with pytest.raises(ValueError):
        verb(date(2026, 11, 23), 0)
