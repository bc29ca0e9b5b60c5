"""Notices that match a text, among those that the actor received or may watch."""

from django.db.models import QuerySet

from dangqun.kernel.search import plain, sought_text, terms, text_holds
from dangqun.notices.models import Notice
from dangqun.orgs.access import Actor


def find(actor: Actor, text: str) -> QuerySet[Notice]:
    """Return published notices whose title, words or names of files hold every term of `text`, latest first."""
    wanted = terms(text)
    if not wanted:
        return Notice.objects.none()
    seen = Notice.objects.visible(actor).filter(state=Notice.State.PUBLISHED)
    return seen.filter(text_holds(wanted)).order_by("-published_at", "-pk")


def sought_of(notice: Notice) -> str:
    """Return what a notice is found by; files that a correction took away are not among it."""
    files = notice.attachments.filter(removed_at=None).values_list("name", flat=True)
    return sought_text(notice.title, plain(notice.body), *files)
