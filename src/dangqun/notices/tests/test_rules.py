from datetime import timedelta

import pytest
from django.utils import timezone

from dangqun.kernel.facts import Fact
from dangqun.kernel.rules import RuleBroken
from dangqun.members import rules as members
from dangqun.notices import rules
from dangqun.notices.audience import Audience, receivers
from dangqun.notices.models import Notice, Receipt
from dangqun.notices.tests.town import draft, published
from dangqun.orgs.access import Actor

pytestmark = pytest.mark.django_db


def names(found):
    return {person.name for person in found}


def test_everybody_means_all_members_within_reach(world):
    actor = Actor.of(world.user["office"])
    assert receivers(Audience(), actor).count() == 13


def test_a_park_a_zone_and_a_post_each_narrow_the_audience(world):
    actor = Actor.of(world.user["office"])
    park = receivers(Audience(orgs=(world.parks["东园"].pk,)), actor)
    zone = receivers(Audience(zones=(world.zones[1].pk,)), actor)
    secretaries = receivers(Audience(posts=("secretary",)), actor)
    assert (park.count(), zone.count()) == (7, 6)
    assert names(secretaries) == {"汪晓燕", "沈立群", "程月娥", "杜光辉"}
    assert names(receivers(Audience(posts=("instructor", "committee")), actor)) == {"方杰", "石涵兰"}


def test_a_person_in_two_choices_gets_one_receipt(world):
    secretary = world.person["汪晓燕"]
    notice = published(world, posts=("member", "secretary"), people=(secretary.pk,))
    assert notice.receipts.count() == 13
    assert notice.receipts.filter(person=secretary).count() == 1


def test_nobody_outside_the_authors_reach_can_be_addressed(world):
    stranger = world.person["程月娥"]
    notice = draft(world, "secretary", people=(stranger.pk,), orgs=(world.branches["丙"].pk,))
    with pytest.raises(RuleBroken, match="还没有选到人"):
        rules.publish(notice, by=world.user["secretary"])
    assert Receipt.objects.count() == 0


def test_publishing_twice_is_refused_and_adds_no_receipt(world):
    notice = draft(world)
    rules.publish(notice, by=world.user["office"])
    stale = Notice.objects.get(pk=notice.pk)
    with pytest.raises(RuleBroken, match="已经发布过"):
        rules.publish(stale, by=world.user["office"])
    assert Receipt.objects.filter(notice=notice).count() == 13


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"title": " "}, "请写标题"),
        ({"body": "<p> </p>"}, "请写正文"),
        ({"deadline": timezone.now() - timedelta(1)}, "已经过了"),
    ],
)
def test_an_unready_draft_is_not_published(world, facts, sentence):
    notice = rules.save_draft(draft(world), facts, by=world.user["office"])
    with pytest.raises(RuleBroken, match=sentence):
        rules.publish(notice, by=world.user["office"])


def test_signing_is_for_the_receiver_herself_and_a_second_tap_changes_nothing(world):
    notice = published(world)
    receipt = notice.receipts.get(person=world.person["孟庆华"])
    with pytest.raises(RuleBroken, match="发给自己"):
        rules.sign(receipt, by=world.user["secretary"])
    first = rules.sign(receipt, by=world.user["member"]).signed_at
    rules.sign(Receipt.objects.get(pk=receipt.pk), by=world.user["member"])
    assert Receipt.objects.get(pk=receipt.pk).signed_at == first
    assert Fact.objects.filter(what="notices.signed").count() == 1


def test_a_signature_can_be_taken_back_for_two_minutes(world):
    receipt = published(world).receipts.select_related("person").get(person=world.person["孟庆华"])
    rules.sign(receipt, by=world.user["member"])
    rules.unsign(receipt, by=world.user["member"])
    assert Receipt.objects.get(pk=receipt.pk).signed_at is None
    rules.sign(receipt, by=world.user["member"])
    Receipt.objects.filter(pk=receipt.pk).update(signed_at=timezone.now() - timedelta(seconds=121))
    with pytest.raises(RuleBroken, match="不能撤销"):
        rules.unsign(receipt, by=world.user["member"])


def test_only_the_missing_are_reminded_and_not_twice_within_five_minutes(world):
    notice = published(world)
    signed = notice.receipts.select_related("person").get(person=world.person["孟庆华"])
    rules.sign(signed, by=world.user["member"])
    office = world.user["office"]
    assert rules.remind(notice, notice.receipts.all(), scope="全部", by=office).people == 12
    with pytest.raises(RuleBroken, match="刚催过"):
        rules.remind(notice, notice.receipts.filter(branch=world.branches["甲"]), scope="甲", by=office)
    notice.receipts.update(reminded_at=timezone.now() - timedelta(minutes=5, seconds=1))
    again = rules.remind(notice, notice.receipts.filter(branch=world.branches["甲"]), scope="甲", by=office)
    assert again.people == 3


def test_a_receipt_stays_with_the_branch_of_the_day_it_was_sent(world):
    notice = published(world)
    person = world.person["孟庆华"]
    members.move(
        person,
        to=world.branches["丙"],
        on=Actor.of(None or world.user["office"]).day,
        by=world.user["office"],
    )
    assert notice.receipts.get(person=person).branch == world.branches["甲"]


def test_the_text_keeps_no_script_style_or_foreign_picture(world):
    dirty = '<p onclick="x()">好<script>alert(1)</script><img src="http://x/y.png"><a href="javascript:x">链</a></p>'
    clean = rules.clean_body(dirty)
    assert not any(word in clean for word in ("script", "onclick", "img", "javascript"))
    assert "好" in clean


def test_no_table_has_a_place_for_who_opened_a_notice():
    columns = {field.name for model in (Notice, Receipt) for field in model._meta.get_fields()}
    assert not any(
        word in name for name in columns for word in ("read", "seen", "view", "open", "visit", "click")
    )
