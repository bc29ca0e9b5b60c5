"""Deadlines as an iCalendar file (RFC 5545): titles only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from icalendar import Calendar, Event, vDuration

from dangqun.kernel.calendars import local
from dangqun.ladder.feeds import Deadline
from dangqun.ladder.wording import fit

REFRESH = timedelta(hours=1)
LASTS = timedelta(minutes=30)  # an entry ends at its deadline


def written(deadlines: Iterable[Deadline]) -> bytes:
    """Return the file of these deadlines."""
    calendar = Calendar()
    calendar.add("prodid", "-//dangqun//todo//ZH")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "党群待办")
    for name in ("refresh-interval", "x-published-ttl"):
        calendar.add(name, vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    for deadline in deadlines:
        calendar.add_component(_event(deadline))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _event(deadline: Deadline) -> Event:
    event, due = Event(), local(deadline.due)
    event.add("uid", f"{deadline.key.replace(':', '-')}@dangqun")
    event.add("dtstamp", timezone.now())
    event.add("summary", f"截止：{fit(deadline.title).title}")
    event.add("dtstart", due - LASTS)
    event.add("dtend", due)
    event.add("transp", "TRANSPARENT")
    if settings.SITE_URL:
        event.add("url", f"{settings.SITE_URL}{deadline.path}")
    return event
