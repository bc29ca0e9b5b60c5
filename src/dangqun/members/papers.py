"""What 党员名册 and 支部情况 say on paper: masked by leaving out, the same rows whoever computes them again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import QuerySet

from dangqun.kernel.calendars import today
from dangqun.kernel.documents import Column, Facts, Sheet, Table, worded
from dangqun.kernel.templatetags.words import full_day
from dangqun.members import roster, sheets
from dangqun.members.models import Membership, Office, Person
from dangqun.members.rules.offices import Term, term_of
from dangqun.orgs.models import ContactPoint, EnterpriseBranch, Org, ZoneMember
from dangqun.papers.kinds import Asked, Kind, within_scope

CENTRED = {"number", "age", "years", "sex", "born_on", "joined_on", "full_on"}
TEAM = (Column("职务", 12), Column("姓名", 12), Column("任职日期", 12), Column("本届起始", 12))
FIRMS = (Column("企业", 36), Column("职工人数", 10, "right"), Column("开始覆盖", 12, "center"))
INSTRUCTORS = (Column("党建指导员", 14), Column("联系的企业", 34), Column("开始联系", 12, "center"))
MEMBERS = (
    Column("序号", 5, "center"),
    Column("姓名", 12),
    Column("性别", 5, "center"),
    Column("出生日期", 11, "center"),
    Column("学历", 10),
    Column("人员类别", 10),
    Column("入党日期", 11, "center"),
    Column("党内职务", 10),
)


# --- 党员名册 ----------------------------------------------------------------------------------------------
def roster_of(asked: Asked) -> Sheet:
    """Return the roster within the reach and filters of a scope: today's members, ages as of the day of printing."""
    query, on = asked.scope.get("query", {}), today()
    wanted = roster.Asked.of(query)
    orgs = Org.objects.filter(within_scope("path", asked.scope))
    people = Person.objects.filter(within_scope("org__path", asked.scope))
    found = roster.with_standing(roster.narrowed(people, orgs, wanted, on), on)
    ordered = roster.ordered(found, wanted.sort, roster.BY_STROKES)
    rows = tuple(tuple(map(worded, line)) for line in sheets.roster_lines(ordered, asked.day))
    columns = tuple(_column(column.key, column.title, column.width) for column in sheets.ROSTER)
    order = "" if wanted.sort else "，按姓氏笔画排列"
    lines = ("　".join(_chosen(wanted, orgs)), f"{full_day(asked.day)}　共 {len(rows):,} 名{order}")
    return Sheet("党员名册", lines, (Table(columns, rows, empty="没有符合条件的党员"),), across=True)


def roster_query(query: Any) -> dict[str, str]:
    """Return the filters of the list's address that a scope keeps."""
    kept = ("q", "org", "state", "education", "age", "account", "sort", "park")
    return {key: query[key][:60] for key in kept if query.get(key)}


def _column(key: str, title: str, width: int) -> Column:
    return Column(title, width, "center" if key in CENTRED else "left")


def _chosen(wanted: roster.Asked, orgs: QuerySet[Org]) -> list[str]:
    """Say in words which rows were chosen."""
    place = orgs.filter(pk=wanted.org).first() if wanted.org else None
    top = orgs.order_by("path").first()
    told = [place.name if place else top.name if top else ""]
    told.append(dict(roster.STATES).get(wanted.state, "正式党员和预备党员"))
    told += [f"{label}{words}" for label, words, _, _ in wanted.chosen()]
    told += [dict(roster.ACCOUNTS)[wanted.account]] if wanted.account else []
    told += [f"姓名含“{wanted.text}”"] if wanted.text else []
    return [each for each in told if each]


# --- 支部情况 ----------------------------------------------------------------------------------------------
def branch_of(asked: Asked) -> Sheet | None:
    """Return the sheet of one branch as of today; its members only for whom may list them. None when it is closed."""
    on = today()
    org = Org.objects.branches().open(on).filter(pk=asked.subject).first()
    if org is None:
        return None
    team = list(Office.objects.on(on).filter(org=org).of_branch().select_related("person").in_order())
    links = EnterpriseBranch.objects.on(on).filter(branch=org).select_related("enterprise")
    points = ContactPoint.objects.on(on).filter(branch=org).select_related("user", "enterprise")
    parts: list[Table | Facts] = [
        Facts(_facts(org, team, on)),
        Table(TEAM, tuple(map(_office, team)), "班子", "还没有人任职"),
        Table(FIRMS, tuple(map(_firm, _by_number(links))), "覆盖的企业", "还没有覆盖的企业"),
        Table(INSTRUCTORS, tuple(map(_point, _by_number(points))), "党建指导员", "还没有指导员联系"),
    ]
    if asked.scope.get("members"):
        parts.append(Table(MEMBERS, _members(org, on), "党员", "还没有党员"))
    return Sheet(org.name, (f"支部情况　{full_day(asked.day)}",), tuple(parts))


def _facts(org: Org, team: list[Office], on: date) -> tuple[tuple[str, str], ...]:
    counted = Membership.objects.on(on).counted().filter(branch=org)
    full = counted.filter(state=Membership.State.FULL).count()
    above = Org.objects.filter(pk__in=org.ancestors[-1:]).first()
    term = term_of(team, on)
    told = (
        ("隶属", above.name if above else ""),
        ("组建方式", org.get_formation_display()),
        ("党组织编码", org.code),
        ("组织序号", str(org.number or "")),
        ("成立日期", full_day(org.opened_on)),
        ("片区", _zone(org, on)),
        ("党员", f"{counted.count()} 名，正式 {full} 名"),
        ("本届任期", _term(term)),
    )
    return tuple((label, value or "—") for label, value in told)


def _term(term: Term | None) -> str:
    return f"{full_day(term.since)}至{full_day(term.due)}" if term else ""


def _zone(org: Org, on: date) -> str:
    link = org.zone_links.on(on).select_related("zone").first()
    if link is None:
        return ""
    given = ZoneMember.objects.on(on).filter(zone=link.zone).select_related("user").first()
    return f"{link.zone.name}，{given.user.name}联系" if given else link.zone.name


def _members(org: Org, on: date) -> tuple[tuple[str, ...], ...]:
    held = Membership.objects.on(on).counted().filter(branch=org)
    people = Person.objects.filter(pk__in=held.values("person")).by_strokes()
    states = dict(Membership.State.choices)
    rows = []
    for number, each in enumerate(roster.with_standing(people, on), 1):
        facts = (each.name, each.sex, each.born_on, each.education)
        rows.append((number, *facts, states.get(each.state, ""), each.joined_on, each.post))
    return tuple(tuple(map(worded, row)) for row in rows)


def _by_number(links: Iterable[Any]) -> list[Any]:
    return sorted(links, key=lambda link: (link.enterprise.number, link.enterprise_id, link.pk))


def _office(office: Office) -> tuple[str, ...]:
    return (str(office), office.person.name, full_day(office.starts_on), full_day(office.term_from))


def _firm(link: EnterpriseBranch) -> tuple[str, ...]:
    return (link.enterprise.name, worded(link.enterprise.employees), worded(link.starts_on))


def _point(point: ContactPoint) -> tuple[str, ...]:
    return (point.user.name, point.enterprise.name, worded(point.starts_on))


ROSTER = Kind("roster", "党员名册", roster_of)
BRANCH = Kind("branch", "支部情况", branch_of)
