"""What notices put under 待办."""

from __future__ import annotations

from django.urls import reverse

from dangqun.members.todo import TodoLine
from dangqun.notices.models import Receipt
from dangqun.orgs.access import Actor


def todo_lines(actor: Actor) -> list[TodoLine]:
    """Return the notices that the actor has still to sign for."""
    receipts = Receipt.objects.open_for(actor).select_related("notice__org")
    return [_line(receipt) for receipt in receipts.order_by("notice__deadline", "pk")[:200]]


def waiting(actor: Actor) -> int:
    """Return how many notices wait for the actor's signature."""
    return Receipt.objects.open_for(actor).count()


def _line(receipt: Receipt) -> TodoLine:
    notice = receipt.notice
    return TodoLine(
        icon="speakerphone",
        kind="通知",
        title=notice.title,
        issuer=notice.org.short_name,
        due=notice.deadline,
        note="请看过后签收" if receipt.reminded_at is None else "发布单位催办过，请尽快签收",
        verb="签收",
        url=reverse("notice", args=(notice.pk,)),
        post_url=reverse("notice-sign", args=(notice.pk,)),
    )
