"""The engine: what is due goes once, in its pace; failures are tried again or told; a killed worker costs nothing and nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from dangqun.kernel.jobs import run_waiting
from dangqun.kernel.rules import RuleBroken
from dangqun.ladder import engine, outbox, rules
from dangqun.ladder.adapters import wecom
from dangqun.ladder.models import Channel, Message, Preference
from dangqun.ladder.outbox import Call
from dangqun.ladder.tests.fake import KEY, SECRET, providers
from dangqun.ladder.tests.town import told_by
from dangqun.ladder.wording import NEUTRAL
from dangqun.members.models import Person
from tests.world import for_a_module

pytestmark = pytest.mark.django_db
State = Message.State
CALL = Call("thing:1", "thing:1:published", "关于冬季安全生产自查的通知", "/notices/1/")  # of no room


@pytest.fixture(scope="module")
def town(django_db_setup, django_db_blocker):
    with for_a_module(django_db_blocker) as world:
        yield world


@pytest.fixture
def side(settings):
    settings.PRIVATE_TARGETS, settings.SITE_URL = True, "https://dq.example.gov.cn"
    wecom._passes.clear()
    with providers() as server:
        yield server


@pytest.fixture
def app(town, side):
    """An application of 企业微信 that serves the whole zone."""
    told = {"corp_id": "ww1", "agent_id": "1000002", "secret": SECRET, "api": side.base}
    return _on(town, Channel.Kind.WECOM_APP, town.committee, told)


@pytest.fixture
def robot(town, side):
    """The robot of one branch's group."""
    url = f"{side.base}/cgi-bin/webhook/send?key={KEY}"
    return _on(town, Channel.Kind.WECOM_ROBOT, town.branches["甲"], {"url": url})


def _on(town, kind, org, told):
    by = town.user["office"]
    made = rules.set_up(kind, org, {"name": str(kind), "urgent_only": False}, told, by=by)
    return rules.switch(made, True, by=by)


def wants(town, name, **facts):
    """Let somebody be told by 企业微信, at once and at any hour unless said otherwise."""
    person = town.person[name]
    return told_by(person, **{"wecom": f"u{person.pk}"} | facts)


def call(town, *names, **changed):
    people = Person.objects.filter(name__in=names)
    return outbox.call_people(Call(**CALL.__dict__ | changed), people)


def states():
    return sorted(Message.objects.values_list("state", flat=True))


def test_a_message_goes_from_queued_to_handed_over_with_title_and_link(town, app, side):
    wants(town, "孟庆华")
    assert call(town, "孟庆华") == 1 and states() == [State.QUEUED]
    run_waiting()
    assert states() == [State.HANDED]
    ((_, to, card),) = side.said
    assert to == f"u{town.person['孟庆华'].pk}"
    assert card["title"] == CALL.title and card["url"] == "https://dq.example.gov.cn/notices/1/"


def test_the_same_event_reaches_the_same_receiver_by_the_same_channel_once(town, app, side):
    wants(town, "孟庆华")
    assert call(town, "孟庆华") == 1 and call(town, "孟庆华") == 0
    assert call(town, "孟庆华", event="thing:1:reminded:5") == 1, "a reminder is another event"
    run_waiting()
    run_waiting()
    assert len(side.said) == 2


def test_nobody_is_called_who_has_no_address_switched_it_off_or_cannot_sign_in(town, app, side):
    wants(town, "孟庆华", unwanted=["wecom-app"])
    wants(town, "汪晓燕")
    told_by(town.person["吴桂香"], wecom="u9")
    rules.choose(town.person["沈立群"], {"wecom": "u8"}, by=None)  # and did not confirm it
    assert call(town, "孟庆华", "汪晓燕", "吴桂香", "沈立群") == 1
    assert Message.objects.get().person == town.person["汪晓燕"]


def test_whoever_takes_her_address_away_meanwhile_gets_nothing(town, app, side):
    wants(town, "孟庆华")
    call(town, "孟庆华")
    wants(town, "孟庆华", wecom="")
    run_waiting()
    assert side.said == [] and states() == [State.DROPPED]


def test_what_was_signed_before_it_went_is_dropped_and_only_for_whom_signed(town, app, side):
    for name in ("孟庆华", "汪晓燕"):
        wants(town, name)
    call(town, "孟庆华", "汪晓燕")
    assert outbox.stand_down("thing:1", [town.person["孟庆华"].pk]) == 1
    run_waiting()
    assert [to for _, to, _ in side.said] == [f"u{town.person['汪晓燕'].pk}"]


