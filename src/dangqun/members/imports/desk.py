"""What the import pages read: how far the platform is filled, the columns to choose, the bench with sheet and problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from dangqun.members.imports import preview
from dangqun.members.imports.cells import ACCEPTABLE
from dangqun.members.imports.kinds import KINDS, Kind, kind_of
from dangqun.members.imports.reading import read
from dangqun.members.imports.rules import source_of
from dangqun.members.imports.scope import NEEDS, Scope
from dangqun.members.models import Import, Membership, Office
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Enterprise, Org
from dangqun.orgs.reach import within

SAMPLES = 3
LISTED = 50
MOST_BRANCHES = 400


@dataclass(frozen=True)
class Step:
    """One of the three steps that fill an empty platform."""

    kind: Kind
    url: str
    template_url: str
    held: str
    last: Import | None
    is_done: bool
    is_next: bool


def steps(actor: Actor) -> list[Step]:
    """Return the three steps in their order, with what is held already and the first one still to do."""
    counts = _held(actor)
    found, first_open = [], True
    for name, kind in KINDS.items():
        held, is_done = counts[name]
        last = Import.objects.reachable(actor, NEEDS).done().filter(kind=name).first()
        urls = (reverse("import-upload", args=(name,)), reverse("import-template", args=(name,)))
        found.append(Step(kind, *urls, held, last, is_done, first_open and not is_done))
        first_open = first_open and is_done
    return found


def _held(actor: Actor) -> dict[str, tuple[str, bool]]:
    paths = actor.paths(NEEDS)
    firms = Enterprise.objects.reachable(actor, NEEDS).open(actor.day).count()
    branches = Org.objects.reachable(actor, NEEDS).open(actor.day).branches().count()
    members = Membership.objects.open().counted().filter(within("branch__path", paths)).count()
    posts = (
        Office.Post.SECRETARY,
        Office.Post.DEPUTY,
        Office.Post.INSTRUCTOR,
        Office.Post.ENTERPRISE_CONTACT,
    )
    offices = Office.objects.open().filter(within("org__path", paths), post__in=posts).count()
    return {
        "organisations": (f"{firms} 家企业，{branches} 个党支部", bool(branches)),
        "members": (f"{members} 名党员", bool(members)),
        "officers": (f"{offices} 条任职", bool(offices)),
    }


def column_choices(run: Import, posted: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return every sheet's columns with heading, samples (masked) and the field chosen so far."""
    kind = kind_of(run.kind)
    guessed = read(kind, *source_of(run), run.org)
    sheets = []
    for number, table in enumerate(guessed.tables):
        kept = run.columns.get(table.sheet, {}) if run.columns_settled else {}
        samples = [row for row in table.source[table.first - 1 :] if any(row)][:SAMPLES]
        columns = []
        for at, heading in enumerate(table.headings):
            cells = [preview.shown(row[at]) for row in samples if at < len(row) and row[at] not in (None, "")]
            if not heading and not cells:
                continue
            name = f"column-{number}-{at}"
            chosen = kept.get(str(at)) or table.fields.get(at, "")
            columns.append(
                {
                    "name": name,
                    "letter": preview.column_letter(at),
                    "heading": heading,
                    "samples": cells,
                    "chosen": posted.get(name, "") if posted else chosen,
                    "strange": at in guessed.strange.get(table.sheet, []),
                }
            )
        sheets.append({"title": table.sheet, "columns": columns})
    titles = dict(kind.fields)
    return {"sheets": sheets, "fields": kind.fields, "absent": [titles[key] for key in guessed.absent]}


