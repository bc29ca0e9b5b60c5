"""The roster by hand: enter a member, correct a person; read and checked by the very cleaners of the import."""

from __future__ import annotations

from typing import Any

from dangqun.kernel.crypto import Tampered
from dangqun.kernel.rules import RuleBroken, verb
from dangqun.members.imports import roster
from dangqun.members.imports.lines import Line
from dangqun.members.imports.scope import Scope
from dangqun.members.models import Membership, Person
from dangqun.members.rules.membership import admit
from dangqun.members.rules.people import correct, enrol
from dangqun.orgs.models import Org

FACTS = (
    "name", "sex", "born_on", "ethnicity", "education", "id_number", "id_accepted_because", "mobile", "address",
    "joined_on", "full_on", "position", "enterprise",
)  # fmt: skip
SECRETS = ("id_number", "mobile", "address")
LEFT_ALONE = ("branch", "state")
PASSED_OVER = ("has_left", "held_elsewhere", "id_differs")  # of an import, not of a correction


def understood(
    cells: dict[str, Any], scope: Scope, *, person: Person | None = None, because: str = ""
) -> Line:
    """Read one member as a row of the roster would be read. Writes nothing.

    `person`: the one being corrected; a sensitive cell left empty then means "as it is". `because`: why a wrong
    number stands as it does.
    """
    if person is not None:
        cells = cells | _as_it_is(person, cells)
        because = because or ("" if cells.get("id_number_typed") else person.id_accepted_because)
    line = Line("手工录入", 1, cells, letters={"branch": "A"}, accepted_because=because)
    roster.check([line], scope)
    if person is not None:
        for mark in line.remarks:
            mark.field = "full_on" if mark.code == "state_mismatch" else mark.field
        line.remarks = [m for m in line.remarks if m.field not in LEFT_ALONE and m.code not in PASSED_OVER]
    return line


@verb
def enter_member(line: Line, *, branch: Org, by: Any) -> Person:
    """Enter who was understood as a member of a branch, from 转正 or 入党 on, as the import would.

    Somebody who was a member here before is taken up again. Raises RuleBroken for one who is in the roster.
    """
    facts = line.facts
    told = {key: facts[key] for key in FACTS if facts.get(key)}
    if line.subject is not None and line.subject.memberships.open().exists():
        raise RuleBroken(f"名册里已经有{line.subject}，请到这个人的页面更正，不要重复录入。", field="name")
    known = line.subject
    person = correct(known, told, by=by) if known else enrol(told.pop("name"), org=branch, by=by, **told)
    full = facts["state"] == Membership.State.FULL
    since = facts.get("full_on" if full else "joined_on")
    admit(person, branch=branch, state=facts["state"], on=since, by=by)
    return person


@verb
def correct_by_hand(person: Person, facts: dict[str, Any], *, by: Any, why: str = "") -> Person:
    """Correct a person. Raises RuleBroken when the ID number changes without a reason."""
    if "id_number" in facts and person.id_number and not why:
        raise RuleBroken("更正身份证号要写明理由，例如：对照身份证原件更正。", field="why")
    return correct(person, facts, by=by, why=why)


def _as_it_is(person: Person, cells: dict[str, Any]) -> dict[str, Any]:
    held = {key: _clear(getattr(person, key)) for key in SECRETS if not cells.get(key)}
    membership = person.memberships.open().select_related("branch").first()
    state = membership.state if membership else Membership.State.FULL
    words = {Membership.State.PROBATIONARY: "预备党员"}
    return held | {
        "state": words.get(Membership.State(state), "正式党员"),
        "branch": membership.branch.name if membership else "",
        "id_number_typed": bool(cells.get("id_number")),
    }


def _clear(value: Any) -> str:
    """Return a sensitive value in clear; a damaged one counts as none, so that it can be typed anew."""
    try:
        return value.open() if value else ""
    except Tampered:
        return ""
