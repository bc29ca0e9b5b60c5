"""What tasks put under 待办: what I have to do as owner; for the issuing office the answers that wait to be settled."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.urls import reverse

from dangqun.members.todo import TodoLine
from dangqun.orgs.access import Actor
from dangqun.tasks.models import Assignment, Task

S = Assignment.State
MOST = 200
VERBS = {S.WAITING: "接收", S.RETURNED: "重新办理", S.DOING: "去反馈"}


def task_lines(actor: Actor) -> list[TodoLine]:
    """Return a line for each task in my hands, and for the office one for each task with answers to settle."""
    held = Assignment.objects.open_for(actor).select_related("task__org", "branch")
    mine = [_line(each) for each in held.order_by("due", "pk")[:MOST]]
    return [*mine, *(_answered(each) for each in _answers(actor)[:MOST])]


def tasks_waiting(actor: Actor) -> int:
    """Return how many lines these are: counted by the database."""
    answers = _answers(actor).count() if actor.can("tasks.assign") else 0
    return Assignment.objects.open_for(actor).count() + answers


def _answers(actor: Actor) -> Any:
    """Return the tasks of the actor's office with answers that wait, each with `answers`: how many."""
    if not actor.can("tasks.assign"):
        return Task.objects.none()
    waiting = Assignment.objects.reachable(actor, "tasks.assign").filter(
        state=S.ANSWERED, task__withdrawn_at=None
    )
    issued = Task.objects.filter(assignments__in=waiting).select_related("org")
    return issued.annotate(answers=Count("assignments")).order_by("pk")


def _line(assignment: Assignment) -> TodoLine:
    task, state = assignment.task, S(assignment.state)
    return TodoLine(
        icon="flag",
        kind="任务",
        title=task.title,
        issuer=task.org.short_name,
        due=assignment.due,
        note=_note(assignment),
        verb=VERBS[state],
        url=reverse("assignment", args=(assignment.pk,)),
        post_url="" if state == S.DOING else reverse("assignment-accept", args=(assignment.pk,)),
    )


def _note(assignment: Assignment) -> str:
    """Say what is left; whoever has tasks of two branches is told which."""
    if assignment.state == S.RETURNED:
        return f"被退回：{assignment.returned_why}"
    if assignment.reminded_at:
        return f"{assignment.branch}，交办单位催办过"
    if assignment.state == S.WAITING:
        return f"{assignment.branch}，请看过后接收"
    wants = assignment.task.wants
    left = {"none": "办完点一下", "text": "还差一段文字", "file": "还差一个文件", "either": "还差文字或文件"}
    return f"{assignment.branch}，{left[wants]}"


def _answered(task: Task) -> TodoLine:
    return TodoLine(
        icon="flag",
        kind="任务",
        title=task.title,
        issuer=task.org.short_name,
        due=None,
        note=f"{task.answers} 个支部已反馈，等着看",  # type: ignore[attr-defined]
        verb="看反馈",
        url=f"{reverse('task-map', args=(task.pk,))}?state=answered",
    )
