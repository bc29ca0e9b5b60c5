"""The outbox: messages are made in the transaction of what they tell of, in bulk, each event once a channel and receiver.

Who is told what is decided here; when it goes, by her quiet hours and her pace; that it goes, by `engine`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from dangqun.kernel.bulk import insert_rows
from dangqun.kernel.jobs import later
from dangqun.ladder.adapters import KINDS
from dangqun.ladder.models import Channel, Message, Preference
from dangqun.ladder.pacing import Hours
from dangqun.ladder.wording import Words, fit
from dangqun.members.models import Person

SIGNED = "已经签收，不用再发。"


@dataclass(frozen=True)
class Call:
    """What is to be told: of what (`about`), which event of it, title and page."""

    about: str
    event: str
    title: str
    path: str
    is_urgent: bool = False


@dataclass(frozen=True)
class Receiver:
    """What of a person decides whether, how and when she is told."""

    pk: int
    place: str
    has: dict[str, bool]  # address → whether there is one that may be used
    unwanted: frozenset[str]
    at_once: bool
    hours: Hours
    digest_at: time


def call_people(call: Call, people: QuerySet[Person]) -> int:
    """Put a call to people into the outbox, by every channel that reaches them; return how many messages that are.

    Two queries and one insert, however many they are. People without an activated account are not called: they cannot sign in.
    """
    channels = list(Channel.objects.in_use().to_people().select_related("org"))
    channels = [each for each in channels if call.is_urgent or not each.urgent_only]
    if not channels:
        return 0
    receivers = list(_receivers(people))
    now = timezone.now()
    words = {each.pk: fit(call.title, names=each.hears_names) for each in channels}
    rows = [
        _row(call, channel, words[channel.pk], now)
        | {"person_id": each.pk, "key": f"{call.event}|{channel.pk}|{each.pk}"}
        | _when(call, channel, each, now)
        for channel in channels
        for each in receivers
        if _reaches(channel, each)
    ]
    return _put(call, rows)


def call_groups(call: Call, robots: Iterable[Channel]) -> int:
    """Put a call into the outbox for these robots: one message a robot; return how many messages that are."""
    now, hours = timezone.now(), Hours(settings.QUIET_FROM, settings.QUIET_TO)
    rows = [
        _row(call, robot, fit(call.title, names=robot.hears_names), now)
        | {"person_id": None, "key": f"{call.event}|{robot.pk}|group", "in_digest": False}
        | {"next_at": now if call.is_urgent else hours.open_at(now)}
        for robot in robots
        if call.is_urgent or not robot.urgent_only
    ]
    return _put(call, rows)


def stand_down(about: str, people: Iterable[int] | None = None, *, why: str = SIGNED) -> int:
    """Drop what still waits to be sent of something, for these people or for everybody; return how many messages."""
    waiting = Message.objects.filter(about=about, state=Message.State.QUEUED)
    if people is not None:
        waiting = waiting.filter(person__in=people)
    return waiting.update(state=Message.State.DROPPED, why=why, ended_at=timezone.now())


def wake() -> None:
    """Let the worker look into the outbox, after commit."""
    from dangqun.ladder.engine import deliver

    later(deliver)


def _receivers(people: QuerySet[Person]) -> Iterator[Receiver]:
    held = people.filter(account__is_active=True, account__activated_at__isnull=False)
    columns = ("pk", "org__path", "uses_phone", "mobile_index", *(f"preference__{name}" for name in _CHOSEN))
    for pk, place, uses_phone, mobile, *chosen in held.order_by("pk").values_list(*columns):
        proven, unwanted, pace, quiet_from, quiet_to, digest_at = chosen
        has = dict.fromkeys(("email", "wecom"), False) | dict.fromkeys(proven or (), True)
        has["mobile"] = bool(mobile) and uses_phone
        hours = Hours(quiet_from or settings.QUIET_FROM, quiet_to or settings.QUIET_TO)
        at_once = pace == Preference.Pace.AT_ONCE
        yield Receiver(
            pk, place, has, frozenset(unwanted or ()), at_once, hours, digest_at or settings.DIGEST_AT
        )


_CHOSEN = ("proven", "unwanted", "pace", "quiet_from", "quiet_to", "digest_at")


def _reaches(channel: Channel, receiver: Receiver) -> bool:
    """Whether a channel serves a place, and the receiver has its address and did not switch it off."""
    served = receiver.place.startswith(channel.org.path)
    return served and channel.kind not in receiver.unwanted and receiver.has[KINDS[channel.kind].address]


def _when(call: Call, channel: Channel, receiver: Receiver, now: datetime) -> dict[str, Any]:
    """Return when it goes, and whether with others in one message; what is urgent goes now."""
    if call.is_urgent:
        return {"next_at": now, "in_digest": False}
    earliest = now + timedelta(hours=channel.after_hours)
    if receiver.at_once:
        return {"next_at": receiver.hours.open_at(earliest), "in_digest": False}
    return {"next_at": receiver.hours.digest(earliest, receiver.digest_at), "in_digest": True}


def _row(call: Call, channel: Channel, words: Words, now: datetime) -> dict[str, Any]:
    return {
        "channel_id": channel.pk,
        "about": call.about,
        "title": words.title,
        "path": call.path,
        "is_urgent": call.is_urgent,
        "is_neutral": words.is_neutral,
        "made_at": now,
    }


def _put(call: Call, rows: list[dict[str, Any]]) -> int:
    """Store the rows that are not there yet, and wake the worker."""
    held = set(Message.objects.filter(about=call.about).values_list("key", flat=True)) if rows else set()
    rows = list({row["key"]: row for row in rows if row["key"] not in held}.values())
    insert_rows(Message, rows)
    if rows:
        wake()
    return len(rows)
