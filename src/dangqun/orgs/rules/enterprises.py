"""Verbs on enterprises: register, correct, move, release, and which branch covers which."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from dangqun.kernel.calendars import today
from dangqun.kernel.facts import record
from dangqun.kernel.faults import Fault
from dangqun.kernel.identity import check_credit_code
from dangqun.kernel.live import recheck
from dangqun.kernel.regulations import figure
from dangqun.kernel.rules import RuleBroken, unless_taken, verb
from dangqun.kernel.search import sought_name
from dangqun.orgs.models import ContactPoint, Enterprise, EnterpriseBranch, Org
from dangqun.orgs.rules.organisations import open_org
from dangqun.orgs.spans import refuse_before_opening, refuse_future
from dangqun.orgs.words import short_branch_name


@verb
def register_enterprise(name: str, *, park: Org, by: Any, **facts: Any) -> Enterprise:
    """Register an enterprise in a park. Raises RuleBroken for a name or credit code in use, or a code that is wrong."""
    enterprise = Enterprise(name=name, park=park, **facts)
    enterprise.short_name = enterprise.short_name or short_branch_name(name)
    _save(enterprise)
    record("orgs.enterprise_registered", enterprise, by=by, org=park, changes={"name": [None, name]})
    return enterprise


@verb
def correct_enterprise(enterprise: Enterprise, facts: dict[str, Any], *, by: Any) -> Enterprise:
    """Correct what the list says of an enterprise. Raises RuleBroken as for a new one."""
    before = {key: getattr(enterprise, key) for key in facts}
    for key, value in facts.items():
        setattr(enterprise, key, value)
    if "name" in facts and before["name"] != facts["name"]:
        enterprise.short_name = short_branch_name(enterprise.name)
    _save(enterprise)
    changes = {
        key: [before[key], getattr(enterprise, key)]
        for key in facts
        if before[key] != getattr(enterprise, key)
    }
    if changes:
        record("orgs.enterprise_corrected", enterprise, by=by, org=enterprise.park, changes=changes)
    return enterprise


@verb
def move_enterprise(enterprise: Enterprise, *, to: Org, by: Any) -> Enterprise:
    """Enter an enterprise under another park; its branches stay as they are until they are changed."""
    if to.kind != Org.Kind.PARK or to.closed_on:
        raise RuleBroken("请选一个现有的园区。", field="to")
    old = enterprise.park
    if old.pk == to.pk:
        raise RuleBroken(f"“{enterprise}”现在就在{to}，请选另一个园区。", field="to")
    enterprise.park = to
    enterprise.save(update_fields=["park"])
    changes = {"park": [old.name, to.name]}
    record("orgs.enterprise_corrected", enterprise, by=by, org=to, changes=changes)
    return enterprise


@verb
def release_enterprise(enterprise: Enterprise, *, on: date, why: str, by: Any) -> Enterprise:
    """Let an enterprise leave the zone (迁出, 注销). Raises RuleBroken while a branch covers it."""
    refuse_future(on)
    if enterprise.left_on:
        raise RuleBroken(f"“{enterprise}”已经在 {enterprise.left_on} 迁出。")
    if enterprise.branch_links.after(on).exists():
        raise RuleBroken(f"“{enterprise}”还有党支部覆盖，请先调整覆盖，再办迁出。")
    enterprise.left_on = on
    enterprise.save(update_fields=["left_on"])
    for point in enterprise.contact_points.open():
        last = max(filter(None, (on, point.starts_on)))
        ContactPoint.objects.filter(pk=point.pk).update(ends_on=last)
    changes = {"left_on": [None, on]}
    record("orgs.enterprise_left", enterprise, by=by, org=enterprise.park, changes=changes, why=why)
    return enterprise


@verb
def cover(
    enterprise: Enterprise, *, branch: Org, by: Any, on: date | None = None, formation: str = ""
) -> EnterpriseBranch:
    """Let a branch cover an enterprise from that day (None: since ever). Covering twice changes nothing.

    `formation` may turn an own branch into a joint one at the same time. More than the usual number of units is no
    error (joint_warning says so). Raises RuleBroken for a closed branch or a day inside an earlier cover.
    """
    held = enterprise.branch_links.open().filter(branch=branch).first()
    if held:
        return held
    if on is None and enterprise.branch_links.filter(branch=branch).exists():
        on = today()  # it was covered before: "since ever" would overlap that
    _refuse_cover(enterprise, branch, on)
    if formation and formation != branch.formation:
        branch.formation = formation
        branch.save(update_fields=["formation"])
    link = EnterpriseBranch.objects.create(enterprise=enterprise, branch=branch, starts_on=on)
    _visits_follow(enterprise, None, branch, on)
    record("orgs.covered", enterprise, by=by, org=branch, changes={"branch": [None, branch.name]})
    return link


@verb
def uncover(enterprise: Enterprise, *, branch: Org, on: date, by: Any) -> EnterpriseBranch:
    """End the cover of an enterprise by a branch on that day. Raises RuleBroken before its first day."""
    refuse_future(on)
    link = enterprise.branch_links.open().filter(branch=branch).first()
    if link is None:
        raise RuleBroken(f"“{enterprise}”现在不在{branch}的覆盖范围内，请刷新再看。")
    if link.starts_on and on < link.starts_on:
        raise RuleBroken(f"覆盖从 {link.starts_on} 开始，结束日期不能早于它。", field="on")
    link.ends_on = on
    link.save(update_fields=["ends_on"])
    other = enterprise.branch_links.open().select_related("branch").order_by("pk").first()
    _visits_follow(enterprise, branch, other.branch if other else None, on)
    record("orgs.uncovered", enterprise, by=by, org=branch, changes={"branch": [branch.name, None]})
    return link


@verb
def found_branch(
    name: str, *, under: Org, enterprises: Iterable[Enterprise], on: date, by: Any, **facts: Any
) -> Org:
    """Found a branch (own, joint or temporary) and let it cover these enterprises from the same day.

    Raises RuleBroken for an own branch over several enterprises, or a joint one over fewer than two.
    """
    firms = list(enterprises)
    if facts.get("formation") == Org.Formation.OWN and len(firms) > 1:
        raise RuleBroken("单独组建的支部只对应一家企业。几家企业合建的，请选联合支部。", field="formation")
    if facts.get("formation") == Org.Formation.JOINT and len(firms) == 1:
        raise RuleBroken("联合支部至少由两家企业合建，请再选一家，或者选单独组建。", field="enterprises")
    branch = open_org(Org.Kind.BRANCH, name, under=under, by=by, on=on, **facts)
    for firm in firms:
        cover(firm, branch=branch, by=by, on=on)
    return branch


def joint_warning(branch: Org, on: date) -> str:
    """Return a sentence when a branch covers more units than usual for its kind, else an empty text (domain.md §1.4)."""
    units = branch.enterprise_links.on(on).count()
    usual = figure("joint_branch_units", on)
    if branch.formation == Org.Formation.JOINT and units > usual.value:
        return f"{branch}由 {units} 家企业联合组建，一般不超过 {usual.value} 家，请留意是否需要分设。"
    if branch.formation == Org.Formation.OWN and units > 1:
        return f"{branch}登记为单独组建，现在覆盖 {units} 家企业。已改为联合支部的，请在“修改资料”里更改。"
    return ""


def _save(enterprise: Enterprise) -> None:
    if enterprise.credit_code:
        try:
            enterprise.credit_code = check_credit_code(enterprise.credit_code)
        except Fault as fault:
            raise RuleBroken(fault.sentence, field="credit_code") from fault
    enterprise.credit_code = enterprise.credit_code or None
    enterprise.sought = sought_name(enterprise.name, enterprise.short_name)
    code = enterprise.credit_code
    others = Enterprise.objects.exclude(pk=enterprise.pk)
    twin = others.filter(credit_code=code).first() if code else None
    if twin:
        raise RuleBroken(
            f"“{twin}”已经用了这个信用代码。同一家企业请直接改它的资料，不是同一家请核对代码。",
            field="credit_code",
        )
    with unless_taken(f"名册里已经有“{enterprise.name}”，请直接改它的资料。"):
        enterprise.save()


def _refuse_cover(enterprise: Enterprise, branch: Org, on: date | None) -> None:
    if not branch.is_branch or branch.closed_on:
        raise RuleBroken("请选一个现有的党支部。", field="branch")
    if enterprise.left_on:
        raise RuleBroken(f"“{enterprise}”已经在 {enterprise.left_on} 迁出。")
    if on is None:
        return
    refuse_before_opening(branch, on, what="覆盖日期")
    if enterprise.branch_links.filter(branch=branch).after(on).exists():
        raise RuleBroken(f"“{branch}”在这一天已经覆盖着“{enterprise}”，请换一个日期。", field="on")


def _visits_follow(enterprise: Enterprise, old: Org | None, new: Org | None, on: date | None) -> None:
    """Let the contact points of an enterprise go with its branch, so that an instructor reaches the right one."""
    for point in enterprise.contact_points.open().filter(branch=old):
        if on is None or point.starts_on is None or on <= point.starts_on:
            ContactPoint.objects.filter(pk=point.pk).update(branch=new)
        else:
            ContactPoint.objects.filter(pk=point.pk).update(ends_on=on)
            ContactPoint.objects.create(
                user_id=point.user_id, enterprise=enterprise, branch=new, starts_on=on
            )
        recheck(point.user_id)
