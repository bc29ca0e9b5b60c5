"""Offices: appoint and end, with terms (任期); roles follow (members.rules.accounts)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from dangqun.kernel.calendars import add_months
from dangqun.kernel.facts import record
from dangqun.kernel.regulations import Figure, figure
from dangqun.kernel.rules import RuleBroken, verb
from dangqun.members.models import Membership, Office, Person
from dangqun.members.rules.accounts import (
    STAFF_POST_ROLES,
    account_for,
    propose_staff_grant,
    settle_grants,
)
from dangqun.orgs.models import Org
from dangqun.orgs.spans import refuse_before_opening, refuse_future


@dataclass(frozen=True)
class Term:
    """The term of a branch's team: since when, until when (换届 due), when to be reminded, and by which figures."""

    since: date
    due: date
    notice: date
    years: Figure
    ahead: Figure


@verb
def appoint(person: Person, *, org: Org, post: str, on: date, by: Any, **facts: Any) -> Office:
    """Appoint a person to a post from that day; a new secretary relieves the old one.

    `facts`: title, enterprise, full_time, term_from (本届起始, when she comes in the middle of a term).
    A roster may write an earlier day for the new secretary than for the old one: the old term is then empty.
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
def elect(person: Person, *, branch: Org, post: str, on: date, by: Any, **facts: Any) -> Office:
    """Appoint one of a branch's own members to its team: secretary, deputy or committee member.

    Raises RuleBroken for somebody from another branch, and for a probationary member (《选举工作条例》2020 §5).
    """
    _refuse_day(branch, post, on)
    if post not in Office.TEAM:
        raise RuleBroken("请选书记、副书记或者支部委员。", field="post")
    state = person.memberships.on(on).filter(branch=branch).values_list("state", flat=True).first()
    if state is None:
        raise RuleBroken(
            f"{person}在这一天不是本支部的党员。请先转入组织关系，或者改任职日期。", field="person"
        )
    if state != Membership.State.FULL:
        raise RuleBroken(f"{person}还不是正式党员，不能任支部职务。请选一位正式党员。", field="person")
    return appoint(person, org=branch, post=post, on=on, by=by, **facts)


@verb
def end_office(office: Office, *, on: date, by: Any) -> Office:
    """End a post on that day, and the role that it brought. Raises RuleBroken before its first day."""
    refuse_future(on)
    if office.ends_on:
        raise RuleBroken(f"{office.person}的这项职务到 {office.ends_on} 已经结束。")
    if office.starts_on and on < office.starts_on:
        raise RuleBroken(f"免职日期不能早于任职日期 {office.starts_on}。", field="on")
    office.ends_on = on
    office.save(update_fields=["ends_on"])
    record("members.relieved", office.person, by=by, org=office.org, changes={"office": [str(office), None]})
    settle_grants(office.person, by=by, left=office)
    return office


def lay_down(person: Person, org: Org, *, on: date, by: Any) -> None:
    """End the posts of a person in the team of a branch that she leaves."""
    for office in person.offices.open().of_branch().filter(org=org).select_related("person", "org"):
        end_office(office, on=max(on, office.starts_on or on), by=by)


def lay_down_all(org: Org, *, by: Any) -> None:
    """End every post at an organisation that closes (wired to `orgs.closed`)."""
    for office in org.offices.open().select_related("person", "org"):
        end_office(office, on=max(filter(None, (org.closed_on, office.starts_on))), by=by)


def term_of(offices: list[Office], on: date) -> Term | None:
    """Return the term of a team by its latest start; None while no start is known."""
    starts = [o.term_from or o.starts_on for o in offices if o.post in Office.TEAM and o.starts_on]
    if not starts:
        return None
    since, years = max(starts), figure("branch_term_years", on)
    ahead = figure("branch_election_notice_months", on)
    due = add_months(since, 12 * years.value)
    return Term(since, due, add_months(due, -ahead.value), years, ahead)


def committee_hint(post: str, full_members: int, on: date) -> str:
    """Return a sentence when a committee member is elected in a branch too small for a committee (a prompt, no refusal)."""
    least = figure("branch_committee_members", on)
    if post != Office.Post.BRANCH_MEMBER or full_members >= least.value:
        return ""
    return (
        f"本支部有 {full_members} 名正式党员。不足 {least.value} 名的支部一般只设书记，"
        "必要时设 1 名副书记，不设支部委员会。请留意。"
    )


def _refuse_day(org: Org, post: str, on: date) -> None:
    refuse_future(on)
    if org.closed_on:
        raise RuleBroken(f"“{org}”已经在 {org.closed_on} 撤销，不能再任职。")
    refuse_before_opening(org, on, what="任职日期")
    led = (
        org.offices.open().leading().select_related("person").first()
        if post == Office.Post.SECRETARY
        else None
    )
    if led and led.starts_on and on < led.starts_on:
        raise RuleBroken(
            f"现任书记{led.person}从 {led.starts_on} 起任职，新书记的任职日期不能早于它。", field="on"
        )


def _relieve(org: Org, on: date, by: Any) -> None:
    for office in org.offices.open().leading().select_related("person", "org"):
        end_office(office, on=max(on, office.starts_on or on), by=by)
