"""How long what is kept: classes as data (`retention.toml` of each room), holds by the office, and what goes next.

A class names its model, the date that counts and the days after it (or the setting that says them). `by = "here"`: the
job below removes what is due; `by = "room"`: a job of that room does; `by = "kept"`: nothing goes by itself.
What is removed is recorded in counts, never in contents.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from dangqun.kernel.calendars import add_months, moment, today
from dangqun.kernel.facts import record
from dangqun.kernel.jobs import hourly
from dangqun.kernel.models import Hold, Removal
from dangqun.kernel.rules import RuleBroken, verb

AT_ONCE = 1000
MONTHS = 12
HERE, ROOM, KEPT = "here", "room", "kept"
HEEDED = ("facts", "messages")  # rooms that ask before they remove


@dataclass(frozen=True)
class Kept:
    """A class of records: what it is called, how long it is kept after which date, by whom removed, and why so."""

    code: str
    label: str
    by: str
    since: date
    source: str
    model: str = ""
    date: str = ""
    days: int = 0
    setting: str = ""
    term: str = ""

    @property
    def lasting(self) -> int:
        """Return the days that it is kept after its date."""
        return int(getattr(settings, self.setting)) if self.setting else self.days

    @property
    def in_words(self) -> str:
        """Return how long it is kept."""
        return self.term or f"{self.lasting} 天"

    def rows(self) -> QuerySet[Any]:
        """Return its rows whose date is set."""
        return apps.get_model(self.model)._base_manager.filter(**{f"{self.date}__isnull": False})

    def due(self, at: datetime) -> QuerySet[Any]:
        """Return its rows whose time is over at a moment."""
        return self.rows().filter(**{f"{self.date}__lt": at - timedelta(days=self.lasting)})


@dataclass(frozen=True)
class Line:
    """A class on the calendar page: how much goes in each coming month (None: cannot be counted), and what holds it."""

    kept: Kept
    months: list[int] | None
    holds: list[Hold]

    @property
    def total(self) -> int:
        """Return how much goes in the twelve months."""
        return sum(self.months or ())


@lru_cache(maxsize=1)
def classes() -> dict[str, Kept]:
    """Return all classes of all rooms, by code."""
    found: dict[str, Kept] = {}
    for app in apps.get_app_configs():
        file = Path(app.path) / "retention.toml"
        if app.name.startswith("dangqun.") and file.is_file():
            for entry in tomllib.loads(file.read_text(encoding="utf-8"))["class"]:
                found[entry["code"]] = Kept(**entry)
    return found


def holdable() -> dict[str, Kept]:
    """Return the classes that the office may hold back: those removed here, and those whose room asks `is_held`."""
    return {code: each for code, each in classes().items() if each.by == HERE or code in HEEDED}


def is_held(code: str) -> bool:
    """Whether the office holds a whole class back."""
    return Hold.objects.filter(code=code, row="", lifted_at=None).exists()


def months_ahead() -> list[date]:
    """Return the first days of this month and the twelve after it; the last one ends the calendar."""
    first = today().replace(day=1)
    return [add_months(first, number) for number in range(MONTHS + 1)]


def lines() -> list[Line]:
    """Return the calendar of what goes next: one query a class that is counted."""
    holds = list(Hold.objects.filter(lifted_at=None).order_by("pk"))
    return [
        Line(each, _months(each), [hold for hold in holds if hold.code == each.code])
        for each in classes().values()
    ]


def last_removals() -> list[Removal]:
    """Return what was removed last."""
    return list(Removal.objects.order_by("-pk")[:20])


@verb
def hold(code: str, *, row: str = "", why: str, by: Any) -> Hold:
    """暂缓: keep a class, or one row of it, beyond its time. Raises RuleBroken without a reason or for what never goes."""
    kept = classes().get(code)
    if kept is None or kept.code not in holdable():
        raise RuleBroken("这一类不会自动删除，不用暂缓。", field="code")
    if not why.strip():
        raise RuleBroken("请写为什么暂缓，例如 正在核查的信访件。", field="why")
    if row and (kept.by != HERE or not kept.rows().filter(pk=row).exists()):
        raise RuleBroken("没有这个编号，或者这一类只能整类暂缓。", field="row")
    if Hold.objects.filter(code=code, row=row, lifted_at=None).exists():
        raise RuleBroken("已经在暂缓了。", field="code")
    held = Hold.objects.create(code=code, row=row, why=why.strip(), at=timezone.now(), by_name=str(by)[:60])
    record("kernel.hold_begun", held, by=by, changes={"class": [None, kept.label]}, why=why.strip())
    return held


@verb
def lift(held: Hold, *, by: Any) -> None:
    """End a hold; what is due goes at the next round. Raises RuleBroken when it has ended."""
    if not Hold.objects.filter(pk=held.pk, lifted_at=None).update(lifted_at=timezone.now()):
        raise RuleBroken("这一条已经不在暂缓了。")
    record("kernel.hold_lifted", held, by=by, changes={"class": [classes()[held.code].label, None]})


def open_hold(number: int | None) -> Hold | None:
    """Return a hold that stands."""
    return Hold.objects.filter(pk=number or 0, lifted_at=None).first()


@hourly
def remove_due(at: datetime | None = None) -> int:
    """Remove what is due of the classes that are removed here; return how much."""
    at, count = at or timezone.now(), 0
    for each in classes().values():
        while each.by == HERE and (removed := _remove(each, at)):
            count += removed
    return count


@verb
def _remove(each: Kept, at: datetime) -> int:
    """Remove up to 1,000 rows of a class, and record how many; nothing of what is held."""
    if is_held(each.code):
        return 0
    held = Hold.objects.filter(code=each.code, lifted_at=None).values_list("row", flat=True)
    keys = list(each.due(at).exclude(pk__in=list(held)).values_list("pk", flat=True)[:AT_ONCE])
    if not keys:
        return 0
    each.rows().filter(pk__in=keys).delete()
    removal = Removal.objects.create(code=each.code, label=each.label, at=at, count=len(keys))
    record("kernel.removed_due", removal, by=None, changes={"count": [None, len(keys)]})
    return len(keys)


def _months(each: Kept) -> list[int] | None:
    if not each.model or each.by == KEPT:
        return None
    ends = [moment(day) - timedelta(days=each.lasting) for day in months_ahead()]
    counts = {
        f"m{number}": Count("pk", filter=_within(each.date, start if number else None, end))
        for number, (start, end) in enumerate(pairwise(ends))
    }
    return list(each.rows().aggregate(**counts).values())


def _within(field: str, start: datetime | None, end: datetime) -> Q:
    return Q(**{f"{field}__lt": end}) & (Q(**{f"{field}__gte": start}) if start else Q())
