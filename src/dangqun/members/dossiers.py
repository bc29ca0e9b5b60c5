"""What the pages of one organisation, one enterprise and one person show; a fixed number of queries each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from dangqun.kernel.calendars import add_months, party_years
from dangqun.kernel.regulations import figure
from dangqun.members.models import Membership, Office, Person
from dangqun.members.rules.offices import term_of
from dangqun.members.tree import grow
from dangqun.orgs import rules as orgs
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Enterprise, EnterpriseBranch, LiaisonZone, Org, ZoneBranch, ZoneMember

READ = "members.read"
CENTS_IN_WAN = 1_000_000  # 1 万元 in 分
MOST_FIRMS = 300  # that a person may be looked for in one list
SHOWN = 100  # members on a branch's page; the roster shows the rest


@dataclass(frozen=True)
class Happening:
    """One line of a history; `on` None: the day is not known."""

    on: date | None
    what: str
    where: str = ""


def organisation(org: Org, actor: Actor, on: date) -> dict[str, Any]:
    """Return what one organisation's page shows as of a day: team, members within reach, enterprises, term, history."""
    may_list = actor.covers(READ, org.path)
    team = list(Office.objects.on(on).filter(org=org).select_related("person", "enterprise").in_order())
    links = EnterpriseBranch.objects.on(on).filter(branch=org).select_related("enterprise__park")
    members = members_of(org, actor, on) if org.is_branch and may_list else Person.objects.none()
    counted = Membership.objects.on(on).counted().filter(branch=org)
    return {
        "org": org,
        "on": on,
        "team": [o for o in team if o.post != Office.Post.ENTERPRISE_CONTACT],
        "contacts": {o.enterprise_id: o for o in team if o.post == Office.Post.ENTERPRISE_CONTACT},
        "members": members.select_related("account")[:SHOWN],
        "electable": electable(org, actor, on),
        "member_count": counted.count() if org.is_branch else 0,
        "full_count": counted.filter(state=Membership.State.FULL).count() if org.is_branch else 0,
        "links": sorted(links, key=lambda link: (link.enterprise.number, link.enterprise_id)),
        "zone": _zone(org, on),
        "term": term_of([o for o in team if o.post in Office.TEAM], on),
        "warnings": _warnings(org, counted, on) if may_list else [],
        "no_secretary": org.is_branch and not any(o.post == Office.Post.SECRETARY for o in team),
        "history": history(org),
        "may_list": may_list,
    }


def below(org: Org, orgs_: QuerySet[Org], on: date) -> list[Any]:
    """Return the nodes below a park or committee, on a day, as the tree shows them."""
    nodes = grow(orgs_, on)
    at = next((n for n, node in enumerate(nodes) if node.org.pk == org.pk), None)
    if at is None:
        return []
    depth = nodes[at].depth
    found = []
    for node in nodes[at + 1 :]:
        if node.depth <= depth:
            break
        found.append(node)
    return found


def members_of(org: Org, actor: Actor, on: date) -> QuerySet[Person]:
    """Return the members of a branch on a day, whom the actor may see, in roster order."""
    held = Membership.objects.on(on).counted().filter(branch=org)
    return Person.objects.reachable(actor, READ).filter(pk__in=held.values("person")).by_strokes()


def electable(org: Org, actor: Actor, on: date) -> QuerySet[Person]:
    """Return the full members of a branch on a day, within reach."""
    held = Membership.objects.on(on).filter(branch=org, state=Membership.State.FULL)
    return Person.objects.reachable(actor, READ).filter(pk__in=held.values("person")).by_strokes()


def holders(actor: Actor, needs: str, posts: tuple[str, ...], on: date) -> QuerySet[Person]:
    """Return the people within reach who hold one of these posts on a day."""
    held = Office.objects.on(on).filter(post__in=posts).values("person")
    return Person.objects.reachable(actor, needs).filter(pk__in=held).by_pinyin()


