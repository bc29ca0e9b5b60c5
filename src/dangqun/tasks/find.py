"""Tasks that match a text, among those that the actor may open."""

from django.db.models import QuerySet

from dangqun.kernel.search import plain, sought_text, terms, text_holds
from dangqun.orgs.access import Actor
from dangqun.tasks.models import Task


def find(actor: Actor, text: str) -> QuerySet[Task]:
    """Return issued tasks whose title, words or names of files hold every term of `text`, latest first."""
    wanted = terms(text)
    if not wanted:
        return Task.objects.none()
    seen = Task.objects.visible(actor).filter(withdrawn_at=None)
    return seen.filter(text_holds(wanted)).order_by("-issued_at", "-pk")


def sought_of(task: Task) -> str:
    """Return what a task is found by; a branch's answer and its files are no part of it."""
    files = task.files.filter(assignment=None).values_list("name", flat=True)
    return sought_text(task.title, plain(task.body), *files)
