"""三员分立 (GB/T 22239-2019 8.1.4): 系统管理员, 安全管理员 and 审计员 are three people, and do no other work here."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from dangqun.kernel.calendars import today
from dangqun.kernel.rules import RuleBroken
from dangqun.orgs.models import ContactPoint, Grant, ZoneMember

OWN = {"member"}  # to be a Party member is no work: an administrator may be one


def refuse_mixed(user: Any, role: str) -> None:
    """Raise RuleBroken when a role would put an administrator's work and any other into one hand, today or later."""
    held = work_of(user) - {role}
    clashing = held if role in settings.ADMINISTRATOR_ROLES else held & set(settings.ADMINISTRATOR_ROLES)
    if role not in OWN and clashing:
        raise RuleBroken(
            f"{user}已经有别的岗位。三类管理员和业务工作要分给不同的人，请先停止原来的授权或职务。"
        )


def work_of(user: Any) -> set[str]:
    """Return the roles that somebody holds today or on a day to come; zones and contact points count."""
    grants = Grant.objects.effective().after(today()).filter(user=user)
    held = set(grants.values_list("role", flat=True)) - OWN
    for model, role in ((ZoneMember, "committee_member"), (ContactPoint, "instructor")):
        if model.objects.filter(user=user).after(today()).exists():
            held.add(role)
    return held
