"""The overview's figures: counted over the rows that the reader may reach, each with the list it opens."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.urls import reverse

from dangqun.kernel.calendars import add_months
from dangqun.members.models import Membership, Office
from dangqun.orgs.access import Actor
from dangqun.orgs.models import ContactPoint, Enterprise, Org

# 年龄段 of the Party statistics (domain.md §4.11): (from, to), in full years, both counted.
AGE_BANDS = ((0, 30), (31, 35), (36, 40), (41, 45), (46, 50), (51, 55), (56, 60), (61, 150))


@dataclass(frozen=True)
class Stat:
    """One figure: what of, how much (out of how many), and where its rows are."""

    label: str
    value: int
    unit: str
    note: str
    url: str
    of: int | None = None


@dataclass(frozen=True)
class Group:
    """The members of one park with one education: all, the probationary, those without a working account, by age band.

    After the bands of AGE_BANDS come those without a birth date.
    """

    park: int
    education: str
    all: int
    probationary: int
    inactive: int
    ages: tuple[int, ...]


def groups(actor: Actor, on: date) -> list[Group]:
    """Return the members that count on that day, within reach, once over for all figures and charts of the overview."""
    bands = {
        f"band_{number}": Count("pk", filter=_born_between(*band, on))
        for number, band in enumerate(AGE_BANDS)
    }
    counted = members(actor, on).values_list("branch__park_number", "person__education")
    rows = counted.annotate(
        n=Count("pk"),
        probationary=Count("pk", filter=Q(state=Membership.State.PROBATIONARY)),
        inactive=Count("pk", filter=Q(person__account__activated_at=None)),
        **bands,
        unborn=Count("pk", filter=Q(person__born_on=None)),
    )
    return [Group(*row[:5], ages=row[5:]) for row in rows]


def stats(actor: Actor, on: date, members: Collection[Group]) -> list[Stat]:
    """Return the first figures: enterprises, branches, members, coverage, staff."""
    firm = _firms(actor, on)
    every_member = sum(group.all for group in members)
    probationary = sum(group.probationary for group in members)
    branches = Org.objects.reachable(actor, "overview.read").branches().open(on)
    branch = branches.aggregate(all=Count("pk"), joint=Count("pk", filter=Q(formation="joint")))
    every, employees = firm["all"], firm["employees"] or 0
    share = f"党员占 {every_member / employees:.2%}" if employees else "还没有填职工人数"
    formed = f"单独 {branch['all'] - branch['joint']}，联合 {branch['joint']}"
    full = f"正式 {every_member - probationary}，预备 {probationary}"
    rows = reverse("coverage")
    return [
        Stat("企业", every, "家", "名册里的非公企业", rows),
        Stat("党支部", branch["all"], "个", formed, reverse("orgs")),
        Stat("党员", every_member, "名", full, reverse("people")),
        Stat(
            "组织覆盖",
            firm["organised"],
            f"/ {every}",
            "有单独或联合支部的企业",
            f"{rows}?organised=yes",
            every,
        ),
        Stat("工作覆盖", firm["visited"], f"/ {every}", "有指导员联系的企业", f"{rows}?visited=yes", every),
        Stat("职工", employees, "人", share, rows),
    ]


def _firms(actor: Actor, on: date) -> dict[str, Any]:
    firms = Enterprise.objects.reachable(actor, "overview.read").open(on)
    return firms.aggregate(
        all=Count("pk"),
        organised=Count("pk", filter=Q(pk__in=firms.covered(on).values("pk"))),
        visited=Count("pk", filter=Exists(ContactPoint.objects.on(on).filter(enterprise=OuterRef("pk")))),
        employees=Sum("employees"),
    )


def members(actor: Actor, on: date) -> QuerySet[Membership]:
    """Return the memberships that count on that day, within reach."""
    return Membership.objects.reachable(actor, "overview.read").counted().on(on)


def _born_between(low: int, high: int, on: date) -> Q:
    return Q(person__born_on__lte=add_months(on, -12 * low)) & Q(
        person__born_on__gt=add_months(on, -12 * (high + 1))
    )


def needing_help(actor: Actor, on: date, members: Collection[Group]) -> list[Stat]:
    """Return what wants a hand: branches without a secretary, enterprises without branch or instructor."""
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
            sum(group.inactive for group in members),
            "",
            "还没有激活账号，收不到网上通知",
            f"{reverse('people')}?account=off",
        ),
    )
    return [line for line in lines if line.value]
