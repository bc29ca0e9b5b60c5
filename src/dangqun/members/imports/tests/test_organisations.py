"""The enterprise sheet: joint branches, figures that fit, whatever else stands in the cells."""

from __future__ import annotations

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dangqun.kernel.models import Fact
from dangqun.members.imports.kinds import kind_of
from dangqun.members.imports.lines import Line
from dangqun.members.imports.scope import Scope
from dangqun.members.imports.tests import town
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Enterprise, EnterpriseBranch, Org

HEADINGS = ("序号", "企业名称", "所在园区", "职工人数", "年产值（万元）", "所属党组织")
FIELDS = ("number", "name", "park", "employees", "output_cents", "branch", "credit_code", "tax_cents")
JOINT = "东园园区联合党支部"


def firms(count, branch=JOINT, first=1):
    return [(n, f"第{n}试验有限公司", "东园", 20, "12.5", branch) for n in range(first, first + count)]


def bring(clerk, rows):
    return town.bring("organisations", town.book(rows, HEADINGS), clerk)


@pytest.mark.parametrize(("count", "warned"), [(5, []), (6, [{"kind": "joint_branch_large", "count": 1}])])
def test_a_joint_branch_above_five_units_is_a_warning_and_is_stored_all_the_same(clerk, count, warned):
    told = bring(clerk, firms(count))
    assert [each for each in told["warnings"] if each["kind"] == "joint_branch_large"] == warned
    assert (told["refused"], told["joint"], told["changed"]) == ([], 1, count)
    assert Org.objects.get(name=JOINT).formation == Org.Formation.JOINT
    assert EnterpriseBranch.objects.filter(branch__name=JOINT).count() == count


def test_units_that_join_with_a_later_file_count_together_with_those_held(clerk):
    assert "joint_branch_large" not in {each["kind"] for each in bring(clerk, firms(3))["warnings"]}
    told = bring(clerk, firms(3, first=4))
    assert {"kind": "joint_branch_large", "count": 1} in told["warnings"] and told["refused"] == []


def test_a_changed_figure_and_a_moved_enterprise_are_corrected_and_recorded(clerk):
    bring(clerk, firms(2))
    rows = firms(2)
    rows[0] = (1, "第1试验有限公司", "西园", 35, "12.5", JOINT)
    told = bring(clerk, rows)
    assert (told["changed"], told["refused"]) == (1, [])
    firm = Enterprise.objects.get(name="第1试验有限公司")
    assert (firm.employees, firm.park.name) == (35, "西园")
    told = "".join(Fact.objects.filter(what="orgs.enterprise_corrected").values_list("text", flat=True))
    assert '"employees":[20,35]' in told and '"park":["东园","西园"]' in told
    assert bring(clerk, rows)["changed"] == 0


@pytest.mark.parametrize(
    ("cell", "field"),
    [
        (3_000_000_000, 3),
        ("-1", 3),
        ("很多", 3),
        ("1e30", 4),
        ("NaN", 4),
        ("sNaN", 4),
        ("1e999999", 4),
        (10**12, 4),
    ],
)
def test_a_figure_that_is_none_or_fits_nowhere_is_refused(clerk, cell, field):
    row = list(firms(1)[0])
    row[field] = cell
    told = bring(clerk, [tuple(row)])
    assert [each["fault"] for each in told["refused"]] == ["bad_number"]
    assert not Enterprise.objects.exists() and not Org.objects.branches().exists()


def test_a_running_number_that_fits_nowhere_is_passed_over(clerk):
    row = (9_999_999_999, *firms(1)[0][1:])
    assert bring(clerk, [row])["refused"] == []
    assert Enterprise.objects.get().number < 100


@pytest.mark.parametrize(("at", "fault"), [(1, "name"), (2, "park"), (5, "branch")])
def test_a_name_too_long_for_a_list_is_refused(clerk, at, fault):
    row = list(firms(1)[0])
    row[at] = "很" * 110 + ("党支部" if at == 5 else "")
    told = bring(clerk, [tuple(row)])
    assert [each["fault"] for each in told["refused"]] == ["too_long"]
    assert not Enterprise.objects.exists()


WORDS = st.sampled_from(
    [
        "东园",
        "恒丰机械有限公司",
        "恒丰机械有限公司党支部",
        JOINT,
        "临时党支部",
        "无",
        "园区",
        "公司",
        "党支部",
        "中共",
        "1",
        "2.5",
        "-3",
        "1e9",
        "９９９９９９９９９９９",
        "x" * 130,
        "91340899MA2T000A1P",
    ]
)
CELL = WORDS | st.none() | st.text(max_size=12) | st.integers(-(10**12), 10**20) | st.floats() | st.dates()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(*[CELL] * len(FIELDS)), min_size=1, max_size=5))
@example(rows=[(1, "甲", "东园", 2**31, 10**12, JOINT, None, None)])
@example(rows=[(2**31, "甲公司", "东园", None, None, "甲公司党支部", None, None)])
@example(rows=[(1, "公司", "园", None, None, "支部", None, None), (2, "公司", "园", 1, 1, "党支部", None, 1)])
def test_any_cells_whatever_are_stored_or_refused_with_a_sentence(clerk, rows):
    scope, kind = Scope(Actor.of(clerk)), kind_of("organisations")
    lines = [Line("表", n, dict(zip(FIELDS, row, strict=True)), {}) for n, row in enumerate(rows, 2)]
    with transaction.atomic():
        checked = kind.check(lines, scope)
        assert checked.accepted + len(checked.faulty) == len(rows)
        assert all(mark.sentence.endswith("。") and mark.code for _, mark in checked.refused)
        kind.store(checked, scope, by=clerk)
        assert Enterprise.objects.count() == checked.accepted
        transaction.set_rollback(True)
