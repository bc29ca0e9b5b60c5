"""What messages tell of, judged again at the moment of sending: they may have waited for hours, or for a second try.

Rooms above answer for what they let be told (`provide`, in config/wiring.py). However many messages of a kind: one call.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from dangqun.ladder.models import Message
from dangqun.ladder.wording import Words, fit

NO_ACCOUNT = "本人的账号停用了。"


@dataclass(frozen=True)
class Subject:
    """How a thing stands for one receiver: its title of this moment, or why nothing of it is sent any more."""

    title: str = ""
    over: str = ""


Judge = Callable[[list[Message]], dict[int, Subject]]  # by the number of the message
_judges: dict[str, Judge] = {}


def provide(kind: str, judge: Judge) -> None:
    """Let a room answer for a kind ("notice" of "notice:12"); called in config/wiring.py alone."""
    _judges[kind] = judge


def still_wanted(messages: list[Message], at: datetime) -> list[Message]:
    """Return those that may still go, in the words of this moment; the others are dropped, with why."""
    subjects = _subjects(messages)
    kept: list[Message] = []
    over: dict[str, list[int]] = {}
    for each in messages:
        why = subjects[each.pk].over or _unable(each)
        if why:
            over.setdefault(why, []).append(each.pk)
        else:
            kept.append(each)
    for why, keys in over.items():
        drop(keys, why, at)
    _reword(kept, subjects)
    return kept


def drop(keys: list[int], why: str, at: datetime) -> None:
    """Note that these messages are not needed any more."""
    Message.objects.filter(pk__in=keys).update(state=Message.State.DROPPED, why=why, ended_at=at)


def _subjects(messages: list[Message]) -> dict[int, Subject]:
    """Return how things stand, by message; what nobody answers for stands as it was told."""
    kinds: dict[str, list[Message]] = {}
    for each in messages:
        kinds.setdefault(each.about.partition(":")[0], []).append(each)
    found = {each.pk: Subject() for each in messages}
    for kind, some in kinds.items():
        if judge := _judges.get(kind):
            found |= judge(some)
    return found


def _unable(message: Message) -> str:
    """Say why a person could not sign in to see what it is about; empty when she can, and for a group."""
    if message.person is None:
        return ""
    account = message.person.account
    return "" if account and account.is_active and account.activated_at else NO_ACCOUNT


def _reword(messages: list[Message], subjects: dict[int, Subject]) -> None:
    """Give messages the titles of this moment, each judged once; what stands neutral without a new title stays so."""
    judged: dict[tuple[str, bool], Words] = {}
    changed: dict[Words, list[int]] = {}
    for each in messages:
        title, names = subjects[each.pk].title or each.title, each.channel.hears_names
        if each.is_neutral and not subjects[each.pk].title:
            continue
        if (title, names) not in judged:
            judged[title, names] = fit(title, names=names)
        words = judged[title, names]
        if words != Words(each.title, each.is_neutral):
            each.title, each.is_neutral = words.title, words.is_neutral
            changed.setdefault(words, []).append(each.pk)
    for words, keys in changed.items():
        Message.objects.filter(pk__in=keys).update(title=words.title, is_neutral=words.is_neutral)
