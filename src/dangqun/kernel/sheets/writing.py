"""Writing tables: headings, widths, a frozen head, A4 across, and nothing that a sheet would run as a formula."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import IO, Any

import xlsxwriter

from dangqun.kernel.calendars import local
from dangqun.kernel.sheets.tables import Column


def write_table(
    title: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]], *, secret: bool = False
) -> IO[bytes]:
    """Write a sheet, row by row with constant memory, and return the open file at its start.

    `secret`: it is built in memory alone, so that no sensitive value touches the disk in clear.
    """
    return write_tables([(title, columns, rows)], secret=secret)


def write_tables(
    tables: Iterable[tuple[str, Sequence[Column], Iterable[Sequence[Any]]]], *, secret: bool = False
) -> IO[bytes]:
    """Write several sheets (title, columns, rows) into one workbook, as `write_table` does."""
    out: IO[bytes] = io.BytesIO() if secret else tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    options |= {"in_memory": True} if secret else {"constant_memory": True}
    with xlsxwriter.Workbook(out, options) as book:
        for title, columns, rows in tables:
            _write_sheet(book, title, columns, rows)
    out.seek(0)
    return out


def _write_sheet(book: Any, title: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> None:
    sheet = book.add_worksheet(title[:31])
    head = book.add_format({"bold": True, "bg_color": "#ECE7DD", "border": 1, "text_wrap": True})
    cell = book.add_format({"num_format": "@", "valign": "top"})
    number = book.add_format({"num_format": "0"})
    for at, column in enumerate(columns):
        sheet.set_column(at, at, column.width)
        sheet.write_string(0, at, column.title, head)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    for down, row in enumerate(rows, 1):
        for at, value in enumerate(row):
            if isinstance(value, int) and not isinstance(value, bool):
                sheet.write_number(down, at, value, number)
            else:
                sheet.write_string(down, at, _text(value), cell)


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return local(value).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)
