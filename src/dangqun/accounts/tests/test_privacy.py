"""个人信息保护说明: shown at activation, a newer version once at the next sign-in, readable by everybody at any time."""

from __future__ import annotations

import dataclasses

import pytest
from django.test import Client
from django.urls import reverse

from dangqun.accounts import privacy
from dangqun.accounts.models import PrivacyTold
from dangqun.kernel.facts import Fact
from dangqun.members.rules.activation import issue_code
from tests.world import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.once]
GOOD = "山路边的三棵老枫树"


@pytest.fixture
def newer(monkeypatch):
    """A version that nobody was told yet."""
    text = dataclasses.replace(privacy.privacy_notice(), version="2")
    monkeypatch.setattr(privacy, "privacy_notice", lambda: text)


def sign_in(user):
    browser = Client()
    browser.post(reverse("sign-in"), {"username": user.username, "password": PASSWORD})
    return browser


def test_the_text_says_what_why_who_how_long_and_which_rights_with_version_and_date():
    text = privacy.privacy_notice()
    told = "".join(each.title for each in text.sections)
    assert all(word in told for word in ("哪些信息", "依据", "谁看得到", "保存多久", "权利"))
    assert text.version and text.since.year >= 2026


def test_anybody_reads_it_at_the_door_with_whom_to_ask(settings):
    settings.PRIVACY_CONTACT = "综合党委办公室 0562-1234567"
    html = Client().get(reverse("privacy")).content.decode()
    assert "个人信息保护说明" in html and "0562-1234567" in html and "谁看过我的信息" in html
    assert reverse("privacy") in Client().get(reverse("sign-in")).content.decode()


def test_activation_asks_for_the_tick_and_keeps_version_and_moment(world):
    person, user = world.person_of("member"), world.user["member"]
    PrivacyTold.objects.filter(user=user).delete()
    code = issue_code(person, by=world.user["office"])
    browser = Client()
    browser.post(reverse("activate"), {"name": user.username, "code": code})
    address = reverse("activate-password")
    refused = browser.post(address, {"password": GOOD, "again": GOOD})
    assert refused.status_code == 200 and "看过以后请打勾" in refused.content.decode()
    assert not PrivacyTold.objects.filter(user=user).exists()
    assert browser.post(address, {"password": GOOD, "again": GOOD, "told": "on"}).status_code == 302
    told = PrivacyTold.objects.get(user=user)
    assert told.version == privacy.privacy_notice().version and told.at
    assert Fact.objects.filter(what="accounts.privacy_told", actor_id=user.pk).exists()
    assert browser.get(reverse("todo")).status_code == 200, "it is not shown twice"


def test_a_newer_version_is_shown_once_after_the_next_sign_in_and_closes_nothing(world, newer):
    browser = sign_in(world.user["member"])
    answer = browser.get(f"{reverse('notices')}?box=all")
    assert answer["Location"] == f"{reverse('me-privacy')}?next=%2Fnotices%2F%3Fbox%3Dall"
    assert "第 2 版" in browser.get(answer["Location"]).content.decode()
    assert browser.get(reverse("notices")).status_code == 200, "she may go on without a tick"
    answer = sign_in(world.user["member"]).get(reverse("todo"))
    assert answer["Location"].startswith(reverse("me-privacy")), "not ticked: again at the next sign-in"


def test_whoever_ticked_goes_on_to_where_she_wanted_and_is_not_shown_it_again(world, newer):
    browser = sign_in(world.user["secretary"])
    shown = browser.get(reverse("people"))["Location"]
    ticked = browser.post(shown, {"told": "on", "next": reverse("people")})
    assert ticked["Location"] == reverse("people")
    assert sign_in(world.user["secretary"]).get(reverse("todo")).status_code == 200
    assert "您在" in browser.get(reverse("me-privacy")).content.decode()


def test_staff_are_told_too_and_pieces_of_pages_are_not_turned_away(world, newer):
    browser = sign_in(world.user["office"])
    assert browser.get(reverse("todo"), headers={"HX-Request": "true"}).status_code == 200
    assert browser.get(reverse("todo"))["Location"].startswith(reverse("me-privacy"))


def test_a_tick_given_twice_is_one_and_one_fact(world):
    user = world.user["office"]
    PrivacyTold.objects.filter(user=user).delete()
    before = Fact.objects.filter(what="accounts.privacy_told").count()
    for _ in range(2):
        privacy.note_told(user)
    assert Fact.objects.filter(what="accounts.privacy_told").count() == before + 1
