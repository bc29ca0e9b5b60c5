"""Failed tries lock an account on one network; on other networks it is slowed, never locked (domain.md §1.9).

A try is counted before its answer is known, so that parallel tries cannot outrun the count. `account` is any text that
stands for one account or for one name that nobody has: both are treated alike.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from dangqun.accounts.models import Throttle
from dangqun.kernel.calendars import local
from dangqun.kernel.facts import record
from dangqun.kernel.jobs import hourly
from dangqun.kernel.rules import RuleBroken, verb

PAUSE = timedelta(seconds=30)  # between tries, from any network, at an account that is being guessed
FORGOTTEN = timedelta(days=1)


def take_try(account: str, network: str, *, at: datetime) -> Throttle:
    """Count a try and return its counter. Raises RuleBroken while the account is shut on this network."""
    held = _counted(f"{account}|{network}", at)
    if held.shut_until and held.shut_until > at:
        raise RuleBroken(_shut(held.shut_until, at))
    return _take(held, account, at)


def take_code_try(user: Any, network: str, *, at: datetime) -> Throttle:
    """Count a try at the second factor. Whoever makes one knows the password, so that networks do not help her.

    After three times as many wrong codes as lock one network, the account takes none from anywhere for a while.
    """
    account = f"factor|{user.pk}"
    held = take_try(account, network, at=at)
    if _counted(account, at).failures > 3 * settings.LOCK_AFTER_FAILURES:
        raise RuleBroken(
            f"这个账号的验证码错得太多，{settings.LOCK_MINUTES} 分钟里都不再收。"
            "不是您在试的，密码已经被别人知道了：请找综合党委办公室或者系统管理员重设登录。"
        )
    return held


@verb
def _take(held: Throttle, account: str, at: datetime) -> Throttle:
    lock = timedelta(minutes=settings.LOCK_MINUTES)
    everywhere = _counted(account, at)
    Throttle.objects.filter(pk__in=(held.pk, everywhere.pk)).update(failures=F("failures") + 1)
    held.refresh_from_db()
    if held.failures >= settings.LOCK_AFTER_FAILURES:
        Throttle.objects.filter(pk=held.pk).update(shut_until=at + lock, failures=0, first_at=at)
    elif everywhere.failures >= settings.LOCK_AFTER_FAILURES:
        Throttle.objects.filter(pk=held.pk).update(shut_until=at + PAUSE)
    return held


@verb
def forget_tries(account: str, network: str) -> None:
    """Forget the tries of this network after a right one; those of other networks still count.

    The counter stays: a try at the same moment may hold it.
    """
    Throttle.objects.filter(key=_hashed(f"{account}|{network}")).update(failures=0, shut_until=None)
    Throttle.objects.filter(key=_hashed(account), failures__gt=0).update(failures=F("failures") - 1)


@verb
def note_failure(held: Throttle, what: str, subject: Any) -> None:
    """Record a wrong try; `subject` is None for a name that nobody has, and the work is the same."""
    record(what, subject or held, by=None)


@verb
def _counted(key: str, at: datetime) -> Throttle:
    """Return the counter of a key; failures older than the lock are forgotten, counters of yesterday deleted."""
    held, new = Throttle.objects.get_or_create(key=_hashed(key), defaults={"first_at": at})
    if new:
        Throttle.objects.filter(first_at__lt=at - FORGOTTEN).delete()
    elif at - held.first_at > timedelta(minutes=settings.LOCK_MINUTES):
        Throttle.objects.filter(pk=held.pk).update(failures=0, first_at=at)
        held.failures, held.first_at = 0, at
    return held


@hourly
def forget_old_tries() -> int:
    """Delete the counters of yesterday; nobody is shut for so long."""
    return Throttle.objects.filter(first_at__lt=timezone.now() - FORGOTTEN).delete()[0]


def _shut(until: datetime, at: datetime) -> str:
    if until - at <= PAUSE:
        return "这个账号刚才输错了多次，请过半分钟再试。"
    return (
        f"输错次数多了，请 {local(until):%H:%M} 以后再试。已经登录的设备、别处的网络不受影响；"
        "忘了密码请找综合党委办公室重发激活码。"
    )


def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
