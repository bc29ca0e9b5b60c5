"""Each way out against the other side on this machine, which checks signature, time, bytes and pace as the provider does."""

from __future__ import annotations

import email
import email.policy
import json
import time
from types import SimpleNamespace
from urllib.parse import parse_qs

import pytest

from dangqun.ladder.adapters import KINDS, Letter, robots, wecom
from dangqun.ladder.adapters.letters import cut
from dangqun.ladder.calls import line
from dangqun.ladder.targets import NotSent
from dangqun.ladder.tests.fake import A_MINUTE, KEY, SECRET, mailbox, providers

pytestmark = pytest.mark.once
LETTER = Letter("关于冬季安全生产自查的通知", "https://dq.example.gov.cn/notices/7/", "", "dangqun-1-7")
LONG = Letter("通" * 3000, LETTER.link, "", "dangqun-1-8")


@pytest.fixture(autouse=True)
def allowed(settings):
    settings.PRIVATE_TARGETS = True
    wecom._passes.clear()


@pytest.fixture
def side():
    with providers() as server:
        yield server


@pytest.fixture
def out():
    with line() as opened:
        yield opened


def told(kind, side):
    """Return the settings of a kind that this side accepts."""
    return {
        "wecom-robot": {"url": f"{side.base}/cgi-bin/webhook/send?key={KEY}"},
        "dingtalk": {"url": f"{side.base}/robot/send?access_token={KEY}", "secret": SECRET},
        "feishu": {"url": f"{side.base}/open-apis/bot/v2/hook/{KEY}", "secret": SECRET},
        "wecom-app": {"corp_id": "ww1", "agent_id": "1000002", "secret": SECRET, "api": side.base},
    }[kind]


ROBOTS = ("wecom-robot", "dingtalk", "feishu")


@pytest.mark.parametrize("kind", ROBOTS)
def test_a_robot_says_title_and_link_and_nothing_else(kind, side, out):
    assert KINDS[kind].send(LETTER, told(kind, side), out) is True, "the group shows it: delivered"
    assert side.said == [(kind, f"{LETTER.title}\n{LETTER.link}")]


@pytest.mark.parametrize("kind", ROBOTS)
def test_a_title_that_is_too_long_is_cut_by_bytes_and_the_link_stays_whole(kind, side, out):
    KINDS[kind].send(LONG, told(kind, side), out)
    ((_, text),) = side.said
    assert len(text.encode()) <= 2048 and text.endswith(f"…\n{LONG.link}")


@pytest.mark.parametrize("kind", ROBOTS)
def test_the_21st_call_within_a_minute_is_refused_and_the_robot_is_left_alone(kind, side, out):
    side.times = [time.monotonic()] * A_MINUTE
    with pytest.raises(NotSent) as refused:
        KINDS[kind].send(LETTER, told(kind, side), out)
    assert refused.value.again and refused.value.rest == (robots.SHUT if kind == "dingtalk" else 60)


@pytest.mark.parametrize("kind", ["dingtalk", "feishu"])
def test_a_wrong_secret_or_a_clock_that_is_wrong_is_told_in_words_and_not_tried_again(
    kind, side, out, monkeypatch
):
    with pytest.raises(NotSent) as refused:
        KINDS[kind].send(LETTER, told(kind, side) | {"secret": "other"}, out)
    assert not refused.value.again and "加签" in refused.value.sentence
    hour_ago = SimpleNamespace(
        time=lambda: time.time() - 3700, time_ns=lambda: time.time_ns() - 3_700 * 10**9
    )
    monkeypatch.setattr(robots, "time", hour_ago)
    with pytest.raises(NotSent) as refused:
        KINDS[kind].send(LETTER, told(kind, side), out)
    assert not refused.value.again and "时间" in refused.value.sentence


def test_the_two_signs_are_not_the_same():
    """钉钉 takes the secret as key, 飞书 as part of the key with an empty message: the classic mistake."""
    assert robots._sign(SECRET, f"1\n{SECRET}") != robots._sign(f"1\n{SECRET}", "")


@pytest.mark.parametrize(
    ("kind", "answer", "again"),
    [
        ("wecom-robot", {"errcode": 93000}, False),
        ("wecom-robot", {"errcode": -1}, True),
        ("wecom-robot", {"errcode": 12345}, False),
        ("wecom-robot", {"hello": 1}, False),
        ("dingtalk", {"errcode": 300001}, False),
        ("dingtalk", {"errcode": -1}, True),
        ("feishu", {"code": 19024}, False),
        ("feishu", {"code": "x"}, False),
        ("feishu", [1], False),
    ],
)
def test_what_the_other_side_answers_is_told_in_words_and_decides_whether_to_try_again(
    kind, answer, again, side, out
):
    side.next = [(200, answer)]
    with pytest.raises(NotSent) as refused:
        KINDS[kind].send(LETTER, told(kind, side), out)
    assert refused.value.again is again and refused.value.sentence.endswith("。")
    assert KEY not in refused.value.sentence and SECRET not in refused.value.sentence


def test_an_application_fetches_its_token_once_and_again_when_it_is_too_old(side, out):
    letter = Letter(LETTER.title, LETTER.link, "zhangsan", "k")
    for _ in range(3):
        assert KINDS["wecom-app"].send(letter, told("wecom-app", side), out) is False, "handed over"
    tokens = [path for _, path, _, _ in side.asked if "gettoken" in path]
    assert len(tokens) == 1 and [each[1] for each in side.said] == ["zhangsan"] * 3
    side.tokens.append("token-2")
    KINDS["wecom-app"].send(letter, told("wecom-app", side), out)
    assert len(side.said) == 4 and sum("gettoken" in path for _, path, _, _ in side.asked) == 2
    assert side.said[0][2]["url"] == LETTER.link


