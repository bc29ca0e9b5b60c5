"""三员分立, 重设登录 and 账号清查: no two works in one hand, nobody gets in as somebody else alone, nothing is left open."""

from __future__ import annotations

from datetime import timedelta

import pytest
from click.testing import CliRunner
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from dangqun.accounts import second_factor
from dangqun.accounts.models import SignIn, User
from dangqun.accounts.rules import still_signed_in
from dangqun.config import urls
from dangqun.config.checks import all_patterns
from dangqun.config.commands import code
from dangqun.config.health import BAD, MIND, WELL, _accounts
from dangqun.kernel.calendars import today
from dangqun.kernel.models import Fact
from dangqun.kernel.rules import RuleBroken
from dangqun.members import review
from dangqun.members import rules as members
from dangqun.members.models import Membership, Office, Person
from dangqun.members.rules import resets, staff
from dangqun.members.rules.activation import activate, open_code
from dangqun.members.rules.people import enrol
from dangqun.orgs import rules as orgs
from dangqun.orgs.models import Grant, ZoneMember
from tests.samples import samples
from tests.second_factor import code_of
from tests.world import enter

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.usefixtures("town")]
ADMINISTRATORS = ("system_admin", "security_admin", "auditor")
NEW = "山路边的三棵老枫树-1949"


def granted(world, user, role, **more):
    facts = {"org": world.committee, "source": "staff", "confirmed_at": timezone.now(), "starts_on": today()}
    return Grant.objects.create(user=user, role=role, **facts | more)


# --- no two works in one hand ------------------------------------------------------------------------------
def ways_into_work(world, person, user):
    """Every way by which somebody comes to do work of the zone."""
    by, firm = world.user["office"], world.enterprises["长青食品有限公司"]
    other = world.branches["丙"]
    contact = {"post": Office.Post.ENTERPRISE_CONTACT, "on": today(), "by": by, "enterprise": firm}
    return (
        lambda: members.appoint(person, org=other, post=Office.Post.SECRETARY, on=today(), by=by),
        lambda: members.appoint(person, org=other, post=Office.Post.DEPUTY, on=today(), by=by),
        lambda: members.appoint(person, org=other, **contact),
        lambda: orgs.look_after(world.zones[1], user=user, on=today(), by=by),
        lambda: orgs.visit(firm, user=user, branch=other, on=today(), by=by),
    )


@pytest.mark.parametrize("role", ADMINISTRATORS)
def test_an_administrator_comes_to_no_other_work_by_any_way(world, role):
    person, user = world.person_of(role), world.user[role]
    for way in ways_into_work(world, person, user):
        with pytest.raises(RuleBroken, match="分给不同的人"):
            way()
    for second in {*ADMINISTRATORS, "office", "committee_member"} - {role}:
        grant = members.propose_staff_grant(person, second, world.committee, by=None)
        with pytest.raises(RuleBroken, match="分给不同的人"):
            staff.confirm(grant, by=activated_guard(world))


def activated_guard(world):
    return User.objects.get_or_create(username="lingyiwei", name="另一位安管员")[0]


def test_nobody_with_work_becomes_an_administrator_also_when_that_work_begins_later(world):
    tomorrow = today() + timedelta(days=1)
    plain = [enrol(f"新人{n}", org=world.committee, by=None) for n in "甲乙丙"]
    users = [members.account_for(person, by=None) for person in plain]
    granted(world, users[0], "office", starts_on=tomorrow)
    ZoneMember.objects.filter(zone=world.zones[0]).update(ends_on=tomorrow)
    ZoneMember.objects.create(zone=world.zones[0], user=users[1], starts_on=tomorrow)
    for role, user in (
        ("secretary", world.user["secretary"]),
        ("committee_member", world.user["committee_member"]),
        ("instructor", world.user["instructor"]),
        ("later", users[0]),
        ("later", users[1]),
    ):
        grant = members.propose_staff_grant(user.person, "auditor", world.committee, by=None)
        with pytest.raises(RuleBroken, match="分给不同的人"):
            staff.confirm(grant, by=world.user["security_admin"])
        assert role
    grant = members.propose_staff_grant(plain[2], "auditor", world.committee, by=None)
    assert staff.confirm(grant, by=world.user["security_admin"])


def test_a_party_member_may_be_an_administrator(world):
    person = world.person["钱大有"]
    grant = members.propose_staff_grant(person, "auditor", world.committee, by=None)
    assert staff.confirm(grant, by=world.user["security_admin"])
    by = world.user["office"]
    members.leave(person, reason=Membership.Reason.SUSPENDED, on=today(), by=by)
    members.restore(person, on=today(), by=by)
    assert person.memberships.open().counted().exists()


