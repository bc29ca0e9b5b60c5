"""Cells as people write them: six date habits, full-width digits, blanks inside names, 无 for nothing."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from typing import Any

from dangqun.kernel.faults import Fault

NOTHING = frozenset({"无", "—", "——", "-", "--", "－", "/", "／", "暂无", "空"})
EXCEL_EPOCH = date(1899, 12, 30)
SERIALS = range(1, 80_000)  # 1900 to 2119
_WRITTEN = re.compile(r"(\d{4})[-./年](\d{1,2})(?:[-./月](\d{1,2})?日?)?(?:\s+00:00(?::00)?)?")
_SOLID = re.compile(r"(\d{4})(\d{2})(\d{2})")
_BLANKS = re.compile(r"\s+")


def clean_text(value: Any) -> str:
    """Return the text of a cell: half-width letters and digits, outer blanks gone, 无 and dashes empty."""
    text = value if type(value) is str else _as_text(value)
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    if not text.isprintable():
        text = _BLANKS.sub(" ", text.replace("\x00", ""))
        text = "".join(character for character in text if character.isprintable())
    elif "  " in text:
        text = _BLANKS.sub(" ", text)
    text = text.strip()
    return "" if text in NOTHING else text


def _as_text(value: Any) -> str:
    if value is None or value is False:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value.isoformat()[:10] if isinstance(value, date) else str(value)


def clean_name(value: Any) -> str:
    """Return a name without the blanks that stretch it (李　明); between Latin words one blank stays."""
    text = clean_text(value)
    return text if text.isascii() else text.replace(" ", "")


def clean_date(value: Any) -> date | None:
    """Return the day that a cell means, None for an empty one; 2015.07 is its first day. Raises Fault bad_date.

    Understood: 2015-07-01, 2015.7.1, 2015/7/1, 2015年7月1日, 20150701, real dates and Excel's serial numbers.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = clean_text(value)
    if not text:
        return None
    try:
        return _day(text.replace(" ", "") if "00:00" not in text else text)
    except ValueError as error:
        raise Fault("bad_date", "不是真实的日期，请改成真实日期，如 2015-07-01。") from error


def _day(text: str) -> date:
    if written := _WRITTEN.fullmatch(text):
        year, month, day = written.groups()
        return date(int(year), int(month), int(day or 1))
    if solid := _SOLID.fullmatch(text):
        return date(*map(int, solid.groups()))
    if text.isdecimal() and int(text) in SERIALS:
        return EXCEL_EPOCH + timedelta(days=int(text))
    raise ValueError(text)
