"""Ways into an account: nobody alone opens one that reads other people's data, and what one person did to another's is seen."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dangqun.accounts import second_factor
from dangqun.accounts.models import SignIn, User
from dangqun.kernel.models import Fact
from dangqun.kernel.rules import RuleBroken
from dangqun.members import rules as members
from dangqun.members.models import Activation, Office, Person
from dangqun.members.rules import resets, staff
from dangqun.members.rules.activation import activate, issue_code, open_code, opened, takes_two, write_code
from dangqun.members.rules.people import enrol
from dangqun.members.views.activation import OPENED
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Grant
from tests.world import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.usefixtures("town")]
NEW, OTHER = "山路边的三棵老枫树-1949", "别人定的十二位以上密码-88"
ADMINISTRATORS = ("system_admin", "security_admin", "auditor")


def plain(world, name):
    """Return a member who has no account, as the database has her."""
    return Person.objects.get(pk=world.person[name].pk)


def use(person, code, password=NEW):
    """Activate with a code that somebody holds; None where it opens nothing."""
    name = Person.objects.get(pk=person.pk).account.username
    try:
        return activate(open_code(name, code, network="10.0.0.1"), password)
    except RuleBroken:
        return None


def enters(user, password):
    """Whether user name and password lead past the first door."""
    answer = Client().post(reverse("sign-in"), {"username": user.username, "password": password})
    return answer.status_code == 302


def entered(world, role):
    return staff.enter_staff(
        "新来的", mobile="19855551111", role=role, org=world.committee, by=world.user["system_admin"]
    )


def waiting_grant(person):
    return Grant.objects.waiting().get(user=Person.objects.get(pk=person.pk).account)


def confirmed(world, person):
    return staff.confirm(waiting_grant(person), by=world.user["security_admin"])


def second_half(world, person):
    """Return the half that the right second person sees, whoever that is now."""
    held = person.activations.get(used_at=None, withdrawn_at=None)
    for role in ("security_admin", "auditor"):
        if resets.waiting_for(world.user[role], witness=role == "auditor").filter(pk=held.pk).exists():
            return resets.confirm(held, by=world.user[role])
    raise AssertionError("nobody may confirm it")


# --- an account of the staff is opened by two, whatever comes first ------------------------------------------
@pytest.mark.parametrize("role", [*ADMINISTRATORS, "office"])
def test_the_first_code_of_staff_is_two_halves_before_and_after_the_role_is_confirmed(world, role):
    person, admin = entered(world, role), world.user["system_admin"]
    for _ in range(2):
        with pytest.raises(RuleBroken, match="系统管理员"):
            issue_code(person, by=world.user["office"])
        first = resets.ask(person, by=admin)
        assert not use(person, first) and not use(person, first + first), "half a code opens nothing"
        if not Grant.objects.filter(user__person=person, confirmed_at__isnull=False).exists():
            confirmed(world, person)
    first = resets.ask(person, by=admin)
    last = second_half(world, person)
    assert not use(person, last + first)
    user = use(person, first + last)
    assert enters(user, NEW) and Actor.of(user).has_role(role)


DEEDS = ("propose", "code", "use", "confirm")


@pytest.mark.parametrize("role", ["auditor", "office"])
@pytest.mark.parametrize("order", [o for o in permutations(DEEDS) if o.index("propose") < o.index("confirm") and o.index("code") < o.index("use")])  # fmt: skip
def test_in_whatever_order_a_code_of_one_person_never_leads_into_an_account_of_the_staff(world, order, role):
    """One person issues a member's code and uses it herself, while somebody else makes that member one of the staff."""
    person, thief = plain(world, "钱大有"), world.user["secretary"]
    code, got_in = "", None
    for deed in order:
        if deed == "propose":
            members.propose_staff_grant(person, role, world.committee, by=world.user["system_admin"])
        elif deed == "confirm":
            confirmed(world, person)
        elif deed == "code":
            try:
                code = issue_code(person, by=thief)
            except RuleBroken:
                code = ""
        elif code:
            got_in = use(person, code, OTHER)
    account = Person.objects.get(pk=person.pk).account
    assert Actor.of(account).has_role(role)
    assert not enters(account, OTHER), "the thief"
    if got_in:
        assert not account.sign_ins.open().exists() and not second_factor.is_on(account)
    first = resets.ask(person, by=world.user["system_admin"])
    assert use(person, first + second_half(world, person)), "the person herself gets in by two halves"


