"""Reads for the pages: channels with what became of their messages, and what is offered to a person."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from dangqun.kernel.templatetags.words import moment
from dangqun.ladder.adapters import KINDS
from dangqun.ladder.addresses import LABELS, code_sent
from dangqun.ladder.forms import CodeForm, PreferenceForm
from dangqun.ladder.models import Channel, Message, Preference
from dangqun.members.models import Person
from dangqun.orgs.access import Actor, rows

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


def kinds_for(person: Person, *, early: bool = False) -> list[str]:
    """Return the kinds of channels that reach people where somebody belongs, in the order of the list of kinds.

    `early`: also those that are not in use yet, for whoever sets them up.
    """
    channels = Channel.objects.to_people()
    held = (channels if early else channels.in_use()).values_list("kind", "org__path")
    found = {kind for kind, path in held if person.org.path.startswith(path)}
    return [kind for kind in KINDS if kind in found]


@dataclass(frozen=True)
class Unproven:
    """An address that was typed and is not used yet: what it is, what was typed, when a code went there, the field for it."""

    name: str
    label: str
    address: str
    sent_at: datetime | None
    form: CodeForm


def unproven(held: Preference, names: Collection[str], typed: CodeForm | None = None) -> list[Unproven]:
    """Return the addresses of somebody that wait for their code, among the names that are offered to her."""
    found = []
    for name in (each for each in LABELS if each in names and each not in held.proven):
        sealed: Any = getattr(held, name)
        if sealed:
            sent = code_sent(held, name)
            mine = typed is not None and typed.data.get("name") == name
            form = typed if typed is not None and mine else CodeForm(name=name)
            found.append(Unproven(name, LABELS[name], sealed.open(), sent and sent.at, form))
    return found


def preference_form(
    held: QuerySet[Preference], actor: Actor, person: Person, typed: Any = None
) -> PreferenceForm:
    """Return the form of somebody's 提醒方式: the kinds in use, and the addresses that she may enter."""
    preference = preference_of(held, person)
    kinds, offered = kinds_for(person), _offered(actor, person)
    return PreferenceForm(typed, kinds=kinds, held=preference, addresses=addresses_of(offered))


def mine(
    request: HttpRequest, person: Person, form: PreferenceForm, typed: CodeForm | None = None
) -> dict[str, Any]:
    """Return what the page of 提醒方式 shows; `typed` is the code that was refused."""
    held = preference_of(rows(request, Preference), person)
    waiting = unproven(held, addresses_of(_offered(request.actor, person)), typed)  # type: ignore[attr-defined]
    return {
        "form": form,
        "kinds": form.kinds,
        "waiting": waiting,
        "minutes": settings.ADDRESS_CODE_MINUTES,
        "address": request.build_absolute_uri(calendar_path(held)) if held.calendar else "",
    }


def _offered(actor: Actor, person: Person) -> list[str]:
    return kinds_for(person, early=actor.can("channels.manage"))


def addresses_of(kinds: Iterable[str]) -> set[str]:
    """Return the names of the addresses that kinds of channels need."""
    return {KINDS[kind].address for kind in kinds}


def calendar_path(held: Preference) -> str:
    """Return the secret path of somebody's calendar, for her own eyes."""
    sealed: Any = held.calendar
    return reverse("calendar-feed", args=(sealed.open(),))


def preference_of(held: QuerySet[Preference], person: Person) -> Preference:
    """Return somebody's preference, or one that has not been stored yet."""
    return held.filter(person=person).first() or Preference(person=person)
