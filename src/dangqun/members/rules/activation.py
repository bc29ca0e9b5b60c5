"""Activation: a code handed over in person opens an account, or sets a new password."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from dangqun.accounts.privacy import note_told
from dangqun.accounts.rules import SHARED, set_password
from dangqun.accounts.second_factor import take_away
from dangqun.accounts.throttle import forget_tries, note_failure, take_try
from dangqun.kernel.calendars import today
from dangqun.kernel.crypto import blind_index
from dangqun.kernel.facts import record
from dangqun.kernel.identity import looks_like_mobile
from dangqun.kernel.rules import RuleBroken, verb
from dangqun.members.models import Activation, Person
from dangqun.members.rules.accounts import account_for
from dangqun.orgs.access import Actor, roles
from dangqun.orgs.models import Enterprise, Grant
from dangqun.orgs.rules.separation import work_of

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without 0 O 1 I L
READS_OTHERS = "members.read"  # whose role has this permission (config/roles.py) sees other people's data
HALF = 4  # characters; a code is two halves
WRONG = "用户名或激活码不对，或者激活码已经用过、过期。请核对；还是不行，请找综合党委办公室重发一个。"


@verb
def issue_code(person: Person, *, by: Any) -> str:
    """Issue a code to a person within reach. Raises RuleBroken when it might hand over more than the issuer may do.

    Whoever holds a code can become that person: nobody hands out more power than she has, a secretary only the first
    code of a plain member. `by` None: the installation.
    """
    account_for(person, by=by)
    if by is not None:
        _refuse_issuer(person, Actor.of(by))
    return write_code(person, by=by)


@verb
def issue_codes(people: Iterable[Person], *, by: Any) -> tuple[list[tuple[Person, str]], list[Person]]:
    """Issue codes to many at once. Returns slips, and those whose accounts may do more than the issuer's."""
    slips, beyond = [], []
    for person in people:
        try:
            slips.append((person, issue_code(person, by=by)))
        except RuleBroken:
            beyond.append(person)
    return slips, beyond


@verb
def write_code(person: Person, *, by: Any, resets_factor: bool = False) -> str:
    """Write a new code and return it once, in clear: 8 characters, single use, CODE_TRIES tries, ends after `life_of`.

    Any earlier code is withdrawn. `resets_factor`: whoever uses it sets up her second factor anew. Raises RuleBroken
    for a closed account.
    """
    code = new_half() + new_half()
    keep_code(person, by=by, code_hash=hashed(person, code), resets_factor=resets_factor)
    why = "验证码一并重设" if resets_factor else ""
    record("members.code_issued", person, by=by, org=person.org, why=why)
    return f"{code[:4]}-{code[4:]}"


@verb
def keep_code(person: Person, *, by: Any, **held: Any) -> Activation:
    """Keep the hash of a new code and withdraw any earlier one. Raises RuleBroken for a closed account."""
    user = account_for(person, by=by)
    user.refresh_from_db(fields=["is_active"])
    if not user.is_active:
        raise RuleBroken(f"{person}的账号已停用，请先由系统管理员恢复。")
    now = timezone.now()
    Person.objects.select_for_update().get(pk=person.pk)  # two issuers at once: the later code counts
    person.activations.filter(used_at=None, withdrawn_at=None).update(withdrawn_at=now)
    return Activation.objects.create(
        person=person,
        issued_by=by,
        issued_at=now,
        expires_at=now + life_of(person, two=bool(held.get("needs_second"))),
        tries_left=settings.CODE_TRIES,
        **held,
    )


@verb
def withdraw_codes_of_one(person: Person, *, by: Any) -> int:
    """Withdraw a code that one person alone holds in full; returns how many that were."""
    held = person.activations.filter(needs_second=False, used_at=None, withdrawn_at=None)
    withdrawn = held.update(withdrawn_at=timezone.now())
    if withdrawn:
        record("members.code_withdrawn", person, by=by, org=person.org)
    return withdrawn


def life_of(person: Person, *, two: bool = False) -> timedelta:
    """Return how long a code holds: days for a first one and for one of two halves, else hours: she waits beside it."""
    account: Any = person.account
    if account.activated_at and not two:
        return timedelta(hours=settings.NEW_CODE_HOURS)
    return timedelta(days=settings.CODE_DAYS)


def takes_two(person: Person) -> bool:
    """Whether one person alone may not open a way in: to staff, and, once activated, to whoever reads other people's data."""
    account: Any = person.account
    if is_staff(person):
        return True
    return bool(account.activated_at) and any(READS_OTHERS in roles()[role] for role in work_of(account))


def covers_all(mine: Actor, permission: str, theirs: Actor) -> bool:
    """Whether one actor holds a permission everywhere where another holds anything."""
    places = [hold.path for hold in theirs.holds if hold.path is not None]
    firms = {hold.enterprise_id for hold in theirs.holds if hold.path is None}
    reached = Enterprise.objects.reachable(mine, permission).filter(pk__in=firms) if firms else ()
    return all(mine.covers(permission, place) for place in places) and len(reached) == len(firms)


