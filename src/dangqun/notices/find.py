"""Notices that match a text, among those that the actor received or may watch."""

from django.db.models import QuerySet

from dangqun.notices.models import Notice
from dangqun.orgs.access import Actor


def find(actor: Actor, text: str) -> QuerySet[Notice]:
    """Return published notices whose title or text holds `text`, latest first."""
    found = Notice.objects.visible(actor).filter(state=Notice.State.PUBLISHED)
    return (
        (found.filter(title__contains=text) | found.filter(body__contains=text))
        .select_related("org")
        .order_by("-published_at")
    )
