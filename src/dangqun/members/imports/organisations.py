"""Enterprises, parks and branches: check every row of the enterprise sheet, then open what is new (domain.md §1.4)."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from dangqun.kernel.faults import Fault
from dangqun.kernel.identity import check_credit_code
from dangqun.kernel.regulations import figure
from dangqun.kernel.sheets import clean_text
from dangqun.members.imports.lines import Checked, Line, Progress, Remark, silent
from dangqun.members.imports.scope import Scope, branch_key, key
from dangqun.orgs import rules as orgs
from dangqun.orgs.models import Enterprise, Org
from dangqun.orgs.words import short_branch_name

LABELS = {
    "name": "企业名称", "credit_code": "信用代码", "park": "所在园区", "employees": "职工人数",
    "output_cents": "年产值", "tax_cents": "年纳税", "branch": "所属党组织", "number": "序号",
}  # fmt: skip
PLAIN = ("name", "credit_code", "employees", "output_cents", "tax_cents", "number")
WAN = 1_000_000  # 分 in 万元
MOST, MOST_CENTS = 2**31 - 1, 10**15  # what the columns hold
LONGEST = 100  # characters of a name


@dataclass
class BranchPlan:
    """A branch named in the file: its units, and whether it has to be opened."""

    name: str
    park: str
    number: int
    held: Org | None
    lines: list[Line] = field(default_factory=list)

    @property
    def formation(self) -> str:
        """Own, joint or temporary, as name and number of units say."""
        if self.held:
            return self.held.formation
        if "临时" in self.name:
            return Org.Formation.TEMPORARY
        joint = "联合" in self.name or len(self.lines) > 1
        return Org.Formation.JOINT if joint else Org.Formation.OWN


def check(lines: list[Line], scope: Scope, progress: Progress = silent) -> Checked:
    """Check an enterprise sheet against itself and what is held. Reads only; five queries."""
    _ = scope.committee
    for line in lines:
        _read(line)
    _twins(lines)
    held = _Held(scope, {line.text("credit_code") for line in lines})
    for line in lines:
        _compare(line, held, scope)
    plan = _branches(lines, scope)
    progress("核对", len(lines), len(lines))
    checked = Checked(lines, plan=plan)
    checked.missing = _missing(lines, scope)
    checked.counts = _count(checked)
    checked.general = [mark for each in plan.values() for mark in _remarks(each, scope)]
    return checked


def store(checked: Checked, scope: Scope, *, by: Any, progress: Progress = silent) -> None:
    """Open parks and branches, register or correct enterprises, let branches cover them."""
    parks = {**scope.parks}
    number = max((org.number for org in scope.orgs if org.kind == Org.Kind.PARK), default=0)
    good = [line for line in checked.lines if line.good]
    for line in good:
        name = line.text("park")
        if name not in parks:
            number += 1
            kind = Org.Kind.PARK
            parks[name] = orgs.open_org(
                kind, line.facts["park_name"], under=scope.committee, by=by, number=number
            )
    branches = {
        name: plan.held or _open(plan, parks[plan.park], by)
        for name, plan in checked.plan.items()
        if plan.lines
    }
    for done, line in enumerate(good, 1):
        _keep(line, parks[line.text("park")], branches.get(line.text("branch")), by)
        progress("写入", done, len(good))


class _Held:
    """Enterprises already registered, by credit code and by name; `outside` are codes of those out of reach or gone."""

    def __init__(self, scope: Scope, codes: set[str]) -> None:
        self.by_code = {firm.credit_code: firm for firm in scope.firms if firm.credit_code}
        self.by_name = {key(firm.name): firm for firm in scope.firms}
        self.claimed: dict[int, Line] = {}
        others = Enterprise.objects.filter(credit_code__in=codes - self.by_code.keys() - {""})
        self.outside = set(others.values_list("credit_code", flat=True))

    def find(self, line: Line) -> Enterprise | None:
        """Return the enterprise that a line means; refuse a code of another one, or a second line for the same."""
        code, name = line.text("credit_code"), key(line.text("name"))
        firm, namesake = self.by_code.get(code), self.by_name.get(name)
        if code in self.outside or (firm and namesake and firm != namesake):
            line.refuse("credit_held", "credit_code", "这个信用代码在名册里属于另一家企业", "请对照营业执照")
        found = firm or namesake
        if found and (first := self.claimed.setdefault(found.pk, line)) is not line and line.good:
            line.refuse("same_enterprise", "name", f"与第 {first.number} 行是同一家企业", "请删去一行")
        return found


def _read(line: Line) -> None:
    cells = line.cells
    name = clean_text(cells.get("name"))
    park, branch = clean_text(cells.get("park")), clean_text(cells.get("branch"))
    if not name:
        line.refuse("missing_name", "name", "没有企业名称", "请补上企业全称")
    if not park:
        line.refuse("missing_park", "park", "没有所在园区", "请补上园区名称")
    for column, text in (("name", name), ("park", _park_name(park)), ("branch", branch)):
        if len(text) > LONGEST:
            line.refuse("too_long", column, f"{LABELS[column]}太长，最多 {LONGEST} 个字", "请改短")
    line.facts |= {"name": name, "park": _park_key(park), "park_name": _park_name(park), "credit_code": ""}
    line.facts |= {"branch": branch_key(branch) if branch else "", "branch_name": re.sub(r"\s", "", branch)}
    if branch and "支部" not in branch:
        line.refuse("not_a_branch", "branch", "所属党组织不是党支部的名称", "请写党支部全称，没有的请留空")
    if not branch:
        line.warn("uncovered", "branch", "这家企业还没有党支部", "组建或挂靠后再补")
    _figures(line)
    code = clean_text(cells.get("credit_code"))
    if not code:
        line.warn("no_credit_code", "credit_code", "没有统一社会信用代码", "请以后补上")
        return
    try:
        line.facts["credit_code"] = check_credit_code(code)
    except Fault as fault:
        line.refuse_for(fault, "credit_code")


def _figures(line: Line) -> None:
    for column in ("number", "employees", "output_cents", "tax_cents"):
        text = clean_text(line.cells.get(column)).replace(",", "").replace("，", "")
        line.facts[column] = None
        if not text:
            continue
        unit, most = (WAN, MOST_CENTS) if column.endswith("_cents") else (1, MOST)
        try:
            value = Decimal(text) * unit
        except ArithmeticError:  # no number, or one that no computer holds
            value = Decimal("NaN")
        if value.is_finite() and 0 <= value <= most:
            line.facts[column] = int(value.to_integral_value())
        elif column != "number":
            line.refuse("bad_number", column, f"{LABELS[column]}不是数字，或者大得不可能", "请只写数字")


def _park_key(text: str) -> str:
    return key(_park_name(text)) if text else ""


def _park_name(text: str) -> str:
    plain = re.sub(r"\s", "", text)
    return plain if re.search(r"(园|园区|区|基地)$", plain) or not plain else f"{plain}园区"


def _twins(lines: list[Line]) -> None:
    for column, code, what in (
        ("name", "name_duplicate", "企业名称"),
        ("credit_code", "credit_duplicate", "信用代码"),
    ):
        first: dict[str, Line] = {}
        for line in lines:
            text = key(line.text(column))
            if line.skipped or not text or line.refused:
                continue
            twin = first.setdefault(text, line)
            if twin is not line:
                do = "同一家企业请删去一行，不是同一家请改正"
                line.refuse(code, column, f"{what}与第 {twin.number} 行相同", do)


def _compare(line: Line, held: _Held, scope: Scope) -> None:
    if line.skipped:
        return
    facts = line.facts
    firm = held.find(line)
    line.is_new, line.subject = firm is None, firm
    if firm is None:
        return
    for column in PLAIN:
        old, new = getattr(firm, column), facts[column]
        if new not in (None, "") and new != old:
            line.changes[column] = [old, new]
    if facts["park"] and scope.parks.get(facts["park"]) != firm.park:
        line.changes["park"] = [firm.park.name, facts["park_name"]]
    branch, covered = scope.branches.get(facts["branch"]), scope.covers.get(firm.pk, set())
    if facts["branch"] and covered and (branch is None or branch.pk not in covered):
        line.refuse(
            "covered_elsewhere",
            "branch",
            "这家企业现在由别的党支部覆盖",
            "已调整的请在企业页办理，填错的请改党支部",
        )
    elif facts["branch"] and not covered:
        line.changes["branch"] = [None, facts["branch_name"]]
    for column, what in (("name", "企业名称"), ("credit_code", "信用代码"), ("park", "所在园区")):
        if column in line.changes and line.changes[column][0]:
            line.warn(f"{column}_changed", column, f"{what}与名册不同，将按表更正", "请核对是否同一家企业")


def _branches(lines: list[Line], scope: Scope) -> dict[str, BranchPlan]:
    plans: dict[str, BranchPlan] = {}
    for order, line in enumerate(lines, 1):
        name = line.text("branch")
        if not line.good or not name:
            continue
        number = line.facts["number"] or order
        held = scope.branches.get(name)
        plan = plans.setdefault(name, BranchPlan(line.facts["branch_name"], line.text("park"), number, held))
        plan.lines.append(line)
    return plans


def _remarks(plan: BranchPlan, scope: Scope) -> list[Remark]:
    found = []
    units = {key(line.text("name")) for line in plan.lines}
    if plan.held:
        units |= {key(firm.name) for firm in scope.firms if plan.held.pk in scope.covers.get(firm.pk, ())}
    usual = figure("joint_branch_units", scope.day)
    if plan.formation == Org.Formation.JOINT and len(units) > usual.value:
        what = f"{short_branch_name(plan.name)}由 {len(units)} 家企业联合组建，一般不超过 {usual.value} 家"
        found.append(Remark("joint_branch_large", "branch", what, "请留意是否需要分设", hard=False))
    if plan.formation == Org.Formation.OWN and len(units) > 1:
        what = f"{short_branch_name(plan.name)}登记为单独组建，现在有 {len(units)} 家企业"
        found.append(
            Remark("own_branch_shared", "branch", what, "如已改为联合支部请在支部页更改", hard=False)
        )
    if len({line.text("park") for line in plan.lines}) > 1:
        what = f"{short_branch_name(plan.name)}的企业分在不同园区，支部归入第一家企业所在的园区"
        found.append(Remark("branch_in_two_parks", "branch", what, "请核对", hard=False))
    return found


def _count(checked: Checked) -> dict[str, int]:
    formations = Counter(plan.formation for plan in checked.plan.values())
    return {
        "enterprises": checked.accepted,
        "branches": sum(formations.values()),
        "single": formations[Org.Formation.OWN],
        "joint": formations[Org.Formation.JOINT],
    }


def _missing(lines: list[Line], scope: Scope) -> list[tuple[str, str]]:
    meant = {line.subject.pk for line in lines if line.subject is not None}
    parks = {line.text("park") for line in lines}
    named = defaultdict(list)
    for firm in scope.firms:
        if firm.pk not in meant and key(firm.park.name) in parks:
            named[firm.park.short_name].append(firm.name)
    return [(park, name) for park, firms in named.items() for name in firms]


def _open(plan: BranchPlan, park: Org, by: Any) -> Org:
    return orgs.open_org(
        Org.Kind.BRANCH, plan.name, under=park, by=by, number=plan.number, formation=plan.formation
    )


def _keep(line: Line, park: Org, branch: Org | None, by: Any) -> None:
    facts = line.facts
    plain = {column: facts[column] for column in PLAIN[1:] if facts[column] not in (None, "")}
    if line.is_new:
        line.subject = orgs.register_enterprise(facts["name"], park=park, by=by, **plain)
    elif line.changes:
        _correct(line, park, by)
    if branch and (line.is_new or "branch" in line.changes):
        orgs.cover(line.subject, branch=branch, by=by)


def _correct(line: Line, park: Org, by: Any) -> None:
    firm: Enterprise = line.subject
    if facts := {column: line.facts[column] for column in PLAIN if column in line.changes}:
        orgs.correct_enterprise(firm, facts, by=by)
    if "park" in line.changes:
        orgs.move_enterprise(firm, to=park, by=by)
