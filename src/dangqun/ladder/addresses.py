"""Whether an address that somebody typed is hers: a code of six digits goes there, by the channel that would use it.

A code is kept as a keyed mark of itself and of the address that it went to, so that it is worth nothing for another one.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from dangqun.kernel.crypto import blind_index
from dangqun.kernel.facts import record
from dangqun.kernel.rules import RuleBroken, verb
from dangqun.ladder.adapters import KINDS, Letter
from dangqun.ladder.models import AddressCode, Channel, Preference
from dangqun.ladder.targets import NotSent
from dangqun.members.models import Person
from dangqun.orgs.access import Actor

LABELS = {"email": "电子邮件", "wecom": "企业微信账号"}
LETTER = "党群平台的验证码 {code}，{minutes} 分钟内有效。不是您本人在填，不用理会。"
HOUR = timedelta(hours=1)
AGAIN = "这个验证码过期了，或者输错太多次。请点“再发一次”。"


def send_code(person: Person, name: str, *, by: Any) -> None:
    """Send a new code to somebody's own address (`name`: email or wecom); earlier codes count no longer.

    Raises RuleBroken without an address or a channel, when it is confirmed, after ADDRESS_CODES within an hour, and
    when the other side does not take it.
    """
    channels = _channels_for(person, name, by)
    code = f"{secrets.randbelow(10**6):06}"
    address = _begin(person, name, code, by=by)
    text = LETTER.format(code=code, minutes=settings.ADDRESS_CODE_MINUTES)
    refusal = _handed_over(Letter(text, "", address, f"code-{secrets.token_hex(8)}"), channels)
    if refusal:
        _give_up(person, name, by=by)
        check = f"请核对{LABELS[name]}；写得对还是不行，请告诉综合党委办公室。"
        raise RuleBroken(f"验证码没有发出去：{refusal}{check}")


def sent(person: Person, name: str, *, by: Any) -> str:
    """Send a code and say in words what came of it."""
    try:
        send_code(person, name, by=by)
    except RuleBroken as refusal:
        return refusal.sentence
    return f"往您填的{LABELS[name]}发了 6 位数字的验证码，收到以后填在这里。"


def prove(person: Person, name: str, code: str, *, by: Any) -> str:
    """Use an address from now on, since its owner typed the code; return what it is called.

    Raises RuleBroken for a wrong code, and when none holds any more.
    """
    left = _try(person, name, code, by=by)
    if left is None:
        raise RuleBroken(AGAIN, field="code")
    if left:
        more = f"还可以试 {left - 1} 次。" if left > 1 else "请点“再发一次”，换一个新的。"
        raise RuleBroken(f"验证码不对，请看最后收到的那一条。{more}", field="code")
    return LABELS[name]


def code_sent(held: Preference, name: str) -> AddressCode | None:
    """Return the code that was sent last to an address and may still be typed."""
    since = timezone.now() - timedelta(minutes=settings.ADDRESS_CODE_MINUTES)
    sent = AddressCode.objects.filter(preference=held.pk, name=name).order_by("-pk").first()
    fits = sent and sent.at > since and sent.tries < settings.ADDRESS_CODE_TRIES
    return sent if fits and sent.address == _mark(held, name) else None


@verb
def _begin(person: Person, name: str, code: str, *, by: Any) -> str:
    """Keep the mark of a code before it goes, and return where to; what could not be sent counts, too."""
    held = Preference.objects.select_for_update().filter(person=person).first()
    sealed: Any = getattr(held, name, "")
    if held is None or not sealed:
        raise RuleBroken(f"还没有填{LABELS[name]}。")
    if name in held.proven:
        raise RuleBroken(f"{LABELS[name]}已经确认过，不用再确认。")
    now = timezone.now()
    if AddressCode.objects.filter(preference=held, at__gt=now - HOUR).count() >= settings.ADDRESS_CODES:
        raise RuleBroken(f"一小时里最多发 {settings.ADDRESS_CODES} 次验证码，刚才已经发完。请过一小时再来。")
    AddressCode.objects.create(
        preference=held, name=name, address=_mark(held, name), mark=_mark(held, name, code), at=now
    )
    record("ladder.address_code_sent", held, by=by, org=person.org, changes={name: [None, str(sealed)]})
    return str(sealed.open())


@verb
def _try(person: Person, name: str, code: str, *, by: Any) -> int | None:
    """Count a try, then compare: 0 when it was right, else how many tries it had left with this one; None: no code holds.

    Nothing is raised here, so that a wrong try stays counted.
    """
    held = Preference.objects.select_for_update().filter(person=person).first()
    sent = code_sent(held, name) if held else None
    if held is None or sent is None:
        return None
    AddressCode.objects.filter(pk=sent.pk).update(tries=F("tries") + 1)
    if not secrets.compare_digest(sent.mark, _mark(held, name, code)):
        record("ladder.address_code_wrong", held, by=by, org=person.org)
        return settings.ADDRESS_CODE_TRIES - sent.tries
    held.proven = sorted({*held.proven, name})
    held.save(update_fields=["proven"])
    AddressCode.objects.filter(preference=held, name=name).update(tries=settings.ADDRESS_CODE_TRIES)
    record(
        "ladder.address_confirmed",
        held,
        by=by,
        org=person.org,
        changes={name: [None, str(getattr(held, name))]},
    )
    return 0


@verb
def _give_up(person: Person, name: str, *, by: Any) -> None:
    """Let a code that did not go out count for nothing but the limit of the hour."""
    held = Preference.objects.get(person=person)
    AddressCode.objects.filter(preference=held, name=name).update(tries=settings.ADDRESS_CODE_TRIES)
    record("ladder.address_code_failed", held, by=by, org=person.org)


def _channels_for(person: Person, name: str, by: Any) -> list[Channel]:
    """Return the channels that would use an address; whoever sets channels up may try those that are not in use yet."""
    kinds = [kind.key for kind in KINDS.values() if kind.address == name]
    held = Channel.objects.filter(kind__in=kinds).select_related("org").order_by("-is_enabled", "pk")
    early = Actor.of(by).can("channels.manage")
    found = [each for each in (held if early else held.in_use()) if person.org.path.startswith(each.org.path)]
    if not found:
        raise RuleBroken("办公室还没有开通这个渠道，现在发不了验证码。")
    return found


def _handed_over(letter: Letter, channels: list[Channel]) -> str:
    """Hand a letter over by the first channel that takes it; return why the last one did not, else nothing."""
    from dangqun.ladder.calls import line  # only who sends loads httpx

    why = ""
    with line() as out:
        for channel in channels:
            try:
                KINDS[channel.kind].send(letter, channel.settings, out)
                return ""
            except NotSent as refusal:
                why = refusal.sentence
    return why


def _mark(held: Preference, name: str, code: str = "") -> str:
    """Return 64 hex digits that stand for an address, or for a code that went to it; nobody can try codes against them."""
    sealed: Any = getattr(held, name)
    return blind_index("contact", f"{held.uid}|{name}|{sealed.open()}|{code}")
