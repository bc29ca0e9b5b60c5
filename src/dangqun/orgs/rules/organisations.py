"""Verbs on Party organisations over time: open, rename, move, close. Nothing is deleted; each has its day."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django.db.models import F, Value
from django.db.models.functions import Concat, Substr

from dangqun.kernel.calendars import today
from dangqun.kernel.facts import record
from dangqun.kernel.rules import RuleBroken, unless_taken, verb
from dangqun.orgs.find import sought_of
from dangqun.orgs.models import ContactPoint, FormerName, Grant, Org, Placement
from dangqun.orgs.spans import refuse_before_opening, refuse_future
from dangqun.orgs.words import short_branch_name

# A superior is always of a higher rank than what stands below it, so that no history can run in a circle.
RANK = {Org.Kind.WORKING_COMMITTEE: 0, Org.Kind.COMMITTEE: 1, Org.Kind.PARK: 2, Org.Kind.BRANCH: 3}


@verb
def open_org(
    kind: str, name: str, *, under: Org | None, by: Any, on: date | None = None, **facts: Any
) -> Org:
    """Open an organisation below another (None: the root). Raises RuleBroken when the name is in use.

    `on` None: the day is not known, it counts as always open. `facts`: number, formation, short_name, code, …
    """
    org = Org(kind=kind, name=name, opened_on=on, path=f"new-{uuid.uuid4()}", **facts)
    org.short_name = org.short_name or short_branch_name(name)
    if under is not None:
        _refuse_place(org, under, on)
    org.park_number = _park_number(org, under)
    _save(org)
    org.path = f"{under.path if under else '/'}{org.pk}/"
    org.save(update_fields=["path"])
    Placement.objects.create(org=org, parent=under, starts_on=on)
    record("orgs.opened", org, by=by, org=org, changes={"name": [None, name]})
    return org


@verb
def rename_org(org: Org, name: str, *, on: date, by: Any, short_name: str = "", **facts: Any) -> Org:
    """Give an organisation another name from that day; pages of earlier days show the name of then (曾用名).

    `facts`: number, code, can_approve_probationary. Raises RuleBroken for a name in use or a day before the last change.
    """
    _refuse_when_closed(org)
    before = {"name": org.name, **{key: getattr(org, key) for key in facts}}
    if name != org.name:
        _keep_name(org, on)
        org.name, org.short_name = name, short_name or short_branch_name(name)
    elif short_name:
        org.short_name = short_name
    for key, value in facts.items():
        setattr(org, key, value)
    _save(org)
    after = {"name": org.name, **facts}
    changes = {key: [before[key], after[key]] for key in before if before[key] != after[key]}
    record("orgs.renamed", org, by=by, org=org, changes=changes)
    return org


@verb
def move_org(org: Org, *, to: Org, on: date, by: Any) -> Org:
    """Put an organisation under another from that day; what stood before stays in its placements.

    Raises RuleBroken for an unfit superior, a future day, or a day before its present placement began.
    """
    _refuse_when_closed(org)
    now = org.placements.open().get()
    if now.parent_id == to.pk:
        raise RuleBroken(f"“{org}”现在就隶属于“{to}”，请选另一个上级。", field="to")
    if now.starts_on and on < now.starts_on:
        raise RuleBroken(f"“{org}”现在的隶属关系从 {now.starts_on} 开始，调整日期不能早于它。", field="on")
    _refuse_place(org, to, on)
    if now.starts_on == on:
        org.placements.open().update(parent=to)  # the same day once more: a correction
    else:
        org.placements.open().update(ends_on=on)
        Placement.objects.create(org=org, parent=to, starts_on=on)
    old, new = org.path, f"{to.path}{org.pk}/"
    Org.objects.under(org).update(path=Concat(Value(new), Substr(F("path"), len(old) + 1)))
    org.refresh_from_db()
    Org.objects.under(org).update(park_number=_park_number(org, to))
    org.refresh_from_db()
    record("orgs.moved", org, by=by, org=org, changes={"path": [old, new]})
    return org


@verb
def close_org(org: Org, *, on: date, why: str, by: Any) -> Org:
    """Close an organisation from that day. Raises RuleBroken while others, enterprises or members belong to it.

    Whoever belonged to it after that day stands in the way too, even if they have gone elsewhere since.
    """
    _refuse_when_closed(org)
    refuse_future(on)
    begun = org.placements.open().get().starts_on or org.opened_on
    if begun and on < begun:
        raise RuleBroken(f"撤销日期不能早于 {begun}，那一天之前的记录不再改动。", field="on")
    if Placement.objects.filter(parent=org).after(on).exists():
        raise RuleBroken(f"“{org}”下面在这一天以后还有党组织，请先把它们调整或撤销。")
    if org.enterprise_links.after(on).exists():
        raise RuleBroken(f"“{org}”在这一天以后还覆盖着企业，请先把这些企业调整到别的支部。")
    org.closed_on = on
    org.save(update_fields=["closed_on"])
    org.placements.open().update(ends_on=on)
    _let_go(org, on)
    try:
        record("orgs.closed", org, by=by, org=org, changes={"closed_on": [None, on]}, why=why)
    except RuleBroken:
        org.closed_on = None  # a wired rule said no; the page that tells so still shows it open
        raise
    return org


def _save(org: Org) -> None:
    org.sought = sought_of(org)
    with unless_taken(f"已经有“{org.name}”，请换一个名称，或者直接使用原有的。"):
        org.save()


def _refuse_when_closed(org: Org) -> None:
    if org.closed_on:
        raise RuleBroken(f"“{org}”已经在 {org.closed_on} 撤销，不能再改。")


def _refuse_place(org: Org, parent: Org, on: date | None) -> None:
    """Refuse a superior of the same or a lower kind, one that is closed, and one that did not exist yet."""
    if RANK[Org.Kind(parent.kind)] >= RANK[Org.Kind(org.kind)]:
        raise RuleBroken(
            f"{parent.get_kind_display()}下面不能设{org.get_kind_display()}，请选另一个上级。", field="to"
        )
    if parent.closed_on:
        raise RuleBroken(f"“{parent}”已经在 {parent.closed_on} 撤销，请选另一个上级。", field="to")
    if on is not None:
        refuse_before_opening(parent, on)


def _keep_name(org: Org, on: date) -> None:
    refuse_future(on)
    last = org.former_names.order_by("-ends_on").first()
    since = last.ends_on if last else org.opened_on
    if since and on < since:
        raise RuleBroken(f"现在的名称从 {since} 开始使用，更名日期不能早于它。", field="on")
    if since != on:
        FormerName.objects.create(
            org=org, name=org.name, short_name=org.short_name, starts_on=since, ends_on=on
        )


def _let_go(org: Org, on: date) -> None:
    """End what hangs on a closed organisation: its zone, visits through it, and roles held there (access ends today)."""
    for link in org.zone_links.open():
        org.zone_links.filter(pk=link.pk).update(ends_on=max(on, link.starts_on or on))
    ContactPoint.objects.filter(branch=org).open().update(branch=None)
    Grant.objects.filter(org=org).open().update(ends_on=today())


def _park_number(org: Org, under: Org | None) -> int:
    if org.kind == Org.Kind.PARK:
        return org.number
    return under.park_number if under else 0
