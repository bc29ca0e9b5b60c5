"""Offices: appoint and end; roles follow (members.rules.accounts)."""

from __future__ import annotations

from datetime import date
from typing import Any

from dangqun.kernel.facts import record
from dangqun.kernel.rules import RuleBroken, verb
from dangqun.members.models import Office, Person
from dangqun.members.rules.accounts import (
    STAFF_POST_ROLES,
    account_for,
    propose_staff_grant,
    settle_grants,
)
from dangqun.orgs.models import Org


@verb
def appoint(person: Person, *, org: Org, post: str, on: date, by: Any, **facts: Any) -> Office:
    """Appoint a person to a post from that day; a new secretary relieves the old one.

    `facts`: title, enterprise, full_time. Raises RuleBroken when a secretary comes from outside the branch.
    """
    wanted = {"enterprise": None} | {k: v for k, v in facts.items() if k == "enterprise"}
    held = person.offices.open().filter(org=org, post=post, **wanted).first()
    if held:
        return held
    if post == Office.Post.SECRETARY:
        _relieve(org, on, by)
    office = Office.objects.create(person=person, org=org, post=post, starts_on=on, **facts)
    record("members.appointed", person, by=by, org=org, changes={"office": [None, str(office)]})
    account_for(person, by=by)
    settle_grants(person, by=by)
    if post in STAFF_POST_ROLES:
        propose_staff_grant(person, STAFF_POST_ROLES[Office.Post(post)], org, by=by)
    return office


@verb
def end_office(office: Office, *, on: date, by: Any) -> Office:
    """End a post on that day, and the role that it brought. Raises RuleBroken before its first day."""
    if office.starts_on and on < office.starts_on:
        raise RuleBroken(f"免职日期不能早于任职日期 {office.starts_on}。", field="on")
    office.ends_on = on
    office.save(update_fields=["ends_on"])
    record("members.relieved", office.person, by=by, org=office.org, changes={"office": [str(office), None]})
    settle_grants(office.person, by=by)
    return office


def _relieve(org: Org, on: date, by: Any) -> None:
    for office in org.offices.open().filter(post=Office.Post.SECRETARY).select_related("person", "org"):
        end_office(office, on=max(on, office.starts_on or on), by=by)