def test_whatever_one_person_left_in_an_account_is_gone_when_its_role_is_confirmed(world, visit):
    person, user = world.person_of("member"), world.user["member"]
    assert use(person, issue_code(person, by=world.user["office"]), OTHER)
    browser = visit(user)
    secret = second_factor.begin(user, by=user)
    members.propose_staff_grant(person, "auditor", world.committee, by=world.user["system_admin"])
    code = write_code(person, by=world.user["office"])
    confirmed(world, person)
    user.refresh_from_db()
    assert not enters(user, OTHER) and not use(person, code)
    assert browser.get(reverse("me")).status_code == 302
    assert not user.second_factors.filter(pk=secret.pk).exists()
    told = Fact.objects.filter(what="accounts.ways_shut", subject_key=str(user.pk)).get()
    assert (
        "已激活" in told.text and "已作废" in told.text and told.actor_id == world.user["security_admin"].pk
    )


def test_whoever_came_in_by_two_halves_keeps_her_password_when_another_role_is_confirmed(world):
    person = entered(world, "office")
    first = resets.ask(person, by=world.user["system_admin"])
    user = use(person, first + second_half(world, person))
    confirmed(world, person)
    members.propose_staff_grant(person, "committee_member", world.committee, by=world.user["system_admin"])
    confirmed(world, person)
    assert enters(user, NEW)
    Grant.objects.filter(user=user).update(ends_on=timezone.localdate())
    code = write_code(person, by=world.user["office"])
    assert use(person, code, OTHER), "one of the staff no longer"
    members.propose_staff_grant(person, "office", world.committee, by=world.user["system_admin"])
    confirmed(world, person)
    assert not enters(user, OTHER), "one person opened it since"


def test_the_pages_say_what_comes_next_to_the_one_who_enters_and_to_the_one_who_confirms(world, visit):
    system, guard, witness = (visit(world.user[role]) for role in ADMINISTRATORS)
    typed = {"name": "新来的", "mobile": "19855551112", "role": "security_admin"}
    page = system.post(reverse("staff"), typed).content.decode()
    person = Person.objects.get(name="新来的")
    half = page.split('class="dq-code">')[1][:4]
    assert "前半个码" in page and "请安全管理员确认授权" in page
    assert "等另一半" in system.get(reverse("staff")).content.decode()
    assert "系管员提出" in guard.get(reverse("grants")).content.decode()
    guard.post(reverse("grant-confirm", args=(waiting_grant(person).pk,)))
    page = guard.get(reverse("grants")).content.decode()
    assert "审计员" in page and "登录重设" in page, "the guard is told who gives the other half"
    held = person.activations.get()
    assert "第一次用" in witness.get(reverse("witness")).content.decode()
    assert guard.post(reverse("grant-reset-confirm", args=(held.pk,))).status_code == 404
    page = witness.post(reverse("witness-confirm", args=(held.pk,))).content.decode()
    last = page.split('class="dq-code">')[1][5:9]
    assert use(person, half + last)


# --- a new code for somebody who forgot her password --------------------------------------------------------
READERS = ("secretary", "committee_member", "instructor")


@pytest.mark.parametrize("role", READERS)
def test_whoever_reads_other_peoples_data_gets_a_new_code_from_two_people_only(world, visit, role):
    person, office = world.person_of(role), world.user["office"]
    browser = visit(office)
    page = browser.get(reverse("person", args=(person.pk,))).content.decode()
    assert "重发激活码" not in page and "重设登录" in page
    answer = browser.post(reverse("issue-code", args=(person.pk,)))
    assert answer.status_code == 422 and "两个人" in answer.content.decode()
    first = resets.ask(person, by=office)
    assert use(person, first + second_half(world, person))


