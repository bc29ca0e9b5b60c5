"""Notices that match a text, among those that the actor received or may watch."""

from django.db.models import Q, QuerySet

from dangqun.notices.models import Notice
from dangqun.orgs.access import Actor


def find(actor: Actor, text: str) -> QuerySet[Notice]:
    """Return published notices whose title or text holds `text`, latest first.

    The text is stored as HTML: Latin letters are sought in titles only, else "li" would find every list.
    """
    wanted = Q(title__contains=text)
    if not text.isascii():
        wanted |= Q(body__contains=text)
    found = Notice.objects.visible(actor).filter(wanted, state=Notice.State.PUBLISHED)
    return found.select_related("org").order_by("-published_at")
