"""Tables in sheets: title lines above, headings of one or two rows, blank lines, 合计 and 填表人 below."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

LOOK_AT = 20
FOOTERS = (
    "合计",
    "小计",
    "总计",
    "填表人",
    "制表",
    "审核人",
    "填报人",
    "负责人签",
    "备注：",
    "说明：",
    "注：",
    "填表说明",
)
_NOISE = re.compile(r"\s|[*＊]|\((必填|选填|可不填)\)")
_BRACKET = re.compile(r"\([^()]*\)$")


@dataclass(frozen=True)
class Column:
    """One column, declared once: its key, title, other headings for it, whether a table needs it, how it is written."""

    key: str
    title: str
    aliases: tuple[str, ...] = ()
    required: bool = False
    width: int = 14


@dataclass(slots=True)
class Row:
    """One row of a table: Excel's row number and the raw values by column key."""

    number: int
    cells: dict[str, Any]


@dataclass
class Table:
    """A table found in a sheet. `fields` maps a column index (0 = A) to a column key."""

    sheet: str
    header: int
    first: int
    headings: list[str]
    fields: dict[int, str]
    source: list[list[Any]] = field(repr=False, default_factory=list)

    def rows(self) -> Iterator[Row]:
        """Yield the rows with anything in a known column; footers and repeated headings are passed over."""
        columns = list(self.fields.items())
        heads = {heading_key(heading) for heading in self.headings if heading}
        for number in range(self.first, len(self.source) + 1):
            values = self.source[number - 1]
            cells = {key: values[at] if at < len(values) else None for at, key in columns}
            if _is_row(values, cells, heads):
                yield Row(number, cells)

    def column_of(self, key: str) -> int | None:
        """Return the index of the column that holds a key."""
        return next((at for at, held in self.fields.items() if held == key), None)


def find_table(
    sheet: Any, columns: Sequence[Column], learned: Mapping[str, str] | None = None
) -> Table | None:
    """Return the table whose headings fit best, or None when not even two of them are known.

    `learned` maps a heading (as heading_key gives it) to a column key, "" for one that is not wanted.
    """
    names = _names(columns) | dict(learned or {})
    best: Table | None = None
    score = 1
    for top in range(min(LOOK_AT, len(sheet.rows))):
        for height in (1, 2):
            headings = _headings(sheet.rows, top, height)
            fields = _fields(headings, names)
            if len(fields) > score:
                score = len(fields)
                best = Table(sheet.name, top + 1, top + height + 1, headings, fields, sheet.rows)
    return best


def heading_key(text: Any) -> str:
    """Return a heading as it is compared: half-width, no blanks, no stars, no （必填）."""
    plain = unicodedata.normalize("NFKC", "" if text is None else str(text))
    return _NOISE.sub("", plain).strip(":：")


def column_letter(index: int) -> str:
    """0 → A, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _names(columns: Sequence[Column]) -> dict[str, str]:
    found: dict[str, str] = {}
    for column in columns:
        for name in (column.title, *column.aliases):
            found.setdefault(heading_key(name), column.key)
    return found


def _headings(rows: list[list[Any]], top: int, height: int) -> list[str]:
    upper = rows[top]
    lower = rows[top + 1] if height == 2 and top + 1 < len(rows) else []
    width = max(len(upper), len(lower))
    cell = lambda row, at: str(row[at]).strip() if at < len(row) and row[at] not in (None, "") else ""  # noqa: E731
    return [cell(lower, at) or cell(upper, at) for at in range(width)]


def _fields(headings: list[str], names: Mapping[str, str]) -> dict[int, str]:
    found: dict[int, str] = {}
    for at, heading in enumerate(headings):
        key = heading_key(heading)
        known = names.get(key)
        if known is None:
            known = names.get(_BRACKET.sub("", key))
        if known and known not in found.values():
            found[at] = known
    return found


def _is_row(values: list[Any], cells: dict[str, Any], heads: set[str]) -> bool:
    if all(value is None or str(value).strip() == "" for value in cells.values()):
        return False
    first = next((value for value in values if value not in (None, "")), "")
    if not isinstance(first, str):
        return True  # a running number: neither a footer nor a heading
    first = heading_key(first)
    if first.startswith(FOOTERS):
        return False
    if first not in heads:
        return True
    written = [heading_key(value) for value in cells.values() if value not in (None, "")]
    return not (len(written) > 2 and sum(text in heads for text in written) > len(written) / 2)
