"""The calendar of one person: deadlines as an iCalendar feed under a secret address. Titles only, no texts, no other names.

Rooms above hand in what is due (`provide`, in config/wiring.py). Nobody is told when a feed was fetched: it is recorded nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from dangqun.kernel.crypto import blind_index
from dangqun.ladder.models import Preference
from dangqun.members.models import Person


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
    if found is None:
        return None
    from dangqun.ladder.icalendar_file import written  # only who fetches a calendar loads icalendar

    return written(each for provider in _providers for each in provider(found.person))
