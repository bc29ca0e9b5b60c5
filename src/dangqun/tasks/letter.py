"""One assignment as its page shows it, and the boxes of the list."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone

from dangqun.kernel.pages import row_number
from dangqun.kernel.uploads import KINDS_IN_WORDS
from dangqun.orgs.access import Actor, rows
from dangqun.tasks import board
from dangqun.tasks.forms import AnswerForm
from dangqun.tasks.models import Assignment, Task, TaskFile
from dangqun.tasks.rules.answers import MOST_ANSWER_FILES

BOXES = {"mine": "要我办的", "issued": "我们交办的", "watched": "我联系的支部", "drafts": "我的草稿"}

PERMISSIONS = {"issued": "tasks.assign", "watched": "tasks.watch"}


def boxes(actor: Actor) -> list[tuple[str, str]]:
    """Return the boxes that this person has, with their words."""
    assigns, watches = actor.can("tasks.assign"), actor.can("tasks.watch")
    open_to = {"mine": True, "issued": assigns, "watched": watches and not assigns, "drafts": assigns}
    return [(key, words) for key, words in BOXES.items() if open_to[key]]


def box_of(request: HttpRequest) -> str:
    """Return the box that was asked for; else the one that its reader needs first."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    held = dict(boxes(actor))
    asked = request.GET.get("box", "")
    if asked in held:
        return asked
    return next((key for key in ("issued", "watched") if key in held), "mine")


def found(request: HttpRequest, box: str) -> QuerySet[Any]:
    """Return what lies in a box: assignments in hers, tasks in the others."""
    if box != "mine":
        return rows(request, Task).box(request.actor, box).select_related("org")  # type: ignore[attr-defined]
    held = rows(request, Assignment).mine(request.actor)  # type: ignore[attr-defined]
    held = held.with_lateness(request.actor, timezone.now())  # type: ignore[attr-defined]
    return held.select_related("task__org", "branch", "owner").order_by("-task__issued_at", "-pk")


def of(request: HttpRequest, pk: int) -> Assignment:
    """Return an assignment that she may open, or 404."""
    held = Assignment.objects.own(request.actor).with_lateness(request.actor, timezone.now())  # type: ignore[attr-defined]
    return get_object_or_404(held.select_related("task__org", "task__author", "branch", "owner"), pk=pk)


def mine(request: HttpRequest, pk: int) -> Assignment:
    """Return an assignment on which she may act for the branch, or 404."""
    held = Assignment.objects.mine(request.actor).with_lateness(request.actor, timezone.now())  # type: ignore[attr-defined]
    return get_object_or_404(held.select_related("task__org", "task__author", "branch", "owner"), pk=pk)


def files(request: HttpRequest, assignment: Assignment) -> QuerySet[TaskFile]:
    """Return the files of the answer: what is not sent yet is the branch's alone."""
    sent = assignment.state in Assignment.SENT
    return assignment.files.all() if sent or is_mine(request, assignment) else assignment.files.none()


def is_mine(request: HttpRequest, assignment: Assignment) -> bool:
    """Whether she acts for the branch here."""
    return Assignment.objects.mine(request.actor).filter(pk=assignment.pk).exists()  # type: ignore[attr-defined]


def context(request: HttpRequest, assignment: Assignment, form: BaseForm | None = None) -> dict[str, Any]:
    """Return what the page of an assignment shows."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    task, acts = assignment.task, is_mine(request, assignment)
    watched = actor.covers("tasks.watch", assignment.branch.path)
    form = form or AnswerForm(initial={"text": assignment.kept_words})
    form.fields["text"].required = task.wants == "text"  # as it is shown; a draft may lack it
    return {
        "assignment": assignment,
        "task": task,
        "notice": board.notice_of(task, actor),
        "attachments": list(task.files.filter(assignment=None)),
        "files": list(files(request, assignment)),
        "steps": list(assignment.steps.select_related("by")),
        "acts": acts and not task.withdrawn_at,
        "watched": watched,
        "issuer": actor.covers("tasks.assign", task.org.path) and watched and not task.withdrawn_at,
        "form": form,
        "kinds": KINDS_IN_WORDS,
        "most_files": MOST_ANSWER_FILES,
        "most_megabytes": settings.UPLOAD_LIMIT // 1024 // 1024,
        "now": timezone.now(),
    }


def gone(request: HttpRequest, assignment: Assignment) -> TaskFile | None:
    """Return the file that 移除 was pressed for. Raises Http404 for one of another answer."""
    number = row_number(request.POST.get("remove", ""))
    if number is None:
        return None
    return get_object_or_404(assignment.files.select_related("task", "assignment"), pk=number)