def history(org: Org) -> list[Happening]:
    """Return what happened to an organisation, newest first: names, places, enterprises, secretaries, closing."""
    found = [Happening(org.opened_on, "成立")]
    if org.closed_on:
        found.append(Happening(org.closed_on, "撤销"))
    for former in org.former_names.all():
        found.append(Happening(former.ends_on, "更名", f"原名{former.name}"))
    places = list(org.placements.in_time().select_related("parent"))
    for before, place in zip([None, *places], places, strict=False):
        if before is not None and place.parent:
            found.append(Happening(place.starts_on, f"划归{place.parent}", f"原属{before.parent}"))
    for link in org.enterprise_links.select_related("enterprise"):
        if link.starts_on:
            found.append(Happening(link.starts_on, "开始覆盖", link.enterprise.name))
        if link.ends_on:
            found.append(Happening(link.ends_on, "不再覆盖", link.enterprise.name))
    for office in org.offices.filter(post=Office.Post.SECRETARY).select_related("person"):
        found.append(Happening(office.starts_on, "任书记", office.person.name))
        if office.ends_on:
            found.append(Happening(office.ends_on, "不再任书记", office.person.name))
    return _newest_first(found)


def life(person: Person) -> list[Happening]:
    """Return the Party life of a person, newest first: joined, became full, moved, posts, leaving."""
    found = []
    memberships = list(person.memberships.in_time().select_related("branch"))
    for before, held in zip([None, *memberships], memberships, strict=False):
        found += _began(before, held, person)
        if held.ends_on and held.ended_reason in ("transferred", "died", "left_party"):
            found.append(Happening(held.ends_on, held.get_ended_reason_display(), str(held.branch)))
    if person.joined_on:
        found.append(Happening(person.joined_on, "加入党组织"))
    if person.full_on:
        found.append(Happening(person.full_on, "转为正式党员"))
    for office in person.offices.select_related("org", "enterprise"):
        place = str(office.enterprise or office.org)
        found.append(Happening(office.starts_on, f"任{office}", place))
        if office.ends_on:
            found.append(Happening(office.ends_on, f"不再任{office}", place))
    return _newest_first(found)


def standing(person: Person, actor: Actor) -> dict[str, Any]:
    """Return how a person stands today: membership, posts, 党龄, and what may be done by this actor."""
    held = person.memberships.open().select_related("branch").first()
    posts = list(person.offices.on(actor.day).select_related("org", "enterprise").in_order())
    manages = actor.covers("members.manage", person.org.path)
    state = held.state if held else ""
    return {
        "membership": held,
        "posts": posts,
        "party_years": party_years(person.full_on, actor.day) if person.full_on and held else None,
        "life": life(person),
        "can_correct": manages,
        "can_move": manages and state in (Membership.State.FULL, Membership.State.PROBATIONARY),
        "can_confirm": manages and state == Membership.State.PROBATIONARY,
        "can_restore": manages and state == Membership.State.SUSPENDED,
        "can_leave": manages and held is not None,
        "can_activate": actor.covers("members.activate", person.org.path),
    }


def probation_due(person: Person, on: date) -> date:
    """Return the first day on which a probationary member can become a full one."""
    joined = person.joined_on
    return min(on, add_months(joined, figure("probation_months", on).value)) if joined else on


def enterprise(firm: Enterprise, on: date) -> dict[str, Any]:
    """Return what one enterprise's page shows: branches over time, instructors, contacts, who works there."""
    links = list(firm.branch_links.newest_first().select_related("branch"))
    points = firm.contact_points.newest_first().select_related("user__person", "branch")
    offices = Office.objects.on(on).filter(enterprise=firm, post=Office.Post.ENTERPRISE_CONTACT)
    return {
        "firm": firm,
        "links": [link for link in links if link.ends_on is None],
        "past": [link for link in links if link.ends_on is not None],
        "points": [point for point in points if point.ends_on is None],
        "past_points": [point for point in points if point.ends_on is not None],
        "contacts": list(offices.select_related("person")),
        "output": firm.output_cents and firm.output_cents / CENTS_IN_WAN,
        "tax": firm.tax_cents and firm.tax_cents / CENTS_IN_WAN,
        "party_members": Person.objects.filter(enterprise=firm).members(on).count(),
    }


