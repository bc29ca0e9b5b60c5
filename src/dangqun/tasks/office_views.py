"""What the issuing office does with a task: settle, send back, remind, extend, withdraw."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from dangqun.kernel.pages import attempt, back, page, toast
from dangqun.orgs.access import fetch, rows
from dangqun.tasks import board, rules
from dangqun.tasks.forms import ExtendForm, ReasonForm, hour_of
from dangqun.tasks.models import Assignment, Task, last_day


def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """办结 one branch's answer, or all that were answered."""
    task = fetch(request, Task, pk=pk)
    held = board.narrowed(request, rows(request, Assignment).filter(task=task))
    asked = held if request.POST.get("branch") else held.filter(state="answered")
    count = rules.settle(asked, by=request.user)
    toast(request, f"已办结 {count} 个支部。")
    return back(request, "task-map", pk)


def remind(request: HttpRequest, pk: int) -> HttpResponse:
    """催办 the branches that have something to do: all, or one."""
    task = fetch(request, Task, pk=pk)
    held = board.narrowed(request, rows(request, Assignment).filter(task=task))
    count = rules.remind(task, held, by=request.user)
    toast(request, f"已催办 {count} 个支部。")
    return back(request, "task-map", pk)


def extend(request: HttpRequest, pk: int) -> HttpResponse:
    """Give all that are open a later deadline, or one branch (`branch`)."""
    task = fetch(request, Task, pk=pk)
    held = board.narrowed(request, rows(request, Assignment).filter(task=task))
    one = held.select_related("branch").first() if request.GET.get("branch") else None
    due = one.due if one else task.deadline
    form = ExtendForm(request.POST or None, initial={"day": last_day(due), "hour": hour_of(due)})
    if request.method == "POST" and form.is_valid():
        to, why = form.deadline(), form.cleaned_data["why"]
        count = attempt(form, rules.extend, task, held, to=to, why=why, by=request.user)
        if count:
            toast(request, f"已给 {count} 个支部延期。")
            return redirect("task-map", pk)
    context = {"form": form, "task": task, "one": one, "due": due, "count": held.open().count()}
    return page(request, "tasks/extend.html", context)


def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """撤回 with its reason, after saying what follows."""
    task = fetch(request, Task, pk=pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        why = form.cleaned_data["why"]
        if attempt(form, rules.withdraw, task, why=why, by=request.user):
            toast(request, "已撤回。支部看得到理由，已有的反馈都留着。")
            return redirect("task-map", pk)
    held = rows(request, Assignment).filter(task=task)
    context = {"form": form, "task": task, "all": held.count(), "open": held.open().count()}
    return page(request, "tasks/withdraw.html", context)


def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """退回 one branch's answer with the reason."""
    held = get_object_or_404(rows(request, Assignment).select_related("task", "branch"), pk=pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        why = form.cleaned_data["why"]
        if attempt(form, rules.send_back, held, why=why, by=request.user):
            toast(request, f"已退回给{held.branch}。")
            return redirect("task-map", held.task_id)
    return page(request, "tasks/send_back.html", {"form": form, "assignment": held})
