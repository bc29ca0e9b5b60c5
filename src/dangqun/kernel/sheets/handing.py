"""Handing a list out as a workbook: written row by row to disk, sent piece by piece, with a line that says by whom and when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import IO, Any

from django.http import FileResponse
from django.utils import timezone

from dangqun.kernel.calendars import local
from dangqun.kernel.files import dated_name
from dangqun.kernel.sheets.tables import Column
from dangqun.kernel.sheets.writing import write_table

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAKER = "制表"  # an import takes a line that begins with it for a footer


def hand_over(
    title: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]], *, by: Any, name: str = ""
) -> FileResponse:
    """Answer with a workbook of these rows, in their order, whatever their number; `name`: what the file is called."""
    at = timezone.now()
    out = write_table(title, columns, _marked(rows, by, at))
    return workbook(out, dated_name(name or title, at, "xlsx"))


def workbook(out: IO[bytes], name: str) -> FileResponse:
    """Answer with a workbook that was written; nothing on its way may keep a copy."""
    answer = FileResponse(out, as_attachment=True, filename=name, content_type=SHEET)
    answer["Cache-Control"] = "no-store"
    return answer


def _marked(rows: Iterable[Sequence[Any]], by: Any, at: datetime) -> Iterator[Sequence[Any]]:
    count = 0
    for row in rows:
        count += 1
        yield row
    yield ()
    yield (f"{MAKER}：{by}　{local(at):%Y-%m-%d %H:%M}　共 {count:,} 行",)