def test_the_database_itself_keeps_one_administrator_role_a_person(world):
    for second in {*ADMINISTRATORS} - {"auditor"}:
        with pytest.raises(IntegrityError), transaction.atomic():
            granted(world, world.user["auditor"], second)


@pytest.mark.once
def test_no_page_of_the_whole_house_shows_an_administrator_a_member(world, visit, monkeypatch):
    """The auditor's own screen names whom a record is about; that is what she is there to read."""
    monkeypatch.setattr(
        urls, "handler404", lambda request, exception: HttpResponse(status=404), raising=False
    )
    enter(Client(), world.user["member"])
    held = samples(world)
    names = set(Person.objects.filter(joined_on__isnull=False).values_list("name", flat=True))
    page = visit(world.user["office"]).get(reverse("people")).content.decode()
    assert any(name in page for name in names), "there is something to leak"
    shown = {}
    for role in ADMINISTRATORS:
        browser, opened = visit(world.user[role]), 0
        for pattern in all_patterns(get_resolver()):
            if "GET" not in pattern.callback.methods or pattern.callback.needs == "facts.read":
                continue
            bare = [] if pattern.pattern.converters else [({}, None)]
            for kwargs, _ in held.get(pattern.name) or bare:
                address = reverse(pattern.name, kwargs=kwargs)
                answer = browser.get(address)
                if answer.status_code == 200:
                    opened += 1
                    body = b"".join(answer) if answer.streaming else answer.content
                    shown[role, address] = [name for name in names if name.encode() in body]
        assert opened > 5
    assert {key: found for key, found in shown.items() if found} == {}


# --- 重设登录 ----------------------------------------------------------------------------------------------
WAYS = (  # whose way in, who asks, who confirms
    ("office", "system_admin", "security_admin"),
    ("auditor", "system_admin", "security_admin"),
    ("security_admin", "system_admin", "auditor"),
    ("system_admin", "security_admin", "auditor"),
    ("secretary", "office", "security_admin"),
    ("member", "office", "security_admin"),
)


@pytest.mark.parametrize(("role", "asker", "second"), WAYS)
def test_two_people_open_a_way_and_each_holds_half_a_code(world, role, asker, second):
    person, user = world.person_of(role), world.user[role]
    begun = second_factor.begin(user, by=user)
    second_factor.confirm(begun, code_of(begun.secret.open()), network="x")
    first = resets.ask(person, by=world.user[asker])
    assert not opens(user.username, first + "AAAA"), "nothing is confirmed yet"
    for other in {"system_admin", "security_admin", "auditor", "office", "secretary", role, asker} - {second}:
        witness = other == "auditor"
        if other in ("security_admin", "auditor"):
            assert not resets.waiting_for(world.user[other], witness=witness).filter(person=person).exists()
    held = resets.waiting_for(world.user[second], witness=second == "auditor").get(person=person)
    last = resets.confirm(held, by=world.user[second])
    for guess in (first + "AAAA", "AAAA" + last, last + first, first, last):
        assert not opens(user.username, guess)
    assert second_factor.is_on(user), "until the code is used nothing has changed"
    held.refresh_from_db()
    assert held.tries_left == 0, "five tries in all"


def opens(name, typed):
    try:
        return open_code(name, typed, network="10.0.0.1")
    except RuleBroken:
        return None


def test_with_both_halves_she_sets_a_password_and_her_second_factor_anew_and_is_told_of_every_step(world):
    person, user = world.person_of("office"), world.user["office"]
    begun = second_factor.begin(user, by=user)
    _, printed = begun, second_factor.confirm(begun, code_of(begun.secret.open()), network="x")
    first = resets.ask(person, by=world.user["system_admin"])
    held = resets.waiting_for(world.user["security_admin"], witness=False).get(person=person)
    last = resets.confirm(held, by=world.user["security_admin"])
    activate(opens(user.username, f"{first}-{last}".lower()), NEW)
    user.refresh_from_db()
    assert not second_factor.is_on(user) and user.check_password(NEW)
    browser = Client()
    browser.post(reverse("sign-in"), {"username": user.username, "password": NEW})
    page = browser.get(reverse("me-devices")).content.decode()
    for words in ("申请重设您的登录", "同意重设您的登录", "关闭了验证码", "改了密码", "系管员", "安管员"):
        assert words in page, words
    kinds = {
        "members.reset_asked",
        "members.reset_confirmed",
        "members.activated",
        "accounts.second_factor_off",
    }
    assert kinds <= set(Fact.objects.values_list("what", flat=True))
    assert printed[0] not in page


