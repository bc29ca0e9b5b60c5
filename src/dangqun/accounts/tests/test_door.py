"""Sign-in, devices, idle sign-out and the door's security, as a member and as an attacker meet them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client, RequestFactory, override_settings
from django.urls import reverse
from django.utils import timezone

from dangqun.accounts import rules, ways
from dangqun.accounts.models import SignIn, Throttle, User
from dangqun.accounts.rules import network_of, still_signed_in
from dangqun.kernel.models import Fact
from tests.world import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.once]
COOKIE = settings.SESSION_COOKIE_NAME


@pytest.fixture
def door(world):
    """Return a function that signs in by the page: (browser, answer)."""

    def sign_in(name, password=PASSWORD, network="10.0.0.1", browser=None, **more):
        browser = browser or Client(REMOTE_ADDR=network)
        typed = {"username": name, "password": password, **more}
        return browser, browser.post(reverse("sign-in"), typed, REMOTE_ADDR=network)

    return sign_in


def text(answer):
    return answer.content.decode()


def signed_in(browser):
    return browser.get(reverse("me")).status_code == 200


# --- who gets in -------------------------------------------------------------------------------------------
def test_user_name_in_any_capitals_and_mobile_number_both_open_the_door(world, door):
    name = world.user["member"].username
    for typed in (name, name.upper(), f" {name} ", world.person_of("member").mobile.open()):
        browser, answer = door(typed)
        assert answer.status_code == 302, typed
        assert signed_in(browser)


def test_unknown_name_wrong_password_closed_and_not_activated_accounts_get_the_same_words(world, door):
    closed, waiting = world.user["secretary"], world.user["stranger"]
    User.objects.filter(pk=closed.pk).update(is_active=False)
    User.objects.filter(pk=waiting.pk).update(activated_at=None)
    answers = [
        text(door("nobody", PASSWORD)[1]),
        text(door(world.user["member"].username, "错的密码")[1]),
        text(door(closed.username)[1]),
        text(door(waiting.username)[1]),
    ]
    told = {rules.WRONG in answer for answer in answers}
    assert told == {True}


def test_every_refusal_costs_one_password_hash_whoever_was_named(world, door, monkeypatch):
    from django.contrib.auth.hashers import get_hasher

    hasher, work = type(get_hasher()), []
    inner = hasher.encode
    monkeypatch.setattr(hasher, "encode", lambda self, *args, **kwargs: work.append(1) or inner(self, *args, **kwargs))  # fmt: skip
    User.objects.filter(pk=world.user["secretary"].pk).update(is_active=False)
    unusable = world.user["stranger"]
    unusable.set_unusable_password()
    User.objects.filter(pk=unusable.pk).update(password=unusable.password, activated_at=None)
    costs = []
    for name in (
        "nobody",
        world.user["member"].username,
        world.user["secretary"].username,
        unusable.username,
    ):
        work.clear()
        door(name, "错的密码")
        costs.append(len(work))
    assert costs == [1, 1, 1, 1]


def test_two_people_with_one_mobile_number_are_told_to_use_their_user_names(world, door):
    mobile = world.person_of("member").mobile.open()
    assert door(mobile)[1].status_code == 302
    User.objects.filter(pk=world.user["secretary"].pk).update(mobile_index=world.user["member"].mobile_index)
    refused = door(mobile)[1]
    assert refused.status_code == 200 and rules.SHARED in text(refused)
    assert door(world.user["member"].username)[1].status_code == 302
    unknown = door("13000000000")[1]
    assert rules.SHARED in text(unknown), "the sentence depends on what was typed, not on what is known"


def test_a_wrong_password_keeps_the_name_that_was_typed_and_never_the_password(world, door):
    answer = text(door("wangxiaoyan", "秘密的错密码")[1])
    assert "wangxiaoyan" in answer and "秘密的错密码" not in answer


# --- throttle at the page ----------------------------------------------------------------------------------
@pytest.mark.parametrize("known", [True, False], ids=["a known name", "an unknown name"])
def test_the_sixth_try_is_refused_with_a_time_for_known_and_unknown_names_alike(world, door, known):
    name = world.user["member"].username if known else "nobody"
    for _ in range(settings.LOCK_AFTER_FAILURES):
        assert rules.WRONG in text(door(name, "错的密码")[1])
    assert "输错次数多了" in text(door(name)[1])
    Throttle.objects.filter(shut_until__isnull=False).update(shut_until=timezone.now())
    assert door(name)[1].status_code == (302 if known else 200)


def test_mobile_number_and_user_name_share_one_count(world, door):
    name, mobile = world.user["member"].username, world.person_of("member").mobile.open()
    for typed in (name, mobile, name, mobile, name):
        door(typed, "错的密码")
    assert "输错次数多了" in text(door(mobile)[1])


def test_a_locked_network_does_not_keep_the_owner_out_elsewhere(world, door):
    name = world.user["member"].username
    for _ in range(settings.LOCK_AFTER_FAILURES + 1):
        door(name, "错的密码", network="203.0.113.9")
    assert door(name, network="203.0.113.9")[1].status_code == 200
    assert door(name, network="10.0.0.1")[1].status_code == 302


def test_an_ipv6_household_is_one_network_and_ipv4_in_disguise_is_ipv4():
    def network(address):
        return network_of(RequestFactory().get("/", REMOTE_ADDR=address))

    assert network("2001:db8:1:2::1") == network("2001:db8:1:2:ffff::9") != network("2001:db8:1:3::1")
    assert network("::ffff:10.0.0.1") == network("10.0.0.1") == "10.0.0.1"


def test_a_forged_forwarding_header_moves_nobody_to_another_network():
    forged = RequestFactory().get("/", REMOTE_ADDR="203.0.113.9", HTTP_X_FORWARDED_FOR="1.2.3.4, 10.9.9.9")
    assert network_of(forged) == "203.0.113.9"
    with override_settings(PROXIES=1):
        assert network_of(forged) == "10.9.9.9", "behind one proxy, only what that proxy wrote counts"


def test_a_failed_try_is_recorded_without_what_was_typed(world, door):
    door("nobody-special", "秘密的错密码")
    facts = Fact.objects.filter(what="accounts.sign_in_failed")
    assert facts.count() == 1
    assert "nobody-special" not in facts.get().text and "秘密" not in facts.get().text


# --- sessions ----------------------------------------------------------------------------------------------
def test_a_session_planted_before_sign_in_is_worth_nothing_after_it(world, door):
    browser = Client()
    session = browser.session
    session["planted"] = "yes"
    session.save()
    browser.cookies[COOKIE] = session.session_key
    door(world.user["member"].username, browser=browser)
    assert browser.cookies[COOKIE].value != session.session_key
    thief = Client()
    thief.cookies[COOKIE] = session.session_key
    assert not signed_in(thief)


def test_sign_out_ends_the_session_on_the_server(world, door):
    browser, _ = door(world.user["member"].username)
    stolen = browser.cookies[COOKIE].value
    browser.post(reverse("sign-out"))
    thief = Client()
    thief.cookies[COOKIE] = stolen
    assert not signed_in(thief)
    assert SignIn.objects.get().ended_why == "signed out"


def test_a_second_person_at_the_same_browser_ends_the_first_ones_session(world):
    from django.contrib.auth.models import AnonymousUser

    request = RequestFactory().get("/")
    request.session = Client().session
    request.user = AnonymousUser()
    rules.enter(request, world.user["member"])
    request.user = world.user["member"]
    rules.enter(request, world.user["secretary"])
    assert [held.ended_why for held in world.user["member"].sign_ins.all()] == ["signed out"]


@pytest.mark.parametrize(
    ("role", "minutes", "inside"),
    [
        ("office", 19, True),
        ("office", 21, False),
        ("system_admin", 21, False),
        ("security_admin", 21, False),
        ("auditor", 21, False),
        ("member", 21, True),
        ("secretary", 21, True),
        ("member", 29 * 24 * 60, True),
        ("member", 31 * 24 * 60, False),
    ],
)
def test_office_and_administrators_leave_after_20_idle_minutes_members_after_30_days(
    world, visit, role, minutes, inside
):
    browser = visit(world.user[role])
    assert signed_in(browser)
    world.user[role].sign_ins.update(seen_at=timezone.now() - timedelta(minutes=minutes))
    key = browser.session.session_key
    assert (key in still_signed_in([key])) == inside, "sockets follow the same rule as pages"
    assert signed_in(browser) == inside


def test_pieces_that_a_live_page_fetches_by_itself_keep_nobody_signed_in(world, visit):
    browser, user = visit(world.user["office"]), world.user["office"]
    long_ago = timezone.now() - timedelta(minutes=15)
    user.sign_ins.update(seen_at=long_ago)
    browser.get(reverse("todo"), headers={"X-Live": "1"})
    assert user.sign_ins.get().seen_at == long_ago
    browser.get(reverse("todo"))
    assert user.sign_ins.get().seen_at > long_ago


def test_a_closed_account_is_out_at_once_and_its_sessions_are_gone(world, visit):
    browser, user = visit(world.user["member"]), world.user["member"]
    assert signed_in(browser)
    ways.close_account(user, by=world.user["system_admin"])
    assert not signed_in(browser)
    assert still_signed_in([browser.session.session_key or "x"]) == set()
    assert Session.objects.filter(session_key=user.sign_ins.get().session_key).count() == 0


def test_this_is_not_me_ends_that_device_and_asks_for_a_new_password(world, door):
    name = world.user["member"].username
    mine, _ = door(name)
    theirs, _ = door(name, network="203.0.113.9")
    assert signed_in(theirs)
    page = text(mine.get(reverse("me-devices")))
    assert "203.0.113.9" in page and page.count("这不是我") == 1
    other = world.user["member"].sign_ins.get(network="203.0.113.9")
    answer = mine.post(reverse("me-devices-end", args=(other.pk,)))
    assert answer["Location"] == reverse("me-password")
    assert not signed_in(theirs) and signed_in(mine)


def test_nobody_ends_the_device_of_somebody_else(world, visit):
    visit(world.user["member"])
    held = world.user["member"].sign_ins.get()
    stranger = visit(world.user["stranger"])
    assert stranger.post(reverse("me-devices-end", args=(held.pk,))).status_code == 404
    held.refresh_from_db()
    assert held.ended_at is None


def test_devices_that_idled_out_are_not_listed_as_signed_in(world, visit):
    browser, user = visit(world.user["office"]), world.user["office"]
    old = SignIn.objects.create(user=user, session_key="old", device="旧手机", network="10.8.8.8", started_at=timezone.now(), seen_at=timezone.now())  # fmt: skip
    assert "10.8.8.8" in text(browser.get(reverse("me-devices")))
    SignIn.objects.filter(pk=old.pk).update(seen_at=timezone.now() - timedelta(minutes=21))
    assert "10.8.8.8" not in text(browser.get(reverse("me-devices")))


# --- the door's edges --------------------------------------------------------------------------------------
@pytest.mark.parametrize("wanted", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "http:///evil.example", "todo", "\t//evil.example"])  # fmt: skip
def test_after_sign_in_nobody_is_sent_to_another_site(world, door, wanted):
    _, answer = door(world.user["member"].username, next=wanted)
    assert answer.status_code == 302 and answer["Location"] == "/"


def test_after_sign_in_one_lands_where_one_wanted_to_go(world, door):
    gone = Client().get(reverse("me-devices"))
    wanted = reverse("me-devices")
    assert gone["Location"] == f"/sign-in/?next={wanted}"
    assert door(world.user["member"].username, next=wanted)[1]["Location"] == wanted


def test_a_post_without_its_token_changes_nothing_and_says_what_to_do(world):
    browser = Client(enforce_csrf_checks=True)
    typed = {"username": world.user["member"].username, "password": PASSWORD}
    answer = browser.post(reverse("sign-in"), typed)
    assert answer.status_code == 403 and COOKIE not in browser.cookies
    assert "Content-Security-Policy" in answer.headers
    browser.get(reverse("sign-in"))
    typed["csrfmiddlewaretoken"] = browser.cookies[settings.CSRF_COOKIE_NAME].value
    assert browser.post(reverse("sign-in"), typed).status_code == 302


def test_cookies_are_for_the_server_alone_and_for_https_where_there_is_https(world, door):
    browser, _ = door(world.user["member"].username)
    browser.post(reverse("me-view"), {"view": "elder"})
    for name in (COOKIE, "dangqun_view"):
        assert browser.cookies[name]["httponly"] and browser.cookies[name]["samesite"] == "Lax", name
    assert settings.SESSION_COOKIE_SECURE == settings.CSRF_COOKIE_SECURE == settings.HTTPS
    with override_settings(SESSION_COOKIE_SECURE=True):
        assert door(world.user["secretary"].username)[0].cookies[COOKIE]["secure"]


def _broken(request):
    raise ValueError("broken on purpose")


@pytest.mark.parametrize("kind", ["page", "door", "404", "403", "500", "400"])
def test_every_page_and_every_error_page_carries_the_security_headers(world, visit, kind):
    browser = visit(world.user["member"])
    browser.raise_request_exception = False
    if kind == "page":
        answer = browser.get(reverse("todo"))
    elif kind == "door":
        answer = Client().get(reverse("sign-in"))
    elif kind == "404":
        answer = browser.get("/no-such-page/")
    elif kind == "403":
        answer = Client(enforce_csrf_checks=True).post(reverse("sign-in"), {})
    elif kind == "400":
        answer = browser.get(reverse("todo"), {"q": "\x00"})
    else:
        broken = type("Broken", (), {"urlpatterns": _broken_urls()})
        with override_settings(ROOT_URLCONF=broken):
            answer = browser.get("/broken/")
    wanted = {"page": 200, "door": 200}.get(kind) or int(kind)
    assert answer.status_code == wanted
    policy = answer["Content-Security-Policy"]
    assert "script-src 'self'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Frame-Options"] == "DENY"


def _broken_urls():
    from django.urls import get_resolver, path

    return [path("broken/", _broken), *get_resolver("dangqun.config.urls").url_patterns]


def test_a_page_of_somebody_signed_in_is_kept_by_no_cache(world, visit):
    assert visit(world.user["member"]).get(reverse("me"))["Cache-Control"] == "no-store"


def test_the_door_says_that_the_platform_is_for_nothing_secret():
    assert "本平台为非涉密平台，严禁处理、传输国家秘密和工作秘密" in text(Client().get(reverse("sign-in")))


def test_the_size_of_letters_chosen_at_the_door_goes_along_after_sign_in(world, door):
    user, browser = world.user["member"], Client()
    browser.post(reverse("view"), {"view": "elder", "next": reverse("sign-in")})
    assert 'data-view="elder"' in text(browser.get(reverse("sign-in")))
    door(user.username, browser=browser)
    assert 'data-view="elder"' in text(browser.get(reverse("todo")))
    browser.post(reverse("me-view"), {"view": ""})
    assert "data-view" not in text(browser.get(reverse("todo")))


def test_a_size_that_does_not_exist_is_the_usual_one(world):
    browser = Client()
    answer = browser.post(reverse("view"), {"view": '"><script>', "next": "//evil.example/"})
    assert answer["Location"] == reverse("sign-in")
    assert browser.cookies["dangqun_view"].value == ""
