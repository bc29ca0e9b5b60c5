"""Rows of a roster: what is refused, what is understood, what changes, what is left alone."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dangqun.kernel.calendars import today
from dangqun.kernel.identity import check_digit
from dangqun.members import rules as members
from dangqun.members.imports import rules
from dangqun.members.imports.kinds import kind_of
from dangqun.members.imports.lines import Line
from dangqun.members.imports.reading import read
from dangqun.members.imports.roster import check
from dangqun.members.imports.scope import Scope
from dangqun.members.imports.tests import town
from dangqun.members.models import Membership, Person
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Grant, Org


def faults(told):
    return [each["fault"] for each in told["refused"]]


def warnings(told):
    return {each["kind"] for each in told["warnings"]}


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ({"name": " 　"}, "missing_name"),
        ({"id_number": 3.40899198503051e17}, "id_spoilt"),
        ({"id_number": "3.40899E+17"}, "id_spoilt"),
        ({"id_number": "34089919850305"}, "id_format"),
        ({"id_number": "340899198502300017"}, "id_birth"),
        ({"id_number": town.id_number(serial=101)[:-1] + "0"}, "id_checksum"),
        ({"sex": "女"}, "sex_mismatch"),
        ({"sex": "雄"}, "bad_sex"),
        ({"born_on": "1985-03-06"}, "birth_mismatch"),
        ({"born_on": "1985年13月45日"}, "bad_date"),
        ({"joined_on": "2003-03-04", "full_on": "2004-03-04"}, "joined_too_young"),
        ({"joined_on": (today() + timedelta(days=1)).isoformat(), "full_on": ""}, "date_in_future"),
        ({"full_on": "2009-07-01"}, "full_before_joined"),
        ({"state": "群众"}, "bad_state"),
        ({"state": "", "full_on": ""}, "missing_state"),
        ({"state": "预备党员"}, "state_mismatch"),
        ({"mobile": "1990000010"}, "mobile"),
        ({"branch": ""}, "missing_branch"),
        ({"branch": "不存在的公司党支部"}, "unknown_branch"),
        ({"name": "很" * 41}, "too_long"),
    ],
)
def test_a_faulty_cell_refuses_the_row_with_one_fault_and_stores_nobody(clerk, branch, cells, fault):
    told = town.bring("members", town.book([town.member(**{"branch": branch} | cells)]), clerk)
    assert faults(told) == [fault]
    assert (told["accepted"], told["changed"]) == (0, 0)
    assert not Person.objects.filter(mobile_index__gt="").exclude(account=clerk).exists()


@pytest.mark.parametrize(
    "cell", ["34089919850305", town.id_number()[:-1] + "0", "不存在的公司党支部", "1990000010"]
)
def test_the_reason_never_repeats_the_value(clerk, branch, cell):
    column = "branch" if "支部" in cell else "mobile" if len(cell) == 10 else "id_number"
    told = town.bring("members", town.book([town.member(**{"branch": branch, column: cell})]), clerk)
    assert told["refused"] and all(cell not in each["reason"] for each in told["refused"])


def test_somebody_of_exactly_eighteen_may_have_joined(clerk, branch):
    told = town.bring(
        "members",
        town.book([town.member(branch=branch, joined_on="2003-03-05", full_on="2004-03-05")]),
        clerk,
    )
    assert faults(told) == []


def test_sex_and_birthday_are_filled_from_the_number(clerk, branch):
    town.bring("members", town.book([town.member(branch=branch, sex="", born_on="")]), clerk)
    person = town.person("汪小满")
    assert (person.sex, person.born_on) == ("男", date(1985, 3, 5))


@pytest.mark.parametrize("written", ["1985年3月", "1985.3", "1985-03", 1985.3])
def test_a_birthday_written_as_a_month_takes_its_day_from_the_number(clerk, branch, written):
    assert (
        faults(town.bring("members", town.book([town.member(branch=branch, born_on=written)]), clerk)) == []
    )
    assert town.person("汪小满").born_on == date(1985, 3, 5)


def test_an_unassigned_area_code_and_an_old_number_of_fifteen_digits_are_accepted(clerk, branch):
    told = town.bring(
        "members", town.book([town.member(branch=branch, id_number="340899850305101", sex="男")]), clerk
    )
    assert faults(told) == [] and "id_old" in warnings(told)
    assert town.person("汪小满").id_number.open() == town.id_number()


def test_the_later_row_of_two_with_one_number_is_refused_and_names_the_earlier(clerk, branch):
    rows = [town.member(branch=branch), town.member("魏小寒", branch=branch)]
    told = town.bring("members", town.book(rows), clerk)
    assert [(each["row"], each["fault"]) for each in told["refused"]] == [(3, "id_duplicate")]
    assert "第 2 行“汪小满”" in told["refused"][0]["reason"]


def test_a_row_with_two_faults_counts_once_and_has_two_entries(clerk, branch):
    told = town.bring("members", town.book([town.member(branch="无名党支部", name="")]), clerk)
    assert sorted(faults(told)) == ["missing_name", "unknown_branch"]
    assert (told["rows"], told["accepted"]) == (1, 0)


def test_without_a_number_people_are_known_by_name_and_phone(clerk, branch):
    rows = [town.member(branch=branch, id_number="")]
    first, again = (town.bring("members", town.book(rows), clerk) for _ in range(2))
    assert (first["changed"], again["changed"]) == (1, 0) and "no_id" in warnings(first)
    later = town.bring("members", town.book([town.member(branch=branch)]), clerk)
    assert later["changed"] == 1 and town.person("汪小满").id_number.open() == town.id_number()


def test_a_changed_cell_updates_the_person_and_records_old_and_new_masked(clerk, branch):
    town.bring("members", town.book([town.member(branch=branch)]), clerk)
    told = town.bring("members", town.book([town.member(branch=branch, mobile="19900009999")]), clerk)
    assert told["changed"] == 1 and town.person("汪小满").mobile.open() == "19900009999"
    from dangqun.kernel.models import Fact

    text = Fact.objects.get(what="members.corrected").text
    assert re.search(r'"mobile":\["199\*{4}0101 #[0-9a-f]{12}","199\*{4}9999 #[0-9a-f]{12}"\]', text)


def test_an_empty_cell_of_a_later_file_erases_nothing(clerk, branch):
    town.bring("members", town.book([town.member(branch=branch)]), clerk)
    told = town.bring(
        "members", town.book([town.member(branch=branch, mobile="", joined_on="", full_on="")]), clerk
    )
    assert told["changed"] == 0 and town.person("汪小满").joined_on == date(2010, 7, 1)


def test_a_probationary_member_becomes_full_and_the_old_state_stays_in_her_history(clerk, branch):
    begun = {"joined_on": "2025-07-01", "branch": branch}
    town.bring("members", town.book([town.member(**begun, state="预备党员", full_on="")]), clerk)
    told = town.bring("members", town.book([town.member(**begun, full_on="2026-07-01")]), clerk)
    assert told["changed"] == 1
    states = Membership.objects.order_by("starts_on").values_list(
        "state", "starts_on", "ends_on", "ended_reason"
    )
    assert list(states) == [
        ("probationary", date(2025, 7, 1), date(2026, 7, 1), "confirmed"),
        ("full", date(2026, 7, 1), None, ""),
    ]
    back = town.bring("members", town.book([town.member(**begun, state="预备党员", full_on="")]), clerk)
    assert faults(back) == ["state_backward"]


def test_a_number_held_in_another_branch_is_refused_and_the_person_stays_there(clerk, branch):
    town.bring("members", town.book([town.member(branch=branch)]), clerk)
    told = town.bring("members", town.book([town.member(branch="远达纺织有限公司党支部")]), clerk)
    assert faults(told) == ["held_elsewhere"] and "转接" in told["refused"][0]["reason"]
    assert Membership.objects.get().branch.name == branch


def test_somebody_out_of_the_senders_reach_is_refused_without_a_word_about_her(clerk, branch):
    other = [(3, "长青食品有限公司", "", "西园园区", "长青食品有限公司党支部")]
    headings = ("序号", "企业名称", "统一社会信用代码", "所在园区", "所属党组织")
    town.bring("organisations", town.book(other, headings), clerk)
    there = "长青食品有限公司党支部"
    town.bring("members", town.book([town.member("苗小雪", branch=there)]), clerk)
    office = members.enrol("园区干事", org=Org.objects.get(name="东园园区"), by=clerk, mobile="18800000009")
    user = members.account_for(office, by=clerk)
    Grant.objects.create(user=user, org=office.org, role="office", confirmed_at=timezone.now())
    asked = town.book([town.member("某某某", branch=branch, mobile="")])
    told, again = town.bring("members", asked, user), town.bring("members", asked, clerk)
    assert (told["changed"], told["accepted"]) == (0, 0)
    for figures, named in ((told, False), (again, True)):
        assert faults(figures) == ["held_elsewhere"]
        assert ("长青食品" in figures["refused"][0]["reason"]) == named
    scope = Scope(Actor.of(user))
    line = Line("表", 2, dict(zip(FIELDS, town.member("某某某", branch=branch), strict=True)), {})
    check([line], scope)
    assert line.subject is None and not line.changes and "苗小雪" not in str(line.remarks)


@pytest.mark.parametrize("area", ["340899", "999999", "110000", "659099", "810000", "000000"])
def test_an_area_code_that_no_table_knows_is_accepted_silently(clerk, branch, area):
    body = f"{area}19850305101"
    row = town.member(branch=branch, id_number=body + check_digit(body))
    told = town.bring("members", town.book([row]), clerk)
    assert (told["accepted"], told["refused"], told["warnings"]) == (1, [], [])


def test_somebody_recorded_as_deceased_is_not_taken_in_again(clerk, branch):
    town.bring("members", town.book([town.member(branch=branch)]), clerk)
    members.leave(town.person("汪小满"), reason=Membership.Reason.DIED, on=today(), by=clerk)
    told = town.bring("members", town.book([town.member(branch=branch)]), clerk)
    assert faults(told) == ["has_left"]


def test_a_person_known_as_staff_becomes_a_member_without_a_second_row(clerk, branch):
    row = town.member("章文静", serial=102, branch=branch, mobile="18800000001")
    assert town.bring("members", town.book([row]), clerk)["changed"] == 1
    assert Person.objects.get(name="章文静").memberships.open().count() == 1


def test_members_missing_from_a_later_file_are_listed_and_never_changed(clerk, branch):
    other = "远达纺织有限公司党支部"
    rows = [town.member(branch=branch), town.member("魏小寒", 103, branch), town.member("苗小雪", 105, other)]
    town.bring("members", town.book(rows), clerk)
    actor = Actor.of(clerk)
    reading = read(kind_of("members"), town.book(rows[:1]), "表.xlsx", Scope(actor).org)
    checked = rules.carry_out_file(kind_of("members"), reading, strict=False, actor=actor).checked
    assert checked.missing == [("恒丰机械党支部", "魏小寒")]
    assert checked.changed == 0 and Membership.objects.open().count() == 3


def test_a_reading_stays_at_the_same_number_of_queries_however_many_rows(
    clerk, branch, django_assert_num_queries
):
    def queries(count):
        lines = [
            Line("表", n, dict(zip(FIELDS, town.member(f"甲{n}", n, branch), strict=True)), {})
            for n in range(1, count)
        ]
        scope = Scope(Actor.of(clerk))
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as counted:
            check(lines, scope)
        return len(counted)

    assert queries(4) == queries(31)


FIELDS = ("name", "sex", "id_number", "born_on", "state", "joined_on", "full_on", "mobile", "branch")
CELL = st.one_of(
    st.none(),
    st.text(max_size=30),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(*[CELL] * len(FIELDS)), min_size=1, max_size=6))
def test_any_cells_whatever_are_either_accepted_or_refused_with_a_sentence(clerk, branch, rows):
    lines = [Line("表", n, dict(zip(FIELDS, row, strict=True)), {}) for n, row in enumerate(rows, 2)]
    checked = check(lines, Scope(Actor.of(clerk)))
    assert checked.accepted + len(checked.faulty) == len(rows)
    assert all(mark.sentence.endswith("。") and mark.code for _, mark in checked.refused)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    born=st.dates(date(1930, 1, 1), date(2005, 12, 31)),
    serial=st.integers(0, 999),
    years=st.integers(0, 60),
)
def test_age_at_joining_is_judged_by_full_years_whatever_the_birthday(clerk, branch, born, serial, years):
    joined = date(min(born.year + years, 2026), 6, 15)
    number = town.id_number(born, serial)
    cells = {"name": "甲", "id_number": number, "state": "正式党员", "joined_on": joined, "branch": branch}
    line = Line("表", 2, cells, {})
    check([line], Scope(Actor.of(clerk)))
    full_years = joined.year - born.year - ((joined.month, joined.day) < (born.month, born.day))
    assert any(mark.code == "joined_too_young" for mark in line.remarks) == (full_years < 18)


def test_short_names_and_official_names_of_a_branch_are_understood_but_not_another_legal_form(clerk, branch):
    scope = Scope(Actor.of(clerk))
    held = Org.objects.get(name=branch)
    for written in (
        "中共恒丰机械有限公司支部委员会",
        "恒丰机械党支部",
        "恒丰机械有限公司支部",
        " 恒丰机械 有限公司党支部",
    ):
        assert scope.branch(written) == held
    assert scope.branch("恒丰机械股份有限公司党支部") is None
    assert held in scope.branches_like("恒丰机械股份有限公司党支部")
