"""Tasks: the list, one task, the map of what each branch did, one branch's assignment, files, the workbook."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from dangqun.kernel.enclosures import hand_out
from dangqun.kernel.pages import page, paginate
from dangqun.kernel.sheets import hand_over
from dangqun.orgs.access import fetch, rows
from dangqun.tasks import board, letter, sheets
from dangqun.tasks.models import Assignment, Task


def listing(request: HttpRequest) -> HttpResponse:
    """Show what my branch has to do, what my office assigned, what the branches that I look after do, and my drafts."""
    box = letter.box_of(request)
    listed = paginate(request, letter.found(request, box), 30)
    context = {"page": listed, "box": box, "boxes": letter.boxes(request.actor)}
    if box in letter.PERMISSIONS:
        figures = board.figures(listed.object_list, request.actor, letter.PERMISSIONS[box])
        context["lines"] = [(task, figures.get(task.pk, board.Part())) for task in listed]
    return page(request, "tasks/list.html", context)


def export_list(request: HttpRequest) -> HttpResponse:
    """导出Excel: the box of tasks that the page shows."""
    box = letter.box_of(request)
    found = letter.found(request, box)
    if box == "mine":
        lines = sheets.my_lines(found)
    else:
        lines = sheets.task_lines(found, request.actor, letter.PERMISSIONS.get(box, "tasks.assign"))
    return hand_over("任务", sheets.LIST, lines, by=request.user, name=f"任务 {letter.BOXES[box]}")


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
    return hand_out(get_object_or_404(held, pk=file))


def answer_file(request: HttpRequest, pk: int, file: int) -> HttpResponse:
    """Hand out a file of an answer; before it was sent, to the branch alone."""
    return hand_out(get_object_or_404(letter.files(request, letter.of(request, pk)), pk=file))


def export(request: HttpRequest, pk: int) -> HttpResponse:
    """导出Excel: what each branch did."""
    task = fetch(request, Task, pk=pk)
    held = rows(request, Assignment).filter(task=task)
    lines = sheets.lines(held, board.park_names(task))
    return hand_over("办理情况", sheets.COLUMNS, lines, by=request.user, name=f"办理情况 {task.title[:40]}")