def test_a_secretary_who_never_activated_gets_her_first_code_from_the_office_alone(world):
    person, office = plain(world, "吴桂香"), world.user["office"]
    members.appoint(
        person, org=world.branches["甲"], post=Office.Post.DEPUTY, on=timezone.localdate(), by=office
    )
    assert not takes_two(Person.objects.get(pk=person.pk))
    assert use(person, issue_code(person, by=office))
    with pytest.raises(RuleBroken, match="两个人"):
        issue_code(Person.objects.get(pk=person.pk), by=office)


def test_a_new_code_that_lies_about_is_worth_nothing_once_she_becomes_a_secretary(world):
    person, office = world.person_of("member"), world.user["office"]
    code = issue_code(person, by=office)
    held = open_code(person.account.username, code, network="10.0.0.1")
    members.appoint(
        person, org=world.branches["甲"], post=Office.Post.DEPUTY, on=timezone.localdate(), by=office
    )
    assert not use(person, code) and opened(held.pk) is None
    with pytest.raises(RuleBroken):
        activate(held, OTHER)
    assert enters(world.user["member"], PASSWORD)


def test_a_new_code_for_a_member_ends_after_a_day_and_until_it_is_used_nothing_has_changed(world, visit):
    person, user = world.person_of("member"), world.user["member"]
    browser = visit(user)
    slip = visit(world.user["office"]).post(reverse("issue-code", args=(person.pk,))).content.decode()
    held = person.activations.get()
    assert held.expires_at - held.issued_at == timedelta(hours=24) and "24 小时内有效" in slip
    assert browser.get(reverse("me")).status_code == 200 and enters(user, PASSWORD)
    for name in ("todo", "me-devices"):
        assert "章文静" in browser.get(reverse(name)).content.decode(), name
    todo = browser.get(reverse("todo")).content.decode()
    assert "给您重发了激活码" in todo and "还没有用" in todo
    activate(held, OTHER)
    assert browser.get(reverse("me")).status_code == 302 and not enters(user, PASSWORD)


def test_who_used_a_members_code_in_her_place_cannot_hide_it_from_her(world):
    """The thief signs in often; nothing that she does in the account takes the lines away."""
    person, office, user = world.person_of("member"), world.user["office"], world.user["member"]
    assert use(person, issue_code(person, by=office), OTHER)
    thief = Client()
    for _ in range(3):
        thief.post(reverse("sign-in"), {"username": user.username, "password": OTHER})
        thief.get(reverse("me-devices"))
    hers = issue_code(person, by=office)
    browser = Client()
    browser.post(reverse("activate"), {"name": user.username, "code": hers})
    page = browser.get(reverse("activate-password")).content.decode()
    assert "已经用激活码定过密码" in page and "码是章文静发的" in page
    new = {"password": NEW, "again": NEW, "told": "on"}
    browser.post(reverse("activate-password"), new)
    todo = browser.get(reverse("todo")).content.decode()
    assert todo.count("给您重发了激活码") == 2 and "用过了" in todo
    assert browser.get(reverse("me-devices")).content.decode().count("发了激活码") == 2


def test_first_codes_are_no_line_of_the_todo_and_old_lines_go_after_a_week(world, visit):
    person = plain(world, "钱大有")
    user = use(person, issue_code(person, by=world.user["office"]))
    browser = visit(user)
    assert "重发了激活码" not in browser.get(reverse("todo")).content.decode()
    issue_code(Person.objects.get(pk=person.pk), by=world.user["office"])
    assert "重发了激活码" in browser.get(reverse("todo")).content.decode()
    Activation.objects.update(issued_at=timezone.now() - timedelta(days=8))
    assert "重发了激活码" not in browser.get(reverse("todo")).content.decode()