def chosen_columns(run: Import, posted: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return the columns that a person chose, by sheet, from the form of `column_choices`."""
    choices = column_choices(run)
    return {
        sheet["title"]: {
            column["name"].rpartition("-")[2]: posted.get(column["name"], "") for column in sheet["columns"]
        }
        for sheet in choices["sheets"]
    }


def bench(run: Import, shown: dict[str, Any], query: Mapping[str, str], actor: Actor) -> dict[str, Any]:
    """Return what the check page draws: the list of problems, one sheet's window, the row in focus with its way out."""
    problems = shown["problems"]
    bad = [each for each in problems if each["bad"] or each["skipped"]]
    late = [each for each in problems if not each["bad"] and not each["skipped"]]
    tab = "late" if query.get("tab") == "late" or (not bad and late) else "bad"
    listed = late if tab == "late" else bad
    focus = _focus(listed, problems, query, len(shown["sheets"]))
    sheet = shown["sheets"][focus["sheet"]] if shown["sheets"] else {"rows": []}
    first = _number(query.get("from"), 0)
    return {
        "run": run,
        "kind": kind_of(run.kind),
        "tab": tab,
        "counts": {"bad": sum(each["bad"] for each in bad), "late": len(late)},
        "problems": listed[first : first + LISTED],
        "earlier": first - LISTED if first >= LISTED else None,
        "later": first + LISTED if first + LISTED < len(listed) else None,
        "listed": len(listed),
        "first": first,
        "sheets": _tabs(shown["sheets"], problems, focus["sheet"]),
        "sheet": sheet,
        "at": focus["sheet"],
        "focus": focus,
        "fix": _way_out(run, focus, actor) if focus.get("remarks") or focus.get("skipped") else None,
        "rows": _window(sheet, query, focus),
        "only": query.get("only") == "1",
        "general": shown["difference"]["warnings"],
    }


def next_problem(shown: dict[str, Any], sheet: int, row: int) -> tuple[int, int]:
    """Return where to look after a row was put right: at the row itself while it is still faulty, else at the next one."""
    bad = [(each["sheet"], each["row"]) for each in shown["problems"] if each["bad"]]
    if (sheet, row) in bad:
        return sheet, row
    return next((at for at in bad if at > (sheet, row)), bad[0] if bad else (sheet, row))


def _focus(
    listed: list[dict[str, Any]], problems: list[dict[str, Any]], query: Mapping[str, str], sheets: int
) -> dict[str, Any]:
    asked = _number(query.get("sheet"), -1)
    row = _number(query.get("row"), 0)
    if not 0 <= asked < sheets:
        return listed[0] if listed else {"sheet": 0, "row": 0}
    for each in problems:
        if (each["sheet"], each["row"]) == (asked, row):
            return each
    if row:
        return {"sheet": asked, "row": row}
    return next((each for each in listed if each["sheet"] == asked), {"sheet": asked, "row": 0})


def _tabs(sheets: list[dict[str, Any]], problems: list[dict[str, Any]], current: int) -> list[dict[str, Any]]:
    return [
        {
            "at": at,
            "title": sheet["title"],
            "bad": sum(each["bad"] and each["sheet"] == at for each in problems),
            "current": at == current,
        }
        for at, sheet in enumerate(sheets)
    ]


def _window(sheet: dict[str, Any], query: Mapping[str, str], focus: dict[str, Any]) -> list[dict[str, Any]]:
    first, _, last = query.get("open", "").partition("-")
    opened = (_number(first, 0), _number(last, 0)) if last else None
    only = query.get("only") == "1"
    return preview.window(sheet, only=only, opened=opened, focus=focus["row"])


def _way_out(run: Import, focus: dict[str, Any], actor: Actor) -> dict[str, Any]:
    """Return which ways out a row has: choose a branch, type a cell anew, accept an old number, leave the row out."""
    kind = kind_of(run.kind)
    hard = [mark for mark in focus["remarks"] if mark["bad"]]
    fields = list(dict.fromkeys(mark["field"] for mark in hard if mark["field"] in kind.labels))
    wants_branch = any(mark["code"] in ("unknown_branch", "missing_branch") for mark in hard)
    return {
        "fields": [
            {"key": field, "label": kind.labels[field], "cell": _cell_of(focus, field)}
            for field in fields
            if not (field == "branch" and wants_branch)
        ],
        "branches": _branches(actor) if wants_branch else None,
        "accept": kind.name == "members" and bool(hard) and all(mark["code"] in ACCEPTABLE for mark in hard),
        "skipped": focus["skipped"],
        "moved": focus["person"] if any(mark["code"] == "held_elsewhere" for mark in hard) else None,
    }


def _cell_of(focus: dict[str, Any], field: str) -> str:
    return next((mark["cell"] for mark in focus["remarks"] if mark["field"] == field), "")


def _branches(actor: Actor) -> list[Org]:
    branches = [org for org in Scope(actor).orgs if org.kind == Org.Kind.BRANCH]
    return branches[:MOST_BRANCHES]


def _number(text: Any, otherwise: int) -> int:
    return (
        int(text)
        if isinstance(text, str) and text.isdecimal() and text.isascii() and len(text) < 8
        else otherwise
    )
