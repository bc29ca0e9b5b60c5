"""Every list of the product goes out as a workbook with the rows that its page counts, in their order."""

from __future__ import annotations

import io
import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from dangqun.kernel.facts import Fact
from dangqun.kernel.sheets import Column, find_table, hand_over, read_book
from dangqun.notices import rules as notices
from tests.test_house import PATTERNS
from tests.world import ROLES, enter, for_a_module

pytestmark = [pytest.mark.django_db, pytest.mark.once]
EXPORT = re.compile(r'href="(/[^"]*export/[^"]*)"')
NO_LIST = {"channel-messages"}  # messages sent are a log of the last days
LISTS = {"people", "orgs", "coverage", "zones", "notices", "tasks", "staff", "grants"}


@pytest.fixture(scope="module")
def town(django_db_setup, django_db_blocker):
    from tests.samples import samples

    with for_a_module(django_db_blocker) as world:
        for role in ROLES:
            enter(Client(), world.user[role])
        samples(world)
        yield world


def rows_in(answer) -> list[tuple]:
    """Return the rows of a workbook below its heading; its last line says who made it, when, and how many they are."""
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)), read_only=True)
    rows = [row for row in book.active.iter_rows(min_row=2, values_only=True) if any(row)]
    told = str(rows[-1][0])
    assert re.search(rf"制表：.+　\d{{4}}-\d\d-\d\d \d\d:\d\d　共 {len(rows) - 1:,} 行", told), told
    return rows[:-1]


def export_of(page) -> str:
    found = [unescape(each) for each in EXPORT.findall(page.content.decode()) if "full" not in each]
    return found[0] if found else ""


def test_every_page_with_a_list_of_pages_hands_its_rows_out(browse):
    """Walk all addresses: whoever shows a pager offers an export, and the export has as many rows as the pager counts."""
    walked = set()
    for role in ("office", "committee_member", "security_admin", "auditor"):
        browser = browse(role)
        for pattern in PATTERNS:
            if "GET" not in pattern.callback.methods or pattern.pattern.converters:
                continue
            if "export" in pattern.name or pattern.name in ("alive", "imports"):
                continue
            answer = browser.get(reverse(pattern.name))
            if answer.status_code != 200 or b'class="dq-pager"' not in answer.content:
                continue
            if pattern.name in NO_LIST:
                continue
            assert export_of(answer), f"{pattern.name} as {role} offers no export"
            if pattern.name in LISTS:
                rows = rows_in(browser.get(export_of(answer)))
                assert len(rows) == answer.context["page"].paginator.count, (pattern.name, role)
                walked.add(pattern.name)
    assert walked >= {"people", "coverage", "notices", "tasks"}


@pytest.mark.parametrize(
    "query", ["", "?q=孟庆华", "?state=full&sort=-born", "?account=none", "?org=999999", "?age=0-35"]
)
def test_the_roster_goes_out_as_it_is_filtered(browse, query):
    page = browse("office").get(f"/people/{query}")
    rows = rows_in(browse("office").get(f"/people/export/{query}"))
    assert len(rows) == page.context["page"].paginator.count
    if "sort" in query:
        assert [row[1] for row in rows][:80] == [person.name for person in page.context["page"]]


@pytest.mark.parametrize(
    "query", ["", "?formation=joint", "?secretary=none", "?on=2024-06-01", "?on=2001-01-01"]
)
def test_the_tree_goes_out_as_it_is_shown(browse, query):
    page = browse("office").get(f"/orgs/{query}")
    rows = rows_in(browse("office").get(f"/orgs/export/{query}"))
    assert [row[3] for row in rows] == [node.org.short_name for node in page.context["page"]]
    assert [row[7] for row in rows] == [node.member_sum for node in page.context["page"]]


@pytest.mark.parametrize("query", ["", "?organised=no", "?visited=yes", "?q=恒丰"])
def test_coverage_goes_out_as_it_is_filtered(browse, query):
    page = browse("office").get(f"/orgs/coverage/{query}")
    rows = rows_in(browse("office").get(f"/orgs/coverage/export/{query}"))
    assert [row[1] for row in rows] == [firm.name for firm in page.context["page"]]


def test_zones_staff_and_grants_go_out(town, browse):
    zones = browse("office").get("/orgs/zones/")
    rows = rows_in(browse("office").get(export_of(zones)))
    assert len(rows) == sum(max(1, len(each["branches"])) for each in zones.context["zones"]) == 4
    staff = browse("system_admin").get("/staff/")
    assert len(rows_in(browse("system_admin").get(export_of(staff)))) == len(staff.context["people"])
    grants = browse("security_admin").get("/grants/")
    count = len(grants.context["waiting"]) + len(grants.context["held"])
    assert len(rows_in(browse("security_admin").get(export_of(grants)))) == count > 3


@pytest.mark.parametrize("role", ["office", "secretary", "member"])
def test_every_box_of_notices_goes_out(browse, role):
    browser = browse(role)
    for box in ("mine", "issued", "drafts", "watched", "left"):
        page = browser.get(f"/notices/?box={box}")
        rows = rows_in(browser.get(f"/notices/export/?box={box}"))
        assert [row[1] for row in rows] == [notice.title or None for notice in page.context["page"]]


def test_receipts_go_out_as_they_are_filtered(town, browse):
    from dangqun.notices.models import Notice

    notice = Notice.objects.get(title="恒丰机械党支部通知")
    notices.sign(notice.receipts.get(person=town.person["孟庆华"]), by=town.user["member"])
    url = reverse("notice-export", args=(notice.pk,))
    everybody = rows_in(browse("office").get(url))
    missing = rows_in(browse("office").get(f"{url}?show=missing"))
    found = rows_in(browse("office").get(f"{url}?q=孟庆华"))
    assert len(everybody) == notice.receipts.count() == len(missing) + 1 and len(found) == 1
    page = browse("office").get(f"/notices/{notice.pk}/receipts/?show=missing&turn=5").content.decode()
    assert f"{url}?show=missing" in unescape(page)


def test_a_secretary_takes_out_her_own_branch_alone(browse):
    names = {row[1] for row in rows_in(browse("secretary").get("/people/export/"))}
    assert "孟庆华" in names and "左小海" not in names
    assert {row[3] for row in rows_in(browse("secretary").get("/orgs/export/"))} == {"恒丰机械党支部"}


def test_cells_that_look_like_formulas_stay_text_and_the_last_line_is_no_row_for_an_import(town):
    columns = (Column("name", "姓名"), Column("note", "备注"))
    evil = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x")']
    answer = hand_over("表", columns, ((each, each) for each in evil), by="章文静", name='a/b:"c"')
    data = b"".join(answer.streaming_content)
    sheet = load_workbook(io.BytesIO(data)).active
    assert [cell.data_type for row in sheet.iter_rows(min_row=2, max_row=7) for cell in row] == ["s"] * 12
    assert [row[0] for row in sheet.iter_rows(min_row=2, max_row=7, values_only=True)] == evil
    table = find_table(read_book(data, "表.xlsx", limit=10**6).sheets[0], columns)
    assert len(list(table.rows())) == 6
    assert "/" not in answer["Content-Disposition"].split("''")[-1] and Fact.objects.exists()
