"""Coverage of the zone's enterprises: 组织覆盖 (a branch) and 工作覆盖 (an instructor), counted apart; queries do not grow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from dangqun.kernel.pages import row_number
from dangqun.orgs.models import ContactPoint, Enterprise, EnterpriseBranch, Org

YES, NO = "yes", "no"
JUDGED = ("organised", "alone", "joined", "visited")


def judged(firms: QuerySet[Enterprise], on: date) -> QuerySet[Enterprise]:
    """Add to each enterprise: `organised` (any branch), `alone`, `joined` (by the kind of branch), `visited`."""
    links = EnterpriseBranch.objects.on(on).filter(enterprise=OuterRef("pk"))
    return firms.annotate(
        organised=Exists(links),
        alone=Exists(links.filter(branch__formation=Org.Formation.OWN)),
        joined=Exists(links.filter(branch__formation=Org.Formation.JOINT)),
        visited=Exists(ContactPoint.objects.on(on).filter(enterprise=OuterRef("pk"))),
    )


def figures(firms: QuerySet[Enterprise]) -> dict[str, Any]:
    """Return the sums over judged enterprises, in one query."""
    found = firms.aggregate(**_sums())
    return found | {"of_all": f"/ {found['all_sum']}"}


def by_park(firms: QuerySet[Enterprise]) -> list[dict[str, Any]]:
    """Return the sums park by park, in organisation order, in one query."""
    parks = firms.values("park", "park__short_name", "park__number").annotate(**_sums())
    return [_with_links(park) for park in parks.order_by("park__number", "park")]


def narrowed(firms: QuerySet[Enterprise], query: Mapping[str, str]) -> QuerySet[Enterprise]:
    """Return the judged enterprises that the query string asks for; what it does not know it leaves out."""
    for key in JUDGED:
        if query.get(key) in (YES, NO):
            firms = firms.filter(**{key: query[key] == YES})
    park = row_number(query.get("org", ""))
    if park is not None:
        firms = firms.filter(park=park)
    if text := query.get("q", "").strip()[:60]:
        firms = firms.filter(Q(name__contains=text) | Q(short_name__contains=text))
    return firms


def with_names(firms: QuerySet[Enterprise], on: date) -> QuerySet[Enterprise]:
    """Return them in organisation order with their branches (`now`) and instructors (`points`) of that day."""
    links = EnterpriseBranch.objects.on(on).select_related("branch")
    points = ContactPoint.objects.on(on).select_related("user")
    return (
        firms.select_related("park")
        .prefetch_related(
            Prefetch("branch_links", links.order_by("pk"), to_attr="now"),
            Prefetch("contact_points", points.order_by("pk"), to_attr="points"),
        )
        .order_by("park__number", "number", "pk")
    )


def _with_links(park: dict[str, Any]) -> dict[str, Any]:
    """Add where each figure's rows are, and the shares in per cent."""
    here = {"org": park["park"]}
    wanted = {"all": here, "organised": here | {"organised": YES}, "visited": here | {"visited": YES}}
    links = {key: f"?{urlencode(query)}" for key, query in wanted.items()}
    shares = {
        f"{key}_share": round(100 * park[f"{key}_sum"] / park["all_sum"]) for key in ("organised", "visited")
    }
    return park | shares | {"links": links}


def _sums() -> dict[str, Count]:
    sums = {f"{key}_sum": Count("pk", filter=Q(**{key: True})) for key in JUDGED}
    neither = Count("pk", filter=Q(organised=False, visited=False))
    return {"all_sum": Count("pk"), "neither_sum": neither} | sums
