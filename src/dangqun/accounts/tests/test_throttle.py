"""Failures lock an account on one network; other networks are slowed; a naive model says when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from dangqun.accounts.models import Throttle
from dangqun.accounts.throttle import FORGOTTEN, PAUSE, forget_tries, take_try
from dangqun.kernel.rules import RuleBroken
from dangqun.kernel.worker import keep_house

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 2, 1, tzinfo=UTC)
LOCK = timedelta(minutes=settings.LOCK_MINUTES)
LIMIT = settings.LOCK_AFTER_FAILURES
HOME, AWAY = "10.0.0.1", "203.0.113.9"


def tried(account: str, network: str, at: datetime) -> bool:
    """Whether a try is let through to the password."""
    try:
        take_try(account, network, at=at)
    except RuleBroken:
        return False
    return True


@dataclass
class Tally:
    """What a clerk with a pencil would keep for one counter."""

    count: int = 0
    since: datetime = START
    shut: datetime = START

    def begin(self, at: datetime) -> None:
        if at - self.since > LOCK:
            self.count, self.since = 0, at


@dataclass
class Pencil:
    """The naive model: every counter in a dict, no database."""

    tallies: dict[tuple[str, ...], Tally] = field(default_factory=dict)

    def tally(self, *key: str, at: datetime) -> Tally:
        held = self.tallies.setdefault(key, Tally(since=at))
        held.begin(at)
        return held

    def tried(self, account: str, network: str, at: datetime) -> bool:
        here = self.tally(account, network, at=at)
        if here.shut > at:
            return False
        everywhere = self.tally(account, at=at)
        here.count += 1
        everywhere.count += 1
        if here.count >= LIMIT:
            here.count, here.since, here.shut = 0, at, at + LOCK
        elif everywhere.count >= LIMIT:
            here.shut = at + PAUSE
        return True

    def right(self, account: str, network: str) -> None:
        self.tallies.pop((account, network), None)
        self.tallies[(account,)].count = max(0, self.tallies[(account,)].count - 1)


STEPS = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 29, 30, 31, 240, 899, 900, 901, 2000]),
        st.sampled_from(["user|1", "name|nobody"]),
        st.sampled_from([HOME, AWAY, "198.51.100.7"]),
        st.sampled_from([False, False, False, True]),
    ),
    max_size=40,
)


@examples(max_examples=60, deadline=None)
@given(STEPS)
def test_any_course_of_tries_is_answered_as_a_naive_model_says(steps):
    with transaction.atomic():
        at, pencil = START, Pencil()
        for seconds, account, network, right in steps:
            at += timedelta(seconds=seconds)
            let_in = tried(account, network, at)
            assert let_in == pencil.tried(account, network, at), (steps, at)
            if let_in and right:
                forget_tries(account, network)
                pencil.right(account, network)
        transaction.set_rollback(True)


def test_five_wrong_tries_shut_the_account_on_this_network_and_the_lock_ends():
    assert all(tried("user|1", AWAY, START) for _ in range(LIMIT))
    assert not tried("user|1", AWAY, START + LOCK - timedelta(seconds=1))
    assert tried("user|1", AWAY, START + LOCK)


def test_another_network_is_slowed_and_never_locked_out_by_somebody_elses_tries():
    for _ in range(LIMIT):
        tried("user|1", AWAY, START)
    assert tried("user|1", HOME, START), "the first try from home is always heard"
    assert not tried("user|1", HOME, START + PAUSE - timedelta(seconds=1))
    assert tried("user|1", HOME, START + PAUSE)


def test_a_right_password_forgets_the_tries_of_its_own_network_only():
    for _ in range(LIMIT - 1):
        tried("user|1", AWAY, START)
    tried("user|1", HOME, START)
    forget_tries("user|1", HOME)
    assert tried("user|1", AWAY, START)
    assert not tried("user|1", AWAY, START)


def test_another_account_on_the_same_network_is_not_touched():
    for _ in range(LIMIT):
        tried("user|1", AWAY, START)
    assert not tried("user|1", AWAY, START)
    assert tried("user|2", AWAY, START)


def test_counters_of_yesterday_are_deleted():
    tried("name|a", AWAY, START)
    assert Throttle.objects.exists()
    tried("name|b", AWAY, START + FORGOTTEN + timedelta(minutes=1))
    assert Throttle.objects.filter(first_at=START).count() == 0


def test_a_counter_holds_neither_name_nor_network():
    tried("name|wangxiaoyan", AWAY, START)
    assert [row.key for row in Throttle.objects.all() if "wang" in row.key or AWAY in row.key] == []


def test_the_hourly_housekeeping_deletes_the_counters_of_yesterday():
    now = timezone.now()
    take_try("new", HOME, at=now)
    take_try("old", HOME, at=now - FORGOTTEN - timedelta(minutes=1))
    assert Throttle.objects.count() == 4
    keep_house()
    assert Throttle.objects.count() == 2
    assert not Throttle.objects.filter(first_at__lt=now).exists()
