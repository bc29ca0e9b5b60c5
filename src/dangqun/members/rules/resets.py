"""重设登录, and the first code of staff: two people open the way in, each of whom holds half a code.

Who asks sees the first half, who confirms the second; the person brings both, sets a password and her second factor
anew. Nobody alone, and no administrator, gets in as somebody else; the person is told of every step.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from dangqun.kernel.calendars import today
from dangqun.kernel.facts import record
from dangqun.kernel.rules import RuleBroken, verb
from dangqun.members.models import Activation, Person
from dangqun.members.rules.accounts import account_for
from dangqun.members.rules.activation import covers_all, hashed, is_staff, keep_code, new_half
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Grant

GUARD, SYSTEM = "security_admin", "system_admin"
DONE = "这一条已经有人处理过，请刷新再看。"


@verb
def ask(person: Person, *, by: Any) -> str:
    """Ask that somebody's way in be opened anew; return the first half of the code, once in clear.

    系统管理员 asks for staff, also for their first code; 安全管理员 for a 系统管理员 who has activated; the office for
    everybody else. Raises RuleBroken.
    """
    account_for(person, by=by)
    _refuse_asker(person, Actor.of(by))
    half = new_half()
    keep_code(person, by=by, code_hash=hashed(person, half), needs_second=True, resets_factor=True)
    record("members.reset_asked", person, by=by, org=person.org)
    return half


@verb
def confirm(held: Activation, *, by: Any) -> str:
    """Confirm what another asked for; return the second half of the code, once in clear. Raises RuleBroken."""
    if by.pk in (held.issued_by_id, held.person.account_id):
        raise RuleBroken("自己申请的、自己的登录，要由另一位来同意。")
    _refuse_stale(held)
    half, now = new_half(), timezone.now()
    confirmed = Activation.objects.waiting(now).filter(pk=held.pk)
    told = {"second_hash": hashed(held.person, half), "confirmed_by": by, "confirmed_at": now}
    if not confirmed.update(**told, expires_at=now + timedelta(days=settings.CODE_DAYS)):
        raise RuleBroken(DONE)
    record("members.reset_confirmed", held.person, by=by, org=held.person.org)
    return half


@verb
def refuse(held: Activation, *, by: Any) -> None:
    """Refuse what another asked for: the first half is worth nothing any more. Raises RuleBroken."""
    if not Activation.objects.waiting(timezone.now()).filter(pk=held.pk).update(withdrawn_at=timezone.now()):
        raise RuleBroken(DONE)
    record("members.reset_refused", held.person, by=by, org=held.person.org)


def waiting_for(user: Any, *, witness: bool) -> QuerySet[Activation]:
    """Return what somebody may confirm: 安全管理员 all that concerns none of them, 审计员 (`witness`) what does.

    Whoever is only proposed as 安全管理员 counts as one. Nobody confirms her own way in, nor what she asked for.
    """
    guards = _guards().values("user")
    theirs = Q(person__account__in=guards) | Q(issued_by__in=guards)
    waiting = Activation.objects.waiting(timezone.now()).filter(theirs if witness else ~theirs)
    waiting = waiting.exclude(issued_by=user).exclude(person__account=user)
    return waiting.select_related("person__account", "person__org", "issued_by").order_by("issued_at")


def system_administrators(user: Any) -> QuerySet[Person]:
    """Return those for whom a 安全管理员 asks, because no 系统管理员 asks for herself."""
    held = Grant.objects.effective().on(today()).filter(role=SYSTEM).exclude(user=user)
    held = held.exclude(user__activated_at=None)
    return Person.objects.filter(account__in=held.values("user")).select_related("account", "org").by_pinyin()


def second_of(person: Person, *, asker: Any) -> str:
    """Return who confirms what `asker` asks for this person."""
    concerned = (person.account_id, asker.pk)
    return "审计员" if _guards().filter(user__in=concerned).exists() else "安全管理员"


def still_to_do(person: Person) -> str:
    """Return what must still happen before one of the staff gets in, for the 安全管理员 who has confirmed her role."""
    account: Any = person.account
    if account.activated_at:
        return ""
    held = (
        Activation.objects.waiting(timezone.now()).filter(person=person).select_related("issued_by").first()
    )
    if held is None:
        return f"{person}要重新激活：请系统管理员在“工作人员”里点“发前半个码”。"
    if second_of(person, asker=held.issued_by) == "审计员":
        return f"{person}的登录要审计员在“登录重设”里同意，后半个码由审计员当面交给本人。"
    return f"{person}的登录还等您同意，后半个码在下面“等您同意的登录”里。"


def _guards() -> QuerySet[Grant]:
    return Grant.objects.after(today()).filter(role=GUARD)


def _refuse_asker(person: Person, asker: Actor) -> None:
    account: Any = person.account
    if account.pk == asker.user.pk:
        raise RuleBroken("自己的登录要请别人来申请重设。")
    roles = {hold.role for hold in Actor.of(account).holds}
    if SYSTEM in roles and account.activated_at:
        if not asker.can("staff.grant"):
            raise RuleBroken("系统管理员的登录，请安全管理员申请重设，审计员同意。")
    elif is_staff(person):
        if not asker.can("staff.enter"):
            raise RuleBroken(f"{person}是工作人员，请系统管理员申请重设。")
    elif not covers_all(asker, "members.manage", Actor.of(account)) or not asker.can("members.manage"):
        raise RuleBroken(f"{person}的登录请综合党委办公室申请重设。")
    if not account.is_active or not (account.activated_at or is_staff(person)):
        raise RuleBroken(f"{person}的账号还没有激活或者已停用，不用重设：请发激活码，或者先恢复账号。")


def _refuse_stale(held: Activation) -> None:
    """Refuse what its asker could not ask for any more: her role or her account ended, or the person has become staff."""
    try:
        _refuse_asker(held.person, Actor.of(held.issued_by))
    except RuleBroken:
        raise RuleBroken(
            f"申请的人（{held.issued_by}）现在不能办这一件：岗位、账号或者对方的职务有变动。请点“不同意”，"
            "由现在该管的人重新申请。"
        ) from None
