"""What stands on a sheet of paper, apart from how it is set; its digest, and its volumes when it is very long."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any

from dangqun.kernel.calendars import local

ROWS_A_VOLUME = 2000


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, its share of the width, and "left", "center" or "right"."""

    title: str
    width: int = 10
    align: str = "left"


@dataclass(frozen=True)
class Table:
    """A table; a row of one cell alone is the heading of the rows that follow it."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""
    empty: str = "没有"


@dataclass(frozen=True)
class Facts:
    """Labels with their values."""

    pairs: tuple[tuple[str, str], ...]
    title: str = ""


@dataclass(frozen=True)
class Sheet:
    """A working sheet: title, a few lines below it, tables and facts; `across` is A4 on its side."""

    title: str
    lines: tuple[str, ...] = ()
    parts: tuple[Table | Facts, ...] = ()
    across: bool = False


@dataclass(frozen=True)
class Run:
    """Words of one look within a paragraph."""

    text: str
    strong: bool = False
    under: bool = False
    strike: bool = False


@dataclass(frozen=True)
class Block:
    """A paragraph of a letter: "p", "h1", "h2", "item" (with its mark and level from 1) or "quote"."""

    kind: str
    runs: tuple[Run, ...]
    mark: str = ""
    level: int = 0


@dataclass(frozen=True)
class Letter:
    """A 公文 (GB/T 9704-2012). With `number` (发文字号) it bears the issuer's name in red above; no emblem is drawn."""

    title: str
    to: str
    body: tuple[Block, ...]
    signed: str
    dated: date
    number: str = ""
    attachments: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stamp:
    """What tells one printed sheet from all others: code, address behind the QR, moment, who, head of the audit chain."""

    code: str
    address: str
    at: datetime
    by: str
    head: str = ""
    volume: int = field(default=0, compare=False)
    of_volumes: int = field(default=0, compare=False)


Content = Sheet | Letter


def told(content: Content) -> dict[str, Any]:
    """Return the content as plain values, for JSON."""
    return asdict(content) | {"layout": "letter" if isinstance(content, Letter) else "sheet"}


def digest(content: Content) -> str:
    """Return 64 hex digits over the content alone."""
    text = json.dumps(told(content), ensure_ascii=False, sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def rows_of(content: Content) -> int:
    """Return how many rows its tables have."""
    return sum(len(table.rows) for table in _tables(content))


def volumes(content: Content) -> Iterator[Content]:
    """Yield the content in pieces of at most ROWS_A_VOLUME rows; whatever is short comes whole."""
    if isinstance(content, Letter) or rows_of(content) <= ROWS_A_VOLUME:
        yield content
        return
    for part in content.parts:
        if isinstance(part, Facts):
            yield replace(content, parts=(part,))
            continue
        for start in range(0, max(1, len(part.rows)), ROWS_A_VOLUME):
            yield replace(content, parts=(replace(part, rows=part.rows[start : start + ROWS_A_VOLUME]),))


def worded(value: Any) -> str:
    """Return a value as it stands in a cell: days as 2026-11-25, moments in Asia/Shanghai, nothing for None."""
    if isinstance(value, datetime):
        return f"{local(value):%Y-%m-%d %H:%M}"
    return value.isoformat() if isinstance(value, date) else "" if value is None else str(value)


def _tables(content: Content) -> list[Table]:
    return [part for part in getattr(content, "parts", ()) if isinstance(part, Table)]
