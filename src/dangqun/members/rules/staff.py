"""Staff: entered by 系统管理员, granted by 安全管理员; neither can do the other's part (domain.md §1.9)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone

from dangqun.accounts import rules as accounts
from dangqun.accounts import ways
from dangqun.kernel.calendars import today
from dangqun.kernel.facts import record
from dangqun.kernel.faults import Fault
from dangqun.kernel.identity import check_mobile
from dangqun.kernel.rules import RuleBroken, verb
from dangqun.members.models import Person
from dangqun.members.rules.accounts import account_for, propose_staff_grant
from dangqun.members.rules.activation import withdraw_codes_of_one
from dangqun.members.rules.people import enrol
from dangqun.orgs.models import Grant, Org
from dangqun.orgs.rules import refuse_mixed

OTHER_ADMINISTRATORS = ("security_admin", "auditor")


@verb
def enter_staff(name: str, *, mobile: str, role: str, org: Org, by: Any) -> Person:
    """Enter somebody who works at the committee and propose a role for her. Raises RuleBroken for a bad number or role."""
    if role not in settings.STAFF_ROLES:
        raise RuleBroken("请选一个岗位。", field="role")
    try:
        number = check_mobile(mobile)
    except Fault as fault:
        raise RuleBroken(fault.sentence, field="mobile") from fault
    person = enrol(name, org=org, by=by, mobile=number)
    account_for(person, by=by)
    propose_staff_grant(person, role, org, by=by)
    return person


@verb
def close_account(person: Person, *, by: Any) -> None:
    """Close the account of one of the staff. Raises RuleBroken for one's own and for the two other administrators."""
    _refuse_administrators(person, by)
    account: Any = person.account
    ways.close_account(account, by=by)


@verb
def reopen_account(person: Person, *, by: Any) -> None:
    """Open it again. Raises RuleBroken for one's own and for the two other administrators."""
    _refuse_administrators(person, by)
    account: Any = person.account
    ways.reopen_account(account, by=by)


@verb
def close_orphan(user: Any, *, by: Any) -> None:
    """Close an account that nobody answers for (账号清查)."""
    ways.close_account(user, by=by, why="账号清查")


@verb
def confirm(grant: Grant, *, by: Any) -> Grant:
    """Confirm a proposed role. Raises RuleBroken for one's own, and for what oneself proposed.

    Nobody alone may be inside an account of the staff: unless two people opened it last, it must be activated anew.
    """
    if by.pk in (grant.user_id, grant.proposed_by_id):
        raise RuleBroken("自己的授权、自己提出的授权，要由另一位安全管理员确认。")
    refuse_mixed(grant.user, grant.role)
    confirmed = Grant.objects.filter(pk=grant.pk, confirmed_at=None, ends_on=None).update(
        confirmed_at=timezone.now(), confirmed_by=by
    )
    if not confirmed:
        raise RuleBroken("这一条已经有人处理过，请刷新再看。")
    record("members.role_confirmed", grant.user, by=by, org=grant.org, changes={"role": [None, grant.role]})
    _shut_ways_of_one(grant.user, by)
    return grant


@verb
def end_grant(grant: Grant, *, by: Any) -> Grant:
    """End a staff role today. Raises RuleBroken for roles that follow from an office or a membership."""
    if grant.source != Grant.Source.STAFF:
        raise RuleBroken("这个权限随任职或党籍而来，请在任职或名册里调整。")
    if by.pk == grant.user_id:
        raise RuleBroken("不能停自己的授权，请另一位安全管理员处理。")
    ends_on = max(today(), grant.starts_on or today())
    if not Grant.objects.filter(pk=grant.pk, ends_on=None).update(ends_on=ends_on):
        raise RuleBroken("这一条已经停过，请刷新再看。")
    record("members.role_ended", grant.user, by=by, org=grant.org, changes={"role": [grant.role, None]})
    accounts.end_with_powers(grant.user, lost=[grant.role], by=by)
    return grant


def _shut_ways_of_one(user: Any, by: Any) -> None:
    """Make worthless what one person alone may have opened, whoever that was: her code, her password, her sessions."""
    person = (
        Person.objects.select_for_update().filter(account=user).first()
    )  # a code is used before or after this
    if person is None:
        return
    withdraw_codes_of_one(person, by=by)
    user.refresh_from_db(fields=["activated_at"])
    last = person.activations.used().first()
    if user.activated_at and not (last and last.needs_second):
        ways.shut_ways(user, by=by, why="新岗位要两个人开路")


def _refuse_administrators(person: Person, by: Any) -> None:
    if by.pk == person.account_id:
        raise RuleBroken("不能对自己的账号这样做，请另一位系统管理员处理。")
    account: Any = person.account
    others = account.grants.effective().after(today()).filter(role__in=OTHER_ADMINISTRATORS)
    if others.exists():
        raise RuleBroken(
            f"{person}是安全管理员或审计员，系统管理员不能碰他的账号。忘了密码、丢了手机，请点“重设登录”；"
            "不再担任，请安全管理员停止授权。"
        )
