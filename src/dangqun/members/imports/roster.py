"""Members: check every row of a roster, find out who is new, who has changed, who is missing (domain.md §1.11, §4.1-4.3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

from dangqun.kernel.calendars import age_on
from dangqun.kernel.crypto import blind_index
from dangqun.kernel.regulations import figure
from dangqun.members.imports.admissions import store
from dangqun.members.imports.cells import ACCEPTABLE, read_member
from dangqun.members.imports.lines import Checked, Line, Progress, silent
from dangqun.members.imports.scope import Scope, key
from dangqun.members.models import Membership, Person
from dangqun.members.rules.people import told

__all__ = ["LABELS", "check", "store"]

CHUNK = 2000
PLAIN = ("name", "sex", "born_on", "ethnicity", "education", "joined_on", "full_on", "position")
LABELS = {
    "name": "姓名", "sex": "性别", "born_on": "出生日期", "ethnicity": "民族", "education": "学历",
    "joined_on": "入党日期", "full_on": "转正日期", "position": "工作岗位", "mobile": "电话", "address": "住址",
    "id_number": "身份证号", "enterprise": "所在企业", "state": "人员类别", "id_accepted_because": "号码核实说明",
    "branch": "所在党支部",
}  # fmt: skip
GONE = (Membership.Reason.DIED, Membership.Reason.LEFT_PARTY)

T = TypeVar("T")


def check(lines: list[Line], scope: Scope, progress: Progress = silent) -> Checked:
    """Check a roster against itself and the people already held. Reads only; six queries and some a 2,000 rows."""
    for done, line in enumerate(lines):
        if done % CHUNK == 0:
            progress("核对", done, len(lines))
        read_member(line, scope)
        _joined_of_age(line)
    _twins(lines)
    known = _Known(lines)
    for line in lines:
        person = known.find(line)
        if person is not None:
            _compare(line, person, known.membership.get(person.pk), scope)
        else:
            line.is_new = True
    progress("核对", len(lines), len(lines))
    return Checked(lines, missing=_missing(lines, scope), counts={"people": len(lines)})


def _joined_of_age(line: Line) -> None:
    born, joined = line.facts.get("born_on"), line.facts.get("joined_on")
    if not born or not joined:
        return
    least, age = figure("joining_age", joined), age_on(born, joined)
    if age < least.value:
        what = f"入党时 {age} 岁，不满 {least.value} {least.unit}" if age >= 0 else "入党日期早于出生日期"
        line.refuse("joined_too_young", "joined_on", what, "请核对入党日期或出生日期")


def _twins(lines: list[Line]) -> None:
    first: dict[str, Line] = {}
    phones: dict[str, Line] = {}
    for line in lines:
        if line.skipped:
            continue
        number, phone = line.facts.get("id_number"), line.facts.get("mobile")
        if number and (twin := first.setdefault(number, line)) is not line:
            do = "同一人请删去一行，不是同一人请改号码"
            line.refuse("id_duplicate", "id_number", f"身份证号与{where(twin, line)}相同", do)
        elif phone and (twin := phones.setdefault(phone, line)) is not line:
            do = "不是同一个号码请改正"
            line.warn("mobile_shared", "mobile", f"电话与{where(twin, line)}相同", do)


def where(other: Line, line: Line) -> str:
    """Return "第 9 行“谢敏”", with the sheet when it is another one."""
    sheet = "" if other.sheet == line.sheet else f"“{other.sheet}”"
    name = other.text("name")
    return f"{sheet}第 {other.number} 行" + (f"“{name}”" if name else "")


class _Known:
    """The people already held who may be meant by some line: by ID number, else by name and mobile number."""

    def __init__(self, lines: list[Line]) -> None:
        self.by_id: dict[str, Person] = {}
        self.by_phone: dict[tuple[str, str], Person] = {}
        self.membership: dict[int, Membership] = {}
        self.claimed: dict[int, Line] = {}
        for line in lines:
            _index(line)
        self._people("id_index", {line.facts["id_index"] for line in lines} - {""})
        self._people("mobile_index", {line.facts["mobile_index"] for line in lines} - {""})
        people = {person.pk for person in (*self.by_id.values(), *self.by_phone.values())}
        for some in _chunks(sorted(people)):
            held = Membership.objects.filter(person__in=some).select_related("branch")
            for membership in held.order_by("ends_on", "pk"):
                before = self.membership.get(membership.person_id)
                if before is None or before.ends_on is not None:
                    self.membership[membership.person_id] = membership

    def find(self, line: Line) -> Person | None:
        """Return whom a line means; a second line that means the same person is refused."""
        if line.skipped or any(mark.code == "id_duplicate" for mark in line.remarks):
            return None
        person = self.by_id.get(line.facts["id_index"]) or self.by_phone.get(
            (line.text("name"), line.facts["mobile_index"])
        )
        if person is None:
            return None
        line.subject = person
        first = self.claimed.setdefault(person.pk, line)
        if first is not line:
            line.refuse("same_person", "name", f"与{where(first, line)}是同一个人", "请删去一行")
        return person

    def _people(self, column: str, wanted: set[str]) -> None:
        for some in _chunks(sorted(wanted)):
            for person in Person.objects.filter(**{f"{column}__in": some}).select_related(
                "org", "enterprise"
            ):
                if person.id_index:
                    self.by_id[person.id_index] = person
                if person.mobile_index:
                    self.by_phone[person.name, person.mobile_index] = person


def _index(line: Line) -> None:
    number, phone = line.facts.get("id_number"), line.facts.get("mobile")
    line.facts["id_index"] = blind_index("identity", number) if number else ""
    line.facts["mobile_index"] = blind_index("contact", phone) if phone else ""


def _compare(line: Line, person: Person, held: Membership | None, scope: Scope) -> None:
    facts = line.facts
    if not any(person.org.path.startswith(path) for path in scope.paths):
        line.subject = None  # whoever is out of the sender's reach is neither named nor compared
        _refuse_elsewhere(line, "别的党支部")
        return
    if person.id_index and facts["id_index"] and person.id_index != facts["id_index"]:
        line.refuse(
            "id_differs",
            "id_number",
            "名册里同名同手机号的人是另一个身份证号",
            "请核对号码，确需更正请在人员页更正",
        )
        return
    if person.id_accepted_because and person.id_index == facts["id_index"]:
        line.remarks = [mark for mark in line.remarks if mark.code not in ACCEPTABLE]
        for column in ("sex", "born_on"):
            facts[column] = getattr(person, column)
    _standing(line, person, held, scope)
    for column in PLAIN:
        old, new = getattr(person, column), facts.get(column)
        if new and new != old:
            line.changes[column] = [old, new]
    if facts["mobile_index"] and facts["mobile_index"] != person.mobile_index:
        line.changes["mobile"] = [told("mobile", person.mobile), told("mobile", facts["mobile"])]
    if facts["id_index"] and not person.id_index:
        line.changes["id_number"] = [None, told("id_number", facts["id_number"])]
    _compare_place(line, person)
    if "name" in line.changes:
        line.warn(
            "renamed", "name", f"名册里这个身份证号的姓名是“{person.name}”，将按表更正", "请核对是否同一人"
        )


def _compare_place(line: Line, person: Person) -> None:
    address, firm = line.text("address"), line.facts.get("enterprise")
    if address and (not person.address or person.address.open() != address):
        line.changes["address"] = [told("address", person.address), told("address", address)]
    if firm and firm.pk != person.enterprise_id:
        line.changes["enterprise"] = [person.enterprise and str(person.enterprise), str(firm)]
    if (why := line.facts.get("id_accepted_because")) and why != person.id_accepted_because:
        line.changes["id_accepted_because"] = [person.id_accepted_because, why]


def _standing(line: Line, person: Person, held: Membership | None, scope: Scope) -> None:
    """Compare branch and state with the membership held, open or last."""
    branch, state = line.facts.get("branch"), line.facts.get("state")
    if held is None or held.ends_on is not None:
        if held is not None and held.ended_reason in GONE:
            line.refuse(
                "has_left", "name", f"这个人已办理减少（{held.get_ended_reason_display()}）", "请核对"
            )
        elif state:
            line.changes["state"] = [None, Membership.State(state).label]
        return
    if branch and held.branch_id != branch.pk:
        _refuse_elsewhere(line, f"“{held.branch}”")
        return
    if not state or state == held.state:
        return
    if held.state == Membership.State.SUSPENDED:
        line.warn("suspended", "state", "这个人现在停止党籍，人员类别照旧不改", "恢复党籍请在人员页办理")
    elif state == Membership.State.PROBATIONARY:
        line.refuse("state_backward", "state", "名册里已经是正式党员，表中写的是预备党员", "请核对人员类别")
    else:
        line.facts["held_since"] = held.starts_on
        line.changes["state"] = [Membership.State(held.state).label, Membership.State(state).label]


def _refuse_elsewhere(line: Line, there: str) -> None:
    what = f"这个人现在是{there}的人，导入不能把人改到别的支部"
    line.refuse("held_elsewhere", "branch", what, "已调动的请办理组织关系转接，填错的请改支部")


def _missing(lines: list[Line], scope: Scope) -> list[tuple[str, str]]:
    """Return (branch, name) of members of the branches and parks in this file whom no row means."""
    covered = {line.facts["branch"].pk for line in lines if line.facts.get("branch")}
    parks = {
        scope.parks[key(sheet)].path for sheet in {line.sheet for line in lines} if key(sheet) in scope.parks
    }
    for org in scope.orgs:
        if any(org.path.startswith(park) for park in parks):
            covered.add(org.pk)
    meant = {line.subject.pk for line in lines if line.subject is not None}
    named = {
        (line.text("name"), line.facts["branch"].pk if line.facts.get("branch") else None)
        for line in lines
        if line.subject is None and line.refused
    }
    found: dict[str, list[str]] = defaultdict(list)
    for some in _chunks(sorted(covered)):
        held = Membership.objects.open().counted().filter(branch__in=some)
        rows = held.order_by("branch__park_number", "branch__number", "person__pinyin_key", "person_id")
        for pk, name, at, branch in rows.values_list(
            "person_id", "person__name", "branch_id", "branch__short_name"
        ):
            if pk not in meant and not {(name, at), (name, None)} & named:
                found[branch].append(name)
    return [(branch, name) for branch, people in found.items() for name in people]


def _chunks(things: Iterable[T]) -> Iterator[list[T]]:
    source = iter(things)
    while some := list(islice(source, CHUNK)):
        yield some
