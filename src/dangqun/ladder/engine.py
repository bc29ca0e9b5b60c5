"""The engine: takes what is due out of the outbox, hands it over, notes what became of it. Runs in the worker.

A message is marked as being sent before it goes, and noted after. A worker that is killed in between has at most HANDS messages
in hand: two minutes later they are tried again, and each of these may arrive twice, none more often, none never.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from dangqun.kernel.jobs import hourly, job, later, minutely, standing
from dangqun.kernel.retention import is_held
from dangqun.ladder.adapters import KINDS, Letter
from dangqun.ladder.models import Channel, Message, Preference
from dangqun.ladder.pacing import Bucket, Hours, pause
from dangqun.ladder.targets import NotSent
from dangqun.ladder.wording import many

HANDS = 4  # messages on their way at the same time
SLICE = 20.0  # seconds after which other jobs get their turn
IN_HAND = timedelta(minutes=2)  # longer than any call may take
KEPT = timedelta(days=30)
NO_ADDRESS = "本人没有填地址，或关了这个渠道。"
BROKEN = "后台没有做完，请再试。"

State = Message.State


@dataclass(frozen=True)
class Parcel:
    """Messages that go as one letter: a single one, or one person's digest."""

    messages: tuple[Message, ...]
    letter: Letter
    told: dict[str, str]

    @property
    def channel(self) -> Channel:
        """By which channel it goes."""
        return self.messages[0].channel


Outcome = tuple[Parcel, bool | NotSent]


@job(tries=1)
def deliver() -> None:
    """Hand over what is due, for a while; what cannot go now is looked at again every minute."""
    from dangqun.ladder.calls import line  # only who sends loads httpx

    take_back(timezone.now())
    parcels, until = take(timezone.now()), time.monotonic() + SLICE
    if parcels is None:
        return
    with line() as out, ThreadPoolExecutor(HANDS) as hands:
        while parcels is not None:
            for outcome in hands.map(partial(_send, out), parcels):
                note(outcome, timezone.now())
            if time.monotonic() > until:
                later(deliver)
                return
            parcels = take(timezone.now())


@minutely
def look() -> None:
    """Wake the engine when something is due: digests, ends of quiet hours, tries that failed."""
    at = timezone.now()
    stuck = Message.objects.filter(state=State.SENDING, taken_at__lt=at - IN_HAND)
    held = standing(deliver)
    if (held is None or held.is_over) and (Message.objects.due(at).exists() or stuck.exists()):
        later(deliver)


@hourly
def forget_old() -> int:
    """Delete messages that ended 30 days ago, unless the office holds them (`retention.toml`)."""
    if is_held("messages"):
        return 0
    return Message.objects.filter(ended_at__lt=timezone.now() - KEPT).delete()[0]


def take_back(at: datetime) -> int:
    """Put messages that a killed worker had in hand back into the outbox; those tried often enough have failed."""
    lost = Message.objects.filter(state=State.SENDING, taken_at__lt=at - IN_HAND)
    lost.filter(tries__gte=settings.SEND_TRIES).update(state=State.FAILED, why=BROKEN, ended_at=at)
    return lost.update(state=State.QUEUED, next_at=at)


def take(at: datetime) -> list[Parcel] | None:
    """Take the next few parcels that are due, marked as being sent; None when nothing is due."""
    with transaction.atomic():
        due = Message.objects.due(at).select_related("channel", "person__preference")
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True, of=("self",))
        found = list(due[:HANDS])
        if not found:
            return None
        parcels = list(_parcels(found, at))
        taken = [message.pk for parcel in parcels for message in parcel.messages]
        Message.objects.filter(pk__in=taken).update(state=State.SENDING, taken_at=at, tries=F("tries") + 1)
    return parcels


