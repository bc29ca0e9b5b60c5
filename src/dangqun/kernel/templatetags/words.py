"""Moments, spans and figures in the words of the office (design.md §8), judged in Asia/Shanghai."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django import template
from django.utils import timezone

from dangqun.kernel.calendars import local

register = template.Library()


@register.filter
def moment(at: datetime | None) -> str:
    """今天 18:00, 昨天 09:15, 明天 12:00, 11月24日 18:00, 2025年3月1日 08:00."""
    if at is None:
        return ""
    shown, now = local(at), local(timezone.now())
    days = (shown.date() - now.date()).days
    day = {-1: "昨天", 0: "今天", 1: "明天"}.get(days) or short_day(shown.date())
    return f"{day} {shown:%H:%M}"


@register.filter
def short_day(day: date | None) -> str:
    """11月24日, with the year when it is another one."""
    if day is None:
        return ""
    year = "" if day.year == local(timezone.now()).year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日"


@register.filter
def full_day(day: date | None) -> str:
    """2026年11月24日."""
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


@register.filter
def overdue(at: datetime) -> str:
    """逾期 15 小时."""
    return f"逾期 {span(timezone.now() - at)}"


@register.filter
def left(at: datetime) -> str:
    """还剩 8 小时 36 分."""
    return f"还剩 {span(at - timezone.now())}"


@register.filter
def thousands(value: int | None) -> str:
    """23,379."""
    return "—" if value is None else f"{value:,}"


def span(time: timedelta) -> str:
    """A span in two units at most: 2 天 3 小时, 8 小时 36 分, 4 分."""
    minutes = max(1, int(time.total_seconds() // 60))
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        return f"{days} 天" + (f" {hours} 小时" if hours else "")
    if hours:
        return f"{hours} 小时" + (f" {rest} 分" if rest else "")
    return f"{rest} 分"
