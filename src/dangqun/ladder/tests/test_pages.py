"""提醒渠道, 发出的提醒 and 提醒方式 as people see them; no secret on any page, in any fact."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from dangqun.kernel.models import Fact
from dangqun.kernel.rules import RuleBroken
from dangqun.ladder import addresses, rules
from dangqun.ladder.models import Channel, Message, Preference
from dangqun.ladder.tests.fake import KEY, SECRET, mailbox, providers
from dangqun.ladder.tests.town import told_by
from tests.world import for_a_module

pytestmark = [pytest.mark.django_db, pytest.mark.once]
MAIL = {
    "host": "smtp.example.gov.cn",
    "port": "465",
    "security": "ssl",
    "username": "tz",
    "password": SECRET,
    "sender": "tz@example.gov.cn",
}


@pytest.fixture(scope="module")
def town(django_db_setup, django_db_blocker):
    with for_a_module(django_db_blocker) as world:
        yield world


@pytest.fixture
def office(town, visit):
    return visit(town.user["office"])


def typed(town, **changed):
    return MAIL | {"name": "办公室邮箱", "org": town.committee.pk, "after_hours": "0"} | changed


def text(answer):
    return answer.content.decode()


def test_a_channel_is_set_up_tried_and_switched_on(town, office, settings):
    settings.PRIVATE_TARGETS = True
    assert "还没有提醒渠道" in text(office.get(reverse("channels")))
    told_by(town.person_of("office"), email="zhang@example.com")
    with mailbox() as server:
        told = typed(town, host="127.0.0.1", port=str(server.port), security="none", username="", password="")
        made = office.post(reverse("channel-new", args=("mail",)), told, follow=True)
        assert "先试发一条" in text(made) and "还没启用" in text(made)
        channel = Channel.objects.get()
        tried = office.post(reverse("channel-try", args=(channel.pk,)), follow=True)
        assert rules.WENT in text(tried) and len(server.mails) == 1
    shown = office.post(reverse("channel-switch", args=(channel.pk,)), follow=True)
    assert "在用" in text(shown) and Channel.objects.get().is_enabled


def test_a_trial_that_fails_says_why_in_words(town, office):
    hook = {"url": f"https://127.0.0.1/cgi-bin/webhook/send?key={KEY}"}
    robot = rules.set_up(
        Channel.Kind.WECOM_ROBOT, town.branches["甲"], {"name": "群"}, hook, by=town.user["office"]
    )
    tried = text(office.post(reverse("channel-try", args=(robot.pk,)), follow=True))
    assert "指向内部网络" in tried and KEY not in tried


def test_a_robot_tried_too_often_within_a_minute_is_left_alone(town, settings):
    settings.PRIVATE_TARGETS = True
    with providers() as server:
        hook = {"url": f"{server.base}/cgi-bin/webhook/send?key={KEY}"}
        robot = rules.set_up(
            Channel.Kind.WECOM_ROBOT, town.branches["甲"], {"name": "群"}, hook, by=town.user["office"]
        )
        for _ in range(4):
            rules.try_out(robot, by=town.user["office"])
        with pytest.raises(RuleBroken, match="过一会儿"):
            rules.try_out(robot, by=town.user["office"])
        assert len(server.said) == 4


def test_no_secret_stands_on_a_page_or_in_a_fact_and_an_empty_one_is_kept(town, office):
    office.post(reverse("channel-new", args=("mail",)), typed(town))
    channel = Channel.objects.get()
    page = text(office.get(reverse("channel", args=(channel.pk,))))
    assert "smtp.example.gov.cn" in page and SECRET not in page
    office.post(reverse("channel", args=(channel.pk,)), typed(town, name="新名", password=""))
    channel.refresh_from_db()
    assert channel.name == "新名" and channel.settings["password"] == SECRET
    office.post(reverse("channel", args=(channel.pk,)), typed(town, name="新名", password="another"))
    channel.refresh_from_db()
    assert channel.settings["password"] == "another"
    facts = "".join(Fact.objects.filter(what__startswith="ladder.").values_list("text", flat=True))
    assert "新名" in facts and SECRET not in facts and "another" not in facts
    assert SECRET not in str(channel.sealed) + repr(channel.sealed)


def test_a_kept_password_never_travels_to_another_server(town, office):
    office.post(reverse("channel-new", args=("mail",)), typed(town))
    channel = Channel.objects.get()
    answer = office.post(
        reverse("channel", args=(channel.pk,)), typed(town, host="smtp.evil.example", password="")
    )
    assert "换了服务器，请重新填" in text(answer)
    channel.refresh_from_db()
    assert channel.settings["host"] == "smtp.example.gov.cn"


def test_a_kept_header_never_travels_to_another_gateway(town):
    by, told = town.user["office"], {"method": "POST", "format": "none", "url": "https://sms.example.com/"}
    gateway = rules.set_up(
        Channel.Kind.SMS, town.committee, {"name": "短信"}, told | {"headers": "X-Key: abc"}, by=by
    )
    rules.correct(gateway, {}, told | {"url": ""}, by=by)
    assert gateway.settings["headers"] == "X-Key: abc"
    with pytest.raises(RuleBroken, match="重新填“请求头”"):
        rules.correct(gateway, {}, told | {"url": "https://sms.evil.example/"}, by=by)


@pytest.mark.parametrize(
    ("kind", "wrong", "sentence"),
    [
        ("mail", {"port": "x"}, "请填数字"),
        ("mail", {"port": "99999"}, "请填数字"),
        ("mail", {"host": "https://smtp.example.com"}, "只填主机名"),
        ("mail", {"sender": "nonsense"}, "发件地址写得不对"),
        ("wecom-robot", {"url": "http://qyapi.weixin.qq.com/x"}, "https://"),
        ("dingtalk", {"url": "https://oapi.dingtalk.com/robot/send?access_token=x"}, "加签密钥"),
        (
            "wecom-app",
            {"corp_id": "w", "secret": "s", "agent_id": "-1", "api": "https://qyapi.weixin.qq.com"},
            "请填数字",
        ),
    ],
)
def test_what_cannot_be_right_is_said_at_its_field_and_nothing_typed_is_lost(
    town, office, kind, wrong, sentence
):
    answer = office.post(reverse("channel-new", args=(kind,)), typed(town, **wrong))
    assert answer.status_code == 200 and sentence in text(answer) and "办公室邮箱" in text(answer)
    assert not Channel.objects.exists()


def test_two_channels_of_one_place_have_two_names(town, office):
    office.post(reverse("channel-new", args=("mail",)), typed(town))
    assert "请换一个名称" in text(office.post(reverse("channel-new", args=("mail",)), typed(town)))


def test_an_unknown_kind_is_not_there(office):
    assert office.get(reverse("channel-new", args=("qq",))).status_code == 404


def _message(channel, number, **facts):
    told = {"about": f"notice:{number}", "key": f"k{number}", "title": f"通知{number}", "path": "/"}
    return Message.objects.create(
        channel=channel, next_at=timezone.now(), made_at=timezone.now(), **told | facts
    )


def test_failures_say_why_and_can_be_tried_again(town, office):
    hook = {"url": "https://qyapi.weixin.qq.com/x", "secret": "s"}
    robot = rules.set_up(
        Channel.Kind.FEISHU, town.branches["甲"], {"name": "甲群"}, hook, by=town.user["office"]
    )
    rules.switch(robot, True, by=town.user["office"])
    failed = _message(robot, 1, state="failed", why="飞书说签名不对。", ended_at=timezone.now())
    _message(robot, 2, person=town.person["孟庆华"], state="handed", ended_at=timezone.now())
    page = text(office.get(reverse("channel-messages") + "?state=failed"))
    assert "飞书说签名不对。" in page and "通知2" not in page
    assert "未成功 1" in text(office.get(reverse("channels")))
    office.post(reverse("channel-message-again", args=(failed.pk,)))
    assert Message.objects.get(pk=failed.pk).state == Message.State.QUEUED


def test_the_lists_ask_as_many_questions_for_three_rows_as_for_one(town, office, django_assert_num_queries):
    def ask():
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        counts = []
        for url in (reverse("channels"), reverse("channel-messages")):
            with CaptureQueriesContext(
                connection,
            ) as held:
                office.get(url)
            counts.append(len(held))
        return counts

    by, hook = town.user["office"], {"url": "https://oapi.dingtalk.com/x", "secret": "s"}
    people = list(town.person.values())

    def more(number):
        robot = rules.set_up(Channel.Kind.DINGTALK, town.branches["乙"], {"name": f"群{number}"}, hook, by=by)
        _message(robot, number, person=people[number])

    more(0)
    ask()
    one = ask()
    more(1)
    more(2)
    assert ask() == one


def test_a_person_chooses_her_own_way_and_sees_her_address_in_full(town, visit):
    by = town.user["office"]
    mail = rules.set_up(Channel.Kind.MAIL, town.committee, {"name": "邮箱"}, MAIL, by=by)
    member = visit(town.user["member"])
    url = reverse("me-reminders")
    assert 'name="email"' not in text(member.get(url)), (
        "nothing is offered that the office has not switched on"
    )
    rules.switch(mail, True, by=by)
    told = {"wanted": ["mail"], "email": "meng@example.com", "pace": "at-once", "digest_at": "09:00"}
    told |= {"quiet_from": "22:00", "quiet_to": "06:30"}
    assert "已记下" in text(member.post(url, told, follow=True))
    held = Preference.objects.get()
    assert held.email.open() == "meng@example.com" and held.unwanted == [] and held.pace == "at-once"
    assert "meng@example.com" in text(member.get(url))
    facts = Fact.objects.filter(what="ladder.chosen").values_list("text", flat=True)
    assert facts and "meng@example.com" not in "".join(facts)
    member.post(url, told | {"wanted": []})
    assert Preference.objects.get().unwanted == ["mail"]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"email": "nonsense"}, "写得不对"),
        ({"email": "孟@example.com"}, "写得不对|只能用英文"),
        ({"quiet_from": "25:00"}, "在列出的里面选"),
        ({"pace": "hourly"}, "在列出的里面选"),
    ],
)
def test_a_wrong_address_or_hour_is_said_in_words(town, visit, wrong, sentence):
    by = town.user["office"]
    rules.switch(rules.set_up(Channel.Kind.MAIL, town.committee, {"name": "邮箱"}, MAIL, by=by), True, by=by)
    told = {"email": "", "pace": "digest", "digest_at": "09:00", "quiet_from": "22:00", "quiet_to": "06:30"}
    answer = visit(town.user["member"]).post(reverse("me-reminders"), told | wrong)
    assert answer.status_code == 200 and re.search(sentence, text(answer))
    assert not Preference.objects.exists()


def test_the_address_of_a_calendar_is_made_shown_to_its_owner_renewed_and_withdrawn(town, visit, client):
    member = visit(town.user["member"])
    page = text(member.post(reverse("me-reminders-calendar"), {"turn": "new"}, follow=True))
    url = re.search(r'value="(http://[^"]+\.ics)"', page)[1]
    path = url.removeprefix("http://testserver")
    answer = client.get(path)
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/calendar")
    assert len(path.rsplit("/", 1)[1]) > 43, "256 random bits"
    assert path not in text(visit(town.user["secretary"]).get(reverse("me-reminders")))
    member.post(reverse("me-reminders-calendar"), {"turn": "new"})
    assert client.get(path).status_code == 404
    member.post(reverse("me-reminders-calendar"), {"turn": "off"})
    assert Preference.objects.get().calendar_index is None


def test_every_fact_of_this_room_has_its_words():
    from pathlib import Path

    from dangqun.ladder.facts import WORDS

    files = (rules.__file__, addresses.__file__)
    source = "".join(Path(each).read_text(encoding="utf-8") for each in files)
    assert set(re.findall(r'"(ladder\.\w+)"', source)) == set(WORDS)


def test_the_copy_of_ones_own_data_holds_ones_addresses_and_not_the_secret_of_the_calendar(town):
    from dangqun.ladder.own import preference_of
    from dangqun.members.own_data import tables

    person = town.person["孟庆华"]
    assert "提醒方式" in [title for title, _, _ in tables(person)]
    assert preference_of(person).rows == [("提醒方式", "没有改过，照一般的")]
    told_by(person, email="meng@example.com", unwanted=["sms"])
    secret = rules.renew_calendar(person, by=person.account)
    lines = dict(preference_of(person).rows)
    assert lines["电子邮件"] == "meng@example.com" and lines["不要的渠道"] == "短信"
    assert secret not in str(lines)
