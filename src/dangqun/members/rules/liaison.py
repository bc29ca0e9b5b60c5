"""People of the committee and of enterprises by hand: posts, zones, contact points; whoever is named gets an account."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from dangqun.kernel.crypto import blind_index
from dangqun.kernel.faults import Fault
from dangqun.kernel.identity import check_mobile
from dangqun.kernel.rules import RuleBroken, verb
from dangqun.members.models import Office, Person
from dangqun.members.rules.accounts import account_for
from dangqun.members.rules.offices import appoint
from dangqun.members.rules.people import enrol
from dangqun.orgs import rules as orgs
from dangqun.orgs.models import ContactPoint, Enterprise, LiaisonZone, Org
from dangqun.orgs.spans import refuse_future


@verb
def call(name: str, *, mobile: str, org: Org, post: str, on: date, by: Any, **facts: Any) -> Office:
    """Appoint somebody at the committee or as an enterprise's contact, found by name and mobile number, else entered.

    Staff roles that follow wait for 安全管理员. `facts` as for `appoint`. Raises RuleBroken for a wrong number,
    and for a post of a branch's own team, which is elected.
    """
    if post in Office.TEAM:
        raise RuleBroken("支部班子请在支部页任命。", field="post")
    try:
        number = check_mobile(mobile)
    except Fault as fault:
        raise RuleBroken(fault.sentence, field="mobile") from fault
    refuse_future(on)
    known = Person.objects.filter(name=name, mobile_index=blind_index("contact", number))
    person = known.order_by("pk").first() or enrol(name, org=_committee(org), by=by, mobile=number)
    return appoint(person, org=org, post=post, on=on, by=by, **facts)


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


def _committee(org: Org) -> Org:
    """Return the committee to which somebody of no branch belongs, as the import has it."""
    above = Org.objects.filter(pk__in=[*org.ancestors, org.pk], kind=Org.Kind.COMMITTEE)
    return above.order_by("-path").first() or org
