"""Reads for the pages: channels with what became of their messages, and what is offered to a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from dangqun.kernel.templatetags.words import moment
from dangqun.ladder.adapters import KINDS
from dangqun.ladder.models import Channel, Message, Preference
from dangqun.members.models import Person

WEEK = timedelta(days=7)
State = Message.State


@dataclass(frozen=True)
class Line:
    """A channel as its list shows it: state in a mark and words, and the figures of seven days."""

    channel: Channel
    mark: str
    words: str
    waiting: int
    gone: int
    failed: int


def lines(channels: QuerySet[Channel]) -> list[Line]:
    """Return one line a channel, in one query."""
    at = timezone.now()
    fresh = Q(messages__made_at__gte=at - WEEK)
    told = {
        "waiting": Count("messages", Q(messages__state__in=(State.QUEUED, State.SENDING))),
        "gone": Count("messages", fresh & Q(messages__state__in=(State.HANDED, State.DELIVERED))),
        "failed": Count("messages", fresh & Q(messages__state=State.FAILED)),
    }
    held: Any = channels.select_related("org").annotate(**told).order_by("-is_enabled", "org__path", "name")
    return [Line(each, *_state(each, at), each.waiting, each.gone, each.failed) for each in held]


def _state(channel: Channel, at: datetime) -> tuple[str, str]:
    if not channel.is_enabled:
        return "wait", "已停用" if channel.tried_at else "还没启用"
    if channel.rests_until and channel.rests_until > at + timedelta(seconds=30):
        return "late", f"对方没收，{moment(channel.rests_until)}再试"
    return "done", "在用"


def kinds_for(person: Person) -> list[str]:
    """Return the kinds of channels that reach people where somebody belongs, in the order of the list of kinds."""
    held = Channel.objects.in_use().to_people().values_list("kind", "org__path")
    found = {kind for kind, path in held if person.org.path.startswith(path)}
    return [kind for kind in KINDS if kind in found]


def calendar_path(held: Preference) -> str:
    """Return the secret path of somebody's calendar, for her own eyes."""
    sealed: Any = held.calendar
    return reverse("calendar-feed", args=(sealed.open(),))


def preference_of(held: QuerySet[Preference], person: Person) -> Preference:
    """Return somebody's preference, or one that has not been stored yet."""
    return held.filter(person=person).first() or Preference(person=person)
