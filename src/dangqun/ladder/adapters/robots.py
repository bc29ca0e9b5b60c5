"""Robots of 钉钉 and 飞书: both sign with HMAC-SHA256, with key and message the other way round (domain.md §5)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time

import httpx

from dangqun.ladder.adapters.letters import Letter
from dangqun.ladder.calls import Reply, call
from dangqun.ladder.targets import NotSent

TEXT = 2048  # bytes; both take more, a title needs less
SHUT = 600  # seconds for which 钉钉 shuts up a robot that spoke too fast
Words = dict[int, tuple[str, bool, int]]  # code → sentence, worth another try, rest in seconds
DINGTALK: Words = {
    -1: ("钉钉忙，稍后再试。", True, 60),
    130101: ("钉钉说发得太快，这个机器人要停 10 分钟。", True, SHUT),
    410100: ("钉钉说发得太快，这个机器人要停 10 分钟。", True, SHUT),
    310000: ("钉钉没有通过安全设置：请核对加签密钥、关键词、IP，和服务器的时间。", False, 0),
    300001: ("钉钉不认这个机器人网址，请核对。", False, 0),
    400013: ("钉钉的群已经解散，请换一个机器人。", False, 0),
}
FEISHU: Words = {
    11232: ("飞书说发得太快，先停一会儿。", True, 60),
    9499: ("飞书说发得太快，先停一会儿。", True, 60),
    19001: ("飞书不认这个机器人网址，请核对。", False, 0),
    19021: ("飞书说签名不对：请核对加签密钥，和服务器的时间。", False, 0),
    19022: ("飞书的 IP 白名单里没有这台服务器，请加上。", False, 0),
    19024: ("飞书的机器人设了关键词，标题里没有。请改用加签。", False, 0),
}


def send_dingtalk(letter: Letter, told: dict[str, str], line: httpx.Client) -> bool:
    """Say it in the robot's group; timestamp in milliseconds, secret as key and within the message."""
    stamp = str(time.time_ns() // 1_000_000)
    sign = _sign(told["secret"], f"{stamp}\n{told['secret']}")
    url = str(httpx.URL(told["url"]).copy_merge_params({"timestamp": stamp, "sign": sign}))
    said = {"msgtype": "text", "text": {"content": letter.text(TEXT)}}
    _judge(call(line, "POST", url, json=said), "errcode", "钉钉", DINGTALK)
    return True


def send_feishu(letter: Letter, told: dict[str, str], line: httpx.Client) -> bool:
    """Say it in the robot's group; timestamp in seconds, timestamp and secret as key, no message."""
    stamp = str(int(time.time()))
    said = {
        "timestamp": stamp,
        "sign": _sign(f"{stamp}\n{told['secret']}", ""),
        "msg_type": "text",
        "content": {"text": letter.text(TEXT)},
    }
    _judge(call(line, "POST", told["url"], json=said), "code", "飞书", FEISHU)
    return True


def _sign(key: str, text: str) -> str:
    return base64.b64encode(hmac.digest(key.encode(), text.encode(), hashlib.sha256)).decode()


def _judge(answer: Reply, name: str, who: str, words: Words) -> None:
    """Raise NotSent for anything but the code 0."""
    found = answer.json()
    code = found.get(name, found.get("StatusCode"))
    if code == 0:
        return
    if not isinstance(code, int):
        raise NotSent(f"对方的回答不是{who}的，请核对网址。", again=False)
    sentence, again, rest = words.get(code, (f"{who}没有收（{code}）。", False, 0))
    raise NotSent(sentence, again=again, rest=rest)
