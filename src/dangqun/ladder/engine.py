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
from dangqun.ladder.models import AddressCode, Channel, Message, MessageQuerySet, Preference
from dangqun.ladder.pacing import Bucket, Hours, pause
from dangqun.ladder.subjects import drop, still_wanted
from dangqun.ladder.targets import NotSent
from dangqun.ladder.wording import many

HANDS = 4  # messages on their way at the same time
SLICE = 20.0  # seconds after which other jobs get their turn
IN_HAND = timedelta(minutes=2)  # longer than any call may take
KEPT, CODES_KEPT = timedelta(days=30), timedelta(days=1)
NO_ADDRESS = "本人没有填地址、还没有确认，或关了这个渠道。"
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
    """Delete messages that ended 30 days ago, unless the office holds them, and codes of yesterday (`retention.toml`)."""
    AddressCode.objects.filter(at__lt=timezone.now() - CODES_KEPT).delete()
    if is_held("messages"):
        return 0
    return Message.objects.filter(ended_at__lt=timezone.now() - KEPT).delete()[0]


def take_back(at: datetime) -> int:
    """Put messages that a killed worker had in hand back into the outbox; those tried often enough have failed."""
    lost = Message.objects.filter(state=State.SENDING, taken_at__lt=at - IN_HAND)
    lost.filter(tries__gte=settings.SEND_TRIES).update(state=State.FAILED, why=BROKEN, ended_at=at)
    return lost.update(state=State.QUEUED, next_at=at)


def take(at: datetime) -> list[Parcel] | None:
    """Take the next few parcels that are due, marked as being sent; None when nothing is due.

    What they tell of is judged again here, with as many questions for a batch of digests as for one message.
    """
    with transaction.atomic():
        found = list(_locked(Message.objects.due(at))[:HANDS])
        if not found:
            return None
        parcels = list(_parcels(still_wanted(_with_digests(found, at), at), at))
        taken = [message.pk for parcel in parcels for message in parcel.messages]
        Message.objects.filter(pk__in=taken).update(state=State.SENDING, taken_at=at, tries=F("tries") + 1)
    return parcels


def _locked(held: MessageQuerySet) -> MessageQuerySet:
    held = held.select_related("channel", "person__preference", "person__account")
    if connection.features.has_select_for_update_skip_locked:
        held = held.select_for_update(skip_locked=True, of=("self",))
    return held


def _with_digests(found: list[Message], at: datetime) -> list[Message]:
    """Return them, and all that goes in the same digests."""
    begun = [each for each in found if each.in_digest]
    more = _locked(Message.objects.of_digests(begun, at).order_by("pk")) if begun else ()
    return list({each.pk: each for each in (*found, *more)}.values())


def _parcels(held: list[Message], at: datetime) -> Iterator[Parcel]:
    """Put messages together to parcels; what has no address is dropped, what a bucket has no token for waits."""
    for group in _groups(held):
        address = _address(group[0])
        if address is None:
            drop([each.pk for each in group], NO_ADDRESS, at)
        elif _token(group[0].channel, at):
            yield Parcel(group, _letter(group, address), group[0].channel.settings)


def _groups(held: list[Message]) -> Iterator[tuple[Message, ...]]:
    """Yield what goes as one letter: a person's digest by one channel, or a single message."""
    found: dict[tuple[int | None, ...], list[Message]] = {}
    for each in held:
        key = (each.channel_id, each.person_id) if each.in_digest else (each.pk,)
        found.setdefault(key, []).append(each)
    for group in found.values():
        yield tuple(sorted(group, key=lambda message: message.pk))


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
    value: Any = message.person.mobile if name == "mobile" else held and held.usable(name)
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
