"""待办: lines of all features, put under 已逾期, 今天, 本周, 以后."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from dangqun.home.backups import backup_lines
from dangqun.kernel.calendars import local
from dangqun.members.todo import TodoLine, grant_lines, import_lines, request_lines
from dangqun.members.todo_resets import code_lines, reset_lines
from dangqun.notices.todo import few_lines, todo_lines, waiting
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Org
from dangqun.tasks.todo import task_lines, tasks_waiting

# A handful of lines each:
FEW = (few_lines, import_lines, grant_lines, request_lines, reset_lines, code_lines, backup_lines)
MANY = (todo_lines, task_lines)
IMPORTS = "members.import"
INSTANT = timedelta(microseconds=1)
_asked: WeakKeyDictionary[Actor, list[TodoLine]] = (
    WeakKeyDictionary()
)  # an actor lives as long as her request


@dataclass(frozen=True)
class Heap:
    """Lines that are due in the same stretch of time."""

    key: str
    title: str
    lines: list[TodoLine]


def heaps(actor: Actor, at: datetime) -> list[Heap]:
    """Return what waits for the actor, the most urgent first; empty heaps are left out."""
    lines = sorted(
        [*(line for provider in MANY for line in provider(actor)), *_few(actor)],
        key=lambda line: (not line.is_urgent, line.due is None, line.due or at, line.title),
    )
    titles = {"late": "已逾期", "today": "今天", "week": "本周", "later": "以后"}
    found = {key: [line for line in lines if _stretch(line, at) == key] for key in titles}
    return [Heap(key, titles[key], found[key]) for key in titles if found[key]]


def count(actor: Actor) -> int:
    """Return how much waits for the actor, for the counters of every page; notices and tasks are counted by the database."""
    return waiting(actor) + tasks_waiting(actor) + len(_few(actor))


def is_empty_zone(actor: Actor) -> bool:
    """Return whether the actor may import and there is no branch yet: the first thing to do."""
    may = actor.can(IMPORTS)
    return may and not Org.objects.reachable(actor, IMPORTS).open(actor.day).branches().exists()


def first_tap(found: Iterable[Heap]) -> TodoLine | None:
    """Return the first line that can be done in one tap: it alone carries the red button (design.md §1.2)."""
    return next((line for heap in found for line in heap.lines if line.post_url), None)


def _few(actor: Actor) -> list[TodoLine]:
    """Return the lines of the small providers: asked once a request, since its page and its counters both want them."""
    if actor not in _asked:
        _asked[actor] = [line for provider in FEW for line in provider(actor)]
    return _asked[actor]


def _stretch(line: TodoLine, at: datetime) -> str:
    if line.due is None:
        return "today" if line.is_urgent else "later"
    if line.due <= at:
        return "late"
    now, last = local(at), local(line.due - INSTANT).date()  # 24:00 belongs to the day that it ends
    if last == now.date():
        return "today"
    return "week" if last <= now.date() + timedelta(days=6 - now.weekday()) else "later"
