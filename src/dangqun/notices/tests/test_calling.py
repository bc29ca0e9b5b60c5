"""What notices send down the ladder: to receivers, to groups that are addressed as a whole, and nothing after a signature."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from icalendar import Calendar

from dangqun.ladder import engine, feeds, outbox, subjects
from dangqun.ladder import rules as ladder
from dangqun.ladder.models import Channel, Message, Preference
from dangqun.ladder.tests.town import told_by
from dangqun.ladder.wording import NEUTRAL
from dangqun.notices import calling, rules
from dangqun.notices.audience import Audience
from dangqun.notices.models import Notice
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
            told_by(person, wecom=f"u{person.pk}")
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


# --- judged again at the moment of sending ---------------------------------------------------------------------
def sent():
    """Return what the engine takes out of the outbox now: the titles, and to whom."""
    parcels = engine.take(timezone.now()) or []
    return sorted((each.letter.title, str(each.messages[0].person or "群")) for each in parcels)


def to_branch(town, **facts):
    return published(town, Audience(orgs=(town.branches["甲"].pk,)), **facts)


def test_what_waits_for_an_account_that_was_closed_meanwhile_is_not_sent(town):
    to_branch(town)
    account = town.person["孟庆华"].account
    type(account).objects.filter(pk=account.pk).update(is_active=False)
    assert [to for _, to in sent()] == ["汪晓燕", "群"]
    assert Message.objects.get(person=town.person["孟庆华"]).why == subjects.NO_ACCOUNT


def test_what_waits_goes_out_under_the_title_of_the_correction_and_that_is_judged_anew(town):
    notice = to_branch(town)
    new = rules.Correction("关于孟庆华同志的通报", notice.body, None, "写错了")
    rules.correct(notice, new, seen=0, by=town.user["office"])
    assert sent() == sorted([(new.title, "孟庆华"), (new.title, "汪晓燕"), (NEUTRAL, "群")])
    assert set(Message.objects.filter(person=None).values_list("title", "is_neutral")) == {(NEUTRAL, True)}


def test_nothing_is_sent_of_a_notice_that_was_withdrawn_while_a_message_was_on_its_way_and_failed(town):
    notice = to_branch(town)
    Message.objects.update(state=State.SENDING)  # in hand when the notice is withdrawn: not dropped then
    rules.withdraw(notice, why="发错了", by=town.user["office"])
    Message.objects.update(state=State.QUEUED)  # the other side did not take them: to be tried again
    assert sent() == [] and {each.why for each in Message.objects.all()} == {calling.WITHDRAWN}


def test_whoever_signed_while_her_message_was_on_its_way_gets_no_second_try(town):
    notice = to_branch(town)
    Message.objects.update(state=State.SENDING)
    rules.sign(rules.receipt_of(notice, town.user["member"]), by=town.user["member"])
    Message.objects.update(state=State.QUEUED)
    assert [to for _, to in sent()] == ["汪晓燕", "群"]
    assert Message.objects.get(person=town.person["孟庆华"]).why == outbox.SIGNED


def test_a_digest_counts_only_what_still_stands(town):
    first, second = to_branch(town), to_branch(town, title="第二个通知")
    Message.objects.exclude(person=town.person["孟庆华"]).delete()
    Message.objects.update(in_digest=True)
    Notice.objects.filter(pk=first.pk).update(
        state="withdrawn", withdrawn_at=timezone.now(), withdrawn_why="错"
    )
    assert sent() == [("第二个通知", "孟庆华")] and second.pk


def test_a_batch_takes_the_same_queries_for_one_message_and_for_a_whole_batch_of_digests(town):
    def cost(names, notices):
        for number in range(notices):
            to_branch(town, title=f"通知{number}")
        Message.objects.exclude(person__name__in=names).delete()
        Message.objects.update(in_digest=True)
        with CaptureQueriesContext(connection) as caught:
            assert len(engine.take(timezone.now())) == len(names)
        Message.objects.all().delete()
        return len(caught)

    assert cost(["孟庆华"], 1) == cost(["孟庆华", "汪晓燕"], 3)


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
