"""交办任务: the form with the choices that its author has; keeping what was understood as one draft."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone

from dangqun.kernel.pages import attempt, row_number
from dangqun.kernel.uploads import KINDS_IN_WORDS
from dangqun.notices.audience import tops, zones_within
from dangqun.notices.compose import tree
from dangqun.notices.models import Notice
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Org
from dangqun.tasks import rules
from dangqun.tasks.forms import TaskForm, initial
from dangqun.tasks.models import Task, last_day
from dangqun.tasks.places import NEEDS, Places
from dangqun.tasks.rules.issuing import MOST_FILES


def draft(request: HttpRequest, pk: int | None) -> Task | None:
    """Return the author's own draft, or 404; None for a new one."""
    if pk is None:
        return None
    return get_object_or_404(Task.objects.drafts(request.actor).select_related("notice"), pk=pk)  # type: ignore[attr-defined]


def notice_of(request: HttpRequest, task: Task | None) -> Notice | None:
    """Return the notice on which the task stands, or shall stand (`notice` in the address or the form), if she may open it."""
    if task is not None:
        return task.notice
    named = row_number(request.POST.get("notice", "") or request.GET.get("notice", ""))
    visible = Notice.objects.visible(request.actor).filter(state=Notice.State.PUBLISHED)  # type: ignore[attr-defined]
    return visible.filter(pk=named).first() if named else None


def form(request: HttpRequest, task: Task | None, notice: Notice | None) -> TaskForm:
    """Return the form: what was typed, or the draft, or an empty one for the receivers of a notice."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    allowed = {
        "orgs": set(Org.objects.reachable(actor, NEEDS).open(actor.day).values_list("pk", flat=True)),
        "zones": set(zones_within(actor, NEEDS).values_list("pk", flat=True)),
    }
    typed = request.POST if request.method == "POST" else None
    start = initial(task) if task else _empty(actor, notice)
    return TaskForm(typed, request.FILES or None, initial=start, allowed=allowed)


def keep(request: HttpRequest, written: TaskForm, task: Task | None, notice: Notice | None) -> Task | None:
    """Keep what was understood as the one draft of this writing, with its files; what was refused stands at its field."""
    if task is None and not written.says_something():
        return None
    facts = written.facts() | ({"notice": notice} if task is None and notice else {})
    writing = written.cleaned_data.get("writing")
    kept = attempt(written, rules.save_draft, task, facts, by=request.user, writing=writing)
    if kept is None:
        return task
    for file in request.FILES.getlist("files"):
        attempt(written, rules.attach, kept, file.name or "", file.read(), by=request.user)
    gone = row_number(request.POST.get("remove", ""))
    if gone is not None:
        rules.detach(get_object_or_404(kept.files, pk=gone), by=request.user)
    return kept


def page_of(
    request: HttpRequest, written: TaskForm, task: Task | None, notice: Notice | None
) -> dict[str, Any]:
    """Return what the page of 交办任务 shows."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    chosen = _chosen(written)
    least, provisional = rules.least_deadline(timezone.now())
    return {
        "form": written,
        "task": task,
        "notice": notice,
        "files": list(task.files.all()) if task else [],
        "most_files": MOST_FILES,
        "most_megabytes": settings.UPLOAD_LIMIT // 1024 // 1024,
        "kinds": KINDS_IN_WORDS,
        "tree": tree(actor, chosen["orgs"]),
        "zones": zones_within(actor, NEEDS),
        "chosen": chosen,
        "least": last_day(least),
        "provisional": provisional,
        "workdays": settings.TASK_WORKDAYS,
    }


def _empty(actor: Actor, notice: Notice | None) -> dict[str, Any]:
    """Return where a new task begins: the whole zone, or whom the notice was for; the least deadline."""
    places, whole = Places(), tops(actor)
    if notice is not None and not notice.audience.get("whole"):
        places = Places.of(notice.audience)
    least, _ = rules.least_deadline(timezone.now())
    return {
        "writing": uuid4(),
        "title": notice.title if notice else "",
        "orgs": places.orgs or (() if places.zones else whole),
        "zones": places.zones,
        "day": last_day(least),
        "answer": "text",
    }


def _chosen(written: TaskForm) -> dict[str, set[Any]]:
    """Return what is ticked, as the page shows it again."""
    if not written.is_bound:
        return {key: set(written.initial.get(key, ())) for key in ("orgs", "zones")}
    typed = getattr(written, "cleaned_data", {})
    return {key: set(typed.get(key) or ()) for key in ("orgs", "zones")}
