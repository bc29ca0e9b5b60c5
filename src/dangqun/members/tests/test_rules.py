"""Membership as dated states, offices with terms, and persons whose account keeps up with them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from dangqun.kernel.calendars import today
from dangqun.kernel.crypto import blind_index
from dangqun.kernel.models import Fact
from dangqun.kernel.rules import RuleBroken
from dangqun.members import rules
from dangqun.members.models import Membership, Office, Person
from dangqun.members.rules import register
from dangqun.members.rules.offices import committee_hint, term_of
from dangqun.orgs import rules as orgs
from dangqun.orgs.access import Actor
from tests.world import SINCE

pytestmark = pytest.mark.django_db
D = date(2026, 3, 1)
State, Reason, Post = Membership.State, Membership.Reason, Office.Post


def probationary(world, joined=date(2025, 1, 10)):
    person = rules.enrol("朱小方", org=world.branches["甲"], by=None, joined_on=joined)
    rules.admit(person, branch=world.branches["甲"], state=State.PROBATIONARY, on=joined, by=None)
    return person


# --- the account keeps up -------------------------------------------------------------------------------
def test_a_changed_mobile_number_signs_in_and_the_old_one_does_not(world):
    person = world.person["孟庆华"]
    assert person.account.mobile_index == person.mobile_index
    rules.correct(person, {"mobile": "13911112222"}, by=None)
    person.account.refresh_from_db()
    assert person.account.mobile_index == blind_index("contact", "13911112222")


def test_a_changed_name_stands_in_the_account_and_in_the_order_of_lists(world):
    person = world.person["孟庆华"]
    rules.correct(person, {"name": "安庆华"}, by=None)
    person.account.refresh_from_db()
    assert person.account.name == "安庆华" and person.pinyin_key.startswith("an")
    assert person.account.username == "mengqinghua"


def test_another_persons_id_number_is_refused_with_a_sentence(world):
    rules.correct(world.person["孟庆华"], {"id_number": "11010519491231002X"}, by=None)
    with pytest.raises(RuleBroken, match="已经在名册里"):
        rules.correct(world.person["钱大有"], {"id_number": "11010519491231002X"}, by=None)


def test_an_id_number_is_corrected_only_with_a_reason_and_recorded_masked(world):
    person = world.person["孟庆华"]
    rules.correct(person, {"id_number": "11010519491231002X"}, by=None)
    with pytest.raises(RuleBroken, match="写明理由"):
        register.correct_by_hand(person, {"id_number": "340899197903080009"}, by=None)
    register.correct_by_hand(person, {"id_number": "340899197903080009"}, by=None, why="对照原件")
    text = Fact.objects.filter(what="members.corrected").latest("pk").text
    assert "对照原件" in text and "340899197903080009" not in text and "11010519491231002X" not in text


# --- membership -----------------------------------------------------------------------------------------
def test_a_probationary_member_becomes_full_after_a_year_and_the_days_before_stay(world):
    person = probationary(world)
    with pytest.raises(RuleBroken, match="预备期 12 个月"):
        rules.confirm(person, on=date(2026, 1, 9), by=None)
    rules.confirm(person, on=date(2026, 1, 10), by=None)
    person.refresh_from_db()
    assert person.full_on == date(2026, 1, 10)
    assert person.memberships.on(date(2026, 1, 9)).get().state == State.PROBATIONARY
    assert person.memberships.on(date(2026, 1, 10)).get().state == State.FULL
    with pytest.raises(RuleBroken, match="只有预备党员才能转正"):
        rules.confirm(person, on=today(), by=None)


def test_moving_to_another_branch_keeps_the_old_branch_in_the_past(world):
    person, old, new = world.person["孟庆华"], world.branches["甲"], world.branches["乙"]
    rules.move(person, to=new, on=D, by=None)
    assert person.memberships.on(D - timedelta(1)).get().branch == old
    assert person.memberships.on(D).get().branch == new and person.org == new
    assert Membership.objects.on(D - timedelta(1)).filter(branch=old).count() == 4
    with pytest.raises(RuleBroken, match="现在就在"):
        rules.move(person, to=new, on=today(), by=None)
    with pytest.raises(RuleBroken, match="不能早于"):
        rules.move(person, to=old, on=D - timedelta(1), by=None)


def test_whoever_moves_away_lays_down_the_posts_of_the_branch(world):
    secretary = world.person["汪晓燕"]
    assert Actor.of(secretary.account).can("members.activate")
    rules.move(secretary, to=world.branches["乙"], on=today(), by=None)
    assert not secretary.offices.open().exists()
    assert not Actor.of(secretary.account).can("members.activate")
    assert secretary.offices.on(today() - timedelta(1)).get().post == Post.SECRETARY


@pytest.mark.parametrize("reason", [Reason.TRANSFERRED, Reason.DIED, Reason.LEFT_PARTY])
def test_leaving_has_a_reason_and_deletes_nothing(world, reason):
    person = world.person["孟庆华"]
    rules.leave(person, reason=reason, on=D, by=None, why="见材料")
    assert Person.objects.filter(pk=person.pk).exists()
    assert person.memberships.get().ended_reason == reason
    assert person in Person.objects.members(D - timedelta(1)) and person not in Person.objects.members(D)
    assert not Actor.of(person.account).can("orgs.read")
    assert "见材料" in Fact.objects.get(what="members.left").text


def test_a_reason_that_belongs_to_another_verb_is_refused(world):
    with pytest.raises(RuleBroken, match="请选一个减少原因"):
        rules.leave(world.person["孟庆华"], reason=Reason.CONFIRMED, on=D, by=None)


def test_a_suspended_member_is_not_counted_and_comes_back_in_the_state_before(world):
    person = world.person["孟庆华"]
    rules.leave(person, reason=Reason.SUSPENDED, on=D, by=None)
    assert (
        person not in Person.objects.members(D) and person.memberships.open().get().state == State.SUSPENDED
    )
    rules.restore(person, on=D + timedelta(30), by=None)
    assert person in Person.objects.members(D + timedelta(30))
    assert person.memberships.open().get().state == State.FULL


def test_two_memberships_of_one_person_never_hold_on_one_day(world):
    person = world.person["孟庆华"]
    rules.leave(person, reason=Reason.TRANSFERRED, on=D, by=None)
    rules.admit(person, branch=world.branches["乙"], state=State.FULL, on=date(2010, 7, 1), by=None)
    assert person.memberships.open().get().starts_on == D
    for day in (SINCE, D - timedelta(1), D, today()):
        assert person.memberships.on(day).count() == 1
    with pytest.raises(RuleBroken, match="办理组织关系转接"):
        rules.admit(person, branch=world.branches["甲"], state=State.FULL, on=D, by=None)


def test_nothing_of_a_membership_happens_in_the_future(world):
    tomorrow = today() + timedelta(days=1)
    person = world.person["孟庆华"]
    for deed in (
        lambda: rules.move(person, to=world.branches["乙"], on=tomorrow, by=None),
        lambda: rules.leave(person, reason=Reason.DIED, on=tomorrow, by=None),
        lambda: rules.confirm(probationary(world), on=tomorrow, by=None),
    ):
        with pytest.raises(RuleBroken, match="今天以后"):
            deed()


def test_a_branch_with_members_that_day_or_later_is_not_closed(world):
    branch, firm = world.branches["乙"], world.enterprises["远达纺织有限公司"]
    orgs.uncover(firm, branch=branch, on=D, by=None)
    with pytest.raises(RuleBroken, match="还有 3 名党员"):
        orgs.close_org(branch, on=D, why="撤并", by=None)
    for person in Person.objects.filter(org=branch):
        rules.move(person, to=world.branches["甲"], on=D + timedelta(5), by=None)
    with pytest.raises(RuleBroken, match="还有 3 名党员"):
        orgs.close_org(branch, on=D, why="撤并", by=None)
    orgs.close_org(branch, on=D + timedelta(5), why="撤并", by=None)
    assert not branch.offices.open().exists()


# --- offices and terms ----------------------------------------------------------------------------------
def test_a_new_secretary_relieves_the_old_one_the_same_day(world):
    branch, new = world.branches["甲"], world.person["吴桂香"]
    rules.elect(new, branch=branch, post=Post.SECRETARY, on=D, by=None)
    assert branch.offices.on(D).leading().get().person == new
    assert branch.offices.on(D - timedelta(1)).leading().get().person == world.person["汪晓燕"]
    assert not Actor.of(world.person["汪晓燕"].account).can("members.activate")


def test_only_full_members_of_the_branch_itself_are_elected(world):
    branch = world.branches["甲"]
    with pytest.raises(RuleBroken, match="不是本支部的党员"):
        rules.elect(world.person["左小海"], branch=branch, post=Post.SECRETARY, on=D, by=None)
    with pytest.raises(RuleBroken, match="还不是正式党员"):
        rules.elect(probationary(world), branch=branch, post=Post.DEPUTY, on=D, by=None)
    with pytest.raises(RuleBroken, match="请选书记、副书记或者支部委员"):
        rules.elect(world.person["吴桂香"], branch=branch, post=Post.OFFICE_CLERK, on=D, by=None)


def test_a_secretary_is_not_elected_before_the_present_one(world):
    with pytest.raises(RuleBroken, match="现任书记汪晓燕"):
        rules.elect(
            world.person["吴桂香"],
            branch=world.branches["甲"],
            post=Post.SECRETARY,
            on=SINCE - timedelta(1),
            by=None,
        )


def test_an_office_does_not_end_before_it_began(world):
    office = world.person["汪晓燕"].offices.get()
    with pytest.raises(RuleBroken, match="免职日期不能早于"):
        rules.end_office(office, on=SINCE - timedelta(1), by=None)


def test_an_office_ends_once(world):
    office = world.person["汪晓燕"].offices.get()
    rules.end_office(office, on=D, by=None)
    with pytest.raises(RuleBroken, match="已经结束"):
        rules.end_office(office, on=today(), by=None)
    office.refresh_from_db()
    assert office.ends_on == D


def test_the_term_of_a_team_is_three_years_from_its_latest_election(world):
    branch = world.branches["甲"]
    term = term_of(list(branch.offices.open()), today())
    assert (term.since, term.due, term.notice) == (SINCE, date(2027, 3, 1), date(2026, 9, 1))
    rules.elect(world.person["吴桂香"], branch=branch, post=Post.SECRETARY, on=D, by=None, term_from=SINCE)
    assert term_of(list(branch.offices.open()), today()).due == date(2027, 3, 1)
    assert "待核实" in term.ahead.source and "待核实" not in term.years.source


def test_a_committee_in_a_small_branch_is_a_prompt_and_no_refusal(world):
    hint = committee_hint(Post.BRANCH_MEMBER, 6, today())
    assert "6 名正式党员" in hint and "不足 7 名" in hint
    assert committee_hint(Post.BRANCH_MEMBER, 7, today()) == ""
    assert committee_hint(Post.SECRETARY, 3, today()) == ""
    rules.elect(world.person["吴桂香"], branch=world.branches["甲"], post=Post.BRANCH_MEMBER, on=D, by=None)
