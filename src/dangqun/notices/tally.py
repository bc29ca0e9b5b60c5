"""签收情况: how many have signed, by park and branch, over the receipts within reach; four queries whatever the size."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from dangqun.notices.models import Notice, Receipt
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Org


@dataclass
class Part:
    """A branch or a park: signed of all, and when the last one signed."""

    org: Any
    signed: int = 0
    all: int = 0
    latest: datetime | None = None
    branches: list[Part] = field(default_factory=list)

    @property
    def missing(self) -> int:
        """How many have not signed."""
        return self.all - self.signed

    def add(self, other: Part) -> None:
        """Count a branch in."""
        self.signed += other.signed
        self.all += other.all
        self.latest = max(filter(None, (self.latest, other.latest)), default=None)
        self.branches.append(other)


@dataclass(frozen=True)
class Wanted:
    """What the reader chose: only the missing, one zone, a text in branch or name."""

    missing: bool = False
    zone: int | None = None
    text: str = ""

    @classmethod
    def of(cls, query: Any) -> Wanted:
        """Return the filter that the query string holds; nonsense counts as nothing."""
        zone = query.get("zone", "")
        return cls(
            query.get("show") == "missing",
            int(zone) if zone.isdecimal() and len(zone) < 19 else None,
            query.get("q", "").strip()[:40],
        )


def receipts(notice: Notice, actor: Actor) -> QuerySet[Receipt]:
    """Return the receipts of a notice that the actor may watch."""
    return Receipt.objects.reachable(actor, "notices.watch").filter(notice=notice)


def filtered(held: QuerySet[Receipt], wanted: Wanted, actor: Actor) -> QuerySet[Receipt]:
    """Return the receipts that the reader chose."""
    if wanted.missing:
        held = held.missing()
    if wanted.zone:
        from dangqun.orgs.models import ZoneBranch

        held = held.filter(
            branch__in=ZoneBranch.objects.on(actor.day).filter(zone=wanted.zone).values("branch")
        )
    if wanted.text:
        held = held.filter(Q(branch__name__contains=wanted.text) | Q(person__name__contains=wanted.text))
    return held


def parts(held: QuerySet[Receipt]) -> list[Part]:
    """Return parks with their branches, in organisation order; people outside any park come under their own organisation."""
    counted = held.values("branch").annotate(
        n=Count("pk"), signed=Count("pk", filter=Q(signed_at__isnull=False)), latest=Max("signed_at")
    )
    figures = {row["branch"]: row for row in counted.values("branch", "n", "signed", "latest")}
    orgs = list(Org.objects.filter(pk__in=figures).in_order())
    parks = {
        park.pk: Part(park)
        for park in Org.objects.filter(pk__in={each for org in orgs for each in org.ancestors})
        .parks()
        .in_order()
    }
    others: dict[int, Part] = {}
    for org in orgs:
        row = figures[org.pk]
        branch = Part(org, row["signed"], row["n"], row["latest"])
        park = next((parks[each] for each in org.ancestors if each in parks), None)
        if park is None:
            park = others.setdefault(org.pk, Part(org))
        park.add(branch)
    return [*parks.values(), *others.values()]


def total(found: Iterable[Part]) -> Part:
    """Return the sum of all parts."""
    whole = Part(None)
    for part in found:
        whole.signed += part.signed
        whole.all += part.all
    return whole


def just_signed(held: QuerySet[Receipt]) -> list[Receipt]:
    """Return the six latest signatures."""
    return list(
        held.filter(signed_at__isnull=False)
        .select_related("person", "branch")
        .order_by("-signed_at", "-pk")[:6]
    )
