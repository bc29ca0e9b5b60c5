"""Buckets, quiet hours and digests, by any clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from dangqun.kernel.calendars import local
from dangqun.ladder.pacing import PAUSES, ROBOT, Bucket, Hours, next_time, pause

START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
MOST = 20  # what a provider takes from one robot in any minute
clocks = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
times = st.times()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(0, 20), min_size=1, max_size=120))
def test_a_robot_never_speaks_more_than_20_times_in_any_minute(gaps):
    bucket, now, spoken = Bucket(ROBOT.burst, START), START, []
    for gap in gaps:
        now += timedelta(seconds=gap)
        left = bucket.take(ROBOT, now)
        if left:
            bucket, spoken = left, [*spoken, now]
    for first in spoken:
        assert sum(first <= at <= first + timedelta(seconds=60) for at in spoken) <= MOST


@settings(max_examples=100, deadline=None)
@given(st.floats(0, ROBOT.burst), st.integers(-3600, 3600))
def test_a_bucket_says_when_it_will_have_a_token_and_then_has_one_whatever_its_clock_did(tokens, seconds):
    bucket, now = Bucket(tokens, START), START + timedelta(seconds=seconds)
    at = bucket.next_at(ROBOT, now) + timedelta(milliseconds=1)
    assert bucket.take(ROBOT, at) is not None
    assert bucket.level(ROBOT, now) <= ROBOT.burst


def test_in_ten_minutes_a_robot_that_always_has_something_to_say_speaks_150_times():
    bucket, now, count = Bucket(0, START), START, 0
    while now < START + timedelta(minutes=10):
        now = bucket.next_at(ROBOT, now)
        bucket, count = bucket.take(ROBOT, now + timedelta(microseconds=10)) or bucket, count + 1
    assert 149 <= count <= 152


@settings(max_examples=300, deadline=None)
@given(clocks, times, times)
def test_quiet_hours_end_within_a_day_and_nothing_goes_while_they_last(at, first, last):
    hours = Hours(first, last)
    opens = hours.open_at(at)
    assert at <= opens <= at + timedelta(days=1)
    assert not hours.is_quiet(opens)
    if not hours.is_quiet(at):
        assert opens == at
    else:
        assert local(opens).time() == last


def test_the_quiet_hours_of_the_setting_are_those_of_the_clock_in_the_office():
    hours = Hours(time(21, 30), time(7, 30))
    quiet = {"13:29": False, "13:30": True, "23:29": True, "23:30": False, "04:00": False}  # UTC
    for clock, expected in quiet.items():
        at = datetime.combine(START.date(), time.fromisoformat(clock), UTC)
        assert hours.is_quiet(at) is expected, clock


@settings(max_examples=100, deadline=None)
@given(clocks, times)
def test_the_same_time_twice_means_no_quiet_hours(at, hour):
    assert not Hours(hour, hour).is_quiet(at)


@settings(max_examples=300, deadline=None)
@given(clocks, times, times, times)
def test_a_digest_goes_at_its_hour_once_a_day_and_never_in_quiet_hours(at, hour, first, last):
    hours = Hours(first, last)
    goes = hours.digest(at, hour)
    assert at < goes <= at + timedelta(days=2)
    assert not hours.is_quiet(goes)
    assert local(next_time(at, hour)).time() == hour and next_time(at, hour) <= at + timedelta(days=1)


def test_five_tries_lie_within_three_hours():
    assert len(PAUSES) == 4
    assert sum((pause(tries) for tries in range(1, 5)), timedelta()) <= timedelta(hours=3)
    assert [pause(tries) for tries in range(1, 5)] == [timedelta(minutes=each) for each in PAUSES]