def test_a_digest_is_one_message_a_day_for_all_that_is_due(town, app, side):
    wants(town, "孟庆华", pace=Preference.Pace.DIGEST, digest_at="08:30")
    for number in (1, 2, 3):
        call(town, "孟庆华", about=f"thing:{number}", event=f"thing:{number}:published")
    run_waiting()
    assert side.said == [], "not before its hour"
    Message.objects.update(next_at=timezone.now())
    engine.look()
    run_waiting()
    ((_, _, card),) = side.said
    assert card["title"] == "您有 3 条待办，请登录" and card["url"].endswith(".cn/")
    assert states() == [State.HANDED] * 3


def test_a_digest_of_one_thing_says_what_it_is_also_after_a_reminder_of_it(town, app, side):
    wants(town, "孟庆华", pace=Preference.Pace.DIGEST)
    call(town, "孟庆华")
    call(town, "孟庆华", event="thing:1:reminded:1")
    Message.objects.update(next_at=timezone.now())
    engine.look()
    run_waiting()
    assert [card["title"] for _, _, card in side.said] == [CALL.title]


def test_quiet_hours_hold_what_is_ordinary_and_let_what_is_urgent_pass(town, app, side):
    from dangqun.kernel.calendars import local

    now = local(timezone.now())
    quiet = {"quiet_from": (now - timedelta(hours=1)).time(), "quiet_to": (now + timedelta(hours=1)).time()}
    wants(town, "孟庆华", **quiet)
    call(town, "孟庆华")
    run_waiting()
    assert side.said == []
    call(town, "孟庆华", event="thing:1:urgent", is_urgent=True)
    run_waiting()
    assert len(side.said) == 1


def test_a_channel_for_urgent_things_hears_nothing_else(town, app, side):
    rules.correct(app, {"name": "企微", "urgent_only": True}, app.settings, by=town.user["office"])
    wants(town, "孟庆华")
    assert call(town, "孟庆华") == 0 and call(town, "孟庆华", is_urgent=True) == 1


def test_a_channel_of_one_branch_calls_nobody_of_another(town, side):
    told = {"corp_id": "ww1", "agent_id": "1000002", "secret": SECRET, "api": side.base}
    _on(town, Channel.Kind.WECOM_APP, town.branches["甲"], told)
    for name in ("孟庆华", "程月娥"):
        wants(town, name)
    assert call(town, "孟庆华", "程月娥") == 1


def test_a_later_step_of_the_ladder_waits_its_hours(town, app, side):
    rules.correct(app, {"name": "企微", "after_hours": 24}, app.settings, by=town.user["office"])
    wants(town, "孟庆华")
    call(town, "孟庆华")
    assert Message.objects.get().next_at > timezone.now() + timedelta(hours=23)


def test_a_failure_that_may_pass_is_tried_again_later_and_at_most_five_times(town, app, side):
    wants(town, "孟庆华")
    call(town, "孟庆华")
    side.next = [(503, {})] * 9
    for tries in range(1, 6):
        Message.objects.update(next_at=timezone.now())
        Channel.objects.update(rests_until=None)
        engine.deliver()
        message = Message.objects.get()
        assert message.tries == tries and message.why
        if tries < 5:
            assert message.state == State.QUEUED and message.next_at > timezone.now() + timedelta(seconds=30)
    assert message.state == State.FAILED


def test_a_failure_for_good_is_not_tried_again_and_can_be_by_hand(town, app, side):
    wants(town, "孟庆华", wecom="nobody")
    call(town, "孟庆华")
    run_waiting()
    failed = Message.objects.get()
    assert failed.state == State.FAILED and failed.tries == 1 and "没有这个账号" in failed.why
    wants(town, "孟庆华")
    rules.send_again(failed, by=town.user["office"])
    run_waiting()
    assert states() == [State.HANDED]
    with pytest.raises(RuleBroken):
        rules.send_again(failed, by=town.user["office"])


def test_retry_after_leaves_the_whole_channel_alone_and_costs_the_others_no_try(town, app, side):
    for name in ("孟庆华", "汪晓燕", "沈立群", "程月娥", "杜光辉"):
        wants(town, name)
    call(town, "孟庆华", "汪晓燕", "沈立群", "程月娥", "杜光辉")
    side.next = [(429, {}, {"Retry-After": "300"})] * 4
    run_waiting()
    assert side.said == []
    assert Channel.objects.get(pk=app.pk).rests_until > timezone.now() + timedelta(seconds=250)
    assert Message.objects.filter(tries=0).count() == 1, "four were on their way"


