"""Moments, spans and figures in the words of the office (design.md §8), judged in Asia/Shanghai.

{{ at|moment }} 今天 18:00, 昨天 09:15, 11月24日 18:00; {{ at|short_day }} 11月24日, 2025年3月1日;
{{ at|full_day }} with the year; {{ at|weekday }} 星期二; {{ at|clock }} 18:00; {{ seconds|lasting }} 4 分;
{{ due|until }} 今天 24:00 (midnight ends a day);
{{ due|left }} 还剩 8 小时 36 分; {{ due|overdue }} 逾期 15 小时; {{ due|deadline }} one of these two;
{{ n|thousands }} 23,379; {{ n|money }} 2,000.00 元; {{ n|capped }} 99+.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django import template
from django.utils import timezone

from dangqun.kernel.calendars import local

register = template.Library()

NEAR = {-1: "昨天", 0: "今天", 1: "明天"}
WEEKDAYS = "一二三四五六日"
MOST = 99


@register.filter
def moment(at: datetime | None) -> str:
    """今天 18:00, 昨天 09:15, 明天 12:00, 11月24日 18:00, 2025年3月1日 08:00."""
    if at is None:
        return ""
    day = _day(at)
    return f"{NEAR.get((day - _today()).days) or short_day(day)} {clock(at)}"


@register.filter
def until(due: datetime | None) -> str:
    """A deadline: as moment, but midnight is 24:00 of the day that it ends."""
    if due is None:
        return ""
    day, hour = _end(due)
    return f"{NEAR.get((day - _today()).days) or short_day(day)} {hour}"


def dated(due: datetime) -> str:
    """A deadline in words that stay true when they are kept: 12月5日 24:00."""
    day, hour = _end(due)
    return f"{short_day(day)} {hour}"


def _end(due: datetime) -> tuple[date, str]:
    if local(due).time() != time.min:
        return _day(due), clock(due)
    return _day(due) - timedelta(days=1), "24:00"


@register.filter
def clock(at: datetime | None) -> str:
    """18:00."""
    return f"{local(at):%H:%M}" if at else ""


@register.filter
def short_day(at: date | datetime | None) -> str:
    """11月24日, with the year when it is another one."""
    if at is None:
        return ""
    day = _day(at)
    year = "" if day.year == _today().year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日"


@register.filter
def full_day(at: date | datetime | str | None) -> str:
    """2026年11月24日, of a day or of its ISO form; other words stay."""
    if not at:
        return ""
    try:
        day = date.fromisoformat(at) if isinstance(at, str) else _day(at)
    except ValueError:
        return str(at)
    return f"{day.year}年{day.month}月{day.day}日"


@register.filter
def weekday(at: date | datetime | None) -> str:
    """星期二."""
    return f"星期{WEEKDAYS[_day(at).weekday()]}" if at else ""


@register.filter
def deadline(at: datetime | None) -> str:
    """还剩 8 小时 36 分 or 逾期 15 小时; nothing without a deadline."""
    if at is None:
        return ""
    return overdue(at) if at <= timezone.now() else left(at)


@register.filter
def overdue(at: datetime) -> str:
    """逾期 15 小时, 逾期 2 天: one unit is enough once it is late."""
    return f"逾期 {_coarse(timezone.now() - at)}"


@register.filter
def left(at: datetime) -> str:
    """还剩 8 小时 36 分."""
    return f"还剩 {span(at - timezone.now())}"


@register.filter
def lasting(seconds: int | float) -> str:
    """Seconds as 4 分, 8 小时 36 分; below a minute 40 秒."""
    return f"{int(seconds)} 秒" if seconds < 60 else span(timedelta(seconds=seconds))


@register.filter
def sentence(words: str) -> str:
    """What somebody typed, closed with one full stop however she ended it."""
    words = words.rstrip()
    return words if words.endswith(("。", "？", "！", "…")) else f"{words}。"


@register.filter
def thousands(value: int | float | Decimal | None) -> str:
    """23,379; unknown is a dash."""
    return "—" if value is None else f"{value:,}"


@register.filter
def money(value: int | float | Decimal | None) -> str:
    """2,000.00 元; unknown is a dash."""
    return "—" if value is None else f"{value:,.2f} 元"


@register.filter
def capped(value: int) -> str:
    """A counter that stays narrow: 99+."""
    return f"{MOST}+" if value > MOST else str(value)


def span(time: timedelta) -> str:
    """A span in two units at most: 2 天 3 小时, 8 小时 36 分, 4 分."""
    minutes = max(1, int(time.total_seconds() // 60))
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        return f"{days} 天" + (f" {hours} 小时" if hours else "")
    if hours:
        return f"{hours} 小时" + (f" {rest} 分" if rest else "")
    return f"{rest} 分"


def _coarse(time: timedelta) -> str:
    """One unit: 2 天, 15 小时, 4 分."""
    return " ".join(span(time).split(" ")[:2])


def _day(at: date | datetime) -> date:
    return local(at).date() if isinstance(at, datetime) else at


def _today() -> date:
    return local(timezone.now()).date()