# --- a code that was opened -----------------------------------------------------------------------------------
def test_an_opened_code_ends_after_a_quarter_of_an_hour_with_the_code_and_with_a_newer_one(world):
    person, user = plain(world, "钱大有"), None
    code = issue_code(person, by=world.user["office"])
    user = Person.objects.get(pk=person.pk).account
    browser = Client()

    def is_open():
        return browser.get(reverse("activate-password")).status_code == 200

    def opens(typed):
        browser.post(reverse("activate"), {"name": user.username, "code": typed})
        return is_open()

    assert opens(code)
    session = browser.session
    held = session[OPENED]
    session[OPENED] = held | {"at": held["at"] - 15 * 60 - 1}
    session.save()
    new = {"password": NEW, "again": NEW, "told": "on"}
    assert browser.post(reverse("activate-password"), new)["Location"] == reverse("activate")
    user.refresh_from_db()
    assert not user.activated_at
    session[OPENED] = held["code"]  # as the version before this one left it
    session.save()
    assert not is_open()
    assert opens(code), "she types it once more"
    row = Activation.objects.get()
    Activation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert not is_open()
    with pytest.raises(RuleBroken):
        activate(row, NEW)
    code = issue_code(person, by=world.user["office"])
    assert opens(code)
    issue_code(person, by=world.user["office"])
    assert not is_open()


# --- the one who asked --------------------------------------------------------------------------------------
@pytest.mark.parametrize("how", ["role ended", "account closed"])
def test_what_was_asked_for_by_somebody_who_has_lost_her_role_is_not_confirmed(world, how):
    for role, asker in (("office", "system_admin"), ("member", "office")):
        person = world.person_of(role)
        resets.ask(person, by=world.user[asker])
        held = person.activations.get()
        if how == "role ended":
            Grant.objects.filter(user=world.user[asker]).update(ends_on=timezone.localdate())
        else:
            User.objects.filter(pk=world.user[asker].pk).update(is_active=False)
        with pytest.raises(RuleBroken, match="申请的人"):
            resets.confirm(Activation.objects.get(pk=held.pk), by=world.user["security_admin"])
        resets.refuse(held, by=world.user["security_admin"])


def test_what_was_asked_for_a_member_is_not_confirmed_once_it_is_not_the_askers_to_ask(world):
    person = world.person_of("member")
    resets.ask(person, by=world.user["office"])
    members.propose_staff_grant(person, "auditor", world.committee, by=None)
    with pytest.raises(RuleBroken, match="申请的人"):
        resets.confirm(person.activations.get(), by=world.user["security_admin"])


# --- what the facts tell ------------------------------------------------------------------------------------
def test_facts_of_an_account_tell_what_was_before(world, visit):
    user = enrol_with_account(world)
    browser = visit(user)
    browser.post(reverse("me-view"), {"view": "elder"})
    told = {fact.what: fact.text for fact in Fact.objects.filter(subject_key=str(user.pk))}
    assert '"view":["标准","长辈版"]' in told["accounts.view_chosen"]
    assert '"password":["未设置","已设置"]' in told["accounts.password_set"]
    begun = second_factor.begin(user, by=user)
    from tests.second_factor import code_of

    second_factor.confirm(begun, code_of(begun.secret.open()), network="x")
    again = second_factor.begin(user, by=user)
    second_factor.confirm(again, code_of(again.secret.open()), network="x")
    second_factor.take_away(user, by=user)
    told = {fact.what: fact.text for fact in Fact.objects.filter(subject_key=str(user.pk))}
    for what, pair in {
        "accounts.second_factor_on": '"second_factor":["未开启","已开启"]',
        "accounts.second_factor_replaced": '"second_factor":["原来的手机","新的手机"]',
        "accounts.second_factor_off": '"second_factor":["已开启","未开启"]',
        "accounts.recovery_codes_printed": '"recovery_codes":[10,10]',
    }.items():
        assert pair in told[what], what


def enrol_with_account(world):
    person = enrol("新党员", org=world.branches["甲"], by=world.user["office"], mobile="19855551113")
    return use(person, issue_code(person, by=world.user["office"]))


def test_closing_and_opening_an_account_tell_what_was_before(world):
    person = world.person_of("office")
    by = world.user["system_admin"]
    staff.close_account(person, by=by)
    person.account.refresh_from_db()
    staff.reopen_account(person, by=by)
    told = dict(Fact.objects.filter(what__startswith="accounts.").values_list("what", "text"))
    assert '"account":["在用","已停用"]' in told["accounts.closed"]
    assert '"account":["已停用","在用"]' in told["accounts.reopened"]
    assert SignIn.objects.filter(user=person.account).open().count() == 0
