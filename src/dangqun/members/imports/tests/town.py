"""Shared by the import tests: an empty zone with a clerk, sample workbooks, small workbooks made on the spot."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter
from django.utils import timezone

from dangqun.kernel.identity import check_digit
from dangqun.members import rules as members
from dangqun.members.imports import report, rules
from dangqun.members.imports.kinds import kind_of
from dangqun.members.imports.reading import read
from dangqun.members.imports.scope import Scope
from dangqun.members.models import Office, Person
from dangqun.orgs import rules as orgs
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Grant, Org

SAMPLES = Path(__file__).resolve().parents[5] / "tests" / "data"
BOOKS = {"organisations": "organisations.xlsx", "members": "roster.xlsx", "officers": "officers.xlsx"}
HEADINGS = (
    "姓名",
    "性别",
    "公民身份号码",
    "出生日期",
    "人员类别",
    "入党日期",
    "转正日期",
    "联系电话",
    "所在党支部",
)


def empty_zone() -> Any:
    """Found an empty zone as `dangqun init` leaves it, and return its clerk's user."""
    committee = orgs.open_org(Org.Kind.COMMITTEE, "开发区综合党委", under=None, by=None)
    clerk = members.enrol("章文静", org=committee, by=None, mobile="18800000001")
    members.appoint(clerk, org=committee, post=Office.Post.OFFICE_CLERK, on=date(2024, 1, 1), by=None)
    Grant.objects.filter(user=clerk.account).update(confirmed_at=timezone.now())
    return clerk.account


def sample(zone: str, kind: str) -> bytes:
    """Return a sample workbook."""
    return (SAMPLES / zone / BOOKS[kind]).read_bytes()


def expected(zone: str) -> dict[str, Any]:
    """Return what a sample's import must give."""
    return json.loads((SAMPLES / zone / "expected.json").read_text(encoding="utf-8"))


def bring(
    kind: str, data: bytes, user: Any, name: str = "表.xlsx", *, strict: bool = False
) -> dict[str, Any]:
    """Import a workbook as the command line does, and return its figures."""
    actor, wanted = Actor.of(user), kind_of(kind)
    reading = read(wanted, data, name, Scope(actor).org)
    examined = rules.carry_out_file(wanted, reading, strict=strict, actor=actor)
    return report.figures(wanted, examined.checked)


def bring_all(zone: str, user: Any) -> dict[str, dict[str, Any]]:
    """Import the three workbooks of a sample in their order."""
    return {kind: bring(kind, sample(zone, kind), user, BOOKS[kind]) for kind in BOOKS}


def book(rows: list[tuple[Any, ...]], headings: tuple[str, ...] = HEADINGS, sheet: str = "花名册") -> bytes:
    """Return a workbook of one sheet with these headings and rows."""
    return books({sheet: [headings, *rows]})


def books(sheets: dict[str, list[tuple[Any, ...]]]) -> bytes:
    """Return a workbook of several sheets, each a list of rows."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as made:
        for title, rows in sheets.items():
            page = made.add_worksheet(title)
            for down, row in enumerate(rows):
                page.write_row(down, 0, ["" if value is None else value for value in row])
    return out.getvalue()


def id_number(born: date = date(1985, 3, 5), serial: int = 101) -> str:
    """Return a valid number with an area code that is not assigned."""
    body = f"340899{born:%Y%m%d}{serial:03d}"
    return body + check_digit(body)


def member(name: str = "汪小满", serial: int = 101, branch: str = "", **other: Any) -> tuple[Any, ...]:
    """Return one row of a roster; keywords overrule single cells by field name."""
    cells = {
        "name": name,
        "sex": "男" if serial % 2 else "女",
        "id_number": id_number(serial=serial),
        "born_on": "1985-03-05",
        "state": "正式党员",
        "joined_on": "2010-07-01",
        "full_on": "2011-07-01",
        "mobile": f"1990000{serial:04d}",
        "branch": branch,
    } | other
    return tuple(cells.values())


def person(name: str) -> Person:
    """Return the one person of that name."""
    return Person.objects.get(name=name)
