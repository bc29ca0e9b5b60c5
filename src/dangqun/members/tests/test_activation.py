"""Activation codes: single use, 7 days, 5 tries, kept as a keyed hash, the issuer shown to the person."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dangqun.accounts.models import User
from dangqun.kernel.rules import RuleBroken
from dangqun.members import rules as members
from dangqun.members.models import Activation, Membership
from dangqun.members.rules.activation import SHARED, WRONG, activate, issue_code, open_code, opened
from dangqun.members.rules.people import enrol
from tests.world import PASSWORD, build

pytestmark = [pytest.mark.django_db, pytest.mark.once]
GOOD = "窗台上有三盆-花"
COOKIE = settings.SESSION_COOKIE_NAME


@pytest.fixture
def newcomer(world):
    """A member of branch 甲 who has no account yet."""
    return join(world, "罗新民", "19855550001")


def join(world, name, mobile):
    by, branch = world.user["office"], world.branches["甲"]
    person = enrol(name, org=branch, by=by, mobile=mobile)
    members.admit(person, branch=branch, state=Membership.State.FULL, on=None, by=by)
    return person


def code_for(world, person):
    code = issue_code(person, by=world.user["secretary"])
    person.refresh_from_db()
    return person.account.username, code


def opens(name, code, network="10.0.0.1"):
    try:
        return open_code(name, code, network=network)
    except RuleBroken as refusal:
        assert refusal.sentence.startswith((WRONG, "输错次数多了", "这个账号刚才"))
        return None


def through_the_page(name, code, browser=None):
    browser = browser or Client()
    return browser, browser.post(reverse("activate"), {"name": name, "code": code})


def test_a_code_opens_the_page_that_names_its_issuer_and_a_password_signs_in(world, newcomer):
    name, code = code_for(world, newcomer)
    browser, answer = through_the_page(name, code.lower().replace("-", " "))
    assert answer["Location"] == reverse("activate-password")
    page = browser.get(answer["Location"]).content.decode()
    assert "罗新民" in page and world.user["secretary"].name in page and name in page
    answer = browser.post(reverse("activate-password"), {"password": GOOD, "again": GOOD, "told": "on"})
    assert answer["Location"] == reverse("todo")
    me = browser.get(reverse("me")).content.decode()
    assert f"激活码由{world.user['secretary'].name}发出" in me
    assert User.objects.get(username=name).check_password(GOOD)


def test_a_code_works_once(world, newcomer):
    name, code = code_for(world, newcomer)
    activate(opens(name, code), GOOD)
    assert opens(name, code) is None


def test_two_browsers_that_opened_one_code_set_one_password(world, newcomer):
    name, code = code_for(world, newcomer)
    first, second = opens(name, code), opens(name, code)
    activate(first, GOOD)
    with pytest.raises(RuleBroken):
        activate(second, "另一个人的-密码")
    assert User.objects.get(username=name).check_password(GOOD)


@pytest.mark.django_db(transaction=True)
def test_of_two_threads_with_one_code_exactly_one_wins():
    world = build()
    name, code = code_for(world, join(world, "罗新民", "19855550001"))
    start, won = threading.Barrier(2), []
    browsers = {word: opened(opens(name, code).pk) for word in "花草"}

    def use(word):
        password = f"窗台上有三盆-{word}"
        start.wait(10)
        try:
            activate(browsers[word], password)
            won.append(password)
        except RuleBroken:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=use, args=(word,)) for word in "花草"]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert len(won) == 1
    assert User.objects.get(username=name).check_password(won[0])


def test_a_code_ends_after_seven_days_also_when_it_was_opened_before(world, newcomer):
    name, code = code_for(world, newcomer)
    held = opens(name, code)
    assert held.expires_at - held.issued_at == timedelta(days=7)
    Activation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert opens(name, code) is None
    assert opened(held.pk) is None


def test_five_wrong_tries_from_anywhere_spoil_a_code(world, newcomer):
    name, code = code_for(world, newcomer)
    for number in range(5):
        assert opens(name, "AAAA-AAAA", network=f"10.0.{number}.1") is None
    assert opens(name, code, network="10.0.9.1") is None
    assert Activation.objects.get().tries_left == 0


def test_wrong_codes_of_one_member_do_not_shut_out_the_others_on_the_same_network(world, newcomer):
    name, code = code_for(world, newcomer)
    other = join(world, "罗小满", "19855550002")
    for _ in range(6):
        opens("nobody", "AAAA-AAAA")
        opens(other.name, "AAAA-AAAA")
    assert opens(name, code) is not None


def test_a_new_code_withdraws_the_earlier_one(world, newcomer):
    name, first = code_for(world, newcomer)
    held = opens(name, first)
    _, second = code_for(world, newcomer)
    assert opens(name, first) is None
    assert opened(held.pk) is None, "also for a browser that had opened it"
    assert opens(name, second) is not None


def test_a_code_lies_nowhere_in_clear(world, newcomer):
    _, code = code_for(world, newcomer)
    held = Activation.objects.get()
    assert len(held.code_hash) == 64 and code.replace("-", "") not in held.code_hash
    from dangqun.kernel.models import Fact

    assert [fact for fact in Fact.objects.all() if code.replace("-", "") in fact.text.replace("-", "")] == []
    another = join(world, "罗小满", "19855550002")
    from dangqun.members.rules.activation import hashed

    assert hashed(another, "AAAAAAAA") != hashed(newcomer, "AAAAAAAA"), "equal codes of two people differ"


def test_codes_have_no_characters_that_are_read_wrongly(world, newcomer):
    codes = {code_for(world, newcomer)[1] for _ in range(30)}
    assert len(codes) == 30
    assert not set("".join(codes)) & set("0O1IL")


def test_unknown_names_used_up_and_wrong_codes_get_the_same_words(world, newcomer):
    name, code = code_for(world, newcomer)
    told = set()
    for typed in (("nobody", code), (name, "AAAA-AAAA"), (world.user["auditor"].username, code)):
        _, answer = through_the_page(*typed, browser=Client(REMOTE_ADDR=f"10.0.7.{len(told)}"))
        told.add(WRONG in answer.content.decode() and answer.status_code)
    assert told == {200}


def test_two_people_with_one_mobile_number_are_told_to_use_the_user_name(world, newcomer):
    other = join(world, "罗小满", "19855550001")
    name, code = code_for(world, newcomer)
    code_for(world, other)
    _, answer = through_the_page("19855550001", code)
    assert SHARED in answer.content.decode()
    assert opens(name, code) is not None


def test_a_weak_password_keeps_the_code_usable(world, newcomer):
    name, code = code_for(world, newcomer)
    browser, _ = through_the_page(name, code)
    answer = browser.post(
        reverse("activate-password"), {"password": "12345678", "again": "12345678", "told": "on"}
    )
    assert "太常见" in answer.content.decode()
    assert (
        browser.post(
            reverse("activate-password"), {"password": GOOD, "again": GOOD, "told": "on"}
        ).status_code
        == 302
    )


def test_somebody_locked_out_for_wrong_passwords_gets_in_with_a_new_code(world):
    person, name = world.person_of("member"), world.user["member"].username
    for _ in range(settings.LOCK_AFTER_FAILURES + 1):
        Client().post(reverse("sign-in"), {"username": name, "password": "错的密码"})
    browser, _ = through_the_page(name, issue_code(person, by=world.user["office"]))
    browser.post(reverse("activate-password"), {"password": GOOD, "again": GOOD, "told": "on"})
    assert browser.get(reverse("me")).status_code == 200
    assert Client().post(reverse("sign-in"), {"username": name, "password": GOOD}).status_code == 302


def test_a_session_planted_in_a_browser_does_not_share_the_code_that_is_opened_in_it(world, newcomer):
    name, code = code_for(world, newcomer)
    browser, thief = Client(), Client()
    planted = browser.session
    planted.save()
    browser.cookies[COOKIE] = thief.cookies[COOKIE] = planted.session_key
    through_the_page(name, code, browser)
    assert browser.get(reverse("activate-password")).status_code == 200
    assert thief.get(reverse("activate-password"))["Location"] == reverse("activate")


def test_an_account_that_is_closed_meanwhile_is_not_opened_by_its_code(world, newcomer):
    name, code = code_for(world, newcomer)
    held = opens(name, code)
    User.objects.filter(username=name).update(is_active=False)
    assert opened(held.pk) is None and opens(name, code) is None
    with pytest.raises(RuleBroken, match="已停用"):
        issue_code(newcomer, by=world.user["secretary"])


# --- who may hand out whose code ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("issuer", "target", "allowed"),
    [
        ("secretary", "member", False),
        ("office", "member", True),
        ("office", "secretary", False),
        ("office", "committee_member", False),
        ("office", "instructor", False),
        ("office", "enterprise_rep", True),
        ("office", "system_admin", False),
        ("office", "security_admin", False),
        ("office", "auditor", False),
    ],
)
def test_the_office_alone_hands_out_new_codes_to_those_who_read_only_their_own_and_a_secretary_only_the_first_one(
    world, issuer, target, allowed
):
    person = world.person_of(target)
    if allowed:
        assert issue_code(person, by=world.user[issuer])
        return
    with pytest.raises(RuleBroken, match=r"系统管理员来发|已经激活过|两个人"):
        issue_code(person, by=world.user[issuer])
    assert not person.activations.exists()


def test_a_secretary_cannot_take_over_a_committee_member_of_her_own_branch(world, visit):
    by = world.user["office"]
    person = join(world, "罗委员", "19855550003")
    assert issue_code(person, by=world.user["secretary"])
    members.propose_staff_grant(person, "office", world.committee, by=by)
    page = visit(world.user["secretary"]).post(reverse("issue-code", args=(person.pk,)))
    assert page.status_code == 422 and "系统管理员来发" in page.content.decode()


def test_a_sheet_of_slips_leaves_codes_in_peoples_hands_alone_and_names_those_beyond(world, visit):
    first, second = join(world, "罗新民", "19855550001"), join(world, "罗小满", "19855550002")
    name, code = code_for(world, first)
    browser = visit(world.user["secretary"])
    page = browser.post(reverse("issue-codes", args=(world.branches["甲"].pk,))).content.decode()
    assert second.name in page and first.name not in page
    assert opens(name, code) is not None
    again = browser.post(reverse("issue-codes", args=(world.branches["甲"].pk,))).content.decode()
    assert "手里有激活码" in again


def test_the_page_of_a_member_who_forgot_her_password_offers_a_new_code_to_the_office_alone(world, visit):
    person, browser = world.person_of("member"), visit(world.user["secretary"])
    page = browser.get(reverse("person", args=(person.pk,))).content.decode()
    assert "激活码</button>" not in page
    assert browser.post(reverse("issue-code", args=(person.pk,))).status_code == 422
    browser = visit(world.user["office"])
    assert "重发激活码" in browser.get(reverse("person", args=(person.pk,))).content.decode()
    slip = browser.post(reverse("issue-code", args=(person.pk,))).content.decode()
    assert person.account.username in slip and "第一次用，去激活" in slip


def test_the_sheet_reaches_nobody_of_another_branch(world, visit):
    join(world, "罗新民", "19855550001")
    browser = visit(world.user["stranger"])
    assert browser.post(reverse("issue-codes", args=(world.branches["甲"].pk,))).status_code == 404
    assert not Activation.objects.exists()


def test_names_longer_than_a_user_name_and_names_without_letters_get_accounts(world):
    by = world.user["office"]
    long = "阿卜杜热合曼阿布都克里木江买买提吐尔逊古丽"
    names = [enrol(long, org=world.branches["甲"], by=by) for _ in range(2)]
    names.append(enrol("1390000", org=world.branches["甲"], by=by))
    users = [members.account_for(person, by=by).username for person in names]
    assert len(set(users)) == 3 and all(0 < len(user) <= 40 for user in users)
    assert users[2].startswith("yonghu"), "a user name is never a number, which could be somebody's mobile"


def test_the_password_of_the_town_still_opens_it(world):
    answer = Client().post(
        reverse("sign-in"), {"username": world.user["member"].username, "password": PASSWORD}
    )
    assert answer.status_code == 302


def test_slips_of_a_park_lie_branch_by_branch(world, visit):
    joined = [
        ("卜后到", "乙", "19855550011"),
        ("曹先到", "甲", "19855550012"),
        ("阿后到", "乙", "19855550013"),
    ]
    for name, branch, mobile in joined:
        person = enrol(name, org=world.branches[branch], by=world.user["office"], mobile=mobile)
        members.admit(
            person,
            branch=world.branches[branch],
            state=Membership.State.FULL,
            on=None,
            by=world.user["office"],
        )
    browser = visit(world.user["office"])
    page = browser.get(reverse("org", args=(world.committee.pk,))).content.decode()
    assert reverse("issue-codes", args=(world.committee.pk,)) in page
    slips = browser.post(reverse("issue-codes", args=(world.committee.pk,))).content.decode()
    first, second, third = (slips.index(f"<b>{name}</b>") for name in ("曹先到", "阿后到", "卜后到"))
    assert first < second < third
