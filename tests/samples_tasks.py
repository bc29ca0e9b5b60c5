"""Tasks for the walk of every URL: one of the own branch and one of another, each with an answer that has a file."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from dangqun.tasks import rules
from dangqun.tasks.places import Places

WATCHERS = frozenset({"office", "committee_member", "instructor"})
OFFICE = frozenset({"office"})


def samples(world: Any) -> dict[str, Any]:
    """For every route with a task or an assignment: own and other rows, each with the roles that may reach them."""
    here, there = _task(world, "甲", "secretary"), _task(world, "丙", "stranger")
    drafted = rules.save_draft(None, {"title": "草稿"}, by=world.user["office"])
    own, other = here.assignments.get(), there.assignments.get()
    all_here, all_there = WATCHERS | {"secretary"}, OFFICE | {"stranger"}
    files = [{"pk": task.pk, "file": task.files.get(assignment=None).pk} for task in (here, there)]
    answers = [{"pk": held.pk, "file": held.files.get().pk} for held in (own, other)]
    open_to_all = {
        "task": [({"pk": here.pk}, all_here), ({"pk": there.pk}, all_there)],
        "assignment": [({"pk": own.pk}, all_here), ({"pk": other.pk}, all_there)],
        "task-file": list(zip(files, (all_here, all_there), strict=True)),
        "assignment-file": list(zip(answers, (all_here, all_there), strict=True)),
    }
    watched = [({"pk": here.pk}, WATCHERS), ({"pk": there.pk}, OFFICE)]
    acts = [({"pk": own.pk}, frozenset({"secretary"})), ({"pk": other.pk}, frozenset({"stranger"}))]
    issuing = [({"pk": here.pk}, OFFICE), ({"pk": there.pk}, OFFICE)]
    return (
        open_to_all
        | dict.fromkeys(("task-map", "task-export"), watched)
        | {f"assignment-{verb}": acts for verb in ("accept", "answer", "done", "hand")}
        | {f"task-{verb}": issuing for verb in ("settle", "remind", "extend", "withdraw")}
        | {"assignment-back": [({"pk": own.pk}, OFFICE)]}
        | {f"task-{verb}": [({"pk": drafted.pk}, OFFICE)] for verb in ("edit", "discard")}
    )


def _task(world: Any, key: str, by: str) -> Any:
    """Return an issued task of one branch, answered with a file."""
    facts = {
        "title": f"{world.branches[key]}任务",
        "body": "<p>查一遍。</p>",
        "places": Places((world.branches[key].pk,)).stored(),
        "wants": "either",
        "deadline": timezone.now() + timedelta(days=20),
    }
    draft = rules.save_draft(None, facts, by=world.user["office"])
    rules.attach(draft, "表样.txt", "请照填。".encode(), by=world.user["office"])
    task = rules.issue(draft, by=world.user["office"])
    held = task.assignments.get()
    rules.accept(held, by=world.user[by])
    rules.enclose(held, "自查表.txt", "十二处。".encode(), by=world.user[by])
    rules.answer(held, by=world.user[by])
    return task
