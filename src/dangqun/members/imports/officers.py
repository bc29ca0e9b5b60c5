"""Officers: committee and zones, branch officers, instructors and their contact points, enterprise contacts.

People are found in the roster by name and mobile number; staff, instructors and enterprise contacts who are in no roster
are entered. Check reads only; `store` is in `appointments`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from dangqun.kernel.crypto import blind_index
from dangqun.kernel.faults import Fault
from dangqun.kernel.identity import check_mobile
from dangqun.kernel.sheets import clean_date, clean_text
from dangqun.members.imports.appointments import store
from dangqun.members.imports.cells import read_name, read_texts
from dangqun.members.imports.lines import Checked, Line, Progress, silent
from dangqun.members.imports.scope import Scope, key
from dangqun.members.models import Membership, Office, Person
from dangqun.orgs.models import ContactPoint, ZoneBranch, ZoneMember
from dangqun.orgs.reach import within

__all__ = ["LABELS", "check", "part_of", "store"]

LABELS = {
    "name": "姓名", "mobile": "手机号码", "post": "职务", "zone": "片区", "branch": "党支部", "since": "任职日期",
    "full_time": "专职/兼职", "enterprise": "企业",
}  # fmt: skip
TEXTS = {"post": ("职务", 40), "zone": ("片区", 30)}
STAFF, TEAM, INSTRUCTORS, CONTACTS = "staff", "team", "instructors", "contacts"
PARTS = {"综合党委": STAFF, "支部班子": TEAM, "党建指导员": INSTRUCTORS, "企业联系人": CONTACTS}
Post = Office.Post
TEAM_POSTS = {
    "书记": Post.SECRETARY, "党支部书记": Post.SECRETARY, "支部书记": Post.SECRETARY,
    "副书记": Post.DEPUTY, "党支部副书记": Post.DEPUTY, "支部副书记": Post.DEPUTY,
}  # fmt: skip
STAFF_POSTS = (
    ("副书记", Post.COMMITTEE_DEPUTY), ("书记", Post.COMMITTEE_SECRETARY), ("委员", Post.COMMITTEE_MEMBER),
    ("副主任", Post.OFFICE_CLERK), ("主任", Post.OFFICE_HEAD), ("干事", Post.OFFICE_CLERK),
    ("科员", Post.OFFICE_CLERK), ("工作人员", Post.OFFICE_CLERK),
)  # fmt: skip


@dataclass
class Plan:
    """What the store needs besides the lines: people entered by name and mobile as it goes along."""

    people: dict[tuple[str, str], Person] = field(default_factory=dict)


def part_of(sheet: str, fields: set[str]) -> str:
    """Say which of the four lists a sheet is: by its name, else by its columns; "" when it is none of them."""
    for name, part in PARTS.items():
        if name in sheet:
            return part
    if {"name", "enterprise"} <= fields:
        return INSTRUCTORS if "full_time" in fields else CONTACTS
    if {"name", "branch", "post"} <= fields:
        return TEAM
    return STAFF if {"name", "post"} <= fields else ""


def check(lines: list[Line], scope: Scope, progress: Progress = silent) -> Checked:
    """Check the four lists against the roster and the offices held. Reads only; a dozen queries."""
    _ = scope.committee
    for line in lines:
        _read(line, scope)
    held = _Held(lines, scope)
    for line in lines:
        line.subject = held.person(line, scope)
        READERS[line.facts["part"]](line, held, scope)
    _one_secretary(lines)
    progress("核对", len(lines), len(lines))
    checked = Checked(lines, plan=Plan(dict(held.by_phone)))
    checked.counts = _count(lines)
    checked.missing = held.missing(lines)
    return checked


def _read(line: Line, scope: Scope) -> None:
    cells, facts = line.cells, line.facts
    facts["part"] = cells.get("part", STAFF)
    facts |= {"mobile": "", "mobile_index": ""}
    read_name(line)
    read_texts(line, TEXTS)
    _mobile(line)
    try:
        facts["since"] = clean_date(cells.get("since")) or None
    except Fault as fault:
        line.refuse(fault.code, "since", "任职日期不是真实的日期", "请改成真实日期，如 2024-03-01")
    if facts.get("since") and facts["since"] > scope.day:
        line.refuse("date_in_future", "since", "任职日期在今天以后", "请核对日期")
    if facts["part"] in (TEAM, INSTRUCTORS):
        _branch(line, scope)
    if facts["part"] in (INSTRUCTORS, CONTACTS):
        _enterprise(line, scope)


def _mobile(line: Line) -> None:
    text = clean_text(line.cells.get("mobile"))
    if not text:
        if line.facts["part"] != TEAM:
            line.refuse("missing_mobile", "mobile", "没有手机号码", "请补上，系统按姓名和手机号认人")
        return
    try:
        line.facts["mobile"] = check_mobile(text)
    except Fault as fault:
        line.refuse_for(fault, "mobile")
        return
    line.facts["mobile_index"] = blind_index("contact", line.facts["mobile"])


def _branch(line: Line, scope: Scope) -> None:
    written = clean_text(line.cells.get("branch"))
    line.facts["branch"] = branch = scope.branch(written) if written else None
    if written and branch is None:
        near = "、".join(each.name for each in scope.branches_like(written))
        do = f"可能是：{near}" if near else "请核对名称，新支部请先导入企业和支部"
        line.refuse("unknown_branch", "branch", "找不到这个党支部", do)
    elif not written and line.facts["part"] == TEAM:
        line.refuse("missing_branch", "branch", "没有写党支部", "请补上党支部全称")


def _enterprise(line: Line, scope: Scope) -> None:
    written = clean_text(line.cells.get("enterprise"))
    line.facts["enterprise"] = firm = scope.enterprise(written) if written else None
    if firm is None and (written or line.facts["part"] == CONTACTS):
        what = "找不到这家企业" if written else "没有写企业"
        line.refuse("unknown_enterprise", "enterprise", what, "请核对名称，新企业请先导入企业和支部")
    elif firm and line.facts.get("branch") is None:
        line.facts["branch"] = scope.only_branch_of(firm)


class _Held:
    """The people, offices, zones and contact points that lines may mean, read in bulk."""

    def __init__(self, lines: list[Line], scope: Scope) -> None:
        phones = {line.facts["mobile_index"] for line in lines} - {""}
        names = {line.text("name") for line in lines if line.facts["part"] == TEAM}
        self.by_phone: dict[tuple[str, str], Person] = {}
        self.owner: dict[str, Person] = {}
        for person in Person.objects.filter(mobile_index__in=phones).select_related("account"):
            self.by_phone[person.name, person.mobile_index] = person
            self.owner[person.mobile_index] = person
        self.in_branch: dict[tuple[str, int], list[Membership]] = defaultdict(list)
        members = Membership.objects.open().counted().filter(within("branch__path", scope.paths))
        for member in members.filter(person__name__in=names).select_related("person__account"):
            self.in_branch[member.person.name, member.branch_id].append(member)
        self._offices(scope)
        points = ContactPoint.objects.open().filter(within("enterprise__park__path", scope.paths))
        self.points = set(points.values_list("user_id", "enterprise_id"))
        zoned = ZoneBranch.objects.open().filter(within("branch__path", scope.paths)).select_related("zone")
        self.zone_of = {link.branch_id: link.zone.name for link in zoned}
        looked_after = ZoneMember.objects.open().select_related("zone", "user")
        self.looks_after = {key(link.zone.name): link.user for link in looked_after}

    def _offices(self, scope: Scope) -> None:
        self.offices: dict[tuple[int, int, str, int | None], Office] = {}
        self.secretary: dict[int, Person] = {}
        held = Office.objects.open().filter(within("org__path", scope.paths)).select_related("person", "org")
        for office in held.exclude(post=Post.ADMINISTRATOR):
            self.offices[office.person_id, office.org_id, office.post, office.enterprise_id] = office
            if office.post == Post.SECRETARY:
                self.secretary[office.org_id] = office.person

    def person(self, line: Line, scope: Scope) -> Person | None:
        """Return whom a line means: name and mobile number; for branch officers also name and branch."""
        name, phone = line.text("name"), line.facts["mobile_index"]
        found = self.by_phone.get((name, phone)) if phone else None
        if found is None and phone in self.owner:
            line.refuse("mobile_of_other", "mobile", "这个手机号在名册里是另一个人的", "请核对姓名和手机号码")
        if line.facts["part"] != TEAM or line.facts["branch"] is None:
            return found
        same = self.in_branch.get((name, line.facts["branch"].pk), [])
        if found is None and len(same) == 1:
            line.warn(
                "mobile_differs",
                "mobile",
                "手机号与党员名册不同，按姓名和党支部认出",
                "请核对，名册里的号码不改",
            )
            return same[0].person
        if found is None and name and not line.refused:
            line.refuse("not_in_roster", "name", "党员名册里没有这个人", "请先导入党员，或核对姓名和手机号码")
        elif found is not None and not any(each.person_id == found.pk for each in same):
            line.refuse(
                "not_of_branch", "name", "这个人不是所写党支部的党员", "请核对党支部，已调动的先办理转接"
            )
        self._standing(line, same)
        return found

    @staticmethod
    def _standing(line: Line, same: list[Membership]) -> None:
        if any(each.state == Membership.State.PROBATIONARY for each in same):
            what = "预备党员没有表决权、选举权和被选举权"
            line.warn("probationary_officer", "post", what, "请核对职务或人员类别")

    def missing(self, lines: list[Line]) -> list[tuple[str, str]]:
        """Return (where, who) of open offices, of the kinds and places in this file, that no line confirms."""
        parts = {line.facts["part"] for line in lines}
        places = {line.facts["branch"].pk for line in lines if line.facts.get("branch")}
        seen = {line.facts.get("office_key") for line in lines}
        team = set(TEAM_POSTS.values()) | {Post.BRANCH_MEMBER}
        found = []
        for office_key, office in self.offices.items():
            listed = (
                (office.post in team and TEAM in parts and office.org_id in places)
                or (office.post == Post.INSTRUCTOR and INSTRUCTORS in parts)
                or (office.post == Post.ENTERPRISE_CONTACT and CONTACTS in parts)
            )
            if listed and office_key not in seen:
                found.append((str(office.org), f"{office.person}（{office}）"))
        return found


def _staff(line: Line, held: _Held, scope: Scope) -> None:
    title = line.text("post")
    post = next((post for word, post in STAFF_POSTS if word in title), None)
    if post is None:
        line.refuse("unknown_post", "post", "认不出这个职务", "请写书记、副书记、委员、主任或干事")
        return
    _office(line, held, scope.committee.pk, post)
    zone = line.text("zone")
    if not zone or line.refused:
        return
    user = line.subject.account if line.subject else None
    before = held.looks_after.get(key(zone))
    if before is None or before != user:
        line.changes["zone"] = [str(before) if before else None, zone]


def _team(line: Line, held: _Held, scope: Scope) -> None:
    title, branch = line.text("post"), line.facts["branch"]
    post = TEAM_POSTS.get(title) or (Post.BRANCH_MEMBER if "委员" in title else None)
    if post is None:
        line.refuse("unknown_post", "post", "认不出这个职务", "请写书记、副书记或委员")
    if post is None or branch is None:
        return
    _office(line, held, branch.pk, post)
    before = held.secretary.get(branch.pk)
    if post == Post.SECRETARY and before and line.subject and before.pk != line.subject.pk:
        line.warn("secretary_replaced", "post", f"现任书记是{before.name}，导入后由表中的人接任", "请核对")
    joined = line.subject.joined_on if line.subject else None
    if joined and line.facts.get("since") and line.facts["since"] < joined:
        line.warn("office_before_joining", "since", "任职日期早于入党日期", "请核对这两个日期")
    zone = line.text("zone")
    if zone and key(held.zone_of.get(branch.pk, "")) != key(zone):
        line.changes["zone"] = [held.zone_of.get(branch.pk), zone]


def _instructor(line: Line, held: _Held, scope: Scope) -> None:
    line.facts["full_time"] = "专" in clean_text(line.cells.get("full_time"))
    _office(line, held, scope.committee.pk, Post.INSTRUCTOR)
    firm = line.facts["enterprise"]
    user = line.subject.account_id if line.subject else None
    if firm and (user, firm.pk) not in held.points:
        line.changes["contact_point"] = [None, firm.name]
    branch = line.facts.get("branch")
    if firm and branch and branch.pk not in scope.covers.get(firm.pk, ()):
        line.warn("enterprise_elsewhere", "branch", "这家企业不在所写党支部的覆盖范围内", "请核对")


def _contact(line: Line, held: _Held, scope: Scope) -> None:
    firm = line.facts["enterprise"]
    if firm is None:
        return
    place = scope.only_branch_of(firm) or firm.park
    line.facts["place"] = place
    _office(line, held, place.pk, Post.ENTERPRISE_CONTACT, firm.pk)


READERS = {STAFF: _staff, TEAM: _team, INSTRUCTORS: _instructor, CONTACTS: _contact}


def _office(line: Line, held: _Held, org: int, post: str, firm: int | None = None) -> None:
    """Note the post of a line, and whether it is new."""
    line.facts["office"] = post
    person: Any = line.subject
    line.is_new = person is None
    if person is not None:
        line.facts["office_key"] = (person.pk, org, post, firm)
        if line.facts["office_key"] not in held.offices:
            line.changes["office"] = [None, line.text("post") or Post(post).label]


def _one_secretary(lines: list[Line]) -> None:
    first: dict[int, Line] = {}
    for line in lines:
        if line.good and line.facts.get("office") == Post.SECRETARY:
            other = first.setdefault(line.facts["branch"].pk, line)
            if other is not line:
                line.refuse(
                    "two_secretaries", "post", f"第 {other.number} 行已经是这个党支部的书记", "请留下一位"
                )


def _count(lines: list[Line]) -> dict[str, int]:
    def distinct(part: str) -> int:
        return len(
            {
                (line.text("name"), line.facts["mobile"])
                for line in lines
                if line.good and line.facts["part"] == part
            }
        )

    team = [line for line in lines if line.good and line.facts["part"] == TEAM]
    zones = {key(line.text("zone")) for line in lines if line.good and line.text("zone")}
    return {
        "staff": distinct(STAFF),
        "branch_officers": len(team),
        "secretaries": sum(line.facts["office"] == Post.SECRETARY for line in team),
        "liaison_zones": len(zones),
        "instructors": distinct(INSTRUCTORS),
        "enterprise_contacts": sum(line.good and line.facts["part"] == CONTACTS for line in lines),
    }
