"""What an import says afterwards: figures for machines and clerks, and the difference, old → new, masked."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from dangqun.members.imports.kinds import Kind
from dangqun.members.imports.lines import Checked, Line, Remark
from dangqun.orgs.models import Org

WARNINGS = {
    "joint_branch_large": "联合党支部超过一般的 5 家",
    "own_branch_shared": "单独组建的党支部有几家企业",
    "branch_in_two_parks": "党支部的企业分在不同园区",
    "uncovered": "企业还没有党支部",
    "no_credit_code": "没有信用代码",
    "name_changed": "企业名称有变",
    "credit_code_changed": "信用代码有变",
    "park_changed": "所在园区有变",
    "no_id": "没有身份证号",
    "id_old": "15 位老号码",
    "mobile_shared": "电话与别人相同",
    "landline": "座机号码",
    "no_joining_date": "没有入党日期",
    "unknown_enterprise": "企业不在名册里",
    "enterprise_elsewhere": "企业不归所写党支部",
    "renamed": "姓名有变",
    "branch_as_before": "党支部按上次的选择",
    "suspended": "停止党籍的人",
    "probationary_officer": "预备党员任职",
    "office_before_joining": "任职早于入党",
    "secretary_replaced": "更换书记",
    "mobile_differs": "手机号与名册不同",
    "unknown_column": "没有导入的列",
    "unknown_sheet": "没有导入的表",
}

CHANGED = {"office": "任职", "contact_point": "联系企业"}  # what changes without a column of that name


def figures(kind: Kind, checked: Checked) -> dict[str, Any]:
    """Return the counts of an import in the shape that the command line prints (issue "Main job" §2)."""
    told: dict[str, Any] = {"rows": len(checked.lines)}
    told |= {"accepted": checked.accepted} if kind.name == "members" else checked.counts
    told["changed"] = checked.changed
    told["refused"] = [
        {
            "sheet": line.sheet,
            "row": line.number,
            "column": kind_letter(line, mark),
            "fault": mark.code,
            "reason": mark.sentence,
        }
        for line, mark in checked.refused
    ]
    told["warnings"] = [{"kind": code, "count": count} for code, count in sorted(checked.warnings().items())]
    return told


def kind_letter(line: Line, mark: Remark) -> str:
    """Return the column letter of the cell that a remark means, "" when the sheet has no such column."""
    return line.letters.get(mark.field, "")


def deeds(checked: Checked) -> dict[str, int]:
    """Return how many rows are new, changed, same, refused, skipped, and how many deserve a look."""
    counted = checked.deeds()
    warned = sum(line.good and any(not mark.hard for mark in line.remarks) for line in checked.lines)
    kinds = ("new", "changed", "same", "refused", "skipped")
    return {deed: counted[deed] for deed in kinds} | {
        "rows": len(checked.lines),
        "accepted": checked.accepted,
        "warned": warned + len(checked.general),
        "missing": len(checked.missing),
    }


def difference(kind: Kind, checked: Checked) -> dict[str, Any]:
    """Return who is new, what changes (old → new, masked), who is missing, what to look at."""
    return {
        "new": [_named(line) for line in checked.lines if line.good and line.is_new],
        "changed": [
            _named(line) | {"changes": _changes(kind, line)}
            for line in checked.lines
            if line.good and not line.is_new and line.changes
        ],
        "missing": _by_place(checked.missing),
        "warnings": _warnings(checked),
    }


def _named(line: Line) -> dict[str, Any]:
    branch = line.facts.get("branch")
    place = branch.short_name if isinstance(branch, Org) else line.facts.get("branch_name") or ""
    return {"sheet": line.sheet, "row": line.number, "name": line.text("name"), "place": place}


def _changes(kind: Kind, line: Line) -> list[list[str]]:
    return [
        [kind.labels.get(column) or CHANGED.get(column, column), shown(column, old), shown(column, new)]
        for column, (old, new) in line.changes.items()
    ]


def _by_place(missing: list[tuple[str, str]]) -> list[list[Any]]:
    found: dict[str, list[str]] = {}
    for place, name in missing:
        found.setdefault(place, []).append(name)
    return [[place, names] for place, names in found.items()]


def _warnings(checked: Checked) -> list[dict[str, Any]]:
    counted: Counter[str] = checked.warnings()
    sentences: dict[str, list[str]] = {}
    for mark in checked.general:
        sentences.setdefault(mark.code, []).append(mark.sentence)
    return [
        {
            "label": WARNINGS.get(code, code),
            "count": count,
            "general": len(sentences.get(code, [])),
            "sentences": sentences.get(code, [])[:20],
        }
        for code, count in counted.most_common()
    ]


def shown(column: str, value: Any) -> str:
    """Return a value of a change as people read it."""
    if value in (None, ""):
        return "（空）"
    if column.endswith("_cents"):
        return f"{value / 1_000_000:,.2f} 万元"
    return value.isoformat() if isinstance(value, date) else str(value)
