"""How a person was told before somebody signed for her: data with dates (`telling.toml`)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from dangqun.kernel.rules import RuleBroken

WITHOUT_PHONE = "不用手机，已当面告知"


@dataclass(frozen=True)
class Way:
    """One way of telling, offered from `since` until `until` (not counted)."""

    words: str
    since: date
    until: date | None = None


def offered(on: date) -> list[str]:
    """Return the ways that may be chosen on a day, in the order of the screen."""
    return [each.words for each in _all() if each.since <= on and (each.until is None or on < each.until)]


def spoken(chosen: str, on: date, *, uses_phone: bool) -> str:
    """Return how a person was told, as it is kept. Raises RuleBroken when no offered way was chosen and one is needed."""
    if not chosen and not uses_phone:
        return WITHOUT_PHONE
    if chosen not in offered(on):
        raise RuleBroken("请选是怎么告知的，本人看得到。", field="told_how")
    return chosen


@lru_cache(maxsize=1)
def _all() -> list[Way]:
    file = Path(__file__).with_name("telling.toml")
    return [Way(**entry) for entry in tomllib.loads(file.read_text(encoding="utf-8"))["way"]]