def test_nobody_asks_for_whom_it_is_not_hers_to_ask_nor_for_herself(world):
    asks = {(role, asker) for role, asker, _ in WAYS}
    for role in ("office", "auditor", "security_admin", "system_admin", "secretary", "member"):
        for asker in (*ADMINISTRATORS, "office", "secretary", "committee_member"):
            if (role, asker) not in asks:
                with pytest.raises(RuleBroken):
                    resets.ask(world.person_of(role), by=world.user[asker])


def test_nobody_confirms_what_she_asked_for_or_what_opens_her_own_account(world):
    resets.ask(world.person_of("auditor"), by=world.user["system_admin"])
    held = world.person_of("auditor").activations.get()
    for role in ("system_admin", "auditor"):
        with pytest.raises(RuleBroken, match="另一位"):
            resets.confirm(held, by=world.user[role])


def test_what_was_refused_opens_nothing_and_is_answered_once(world, visit):
    person = world.person_of("office")
    resets.ask(person, by=world.user["system_admin"])
    held = person.activations.get()
    browser = visit(world.user["security_admin"])
    assert "等您同意的登录" in browser.get(reverse("grants")).content.decode()
    assert "同意 1 条登录申请" in browser.get(reverse("todo")).content.decode()
    browser.post(reverse("grant-reset-refuse", args=(held.pk,)))
    assert browser.post(reverse("grant-reset-confirm", args=(held.pk,))).status_code == 404
    with pytest.raises(RuleBroken, match="已经有人处理"):
        resets.confirm(held, by=world.user["security_admin"])


def test_pages_show_each_of_the_two_her_half_once(world, visit):
    clerk = world.person_of("office")
    asked = visit(world.user["system_admin"]).post(reverse("staff-reset", args=(clerk.pk,))).content.decode()
    held = clerk.activations.get()
    guard = visit(world.user["security_admin"])
    told = guard.post(reverse("grant-reset-confirm", args=(held.pk,))).content.decode()
    assert "前半个码" in asked and "后半个码" in told and "系管员" in told
    assert guard.post(reverse("grant-reset-confirm", args=(held.pk,))).status_code == 404


def test_at_her_next_sign_in_she_is_told_who_asked_for_a_code(world):
    user, person = world.user["member"], world.person_of("member")
    enter(Client(), user)
    SignIn.objects.filter(user=user).update(started_at=timezone.now() - timedelta(hours=1))
    members_code(world, person)
    browser = Client()
    browser.post(reverse("sign-in"), {"username": user.username, "password": "杉树-1949-窗台"})
    assert "章文静给您发了激活码" in browser.get(reverse("todo")).content.decode()
    assert "章文静给您发了激活码" not in browser.get(reverse("todo")).content.decode()


def members_code(world, person):
    from dangqun.members.rules.activation import issue_code

    return issue_code(person, by=world.user["office"])


def test_the_command_line_resets_password_and_second_factor_and_both_are_facts(world):
    user = world.user["security_admin"]
    begun = second_factor.begin(user, by=user)
    second_factor.confirm(begun, code_of(begun.secret.open()), network="x")
    told = CliRunner().invoke(code.command, [user.username]).output
    assert "重新开启" in told
    typed = told.split("激活码 ")[1][:9]
    activate(opens(user.username, typed), NEW)
    assert not second_factor.is_on(user)
    fact = Fact.objects.filter(what="members.code_issued").latest("pk")
    assert fact.actor_id is None and "验证码一并重设" in fact.text


# --- 账号清查 ----------------------------------------------------------------------------------------------
def test_accounts_that_nobody_answers_for_are_listed_and_closed_by_the_system_administrator(world, visit):
    nobody = User.objects.create(username="gongyong", name="公用账号")
    leaver = world.user["member"]
    assert set(review.orphaned()) == {nobody}
    members.leave(leaver.person, reason=Membership.Reason.TRANSFERRED, on=today(), by=world.user["office"])
    assert {user.why for user in review.orphaned()} == {review.NOBODY, review.NOTHING}
    guard, system = visit(world.user["security_admin"]), visit(world.user["system_admin"])
    page = guard.get(reverse("grants-review")).content.decode()
    assert "公用账号" in page and "没有对应的人" in page
    for user in (nobody, leaver):
        assert guard.post(reverse("staff-orphan", args=(user.pk,))).status_code == 404
        assert system.post(reverse("staff-orphan", args=(user.pk,))).status_code == 302
        user.refresh_from_db()
        assert not user.is_active
    assert system.post(reverse("staff-orphan", args=(world.user["office"].pk,))).status_code == 404
    assert not review.orphaned().exists()


