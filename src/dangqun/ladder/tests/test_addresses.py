"""An address is used only after its owner has typed the code that went there; till then nothing else goes there."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from dangqun.kernel.models import Fact
from dangqun.kernel.rules import RuleBroken
from dangqun.ladder import addresses, engine, outbox, rules
from dangqun.ladder.adapters import wecom
from dangqun.ladder.models import AddressCode, Channel, Message, Preference
from dangqun.ladder.outbox import Call
from dangqun.ladder.own import preference_of
from dangqun.ladder.tests.fake import SECRET, mailbox, providers
from dangqun.members.models import Person
from tests.world import for_a_module

pytestmark = [pytest.mark.django_db, pytest.mark.once]
HOURS = {"pace": "at-once", "digest_at": "09:00", "quiet_from": "00:00", "quiet_to": "00:00"}
PAGE, CODE = "me-reminders", "me-reminders-address"


@pytest.fixture(scope="module")
def town(django_db_setup, django_db_blocker):
    with for_a_module(django_db_blocker) as world:
        yield world


@pytest.fixture
def side(settings):
    settings.PRIVATE_TARGETS = True
    wecom._passes.clear()
    with providers() as server:
        yield server


@pytest.fixture
def app(town, side):
    told = {"corp_id": "ww1", "agent_id": "1000002", "secret": SECRET, "api": side.base}
    by = town.user["office"]
    return rules.switch(rules.set_up("wecom-app", town.committee, {"name": "企微"}, told, by=by), True, by=by)


@pytest.fixture
def member(town, visit):
    return visit(town.user["member"])


def save(client, **told):
    return client.post(reverse(PAGE), HOURS | {"wanted": ["wecom-app"]} | told, follow=True).content.decode()


def send(client, name="wecom", **told):
    asked = {"name": name, "turn": "prove"} | told
    return client.post(reverse(CODE), asked, follow=True).content.decode()


def code_of(side) -> str:
    """Return the code that arrived last."""
    return re.search(r"\d{6}", str(side.said[-1][2]))[0]


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def call(number=1) -> int:
    told = Call("thing:1", f"thing:1:{number}", "关于安全自查的通知", "/")
    return outbox.call_people(told, Person.objects.filter(name="孟庆华"))


def test_an_address_is_used_after_the_code_that_went_there_was_typed_and_not_before(app, side, member):
    page = save(member, wecom="mengqh")
    assert [to for _, to, _ in side.said] == ["mengqh"], "the code goes out as the address is saved"
    assert "没有确认" in page and "6 位" in page and "15 分钟" in page
    assert call() == 0, "nothing else goes there"
    page = send(member, code=other_than(code_of(side)))
    assert "验证码不对" in page and "还可以试 4 次" in page and call() == 0
    typed = " ".join(code_of(side)).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    page = send(member, code=typed)
    assert "已确认" in page and "没有确认" not in page
    assert call() == 1 and len(side.said) == 1


def test_another_address_starts_again_and_takes_no_code_of_the_one_before(town, app, side, member):
    save(member, wecom="mengqh")
    old = code_of(side)
    save(member, wecom="another")
    assert [to for _, to, _ in side.said] == ["mengqh", "another"]
    assert "验证码不对" in send(member, code=old) and call() == 0
    send(member, code=code_of(side))
    assert call() == 1
    save(member, wecom="mengqh")
    assert engine.take(timezone.now()) == [] and Message.objects.get().state == Message.State.DROPPED
    assert call(2) == 0, "the one before must be shown anew"


def test_saving_the_rest_neither_asks_again_nor_sends_again(app, side, member):
    save(member, wecom="mengqh")
    send(member, code=code_of(side))
    assert "没有确认" not in save(member, wecom="mengqh", quiet_from="22:00") and len(side.said) == 1
    assert Preference.objects.get().proven == ["wecom"] and call() == 1


def test_after_five_wrong_codes_the_right_one_is_worth_nothing(app, side, member):
    save(member, wecom="mengqh")
    right = code_of(side)
    for _ in range(5):
        send(member, code=other_than(right))
    assert "再发一次" in send(member, code=right) and Preference.objects.get().proven == []
    send(member, turn="send")
    send(member, code=code_of(side))
    assert Preference.objects.get().proven == ["wecom"]


def test_a_code_holds_fifteen_minutes(app, side, member):
    save(member, wecom="mengqh")
    AddressCode.objects.update(at=timezone.now() - timedelta(minutes=15))
    assert "过期" in send(member, code=code_of(side)) and Preference.objects.get().proven == []


def test_three_codes_an_hour_and_not_one_more_whatever_the_address(app, side, member):
    for name in ("aaa", "bbb", "ccc", "ddd"):
        page = save(member, wecom=name)
    assert len(side.said) == 3 and "一小时" in page
    assert Preference.objects.get().wecom.open() == "ddd", "what was typed is kept all the same"
    assert "一小时" in send(member, turn="send") and len(side.said) == 3
    AddressCode.objects.update(at=timezone.now() - timedelta(minutes=60))
    send(member, turn="send")
    assert len(side.said) == 4


def test_a_code_stands_in_clear_nowhere(app, side, member):
    save(member, wecom="mengqh")
    code = code_of(side)
    send(member, code=other_than(code))
    send(member, code=code)
    facts = {fact.what: fact.text for fact in Fact.objects.filter(what__startswith="ladder.address")}
    assert {*facts} == {"ladder.address_code_sent", "ladder.address_code_wrong", "ladder.address_confirmed"}
    assert code not in "".join(facts.values()) and "mengqh" not in "".join(facts.values())
    save(member, wecom="another")
    held = AddressCode.objects.latest("pk")
    assert code_of(side) not in (held.mark, str(held.__dict__)) and len(held.mark) == 64


def test_whoever_may_not_have_typed_it_cannot_confirm_it(app, side, member, town, visit):
    save(member, wecom="mengqh")
    assert "验证码不对" not in send(visit(town.user["secretary"]), code=code_of(side))
    assert Preference.objects.get(person=town.person["孟庆华"]).proven == []


@pytest.mark.parametrize("typed", ["", "12345", "abcdef", "１２３４５６７"])
def test_what_is_no_code_is_said_in_words_and_costs_no_try(app, side, member, typed):
    save(member, wecom="mengqh")
    assert "6 位数字" in send(member, code=typed) and AddressCode.objects.get().tries == 0


def test_an_address_that_takes_nothing_is_told_at_once_and_stays_to_be_corrected(app, side, member):
    page = save(member, wecom="nobody")
    assert "没有发出去" in page and "企业微信里没有这个账号" in page and 'value="nobody"' in page
    assert "往那里发了" not in page and "发验证码" in page, "nothing is said to be on its way"


def test_an_address_for_mail_is_confirmed_by_mail(town, side, member):
    told = {"host": "127.0.0.1", "security": "none", "sender": "tz@example.gov.cn"}
    by = town.user["office"]
    with mailbox() as server:
        mail = rules.set_up(
            "mail", town.committee, {"name": "邮箱"}, told | {"port": str(server.port)}, by=by
        )
        rules.switch(mail, True, by=by)
        save(member, email="meng@example.com", wanted=["mail"])
        (letter,) = server.mails
        text = letter.decode()
    from email import message_from_string
    from email.policy import default

    code = re.search(r"\d{6}", message_from_string(text, policy=default)["Subject"])[0]
    assert "已确认" in send(member, name="email", code=code) and call() == 1


def test_the_office_confirms_its_own_address_through_a_channel_that_is_not_yet_in_use(town, app, side, visit):
    by, office = town.user["office"], visit(town.user["office"])
    rules.switch(app, False, by=by)
    save(office, wecom="zhang", wanted=[])
    with pytest.raises(RuleBroken, match="还没有确认"):
        rules.try_out(app, by=by)
    assert "已确认" in send(office, code=code_of(side))
    assert rules.try_out(app, by=by) == rules.WENT
    assert 'name="wecom"' not in visit(town.user["member"]).get(reverse(PAGE)).content.decode()


def test_the_copy_of_ones_own_data_says_that_an_address_is_not_confirmed(town, app, side, member):
    save(member, wecom="mengqh")
    assert dict(preference_of(town.person["孟庆华"]).rows)["企业微信账号"] == "mengqh（还没有确认）"
    send(member, code=code_of(side))
    assert dict(preference_of(town.person["孟庆华"]).rows)["企业微信账号"] == "mengqh"


def test_an_unknown_address_is_not_there_and_a_confirmed_one_asks_for_no_code(town, app, side, member):
    assert "没有这种地址" in send(member, name="fax")
    save(member, wecom="mengqh")
    send(member, code=code_of(side))
    assert "不用再确认" in send(member, turn="send") and len(side.said) == 1
    with pytest.raises(RuleBroken):
        addresses.send_code(town.person["程月娥"], "email", by=town.person["程月娥"].account)
    assert Channel.objects.count() == 1


def test_codes_are_forgotten_after_a_day(app, side, member):
    save(member, wecom="mengqh")
    engine.forget_old()
    assert AddressCode.objects.count() == 1
    AddressCode.objects.update(at=timezone.now() - timedelta(days=1, minutes=1))
    engine.forget_old()
    assert not AddressCode.objects.exists()