def open_code(name: str, code: str, *, network: str) -> Activation:
    """Return the code's row when name and code fit. Raises RuleBroken with one sentence for all that can be wrong."""
    held = _held(name)
    account = f"code|{held.person_id if held else name.strip().lower()}"
    counter = take_try(account, network, at=timezone.now())
    typed = "".join(character for character in code.upper() if character.isalnum())
    if held is None or not _fits(held, typed):
        note_failure(counter, "members.code_wrong", held.person if held else None)
        raise RuleBroken(WRONG + SHARED if looks_like_mobile(name.strip()) else WRONG)
    forget_tries(account, network)
    return held


def opened(pk: int | None) -> Activation | None:
    """Return the code that a browser opened, unless it was used, withdrawn or is over since, or one is too few by now."""
    open_to_her = Activation.objects.open(timezone.now()).filter(pk=pk or 0, person__account__is_active=True)
    held = open_to_her.select_related("person__org", "person__account", "issued_by").first()
    return held if held and _opens(held) else None


def used_before(held: Activation) -> Activation | None:
    """Return the code that last set a password of this account, if any: whoever did not do that herself is warned."""
    return held.person.activations.used().exclude(pk=held.pk).select_related("issued_by").first()


@verb
def activate(held: Activation, password: str, *, told: bool = False) -> Any:
    """Use the code: set the password and open the account; `told`: she ticked 个人信息保护说明.

    Raises RuleBroken for a weak password or a used code.
    """
    person = (
        Person.objects.select_for_update(of=("self",)).select_related("account", "org").get(pk=held.person_id)
    )
    user: Any = person.account
    held.person, now = person, timezone.now()
    if not _opens(held) or not Activation.objects.open(now).filter(pk=held.pk).update(used_at=now):
        raise RuleBroken(WRONG)
    if held.resets_factor:
        take_away(user, by=user, why="重设登录")
    set_password(user, password, by=user)
    if told:
        note_told(user)
    record("members.activated", held.person, by=user, org=held.person.org)
    return user


def _held(name: str) -> Activation | None:
    name = name.strip()
    people = Person.objects.filter(account__is_active=True)
    if looks_like_mobile(name):
        people = people.filter(mobile_index=blind_index("contact", name))
    else:
        people = people.filter(account__username=name.lower())
    usable = Activation.objects.usable(timezone.now()).filter(person__in=people)
    found = list(usable.select_related("person__account")[:2])
    return found[0] if len(found) == 1 and _opens(found[0]) else None


def _opens(held: Activation) -> bool:
    """Whether as many people stand behind a code as its account asks for; the installation stands for itself."""
    return held.needs_second or held.issued_by_id is None or not takes_two(held.person)


def _fits(held: Activation, typed: str) -> bool:
    """Take one try and compare; False also when no try was left."""
    tries = Activation.objects.filter(pk=held.pk, tries_left__gt=0).update(tries_left=F("tries_left") - 1)
    if not held.needs_second:
        return bool(tries) and secrets.compare_digest(held.code_hash, hashed(held.person, typed))
    first = secrets.compare_digest(held.code_hash, hashed(held.person, typed[:HALF]))
    second = secrets.compare_digest(held.second_hash, hashed(held.person, typed[HALF:]))
    return bool(tries) and first and second


def _refuse_issuer(person: Person, issuer: Actor) -> None:
    account: Any = person.account
    theirs = Actor.of(account)
    if account.pk == issuer.user.pk:
        raise RuleBroken("自己的密码请在“登录与安全”里改。")
    if is_staff(person):
        raise RuleBroken(f"{person}是工作人员，激活码请系统管理员来发，安全管理员同意。")
    if covers_all(issuer, "members.manage", theirs) and issuer.covers("members.manage", person.org.path):
        if takes_two(person):
            raise RuleBroken(
                f"{person}看得到别人的资料，忘了密码要两个人办：请点“重设登录”，安全管理员同意以后才行。"
            )
        return
    more = {hold.role for hold in theirs.holds} - {"member"} or person.offices.open().exists()
    if account.activated_at or more or not covers_all(issuer, "members.activate", theirs):
        raise RuleBroken(f"{person}已经激活过，或者担任职务，激活码请综合党委办公室来发。")


def is_staff(person: Person) -> bool:
    """Whether somebody holds, or shall hold, a role that was granted by hand."""
    held = Grant.objects.after(today()).filter(user=person.account_id, source=Grant.Source.STAFF)
    return held.exists()


def new_half() -> str:
    """Return half a code."""
    return "".join(secrets.choice(ALPHABET) for _ in range(HALF))


def hashed(person: Person, code: str) -> str:
    """Return the code's keyed hash: of no use without the key ring, and quick enough for a sheet of 500 slips."""
    return blind_index("activation", f"{person.uid}|{code}")
