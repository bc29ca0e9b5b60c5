"""Staff: entered by 系统管理员, granted by 安全管理员; neither can do the other's part (domain.md §1.9)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone

from dangqun.kernel.calendars import today
from dangqun.kernel.facts import record
from dangqun.kernel.faults import Fault
from dangqun.kernel.identity import check_mobile
from dangqun.kernel.live import recheck
from dangqun.kernel.rules import RuleBroken, verb
from dangqun.members.models import Person
from dangqun.members.rules.accounts import account_for, propose_staff_grant
from dangqun.members.rules.people import enrol
from dangqun.orgs.models import Grant, Org


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
def confirm(grant: Grant, *, by: Any) -> Grant:
    """Confirm a proposed role. Raises RuleBroken for one's own, and for what oneself proposed."""
    if by.pk in (grant.user_id, grant.proposed_by_id):
        raise RuleBroken("自己的授权、自己提出的授权，要由另一位安全管理员确认。")
    confirmed = Grant.objects.filter(pk=grant.pk, confirmed_at=None, ends_on=None).update(
        confirmed_at=timezone.now(), confirmed_by=by
    )
    if not confirmed:
        raise RuleBroken("这一条已经有人处理过，请刷新再看。")
    record("members.role_confirmed", grant.user, by=by, org=grant.org, changes={"role": [None, grant.role]})
    return grant


@verb
def end_grant(grant: Grant, *, by: Any) -> Grant:
    """End a staff role today. Raises RuleBroken for roles that follow from an office or a membership."""
    if grant.source != Grant.Source.STAFF:
        raise RuleBroken("这个权限随任职或党籍而来，请在任职或名册里调整。")
    if by.pk == grant.user_id:
        raise RuleBroken("不能停自己的授权，请另一位安全管理员处理。")
    Grant.objects.filter(pk=grant.pk).update(ends_on=max(today(), grant.starts_on or today()))
    record("members.role_ended", grant.user, by=by, org=grant.org, changes={"role": [grant.role, None]})
    recheck(grant.user_id)
    return grant
