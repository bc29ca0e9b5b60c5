"""Tasks: the list, one task, the map of what each branch did, one branch's assignment, files, the workbook."""

import logging

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from dangqun.kernel import uploads
from dangqun.kernel.crypto import Tampered
from dangqun.kernel.pages import page, paginate
from dangqun.kernel.rules import RuleBroken
from dangqun.kernel.sheets import write_table
from dangqun.orgs.access import fetch, rows
from dangqun.tasks import board, letter, sheets
from dangqun.tasks.models import Assignment, Task, TaskFile

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

log = logging.getLogger(__name__)


def listing(request: HttpRequest) -> HttpResponse:
    """Show what my branch has to do, what my office assigned, what the branches that I look after do, and my drafts."""
    box = letter.box_of(request)
    if box == "mine":
        found = rows(request, Assignment).mine(request.actor).with_lateness(request.actor, timezone.now())
        found = found.select_related("task__org", "branch", "owner").order_by("-task__issued_at", "-pk")
    else:
        found = rows(request, Task).box(request.actor, box).select_related("org")
    listed = paginate(request, found, 30)
    context = {"page": listed, "box": box, "boxes": letter.boxes(request.actor)}
    if box in ("issued", "watched"):
        permission = "tasks.assign" if box == "issued" else "tasks.watch"
        figures = board.figures(listed.object_list, request.actor, permission)
        context["lines"] = [(task, figures.get(task.pk, board.Part())) for task in listed]
    return page(request, "tasks/list.html", context)


def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead to the map whoever watches the task, else to her own branch's part. That it was opened is recorded nowhere."""
    task = fetch(request, Task, pk=pk)
    if task.issued_at is None:
        return redirect("task-edit", pk)
    if request.actor.can("tasks.watch") and board.assignments(task, request.actor).exists():
        return redirect("task-map", pk)
    mine = rows(request, Assignment).filter(task=task).in_order().first()
    return redirect("assignment", mine.pk) if mine else redirect("tasks")


def deployment(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what each branch did (部署图), live."""
    task = get_object_or_404(rows(request, Task).select_related("org", "author"), pk=pk)
    return page(request, "tasks/map.html", board.deployment(request, task), part="body")


def assignment(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one branch's part: what, from whom, until when, what was said. That it was opened is recorded nowhere."""
    return page(
        request, "tasks/assignment.html", letter.context(request, letter.of(request, pk)), part="body"
    )


def file(request: HttpRequest, pk: int, file: int) -> HttpResponse:
    """Hand out a file of a task to whoever may open the task now."""
    held = fetch(request, Task, pk=pk).files.filter(assignment=None)
    return _answer(get_object_or_404(held, pk=file))


def answer_file(request: HttpRequest, pk: int, file: int) -> HttpResponse:
    """Hand out a file of an answer; before it was sent, to the branch alone."""
    return _answer(get_object_or_404(letter.files(request, letter.of(request, pk)), pk=file))


def export(request: HttpRequest, pk: int) -> HttpResponse:
    """导出Excel: what each branch did."""
    task = fetch(request, Task, pk=pk)
    held = rows(request, Assignment).filter(task=task)
    out = write_table("办理情况", sheets.COLUMNS, sheets.lines(held, board.park_names(task)))
    name = f"办理情况 {task.title[:40]}.xlsx"
    return FileResponse(out, as_attachment=True, filename=name, content_type=SHEET)


def _answer(held: TaskFile) -> HttpResponse:
    try:
        return uploads.answer(held.name, held.kind, uploads.load(held.key))
    except (Tampered, FileNotFoundError) as damage:
        log.error("file of a task %s: %s", held.pk, damage)
        raise RuleBroken(uploads.GONE) from damage
