"""One step of assignments: compare and set the state, write the step down, tell the auditor and the open pages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import F, Model
from django.utils import timezone

from dangqun.kernel.facts import Changes, record_many
from dangqun.kernel.live import nudge
from dangqun.kernel.rules import RuleBroken, verb
from dangqun.orgs.models import Org
from dangqun.tasks.models import MOVES, Assignment, Step

NOW = {
    "waiting": "这个任务还没有接收，请先接收。",
    "doing": "这个任务正在办理，还没有反馈。",
    "answered": "这个任务已经反馈，正等交办单位看。",
    "returned": "这个任务被退回了，请先点“重新办理”。",
    "settled": "这个任务已经办结，不用再办。",
}
TOLD = ("due", "owner")  # what the auditor reads of a step beside the state
WITHDRAWN = "这个任务已经撤回，不用再办。"


def held(assignments: Iterable[Assignment]) -> list[Assignment]:
    """Return these assignments as they are now, held until the rule is done. Raises RuleBroken once withdrawn."""
    keys = [each.pk for each in assignments]
    rows = Assignment.objects.select_for_update(of=("self",)).filter(pk__in=keys)
    found = list(rows.select_related("task", "branch", "owner").order_by("pk"))
    if any(each.task.withdrawn_at for each in found):
        raise RuleBroken(WITHDRAWN)
    return found


@verb
def turn(
    found: list[Assignment], kind: str, *, by: Any, why: str = "", said: str = "", changes: dict[str, Any]
) -> datetime:
    """Take one step with each of these (as `held` gives them) and return when.

    A move that is not the next one is refused with what the assignment is doing now (RuleBroken); a step that is no
    move leaves the state as it is. `changes` are set on the rows.
    """
    now = timezone.now()
    before, after = MOVES.get(kind, (None, None))
    for each in found:
        if before and each.state != before:
            raise RuleBroken(NOW[each.state])
    steps = []
    for each in found:
        step = Step(
            assignment=each, number=each.turn + 1, kind=kind, before=each.state, at=now, by=by, why=why
        )
        step.after, step.said = after or each.state, said
        steps.append(step)
    rows = Assignment.objects.filter(pk__in=[each.pk for each in found])
    rows = rows.filter(state=before) if before else rows
    state = {"state": after} if after else {}
    if rows.update(turn=F("turn") + 1, changed_at=now, **state, **changes) != len(found):
        raise RuleBroken("刚刚有人同时改了这里，您这一次没有保存。请刷新看看现在的样子，再改一次。")
    Step.objects.bulk_create(steps, batch_size=500)
    told = [(each, _changes(each, kind, changes)) for each in found]
    for each, step in zip(found, steps, strict=True):
        each.state, each.turn = step.after, step.number
        for name, value in (changes | {"changed_at": now}).items():
            setattr(each, name, value)
    _tell(told, kind, by=by, why=why)
    return now


def tell(found: Iterable[Assignment], *more: Any) -> None:
    """Let the pages of these tasks, of their owners and of more accounts (their numbers) fetch themselves again."""
    topics = {f"task:{each.task_id}" for each in found}
    topics |= {f"user:{each.owner.account_id}" for each in found if each.owner and each.owner.account_id}
    nudge(sorted(topics | {f"user:{number}" for number in more if number}))


def _changes(assignment: Assignment, kind: str, changes: dict[str, Any]) -> Changes:
    """Return what the auditor is told of a step that is about to be taken: from what, to what."""
    told: Changes = {"state": [MOVES[kind][0], MOVES[kind][1]]} if kind in MOVES else {}
    return told | {name: [getattr(assignment, name), changes[name]] for name in TOLD if name in changes}


def _tell(told: list[tuple[Assignment, Changes]], kind: str, *, by: Any, why: str) -> None:
    branches: dict[Org, list[tuple[Model, Changes]]] = {}
    for each, changes in told:
        branches.setdefault(each.branch, []).append((each, changes))
    for branch, pairs in branches.items():
        record_many(f"tasks.{kind}", pairs, by=by, org=branch, why=why)
    found = [each for each, _ in told]
    tell(found, *{each.task.author_id for each in found})
