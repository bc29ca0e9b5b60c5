"""双覆盖 by hand: whoever is named gets an account, then looks after a zone or visits an enterprise."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from dangqun.kernel.rules import verb
from dangqun.members.models import Person
from dangqun.members.rules.accounts import account_for
from dangqun.orgs import rules as orgs
from dangqun.orgs.models import ContactPoint, Enterprise, LiaisonZone, Org


@verb
def send_instructor(instructor: Person, *, firm: Enterprise, on: date, by: Any) -> ContactPoint:
    """Let an instructor visit an enterprise from that day, through the branch that covers it then."""
    user = account_for(instructor, by=by)
    return orgs.visit(firm, user=user, branch=firm.branch_on(on), on=on, by=by)


@verb
def found_zone(
    name: str, *, org: Org, member: Person | None, branches: Iterable[Org], on: date, by: Any
) -> LiaisonZone:
    """Set up a liaison zone and say at once who looks after it and which branches lie in it."""
    return give_zone(orgs.open_zone(name, org=org, by=by), member=member, branches=branches, on=on, by=by)


@verb
def give_zone(
    zone: LiaisonZone, *, member: Person | None, branches: Iterable[Org], on: date, by: Any, name: str = ""
) -> LiaisonZone:
    """Say from that day which committee member (None: nobody) looks after which branches."""
    user = account_for(member, by=by) if member else None
    return orgs.arrange_zone(zone, user=user, branches=branches, on=on, by=by, name=name)
