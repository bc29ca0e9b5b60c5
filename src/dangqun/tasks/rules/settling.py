"""What the issuing office does: settle, send back, extend, remind."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

from dangqun.kernel.rules import RuleBroken, verb
from dangqun.kernel.templatetags.words import dated
from dangqun.notices.models import may_be_reminded
from dangqun.notices.rules import just_reminded
from dangqun.tasks.models import Assignment, Task
from dangqun.tasks.rules.owners import give_where_they_belong
from dangqun.tasks.rules.steps import held, turn

S = Assignment.State


@verb
def settle(assignments: Iterable[Assignment], *, by: Any) -> int:
    """Settle what was answered: 已反馈 → 已办结; what is settled already stays so. Returns how many were settled.

    Raises RuleBroken for one that was not answered.
    """
    rows = [each for each in held(assignments) if each.state != S.SETTLED]
    if not rows:
        raise RuleBroken("没有等着办结的反馈。")
    turn(rows, "settled", by=by, changes={"settled_at": timezone.now(), "settled_by": by})
    return len(rows)


@verb
def send_back(assignment: Assignment, *, why: str, by: Any) -> Assignment:
    """Send an answer back with the reason: 已反馈 → 已退回. What was sent lies ready to be bettered.

    Whoever answered may have left her post or the branch since: it goes to whom it belongs to today.
    """
    why = why.strip()
    if not why:
        raise RuleBroken("请写退回的理由，支部才知道要补什么。", field="why")
    (row,) = held([assignment])
    said = row.words
    turn([row], "sent_back", by=by, why=why, changes={"returned_why": why, "reminded_at": None})
    row.draft = said
    row.save(update_fields=["draft"])
    give_where_they_belong([row], by=by)
    return row


@verb
def extend(task: Task, assignments: Iterable[Assignment], *, to: datetime, why: str = "", by: Any) -> int:
    """Give these a later deadline; when all that are open get it, the task itself has it. Returns how many got it.

    Raises RuleBroken for a moment that is over or no later than before.
    """
    rows = [each for each in held(assignments) if each.is_open]
    if not rows:
        raise RuleBroken("这里没有还在办的支部，不用延期。")
    if to <= timezone.now():
        raise RuleBroken("新的期限已经过了，请改晚一些。", field="day")
    if any(each.due >= to for each in rows):
        raise RuleBroken("新的期限要比现在的晚。", field="day")
    words = f"延到 {dated(to)}"
    turn(rows, "extended", by=by, why=f"{words}，{why}" if why else words, changes={"due": to})
    if not task.assignments.open().exclude(due=to).exists():
        Task.objects.filter(pk=task.pk).update(deadline=to)
    return len(rows)


@verb
def remind(task: Task, assignments: Iterable[Assignment], *, by: Any) -> int:
    """Remind those who have something to do, each at most once in REMIND_MINUTES. Returns how many branches."""
    rows = [each for each in held(assignments) if each.is_open]
    if not rows:
        raise RuleBroken("这里的支部都反馈了，不用催。")
    now = timezone.now()
    due = set(
        Assignment.objects.filter(may_be_reminded(now), pk__in=[each.pk for each in rows]).values_list(
            "pk", flat=True
        )
    )
    if not due:
        raise RuleBroken(just_reminded(max(each.reminded_at for each in rows if each.reminded_at)))
    turn([each for each in rows if each.pk in due], "reminded", by=by, changes={"reminded_at": now})
    return len(due)
