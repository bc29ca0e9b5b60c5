"""What makes a task: the draft with its files, issuing it to branches, withdrawing it."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from dangqun.kernel.calendars import local, moment, workdays_after
from dangqun.kernel.facts import record
from dangqun.kernel.live import nudge
from dangqun.kernel.rules import RuleBroken, verb
from dangqun.notices.rules.drafts import told
from dangqun.notices.writing import clean, is_blank, screen
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Org
from dangqun.tasks.find import sought_of
from dangqun.tasks.models import Assignment, Task, TaskFile, last_day
from dangqun.tasks.places import Places, branches_meant
from dangqun.tasks.rules.files import forget_file, keep_file, look_into
from dangqun.tasks.rules.owners import leaders

NEEDS = "tasks.assign"
MOST_FILES = 10
ISSUED = "这个任务已经交办，不能再改。要改，请撤回后重新交办。"


def least_deadline(at: datetime) -> tuple[datetime, bool]:
    """Return the earliest deadline that needs no reason (24:00 of the last of TASK_WORKDAYS), and whether 暂算."""
    day, provisional = workdays_after(local(at).date(), settings.TASK_WORKDAYS)
    return moment(day + timedelta(days=1), time.min), provisional


@verb
def save_draft(task: Task | None, facts: dict[str, Any], *, by: Any, writing: UUID | None = None) -> Task:
    """Keep a draft as it stands; what one page sends, however often, is one draft (`writing`).

    `facts`: any of title, body, places, wants, own_word, deadline, hurry, notice. Raises RuleBroken once issued.
    """
    new = False
    if task is None:
        task, new = _begin(by, writing)
    screen(title=facts.get("title", ""), body=facts.get("body", ""))
    facts = {key: clean(value) if key == "body" else value for key, value in facts.items()}
    if facts.get("wants", task.wants) != Task.Wants.NONE:
        facts["own_word"] = False
    changed = {key: value for key, value in facts.items() if getattr(task, key) != value}
    if not changed and not new:
        return task
    changes = told(task, changed)
    for key, value in changed.items():
        setattr(task, key, value)
    task.saved_at = timezone.now()
    if task.pk is None:
        task.save()
    elif not Task.objects.filter(pk=task.pk, issued_at=None).update(**changed, saved_at=task.saved_at):
        raise RuleBroken(ISSUED)
    record("tasks.drafted" if new else "tasks.redrafted", task, by=by, changes=changes)
    return task


@verb
def discard(task: Task, *, by: Any) -> None:
    """Throw a draft away with its files. Raises RuleBroken once issued."""
    _hold_draft(task)
    record("tasks.discarded", task, by=by, changes={"title": [task.title, None]})
    for file in task.files.all():
        forget_file(file, what="tasks.detached", by=by)
    task.delete()


def attach(task: Task, name: str, content: bytes, *, by: Any) -> TaskFile:
    """Add a file to a draft; the same file a second time changes nothing. Raises RuleBroken for what is not taken."""
    return _attach(task, look_into(name, content), by=by)  # takes a while, so before the transaction


@verb
def _attach(task: Task, upload: Any, *, by: Any) -> TaskFile:
    _hold_draft(task)
    if task.files.count() >= MOST_FILES:
        raise RuleBroken(f"一个任务最多带 {MOST_FILES} 个附件。请先移除用不着的。", field="files")
    return keep_file(task, upload, what="tasks.attached", by=by)


@verb
def detach(file: TaskFile, *, by: Any) -> None:
    """Take a file off a draft. Raises RuleBroken once issued."""
    _hold_draft(file.task)
    forget_file(file, what="tasks.detached", by=by)


@verb
def issue(task: Task, *, by: Any) -> Task:
    """Issue a draft, as it is kept, to every branch that its places mean today; each goes to whoever leads it.

    Raises RuleBroken when something is missing, and for a short deadline without its reason.
    """
    now, actor = timezone.now(), Actor.of(by)
    _hold_draft(task)
    task.refresh_from_db()
    _refuse_unready(task, now)
    if not actor.covers(NEEDS, task.org.path):
        task.org = office_of(actor)
    branches = list(branches_meant(Places.of(task.places), actor))
    if not branches:
        raise RuleBroken("还没有选到支部。请在“交给”里选园区、片区或支部。", field="orgs")
    task.issued_at = now
    if task.deadline and task.deadline >= least_deadline(now)[0]:
        task.hurry = ""  # a reason that is not needed would only puzzle its readers
    task.sought = sought_of(task)
    task.save(update_fields=["org", "issued_at", "hurry", "sought"])
    heads = leaders([branch.pk for branch in branches])
    Assignment.objects.bulk_create(
        (_assignment(task, branch, heads.get(branch.pk), now) for branch in branches), batch_size=500
    )
    record(
        "tasks.issued",
        task,
        by=by,
        changes={"branches": [None, len(branches)], "deadline": [None, task.deadline]},
    )
    nudge([f"user:{head.account_id}" for head in heads.values() if head.account_id])
    return task


@verb
def withdraw(task: Task, *, why: str, by: Any) -> Task:
    """Withdraw a task with the reason; what branches did and answered stays to be read. Raises RuleBroken a second time."""
    why, now = why.strip(), timezone.now()
    if not why:
        raise RuleBroken("请写撤回的理由，支部看得到。", field="why")
    standing = Task.objects.filter(pk=task.pk, issued_at__isnull=False, withdrawn_at=None)
    if not standing.update(withdrawn_at=now, withdrawn_why=why):
        raise RuleBroken("这个任务已经撤回过了。")
    task.withdrawn_at, task.withdrawn_why = now, why
    record("tasks.withdrawn", task, by=by, why=why)
    owners = task.assignments.filter(owner__account__isnull=False).values_list("owner__account", flat=True)
    nudge([f"task:{task.pk}", *(f"user:{account}" for account in owners)])
    return task


def office_of(actor: Actor) -> Org:
    """Return the organisation in whose name an actor issues tasks. Raises RuleBroken without the right."""
    paths = actor.paths(NEEDS)
    if not paths:
        raise RuleBroken("您没有交办任务的权限。")
    return Org.objects.filter(path__in=paths).order_by("path")[0]


def _assignment(task: Task, branch: Org, head: Any, now: datetime) -> Assignment:
    assert task.deadline is not None
    return Assignment(task=task, branch=branch, owner=head, due=task.deadline, changed_at=now)


def _begin(by: Any, writing: UUID | None) -> tuple[Task, bool]:
    """Return the draft of a writing, and whether it is new; the unique constraint lets only one be made."""
    start = {"author": by, "org": office_of(Actor.of(by)), "created_at": timezone.now()}
    if writing is None:
        return Task(**start), True
    task, new = Task.objects.get_or_create(writing=writing, defaults=start)
    if task.author_id != by.pk:
        raise RuleBroken("这一页放得太久了。请重新打开“交办任务”，再把内容贴进去。")
    return task, new


def _hold_draft(task: Task) -> None:
    """Hold the draft until this change is done. Raises RuleBroken once issued."""
    if not list(Task.objects.select_for_update().filter(pk=task.pk, issued_at=None).values_list("pk")):
        raise RuleBroken(ISSUED)


def _refuse_unready(task: Task, now: datetime) -> None:
    if not task.title.strip():
        raise RuleBroken("请写标题。", field="title")
    if is_blank(task.body):
        raise RuleBroken("请写要做什么。", field="body")
    if task.deadline is None:
        raise RuleBroken("请写期限。", field="day")
    if task.deadline <= now:
        raise RuleBroken("期限已经过了，请改晚一些。", field="day")
    least, _ = least_deadline(now)
    if task.deadline < least and last_day(task.deadline) < last_day(least) and not task.hurry.strip():
        day = last_day(least)
        raise RuleBroken(
            f"留给支部的时间不足 {settings.TASK_WORKDAYS} 个工作日。请改到 {day.month}月{day.day}日或以后，"
            "确实等不了的，写明理由，支部看得到。",
            field="hurry",
        )
