"""Reasons for looking at a sensitive value: data with dates (`reveal_reasons.toml`), chosen, never free of choice."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from dangqun.kernel.rules import RuleBroken

LONGEST_NOTE = 80
_NUMBER = re.compile(r"(?<!\d)(?:1[3-9]\d{9}|\d{17}[\dXx]|\d{15})(?!\d)")


@dataclass(frozen=True)
class Reason:
    """One reason: offered from `since` until `until` (not counted); `wants_words`: it says nothing by itself."""

    words: str
    since: date
    until: date | None = None
    wants_words: bool = False


def offered(on: date) -> list[Reason]:
    """Return the reasons that may be chosen on a day, in the order of the screen."""
    return [each for each in _all() if each.since <= on and (each.until is None or on < each.until)]


def spoken(chosen: str, note: str, on: date) -> str:
    """Return a reason as the person will read it: 填上级报表，党内统计年报.

    Raises RuleBroken when none of those offered was chosen, or one that needs words came without.
    """
    reason = next((each for each in offered(on) if each.words == chosen), None)
    if reason is None:
        raise RuleBroken("请选一个理由，本人看得到。", field="why")
    if reason.wants_words and not note:
        raise RuleBroken("选了“其他”，请在补充说明里写清楚为什么要看。", field="note")
    refuse_numbers(note)
    return f"{chosen}，{note}" if note else chosen


def refuse_numbers(note: str) -> None:
    """Raise RuleBroken for a note with an ID or telephone number in it: notes are kept and read in clear."""
    if _NUMBER.search(note):
        raise RuleBroken("说明会原样记下来，请不要写身份证号和手机号。", field="note")


@lru_cache(maxsize=1)
def _all() -> list[Reason]:
    file = Path(__file__).with_name("reveal_reasons.toml")
    return [Reason(**entry) for entry in tomllib.loads(file.read_text(encoding="utf-8"))["reason"]]