def _parcels(found: list[Message], at: datetime) -> Iterator[Parcel]:
    """Put messages together to parcels; what has no address is dropped, what a bucket has no token for waits."""
    packed: set[int] = set()
    for message in found:
        if message.pk in packed:
            continue
        address = _address(message)
        if address is None:
            Message.objects.filter(pk=message.pk).update(state=State.DROPPED, why=NO_ADDRESS, ended_at=at)
        elif _token(message.channel, at):
            held = (
                tuple(Message.objects.of_digest(message, at).select_related("channel"))
                if message.in_digest
                else (message,)
            )
            packed |= {each.pk for each in held}
            yield Parcel(held, _letter(held, address), message.channel.settings)


def _letter(held: tuple[Message, ...], address: str) -> Letter:
    """Write the letter: title and page of the one thing that waits, or how many there are."""
    first, things = held[0], {each.about for each in held}
    single = len(things) == 1
    title, path = (first.title, first.path) if single else (many(len(things)), "/")
    link = f"{settings.SITE_URL}{path}" if settings.SITE_URL else ""
    return Letter(title, link, address, f"dangqun-{first.channel.uid.hex[:8]}-{first.pk}")


def _address(message: Message) -> str | None:
    """Return where a message goes: empty for a group, None when the person has no such address any more."""
    name = KINDS[message.channel.kind].address
    if not name or message.person is None:
        return ""
    held: Preference | None = getattr(message.person, "preference", None)
    if held is not None and message.channel.kind in held.unwanted:
        return None
    value: Any = message.person.mobile if name == "mobile" else getattr(held, name, "")
    return value.open() if value else None


def token_for(channel: Channel, at: datetime) -> bool:
    """Take a token out of the channel's bucket, in a transaction of its own (a message sent by hand)."""
    with transaction.atomic():
        return _token(channel, at)


def _token(channel: Channel, at: datetime) -> bool:
    """Take a token out of the channel's bucket; without one the channel rests until there is one."""
    pace = KINDS[channel.kind].pace
    if pace is None:
        return True
    held = Channel.objects.select_for_update().get(pk=channel.pk)
    tokens = pace.burst if held.tokens is None else held.tokens
    bucket = Bucket(tokens, held.tokens_at or at)
    left = bucket.take(pace, at)
    if left is None:
        Channel.objects.filter(pk=channel.pk).update(rests_until=bucket.next_at(pace, at))
        return False
    Channel.objects.filter(pk=channel.pk).update(tokens=left.tokens, tokens_at=left.at)
    return True


def _send(out: Any, parcel: Parcel) -> Outcome:
    """Send one parcel, in a thread of its own; whatever goes wrong belongs to this parcel alone."""
    try:
        return parcel, KINDS[parcel.channel.kind].send(parcel.letter, parcel.told, out)
    except NotSent as refusal:
        return parcel, refusal
    except Exception:  # an adapter met what it does not know; its message may hold a URL with a key in it
        return parcel, NotSent(BROKEN)


def note(outcome: Outcome, at: datetime) -> None:
    """Write down what became of a parcel."""
    parcel, answer = outcome
    mine = Message.objects.filter(pk__in=[each.pk for each in parcel.messages], state=State.SENDING)
    if not isinstance(answer, NotSent):
        mine.update(state=State.DELIVERED if answer else State.HANDED, why="", ended_at=at)
        return
    if answer.rest:
        rest = at + timedelta(seconds=answer.rest)
        Channel.objects.filter(pk=parcel.channel.pk).update(rests_until=rest)
    first = parcel.messages[0]
    tries = first.tries + 1
    if answer.again and tries < settings.SEND_TRIES:
        again = max(at + pause(tries), at + timedelta(seconds=answer.rest))
        mine.update(
            state=State.QUEUED,
            why=answer.sentence,
            next_at=again if first.is_urgent else _hours(first).open_at(again),
        )
    else:
        mine.update(state=State.FAILED, why=answer.sentence, ended_at=at)


def _hours(message: Message) -> Hours:
    held = getattr(message.person, "preference", None) if message.person_id else None
    if held is None:
        return Hours(settings.QUIET_FROM, settings.QUIET_TO)
    return Hours(held.quiet_from, held.quiet_to)
