"""Party membership over time: admit, change of state, move to another branch, leave."""

from __future__ import annotations

from datetime import date
from typing import Any

from dangqun.kernel.facts import record
from dangqun.kernel.rules import RuleBroken, verb
from dangqun.members.models import Membership, Person
from dangqun.members.rules.accounts import settle_grants
from dangqun.orgs.models import Org


@verb
def admit(person: Person, *, branch: Org, state: str, on: date, by: Any) -> Membership:
    """Enter a person as a member of a branch from that day. Raises RuleBroken when she already is one somewhere."""
    held = person.memberships.open().select_related("branch").first()
    if held:
        raise RuleBroken(f"{person}现在是“{held.branch}”的党员，请办理组织关系转接，不要重复录入。")
    membership = Membership.objects.create(person=person, branch=branch, state=state, starts_on=on)
    _stand_in(person, branch)
    record("members.admitted", person, by=by, org=branch, changes={"state": [None, state]})
    settle_grants(person, by=by)
    return membership


@verb
def change_state(person: Person, *, state: str, reason: str, on: date, by: Any) -> Membership:
    """Let the open membership continue in another state (e.g. 预备 → 正式) from that day."""
    return _continue(person, branch=None, state=state, reason=reason, on=on, by=by)


@verb
def move(person: Person, *, to: Org, on: date, by: Any) -> Membership:
    """Move a member to another branch of this zone from that day; the old branch keeps its history."""
    return _continue(person, branch=to, state=None, reason=Membership.Reason.MOVED, on=on, by=by)


@verb
def leave(person: Person, *, reason: str, on: date, by: Any, why: str = "") -> Membership:
    """End the membership with its 减少原因; the person and all that was recorded stay."""
    held = _held(person, on)
    held.ends_on, held.ended_reason = on, reason
    held.save(update_fields=["ends_on", "ended_reason"])
    record("members.left", person, by=by, org=held.branch, changes={"ended_reason": [None, reason]}, why=why)
    settle_grants(person, by=by)
    return held


def refuse_while_members_remain(org: Org, *, by: Any) -> None:
    """Refuse to close a branch that still has members (wired to `orgs.closed`)."""
    remaining = org.memberships.open().count()
    if remaining:
        raise RuleBroken(f"“{org}”还有 {remaining} 名党员，请先为他们办理组织关系转接。")


def _continue(
    person: Person, *, branch: Org | None, state: str | None, reason: str, on: date, by: Any
) -> Membership:
    held = _held(person, on)
    before = {"branch": held.branch.name, "state": held.state}
    held.ends_on, held.ended_reason = on, reason
    held.save(update_fields=["ends_on", "ended_reason"])
    following = Membership.objects.create(
        person=person, branch=branch or held.branch, state=state or held.state, starts_on=on
    )
    _stand_in(person, following.branch)
    after = {"branch": following.branch.name, "state": following.state}
    record(
        "members.moved" if branch else "members.state_changed",
        person,
        by=by,
        org=following.branch,
        changes={key: [before[key], after[key]] for key in before if before[key] != after[key]},
    )
    settle_grants(person, by=by)
    return following


def _held(person: Person, on: date) -> Membership:
    held = person.memberships.open().select_related("branch").first()
    if held is None:
        raise RuleBroken(f"{person}现在不是本区任何支部的党员。")
    if held.starts_on and on < held.starts_on:
        raise RuleBroken(f"日期不能早于 {held.starts_on}，那一天之前的记录不再改动。", field="on")
    return held


def _stand_in(person: Person, branch: Org) -> None:
    if person.org_id != branch.pk:
        person.org = branch
        person.save(update_fields=["org"])
