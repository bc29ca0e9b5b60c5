"""The office's own workdays: days set to work or rest over what is published, and years confirmed as complete."""

from __future__ import annotations

import calendar
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from dangqun.kernel.calendars import OwnDays, own_days
from dangqun.kernel.facts import record
from dangqun.kernel.models import OwnDay, OwnYear
from dangqun.kernel.rules import RuleBroken, verb

LONGEST = 60  # days in a piece such as 2月6日至12日
_BRACKETS = re.compile(r"\([^()]{0,60}\)")
_PIECES = re.compile(r"[;。,、]")
_DAY = r"(?:(\d{4})\s*[-年/.]\s*)?(\d{1,2})\s*[-月/.]\s*(\d{1,2})\s*[日号]?"
_SPAN = re.compile(rf"(?<!\d){_DAY}(?:\s*(?:至|到|~|—|–|-)\s*(?:{_DAY}|(\d{{1,2}})\s*[日号]?))?(?!\d)")


@dataclass(frozen=True)
class Cell:
    """A day of the calendar page: `mark` is 班 or 休 where it is not what its weekday says; `own`: the office set it."""

    day: date
    mark: str
    own: bool
    is_workday: bool


@dataclass(frozen=True)
class Month:
    """A month of the calendar page: weeks from Monday, None before the first and after the last day."""

    number: int
    weeks: list[list[Cell | None]]


def read_days(text: str, year: int, *, otherwise: bool | None = None) -> dict[date, bool]:
    """Return the days that a pasted text names, each with whether it is a workday.

    Dates as 2027-02-06, 2月6日, 2/6, spans as 2月6日至12日; 班 in a piece means work, 休 or 放假 rest, else `otherwise`.
    Raises RuleBroken with the piece that cannot be read.
    """
    found: dict[date, bool] = {}
    for line in _BRACKETS.sub("", unicodedata.normalize("NFKC", text)).split("\n"):
        pieces = _PIECES.split(line)
        kinds = [_kind(piece) for piece in pieces]
        for at, piece in enumerate(pieces):
            near = [kind for kind in (*kinds[at:], *reversed(kinds[:at]), otherwise) if kind is not None]
            for span in _SPAN.finditer(piece):
                if not near:
                    raise RuleBroken(f"“{piece.strip()[:30]}”没有写是上班还是放假。", field="days")
                for day in _days(span, year, piece):
                    if found.setdefault(day, near[0]) != near[0]:
                        twice = f"{day.month}月{day.day}日写了两次，一次上班，一次放假。请核对。"
                        raise RuleBroken(twice, field="days")
    if not found:
        raise RuleBroken("没有读出日期。请这样写：2月6日至12日放假，2月14日上班。", field="days")
    return found


@verb
def set_days(days: dict[date, bool], *, why: str, by: Any) -> OwnYear:
    """Set days of one year to work or rest. Raises RuleBroken for days of several years, and without a reason."""
    years = {day.year for day in days}
    if len(years) != 1:
        raise RuleBroken("一次只能录入同一年的日期。", field="days")
    if not why.strip():
        raise RuleBroken("请写依据，例如 国办发明电〔2026〕7号。", field="why")
    year, _ = OwnYear.objects.get_or_create(year=years.pop())
    held = {each.day: str(each) for each in OwnDay.objects.filter(day__in=days)}
    for day, is_workday in sorted(days.items()):
        told = {"is_workday": is_workday, "why": why.strip(), "at": timezone.now(), "by_name": str(by)[:60]}
        OwnDay.objects.update_or_create(day=day, defaults=told)
    now = {day: str(OwnDay(day=day, is_workday=work)) for day, work in sorted(days.items())}
    changes = {"days": ["、".join(held[day] for day in sorted(held)), "、".join(now.values())]}
    record("kernel.days_set", year, by=by, changes=changes, why=why.strip())
    return year


@verb
def take_back(day: date, *, by: Any) -> None:
    """Take a day back: it counts again as published, or by its weekday. Raises RuleBroken when it is not set."""
    held = OwnDay.objects.filter(day=day).first()
    if held is None:
        raise RuleBroken("这一天没有录入过，或者刚刚有人撤销了。请刷新看看。")
    said, year = str(held), OwnYear.objects.get(year=day.year)
    held.delete()
    record("kernel.day_taken_back", year, by=by, changes={"days": [said, None]})


@verb
def confirm_year(number: int, *, complete: bool, by: Any) -> OwnYear:
    """Say that a year's arrangement is complete, so that nothing in it is 暂算; or take that back."""
    if not 2000 <= number <= 2100:
        raise RuleBroken("请写 2000 到 2100 的年份。")
    year, _ = OwnYear.objects.get_or_create(year=number)
    year.confirmed_at = timezone.now() if complete else None
    year.by_name = str(by)[:60]
    year.save(update_fields=["confirmed_at", "by_name"])
    record("kernel.year_confirmed" if complete else "kernel.year_reopened", year, by=by)
    return year


def year_of(number: int) -> OwnYear:
    """Return what the office has said of a year; an empty one when it has said nothing."""
    return OwnYear.objects.filter(year=number).first() or OwnYear(year=number)


def days_of(number: int) -> list[OwnDay]:
    """Return the days of a year that the office has set."""
    return list(OwnDay.objects.filter(day__year=number).order_by("day"))


def months_of(number: int) -> list[Month]:
    """Return a year at a glance."""
    own = own_days(date(number, 1, 1), date(number, 12, 31))
    found = []
    for month in range(1, 13):
        weeks = calendar.Calendar().monthdatescalendar(number, month)
        found.append(
            Month(
                month, [[_cell(day, own) if day.month == month else None for day in week] for week in weeks]
            )
        )
    return found


def is_provisional(number: int) -> bool:
    """Whether days of a year are 暂算 now."""
    day = date(number, 6, 15)
    return own_days(date(number, 1, 1), date(number, 1, 1)).judge(day).provisional


def _cell(day: date, own: OwnDays) -> Cell:
    is_workday = own.judge(day).is_workday
    mark = "" if is_workday == (day.weekday() < 5) else "班" if is_workday else "休"
    return Cell(day, mark, day in own.days, is_workday)


def _kind(piece: str) -> bool | None:
    return True if "班" in piece else False if "休" in piece or "放假" in piece else None


def _days(span: re.Match[str], year: int, piece: str) -> list[date]:
    first_year, month, number, last_year, last_month, last_number, only_number = span.groups()
    try:
        first = date(int(first_year or year), int(month), int(number))
        last = first
        if last_number:
            last = date(int(last_year or first.year), int(last_month), int(last_number))
        elif only_number:
            last = date(first.year, first.month, int(only_number))
    except ValueError as wrong:
        raise RuleBroken(f"“{piece.strip()[:30]}”里没有这一天，请核对。", field="days") from wrong
    if first.year != year or last.year != year:
        raise RuleBroken(f"“{piece.strip()[:30]}”不是 {year} 年的。请只贴 {year} 年的。", field="days")
    if not 0 <= (last - first).days < LONGEST:
        raise RuleBroken(f"“{piece.strip()[:30]}”的起止不对，请核对。", field="days")
    return [first + timedelta(days=passed) for passed in range((last - first).days + 1)]
