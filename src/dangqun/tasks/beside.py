"""What became of a notice: the tasks that stand on it, shown at the foot of its page; the office may assign one there."""

from __future__ import annotations

from django.urls import reverse

from dangqun.notices.beside import Link
from dangqun.notices.models import Notice
from dangqun.orgs.access import Actor
from dangqun.tasks import board
from dangqun.tasks.models import Assignment, Task


def tasks_beside(actor: Actor, notice: Notice) -> list[Link]:
    """Return a link for each task on the notice that the actor may open, and for the office one to assign."""
    held = list(Task.objects.visible(actor).filter(notice=notice).order_by("issued_at"))
    watched = board.figures(held, actor, "tasks.watch") if held else {}
    links = [_link(task, watched.get(task.pk), actor) for task in held]
    if actor.covers("tasks.assign", notice.org.path) and notice.state == Notice.State.PUBLISHED:
        links.append(Link("就这个通知交办任务", f"{reverse('task-new')}?notice={notice.pk}"))
    return links


def _link(task: Task, part: board.Part | None, actor: Actor) -> Link:
    """Say how far the branches within reach are; to a branch, how far it is itself."""
    url = reverse("task", args=(task.pk,))
    if part is not None:
        told = "，".join(f"{word} {count}" for _, word, count in part.figures)
        return Link(f"任务：{task.title}", url, f"{part.all} 个支部：{told}")
    mine = Assignment.objects.own(actor).filter(task=task).first()
    return Link(f"任务：{task.title}", url, mine.get_state_display() if mine else "")
