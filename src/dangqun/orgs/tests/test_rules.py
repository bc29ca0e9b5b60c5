"""Enterprises, covers, zones and contact points."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from dangqun.kernel.calendars import today
from dangqun.kernel.rules import RuleBroken
from dangqun.orgs import rules
from dangqun.orgs.access import Actor
from dangqun.orgs.models import ContactPoint, Enterprise, Org

pytestmark = pytest.mark.django_db
CODE, OTHER = "91350100M000100Y43", "91110000600037341L"
D = date(2026, 3, 1)


def firm(world, name="新企业", **facts):
    return rules.register_enterprise(name, park=world.parks["东园"], by=None, **facts)


def test_a_credit_code_is_checked_by_its_own_checksum_and_stored_clean(world):
    assert firm(world, credit_code=f" {CODE.lower()} ").credit_code == CODE
    with pytest.raises(RuleBroken, match="校验码不符") as refusal:
        firm(world, "另一家", credit_code=CODE[:-1] + "4")
    assert refusal.value.field == "credit_code"


def test_enterprises_without_a_code_do_not_clash(world):
    assert firm(world, "甲企业").credit_code is None
    assert firm(world, "乙企业", credit_code="").credit_code is None


def test_a_duplicate_is_refused_with_a_sentence_that_names_the_other(world):
    held = firm(world, credit_code=CODE)
    with pytest.raises(RuleBroken, match="“新企业”已经用了这个信用代码"):
        firm(world, "另一家", credit_code=CODE)
    with pytest.raises(RuleBroken, match="名册里已经有“新企业”"):
        firm(world)
    other = firm(world, "另一家", credit_code=OTHER)
    with pytest.raises(RuleBroken, match="已经用了这个信用代码"):
        rules.correct_enterprise(other, {"credit_code": CODE}, by=None)
    assert Enterprise.objects.filter(credit_code=CODE).get() == held


def test_correcting_an_enterprise_records_only_what_changed(world):
    from dangqun.kernel.models import Fact

    held = firm(world, employees=10)
    rules.correct_enterprise(held, {"employees": 12, "name": "新企业"}, by=world.user["office"])
    fact = Fact.objects.filter(what="orgs.enterprise_corrected").get()
    assert json.loads(fact.text)["changes"] == {"employees": [10, 12]}
    rules.correct_enterprise(held, {"employees": 12}, by=None)
    assert Fact.objects.filter(what="orgs.enterprise_corrected").count() == 1


def test_an_enterprise_moves_to_another_park_and_keeps_its_branch(world):
    held = world.enterprises["恒丰机械有限公司"]
    rules.move_enterprise(held, to=world.parks["西园"], by=None)
    held.refresh_from_db()
    assert held.park == world.parks["西园"] and held.branch_links.open().get().branch == world.branches["甲"]
    with pytest.raises(RuleBroken, match="现在就在"):
        rules.move_enterprise(held, to=world.parks["西园"], by=None)


def test_an_enterprise_leaves_the_zone_only_when_no_branch_covers_it(world):
    held = world.enterprises["恒丰机械有限公司"]
    with pytest.raises(RuleBroken, match="还有党支部覆盖"):
        rules.release_enterprise(held, on=today(), why="迁出", by=None)
    rules.uncover(held, branch=world.branches["甲"], on=today(), by=None)
    rules.release_enterprise(held, on=today(), why="迁出", by=None)
    assert held not in Enterprise.objects.open(today())
    assert held in Enterprise.objects.open(today() - timedelta(days=1))


def test_a_cover_has_its_days_and_two_of_one_branch_never_overlap(world):
    held, branch = firm(world), world.branches["甲"]
    rules.cover(held, branch=branch, on=D, by=None)
    rules.uncover(held, branch=branch, on=D + timedelta(30), by=None)
    with pytest.raises(RuleBroken, match="换一个日期"):
        rules.cover(held, branch=branch, on=D + timedelta(10), by=None)
    rules.cover(held, branch=branch, on=D + timedelta(30), by=None)
    organised = {n: held in Enterprise.objects.covered(D + timedelta(n)) for n in (-1, 0, 29, 30)}
    assert organised == {-1: False, 0: True, 29: True, 30: True}


def test_covering_again_without_a_day_begins_today(world):
    held, branch = firm(world), world.branches["甲"]
    rules.cover(held, branch=branch, on=D, by=None)
    rules.uncover(held, branch=branch, on=D + timedelta(30), by=None)
    assert rules.cover(held, branch=branch, by=None).starts_on == today()


def test_a_cover_does_not_end_before_it_began(world):
    held = firm(world)
    rules.cover(held, branch=world.branches["甲"], on=D, by=None)
    with pytest.raises(RuleBroken, match="结束日期不能早于"):
        rules.uncover(held, branch=world.branches["甲"], on=D - timedelta(1), by=None)


def test_an_instructor_goes_with_the_branch_of_his_enterprise(world):
    held, user = world.enterprises["恒丰机械有限公司"], world.user["instructor"]
    own, other = world.branches["甲"], world.branches["乙"]
    assert Actor.of(user).covers("members.read", own.path)
    rules.uncover(held, branch=own, on=today(), by=None)
    rules.cover(held, branch=other, on=today(), by=None)
    actor = Actor.of(user)
    assert not actor.covers("members.read", own.path) and actor.covers("members.read", other.path)
    assert ContactPoint.objects.open().filter(user=user, enterprise=held).count() == 1


def test_a_joint_branch_above_five_units_is_a_warning_and_no_error(world):
    firms = [firm(world, f"企业{n}") for n in range(6)]
    facts = {"under": world.parks["东园"], "on": D, "by": None, "formation": Org.Formation.JOINT}
    five = rules.found_branch("五家联合党支部", enterprises=firms[:5], **facts)
    assert rules.joint_warning(five, today()) == ""
    rules.cover(firms[5], branch=five, on=D, by=None)
    assert "由 6 家企业联合组建，一般不超过 5 家" in rules.joint_warning(five, today())
    assert rules.joint_warning(world.branches["甲"], today()) == ""


def test_a_branch_is_founded_over_as_many_enterprises_as_its_kind_says(world):
    firms = [firm(world, f"企业{n}") for n in range(2)]
    facts = {"under": world.parks["东园"], "on": D, "by": None}
    with pytest.raises(RuleBroken, match="请选联合支部"):
        rules.found_branch("单独党支部", enterprises=firms, formation="own", **facts)
    with pytest.raises(RuleBroken, match="至少由两家"):
        rules.found_branch("联合党支部", enterprises=firms[:1], formation="joint", **facts)
    made = rules.found_branch("临时党支部", enterprises=firms[:1], formation="temporary", **facts)
    assert (
        made.enterprise_links.on(D).count() == 1 and not made.enterprise_links.on(D - timedelta(1)).exists()
    )
    assert not Org.objects.filter(name="联合党支部").exists()


def test_a_zone_passes_to_another_member_and_its_branches_change_with_a_day(world):
    zone, before = world.zones[0], world.user["committee_member"]
    after = world.user["office"]
    rules.arrange_zone(
        zone, user=after, branches=[world.branches["乙"], world.branches["丙"]], on=today(), by=None
    )
    assert Actor.of(before).paths("members.read") == ()
    assert set(zone.branches.open().values_list("branch__short_name", flat=True)) == {
        world.branches["乙"].short_name,
        world.branches["丙"].short_name,
    }
    assert world.zones[1].branches.open().count() == 1
    yesterday = Actor(before, today() - timedelta(days=1))
    assert yesterday.covers("members.read", world.branches["甲"].path)


def test_a_zone_is_not_handed_over_before_it_was_given(world):
    with pytest.raises(RuleBroken, match="日期不能早于"):
        rules.look_after(world.zones[0], user=world.user["office"], on=date(2020, 1, 1), by=None)


def test_a_contact_point_ends_and_with_it_the_reach(world):
    point = ContactPoint.objects.open().get()
    with pytest.raises(RuleBroken, match="结束日期不能早于"):
        rules.end_visit(point, on=date(2020, 1, 1), by=None)
    rules.end_visit(point, on=today(), by=None)
    assert not Actor.of(world.user["instructor"]).covers("members.read", world.branches["甲"].path)


def test_a_very_long_name_gives_a_short_name_that_its_column_holds(world):
    long = "恒丰" * 45
    assert firm(world, long).short_name == long[:60]
    made = rules.open_org(Org.Kind.BRANCH, long, under=world.parks["东园"], by=None, formation="own")
    assert made.short_name == long[:60]
    assert rules.rename_org(made, name=long + "新", on=today(), by=None).short_name == long[:60]