def test_a_robot_is_never_asked_more_than_20_times_a_minute_and_the_rest_follows(town, robot, side):
    for number in range(30):
        outbox.call_groups(
            Call(f"thing:{number}", f"thing:{number}:published", "通知", "/", is_urgent=True), [robot]
        )
    run_waiting()
    spoken = len(side.said)
    assert 4 <= spoken <= 20 and Message.objects.filter(state=State.FAILED).count() == 0
    assert Message.objects.filter(state=State.QUEUED).count() == 30 - spoken
    held = Channel.objects.get(pk=robot.pk)
    assert held.rests_until > timezone.now()
    Channel.objects.update(rests_until=None, tokens=2)
    engine.deliver()
    assert len(side.said) >= spoken + 2


def test_a_group_hears_no_number_and_no_name_and_the_fact_is_noted(town, robot, side):
    for number, title in enumerate(("关于孟庆华同志的通报", "请联系13812345678")):
        outbox.call_groups(
            Call(f"thing:{number}", f"thing:{number}:published", title, "/", is_urgent=True), [robot]
        )
    run_waiting()
    assert [text.split("\n")[0] for _, text in side.said] == [NEUTRAL, NEUTRAL]
    assert Message.objects.filter(is_neutral=True, state=State.DELIVERED).count() == 2


def test_a_worker_killed_between_sending_and_noting_sends_that_one_message_twice_at_most(
    town, app, side, monkeypatch
):
    for name in ("孟庆华", "汪晓燕"):
        wants(town, name)
    call(town, "孟庆华", "汪晓燕")
    first, second = Message.objects.order_by("pk").values_list("pk", flat=True)

    class Killed(BaseException):
        pass

    real = engine.note

    def note(outcome, at):
        if outcome[0].messages[0].pk == second and len(side.said) == 2:
            raise Killed
        real(outcome, at)

    monkeypatch.setattr(engine, "note", note)
    with pytest.raises(Killed):
        engine.deliver()
    monkeypatch.setattr(engine, "note", real)
    assert Message.objects.get(pk=second).state == State.SENDING
    engine.deliver()
    assert len(side.said) == 2, "somebody may still be sending it"
    Message.objects.filter(pk=second).update(taken_at=timezone.now() - 2 * engine.IN_HAND)
    engine.look()
    run_waiting()
    assert len(side.said) == 3 and states() == [State.HANDED] * 2
    assert [to for _, to, _ in side.said].count(f"u{Message.objects.get(pk=first).person_id}") == 1


def test_a_channel_that_is_switched_off_drops_what_waits(town, app, side):
    wants(town, "孟庆华")
    call(town, "孟庆华")
    rules.switch(app, False, by=town.user["office"])
    run_waiting()
    assert side.said == [] and states() == [State.DROPPED]


def test_an_adapter_that_breaks_is_tried_again_and_what_it_says_is_kept_nowhere(
    town, app, side, monkeypatch, caplog
):
    wants(town, "孟庆华")
    call(town, "孟庆华")

    def broken(*_):
        raise ValueError(f"https://x/?key={SECRET}")

    monkeypatch.setattr(wecom, "_say", broken)
    run_waiting()
    message = Message.objects.get()
    assert message.state == State.QUEUED and SECRET not in message.why and SECRET not in caplog.text


def test_the_outbox_forgets_after_30_days(town, app, side):
    wants(town, "孟庆华")
    call(town, "孟庆华")
    run_waiting()
    assert engine.forget_old() == 0
    Message.objects.update(ended_at=timezone.now() - timedelta(days=31))
    assert engine.forget_old() == 1


@pytest.mark.once
def test_203_receivers_are_handed_over_without_a_question_that_grows_with_them(
    town, app, side, django_assert_max_num_queries
):
    by = town.user["office"]
    crowd = _crowd(town, 203)
    with django_assert_max_num_queries(8):
        assert outbox.call_people(CALL, crowd) == 203
    run_waiting()
    assert Message.objects.filter(state=State.HANDED).count() == 203
    assert len({to for _, to, _ in side.said}) == 203 and by


def _crowd(town, count):
    """Return that many people with accounts and addresses."""
    from dangqun.members.rules.people import enrol
    from tests.world import activate

    people = []
    for number in range(count):
        person = enrol(f"群众{number}", org=town.branches["甲"], by=None)
        activate(person)
        preference = Preference(person=person, wecom=f"u{number}", proven=["wecom"])
        preference.pace, preference.quiet_from, preference.quiet_to = "at-once", "00:00", "00:00"
        preference.save()
        people.append(person.pk)
    return Person.objects.filter(pk__in=people)
