"""Organisations and enterprises that match a text, among those within reach."""

from functools import reduce
from operator import and_

from django.db.models import Q, QuerySet

from dangqun.kernel.identity import normal_id
from dangqun.kernel.search import name_holds, sought_name, terms
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Enterprise, Org

READS = "orgs.read"


def find_orgs(actor: Actor, text: str) -> QuerySet[Org]:
    """Return organisations whose full, short or former names hold every term, in organisation order."""
    wanted = terms(text)
    if not wanted:
        return Org.objects.none()
    return Org.objects.reachable(actor, READS).filter(_names(wanted)).in_order()


def find_enterprises(actor: Actor, text: str) -> QuerySet[Enterprise]:
    """Return enterprises whose names hold every term, or whose credit code it is, by number."""
    wanted = terms(text)
    if not wanted:
        return Enterprise.objects.none()
    meant = _names(wanted) | Q(credit_code=normal_id(text)[:18])
    found = Enterprise.objects.reachable(actor, READS).filter(meant)
    return found.order_by("number", "pk")


def sought_of(org: Org) -> str:
    """Return what an organisation is found by: what it is called, and what it was called."""
    former = org.former_names.order_by("pk").values_list("name", "short_name") if org.pk else ()
    return sought_name(org.name, org.short_name, *(name for pair in former for name in pair))


def _names(wanted: list[str]) -> Q:
    return reduce(and_, map(name_holds, wanted))
