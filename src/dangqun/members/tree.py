"""The tree of organisations on a day, with what belongs to each branch then; four queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, QuerySet

from dangqun.members.models import Membership, Office
from dangqun.orgs.models import EnterpriseBranch, Org


@dataclass
class Node:
    """An organisation in its place: depth below the first one shown, members, secretary, enterprises on that day."""

    org: Org
    depth: int
    members: int = 0
    enterprises: int = 0
    secretary: str = ""


def grow(orgs: QuerySet[Org], on: date) -> list[Node]:
    """Return the organisations of that day in tree order: parents before children, parks and branches by number."""
    found = {org.pk: org for org in orgs.as_of(on)}
    children: dict[int | None, list[Org]] = {}
    for org in found.values():
        parent = org.parent_then if org.parent_then in found else None
        children.setdefault(parent, []).append(org)
    members = _counts(Membership.objects.counted().on(on), "branch")
    firms = _counts(EnterpriseBranch.objects.on(on), "branch")
    led = dict(Office.objects.on(on).filter(post=Office.Post.SECRETARY).values_list("org_id", "person__name"))
    nodes: list[Node] = []

    def walk(parent: int | None, depth: int) -> None:
        for org in sorted(children.get(parent, ()), key=lambda each: (each.number, each.pk)):
            nodes.append(Node(org, depth, members.get(org.pk, 0), firms.get(org.pk, 0), led.get(org.pk, "")))
            walk(org.pk, depth + 1)

    walk(None, 0)
    return nodes


def _counts(rows: QuerySet, column: str) -> dict[int, int]:
    return dict(rows.values_list(column).annotate(n=Count("pk")).values_list(column, "n"))
