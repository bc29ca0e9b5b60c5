"""Which branches a task is for: the whole, parks, zones, single branches, within the issuer's reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from dangqun.kernel.pages import row_number
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Org, ZoneBranch
from dangqun.orgs.reach import within

NEEDS = "tasks.assign"


@dataclass(frozen=True)
class Places:
    """What was chosen: organisations (each means its branches) and zones."""

    orgs: tuple[int, ...] = ()
    zones: tuple[int, ...] = ()

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Places:
        """Return the places kept with a task, or those of a notice's audience; nonsense is dropped."""
        return cls(_ids(stored, "orgs"), _ids(stored, "zones"))

    def stored(self) -> dict[str, list[int]]:
        """Return them as kept with a task."""
        return {"orgs": list(self.orgs), "zones": list(self.zones)}


def branches_meant(places: Places, actor: Actor) -> QuerySet[Org]:
    """Return the open branches meant, each once, all within the actor's reach, in organisation order."""
    reach = Org.objects.reachable(actor, NEEDS).open(actor.day)
    paths = [*reach.filter(pk__in=places.orgs).values_list("path", flat=True)]
    zoned = ZoneBranch.objects.on(actor.day).filter(zone__in=places.zones).values("branch")
    chosen = within("path", paths) | Q(pk__in=zoned)
    return reach.branches().filter(chosen).in_order()


def _ids(stored: dict[str, Any], key: str) -> tuple[int, ...]:
    found = (row_number(str(each)) for each in stored.get(key, ()))
    return tuple(each for each in found if each is not None)