def zones(found: QuerySet[LiaisonZone], on: date) -> list[dict[str, Any]]:
    """Return the zones with member and branches of a day; three queries."""
    listed = list(found.select_related("org"))
    given = {
        each.zone_id: each.user
        for each in ZoneMember.objects.on(on).filter(zone__in=listed).select_related("user")
    }
    branches: dict[int, list[Org]] = {}
    placed = ZoneBranch.objects.on(on).filter(zone__in=listed).select_related("branch")
    for link in placed.order_by("branch__park_number", "branch__number", "branch_id"):
        branches.setdefault(link.zone_id, []).append(link.branch)
    return [{"zone": z, "user": given.get(z.pk), "branches": branches.get(z.pk, [])} for z in listed]


def near(firms: QuerySet[Enterprise], person: Person) -> QuerySet[Enterprise]:
    """Return the enterprises to choose from for a person: all, or in a large zone those of her park and branch."""
    if firms.count() <= MOST_FIRMS:
        return firms
    own = EnterpriseBranch.objects.open().filter(branch=person.org).values("enterprise")
    return firms.filter(Q(park__in=person.org.ancestors) | Q(pk__in=own) | Q(pk=person.enterprise_id))


def placed(on: date) -> QuerySet[ZoneBranch]:
    """Return which branch lies in which zone on a day."""
    return ZoneBranch.objects.on(on)


def zone_now(zone: LiaisonZone, on: date) -> dict[str, Any]:
    """Return a zone as its form begins: name, member, branches of a day."""
    given = zone.members.on(on).select_related("user__person").first()
    return {
        "name": zone.name,
        "member": getattr(given.user, "person", None) if given else None,
        "branches": list(zone.branches.on(on).values_list("branch_id", flat=True)),
    }


def _zone(org: Org, on: date) -> Any:
    link = org.zone_links.on(on).select_related("zone").first()
    if link is None:
        return None
    given = ZoneMember.objects.on(on).filter(zone=link.zone).select_related("user").first()
    return {"name": link.zone.name, "user": given.user if given else None}


def _warnings(org: Org, counted: QuerySet[Membership], on: date) -> list[str]:
    if not org.is_branch:
        return []
    least, full = figure("branch_least_members", on), counted.filter(state=Membership.State.FULL).count()
    few = (
        f"正式党员 {full} 名，不足 {least.value} 名的一般与相邻单位成立联合支部，请留意。"
        if org.formation == Org.Formation.OWN and 0 < full < least.value
        else ""
    )
    return [each for each in (orgs.joint_warning(org, on), few, _probation_over(counted, on)) if each]


def _probation_over(counted: QuerySet[Membership], on: date) -> str:
    """Return a prompt when the year of some probationary members is over; the branch decides, not the software."""
    months = figure("probation_months", on)
    since = add_months(on, -months.value)
    over = counted.filter(state=Membership.State.PROBATIONARY, person__joined_on__lte=since).count()
    return f"{over} 名预备党员的预备期已满 {months.value} {months.unit}，请按时讨论转正。" if over else ""


def _began(before: Membership | None, held: Membership, person: Person) -> list[Happening]:
    if before is None or before.ended_reason in ("transferred", "died", "left_party"):
        known = held.starts_on not in (None, person.joined_on, person.full_on)
        return [Happening(held.starts_on, f"进入{held.branch}")] if known else []
    if before.branch_id != held.branch_id:
        return [Happening(held.starts_on, f"转入{held.branch}", f"原在{before.branch}")]
    if before.ended_reason == Membership.Reason.CONFIRMED and held.starts_on == person.full_on:
        return []
    return [Happening(held.starts_on, before.get_ended_reason_display(), str(held.branch))]


def _newest_first(found: list[Happening]) -> list[Happening]:
    known = [each for each in found if each.on]
    return sorted(known, key=lambda each: each.on or date.min, reverse=True)
