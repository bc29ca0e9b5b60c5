"""Figures of regulations as data with dates: each room keeps its own `regulations.toml`, no number stands in code."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from django.apps import apps


@dataclass(frozen=True)
class Figure:
    """One figure: its value holds from `since` until `until` (not counted); `hardness` 法定, 一般, 地方 or 建议."""

    code: str
    value: int
    unit: str
    hardness: str
    since: date
    until: date | None
    source: str


def figure(code: str, on: date) -> Figure:
    """Return the figure in force on that day; the first known one for days before it. Raises KeyError if unknown."""
    known = _figures()[code]
    in_force = [each for each in known if each.since <= on and (each.until is None or on < each.until)]
    return in_force[-1] if in_force else known[0]


@lru_cache(maxsize=1)
def _figures() -> dict[str, list[Figure]]:
    found: dict[str, list[Figure]] = {}
    for app in apps.get_app_configs():
        file = Path(app.path) / "regulations.toml"
        if app.name.startswith("dangqun.") and file.is_file():
            for entry in tomllib.loads(file.read_text(encoding="utf-8"))["figure"]:
                found.setdefault(entry["code"], []).append(Figure(**{"until": None} | entry))
    return {code: sorted(known, key=lambda each: each.since) for code, known in found.items()}
