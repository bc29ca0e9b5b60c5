"""What the check page shows: every sheet with masked cells, the rows to deal with; and the light window on it."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from datetime import date, datetime
from typing import Any

from dangqun.kernel.crypto import mask_id, mask_phone, mask_text
from dangqun.kernel.sheets import Table, clean_text, column_letter
from dangqun.members.imports.kinds import Kind
from dangqun.members.imports.lines import Checked, Line
from dangqun.members.imports.reading import Reading
from dangqun.members.models import Membership, Person

MASKS = {"id_number": mask_id, "mobile": mask_phone, "address": mask_text}
WORDS = {"state": dict(Membership.State.choices)}
TOLD = frozenset(
    {"branch", "enterprise", "park", "sex", "state", "post", "since", "born_on", "joined_on", "full_on"}
)
LONG_NUMBER = re.compile(r"(?<!\d)\d{11,18}[Xx]?(?![\d*])")
FIRST = 9
NEAR = 1
PAGE = 40
MOST_OPENED = 200
COLUMNS = 40


def build(
    kind: Kind,
    reading: Reading,
    checked: Checked,
    reach: Container[int],
    before: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the preview as plain data: nothing in it is a full ID number, phone or address.

    `reach` holds the organisations whose people may be named by a link. `before` is the last preview of the same file
    and columns: a row that was and is without remark, change or fix is taken over from it.
    """
    by_sheet: dict[str, list[Line]] = {table.sheet: [] for table in reading.tables}
    for line in checked.lines:
        by_sheet[line.sheet].append(line)
    olds = before["sheets"] if before else [{"rows": []}] * len(reading.tables)
    sheets = [
        _sheet(kind, table, by_sheet[table.sheet], {row[0]: row for row in old["rows"] if _is_plain(row)})
        for table, old in zip(reading.tables, olds, strict=True)
    ]
    places = {table.sheet: at for at, table in enumerate(reading.tables)}
    problems = [_problem(line, places[line.sheet], reach) for line in checked.lines if _is_told(line)]
    return {"sheets": sheets, "problems": problems}


def _is_told(line: Line) -> bool:
    return line.skipped or bool(line.remarks)


def _problem(line: Line, sheet: int, reach: Container[int]) -> dict[str, Any]:
    known = isinstance(line.subject, Person) and line.subject.org_id in reach
    return {
        "sheet": sheet,
        "row": line.number,
        "name": line.text("name"),
        "skipped": line.skipped,
        "bad": line.refused and not line.skipped,
        "person": line.subject.pk if known else None,
        "remarks": [
            {
                "code": mark.code,
                "field": mark.field,
                "cell": f"{line.letters[mark.field]}{line.number}" if mark.field in line.letters else "",
                "what": mark.what,
                "do": mark.do,
                "bad": mark.hard,
                "written": shown(line.cells.get(mark.field))[:40] if mark.field in TOLD else "",
            }
            for mark in sorted(line.remarks, key=lambda mark: not mark.hard)
        ],
    }


def _is_plain(row: list[Any]) -> bool:
    return row[1] in ("new", "same") and not {"bad", "late", "diff"} & set(row[3].values())


def _sheet(kind: Kind, table: Table, lines: list[Line], old: dict[int, list[Any]]) -> dict[str, Any]:
    width = min(COLUMNS, len(table.headings))
    titles = {column.key: column.title for column in kind.columns}
    labels = [
        kind.labels.get(key, titles[key]) if (key := table.fields.get(at)) else "" for at in range(width)
    ]
    heads = [[number, _texts(table.source[number - 1], width)] for number in range(table.header, table.first)]
    last = heads[-1:]
    heads = [head for head in heads[:-1] if 2 * sum(map(bool, head[1])) > width] + last
    return {
        "title": table.sheet,
        "letters": [column_letter(at) for at in range(width)],
        "labels": labels,
        "heads": heads,
        "rows": [
            old[line.number]
            if line.number in old
            and not line.remarks
            and not line.changes
            and old[line.number][1] == line.deed
            else _row(table, line, width)
            for line in lines
        ],
    }