def test_somebody_who_is_not_in_the_firm_is_told_in_words(side, out):
    with pytest.raises(NotSent) as refused:
        KINDS["wecom-app"].send(Letter("题", "", "nobody", "k"), told("wecom-app", side), out)
    assert not refused.value.again and "没有这个账号" in refused.value.sentence


def test_a_server_that_is_not_trusted_and_a_wrong_secret_are_told_in_words(side, out):
    letter = Letter("题", "", "zhangsan", "k")
    with pytest.raises(NotSent, match="Secret"):
        KINDS["wecom-app"].send(letter, told("wecom-app", side) | {"secret": "x"}, out)
    side.next = [(200, {"errcode": 0, "access_token": "t", "expires_in": 7200}), (200, {"errcode": 60020})]
    with pytest.raises(NotSent, match="可信IP"):
        KINDS["wecom-app"].send(letter, told("wecom-app", side), out)


HARD = Letter('安"全\\生产\n&x=1{key}', "https://dq.example.gov.cn/a?b=1&c=2", "13812345678", "dangqun-1-9")


def test_a_json_gateway_gets_every_value_escaped_for_json(side, out):
    body = '{"to":"{mobile}","param":{"title":"{title}","url":"{link}"},"id":"{key}"}'
    config = {
        "method": "POST",
        "url": f"{side.base}/sms",
        "format": "json",
        "body": body,
        "headers": "X-Key: abc",
    }
    KINDS["sms"].send(HARD, config, out)
    ((_, _, sent),) = side.said
    found = json.loads(sent)
    assert (
        found["param"] == {"title": HARD.title, "url": HARD.link}
        and found["to"] == HARD.to
        and found["id"] == HARD.key
    )
    assert side.asked[0][2]["X-Key"] == "abc"


def test_a_form_gateway_and_one_by_query_get_every_value_escaped_for_urls(side, out):
    form = {
        "method": "POST",
        "url": f"{side.base}/sms",
        "format": "form",
        "body": "m={mobile}&t={title}&u={link}",
    }
    KINDS["sms"].send(HARD, form, out)
    query = {"method": "GET", "url": f"{side.base}/sms?m={{mobile}}&t={{title}}", "format": "none"}
    KINDS["sms"].send(HARD, query, out)
    (_, _, sent), (_, asked, _) = side.said
    assert parse_qs(sent) == {"m": [HARD.to], "t": [HARD.title], "u": [HARD.link]}
    assert asked == {"m": HARD.to, "t": HARD.title}


def test_a_gateway_that_answers_200_and_means_no_is_noticed(side, out):
    config = {"method": "POST", "url": f"{side.base}/sms", "format": "none", "success": '"code": 0'}
    KINDS["sms"].send(HARD, config, out)
    side.next = [(200, {"code": 7})]
    with pytest.raises(NotSent):
        KINDS["sms"].send(HARD, config, out)


@pytest.mark.parametrize("headers", ["no colon", "X Y: 1", "X-Name: 中文", ": x"])
def test_a_header_that_is_none_is_refused(headers, side, out):
    config = {"method": "POST", "url": f"{side.base}/sms", "format": "none", "headers": headers}
    with pytest.raises(NotSent, match="请求头"):
        KINDS["sms"].send(HARD, config, out)


MAIL = Letter("关于冬季安全生产自查的通知", LETTER.link, "zhang@example.com", "dangqun-1-7")


def test_an_e_mail_is_title_and_link_with_the_same_message_id_at_every_try(out):
    with mailbox() as server:
        config = {
            "host": "127.0.0.1",
            "port": str(server.port),
            "security": "none",
            "sender": "tz@example.gov.cn",
        }
        for _ in range(2):
            KINDS["mail"].send(MAIL, config, out)
    first, second = (email.message_from_bytes(each, policy=email.policy.default) for each in server.mails)
    assert first["Subject"] == MAIL.title and first["To"] == MAIL.to
    assert first["Message-ID"] == second["Message-ID"] and first["Auto-Submitted"] == "auto-generated"
    assert first.get_content().split() == [MAIL.title, MAIL.link]


@pytest.mark.parametrize(("code", "again"), [(550, False), (450, True)])
def test_a_mailbox_that_is_unknown_is_not_tried_again_and_one_that_is_full_is(code, again, out):
    with mailbox() as server:
        server.refused = {"zhang@": code}
        config = {
            "host": "127.0.0.1",
            "port": str(server.port),
            "security": "none",
            "sender": "tz@example.gov.cn",
        }
        with pytest.raises(NotSent) as refused:
            KINDS["mail"].send(MAIL, config, out)
    assert refused.value.again is again and MAIL.to not in refused.value.sentence


def test_no_e_mail_goes_unencrypted_without_the_setting_of_the_host(settings, out):
    settings.PRIVATE_TARGETS = False
    with pytest.raises(NotSent, match="加密"):
        KINDS["mail"].send(
            MAIL, {"host": "mail.example.com", "port": "25", "security": "none", "sender": "a@b.cn"}, out
        )


@pytest.mark.parametrize("to", ["a@b.cn\r\nBcc: x@y.cn", "a@b.cn, x@y.cn", "nonsense", ""])
def test_an_address_that_is_none_or_more_than_one_is_refused(to, out):
    with mailbox() as server:
        config = {
            "host": "127.0.0.1",
            "port": str(server.port),
            "security": "none",
            "sender": "tz@example.gov.cn",
        }
        with pytest.raises(NotSent):
            KINDS["mail"].send(Letter("题", "", to, "k"), config, out)
    assert server.mails == []


def test_a_cut_never_falls_within_a_character():
    for most in range(0, 40):
        assert len(cut("党建工作通知安排", most).encode()) <= max(most, 0)
