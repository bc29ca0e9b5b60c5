"""Party membership over time: admit, confirm (转正), move to another branch, leave (减少), restore. Nothing is deleted."""

from __future__ import annotations

from datetime import date
from typing import Any

from dangqun.kernel.calendars import add_months
from dangqun.kernel.facts import record
from dangqun.kernel.regulations import figure
from dangqun.kernel.rules import RuleBroken, verb
from dangqun.members.models import Membership, Person
from dangqun.members.rules.accounts import settle_grants
from dangqun.members.rules.offices import lay_down
from dangqun.members.rules.people import correct
from dangqun.orgs.models import Org
from dangqun.orgs.spans import refuse_before_opening, refuse_future

State, Reason = Membership.State, Membership.Reason
# 减少原因 that a person may choose; the others follow from another verb.
LEAVING = (Reason.TRANSFERRED, Reason.DIED, Reason.LEFT_PARTY, Reason.SUSPENDED)


@verb
def admit(person: Person, *, branch: Org, state: str, on: date | None, by: Any) -> Membership:
    """Enter a person as a member of a branch from that day. Raises RuleBroken when she already is one somewhere.

    Whoever was a member here before begins again no earlier than that ended, whatever day a roster gives.
    """
    held = person.memberships.open().select_related("branch").first()
    if held:
        raise RuleBroken(f"{person}现在是“{held.branch}”的党员，请办理组织关系转接，不要重复录入。")
    _refuse_branch(branch, None)
    last = person.memberships.order_by("-ends_on").values_list("ends_on", flat=True).first()
    on = max(filter(None, (on, last)), default=None)
    membership = Membership.objects.create(person=person, branch=branch, state=state, starts_on=on)
    _stand_in(person, branch)
    record("members.admitted", person, by=by, org=branch, changes={"state": [None, state]})
    settle_grants(person, by=by)
    return membership


@verb
def change_state(person: Person, *, state: str, reason: str, on: date, by: Any) -> Membership:
    """Let the open membership continue in another state (e.g. 预备 → 正式) from that day."""
    return _continue(person, {"state": state}, reason=reason, on=on, by=by)


@verb
def confirm(person: Person, *, on: date, by: Any) -> Membership:
    """Make a probationary member a full one (转正) from that day; 党龄 counts from it.

    Raises RuleBroken before the 预备期 of one year is over (《章程》第七条), or when she is no probationary member.
    """
    held = _held(person, on)
    if held.state != State.PROBATIONARY:
        raise RuleBroken(f"{person}现在是{held.get_state_display()}，只有预备党员才能转正。")
    joined, probation = person.joined_on, figure("probation_months", on)
    if joined and on < add_months(joined, probation.value):
        due = add_months(joined, probation.value)
        raise RuleBroken(
            f"{person}入党是 {joined}，预备期 {probation.value} {probation.unit}，{due} 以后才能转正。请核对日期。",
            field="on",
        )
    membership = _continue(person, {"state": State.FULL}, reason=Reason.CONFIRMED, on=on, by=by)
    correct(person, {"full_on": on}, by=by)
    return membership


@verb
def move(person: Person, *, to: Org, on: date, by: Any) -> Membership:
    """Move a member to another branch of this zone from that day; the old branch keeps its history.

    Posts in the team of the old branch end the same day. Raises RuleBroken for an unfit branch or day.
    """
    held = _held(person, on)
    if held.branch_id == to.pk:
        raise RuleBroken(f"{person}现在就在“{to}”，请选另一个支部。", field="to")
    _refuse_branch(to, on)
    lay_down(person, held.branch, on=on, by=by)
    return _continue(person, {"branch": to}, reason=Reason.MOVED, on=on, by=by)


@verb
def leave(person: Person, *, reason: str, on: date, by: Any, why: str = "") -> Membership:
    """End the membership with its 减少原因; the person and all that was recorded stay. 停止党籍 stays open as a state.

    Posts in the team of the branch end the same day.
    """
    if reason not in LEAVING:
        raise RuleBroken("请选一个减少原因。", field="reason")
    held = _held(person, on)
    lay_down(person, held.branch, on=on, by=by)
    if reason == Reason.SUSPENDED:
        if held.state == State.SUSPENDED:
            raise RuleBroken(f"{person}已经停止党籍。", field="reason")
        return _continue(person, {"state": State.SUSPENDED}, reason=reason, on=on, by=by, why=why)
    held.ends_on, held.ended_reason = on, reason
    held.save(update_fields=["ends_on", "ended_reason"])
    record("members.left", person, by=by, org=held.branch, changes={"ended_reason": [None, reason]}, why=why)
    settle_grants(person, by=by)
    return held


@verb
def restore(person: Person, *, on: date, by: Any, why: str = "") -> Membership:
    """Restore a suspended membership (恢复党籍) to the state that it had before."""
    held = _held(person, on)
    if held.state != State.SUSPENDED:
        raise RuleBroken(f"{person}现在是{held.get_state_display()}，没有停止党籍。")
    before = person.memberships.filter(ended_reason=Reason.SUSPENDED).order_by("-ends_on", "-pk").first()
    state = before.state if before else State.FULL
    return _continue(person, {"state": state}, reason=Reason.RESTORED, on=on, by=by, why=why)


def refuse_while_members_remain(org: Org, *, by: Any) -> None:
    """Refuse to close a branch that still has members, or had them after that day (wired to `orgs.closed`)."""
    remaining = (
        org.memberships.after(org.closed_on).count() if org.closed_on else org.memberships.open().count()
    )
    if remaining:
        raise RuleBroken(f"“{org}”在这一天以后还有 {remaining} 名党员，请先为他们办理组织关系转接。")


def _continue(
    person: Person, into: dict[str, Any], *, reason: str, on: date, by: Any, why: str = ""
) -> Membership:
    """End the open membership and begin the next one, in another state or branch."""
    held = _held(person, on)
    before = {"branch": held.branch.name, "state": held.state}
    held.ends_on, held.ended_reason = on, reason
    held.save(update_fields=["ends_on", "ended_reason"])
    following = Membership.objects.create(
        person=person, starts_on=on, **{"branch": held.branch, "state": held.state} | into
    )
    _stand_in(person, following.branch)
    after = {"branch": following.branch.name, "state": following.state}
    record(
        "members.moved" if "branch" in into else "members.state_changed",
        person,
        by=by,
        org=following.branch,
        changes={key: [before[key], after[key]] for key in before if before[key] != after[key]},
        why=why,
    )
    settle_grants(person, by=by)
    return following


def _held(person: Person, on: date) -> Membership:
    held = person.memberships.open().select_related("branch").first()
    if held is None:
        raise RuleBroken(f"{person}现在不是本区任何支部的党员。")
    refuse_future(on)
    if held.starts_on and on < held.starts_on:
        raise RuleBroken(f"日期不能早于 {held.starts_on}，那一天之前的记录不再改动。", field="on")
    return held


def _refuse_branch(branch: Org, on: date | None) -> None:
    if not branch.is_branch or branch.closed_on:
        raise RuleBroken("请选一个现有的党支部。", field="to")
    if on is not None:
        refuse_before_opening(branch, on)


def _stand_in(person: Person, branch: Org) -> None:
    if person.org_id != branch.pk:
        person.org = branch
        person.save(update_fields=["org"])