def _row(table: Table, line: Line, width: int) -> list[Any]:
    source = table.source[line.number - 1]
    texts = _texts(source, width)
    states: dict[str, str] = {}
    for at, field in table.fields.items():
        if at >= width:
            continue
        written = line.cells.get(field)
        texts[at], was_read = _cell(field, written, line.facts.get(field))
        if was_read:
            states[str(at)] = "read"
        if field in line.changes and not line.is_new:
            states[str(at)] = "diff"
        for mark in line.remarks:
            if mark.field == field and states.get(str(at)) != "bad":
                states[str(at)] = "bad" if mark.hard else "late"
    return [line.number, line.deed, texts, states]


def _cell(field: str, written: Any, understood: Any) -> tuple[str, bool]:
    """Return what a cell shows, and whether that is not what was written (已读懂并改写)."""
    raw = _text(written)
    if isinstance(understood, date):
        text = understood.isoformat()
    elif isinstance(understood, str) and understood and field != "branch":
        text = WORDS.get(field, {}).get(understood, understood)
        if field == "credit_code":  # public, and it may hold eleven figures in a row
            return text, text != raw
    elif field in MASKS and "E+" not in raw.upper():
        text = raw
    else:
        return masked(raw), False
    rewritten = text != raw
    return (MASKS[field](text) if field in MASKS else masked(text)), rewritten


def _texts(values: Iterable[Any], width: int) -> list[str]:
    texts = [masked(_text(value)) for value in list(values)[:width]]
    return texts + [""] * (width - len(texts))


def _text(value: Any) -> str:
    if isinstance(value, float) and abs(value) >= 1e15:
        return f"{value:.2E}"  # spoilt: nothing left to hide
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, datetime):
        return value.date().isoformat()
    return clean_text(value) and str(value).strip()[:200]


def shown(value: Any) -> str:
    """Return a cell as it may be shown, long numbers masked."""
    return masked(_text(value))


def masked(text: str) -> str:
    """Return a text in which every number as long as a phone or an ID number is masked."""
    return LONG_NUMBER.sub(
        lambda found: mask_phone(found[0]) if len(found[0]) == 11 else mask_id(found[0]), text
    )


def window(
    sheet: dict[str, Any], *, only: bool = False, opened: tuple[int, int] | None = None, focus: int = 0
) -> list[dict[str, Any]]:
    """Return the rows of a sheet worth seeing: the first ones, a page of those with remarks, those unfolded.

    Each entry is a row or a gap (`from`, `to`, `count` of folded rows). `focus` is the row whose page of remarks is shown.
    """
    rows = sheet["rows"]
    marked = [at for at, row in enumerate(rows) if _is_marked(row)]
    before = sum(rows[at][0] < focus for at in marked) if focus else 0
    start = before // PAGE * PAGE
    shown = set(marked[start : start + PAGE])
    if not only:
        near = {at + step for at in shown for step in range(-NEAR, NEAR + 1)}
        shown |= {at for at in near if 0 <= at < len(rows)}
        if start == 0:
            shown |= set(range(min(FIRST, len(rows))))
    if opened:
        unfolded = [at for at, row in enumerate(rows) if opened[0] <= row[0] <= opened[1]]
        shown |= set(unfolded[:MOST_OPENED])
    return _with_gaps(rows, shown)


def _is_marked(row: list[Any]) -> bool:
    return row[1] in ("refused", "skipped") or "late" in row[3].values() or "diff" in row[3].values()


def _with_gaps(rows: list[list[Any]], shown: set[int]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for at, (number, deed, texts, states) in enumerate(rows):
        if at in shown:
            cells = [(text, states.get(str(column), "")) for column, text in enumerate(texts)]
            found.append({"number": number, "deed": deed, "cells": cells})
        elif found and found[-1].get("gap"):
            found[-1]["to"] = number
            found[-1]["count"] += 1
        else:
            found.append({"gap": True, "from": number, "to": number, "count": 1})
    return found
