"""The lists of officers: who is refused, and that no cell whatever breaks an import."""

from __future__ import annotations

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dangqun.members.imports.kinds import kind_of
from dangqun.members.imports.lines import Line
from dangqun.members.imports.scope import Scope
from dangqun.members.imports.tests import town
from dangqun.members.models import Office
from dangqun.orgs.access import Actor
from dangqun.orgs.models import LiaisonZone

TEAM = ("党支部", "片区", "职务", "姓名", "手机号码", "任职日期")
FIELDS = ("part", "branch", "zone", "post", "name", "mobile", "since", "enterprise", "full_time")
BRANCH = "恒丰机械有限公司党支部"


@pytest.fixture
def members(clerk, branch):
    """Two members of the branch."""
    rows = [town.member(branch=branch), town.member("魏小寒", 103, branch)]
    town.bring("members", town.book(rows), clerk)
    return branch


def secretary(**other):
    cells = {
        "branch": BRANCH,
        "zone": "第一片区",
        "post": "书记",
        "name": "汪小满",
        "mobile": "19900000101",
        "since": "2024-03-01",
    } | other
    return tuple(cells.values())


def bring(clerk, *rows):
    return town.bring("officers", town.book(list(rows), TEAM, "支部班子"), clerk)


def test_a_secretary_is_appointed_with_her_zone_and_a_second_time_nothing_changes(clerk, members):
    told = bring(clerk, secretary())
    assert (told["secretaries"], told["liaison_zones"], told["changed"], told["refused"]) == (1, 1, 1, [])
    assert Office.objects.open().get(post="secretary").person == town.person("汪小满")
    assert LiaisonZone.objects.get().name == "第一片区"
    assert bring(clerk, secretary())["changed"] == 0


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ({"name": ""}, "missing_name"),
        ({"name": "很" * 41}, "too_long"),
        ({"post": "很" * 50 + "书记"}, "too_long"),
        ({"zone": "很" * 31}, "too_long"),
        ({"post": "门卫"}, "unknown_post"),
        ({"name": "没有人", "mobile": "19912345678"}, "not_in_roster"),
        ({"name": "魏小寒"}, "mobile_of_other"),
        ({"mobile": "123"}, "mobile"),
        ({"branch": "远达纺织有限公司党支部"}, "not_of_branch"),
        ({"branch": ""}, "missing_branch"),
        ({"branch": "没有的公司党支部"}, "unknown_branch"),
        ({"since": "2024-13-01"}, "bad_date"),
        ({"since": "2099-01-01"}, "date_in_future"),
    ],
)
def test_a_faulty_line_is_refused_with_its_fault_and_appoints_nobody(clerk, members, cells, fault):
    told = bring(clerk, secretary(**cells))
    assert fault in [each["fault"] for each in told["refused"]]
    assert all(each["reason"].endswith("。") for each in told["refused"])
    assert told["changed"] == 0 and not Office.objects.filter(post="secretary").exists()


def test_the_second_of_two_secretaries_of_one_branch_is_refused(clerk, members):
    told = bring(clerk, secretary(), secretary(name="魏小寒", mobile="19900000103"))
    assert [(each["row"], each["fault"]) for each in told["refused"]] == [(3, "two_secretaries")]
    assert Office.objects.open().get(post="secretary").person == town.person("汪小满")


WORDS = st.sampled_from(
    [
        "汪小满",
        "魏小寒",
        "新来的",
        BRANCH,
        "恒丰机械有限公司",
        "书记",
        "副书记",
        "委员",
        "主任",
        "干事",
        "第一片区",
        "19900000101",
        "19912345678",
        "专职",
        "2024.3",
        "无",
        "x" * 130,
    ]
)
CELL = WORDS | st.none() | st.text(max_size=10) | st.integers(-(10**12), 10**20) | st.floats() | st.dates()
PART = st.sampled_from(["staff", "team", "instructors", "contacts"])
ROW = st.tuples(PART, *[CELL] * (len(FIELDS) - 1))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, min_size=1, max_size=5))
@example([("team", *secretary(), None, None)] * 2)
@example([("staff", None, "第一片区", "书记", "新来的", "19912345678", None, None, None)] * 2)
@example([("contacts", None, None, "书记", "新来的", 19912345678.0, None, "恒丰机械有限公司", None)])
def test_any_cells_whatever_are_stored_or_refused_with_a_sentence(clerk, members, rows):
    scope, kind = Scope(Actor.of(clerk)), kind_of("officers")
    lines = [Line("表", n, dict(zip(FIELDS, row, strict=True)), {}) for n, row in enumerate(rows, 2)]
    with transaction.atomic():
        checked = kind.check(lines, scope)
        assert checked.accepted + len(checked.faulty) == len(rows)
        assert all(mark.sentence.endswith("。") and mark.code for _, mark in checked.refused)
        kind.store(checked, scope, by=clerk)
        transaction.set_rollback(True)
