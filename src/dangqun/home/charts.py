"""The overview's charts: plain bars, drawn as SVG by the page itself; every figure opens its rows (design.md §9)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from dangqun.home.figures import AGE_BANDS, Group, Stat
from dangqun.orgs.models import Org

EDUCATIONS = ("研究生", "大学本科", "大专", "中专", "高中", "初中", "小学")
OTHER_PARKS = "c5"
LEGIBLE = 9  # per cent of the width that a figure of two digits needs within its bar


@dataclass(frozen=True)
class Part:
    """A piece of a bar: where it begins and how long it is, in per cent of the longest bar."""

    label: str
    value: int
    key: str
    start: float
    share: float

    @property
    def middle(self) -> float:
        """Where its figure stands."""
        return round(self.start + self.share / 2, 2)

    @property
    def legible(self) -> bool:
        """Whether its figure has room within it."""
        return self.share >= LEGIBLE


@dataclass(frozen=True)
class Line:
    """One bar: label, pieces, the figure beside it, and the list that the figure opens."""

    label: str
    value: int
    parts: list[Part]
    url: str
    of: int | None = None

    @property
    def share(self) -> float:
        """The length of the whole bar, in per cent of the longest."""
        return round(sum(part.share for part in self.parts), 2)

    @property
    def height(self) -> float:
        """The same as a column, which leaves a quarter for its figure and its label."""
        return round(self.share * 0.75, 2)


@dataclass(frozen=True)
class Chart:
    """A chart: its bars, and what its colours mean when there are several."""

    lines: list[Line]
    legend: list[tuple[str, str]]


def ages(members: Iterable[Group]) -> Chart:
    """Return members by age band; those without a birth date come last, if there are any."""
    nobody = (0,) * (len(AGE_BANDS) + 1)
    *bands, unknown = map(sum, zip(nobody, *(group.ages for group in members), strict=True))
    bars = [
        (_band_label(low, high), [("", n, "c1")], {"age": f"{low}-{high}"})
        for (low, high), n in zip(AGE_BANDS, bands, strict=True)
    ]
    if unknown:
        bars.append(("不详", [("", unknown, "c1")], {"age": "unknown"}))
    return Chart(_lines(bars), [])


def educations(members: Iterable[Group], on: date) -> Chart:
    """Return members by education, highest first, each bar divided by park; other words as the roster has them."""
    parks = _parks(on)
    found: dict[str, Counter[str]] = {}
    for group in members:
        name, _ = parks.get(group.park, ("其他", OTHER_PARKS))
        found.setdefault(group.education, Counter())[name] += group.all
    legend = [(name, key) for name, key in _series(parks) if any(name in row for row in found.values())]
    order = [*(e for e in EDUCATIONS if e in found), *sorted(e for e in found if e and e not in EDUCATIONS)]
    bars = [
        (
            education or "没有填",
            [(name, found[education][name], key) for name, key in legend],
            {"education": education or "unknown"},
        )
        for education in [*order, *([""] if "" in found else [])]
    ]
    return Chart(_lines(bars), legend)


def parks(members: Iterable[Group], on: date) -> Chart:
    """Return members by park, in organisation order, each park in its own colour whoever looks."""
    numbers: Counter[int] = Counter()
    for group in members:
        numbers[group.park] += group.all
    known = Org.objects.parks().open(on).in_order().values_list("number", "short_name")
    bars = [
        (name, [("", numbers[number], _key(place))], {"park": number})
        for place, (number, name) in enumerate(known)
        if number in numbers
    ]
    return Chart(_lines(bars), [])


def coverage(stats: list[Stat]) -> Chart:
    """Return the two coverages as bars of the whole, from the figures above them."""
    bars = [stat for stat in stats if stat.of]
    lines = [
        Line(
            stat.label,
            stat.value,
            _pieces(
                [("已覆盖", stat.value, "c1"), ("还没有", (stat.of or 0) - stat.value, "rest")], stat.of or 1
            ),
            stat.url,
            stat.of,
        )
        for stat in bars
    ]
    return Chart(lines, [("已覆盖", "c1"), ("还没有", "rest")] if lines else [])


def _lines(bars: list[tuple[str, list[tuple[str, int, str]], dict[str, Any]]]) -> list[Line]:
    totals = [sum(value for _, value, _ in parts) for _, parts, _ in bars]
    most = max(totals, default=0) or 1
    return [
        Line(label, total, _pieces(parts, most), f"{reverse('people')}?{urlencode(wanted)}")
        for (label, parts, wanted), total in zip(bars, totals, strict=True)
        if any(totals)
    ]


def _pieces(parts: list[tuple[str, int, str]], most: int) -> list[Part]:
    pieces, start = [], 0.0
    for label, value, key in parts:
        share = round(100 * value / most, 2)
        pieces.append(Part(label, value, key, round(start, 2), share))
        start += share
    return pieces


def _parks(on: date) -> dict[int, tuple[str, str]]:
    known = Org.objects.parks().open(on).in_order().values_list("number", "short_name")
    return {
        number: (name, _key(place)) if place < 3 else ("其他", OTHER_PARKS)
        for place, (number, name) in enumerate(known)
    }


def _series(parks: dict[int, tuple[str, str]]) -> list[tuple[str, str]]:
    return list(dict.fromkeys([*parks.values(), ("其他", OTHER_PARKS)]))


def _key(place: int) -> str:
    return f"c{place + 1}" if place < 3 else OTHER_PARKS


def _band_label(low: int, high: int) -> str:
    if low == 0:
        return f"≤{high}"
    return f"≥{low}" if high == AGE_BANDS[-1][1] else f"{low}–{high}"
