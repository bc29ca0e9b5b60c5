"""What notices send down the ladder: to receivers, to groups that are addressed as a whole, and nothing after a signature."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from icalendar import Calendar

from dangqun.ladder import feeds, outbox
from dangqun.ladder import rules as ladder
from dangqun.ladder.models import Channel, Message, Preference
from dangqun.notices import rules
from dangqun.notices.audience import Audience
from tests.world import for_a_module

pytestmark = pytest.mark.django_db
State = Message.State


@pytest.fixture(scope="module")
def town(django_db_setup, django_db_blocker):
    """The town with an application of 企业微信 for all and a robot in two groups: one branch, and the whole zone."""
    with for_a_module(django_db_blocker) as world:
        by = world.user["office"]
        app = {"corp_id": "ww1", "agent_id": "1", "secret": "s", "api": "https://qyapi.weixin.qq.com"}
        hook = {"url": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k"}
        plan = (
            (Channel.Kind.WECOM_APP, world.committee, app),
            (Channel.Kind.WECOM_ROBOT, world.committee, hook),
            (Channel.Kind.WECOM_ROBOT, world.branches["甲"], hook),
        )
        for kind, org, told in plan:
            made = ladder.set_up(kind, org, {"name": f"{kind}"}, told, by=by)
            ladder.switch(made, True, by=by)
        for name in ("孟庆华", "汪晓燕", "程月娥"):
            person = world.person[name]
            facts = {"wecom": f"u{person.pk}", "pace": Preference.Pace.AT_ONCE}
            ladder.choose(person, facts | {"quiet_from": "00:00", "quiet_to": "00:00"}, by=person.account)
        yield world


def published(town, audience, **facts):
    by = town.user["office"]
    told = {"title": "关于安全自查的通知", "body": "<p>请自查。</p>", "audience": audience.stored()}
    return rules.publish(rules.save_draft(None, told | facts, by=by), by=by)


def called():
    return sorted(str(each.person or each.channel.org) for each in Message.objects.filter(state=State.QUEUED))


def test_receivers_with_an_address_are_called_in_the_same_transaction(town):
    notice = published(town, Audience(orgs=(town.branches["甲"].pk,), posts=("secretary",)))
    assert called() == ["汪晓燕"]
    assert Message.objects.get().path == f"/notices/{notice.pk}/"


def test_a_group_is_told_what_all_of_its_branch_gets_and_the_zone_s_group_only_what_all_get(town):
    published(town, Audience(orgs=(town.branches["甲"].pk,)))
    assert called() == sorted(["孟庆华", "汪晓燕", str(town.branches["甲"])])
    Message.objects.all().delete()
    published(town, Audience())
    assert called() == sorted(["孟庆华", "汪晓燕", "程月娥", str(town.branches["甲"]), str(town.committee)])


def test_whoever_signs_before_it_went_is_not_called_any_more(town):
    notice = published(town, Audience(orgs=(town.branches["甲"].pk,)))
    rules.sign(rules.receipt_of(notice, town.user["member"]), by=town.user["member"])
    assert called() == sorted(["汪晓燕", str(town.branches["甲"])])
    assert Message.objects.get(state=State.DROPPED).why == outbox.SIGNED


def test_a_reminder_calls_those_who_were_reminded_and_no_group(town):
    notice = published(town, Audience(orgs=(town.branches["甲"].pk,)))
    rules.sign(rules.receipt_of(notice, town.user["member"]), by=town.user["member"])
    Message.objects.all().delete()
    rules.remind(notice, notice.receipts.all(), scope="全部", by=town.user["office"])
    assert called() == ["汪晓燕"]


def test_an_urgent_notice_goes_at_any_hour(town):
    person = town.person["孟庆华"]
    hour = {"quiet_from": "00:00", "quiet_to": "23:59", "pace": Preference.Pace.DIGEST}
    ladder.choose(person, hour, by=person.account)
    branch = Audience(orgs=(town.branches["甲"].pk,))
    published(town, branch)
    assert Message.objects.get(person=person).next_at > timezone.now()
    Message.objects.all().delete()
    published(town, branch, urgency="urgent", urgent_why="今晚有台风")
    message = Message.objects.get(person=person)
    assert message.is_urgent and message.next_at <= timezone.now() and not message.in_digest


def test_without_a_channel_publishing_asks_one_question_more(town, django_assert_num_queries):
    Channel.objects.update(is_enabled=False)
    from dangqun.members.models import Person

    with django_assert_num_queries(1):
        outbox.call_people(outbox.Call("notice:1", "notice:1:x", "题", "/"), Person.objects.all())


def test_the_calendar_holds_the_deadlines_of_what_is_not_signed_and_reads_back(town, settings):
    settings.SITE_URL = "https://dq.example.gov.cn"
    person, due = town.person["孟庆华"], (timezone.now() + timedelta(days=2)).replace(microsecond=0)
    branch = Audience(orgs=(town.branches["甲"].pk,))
    notice = published(town, branch, deadline=due)
    published(town, branch, title="请联系13812345678", deadline=due + timedelta(days=1))
    published(town, branch, title="没有截止的")
    secret = ladder.renew_calendar(person, by=person.account)
    calendar = Calendar.from_ical(feeds.feed(secret))
    first, second = calendar.walk("VEVENT")
    assert str(first["SUMMARY"]) == "截止：关于安全自查的通知" and first.decoded("DTEND") == due
    assert str(first.decoded("DTEND").tzinfo) == "Asia/Shanghai"
    assert str(first["URL"]) == f"https://dq.example.gov.cn/notices/{notice.pk}/"
    assert str(second["SUMMARY"]) == "截止：您有 1 条待办，请登录"
    assert "请自查" not in calendar.to_ical().decode() and [e.name for e in calendar.walk("VTIMEZONE")]
    rules.sign(rules.receipt_of(notice, town.user["member"]), by=town.user["member"])
    assert len(Calendar.from_ical(feeds.feed(secret)).walk("VEVENT")) == 1


def test_an_old_address_of_a_calendar_is_dead_and_so_is_that_of_a_closed_account(town):
    person = town.person["孟庆华"]
    old = ladder.renew_calendar(person, by=person.account)
    new = ladder.renew_calendar(person, by=person.account)
    assert feeds.feed(old) is None and feeds.feed(new)
    person.account.is_active = False
    person.account.save()
    assert feeds.feed(new) is None
    person.account.is_active = True
    person.account.save()
    ladder.withdraw_calendar(person, by=person.account)
    assert feeds.feed(new) is None
