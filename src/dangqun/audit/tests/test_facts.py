"""审计记录: what the auditor sees, how it is narrowed, and that nobody else sees it."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.utils import timezone
from openpyxl import load_workbook

from dangqun.audit import reading, rules
from dangqun.kernel.facts import Fact, record, seal_waiting
from dangqun.kernel.facts.guards import lifted
from dangqun.kernel.jobs import run_waiting
from dangqun.members.rules import people
from dangqun.orgs import rules as orgs
from tests.world import enter, for_a_module


@pytest.fixture(scope="module")
def town(django_db_setup, django_db_blocker):
    """One town for the module; its facts are sealed."""
    with for_a_module(django_db_blocker) as world:
        seal_waiting()
        yield world


@pytest.fixture
def auditor(town, client, db):
    """The auditor, signed in."""
    enter(client, town.user["auditor"])
    return client


def asked(query: str = "") -> reading.Asked:
    """Return what a query string asks for."""
    return reading.Asked.of(QueryDict(query))


def whats(query: str) -> list[str]:
    """Return the kinds of facts that a query string gives."""
    return [fact.what for fact in reading.newest(asked(query), 1000)]


def test_only_the_auditor_reads_facts(town, client, db):
    for role, user in town.user.items():
        enter(client, user)
        wanted = 200 if role == "auditor" else 404
        assert client.get("/audit/").status_code == wanted, role
        assert client.get("/audit/export/").status_code == wanted, role


def test_a_line_says_when_who_what_whom_from_to_why_and_its_number(auditor, town):
    person = town.person["孟庆华"]
    people.correct(person, {"position": "车间主任"}, by=town.user["office"], why="对照原件")
    before = auditor.get("/audit/").content.decode()
    assert "未封存" in before
    seal_waiting()
    told = auditor.get("/audit/?what=members.corrected").content.decode()
    for word in ("章文静", "更正人员资料", "孟庆华", "工作岗位：无 → 车间主任", "对照原件"):
        assert word in told, word
    assert "未封存" not in told and "链首" in told


def test_sensitive_values_are_shown_masked_with_their_index_and_a_change_under_the_mask_is_a_change(
    auditor, town
):
    person = town.person["钱大有"]
    for number in ("340899197903080009", "340899197904080007"):
        people.correct(person, {"id_number": number}, by=town.user["office"], why="对照原件")
    told = auditor.get("/audit/?what=members.corrected").content.decode()
    assert "340899********0009 #" in told and "340899********0007 #" in told
    assert "340899197903080009" not in told


def test_facts_are_narrowed_by_kind_room_person_record_day_and_reason(town, db):
    person, office = town.person["孟庆华"], town.user["office"]
    people.correct(person, {"position": "班组长"}, by=office, why="对照 100% 原件")
    everything = len(whats(""))
    assert set(whats("what=members.corrected")) == {"members.corrected"}
    assert {what.split(".")[0] for what in whats("what=orgs")} == {"orgs"}
    assert 0 < len(whats("who=章文静")) < everything and whats("who=无此人") == []
    assert 0 < len(whats("who=平台")) < everything
    about = [fact.subject_key for fact in reading.newest(asked(f"about=members.person:{person.pk}"), 100)]
    assert len(about) > 3 and set(about) == {str(person.pk)}
    assert whats("why=100%25 原") == ["members.corrected"] and whats("why=100_ 原") == []
    day = timezone.localdate()
    assert len(whats(f"first={day}&last={day}")) == everything
    assert whats(f"first={day + timedelta(days=1)}") == whats(f"last={day - timedelta(days=1)}") == []


def test_facts_are_narrowed_to_an_organisation_and_those_beneath_it(town, db):
    park, branch = town.parks["东园"], town.branches["甲"]
    orgs.rename_org(branch, "换名党支部", on=timezone.localdate(), by=town.user["office"])
    within = [fact.org_path for fact in reading.newest(asked(f"org={branch.pk}"), 1000)]
    assert within and set(within) == {branch.path}
    below = {fact.org_path for fact in reading.newest(asked(f"org={park.pk}"), 1000)}
    assert branch.path in below and all(path.startswith(park.path) for path in below)
    assert whats("org=999999") == []


def test_reads_and_changes_are_told_apart(town, db):
    record("members.revealed", town.person["孟庆华"], by=town.user["office"], why="电话联系")
    assert set(whats("show=reads")) == {"members.revealed"}
    assert "members.revealed" in whats("") and "members.revealed" not in whats("show=changes")
    assert whats("what=orgs&show=reads") == []
    assert "members.revealed" not in whats("what=members&show=changes")


def test_pages_follow_each_other_without_gap_or_repetition(town, auditor):
    facts = [fact.pk for fact in reading.newest(asked(), 1000)]
    for query in ("", "what=members", "show=changes"):
        wanted = [fact.pk for fact in reading.newest(asked(query), 1000)]
        seen, page = [], ""
        while found := reading.newest(asked(f"{query}{page}"), 20):
            seen += [fact.pk for fact in found]
            page = f"&page={found[-1].pk}"
        assert seen == wanted and len(wanted) > 40
    first = auditor.get("/audit/").content.decode()
    assert f"page={facts[reading.LINES - 1]}" in first
    assert "更早的" in first and "回到最新" not in first
    assert "回到最新" in auditor.get(f"/audit/?page={facts[10]}").content.decode()


def test_queries_do_not_grow_with_rows(auditor, town, django_assert_max_num_queries):
    with django_assert_max_num_queries(30):
        auditor.get("/audit/?what=audit.exported")
    with django_assert_max_num_queries(30):
        auditor.get("/audit/")


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("", "fact_at"),
        ("what=members.moved", "fact_what"),
        ("who=章文静", "fact_actor"),
        ("about=members.person:1", "fact_subject"),
        ("first=2026-01-01&last=2026-01-31", "fact_at"),
    ],
)
def test_a_page_is_read_along_an_index_and_nothing_is_sorted(town, db, query, index):
    if connection.vendor != "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(
                "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off"
            )
    for page in ("", f"&page={Fact.objects.latest('pk').pk}"):
        wanted = asked(query + page)
        rows = reading.wanted(wanted)
        rows = rows.filter(what=wanted.what) if wanted.what else rows
        plan = rows[:50].explain()
        assert index in plan and "TEMP B-TREE" not in plan and "Seq Scan" not in plan, plan


def test_a_verification_runs_in_the_background_and_tells_its_result(auditor, town):
    assert "还没有核对过" in auditor.get("/audit/").content.decode()
    auditor.post("/audit/verify/")
    assert "正在排队" in auditor.get("/audit/strip/").content.decode()
    assert auditor.post("/audit/verify/").status_code == 422, "one at a time"
    run_waiting()
    told = auditor.get("/audit/").content.decode()
    assert "核对结果：全部相符" in told
    assert Fact.objects.filter(what="audit.verified", actor_id=town.user["auditor"].pk).count() == 1


def test_a_verification_that_finds_something_says_what_and_asks_to_leave_it(auditor, town):
    seal_waiting()
    with lifted(connection), connection.cursor() as cursor:
        cursor.execute("UPDATE kernel_fact SET actor_name = 'x' WHERE what = 'orgs.opened'")
    rules.verify_chain(town.user["auditor"].pk)
    told = auditor.get("/audit/").content.decode()
    assert "核对发现不对。第一处：第 1 条" in told and "不要自行修改数据库" in told


def test_the_export_holds_what_the_list_shows_and_is_a_fact_itself(auditor, town):
    people.correct(town.person["孟庆华"], {"position": "=1+1"}, by=town.user["office"], why="对照原件")
    answer = auditor.get("/audit/export/?what=members.corrected&who=章文静")
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    rows = list(book.active.values)
    assert list(rows[0]) == [
        "链上序号",
        "时间",
        "经办人",
        "事项",
        "对象类别",
        "对象",
        "从 → 到",
        "理由",
    ]
    assert len(rows) == 2 + 2 and rows[1][2:6] == ("章文静", "更正人员资料", "人员", "孟庆华")
    assert "=1+1" in rows[1][6] and rows[1][7] == "对照原件"
    fact = Fact.objects.get(what="audit.exported")
    assert "事项 更正人员资料" in fact.text and '"rows":[null,1]' in fact.text


def test_an_export_of_more_than_a_batch_is_whole(town, db, monkeypatch):
    monkeypatch.setattr(reading, "BATCH", 7)
    wanted = [fact.pk for fact in reading.newest(asked(), 1000)]
    assert [fact.pk for batch in reading.batches(asked()) for fact in batch] == wanted
    assert sum(len(batch) for batch in reading.batches(asked(), most=20)) == 20


def test_there_is_no_way_to_clear_or_delete(auditor):
    told = auditor.get("/audit/").content.decode()
    assert "只能看，不能改，不能清空" in told
    buttons = re.findall(r"<(?:button|a)\b.*?</(?:button|a)>", told, re.DOTALL)
    assert len(buttons) > 5 and not any("清空" in each or "删除" in each for each in buttons)
    for verb in ("delete", "put", "patch"):
        assert getattr(auditor, verb)("/audit/").status_code == 405


def test_her_first_screen_leads_the_auditor_to_the_records(auditor):
    assert 'href="/audit/"' in auditor.get("/").content.decode()


def test_nonsense_in_the_url_is_left_out(auditor):
    whole = "first=x&last=0000-00-00&what=nonsense&about=x&org=abc&show=all&page=x&who=%20"
    assert asked(whole) == reading.Asked()
    assert auditor.get(f"/audit/?{whole}").status_code == 200
