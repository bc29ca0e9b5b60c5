"""The overview's figures: counted over the rows that the reader may reach, each with the list it opens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.urls import reverse

from dangqun.kernel.calendars import add_months
from dangqun.members.models import Membership, Person
from dangqun.orgs.access import Actor
from dangqun.orgs.models import ContactPoint, Enterprise, Org

# 年龄段 of the Party statistics (domain.md §4.11): (from, to), in full years, both counted.
AGE_BANDS = ((0, 30), (31, 35), (36, 40), (41, 45), (46, 50), (51, 55), (56, 60), (61, 150))
EDUCATIONS = ("研究生", "大学本科", "大专", "中专", "高中", "初中", "小学")


@dataclass(frozen=True)
class Stat:
    """One figure: what of, how much, and where its rows are."""

    label: str
    value: int
    unit: str
    note: str
    url: str


@dataclass(frozen=True)
class Bar:
    """One bar of a chart; `share` is its length in per cent of the longest."""

    label: str
    value: int
    share: int
    url: str
    key: str = "c1"


def stats(actor: Actor, on: date) -> list[Stat]:
    """Return the first figures: enterprises, branches, members, coverage, staff."""
    firms = Enterprise.objects.reachable(actor, "overview.read").open(on)
    firm = firms.aggregate(
        all=Count("pk"),
        organised=Count("pk", filter=Q(pk__in=firms.covered(on).values("pk"))),
        visited=Count("pk", filter=Exists(ContactPoint.objects.on(on).filter(enterprise=OuterRef("pk")))),
        employees=Sum("employees"),
    )
    branches = Org.objects.reachable(actor, "overview.read").branches().open(on)
    branch = branches.aggregate(all=Count("pk"), joint=Count("pk", filter=Q(formation="joint")))
    states = members(actor, on).aggregate(
        all=Count("pk"), probationary=Count("pk", filter=Q(state=Membership.State.PROBATIONARY))
    )
    employees = firm["employees"] or 0
    share = f"党员占 {states['all'] / employees:.2%}" if employees else "还没有填职工人数"
    people, tree = reverse("people"), reverse("orgs")
    coverage = reverse("coverage")
    return [
        Stat("企业", firm["all"], "家", "名册里的非公企业", coverage),
        Stat(
            "党支部",
            branch["all"],
            "个",
            f"单独 {branch['all'] - branch['joint']}，联合 {branch['joint']}",
            tree,
        ),
        Stat(
            "党员",
            states["all"],
            "名",
            f"正式 {states['all'] - states['probationary']}，预备 {states['probationary']}",
            people,
        ),
        Stat(
            "组织覆盖",
            firm["organised"],
            f"/ {firm['all']}",
            "有单独或联合支部的企业",
            f"{coverage}?organised=yes",
        ),
        Stat(
            "工作覆盖", firm["visited"], f"/ {firm['all']}", "有指导员联系的企业", f"{coverage}?visited=yes"
        ),
        Stat("职工", employees, "人", share, coverage),
    ]


def members(actor: Actor, on: date) -> QuerySet[Membership]:
    """Return the memberships that count on that day, within reach."""
    return Membership.objects.reachable(actor, "overview.read").counted().on(on)


def ages(actor: Actor, on: date) -> list[Bar]:
    """Return members by age band; those without a birth date come last, if there are any."""
    held = members(actor, on)
    bands = {f"{low}-{high}": _born_between(low, high, on) for low, high in AGE_BANDS}
    counted = held.aggregate(
        **{f"band_{index}": Count("pk", filter=band) for index, band in enumerate(bands.values())},
        unknown=Count("pk", filter=Q(person__born_on=None)),
    )
    pairs = [
        (_band_label(low, high), counted[f"band_{index}"], {"age": f"{low}-{high}"})
        for index, (low, high) in enumerate(AGE_BANDS)
    ]
    if counted["unknown"]:
        pairs.append(("不详", counted["unknown"], {"age": "unknown"}))
    return _bars(pairs)


def educations(actor: Actor, on: date) -> list[Bar]:
    """Return members by education, highest first; other words as they stand in the roster."""
    found = dict(
        members(actor, on)
        .values_list("person__education")
        .annotate(n=Count("pk"))
        .values_list("person__education", "n")
    )
    order = [*(e for e in EDUCATIONS if e in found), *sorted(e for e in found if e and e not in EDUCATIONS)]
    pairs: list[tuple[str, int, dict[str, Any]]] = [(e, found[e], {"education": e}) for e in order]
    if found.get(""):
        pairs.append(("没有填", found[""], {"education": "unknown"}))
    return _bars(pairs)


def parks(actor: Actor, on: date) -> list[Bar]:
    """Return members by park, in organisation order."""
    numbers = dict(
        members(actor, on)
        .values_list("branch__park_number")
        .annotate(n=Count("pk"))
        .values_list("branch__park_number", "n")
    )
    known = list(Org.objects.parks().open(on).in_order().values_list("number", "short_name", "pk"))
    pairs = [(name, numbers[number], {"org": pk}) for number, name, pk in known if number in numbers]
    return [
        Bar(bar.label, bar.value, bar.share, bar.url, f"c{index}" if index <= 3 else "c5")
        for index, bar in enumerate(_bars(pairs), 1)
    ]


def needing_help(actor: Actor, on: date) -> list[Stat]:
    """Return what wants a hand: branches without a secretary, enterprises without branch or instructor."""
    from dangqun.members.models import Office

    led = Office.objects.on(on).filter(org=OuterRef("pk"), post=Office.Post.SECRETARY)
    branches = Org.objects.reachable(actor, "overview.read").branches().open(on)
    firms = Enterprise.objects.reachable(actor, "overview.read").open(on)
    lines = (
        Stat(
            "个支部",
            branches.exclude(Exists(led)).count(),
            "",
            "还没有书记",
            f"{reverse('orgs')}?secretary=none",
        ),
        Stat(
            "家企业",
            firms.exclude(pk__in=firms.covered(on).values("pk")).count(),
            "",
            "还没有党组织覆盖",
            f"{reverse('coverage')}?organised=no",
        ),
        Stat(
            "家企业",
            firms.exclude(Exists(ContactPoint.objects.on(on).filter(enterprise=OuterRef("pk")))).count(),
            "",
            "还没有指导员联系",
            f"{reverse('coverage')}?visited=no",
        ),
        Stat(
            "名党员",
            Person.objects.reachable(actor, "overview.read").members(on).filter(account=None).count(),
            "",
            "还没有发激活码，收不到网上通知",
            f"{reverse('people')}?account=none",
        ),
    )
    return [line for line in lines if line.value]


def _born_between(low: int, high: int, on: date) -> Q:
    return Q(person__born_on__lte=add_months(on, -12 * low)) & Q(
        person__born_on__gt=add_months(on, -12 * (high + 1))
    )


def _band_label(low: int, high: int) -> str:
    if low == 0:
        return f"{high} 岁及以下"
    return f"{low} 岁及以上" if high == AGE_BANDS[-1][1] else f"{low}–{high} 岁"


def _bars(pairs: list[tuple[str, int, dict[str, Any]]]) -> list[Bar]:
    most = max((value for _, value, _ in pairs), default=0) or 1
    return [
        Bar(label, value, round(100 * value / most), f"{reverse('people')}?{urlencode(wanted)}")
        for label, value, wanted in pairs
    ]
