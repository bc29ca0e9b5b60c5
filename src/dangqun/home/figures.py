"""The overview's figures: counted over the rows that the reader may reach, each with the list it opens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.urls import reverse

from dangqun.members.models import Membership, Office, Person
from dangqun.orgs.access import Actor
from dangqun.orgs.models import ContactPoint, Enterprise, Org


@dataclass(frozen=True)
class Stat:
    """One figure: what of, how much (out of how many), and where its rows are."""

    label: str
    value: int
    unit: str
    note: str
    url: str
    of: int | None = None


def stats(actor: Actor, on: date) -> list[Stat]:
    """Return the first figures: enterprises, branches, members, coverage, staff."""
    firm, member = _firms(actor, on), _members(actor, on)
    branches = Org.objects.reachable(actor, "overview.read").branches().open(on)
    branch = branches.aggregate(all=Count("pk"), joint=Count("pk", filter=Q(formation="joint")))
    every, employees = firm["all"], firm["employees"] or 0
    share = f"党员占 {member['all'] / employees:.2%}" if employees else "还没有填职工人数"
    formed = f"单独 {branch['all'] - branch['joint']}，联合 {branch['joint']}"
    full = f"正式 {member['all'] - member['probationary']}，预备 {member['probationary']}"
    rows = reverse("coverage")
    return [
        Stat("企业", every, "家", "名册里的非公企业", rows),
        Stat("党支部", branch["all"], "个", formed, reverse("orgs")),
        Stat("党员", member["all"], "名", full, reverse("people")),
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


def _members(actor: Actor, on: date) -> dict[str, Any]:
    probationary = Count("pk", filter=Q(state=Membership.State.PROBATIONARY))
    return members(actor, on).aggregate(all=Count("pk"), probationary=probationary)


def members(actor: Actor, on: date) -> QuerySet[Membership]:
    """Return the memberships that count on that day, within reach."""
    return Membership.objects.reachable(actor, "overview.read").counted().on(on)


def needing_help(actor: Actor, on: date) -> list[Stat]:
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
            Person.objects.reachable(actor, "overview.read")
            .members(on)
            .filter(account__activated_at=None)
            .count(),
            "",
            "还没有激活账号，收不到网上通知",
            f"{reverse('people')}?account=off",
        ),
    )
    return [line for line in lines if line.value]
