"""What tasks hold about one person: what she had in her hands, and what of it is due."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse

from dangqun.ladder.feeds import Deadline
from dangqun.members.models import Person
from dangqun.members.own_data import Section
from dangqun.tasks.models import Assignment

MOST = 200  # entries of a calendar


def tasks_of(person: Person) -> Section:
    """Return the tasks that she owns, newest first, with her answers, as a sheet of the copy of her own data."""
    held = Assignment.objects.filter(owner=person).select_related("task__org", "branch").order_by("-pk")
    rows = [
        (e.task.title, e.task.org.name, e.branch.name, e.due, e.get_state_display(), e.words, e.answered_at)
        for e in held
    ]
    return Section("任务", ("任务", "交办单位", "党支部", "期限", "办理情况", "反馈", "反馈时间"), rows)


def deadlines(person: Person) -> Iterator[Deadline]:
    """Yield the deadlines of what she has still to do, for her calendar."""
    held = Assignment.objects.open().filter(owner=person).select_related("task").order_by("due", "pk")
    for each in held[:MOST]:
        path = reverse("assignment", args=(each.pk,))
        yield Deadline(f"assignment:{each.pk}", each.task.title, path, each.due)