def test_staff_with_a_code_outside_long_unused_or_with_two_works_are_found_and_no_member_is(world, settings):
    long_ago = timezone.now() - timedelta(days=settings.UNUSED_DAYS + 1)
    User.objects.update(activated_at=long_ago)
    enter(Client(), world.user["auditor"])
    office = world.person_of("office")
    resets.ask(office, by=world.user["system_admin"])
    resets.confirm(office.activations.get(), by=world.user["security_admin"])
    members_code(world, world.person_of("member"))
    granted(world, world.user["system_admin"], "office")
    found = {(each.user.name, each.why) for each in review.of_staff()}
    assert ("系管员", review.MIXED) in found and ("安管员", review.UNUSED) in found
    assert ("审计员", review.UNUSED) not in found
    assert ("章文静", review.CODE) in found
    assert not any(name in {"孟庆华", "汪晓燕"} for name, _ in found)


def test_doctor_names_accounts_that_nobody_answers_for(world):
    assert [state for state, _ in _accounts()] == [WELL]
    User.objects.create(username="gongyong", name="公用账号")
    ((state, sentence),) = _accounts()
    assert state in (MIND, BAD) and "gongyong" in sentence


# --- what a passing day ends -------------------------------------------------------------------------------
def sits_since_yesterday(visit, user):
    browser = visit(user)
    yesterday = timezone.now() - timedelta(days=1)
    SignIn.objects.filter(session_key=browser.session.session_key).update(started_at=yesterday)
    return browser, browser.session.session_key


def test_a_session_of_staff_ends_with_the_day_on_which_the_grant_ends_and_not_before(world, visit):
    user = world.user["office"]
    browser, key = sits_since_yesterday(visit, user)
    Grant.objects.filter(user=user, role="office").update(ends_on=today() + timedelta(days=1))
    assert still_signed_in([key]) == {key} and browser.get(reverse("people")).status_code == 200
    Grant.objects.filter(user=user, role="office").update(ends_on=today())
    cache.clear()  # a page asks once a day what the day has ended
    assert still_signed_in([key]) == set()
    assert browser.get(reverse("people"))["Location"].startswith("/sign-in/")
    assert SignIn.objects.get(session_key=key).ended_why == "powers ended"
    _, again = browser, visit(user)
    assert again.get(reverse("me")).status_code == 200, "whoever signs in afterwards has an ordinary session"


def test_a_member_whose_office_ends_by_the_day_keeps_her_session_and_loses_the_reach(world, visit):
    user = world.user["secretary"]
    browser, key = sits_since_yesterday(visit, user)
    Grant.objects.filter(user=user, role="secretary").update(ends_on=today())
    assert still_signed_in([key]) == {key}
    assert browser.get(reverse("me")).status_code == 200 and browser.get(reverse("people")).status_code == 404


def test_whoever_holds_nothing_any_more_is_signed_out_with_that_day(world, visit):
    for role, mine in (("committee_member", "zones"), ("instructor", "contact_points"), ("member", "grants")):
        user = world.user[role]
        _, key = sits_since_yesterday(visit, user)
        assert still_signed_in([key]) == {key}, role
        getattr(user, mine).update(ends_on=today())
        assert still_signed_in([key]) == set(), role


def test_a_hand_over_by_somebodys_deed_ends_sessions_at_once_also_of_today(world, visit):
    by = world.user["office"]
    deeds = {
        "committee_member": lambda: orgs.arrange_zone(
            world.zones[0], user=None, branches=[], on=today(), by=by
        ),
        "instructor": lambda: orgs.end_visit(
            world.user["instructor"].contact_points.get(), on=today(), by=by
        ),
        "member": lambda: members.leave(
            world.person["孟庆华"], reason=Membership.Reason.TRANSFERRED, on=today(), by=by
        ),
        "auditor": lambda: staff.end_grant(
            world.user["auditor"].grants.get(), by=world.user["security_admin"]
        ),
    }
    for role, deed in deeds.items():
        browser = visit(world.user[role])
        assert browser.get(reverse("me")).status_code == 200
        deed()
        assert still_signed_in([browser.session.session_key or "x"]) == set(), role
        assert browser.get(reverse("me"))["Location"].startswith("/sign-in/"), role
