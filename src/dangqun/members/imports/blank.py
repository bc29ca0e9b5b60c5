"""Blank workbooks to fill in: one a kind, columns as the import reads them, numbers kept as text so that no sheet spoils them."""

from __future__ import annotations

import io
from collections.abc import Mapping

import xlsxwriter

from dangqun.kernel.sheets import Column
from dangqun.members.imports.columns import OFFICER_SHEETS
from dangqun.members.imports.kinds import Kind

HINTS = {
    "id_number": "18 位。这一列已设成文本，请不要改成数字，否则后几位会丢失。",
    "born_on": "可以不填，按身份证号得出；填了会核对。",
    "sex": "可以不填，按身份证号得出；填了会核对。",
    "state": "正式党员或预备党员。",
    "branch": "写党支部全称，与“企业和支部”里的一致。",
    "credit_code": "18 位统一社会信用代码。",
    "post": "综合党委写书记、副书记、委员、主任、干事；支部写书记、副书记、委员。",
    "mobile": "11 位手机号码，系统按姓名和手机号认人。",
}


def blank_workbook(kind: Kind) -> bytes:
    """Return an empty workbook with the headings of a kind; a hint hangs at the headings that need one."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        for title, headings in _sheets(kind).items():
            _sheet(book, title, headings, {column.key: column for column in kind.columns})
    return out.getvalue()


def _sheets(kind: Kind) -> Mapping[str, Mapping[str, str]]:
    if kind.name == "officers":
        return OFFICER_SHEETS
    return {kind.title: {column.key: column.title for column in kind.columns}}


def _sheet(
    book: xlsxwriter.Workbook, title: str, headings: Mapping[str, str], columns: Mapping[str, Column]
) -> None:
    sheet = book.add_worksheet(title)
    head = book.add_format({"bold": True, "bg_color": "#ECE7DD", "border": 1, "text_wrap": True})
    text = book.add_format({"num_format": "@"})
    for at, (key, heading) in enumerate(headings.items()):
        sheet.set_column(at, at, columns[key].width, text)
        sheet.write_string(0, at, f"{heading}（必填）" if columns[key].required else heading, head)
        if key in HINTS:
            sheet.write_comment(0, at, HINTS[key])
    sheet.freeze_panes(1, 0)
