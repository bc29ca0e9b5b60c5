"""Store a checked roster: new people in bulk, changed ones one by one; every row leaves one fact, sensitive values masked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import islice
from typing import Any

from django.contrib.auth import get_user_model

from dangqun.kernel.bulk import insert, insert_rows
from dangqun.kernel.facts import Changes, record_many
from dangqun.members.imports.lines import Checked, Line, Progress, silent
from dangqun.members.imports.scope import Scope
from dangqun.members.models import Membership, Person
from dangqun.members.rules import admit, change_state
from dangqun.members.rules.people import SENSITIVE, audited, prepare

FIELDS = (
    "name", "sex", "born_on", "ethnicity", "education", "id_number", "id_accepted_because", "mobile", "address",
    "joined_on", "full_on", "position", "enterprise",
)  # fmt: skip
PLAIN = tuple(column for column in FIELDS if column not in SENSITIVE)
BATCH = 1000
KEYS = {
    "name": ("pinyin_key", "initials", "stroke_key", "sought"),
    "id_number": ("id_index",),
    "mobile": ("mobile_index",),
}


def store(checked: Checked, scope: Scope, *, by: Any, progress: Progress = silent) -> None:
    """Put the good lines of a roster into the database: inserts in bulk, no query for a row that is new.

    An IntegrityError says that the roster has changed since the check.
    """
    new = [line for line in checked.lines if line.good and line.is_new]
    changed = [line for line in checked.lines if line.good and line.changes]
    total = len(new) + len(changed)
    for done, some in enumerate(_batches(new)):
        progress("写入", done * BATCH, total)
        _admit(some, by)
    for done, some in enumerate(_batches(changed)):
        progress("写入", len(new) + done * BATCH, total)
        _correct(some, scope, by)
    progress("写入", total, total)


def _admit(lines: list[Line], by: Any) -> None:
    people = [_person(line) for line in lines]
    entered = [_entered(line) for line in lines]
    insert(people)
    began = [
        {
            "person_id": person.pk,
            "branch_id": person.org_id,
            "state": line.facts["state"],
            "starts_on": _since(line),
        }
        for person, line in zip(people, lines, strict=True)
    ]
    insert_rows(Membership, began)
    record_many("members.admitted", zip(people, entered, strict=True), by=by, why="导入")


def _person(line: Line) -> Person:
    """Return the unsaved person; the blind indexes are those by which the check looked for her."""
    facts = line.facts
    plain = {column: facts[column] for column in FIELDS if facts.get(column)}
    indexes = {"id_index": facts["id_index"] or None, "mobile_index": facts["mobile_index"]}
    return prepare(Person(org=facts["branch"], **plain, **indexes), {"name": facts["name"]})


def _entered(line: Line) -> Changes:
    facts = line.facts
    entered = {column: [None, facts[column]] for column in PLAIN if facts.get(column)}
    for column in SENSITIVE:
        if facts.get(column):
            (key,) = KEYS.get(column, ("",))
            entered[column] = [None, audited(column, facts[column], facts.get(key, ""))]
    entered["state"] = [None, facts["state"]]
    return entered


def _since(line: Line) -> Any:
    """A state began on the day that made it so: 转正 or 入党; unknown days count as ever."""
    full = line.facts["state"] == Membership.State.FULL
    return line.facts.get("full_on" if full else "joined_on")


def _correct(lines: list[Line], scope: Scope, by: Any) -> None:
    written = []
    for line in lines:
        person: Person = line.subject
        columns = [column for column in FIELDS if column in line.changes]
        changes = {column: line.changes[column] for column in columns}
        for column in changes.keys() & SENSITIVE.keys():
            changes[column] = [audited(column, getattr(person, column)), audited(column, line.facts[column])]
        prepare(person, {column: line.facts[column] for column in columns})
        derived = [extra for column in columns for extra in KEYS.get(column, ())]
        if columns:
            person.save(update_fields=[*columns, *derived])
            written.append((person, changes))
        if "mobile" in columns and person.account_id:
            accounts = get_user_model().objects.filter(pk=person.account_id)
            accounts.update(mobile_index=person.mobile_index)
        if "state" in line.changes:
            _change_standing(line, person, scope, by)
    record_many("members.corrected", written, by=by, why="导入")


def _change_standing(line: Line, person: Person, scope: Scope, by: Any) -> None:
    state = line.facts["state"]
    if line.changes["state"][0] is None:
        on = _since(line) or scope.day
        admit(person, branch=line.facts["branch"], state=state, on=on, by=by)
    else:
        on = max(line.facts.get("full_on") or scope.day, line.facts["held_since"] or date.min)
        change_state(person, state=state, reason=Membership.Reason.CONFIRMED, on=on, by=by)


def _batches(lines: Iterable[Line]) -> Iterable[list[Line]]:
    source = iter(lines)
    while some := list(islice(source, BATCH)):
        yield some
