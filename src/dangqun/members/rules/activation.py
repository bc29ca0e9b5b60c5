"""Activation: a code handed over in person opens an account, or sets a new password."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db.models import F
from django.utils import timezone

from dangqun.accounts import rules as accounts
from dangqun.kernel.crypto import blind_index
from dangqun.kernel.facts import record
from dangqun.kernel.identity import looks_like_mobile
from dangqun.kernel.rules import RuleBroken, verb
from dangqun.members.models import Activation, Person
from dangqun.members.rules.accounts import account_for
from dangqun.orgs.access import Actor

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without 0 O 1 I L
WRONG = "用户名或激活码不对，或者激活码已经用过、过期。请核对；还是不行，请找支部书记重发一个。"


@verb
def issue_code(person: Person, *, by: Any) -> str:
    """Issue a code and return it once, in clear: 8 characters, single use, CODE_DAYS days, CODE_TRIES tries."""
    user = account_for(person, by=by)
    if not user.is_active:
        raise RuleBroken(f"{person}的账号已停用，请先由系统管理员恢复。")
    now = timezone.now()
    person.activations.filter(used_at=None, withdrawn_at=None).update(withdrawn_at=now)
    code = "".join(secrets.choice(ALPHABET) for _ in range(8))
    Activation.objects.create(
        person=person,
        code_hash=make_password(code),
        issued_by=by,
        issued_at=now,
        expires_at=now + timedelta(days=settings.CODE_DAYS),
        tries_left=settings.CODE_TRIES,
    )
    record("members.code_issued", person, by=by, org=person.org)
    return f"{code[:4]}-{code[4:]}"


def open_code(name: str, code: str, *, network: str) -> Activation:
    """Return the code's row when name and code fit. Raises RuleBroken with one sentence for all that can be wrong."""
    key = f"activate|{network}"
    accounts.refuse_when_shut(key)
    held = _held(name)
    typed = "".join(character for character in code.upper() if character.isalnum())
    if held is None:
        make_password(typed)  # the same work as for a known name
    elif _try(held) and check_password(typed, held.code_hash):
        return held
    accounts.note_failure(key, None)
    raise RuleBroken(WRONG)


def opened(pk: int | None) -> Activation | None:
    """Return the code that this browser opened, unless it was used or withdrawn since."""
    usable = Activation.objects.filter(used_at=None, withdrawn_at=None, expires_at__gt=timezone.now())
    return usable.filter(pk=pk).select_related("person__org", "person__account", "issued_by").first()


@verb
def activate(held: Activation, password: str) -> Any:
    """Use the code: set the password and open the account. Raises RuleBroken for a weak password or a used code."""
    user = held.person.account
    staff = Actor.of(user).has_role(*settings.STAFF_ROLES)
    if not Activation.objects.filter(pk=held.pk, used_at=None, withdrawn_at=None).update(
        used_at=timezone.now()
    ):
        raise RuleBroken(WRONG)
    accounts.set_password(user, password, staff=staff, by=user)
    record("members.activated", held.person, by=user, org=held.person.org)
    return user


def _held(name: str) -> Activation | None:
    name = name.strip()
    people = Person.objects.filter(account__is_active=True)
    if looks_like_mobile(name):
        people = people.filter(mobile_index=blind_index("contact", name))
    else:
        people = people.filter(account__username=name.lower())
    found = list(Activation.objects.usable(timezone.now()).filter(person__in=people)[:2])
    return found[0] if len(found) == 1 else None


def _try(held: Activation) -> bool:
    """Take one try; False when none was left."""
    return bool(
        Activation.objects.filter(pk=held.pk, tries_left__gt=0).update(tries_left=F("tries_left") - 1)
    )
