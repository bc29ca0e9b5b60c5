"""The second factor as its owner and as somebody who knows her password meet it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from dangqun.accounts import rules as accounts
from dangqun.accounts import second_factor, ways
from dangqun.accounts.middleware import AskForCode
from dangqun.accounts.models import RecoveryCode, SecondFactor, SignIn
from dangqun.kernel.models import Fact
from dangqun.kernel.rules import RuleBroken
from tests.second_factor import code_of, printed_in, secret_in
from tests.world import PASSWORD, enter

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.usefixtures("town")]
HERE = "10.0.0.1"


def text(answer):
    return answer.content.decode()


def through_password(user, browser=None):
    browser = browser or Client()
    typed = {"username": user.username, "password": PASSWORD}
    return browser, browser.post(reverse("sign-in"), typed)


def signed_in(browser):
    return browser.get(reverse("me-devices")).status_code == 200


def switched_on(user):
    """Return the secret of somebody who has a second factor, and her printed codes."""
    begun = second_factor.begin(user, by=user)
    secret = begun.secret.open()
    return secret, second_factor.confirm(begun, code_of(secret, steps=-1), network=HERE)


def takes(user, code):
    try:
        second_factor.prove(user, code, network=HERE)
        return True
    except RuleBroken:
        return False


# --- the door ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", ["system_admin", "security_admin", "auditor"])
def test_an_administrator_sets_it_up_before_anything_opens_and_prints_ten_codes(world, role):
    user = world.user[role]
    browser, answer = through_password(user)
    assert answer["Location"] == reverse("sign-in-set-up")
    shown = text(browser.get(answer["Location"]))
    for name in ("todo", "me", "me-devices", "me-second-factor", "staff", "grants"):
        assert browser.get(reverse(name))["Location"].startswith("/sign-in/"), name
    assert not SignIn.objects.filter(user=user).exists()
    assert "<svg" in shown and " style=" not in shown
    answer = browser.post(reverse("sign-in-set-up"), {"code": code_of(secret_in(shown))})
    assert len(set(printed_in(text(answer)))) == 10
    assert signed_in(browser)
    assert SignIn.objects.get(user=user).second_factor_at


def test_later_she_is_asked_for_a_code_and_comes_where_she_wanted_to_go(world):
    user = world.user["auditor"]
    secret, _ = switched_on(user)
    browser = Client()
    wanted = reverse("me-devices")
    typed = {"username": user.username, "password": PASSWORD, "next": wanted}
    assert browser.post(reverse("sign-in"), typed)["Location"] == reverse("sign-in-code")
    assert not signed_in(browser)
    assert browser.get(reverse("sign-in-set-up"))["Location"] == reverse("sign-in"), (
        "no second set-up at the door"
    )
    answer = browser.post(reverse("sign-in-code"), {"code": code_of(secret)})
    assert answer["Location"] == wanted and signed_in(browser)


def test_half_signed_in_lasts_five_minutes_and_ends_with_a_new_password_and_with_the_account(world):
    user = world.user["auditor"]
    secret, _ = switched_on(user)
    browser, _ = through_password(user)
    assert browser.get(reverse("sign-in-code")).status_code == 200
    session = browser.session
    session[accounts.AT_DOOR] = session[accounts.AT_DOOR] | {"at": session[accounts.AT_DOOR]["at"] - 301}
    session.save()
    answer = browser.post(reverse("sign-in-code"), {"code": code_of(secret)})
    assert answer["Location"] == reverse("sign-in") and not signed_in(browser)
    assert "放得久了" in text(browser.get(reverse("sign-in")))
    for change in (lambda: accounts.set_password(user, "山路边的三棵老枫树-1949", by=None), lambda: ways.close_account(user, by=None)):  # fmt: skip
        through_password(user, browser)
        change()
        assert browser.get(reverse("sign-in-code"))["Location"] == reverse("sign-in")


def test_whoever_becomes_an_administrator_while_signed_in_is_signed_out_and_led_to_set_it_up(world, visit):
    user = world.user["member"]
    browser = visit(user)
    key = browser.session.session_key
    assert signed_in(browser) and accounts.still_signed_in([key]) == {key}
    user.grants.create(
        role="auditor", org=world.committee, source="staff", confirmed_at=timezone.now(), starts_on=None
    )
    assert accounts.still_signed_in([key]) == set(), "her sockets close"
    assert browser.get(reverse("me-devices"))["Location"].startswith("/sign-in/")
    assert "请重新登录" in text(browser.get(reverse("sign-in")))
    assert through_password(user, browser)[1]["Location"] == reverse("sign-in-set-up")


@pytest.mark.parametrize(("roles", "led"), [((), "todo"), (("office",), "sign-in-set-up")])
def test_the_office_must_have_it_where_the_setting_says_so(world, settings, roles, led):
    settings.SECOND_FACTOR_ROLES = (*settings.ADMINISTRATOR_ROLES, *roles)
    assert through_password(world.user["office"])[1]["Location"] == reverse(led)
    assert through_password(world.user["secretary"])[1]["Location"] == reverse("todo")


def test_an_activation_code_opens_no_door_that_the_second_factor_shuts(world, visit):
    from dangqun.members.rules.activation import issue_code

    person, user = world.person_of("member"), world.user["member"]
    switched_on(user)
    code = issue_code(person, by=world.user["office"])
    browser = Client()
    browser.post(reverse("activate"), {"name": user.username, "code": code})
    new = {"password": "山路边的三棵老枫树", "again": "山路边的三棵老枫树"}
    assert browser.post(reverse("activate-password"), new)["Location"] == reverse("sign-in-code")
    assert not signed_in(browser)


# --- codes -------------------------------------------------------------------------------------------------
def test_a_code_of_the_phone_is_taken_once_and_an_older_one_not_after_a_newer(world):
    user = world.user["member"]
    secret, _ = switched_on(user)
    assert takes(user, f" {code_of(secret)[:3]} {code_of(secret)[3:]} ".replace("1", "１"))
    assert not takes(user, code_of(secret)), "taken before"
    assert takes(user, code_of(secret, steps=1))
    assert not takes(user, code_of(secret))


@pytest.mark.parametrize("steps", [-2, 2])
def test_a_code_more_than_one_step_away_is_refused(world, steps):
    user = world.user["member"]
    secret, _ = switched_on(user)
    SecondFactor.objects.update(last_step=0)
    assert not takes(user, code_of(secret, steps=steps))
    assert takes(user, code_of(secret, steps=steps // 2))


def test_a_printed_code_is_taken_once_and_a_new_set_ends_the_old_one(world):
    user = world.user["member"]
    _, printed = switched_on(user)
    assert len(printed) == 10 and takes(user, printed[0].lower())
    assert not takes(user, printed[0])
    renewed = second_factor.print_codes(user, by=user)
    assert not takes(user, printed[1]) and takes(user, renewed[1])
    assert Fact.objects.filter(what="accounts.recovery_code_used", actor_id=user.pk).count() == 2


def test_secret_and_printed_codes_lie_nowhere_in_clear(world):
    user = world.user["member"]
    secret, printed = switched_on(user)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM accounts_secondfactor")
        (sealed,) = cursor.fetchone()
    assert secret.encode() not in bytes(sealed)
    words = [secret, *(code.replace("-", "") for code in printed)]
    kept = [*RecoveryCode.objects.values_list("code_hash", flat=True)]
    kept += [fact.text for fact in Fact.objects.all()]
    assert kept and not any(word in each for word in words for each in kept)


# --- guessing ----------------------------------------------------------------------------------------------
def test_five_wrong_codes_lock_this_network_and_each_is_a_fact(world):
    user = world.user["auditor"]
    _, printed = switched_on(user)
    browser, _ = through_password(user)
    for _ in range(5):
        assert "验证码不对" in text(browser.post(reverse("sign-in-code"), {"code": "000000"}))
    assert "以后再试" in text(browser.post(reverse("sign-in-code"), {"code": printed[0]}))
    assert not signed_in(browser)
    assert Fact.objects.filter(what="accounts.second_factor_wrong", subject_key=str(user.pk)).count() == 5


def test_many_networks_do_not_help_who_guesses_codes(world):
    user = world.user["auditor"]
    _, printed = switched_on(user)
    told = set()
    for number in range(18):
        with pytest.raises(RuleBroken) as refusal:
            second_factor.prove(user, "000000", network=f"10.9.{number}.1")
        told.add(refusal.value.sentence[:12])
    with pytest.raises(RuleBroken, match="都不再收"):
        second_factor.prove(user, printed[0], network="10.99.0.1")
    assert len(told) > 1


# --- one's own ---------------------------------------------------------------------------------------------
def test_anybody_may_switch_it_on_and_off_again_with_password_and_code(world, visit):
    user = world.user["member"]
    browser, other = visit(user), visit(user)
    assert "没有开启" in text(browser.get(reverse("me-devices")))
    assert browser.get(reverse("me-second-factor-set-up"))["Location"] == reverse("me-second-factor")
    assert "密码不对" in text(browser.post(reverse("me-second-factor"), {"password": "错的"}))
    browser.post(reverse("me-second-factor"), {"password": PASSWORD})
    secret = secret_in(text(browser.get(reverse("me-second-factor-set-up"))))
    assert "验证码不对" in text(browser.post(reverse("me-second-factor-set-up"), {"code": "000000"}))
    assert not second_factor.is_on(user)
    printed = printed_in(text(browser.post(reverse("me-second-factor-set-up"), {"code": code_of(secret)})))
    assert second_factor.is_on(user) and signed_in(browser) and not signed_in(other)
    page = text(browser.get(reverse("me-devices")))
    assert "已开启" in page and "还有 10 个" in page and "开启了验证码" in page
    for typed in ({"password": PASSWORD, "code": "000000"}, {"password": "错的", "code": printed[0]}):
        browser.post(reverse("me-second-factor-off"), typed)
        assert second_factor.is_on(user)
    browser.post(reverse("me-second-factor-off"), {"password": PASSWORD, "code": printed[0]})
    assert not second_factor.is_on(user) and not RecoveryCode.objects.exists()


def test_an_administrator_cannot_switch_it_off_but_moves_to_a_new_phone(world, visit):
    user = world.user["auditor"]
    old, printed = switched_on(user)
    browser = visit(user)
    typed = {"password": PASSWORD, "code": printed[0]}
    assert "不能关闭" in text(browser.post(reverse("me-second-factor-off"), typed))
    browser.post(reverse("me-second-factor"), typed)
    new = secret_in(text(browser.get(reverse("me-second-factor-set-up"))))
    assert takes(user, code_of(old)), "the old phone counts until the new one has shown a code"
    browser.post(reverse("me-second-factor-set-up"), {"code": code_of(new)})
    assert not takes(user, code_of(old, steps=1)) and takes(user, code_of(new, steps=1))
    assert not takes(user, printed[2])


def test_new_printed_codes_want_password_and_code(world, visit):
    user = world.user["member"]
    _, printed = switched_on(user)
    browser = visit(user)
    answer = browser.post(reverse("me-second-factor-codes"), {"password": PASSWORD, "code": printed[0]})
    assert len(printed_in(text(answer))) == 10
    assert printed_in(text(browser.get(reverse("me-second-factor-codes")))) == [], "shown once"


# --- exports -----------------------------------------------------------------------------------------------
def asked(user, browser):
    request = RequestFactory().get("/people/export/?columns=all")
    request.user, request.session = user, browser.session
    return request


def test_an_export_asks_for_a_code_only_where_the_setting_says_so(world, visit, settings):
    user = world.user["office"]
    browser = visit(user)
    accounts.refuse_without_second_factor(asked(user, browser))
    settings.SECOND_FACTOR_EXPORT = True
    with pytest.raises(RuleBroken, match="先有验证码"):
        accounts.refuse_without_second_factor(asked(user, browser))
    _, printed = switched_on(user)
    with pytest.raises(accounts.SecondFactorWanted) as wanted:
        accounts.refuse_without_second_factor(asked(user, browser))
    answer = AskForCode(lambda _: HttpResponse()).process_exception(asked(user, browser), wanted.value)
    assert answer["Location"] == "/me/second-factor/fresh/?next=%2Fpeople%2Fexport%2F%3Fcolumns%3Dall"
    page = text(browser.get(answer["Location"]))
    assert 'value="/people/export/?columns=all"' in page
    typed = {"code": printed[0], "next": "/people/export/?columns=all"}
    assert browser.post(reverse("me-second-factor-fresh"), typed)["Location"] == typed["next"]
    accounts.refuse_without_second_factor(asked(user, browser))
    SignIn.objects.update(second_factor_at=timezone.now() - timedelta(minutes=11))
    with pytest.raises(accounts.SecondFactorWanted):
        accounts.refuse_without_second_factor(asked(user, browser))


def test_the_code_of_one_device_opens_no_export_on_another(world, visit, settings):
    settings.SECOND_FACTOR_EXPORT = True
    user = world.user["office"]
    _, printed = switched_on(user)
    here, there = visit(user), visit(user)
    here.post(reverse("me-second-factor-fresh"), {"code": printed[0]})
    accounts.refuse_without_second_factor(asked(user, here))
    with pytest.raises(accounts.SecondFactorWanted):
        accounts.refuse_without_second_factor(asked(user, there))


def test_who_begins_elsewhere_sees_no_secret_without_the_password(world, visit):
    user = world.user["member"]
    here, there = visit(user), visit(user)
    here.post(reverse("me-second-factor"), {"password": PASSWORD})
    assert there.get(reverse("me-second-factor-set-up"))["Location"] == reverse("me-second-factor")


def test_the_number_of_queries_of_my_page_does_not_grow_with_devices_and_facts(world, visit):
    user = world.user["member"]
    browser = visit(user)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as caught:
            browser.get(reverse("me-devices"))
        counts.append(len(caught))
        for _ in range(3):
            enter(Client(), user)
            second_factor.print_codes(user, by=user)
    assert counts[0] == counts[1]


# --- a secret that was begun, and another ---------------------------------------------------------------------
def test_a_page_that_showed_one_secret_shows_and_takes_no_other(world, visit):
    user = world.user["member"]
    here, there = visit(user), visit(user)
    here.post(reverse("me-second-factor"), {"password": PASSWORD})
    first = secret_in(text(here.get(reverse("me-second-factor-set-up"))))
    there.post(reverse("me-second-factor"), {"password": PASSWORD})
    second = secret_in(text(there.get(reverse("me-second-factor-set-up"))))
    assert first != second
    for code in (code_of(first), code_of(second)):
        answer = here.post(reverse("me-second-factor-set-up"), {"code": code})
        assert answer["Location"] == reverse("me-second-factor")
    assert here.get(reverse("me-second-factor-set-up"))["Location"] == reverse("me-second-factor")
    assert not second_factor.is_on(user)
    there.post(reverse("me-second-factor-set-up"), {"code": code_of(second)})
    assert second_factor.is_on(user)


def test_two_who_stand_at_the_door_with_one_password_see_no_secret_of_each_other(world):
    user = world.user["auditor"]
    first, _ = through_password(user)
    shown = secret_in(text(first.get(reverse("sign-in-set-up"))))
    second, _ = through_password(user)
    assert first.get(reverse("sign-in-set-up"))["Location"] == reverse("sign-in")
    assert first.post(reverse("sign-in-set-up"), {"code": code_of(shown)})["Location"] == reverse("sign-in")
    assert not second_factor.is_on(user)
    hers = secret_in(text(second.get(reverse("sign-in-set-up"))))
    second.post(reverse("sign-in-set-up"), {"code": code_of(hers)})
    assert second_factor.is_on(user) and signed_in(second)


def test_a_secret_that_was_replaced_meanwhile_is_not_put_into_use_and_takes_no_other_away(world):
    user = world.user["member"]
    switched_on(user)
    held = user.second_factors.on().get()
    stale = second_factor.begin(user, by=user)
    second_factor.begin(user, by=user)
    with pytest.raises(RuleBroken, match="从头再来"):
        second_factor.confirm(stale, code_of(stale.secret.open()), network=HERE)
    assert user.second_factors.on().get() == held
