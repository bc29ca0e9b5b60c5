"""企业微信: a group's robot, and messages of one's own application to a person (domain.md §5)."""

from __future__ import annotations

import hashlib
import time
from typing import Any

import httpx

from dangqun.ladder.adapters.letters import Letter, cut
from dangqun.ladder.calls import Reply, call
from dangqun.ladder.targets import NotSent

ROBOT_TEXT = 2048  # bytes
APP_TITLE, APP_TEXT = 128, 512  # bytes of a text card
STALE = (40014, 42001)  # the access token is wrong or too old
SAME_WITHIN = 4 * 3600  # seconds during which the same message to the same person is shown once
WORDS: dict[int, tuple[str, bool, int]] = {  # errcode → sentence, worth another try, rest in seconds
    -1: ("企业微信忙，稍后再试。", True, 60),
    45009: ("企业微信说发得太快，先停一会儿。", True, 60),
    40001: ("企业微信不认这个 Secret，请核对。", False, 0),
    40013: ("企业微信不认这个企业 ID，请核对。", False, 0),
    40056: ("企业微信不认这个 AgentId，请核对。", False, 0),
    60020: ("这台服务器的 IP 不在应用的“企业可信IP”里，请在管理后台加上。", False, 0),
    81013: ("企业微信里没有这个账号，或不在应用的可见范围，请本人核对。", False, 0),
    93000: ("企业微信不认这个机器人网址，机器人可能已被移出群。", False, 0),
}
_passes: dict[str, tuple[str, float]] = {}  # application → access token, until when (monotonic)


def send_to_group(letter: Letter, told: dict[str, str], line: httpx.Client) -> bool:
    """Say it in the robot's group."""
    said = {"msgtype": "text", "text": {"content": letter.text(ROBOT_TEXT)}}
    _judge(call(line, "POST", told["url"], json=said))
    return True


def send_to_person(letter: Letter, told: dict[str, str], line: httpx.Client) -> bool:
    """Hand it over for one person; an access token that is too old is fetched anew, once."""
    said: dict[str, Any] = {
        "touser": letter.to,
        "agentid": int(told["agent_id"]),
        "enable_duplicate_check": 1,
        "duplicate_check_interval": SAME_WITHIN,
    }
    if letter.link:
        card = {"title": cut(letter.title, APP_TITLE), "url": letter.link, "btntxt": "打开"}
        said |= {"msgtype": "textcard", "textcard": card | {"description": cut(letter.title, APP_TEXT)}}
    else:
        said |= {"msgtype": "text", "text": {"content": letter.text(ROBOT_TEXT)}}
    answer = _say(said, told, line)
    if answer.json().get("errcode") in STALE:
        _passes.pop(_application(told), None)
        answer = _say(said, told, line)
    found = _judge(answer)
    if letter.to.lower() in str(found.get("invaliduser", "")).lower().split("|"):
        raise NotSent(WORDS[81013][0], again=False)
    return False


def _say(said: dict[str, Any], told: dict[str, str], line: httpx.Client) -> Reply:
    held = {"access_token": _pass(told, line)}
    return call(line, "POST", f"{told['api']}/cgi-bin/message/send", params=held, json=said)


def _pass(told: dict[str, str], line: httpx.Client) -> str:
    """Return the access token of an application: kept for as long as it holds, by this process alone."""
    key = _application(told)
    token, until = _passes.get(key, ("", 0.0))
    if time.monotonic() < until:
        return token
    asked = {"corpid": told["corp_id"], "corpsecret": told["secret"]}
    found = _judge(call(line, "GET", f"{told['api']}/cgi-bin/gettoken", params=asked))
    token = str(found.get("access_token", ""))
    _passes[key] = token, time.monotonic() + int(found.get("expires_in", 7200)) - 300
    return token


def _application(told: dict[str, str]) -> str:
    whole = f"{told['api']}|{told['corp_id']}|{told['secret']}"
    return hashlib.sha256(whole.encode()).hexdigest()


def _judge(answer: Reply) -> dict[str, Any]:
    """Return what was answered. Raises NotSent for anything but errcode 0."""
    found = answer.json()
    code = found.get("errcode")
    if code == 0:
        return found
    if not isinstance(code, int):
        raise NotSent("对方的回答不是企业微信的，请核对网址。", again=False)
    sentence, again, rest = WORDS.get(code, (f"企业微信没有收（{code}）。", False, 0))
    raise NotSent(sentence, again=again or code in STALE, rest=rest)
