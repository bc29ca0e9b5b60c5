"""Verbs on channels and on one's own 提醒方式. What is recorded names settings, never their values."""

from __future__ import annotations

import json
import re
import secrets
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from dangqun.kernel.crypto import blind_index, mask_text
from dangqun.kernel.facts import record
from dangqun.kernel.rules import RuleBroken, unless_taken, verb
from dangqun.ladder.adapters import KINDS, Kind, Letter
from dangqun.ladder.engine import token_for
from dangqun.ladder.models import Channel, Message, Preference
from dangqun.ladder.outbox import wake
from dangqun.ladder.targets import NotSent, refuse_target
from dangqun.members.models import Person
from dangqun.orgs.models import Org

TRIAL = "这是党群平台的试发，收到就说明这个渠道能用。"
WENT = "对方收下了。请到那一头看一眼。"
HIDDEN = "******"
_WECOM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
Typed = dict[str, Any]


@verb
def set_up(kind: str, org: Org, facts: Typed, told: dict[str, str], *, by: Any) -> Channel:
    """Set up a channel; it is switched on by itself. `facts`: name, urgent_only, after_hours; `told`: the kind's settings.

    Raises RuleBroken for a name that is taken and for settings that cannot be right.
    """
    channel = Channel(kind=kind, org=org, **facts)
    channel.sealed = json.dumps(_settled(KINDS[kind], told, {}), ensure_ascii=False)
    with unless_taken(f"{org}已经有叫“{channel.name}”的渠道，请换一个名称。"):
        channel.save()
    record("ladder.set_up", channel, by=by, changes={"name": [None, channel.name], "kind": [None, kind]})
    return channel


@verb
def correct(channel: Channel, facts: Typed, told: dict[str, str], *, by: Any) -> Channel:
    """Change a channel; a secret that is left empty stays as it is. Raises RuleBroken as `set_up` does."""
    old = channel.settings
    new = _settled(KINDS[channel.kind], told, old)
    changes: dict[str, list[Any]] = {
        name: [getattr(channel, name), value]
        for name, value in facts.items()
        if getattr(channel, name) != value
    }
    changes |= {name: [HIDDEN, HIDDEN] for name in new if new[name] != old.get(name)}
    for name, value in facts.items():
        setattr(channel, name, value)
    channel.sealed = json.dumps(new, ensure_ascii=False)
    channel.rests_until = None
    with unless_taken(f"{channel.org}已经有叫“{channel.name}”的渠道，请换一个名称。"):
        channel.save(update_fields=["sealed", "rests_until", *facts])
    record("ladder.corrected", channel, by=by, changes=changes)
    return channel


@verb
def switch(channel: Channel, on: bool, *, by: Any) -> Channel:
    """Switch a channel on, or off: what still waits for it is dropped then, since it would come much too late."""
    channel.is_enabled, channel.rests_until = on, None
    channel.save(update_fields=["is_enabled", "rests_until"])
    if not on:
        waiting = channel.messages.filter(state=Message.State.QUEUED)
        waiting.update(state=Message.State.DROPPED, why="渠道停用了。", ended_at=timezone.now())
    record("ladder.switched_on" if on else "ladder.switched_off", channel, by=by)
    return channel


def try_out(channel: Channel, *, by: Any) -> str:
    """Send one message at once, to its group or to oneself, and return what came of it in words.

    Raises RuleBroken when one has no address for it, or when the robot has spoken too often this minute.
    """
    kind = KINDS[channel.kind]
    letter = Letter(TRIAL, "", _own_address(kind, by), f"trial-{secrets.token_hex(8)}")
    if not token_for(channel, timezone.now()):
        raise RuleBroken("这个机器人一分钟里发得太多了。请过一会儿再试。")
    from dangqun.ladder.calls import line  # only who sends loads httpx

    try:
        with line() as out:
            kind.send(letter, channel.settings, out)
    except NotSent as refusal:
        return _note_trial(channel, refusal.sentence, by=by)
    return _note_trial(channel, WENT, by=by)


@verb
def _note_trial(channel: Channel, sentence: str, *, by: Any) -> str:
    channel.tried_at, channel.tried_said = timezone.now(), sentence[:120]
    channel.save(update_fields=["tried_at", "tried_said"])
    record("ladder.tried", channel, by=by, changes={"answer": [None, sentence]})
    return sentence


@verb
def send_again(message: Message, *, by: Any) -> Message:
    """Try a message that failed once more, from the beginning. Raises RuleBroken for one that did not fail."""
    failed = Message.objects.filter(pk=message.pk, state=Message.State.FAILED, channel__is_enabled=True)
    if not failed.update(state=Message.State.QUEUED, tries=0, next_at=timezone.now(), ended_at=None, why=""):
        raise RuleBroken("这一条不用再试：它没有失败，或者渠道停用了。")
    record("ladder.sent_again", message, by=by, org=message.channel.org)
    wake()
    return message


