"""The calendar of one person: deadlines as an iCalendar feed under a secret address. Titles only, no texts, no other names.

Rooms above hand in what is due (`provide`, in config/wiring.py). Nobody is told when a feed was fetched: it is recorded nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from icalendar import Calendar, Event, vDuration

from dangqun.kernel.calendars import local
from dangqun.kernel.crypto import blind_index
from dangqun.ladder.models import Preference
from dangqun.ladder.wording import fit
from dangqun.members.models import Person

REFRESH = timedelta(hours=1)
LASTS = timedelta(minutes=30)  # an entry ends at its deadline


@dataclass(frozen=True)
class Deadline:
    """One entry: a key that stays, title, page, until when."""

    key: str
    title: str
    path: str
    due: datetime


Provider = Callable[[Person], Iterable[Deadline]]
_providers: list[Provider] = []


def provide(provider: Provider) -> None:
    """Let a room hand in deadlines; called in config/wiring.py alone."""
    if provider not in _providers:
        _providers.append(provider)


def feed(secret: str) -> bytes | None:
    """Return the calendar under a secret address; None when there is none, or its owner's account is closed."""
    held = Preference.objects.filter(
        calendar_index=blind_index("contact", secret), person__account__is_active=True
    )
    found = held.select_related("person").first()
    return _calendar(found.person) if found else None


def _calendar(person: Person) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//dangqun//todo//ZH")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "党群待办")
    for name in ("refresh-interval", "x-published-ttl"):
        calendar.add(name, vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    for provider in _providers:
        for deadline in provider(person):
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
