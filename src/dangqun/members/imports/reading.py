"""From a workbook to lines: which column means what, which rows a person has put right by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from dangqun.kernel.rules import RuleBroken
from dangqun.kernel.sheets import Book, SheetRefused, Table, column_letter, find_table, heading_key, read_book
from dangqun.members.imports.kinds import Kind
from dangqun.members.imports.lines import Line, Remark
from dangqun.members.imports.officers import part_of
from dangqun.members.models import LearnedColumn
from dangqun.orgs.models import Org

Chosen = Mapping[str, Mapping[str, str]]
Fixes = Mapping[str, Mapping[str, Any]]


@dataclass
class Reading:
    """A workbook understood: its tables, sheets without one, headings nobody knows, fields that no column gives."""

    book: Book
    tables: list[Table]
    strange_sheets: list[str] = field(default_factory=list)
    strange: dict[str, list[int]] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)

    @property
    def settled(self) -> bool:
        """Whether every heading is known and no needed column is absent: nothing is left to ask."""
        return not self.strange and not self.absent

    @property
    def columns(self) -> dict[str, dict[str, str]]:
        """The columns as they are kept: sheet → {index: field}."""
        return {table.sheet: {str(at): key for at, key in table.fields.items()} for table in self.tables}


def read(kind: Kind, data: bytes, filename: str, org: Org, chosen: Chosen | None = None) -> Reading:
    """Read a workbook and guess its columns; `chosen` overrules the guess. Raises RuleBroken with a sentence."""
    try:
        book = read_book(data, filename, limit=settings.UPLOAD_LIMIT)
    except SheetRefused as refusal:
        raise RuleBroken(refusal.sentence, field="file") from refusal
    learned = kind.headings | dict(
        LearnedColumn.objects.filter(org=org, kind=kind.name).values_list("heading", "field")
    )
    found = Reading(book, [])
    for sheet in book.sheets:
        table = find_table(sheet, kind.columns, learned)
        if table is None or not _is_wanted(kind, table):
            found.strange_sheets.append(sheet.name)
            continue
        picked = (chosen or {}).get(sheet.name)
        if picked is not None:
            table.fields = {int(at): key for at, key in picked.items() if key}
        else:
            _note_strange(kind, table, learned, found)
        found.tables.append(table)
    if not found.tables:
        titles = "、".join(column.title for column in kind.columns if column.required)
        raise RuleBroken(f"没有认出表头。表头里至少要有{titles}，可以下载样表对照。", field="file")
    found.absent = _absent(kind, found.tables)
    return found


def lines_of(kind: Kind, reading: Reading, fixes: Fixes | None = None) -> list[Line]:
    """Return the rows of all tables as lines, with what was put right by hand."""
    lines = []
    for table in reading.tables:
        letters = {key: column_letter(at) for at, key in table.fields.items()}
        part = part_of(table.sheet, set(letters)) if kind.name == "officers" else ""
        for row in table.rows():
            cells = row.cells | {"part": part} if part else row.cells
            line = Line(table.sheet, row.number, cells, letters)
            if fixes and (fix := fixes.get(place(table.sheet, row.number))):
                line.cells = cells | fix.get("cells", {})
                line.skipped = bool(fix.get("skip"))
                line.accepted_because = str(fix.get("accept", ""))
            lines.append(line)
    return lines


def strange_remarks(reading: Reading) -> list[Remark]:
    """Return warnings about sheets and columns that are left out."""
    marks = [
        Remark("unknown_sheet", "", f"工作表“{name}”里没有认出表头，没有导入", hard=False)
        for name in reading.strange_sheets
    ]
    for table in reading.tables:
        for at in reading.strange.get(table.sheet, []):
            what = f"“{table.sheet}”的 {column_letter(at)} 列“{table.headings[at]}”没有导入"
            marks.append(Remark("unknown_column", "", what, hard=False))
    return marks


def place(sheet: str, number: int) -> str:
    """Return the key under which a row's fix is kept."""
    return f"{sheet}\n{number}"


def _is_wanted(kind: Kind, table: Table) -> bool:
    fields = set(table.fields.values())
    if kind.name == "officers":
        return "name" in fields and bool(part_of(table.sheet, fields))
    return len(fields) > 1


def _note_strange(kind: Kind, table: Table, learned: Mapping[str, str], found: Reading) -> None:
    known = {heading_key(name) for column in kind.columns for name in (column.title, *column.aliases)}
    strange = [
        at
        for at, heading in enumerate(table.headings)
        if heading and at not in table.fields and heading_key(heading) not in known | learned.keys()
    ]
    if strange:
        found.strange[table.sheet] = strange


def _absent(kind: Kind, tables: list[Table]) -> list[str]:
    return [
        column.key
        for column in kind.columns
        if column.required and any(not _gives(table, column.key) for table in tables)
    ]


def _gives(table: Table, key: str) -> bool:
    """Whether a table tells a needed field; a branch may also follow from the enterprise or the sheet's name."""
    fields = set(table.fields.values())
    return key in fields or (key == "branch" and ("enterprise" in fields or "支部" in table.sheet))
