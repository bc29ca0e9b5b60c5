"""Days as the office counts them: judged in Asia/Shanghai, months are calendar months."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar
from django.utils import timezone

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Workday:
    """Whether a day is a workday; `provisional` (暂算) when the year's holidays are not yet published."""

    is_workday: bool
    provisional: bool


def now() -> datetime:
    """Return this moment, with a time zone."""
    return timezone.now()


def today() -> date:
    """Return the day in Asia/Shanghai."""
    return local(timezone.now()).date()


def local(at: datetime) -> datetime:
    """Return a moment as clocks in the office show it."""
    return at.astimezone(SHANGHAI)


def moment(day: date, at: time = time.min) -> datetime:
    """Return that time of that day in the office."""
    return datetime.combine(day, at, SHANGHAI)


def add_months(day: date, months: int) -> date:
    """Return the day `months` calendar months later; 31 January + 1 month is the last day of February."""
    total = day.year * 12 + day.month - 1 + months
    year, month = divmod(total, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def age_on(born: date, day: date) -> int:
    """Return the age in full years; born on 29 February one is a year older on 1 March of other years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def workday(day: date) -> Workday:
    """Say whether a day is a workday by the published holidays, else by the day of the week (暂算)."""
    try:
        return Workday(chinese_calendar.is_workday(day), provisional=False)
    except NotImplementedError:
        return Workday(day.weekday() < 5, provisional=True)


def workdays_after(day: date, count: int) -> tuple[date, bool]:
    """Return the `count`-th workday after a day, and whether that is provisional (暂算)."""
    provisional = False
    while count > 0:
        day += timedelta(days=1)
        judged = workday(day)
        provisional |= judged.provisional
        count -= judged.is_workday
    return day, provisional
