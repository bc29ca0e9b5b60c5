"""The tree of organisations on a day, with what belongs to each branch then; a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from django.db.models import Count, QuerySet

from dangqun.kernel.pages import row_number
from dangqun.members.models import Membership, Office
from dangqun.orgs.models import Enterprise, EnterpriseBranch, Org

# Lines of a tree: above this number it shows its parks folded, and the branches of one when that is opened.
FOLD_ABOVE = 120


@dataclass
class Node:
    """An organisation in its place: depth below the first one shown, members, secretary, enterprises on that day.

    `branches`, `members`, `enterprises`, `unled` of a park or committee are the sums of what lies below it.
    """

    org: Org
    depth: int
    members: int = 0
    enterprises: int = 0
    secretary: str = ""
    below: list[Node] = field(default_factory=list)
    folded: bool = False

    @cached_property
    def branches(self) -> list[Node]:
        """The branches at or below this node."""
        return [self] if self.org.is_branch else [each for node in self.below for each in node.branches]

    @property
    def member_sum(self) -> int:
        """Members here and below."""
        return sum(node.members for node in self.branches)

    @property
    def unled(self) -> int:
        """Branches here and below without a secretary."""
        return sum(not node.secretary for node in self.branches)


@dataclass(frozen=True)
class Wanted:
    """Which part of a tree a reader asks for: one park, one kind of branch, those without a secretary."""

    park: int | None = None
    formation: str = ""
    unled: bool = False

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Wanted:
        """Read it from a query string; what is nonsense counts as not asked."""
        formation = query.get("formation", "")
        return cls(
            row_number(query.get("park", "")),
            formation if formation in Org.Formation.values else "",
            query.get("secretary") == "none",
        )

    @property
    def narrow(self) -> bool:
        """Whether only some branches are asked for, wherever they stand."""
        return bool(self.formation or self.unled)

    def fits(self, node: Node) -> bool:
        """Whether a branch is asked for."""
        return (not self.formation or node.org.formation == self.formation) and (
            not self.unled or not node.secretary
        )


def shown(nodes: list[Node], wanted: Wanted) -> list[Node]:
    """Return the lines to draw: all of a small tree; parks alone of a large one, until one is opened."""
    if wanted.park:
        top = next((node for node in nodes if node.org.pk == wanted.park), None)
        nodes = [top, *top.branches] if top and not top.org.is_branch else []
    elif len(nodes) > FOLD_ABOVE and not wanted.narrow:
        for node in nodes:
            node.folded = any(each.org.is_branch for each in node.below)
        return [node for node in nodes if not node.org.is_branch]
    if not wanted.narrow:
        return nodes
    return [node for node in nodes if node.org.is_branch and wanted.fits(node)]


def unfolded(nodes: list[Node], wanted: Wanted) -> list[Node]:
    """Return the same lines as `shown`, with the branches of parks that a large tree shows folded (for exports)."""
    if wanted.park or wanted.narrow:
        return shown(nodes, wanted)
    return nodes


def grow(orgs: QuerySet[Org], on: date) -> list[Node]:
    """Return the organisations of that day in tree order: parents before children, parks and branches by number."""
    found = {org.pk: org for org in orgs.as_of(on).defer("sought")}
    children: dict[int | None, list[Org]] = {}
    for org in found.values():
        parent = org.parent_then if org.parent_then in found else None
        children.setdefault(parent, []).append(org)
    members = _counts(Membership.objects.counted().on(on).filter(branch__in=orgs), "branch")
    firms = _counts(EnterpriseBranch.objects.on(on).filter(branch__in=orgs), "branch")
    led = dict(Office.objects.on(on).leading().filter(org__in=orgs).values_list("org_id", "person__name"))
    nodes: list[Node] = []

    def walk(parent: int | None, depth: int) -> list[Node]:
        here = []
        for org in sorted(children.get(parent, ()), key=_place):
            node = Node(org, depth, members.get(org.pk, 0), firms.get(org.pk, 0), led.get(org.pk, ""))
            nodes.append(node)
            node.below = walk(org.pk, depth + 1)
            here.append(node)
        return here

    walk(None, 0)
    return nodes


def figures_of(nodes: Iterable[Node], enterprises: QuerySet[Enterprise], on: date) -> dict[str, int]:
    """Return the sums of a tree on a day: branches by formation, members, enterprises, and those that a branch covers."""
    branches = [node for node in nodes if node.org.is_branch]
    firms = enterprises.open(on)
    formations = [node.org.formation for node in branches]
    all_firms, organised = firms.count(), firms.covered(on).count()
    return {
        "branches": len(branches),
        "own": formations.count(Org.Formation.OWN),
        "joint": formations.count(Org.Formation.JOINT),
        "temporary": formations.count(Org.Formation.TEMPORARY),
        "members": sum(node.members for node in branches),
        "unled": sum(not node.secretary for node in branches),
        "enterprises": all_firms,
        "organised": organised,
    }


def _place(org: Org) -> tuple[int, int, int]:
    return org.park_number, org.number, org.pk


def _counts(rows: QuerySet, column: str) -> dict[int, int]:
    return dict(rows.values_list(column).annotate(n=Count("pk")).values_list(column, "n"))
