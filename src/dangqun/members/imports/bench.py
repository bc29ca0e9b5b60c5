"""What the check page draws: the rows to deal with, one sheet's window, and the ways out for the row in focus."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dangqun.members.imports import preview
from dangqun.members.imports.cells import ACCEPTABLE
from dangqun.members.imports.forms import CELL
from dangqun.members.imports.kinds import Kind, kind_of
from dangqun.members.imports.scope import Scope
from dangqun.members.models import Import
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Org

LISTED = 50
MOST_BRANCHES = 400
# A disagreement between two cells: the other one may be the wrong one.
ALSO = {
    "sex_mismatch": "id_number",
    "birth_mismatch": "id_number",
    "joined_too_young": "born_on",
    "full_before_joined": "joined_on",
    "state_mismatch": "full_on",
    "not_in_roster": "mobile",
}
CHOICES = {"sex": ("男", "女"), "state": ("正式党员", "预备党员")}
EXAMPLES = {
    "born_on": "如 1985-03-05",
    "joined_on": "如 2015-07-01",
    "full_on": "如 2016-07-01",
    "since": "如 2024-03-01",
    "id_number": "18 位身份证号",
    "mobile": "11 位手机号码",
    "credit_code": "18 位信用代码",
}
TABS = {"bad": "不能导入", "off": "您不导的", "late": "请留意"}


def bench(run: Import, shown: dict[str, Any], query: Mapping[str, str], actor: Actor) -> dict[str, Any]:
    """Return the whole check page; `query` is the address, or the form that was refused, so that what was typed stays."""
    problems = shown["problems"]
    general = [warning for warning in shown["difference"]["warnings"] if warning["sentences"]]
    heaps = _heaps(problems)
    counts = {name: len(heap) for name, heap in heaps.items()}
    counts["late"] += sum(warning["general"] for warning in general)
    tab = _tab(query, counts)
    focus = _focus(heaps[tab], problems, query, len(shown["sheets"]))
    sheet = shown["sheets"][focus["sheet"]] if shown["sheets"] else {"rows": []}
    first = min(number(query.get("from")), max(0, len(heaps[tab]) - 1)) // LISTED * LISTED
    return {
        "run": run,
        "kind": kind_of(run.kind),
        "tab": tab,
        "tabs": [(name, word, counts[name]) for name, word in TABS.items() if counts[name] or name != "off"],
        "counts": counts,
        "problems": [
            each | {"title": shown["sheets"][each["sheet"]]["title"]}
            for each in heaps[tab][first : first + LISTED]
        ],
        "earlier": first - LISTED if first >= LISTED else None,
        "later": first + LISTED if first + LISTED < len(heaps[tab]) else None,
        "listed": len(heaps[tab]),
        "first": first,
        "sheets": _sheets(shown["sheets"], problems, focus["sheet"]),
        "sheet": sheet,
        "at": focus["sheet"],
        "focus": focus,
        "fix": _way_out(run, focus, problems, query, actor) if "remarks" in focus else None,
        "rows": _window(sheet, query, focus),
        "only": query.get("only") == "1",
        "general": general,
    }


def next_problem(shown: dict[str, Any], sheet: int, row: int) -> tuple[int, int]:
    """Return where to look after a row was put right: at the row itself while it is still faulty, else at the next one."""
    bad = [(each["sheet"], each["row"]) for each in shown["problems"] if each["bad"]]
    if (sheet, row) in bad:
        return sheet, row
    return next((at for at in bad if at > (sheet, row)), bad[0] if bad else (sheet, row))


def alike(shown: dict[str, Any], sheet: int, row: int) -> list[tuple[str, int]]:
    """Return the other rows (sheet's name, row) whose unknown branch is written as in this one."""
    focus = next((each for each in shown["problems"] if (each["sheet"], each["row"]) == (sheet, row)), None)
    return [
        (shown["sheets"][each["sheet"]]["title"], each["row"]) for each in _alike(shown["problems"], focus)
    ]


def number(text: Any, otherwise: int = 0) -> int:
    """Return a number out of an address, `otherwise` for anything else."""
    plain = isinstance(text, str) and text.isdecimal() and text.isascii() and len(text) < 8
    return int(text) if plain else otherwise


def _heaps(problems: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in TABS}
    for each in problems:
        found["off" if each["skipped"] else "bad" if each["bad"] else "late"].append(each)
    return found


def _tab(query: Mapping[str, str], counts: Mapping[str, int]) -> str:
    asked = query.get("tab", "")
    if asked in TABS:
        return asked
    return next((name for name in TABS if counts[name]), "bad")


def _focus(
    listed: list[dict[str, Any]], problems: list[dict[str, Any]], query: Mapping[str, str], sheets: int
) -> dict[str, Any]:
    asked, row = number(query.get("sheet"), -1), number(query.get("row"))
    if not 0 <= asked < sheets:
        return listed[0] if listed else {"sheet": 0, "row": 0}
    for each in problems:
        if (each["sheet"], each["row"]) == (asked, row):
            return each
    if row:
        return {"sheet": asked, "row": row}
    return next((each for each in listed if each["sheet"] == asked), {"sheet": asked, "row": 0})


def _sheets(
    sheets: list[dict[str, Any]], problems: list[dict[str, Any]], current: int
) -> list[dict[str, Any]]:
    bad = [each["sheet"] for each in problems if each["bad"]]
    return [
        {"at": at, "title": sheet["title"], "bad": bad.count(at), "current": at == current}
        for at, sheet in enumerate(sheets)
    ]


def _window(sheet: dict[str, Any], query: Mapping[str, str], focus: dict[str, Any]) -> list[dict[str, Any]]:
    first, _, last = query.get("open", "").partition("-")
    opened = (number(first), number(last)) if last else None
    return preview.window(sheet, only=query.get("only") == "1", opened=opened, focus=focus["row"])


def _way_out(
    run: Import, focus: dict[str, Any], problems: list[dict[str, Any]], query: Mapping[str, str], actor: Actor
) -> dict[str, Any]:
    """Return which ways out a row has: choose a branch, type a cell anew, accept an old number, leave the row out."""
    kind = kind_of(run.kind)
    hard = [mark for mark in focus["remarks"] if mark["bad"]]
    wants_branch = kind.name != "organisations" and any(mark["field"] == "branch" for mark in hard)
    scope = Scope(actor) if wants_branch else None
    return {
        "fields": [
            _field(kind, focus, field, query)
            for field in _fields(kind, hard)
            if field != "branch" or not wants_branch
        ],
        "branches": _branches(scope, hard, query) if scope else None,
        "alike": len(_alike(problems, focus)),
        "accept": kind.name == "members" and bool(hard) and all(mark["code"] in ACCEPTABLE for mark in hard),
        "reason": query.get("reason", ""),
        "skipped": focus["skipped"],
        "moved": focus["person"] if any(mark["code"] == "held_elsewhere" for mark in hard) else None,
    }


def _fields(kind: Kind, hard: list[dict[str, Any]]) -> list[str]:
    found = [field for mark in hard for field in (mark["field"], ALSO.get(mark["code"], ""))]
    return [field for field in dict.fromkeys(found) if field in kind.labels]


def _field(kind: Kind, focus: dict[str, Any], field: str, query: Mapping[str, str]) -> dict[str, Any]:
    cell = next((mark["cell"] for mark in focus["remarks"] if mark["field"] == field), "")
    return {
        "key": field,
        "label": kind.labels[field],
        "cell": cell,
        "choices": CHOICES.get(field),
        "example": EXAMPLES.get(field, ""),
        "typed": query.get(f"{CELL}{field}", ""),
    }


def _branches(scope: Scope, hard: list[dict[str, Any]], query: Mapping[str, str]) -> dict[str, Any]:
    """Return the branches to choose from, those with a like name first; too many are typed instead."""
    written = next((mark["written"] for mark in hard if mark["field"] == "branch"), "")
    near = [org.name for org in scope.branches_like(written)] if written else []
    names = [org.name for org in scope.orgs if org.kind == Org.Kind.BRANCH]
    return {
        "near": near,
        "all": names if len(names) <= MOST_BRANCHES else [],
        "typed": query.get(f"{CELL}branch", ""),
    }


def _alike(problems: list[dict[str, Any]], focus: dict[str, Any] | None) -> list[dict[str, Any]]:
    written = _unknown_branch(focus) if focus else ""
    if not written:
        return []
    return [each for each in problems if each["bad"] and each != focus and _unknown_branch(each) == written]


def _unknown_branch(problem: dict[str, Any]) -> str:
    marks = problem.get("remarks", ())
    return next((mark["written"] for mark in marks if mark["code"] == "unknown_branch"), "")
