"""Days as the office counts them: judged in Asia/Shanghai, months are calendar months."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar  # type: ignore[import-untyped]
from django.utils import timezone

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Workday:
    """Whether a day is a workday; `provisional` (暂算) while the holidays of its year are not known."""

    is_workday: bool
    provisional: bool


@dataclass(frozen=True)
class Window:
    """Days from `first` to `last`, both counted; `provisional` (暂算) while holidays in it are not known."""

    first: date
    last: date
    provisional: bool

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


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
    """Return that time of that day in the office; without a time, the start of the day."""
    return datetime.combine(day, at, SHANGHAI)


def add_months(day: date, months: int) -> date:
    """Return the day `months` calendar months later; 31 January + 1 month is the last day of February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def age_on(born: date, day: date) -> int:
    """Return the age in full years; born on 29 February one is a year older on 1 March of other years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def party_years(full_on: date, day: date) -> int:
    """Return the 党龄 in full years: it counts from the day of 转正; 0 before it."""
    return max(0, age_on(full_on, day))


@dataclass(frozen=True)
class OwnDays:
    """What the office has set: single days, and the years whose arrangement it has confirmed as complete."""

    days: dict[date, bool]
    years: frozenset[int]

    def judge(self, day: date) -> Workday:
        """Say whether a day is a workday: as the office set it, else as published, else by the day of the week."""
        if day in self.days:
            return Workday(self.days[day], provisional=False)
        try:
            return Workday(chinese_calendar.is_workday(day), provisional=False)
        except NotImplementedError:
            return Workday(day.weekday() < 5, provisional=day.year not in self.years)


def own_days(first: date, last: date | None = None) -> OwnDays:
    """Return what the office has set from a day on; two short queries, so that every process sees a change at once."""
    from dangqun.kernel.models import OwnDay, OwnYear

    held = OwnDay.objects.filter(day__gte=first)
    if last:
        held = held.filter(day__lte=last)
    years = OwnYear.objects.filter(confirmed_at__isnull=False).values_list("year", flat=True)
    return OwnDays(dict(held.values_list("day", "is_workday")), frozenset(years))


def workday(day: date) -> Workday:
    """Say whether a day is a workday; 暂算 while neither the office nor the published holidays know its year."""
    return own_days(day, day).judge(day)


def workdays_after(day: date, count: int) -> tuple[date, bool]:
    """Return the `count`-th workday after a day, and whether that is provisional (暂算)."""
    if count < 1:
        raise ValueError("count workdays from 1")
    window = publicity(day + timedelta(days=1), count)
    return window.last, window.provisional


def workdays_between(first: date, last: date) -> tuple[int, bool]:
    """Return the workdays from first to last, both counted, and whether that is provisional (暂算)."""
    own = own_days(first, last)
    judged = [own.judge(first + timedelta(days=passed)) for passed in range((last - first).days + 1)]
    return sum(one.is_workday for one in judged), any(one.provisional for one in judged)


def publicity(starts_on: date, workdays: int) -> Window:
    """Return the window of a 公示: day 1 is the start, or the workday after it (domain.md §1.1)."""
    if workdays < 1:
        raise ValueError("a publicity window has at least one workday")
    own = own_days(starts_on)
    first, day, provisional = None, starts_on, False
    while True:
        judged = own.judge(day)
        provisional |= judged.provisional
        if judged.is_workday:
            first = first or day
            workdays -= 1
            if not workdays:
                return Window(first, day, provisional)
        day += timedelta(days=1)