@verb
def choose(person: Person, facts: Typed, *, by: Any) -> Preference:
    """Keep how somebody wants to be told. `facts`: email, wecom, unwanted, pace, quiet_from, quiet_to, digest_at.

    A new address is used once she has confirmed it (addresses.py).
    Raises RuleBroken for an address that cannot be one.
    """
    held = _held(person)
    _refuse_addresses(facts)
    changes = {}
    for name, value in facts.items():
        sealed = name in ("email", "wecom")
        old: Any = getattr(held, name)
        if (old.open() if sealed and old else old) == value:
            continue
        changes[name] = [str(old), mask_text(value)] if sealed else [str(old), str(value)]
        setattr(held, name, value)
        if name in held.proven:  # another address starts again
            held.proven = [each for each in held.proven if each != name]
    held.save()
    record("ladder.chosen", held, by=by, org=person.org, changes=changes)
    return held


@verb
def renew_calendar(person: Person, *, by: Any) -> str:
    """Give somebody a new secret address for her calendar and return the secret; the old one is dead at once."""
    held, secret = _held(person), secrets.token_urlsafe(32)
    held.calendar, held.calendar_index = secret, blind_index("contact", secret)
    held.save()
    record("ladder.calendar_renewed", held, by=by, org=person.org)
    return secret


@verb
def withdraw_calendar(person: Person, *, by: Any) -> None:
    """Withdraw somebody's calendar: its address leads nowhere from now on."""
    held = _held(person)
    held.calendar, held.calendar_index = "", None
    held.save()
    record("ladder.calendar_withdrawn", held, by=by, org=person.org)


def _held(person: Person) -> Preference:
    """Return somebody's preference as it stands, locked, or a new one."""
    return Preference.objects.select_for_update().filter(person=person).first() or Preference(person=person)


def _own_address(kind: Kind, by: Any) -> str:
    if not kind.address:
        return ""
    person = Person.objects.filter(account=by).select_related("preference").first()
    held: Any = getattr(person, "preference", None)
    value: Any = (
        getattr(person, "mobile", "") if kind.address == "mobile" else held and held.usable(kind.address)
    )
    if not value:
        typed = getattr(held, kind.address, "")
        where = "您的地址还没有确认" if typed else "您还没有填自己的地址"
        where = "名册里没有您的手机号码" if kind.address == "mobile" else where
        raise RuleBroken(f"试发是发给您自己的，{where}。请先在“我的”的“提醒方式”里填好。")
    return str(value.open())


def _refuse_addresses(facts: Typed) -> None:
    if facts.get("email"):
        try:
            validate_email(facts["email"])
        except ValidationError:
            raise RuleBroken("电子邮件地址写得不对，例如 name@example.com。", field="email") from None
        if not facts["email"].isascii():
            raise RuleBroken("电子邮件地址只能用英文字母、数字和符号。", field="email")
    if facts.get("wecom") and not _WECOM.fullmatch(facts["wecom"]):
        raise RuleBroken("企业微信账号是字母和数字，请在企业微信里看，或者问企业的管理员。", field="wecom")


def _settled(kind: Kind, typed: dict[str, str], old: dict[str, str]) -> dict[str, str]:
    """Return all settings of a kind, an empty secret as it was. Raises RuleBroken for what cannot be right.

    Whoever names another server must give the secrets anew: a kept password never travels to a new address.
    """
    moved = any(typed.get(name, "") != old.get(name) for name in ("host", "api", "security") if name in old)
    moved = moved or typed.get("url", "").strip() not in ("", old.get("url", ""))
    told = {}
    for each in kind.settings:
        value = typed.get(each.name, "").strip()
        if each.secret and not value and not moved:
            value = old.get(each.name, "")
        if not value and each.required:
            raise RuleBroken(f"请填“{each.label}”。", field=each.name)
        if not value and each.secret and old.get(each.name):
            raise RuleBroken(f"换了服务器，请重新填“{each.label}”。", field=each.name)
        told[each.name] = value
    _refuse_values(kind, told)
    return told


def _refuse_values(kind: Kind, told: dict[str, str]) -> None:
    for name in kind.targets:
        try:
            refuse_target(re.sub(r"\{\w+\}", "x", told[name]))
        except NotSent as refusal:
            raise RuleBroken(refusal.sentence, field=name) from refusal
    for name, most in (("port", 65535), ("agent_id", 10**9)):
        if name in told and not (
            told[name].isascii() and told[name].isdecimal() and 0 < int(told[name]) <= most
        ):
            raise RuleBroken("请填数字。", field=name)
    if "host" in told and not _HOST.fullmatch(told["host"]):
        raise RuleBroken("请只填主机名，例如 smtp.example.gov.cn，不写 https:// 和端口。", field="host")
    if "sender" in told:
        try:
            validate_email(told["sender"])
        except ValidationError:
            raise RuleBroken("发件地址写得不对，例如 tz@example.gov.cn。", field="sender") from None
