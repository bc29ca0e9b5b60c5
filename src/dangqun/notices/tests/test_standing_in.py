"""代签 with both names, 电话名单 as a read of each person in it."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from dangqun.kernel.models import Fact
from dangqun.kernel.rules import RuleBroken
from dangqun.members import rules as members
from dangqun.members.models import Person
from dangqun.notices import rules, standing, tally, telling
from dangqun.notices.models import Receipt
from dangqun.notices.tests.town import published
from dangqun.orgs.access import Actor
from tests.world import activate, for_a_module

pytestmark = pytest.mark.django_db
TOLD = "已当面告知"


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """One town for this module; 吴桂香 and 钱大有 of 甲 use no phone."""
    with for_a_module(django_db_blocker) as town:
        old = [town.person["吴桂香"].pk, town.person["钱大有"].pk]
        Person.objects.filter(pk__in=old).update(uses_phone=False)
        yield town


def of(notice, name):
    return Receipt.objects.select_related("person", "branch", "notice", "signed_by").get(
        notice=notice, person__name=name
    )


def sign_for(world, notice, *names, told="", by="secretary", branch="甲"):
    receipts = [of(notice, name) for name in names]
    return rules.sign_for(notice, world.branches[branch], receipts, told_how=told, by=world.user[by])


def facts(what):
    return Fact.objects.filter(what=what)


# --- who signs for whom -------------------------------------------------------------------------------------------
def test_a_secretary_signs_for_who_uses_no_phone_with_one_tap_and_both_names_stay(world, visit):
    notice, secretary = published(world), visit(world.user["secretary"])
    page = secretary.get(reverse("notice", args=(notice.pk,))).content.decode()
    assert "本支部 2 人不用手机" in page
    address = reverse("notice-sign-for", args=(notice.pk, world.branches["甲"].pk))
    answer = secretary.post(address, {"people": of(notice, "吴桂香").pk}, follow=True)
    assert "汪晓燕 代签 吴桂香" in answer.content.decode()
    held = of(notice, "吴桂香")
    assert (held.signed_by, held.told_how) == (world.user["secretary"], telling.WITHOUT_PHONE)
    fact = facts("notices.signed_for").get()
    assert fact.actor_id == world.user["secretary"].pk
    assert "吴桂香" in fact.text and "不用手机" in fact.text


def test_for_who_uses_a_phone_a_way_of_telling_is_picked(world):
    notice = published(world)
    with pytest.raises(RuleBroken, match="怎么告知"):
        sign_for(world, notice, "孟庆华")
    with pytest.raises(RuleBroken, match="怎么告知"):
        sign_for(world, notice, "孟庆华", told="听说的")
    assert not of(notice, "孟庆华").signed_at
    assert sign_for(world, notice, "孟庆华", told="已电话告知")[0].told_how == "已电话告知"


def test_several_are_signed_for_after_one_reading_and_who_signed_meanwhile_stays_as_she_is(world, visit):
    notice = published(world)
    rules.sign(of(notice, "孟庆华"), by=world.user["member"])
    signed = sign_for(world, notice, "吴桂香", "钱大有", "孟庆华", told=TOLD)
    assert [each.person.name for each in signed] == ["吴桂香", "钱大有"]
    assert of(notice, "孟庆华").signed_by is None
    page = visit(world.user["secretary"]).get(
        reverse("notice-sign-for", args=(notice.pk, world.branches["甲"].pk))
    )
    assert "本支部的人都签收了" in page.content.decode()


def test_nobody_signs_for_herself_or_for_another_branch(world):
    notice = published(world)
    with pytest.raises(RuleBroken, match="不能给自己代签"):
        sign_for(world, notice, "汪晓燕", told=TOLD)
    with pytest.raises(RuleBroken, match="别的支部"):
        sign_for(world, notice, "左小海", told=TOLD)
    with pytest.raises(RuleBroken, match="请由沈立群告知后代签"):
        sign_for(world, notice, "丁有财", told=TOLD, branch="乙")


def test_the_office_signs_only_where_a_branch_has_neither_secretary_nor_deputy(world, visit):
    notice, clerk = published(world), visit(world.user["office"])
    address = reverse("notice-sign-for", args=(notice.pk, world.branches["丙"].pk))
    assert "请由程月娥告知后代签" in clerk.get(address).content.decode()
    with pytest.raises(RuleBroken, match="请由程月娥"):
        sign_for(world, notice, "左小海", told=TOLD, by="office", branch="丙")
    office = world.person["程月娥"].offices.open().get()
    members.end_office(office, on=timezone.localdate(), by=world.user["office"])
    assert "请由" not in clerk.get(address).content.decode()
    assert sign_for(world, notice, "左小海", told=TOLD, by="office", branch="丙")


def test_whoever_may_not_stand_in_finds_no_page(world, visit):
    notice = published(world)
    own = reverse("notice-sign-for", args=(notice.pk, world.branches["甲"].pk))
    there = reverse("notice-sign-for", args=(notice.pk, world.branches["丙"].pk))
    assert visit(world.user["secretary"]).get(own).status_code == 200
    assert visit(world.user["secretary"]).get(there).status_code == 404
    assert visit(world.user["member"]).get(own).status_code == 404
    assert visit(world.user["instructor"]).get(own).status_code == 404


def test_the_database_holds_no_stand_in_without_time_and_way(world):
    held = of(published(world), "吴桂香")
    with pytest.raises(IntegrityError), transaction.atomic():
        Receipt.objects.filter(pk=held.pk).update(signed_by=world.user["secretary"])


def test_what_was_ticked_stays_ticked_when_a_way_of_telling_is_missing(world, visit):
    notice = published(world)
    address = reverse("notice-sign-for", args=(notice.pk, world.branches["甲"].pk))
    page = visit(world.user["secretary"]).post(address, {"people": of(notice, "孟庆华").pk}).content.decode()
    assert "请选是怎么告知的" in page
    assert f'value="{of(notice, "孟庆华").pk}" checked' in page


# --- undone -----------------------------------------------------------------------------------------------------------
def test_a_stand_in_is_undone_for_two_minutes_and_not_after(world, visit):
    notice, secretary = published(world), visit(world.user["secretary"])
    sign_for(world, notice, "吴桂香", "钱大有")
    undo = reverse("notice-unsign-for", args=(notice.pk, world.branches["甲"].pk))
    assert secretary.post(undo).status_code == 302
    held = of(notice, "吴桂香")
    assert (held.signed_at, held.signed_by, held.told_how) == (None, None, "")
    sign_for(world, notice, "吴桂香")
    Receipt.objects.filter(notice=notice, person__name="吴桂香").update(
        signed_at=timezone.now() - timedelta(minutes=3)
    )
    assert secretary.post(undo).status_code == 422
    assert of(notice, "吴桂香").signed_at


def test_the_person_sees_who_signed_for_her_and_says_that_it_was_not_her_will(world, visit):
    notice, member = published(world), visit(world.user["member"])
    sign_for(world, notice, "孟庆华", told=TOLD)
    page = member.get(reverse("notice", args=(notice.pk,))).content.decode()
    assert "汪晓燕 代签 孟庆华" in page and TOLD in page and "不是我的意思" in page
    Receipt.objects.filter(notice=notice).update(signed_at=timezone.now() - timedelta(days=3))
    assert member.post(reverse("notice-disown", args=(notice.pk,))).status_code == 302
    held = of(notice, "孟庆华")
    assert held.signed_at is None and held.disowned_at
    assert facts("notices.disowned").exists()
    with pytest.raises(RuleBroken, match="孟庆华说过代签不是自己的意思"):
        sign_for(world, notice, "孟庆华", told=TOLD)
    rules.sign(held, by=world.user["member"])
    assert of(notice, "孟庆华").signed_at


def test_nobody_disowns_for_another_nor_what_she_signed_herself(world, visit):
    notice = published(world)
    sign_for(world, notice, "吴桂香")
    with pytest.raises(RuleBroken, match="自己的签收"):
        rules.disown(of(notice, "吴桂香"), by=world.user["member"])
    rules.sign(of(notice, "孟庆华"), by=world.user["member"])
    assert visit(world.user["member"]).post(reverse("notice-disown", args=(notice.pk,))).status_code == 422


# --- shown -------------------------------------------------------------------------------------------------------------
def test_figures_squares_feed_and_workbook_tell_a_stand_in_from_a_signature(world, visit):
    notice, clerk = published(world), visit(world.user["office"])
    rules.sign(of(notice, "孟庆华"), by=world.user["member"])
    sign_for(world, notice, "吴桂香")
    whole = tally.total(tally.parts(tally.receipts(notice, Actor.of(world.user["office"]))))
    assert (whole.signed, whole.own, whole.proxy) == (2, 1, 1)
    page = clerk.get(reverse("notice-receipts", args=(notice.pk,))).content.decode()
    assert "其中代签 1" in page and "汪晓燕 代签 吴桂香" in page
    assert "4 人中 2 人已签收，其中代签 1 人" in page
    answer = clerk.get(reverse("notice-export", args=(notice.pk,)))
    rows = list(load_workbook(BytesIO(b"".join(answer.streaming_content))).active.iter_rows(values_only=True))
    line = next(row for row in rows if "吴桂香" in row)
    assert {"代签", "汪晓燕", telling.WITHOUT_PHONE} <= set(line)


def test_a_withdrawn_notice_is_not_signed_for(world):
    notice = published(world)
    held = of(notice, "吴桂香")
    rules.withdraw(notice, why="发错了", by=world.user["office"])
    with pytest.raises(RuleBroken, match="撤回"):
        rules.sign_for(notice, world.branches["甲"], [held], told_how="", by=world.user["secretary"])


# --- 电话名单 ---------------------------------------------------------------------------------------------------------
def test_the_phone_list_asks_for_a_fresh_code_where_exports_do(world, visit, settings):
    settings.SECOND_FACTOR_EXPORT = True
    notice, secretary = published(world), visit(world.user["secretary"])
    answer = secretary.post(reverse("notice-phones", args=(notice.pk,)), {"why": "联系本人"})
    assert answer.status_code == 422 and "验证" in answer.content.decode(), "she has set up none yet"
    assert not facts("members.phone_listed").exists()


def test_the_phone_list_asks_why_shows_numbers_in_full_and_counts_as_reading_each_person(world, visit):
    notice, secretary = published(world), visit(world.user["secretary"])
    rules.sign(of(notice, "孟庆华"), by=world.user["member"])
    address = reverse("notice-phones", args=(notice.pk,))
    number = world.person["吴桂香"].mobile.open()
    asked = secretary.get(address).content.decode()
    assert number not in asked
    refused = secretary.post(address, {"why": ""}).content.decode()
    assert "请选一个理由" in refused and number not in refused
    assert not facts("members.phone_listed").exists()
    shown = secretary.post(address, {"why": "联系本人"}).content.decode()
    assert number in shown and "吴桂香" in shown and "□" in shown
    assert "孟庆华" not in shown, "who has signed is not on it"
    assert "左小海" not in shown, "nor anybody of another branch"
    read = facts("members.phone_listed")
    people = {str(world.person[name].pk) for name in ("吴桂香", "钱大有")}
    assert set(read.values_list("subject_key", flat=True)) == people
    assert all("联系本人" in fact.text and number not in fact.text for fact in read)


def test_a_phone_list_that_does_not_hold_everybody_says_so(world, visit, monkeypatch):
    address = reverse("notice-phones", args=(published(world).pk,))
    whole = visit(world.user["office"]).get(address)
    assert len(whole.context["missing"]) > 2 and "其余的" not in whole.content.decode()
    monkeypatch.setattr(standing, "MOST", 2)
    cut = visit(world.user["office"]).get(address)
    assert len(cut.context["missing"]) == 2 and "其余的请到各支部的页面分开打印" in cut.content.decode()


def test_whoever_may_not_see_telephones_gets_no_list(world, visit):
    notice = published(world)
    address = reverse("notice-phones", args=(notice.pk,))
    assert visit(world.user["office"]).get(address).status_code == 200
    for role in ("member", "instructor", "committee_member"):
        assert visit(world.user[role]).get(address).status_code == 404
    elsewhere = visit(world.user["secretary"]).get(address, {"branch": world.branches["丙"].pk})
    assert elsewhere.status_code == 404


def test_an_account_of_the_person_is_told_when_somebody_signs_for_her(
    world, django_capture_on_commit_callbacks
):
    notice = published(world)
    activate(world.person["吴桂香"])
    with django_capture_on_commit_callbacks() as callbacks:
        sign_for(world, notice, "吴桂香")
    assert callbacks
