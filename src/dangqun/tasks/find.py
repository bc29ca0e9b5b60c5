"""Tasks that match a text, among those that the actor may open."""

from django.db.models import Q, QuerySet

from dangqun.orgs.access import Actor
from dangqun.tasks.models import Task


def find(actor: Actor, text: str) -> QuerySet[Task]:
    """Return issued tasks whose title or text holds `text`, latest first; Latin letters are sought in titles only."""
    wanted = Q(title__contains=text)
    if not text.isascii():
        wanted |= Q(body__contains=text)
    return Task.objects.visible(actor).filter(wanted).select_related("org").order_by("-issued_at")
