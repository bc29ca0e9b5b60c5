"""Verbs on organisations and enterprises: open, move, close, register, cover, look after, visit."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Substr

from dangqun.kernel.facts import record
from dangqun.kernel.regulations import figure
from dangqun.kernel.rules import RuleBroken, verb
from dangqun.orgs.models import (
    ContactPoint,
    Enterprise,
    EnterpriseBranch,
    Grant,
    LiaisonZone,
    Org,
    Placement,
    ZoneBranch,
    ZoneMember,
)
from dangqun.orgs.words import short_branch_name


@verb
def open_org(
    kind: str, name: str, *, under: Org | None, by: Any, on: date | None = None, **facts: Any
) -> Org:
    """Open an organisation below another (None: the root). Raises RuleBroken when the name is in use.

    `on` None: the day is not known, it counts as always open. `facts`: number, formation, short_name, code, …
    """
    org = Org(kind=kind, name=name, opened_on=on, path=f"new-{uuid.uuid4()}", **facts)
    org.short_name = org.short_name or short_branch_name(name)
    org.park_number = _park_number(org, under)
    try:
        with transaction.atomic():
            org.save()
    except IntegrityError as clash:
        raise RuleBroken(f"已经有“{name}”，请换一个名称，或者直接使用原有的。", field="name") from clash
    org.path = f"{under.path if under else '/'}{org.pk}/"
    org.save(update_fields=["path"])
    Placement.objects.create(org=org, parent=under, starts_on=on)
    record("orgs.opened", org, by=by, org=org, changes={"name": [None, name]})
    return org


@verb
def move_org(org: Org, *, to: Org, on: date, by: Any) -> Org:
    """Put an organisation under another from that day; what stood before stays in its placements.

    Raises RuleBroken for a move under itself, or before its present placement began.
    """
    if to.path.startswith(org.path):
        raise RuleBroken(f"不能把“{org}”移到它自己的下面。")
    now = org.placements.open().get()
    if now.starts_on and on < now.starts_on:
        raise RuleBroken(f"“{org}”现在的隶属关系从 {now.starts_on} 开始，调整日期不能早于它。", field="on")
    org.placements.open().update(ends_on=on)
    Placement.objects.create(org=org, parent=to, starts_on=on)
    old, new = org.path, f"{to.path}{org.pk}/"
    Org.objects.under(org).update(path=Concat(Value(new), Substr(F("path"), len(old) + 1)))
    org.refresh_from_db()
    Org.objects.under(org).update(park_number=_park_number(org, to))
    record("orgs.moved", org, by=by, org=org, changes={"path": [old, new]})
    return org


@verb
def close_org(org: Org, *, on: date, why: str, by: Any) -> Org:
    """Close an organisation from that day. Raises RuleBroken while others, enterprises or members belong to it."""
    if org.closed_on:
        raise RuleBroken(f"“{org}”已经在 {org.closed_on} 撤销。")
    if org.opened_on and on < org.opened_on:
        raise RuleBroken(f"撤销日期不能早于成立日期 {org.opened_on}。", field="on")
    if Org.objects.under(org).open(on).exclude(pk=org.pk).exists():
        raise RuleBroken(f"“{org}”下面还有党组织，请先把它们调整或撤销。")
    if org.enterprise_links.open().exists():
        raise RuleBroken(f"“{org}”还覆盖着企业，请先把这些企业调整到别的支部。")
    org.closed_on = on
    org.save(update_fields=["closed_on"])
    org.placements.open().update(ends_on=on)
    Grant.objects.filter(org=org).open().update(ends_on=on)
    record("orgs.closed", org, by=by, org=org, changes={"closed_on": [None, on]}, why=why)
    return org


@verb
def register_enterprise(name: str, *, park: Org, by: Any, **facts: Any) -> Enterprise:
    """Register an enterprise in a park. Raises RuleBroken when name or credit code is in use."""
    enterprise = Enterprise(name=name, park=park, **facts)
    enterprise.short_name = enterprise.short_name or short_branch_name(name)
    try:
        with transaction.atomic():
            enterprise.save()
    except IntegrityError as clash:
        raise RuleBroken(f"名册里已经有“{name}”，或者有企业用了同一个信用代码。", field="name") from clash
    record("orgs.enterprise_registered", enterprise, by=by, org=park, changes={"name": [None, name]})
    return enterprise


@verb
def cover(enterprise: Enterprise, *, branch: Org, by: Any, on: date | None = None) -> EnterpriseBranch:
    """Let a branch cover an enterprise from that day (None: since ever)."""
    link, new = EnterpriseBranch.objects.get_or_create(
        enterprise=enterprise, branch=branch, ends_on=None, defaults={"starts_on": on}
    )
    if new:
        record("orgs.covered", enterprise, by=by, org=branch, changes={"branch": [None, branch.name]})
    return link


@verb
def uncover(enterprise: Enterprise, *, branch: Org, on: date, by: Any) -> None:
    """End the cover of an enterprise by a branch on that day."""
    if enterprise.branch_links.open().filter(branch=branch).update(ends_on=on):
        record("orgs.uncovered", enterprise, by=by, org=branch, changes={"branch": [branch.name, None]})


@verb
def look_after(zone: LiaisonZone, *, user: Any, on: date, by: Any) -> ZoneMember:
    """Give a zone to a committee member from that day; whoever had it hands over."""
    held = zone.members.open().first()
    if held and held.user_id == user.pk:
        return held
    if held:
        zone.members.open().update(ends_on=on)
    given = ZoneMember.objects.create(zone=zone, user=user, starts_on=on)
    record("orgs.zone_given", zone, by=by, changes={"member": [str(held.user) if held else None, str(user)]})
    return given


@verb
def place_in_zone(branch: Org, *, zone: LiaisonZone, on: date, by: Any) -> ZoneBranch:
    """Put a branch into a liaison zone from that day."""
    link = branch.zone_links.open().select_related("zone").first()
    if link and link.zone_id == zone.pk:
        return link
    if link:
        branch.zone_links.open().update(ends_on=on)
    placed = ZoneBranch.objects.create(zone=zone, branch=branch, starts_on=on)
    record(
        "orgs.zoned",
        branch,
        by=by,
        org=branch,
        changes={"zone": [str(link.zone) if link else None, zone.name]},
    )
    return placed


@verb
def visit(enterprise: Enterprise, *, user: Any, branch: Org | None, on: date, by: Any) -> ContactPoint:
    """Make an enterprise a contact point of an instructor from that day."""
    point, new = ContactPoint.objects.get_or_create(
        user=user, enterprise=enterprise, ends_on=None, defaults={"branch": branch, "starts_on": on}
    )
    if new:
        record("orgs.contact_point", enterprise, by=by, org=branch, changes={"instructor": [None, str(user)]})
    return point


def joint_warning(branch: Org, on: date) -> str:
    """Return a sentence when a joint branch covers more units than usual, else an empty text (domain.md §1.4)."""
    units = branch.enterprise_links.on(on).count()
    usual = figure("joint_branch_units", on)
    if branch.formation != Org.Formation.JOINT or units <= usual.value:
        return ""
    return f"{branch}由 {units} 家企业联合组建，一般不超过 {usual.value} 家，请留意是否需要分设。"


def _park_number(org: Org, under: Org | None) -> int:
    if org.kind == Org.Kind.PARK:
        return org.number
    return under.park_number if under else 0
