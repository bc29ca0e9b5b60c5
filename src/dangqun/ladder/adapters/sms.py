"""SMS through any gateway that takes one HTTP call: method, URL, headers and body are templates.

`{mobile}` `{title}` `{link}` `{key}` are filled in, escaped for the place where they stand; other braces are left alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from urllib.parse import quote

import httpx

from dangqun.ladder.adapters.letters import Letter
from dangqun.ladder.calls import call
from dangqun.ladder.targets import NotSent

TYPES = {"json": "application/json; charset=utf-8", "form": "application/x-www-form-urlencoded"}
_PLACE = re.compile(r"\{(mobile|title|link|key)\}")


def send(letter: Letter, told: dict[str, str], line: httpx.Client) -> bool:
    """Hand it to the gateway."""
    url = _filled(told["url"], letter, _in_url)
    headers = _headers(told.get("headers", ""))
    content = None
    if told["format"] != "none":
        headers = {"Content-Type": TYPES[told["format"]]} | headers
        content = _filled(told.get("body", ""), letter, _in_json if told["format"] == "json" else _in_url)
    answer = call(line, told["method"], url, headers=headers, content=content)
    if told.get("success") and told["success"] not in answer.text:
        raise NotSent("短信网关的回答不是成功，请看网关的记录。", again=False)
    return False


def _filled(template: str, letter: Letter, escape: Callable[[str], str]) -> str:
    values = {"mobile": letter.to, "title": letter.title, "link": letter.link, "key": letter.key}
    return _PLACE.sub(lambda place: escape(values[place[1]]), template)


def _in_url(text: str) -> str:
    return quote(text, safe="")


def _in_json(text: str) -> str:
    """Return what stands between the quotes of a JSON string."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _headers(text: str) -> dict[str, str]:
    """Return the headers, one a line. Raises NotSent for a line that is none."""
    found = {}
    for each in filter(None, (line.strip() for line in text.splitlines())):
        name, colon, value = each.partition(":")
        if not colon or not re.fullmatch(r"[A-Za-z0-9-]+", name.strip()) or not value.strip().isascii():
            raise NotSent("请求头写得不对：一行一个，名称: 值。", again=False)
        found[name.strip()] = value.strip()
    return found
