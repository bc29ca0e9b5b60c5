"""Passwords: long enough, not common, kept with argon2; a change ends the other devices."""

from __future__ import annotations

import os
from importlib import import_module

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from dangqun.accounts import rules
from dangqun.accounts.models import User
from dangqun.kernel.rules import RuleBroken
from tests.world import PASSWORD, enter

pytestmark = [pytest.mark.django_db, pytest.mark.once]
GOOD = "窗台上有三盆-花"


def accepted(user, password):
    try:
        rules.set_password(user, password, by=user)
    except RuleBroken as refusal:
        assert refusal.field == "password"
        return False
    return True


@pytest.mark.parametrize(
    ("role", "least"),
    [("member", 8), ("secretary", 8), ("instructor", 8), ("office", 12), ("committee_member", 12), ("system_admin", 12), ("security_admin", 12), ("auditor", 12)],
)  # fmt: skip
def test_members_need_8_characters_and_staff_12(world, role, least):
    phrase = "杉树x9窗台q7屋檐w5"
    assert not accepted(world.user[role], phrase[: least - 1])
    assert accepted(world.user[role], phrase[:least])


def test_staff_whose_role_is_not_yet_confirmed_need_12_as_well(world):
    user = world.waiting_grant().user
    assert not accepted(user, "杉树x9窗台q7")
    assert accepted(user, "杉树x9窗台q7屋檐w5")


@pytest.mark.parametrize("common", ["12345678", "password", "password123", "qwertyuiop", "woaini1314", "dangyuan2026", "Admin@123456", "abcd1234", "11111111", "!!!!!!!!", "aaaabbbb", "1234-5678", "dangzhibu01", "党员20260701", "zhongguo1949", "孟庆华20261"])  # fmt: skip
def test_common_passwords_of_the_world_and_of_this_office_are_refused(world, common):
    assert not accepted(world.user["member"], common)


def test_a_password_like_the_user_name_is_refused(world):
    assert not accepted(world.user["member"], world.user["member"].username + "1")


def test_a_sentence_with_blanks_and_64_characters_is_taken_as_it_is(world):
    user = world.user["member"]
    phrase = " 老李的自行车 停在东门 " + "很稳" * 25
    assert accepted(user, phrase)
    user.refresh_from_db()
    assert user.check_password(phrase) and not user.check_password(phrase.strip())


def test_outside_tests_passwords_are_kept_with_argon2(world):
    product = import_module(os.environ["DJANGO_SETTINGS_MODULE"])  # before conftest put in quick hashing
    assert product.PASSWORD_HASHERS == ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    assert import_string(product.PASSWORD_HASHERS[0])().memory_cost >= 19_456  # KiB, OWASP's least
    with override_settings(PASSWORD_HASHERS=product.PASSWORD_HASHERS):
        rules.set_password(world.user["member"], GOOD, by=world.user["member"])
        held = User.objects.get(pk=world.user["member"].pk)
        assert held.password.startswith("argon2$argon2id$") and held.check_password(GOOD)


def test_a_change_needs_the_old_password_and_ends_all_other_devices(world):
    user, mine, theirs = world.user["member"], Client(), Client()
    enter(mine, user)
    enter(theirs, user)
    wrong = mine.post(reverse("me-password"), {"old": "不是它", "password": GOOD, "again": GOOD})
    assert "现在的密码不对" in wrong.content.decode()
    assert theirs.get(reverse("me")).status_code == 200
    right = mine.post(reverse("me-password"), {"old": PASSWORD, "password": GOOD, "again": GOOD})
    assert right.status_code == 302
    assert mine.get(reverse("me")).status_code == 200
    assert theirs.get(reverse("me")).status_code == 302
    assert user.sign_ins.open().count() == 1


def test_the_old_password_cannot_be_guessed_from_a_stolen_session(world):
    browser = Client()
    enter(browser, world.user["member"])
    for _ in range(settings.LOCK_AFTER_FAILURES):
        browser.post(reverse("me-password"), {"old": "不是它", "password": GOOD, "again": GOOD})
    answer = browser.post(reverse("me-password"), {"old": PASSWORD, "password": GOOD, "again": GOOD})
    assert "输错次数多了" in answer.content.decode()


def test_a_weak_new_password_leaves_everything_as_it_was(world):
    browser, user = Client(), world.user["member"]
    enter(browser, user)
    answer = browser.post(reverse("me-password"), {"old": PASSWORD, "password": "12345678", "again": "12345678"})  # fmt: skip
    assert "太常见" in answer.content.decode()
    user.refresh_from_db()
    assert user.check_password(PASSWORD) and user.sign_ins.open().count() == 1


def test_no_account_can_be_entered_before_its_owner_set_a_password(world):
    user = world.waiting_grant().user
    assert not user.has_usable_password() and user.activated_at is None
    for guess in ("", "123456", "12345678", "admin", "19911112222", user.name, user.username):
        browser = Client(REMOTE_ADDR=f"10.1.1.{len(guess)}")
        browser.post(reverse("sign-in"), {"username": user.username, "password": guess})
        assert browser.get(reverse("me")).status_code == 302
    User.objects.filter(pk=user.pk).update(activated_at=timezone.now())
    assert not User.objects.get(pk=user.pk).check_password("")
