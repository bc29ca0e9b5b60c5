"""部署图: one directive and what each branch did, by park, in organisation order; the same queries at any size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone

from dangqun.kernel.pages import row_number
from dangqun.notices.models import Notice
from dangqun.notices.rules import just_reminded
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Org
from dangqun.tasks.models import Assignment, Task

UNFOLDED = 60  # branches; of more, the parks are folded until they are opened
MARKS = {"waiting": "wait", "doing": "todo", "answered": "todo", "returned": "bad", "settled": "done"}
STATES = {str(state): str(state.label) for state in Assignment.State}


@dataclass
class Part:
    """A park (or the whole): how many branches are how far, and the lines that are shown."""

    org: Any = None
    counts: Counter[str] = field(default_factory=Counter)
    keys: list[int] = field(default_factory=list)
    lines: list[Assignment] = field(default_factory=list)
    is_open: bool = True
    turn: str = ""

    @property
    def all(self) -> int:
        """How many branches."""
        return sum(self.counts.values())

    @property
    def settled(self) -> int:
        """How many are settled."""
        return self.counts["settled"]

    @property
    def told(self) -> str:
        """The share in words, for readers of the bar."""
        return f"{self.all} 个支部中 {self.settled} 个已办结"

    @property
    def figures(self) -> list[tuple[str, str, int]]:
        """Each state that occurs: its key, its word, how many."""
        return [(key, word, self.counts[key]) for key, word in STATES.items() if self.counts[key]]


@dataclass(frozen=True)
class Wanted:
    """What the reader chose: one state (or `late`, `unowned`), and the parks that she folded or unfolded."""

    state: str = ""
    turned: frozenset[int] = frozenset()

    @classmethod
    def of(cls, query: Any) -> Wanted:
        """Return the filter of a query string; nonsense counts as nothing."""
        state = query.get("state", "")
        turned = map(row_number, query.get("turn", "")[:4000].split("-"))
        known = state if state in STATES or state in ("late", "unowned") else ""
        return cls(known, frozenset(each for each in turned if each is not None))


@dataclass(frozen=True)
class Light:
    """What the figures need of one assignment."""

    pk: int
    path: str
    state: str
    owner: int | None
    late: bool
    told_late: bool

    def fits(self, wanted: str) -> bool:
        """Whether it is what the reader chose."""
        if wanted == "late":
            return self.late
        return not wanted or self.state == wanted or (wanted == "unowned" and self.owner is None)


def assignments(task: Task, actor: Actor) -> QuerySet[Assignment]:
    """Return the assignments of a task that the actor watches, each with what she may know of lateness."""
    held = Assignment.objects.reachable(actor, "tasks.watch").filter(task=task)
    return held.with_lateness(actor, timezone.now())


def deployment(request: HttpRequest, task: Task) -> dict[str, Any]:
    """Return the context of the map."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    held, wanted = assignments(task, actor), Wanted.of(request.GET)
    light = [
        Light(*row) for row in held.values_list("pk", "branch__path", "state", "owner", "late", "told_late")
    ]
    told_late = any(each.told_late for each in light)
    if wanted.state == "late" and not told_late:
        wanted = Wanted(turned=wanted.turned)
    parts = _parts([each for each in light if each.fits(wanted.state)], wanted)
    _fill(parts, held)
    issuer = actor.covers("tasks.assign", task.org.path) and not task.withdrawn_at
    return {
        "task": task,
        "notice": notice_of(task, actor),
        "files": list(task.files.filter(assignment=None)),
        "wanted": wanted,
        "wanted_word": STATES.get(wanted.state)
        or {"late": "逾期", "unowned": "尚无书记"}.get(wanted.state, ""),
        "whole": (whole := Part(counts=Counter(each.state for each in light))),
        "columns": [(key, MARKS[key], word, whole.counts[key]) for key, word in STATES.items()],
        "to_do": sum(whole.counts[state] for state in Assignment.OPEN),
        "late": sum(each.late for each in light) if told_late else None,
        "unowned": sum(each.owner is None and each.state != "settled" for each in light),
        "parks": _parts(light, Wanted()),
        "parts": parts,
        "issuer": issuer,
        "wait": pause(held) if issuer else "",
        "now": timezone.now(),
    }


def pause(held: QuerySet[Assignment]) -> str:
    """Say why 催办 does nothing now; empty when it may be pressed."""
    over = timezone.now() - timedelta(minutes=settings.REMIND_MINUTES)
    times = list(held.filter(state__in=Assignment.OPEN).values_list("reminded_at", flat=True))
    recent: list[datetime] = [at for at in times if at and at > over]
    return just_reminded(max(recent)) if times and len(recent) == len(times) else ""


def notice_of(task: Task, actor: Actor) -> Notice | None:
    """Return the notice on which a task stands, if the actor may open it."""
    return Notice.objects.visible(actor).filter(pk=task.notice_id).first() if task.notice_id else None


def figures(tasks: Iterable[Task], actor: Actor, permission: str) -> dict[int, Part]:
    """Return for each task how many of the branches within reach are how far. One query."""
    held = Assignment.objects.reachable(actor, permission).filter(task__in=tasks)
    found: dict[int, Part] = {}
    for task, state, count in held.order_by().values_list("task", "state").annotate(n=Count("pk")):
        found.setdefault(task, Part()).counts[state] = count
    return found


def park_names(task: Task) -> dict[int, str]:
    """Return the names of the parks above the branches of a task, by number."""
    paths = task.assignments.values_list("branch__path", flat=True)
    above = {int(part) for path in paths for part in path.strip("/").split("/")[:-1]}
    return dict(Org.objects.filter(pk__in=above).parks().values_list("pk", "short_name"))


def narrowed(request: HttpRequest, held: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """Return the one branch that a button was pressed for (`branch`), or all. Raises Http404 for nonsense."""
    named = request.POST.get("branch", "") or request.GET.get("branch", "")
    if not named:
        return held
    return held.filter(pk=get_object_or_404(held, pk=row_number(named)).pk)


def _parts(light: list[Light], wanted: Wanted) -> list[Part]:
    """Return the parks with the numbers of their assignments; branches outside any park come under what stands above."""
    above = {int(part) for each in light for part in each.path.strip("/").split("/")[:-1]}
    orgs = {org.pk: org for org in Org.objects.filter(pk__in=above).in_order()}
    parks = {pk for pk, org in orgs.items() if org.kind == Org.Kind.PARK}
    parts: dict[int, Part] = {}
    few = len(light) <= UNFOLDED
    for each in light:
        ids = [int(part) for part in each.path.strip("/").split("/")[:-1]]
        place = next((pk for pk in ids if pk in parks), ids[-1] if ids else 0)
        part = parts.setdefault(place, Part(orgs.get(place)))
        part.counts[each.state] += 1
        part.keys.append(each.pk)
    for place, part in parts.items():
        part.is_open = few != (place in wanted.turned)
        part.turn = "-".join(str(pk) for pk in sorted(wanted.turned ^ {place}))
    return sorted(parts.values(), key=lambda part: _place(part.org))


def _place(org: Org | None) -> tuple[int, int, int]:
    return (org.park_number, org.number, org.pk) if org else (0, 0, 0)


def _fill(parts: list[Part], held: QuerySet[Assignment]) -> None:
    """Put the lines into the parks that are open."""
    shown = {pk: part for part in parts if part.is_open for pk in part.keys}
    rows = held.filter(pk__in=shown).select_related("branch", "owner", "task")
    rows = rows.annotate(enclosed=Count("files"))
    for each in rows.in_order():  # type: ignore[attr-defined]
        shown[each.pk].lines.append(each)
