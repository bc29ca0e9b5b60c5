"""Verbs of 双覆盖: liaison zones (委员联系片) and contact points (指导员联系点)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from dangqun.kernel.facts import record
from dangqun.kernel.live import recheck
from dangqun.kernel.rules import RuleBroken, unless_taken, verb
from dangqun.orgs.models import ContactPoint, Enterprise, LiaisonZone, Org, ZoneBranch, ZoneMember
from dangqun.orgs.rules.separation import refuse_mixed
from dangqun.orgs.spans import refuse_future


@verb
def open_zone(name: str, *, org: Org, by: Any, number: int = 0) -> LiaisonZone:
    """Set up a liaison zone of the committee. Raises RuleBroken when the name is in use."""
    zone = LiaisonZone(org=org, name=name, number=number or org.zones.count() + 1)
    _save(zone)
    record("orgs.zone_opened", zone, by=by, org=org, changes={"name": [None, name]})
    return zone


@verb
def arrange_zone(
    zone: LiaisonZone, *, user: Any, branches: Iterable[Org], on: date, by: Any, name: str = ""
) -> LiaisonZone:
    """Say from that day who looks after a zone (None: nobody), which branches lie in it, and what it is called."""
    refuse_future(on)
    if name and name != zone.name:
        zone.name = name
        _save(zone)
    wanted = {branch.pk: branch for branch in branches}
    present = {link.branch_id: link.branch for link in zone.branches.open().select_related("branch")}
    if user is not None:
        look_after(zone, user=user, on=on, by=by)
    else:
        _hand_back(zone, on, by)
    for pk in present.keys() - wanted.keys():
        take_out_of_zone(present[pk], on=on, by=by)
    for pk in wanted.keys() - present.keys():
        place_in_zone(wanted[pk], zone=zone, on=on, by=by)
    record("orgs.zone_arranged", zone, by=by, changes={"branches": [len(present), len(wanted)]})
    return zone


@verb
def look_after(zone: LiaisonZone, *, user: Any, on: date, by: Any) -> ZoneMember:
    """Give a zone to a committee member from that day; whoever had it hands over."""
    held = zone.members.open().first()
    if held and held.user_id == user.pk:
        return held
    refuse_mixed(user, "committee_member")
    _hand_back(zone, on, by)
    given = ZoneMember.objects.create(zone=zone, user=user, starts_on=on)
    record("orgs.zone_given", zone, by=by, changes={"member": [str(held.user) if held else None, str(user)]})
    recheck(user.pk)
    return given


@verb
def place_in_zone(branch: Org, *, zone: LiaisonZone, on: date, by: Any) -> ZoneBranch:
    """Put a branch into a liaison zone from that day."""
    link = branch.zone_links.open().select_related("zone").first()
    if link and link.zone_id == zone.pk:
        return link
    if link:
        _end_link(link, on)
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
def take_out_of_zone(branch: Org, *, on: date, by: Any) -> None:
    """Let a branch lie in no zone from that day."""
    link = branch.zone_links.open().select_related("zone").first()
    if link is None:
        return
    _end_link(link, on)
    record("orgs.zoned", branch, by=by, org=branch, changes={"zone": [str(link.zone), None]})


@verb
def visit(enterprise: Enterprise, *, user: Any, branch: Org | None, on: date, by: Any) -> ContactPoint:
    """Make an enterprise a contact point of an instructor from that day."""
    refuse_future(on)
    refuse_mixed(user, "instructor")
    point, new = ContactPoint.objects.get_or_create(
        user=user, enterprise=enterprise, ends_on=None, defaults={"branch": branch, "starts_on": on}
    )
    if new:
        record("orgs.contact_point", enterprise, by=by, org=branch, changes={"instructor": [None, str(user)]})
    return point


@verb
def end_visit(point: ContactPoint, *, on: date, by: Any) -> ContactPoint:
    """End a contact point on that day. Raises RuleBroken before its first day."""
    refuse_future(on)
    if point.ends_on:
        raise RuleBroken(f"这项联系到 {point.ends_on} 已经结束。")
    if point.starts_on and on < point.starts_on:
        raise RuleBroken(f"联系从 {point.starts_on} 开始，结束日期不能早于它。", field="on")
    point.ends_on = on
    point.save(update_fields=["ends_on"])
    told = {"instructor": [str(point.user), None]}
    record("orgs.contact_point_ended", point.enterprise, by=by, org=point.branch, changes=told)
    record("orgs.reach_ended", point.user, by=by, changes={"enterprise": [point.enterprise.name, None]})
    return point


def _save(zone: LiaisonZone) -> None:
    with unless_taken(f"已经有“{zone.name}”，请换一个名称。"):
        zone.save()


def _hand_back(zone: LiaisonZone, on: date, by: Any) -> None:
    held = zone.members.open().first()
    if held is None:
        return
    if held.starts_on and on < held.starts_on:
        raise RuleBroken(f"现在的联系委员从 {held.starts_on} 开始联系，日期不能早于它。", field="on")
    zone.members.open().update(ends_on=on)
    record("orgs.reach_ended", held.user, by=by, changes={"zone": [zone.name, None]})


def _end_link(link: ZoneBranch, on: date) -> None:
    if link.starts_on and on < link.starts_on:
        raise RuleBroken(f"“{link.branch}”从 {link.starts_on} 起在{link.zone}，日期不能早于它。", field="on")
    link.ends_on = on
    link.save(update_fields=["ends_on"])
    for member in link.zone.members.open():
        recheck(member.user_id)
