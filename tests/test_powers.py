"""Powers come with offices and grants, and end with them at once; the administrators watch each other."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from dangqun.accounts import ways
from dangqun.kernel.calendars import today
from dangqun.kernel.live import may_listen
from dangqun.kernel.models import Fact
from dangqun.kernel.rules import RuleBroken
from dangqun.members import rules as members
from dangqun.members.models import Office, Person
from dangqun.members.rules import staff
from dangqun.members.rules.people import enrol
from dangqun.notices import rules as notices
from dangqun.notices.audience import Audience
from dangqun.orgs.access import Actor
from dangqun.orgs.models import ContactPoint, Grant, ZoneMember
from tests.world import activate

pytestmark = pytest.mark.django_db


def office_of(person, post):
    return person.offices.open().get(post=post)


def status(visit, user, name, *args):
    return visit(user).get(reverse(name, args=args)).status_code


# --- ends --------------------------------------------------------------------------------------------------
def test_a_secretary_who_lays_down_her_office_loses_page_rows_and_topic_at_once(world, visit):
    user, person = world.user["secretary"], world.person_of("secretary")
    member = world.person["孟庆华"]
    facts = {
        "title": "会议通知",
        "body": "<p>x</p>",
        "audience": Audience(orgs=(world.branches["甲"].pk,)).stored(),
    }
    notice = notices.publish(
        notices.save_draft(None, facts, by=world.user["office"]), by=world.user["office"]
    )
    browser = visit(user)
    address = reverse("person", args=(member.pk,))
    assert browser.get(address).status_code == 200
    assert may_listen(Actor.of(user), f"notice:{notice.pk}")
    members.end_office(office_of(person, Office.Post.SECRETARY), on=today(), by=world.user["office"])
    assert browser.get(address).status_code == 404
    assert not may_listen(Actor.of(user), f"notice:{notice.pk}")
    assert browser.get(reverse("me")).status_code == 200, "she is still a member"


def test_the_staff_role_ends_with_the_office_that_brought_it(world, visit):
    user, person = world.user["office"], world.person_of("office")
    assert status(visit, user, "people") == 200
    members.end_office(office_of(person, Office.Post.OFFICE_CLERK), on=today(), by=None)
    assert not Grant.objects.filter(user=user, role="office").open().exists()
    assert status(visit, user, "people") == 404


def test_another_office_that_brings_the_same_role_keeps_it(world):
    user, person = world.user["office"], world.person_of("office")
    members.appoint(person, org=world.committee, post=Office.Post.OFFICE_HEAD, on=today(), by=None)
    members.end_office(office_of(person, Office.Post.OFFICE_CLERK), on=today(), by=None)
    assert Actor.of(user).can("members.import")


def test_zones_and_contact_points_end_with_the_office(world):
    for role, post, table in (
        ("committee_member", Office.Post.COMMITTEE_MEMBER, ZoneMember),
        ("instructor", Office.Post.INSTRUCTOR, ContactPoint),
    ):
        user = world.user[role]
        assert Actor.of(user).can("members.read"), role
        members.end_office(office_of(world.person_of(role), post), on=today(), by=world.user["office"])
        assert not table.objects.open().filter(user=user).exists()
        assert not Actor.of(user).can("members.read"), role


def test_a_change_of_roles_is_recorded_once_with_old_and_new(world):
    person = world.person_of("secretary")
    members.end_office(office_of(person, Office.Post.SECRETARY), on=today(), by=world.user["office"])
    fact = Fact.objects.filter(what="accounts.roles_changed", subject_key=str(person.pk)).latest("pk")
    assert '"roles":[["secretary"],[]]' in fact.text


def test_nobody_inactive_holds_anything(world):
    user = world.user["office"]
    ways.close_account(user, by=world.user["system_admin"])
    user.refresh_from_db()
    assert Actor.of(user).holds == ()


# --- three administrators ----------------------------------------------------------------------------------
def enter(world, role="office", mobile="19855551111"):
    return staff.enter_staff(
        "新干事", mobile=mobile, role=role, org=world.committee, by=world.user["system_admin"]
    )


def test_staff_entered_by_the_system_administrator_can_do_nothing_until_confirmed(world, visit):
    person = enter(world)
    user = activate(person)
    assert status(visit, user, "people") == 404
    grant = Grant.objects.waiting().get(user=user)
    staff.confirm(grant, by=world.user["security_admin"])
    user = activate(person)
    assert status(visit, user, "people") == 200


def test_the_system_administrator_confirms_nothing_and_the_security_administrator_enters_nobody(world, visit):
    person = enter(world)
    grant = Grant.objects.waiting().get(user__person=person)
    system, security = visit(world.user["system_admin"]), visit(world.user["security_admin"])
    assert system.post(reverse("grant-confirm", args=(grant.pk,))).status_code == 404
    assert (
        security.post(
            reverse("staff"), {"name": "某人", "mobile": "19855551112", "role": "office"}
        ).status_code
        == 404
    )
    assert security.post(reverse("staff-reset", args=(person.pk,))).status_code == 404


def test_nobody_confirms_her_own_grant_nor_one_that_she_proposed(world):
    guard = world.user["security_admin"]
    own = members.propose_staff_grant(world.person_of("security_admin"), "office", world.committee, by=None)
    proposed = members.propose_staff_grant(enter(world), "auditor", world.committee, by=guard)
    for grant in (own, proposed):
        with pytest.raises(RuleBroken, match="另一位安全管理员"):
            staff.confirm(grant, by=guard)


def test_one_person_is_never_two_administrators_nor_administrator_and_clerk(world):
    guard = world.user["security_admin"]
    for role, second in (("system_admin", "auditor"), ("auditor", "office"), ("office", "system_admin")):
        grant = members.propose_staff_grant(world.person_of(role), second, world.committee, by=None)
        with pytest.raises(RuleBroken, match="分给不同的人"):
            staff.confirm(grant, by=guard)


def test_the_system_administrator_takes_over_no_other_administrator(world, visit):
    browser = visit(world.user["system_admin"])
    for role in ("security_admin", "auditor", "system_admin"):
        person = world.person_of(role)
        assert browser.post(reverse("staff-close", args=(person.pk,))).status_code == 422, role
        person.account.refresh_from_db()
        assert person.account.is_active and not person.activations.exists()
        if role == "system_admin":
            continue
        ways.close_account(person.account, by=world.user["security_admin"])
        assert browser.post(reverse("staff-close", args=(person.pk,))).status_code in (302, 422), role
        person.account.refresh_from_db()
        assert not person.account.is_active, f"{role} was opened again by another administrator"
        ways.reopen_account(person.account, by=world.user["security_admin"])


def test_the_system_administrator_sees_staff_and_no_member(world, visit):
    page = visit(world.user["system_admin"]).get(reverse("staff")).content.decode()
    assert world.user["office"].name in page
    assert [
        person.name for person in Person.objects.filter(joined_on__isnull=False) if person.name in page
    ] == []


def test_a_grant_ends_once_and_an_ended_one_stays_as_it_is(world):
    guard = world.user["security_admin"]
    grant = Grant.objects.effective().get(user=world.user["office"], role="office")
    staff.end_grant(grant, by=guard)
    assert not Actor.of(world.user["office"]).can("people.read")
    with pytest.raises(RuleBroken, match="已经停过"):
        staff.end_grant(grant, by=guard)


def test_nobody_stops_her_own_grant_and_roles_of_an_office_are_not_stopped_here(world):
    guard = world.user["security_admin"]
    own = Grant.objects.get(user=guard, role="security_admin")
    with pytest.raises(RuleBroken, match="自己的授权"):
        staff.end_grant(own, by=guard)
    of_office = Grant.objects.get(user=world.user["secretary"], role="secretary")
    with pytest.raises(RuleBroken, match="随任职或党籍"):
        staff.end_grant(of_office, by=guard)


def test_a_grant_has_its_days(world):
    grant = Grant.objects.get(user=world.user["secretary"], role="secretary")
    from datetime import timedelta

    tomorrow = today() + timedelta(days=1)
    Grant.objects.filter(pk=grant.pk).update(starts_on=tomorrow)
    assert not Actor(world.user["secretary"], today()).can("members.activate")
    assert Actor(world.user["secretary"], tomorrow).can("members.activate")


# --- who reaches how far (config/roles.py) -----------------------------------------------------------------
def names(world, user, permission="members.read"):
    return set(Person.objects.reachable(Actor.of(user), permission).values_list("name", flat=True))


def test_a_committee_member_reaches_the_zone_that_she_looks_after_and_no_other(world):
    reached = names(world, world.user["committee_member"])
    assert {"汪晓燕", "沈立群", "孟庆华"} <= reached
    assert not {"程月娥", "左小海", "杜光辉"} & reached


@pytest.mark.parametrize("post", [Office.Post.COMMITTEE_SECRETARY, Office.Post.COMMITTEE_DEPUTY])
def test_secretary_and_deputy_of_the_committee_reach_all_once_confirmed(world, post):
    person = enrol("党委书记某", org=world.committee, by=world.user["office"])
    members.appoint(person, org=world.committee, post=post, on=today(), by=world.user["office"])
    user = activate(Person.objects.get(pk=person.pk))
    assert names(world, user) == set()
    staff.confirm(Grant.objects.waiting().get(user=user), by=world.user["security_admin"])
    assert {"汪晓燕", "左小海", "杜光辉"} <= names(world, user)
    assert Actor.of(user).can("notices.publish") and not Actor.of(user).can("members.import")


def test_an_instructor_reaches_her_contact_points_only(world):
    assert "孟庆华" in names(world, world.user["instructor"])
    assert not {"沈立群", "左小海"} & names(world, world.user["instructor"])


def test_a_deputy_of_a_branch_holds_the_secretarys_role_there(world):
    person = world.person["吴桂香"]
    members.appoint(
        person, org=world.branches["甲"], post=Office.Post.DEPUTY, on=today(), by=world.user["office"]
    )
    user = activate(Person.objects.get(pk=person.pk))
    assert Actor.of(user).has_role("secretary")
    assert "孟庆华" in names(world, user) and "沈立群" not in names(world, user)


def test_an_enterprise_contact_sees_her_enterprise_and_no_person(world, visit):
    browser = visit(world.user["enterprise_rep"])
    firm, far = world.enterprises["恒丰机械有限公司"], world.enterprises["长青食品有限公司"]
    assert browser.get(reverse("enterprise", args=(firm.pk,))).status_code == 200
    assert browser.get(reverse("enterprise", args=(far.pk,))).status_code == 404
    assert browser.get(reverse("people")).status_code == 404
    page = browser.get(reverse("enterprise", args=(firm.pk,))).content.decode()
    assert [name for name in ("孟庆华", "钱大有", "沈立群", "左小海") if name in page] == []


def test_a_person_may_hold_several_roles_and_each_reaches_only_its_own(world):
    person = world.person_of("stranger")
    grant = members.propose_staff_grant(person, "office", world.parks["东园"], by=None)
    Grant.objects.filter(pk=grant.pk).update(confirmed_at=timezone.now())
    actor = Actor.of(world.user["stranger"])
    assert actor.covers("members.read", world.branches["甲"].path)
    assert actor.covers("members.activate", world.branches["丙"].path)
    assert not actor.covers("members.import", world.branches["丙"].path)


def test_the_list_of_staff_says_who_holds_what_and_what_still_waits(world, visit):
    admin = visit(world.user["system_admin"])
    assert "等授权" not in admin.get(reverse("staff")).content.decode()
    waiting = world.waiting_grant()
    page = admin.get(reverse("staff")).content.decode()
    assert "综合党委办公室，等授权" in page and ">安全管理员</span>" in page
    visit(world.user["security_admin"]).post(reverse("grant-confirm", args=(waiting.pk,)))
    page = admin.get(reverse("staff")).content.decode()
    assert "待定员" in page and "等授权" not in page
