"""What notices put under 待办."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone

from dangqun.members.todo import TodoLine
from dangqun.notices.models import Notice, Receipt
from dangqun.orgs.access import Actor

MOST = 200
FEW = 12


def todo_lines(actor: Actor) -> list[TodoLine]:
    """Return the notices that the actor has still to sign for; the urgent ones say so."""
    receipts = Receipt.objects.open_for(actor).select_related("notice__org")
    return [_line(receipt) for receipt in receipts.order_by("notice__deadline", "pk")[:MOST]]


def few_lines(actor: Actor) -> list[TodoLine]:
    """Return what else notices ask: corrections since she signed, drafts to take over, scheduled ones that did not go out."""
    return [*_corrected(actor), *_left(actor), *_held_back(actor)]


def waiting(actor: Actor) -> int:
    """Return how many notices wait for the actor's signature."""
    return Receipt.objects.open_for(actor).count()


def _line(receipt: Receipt) -> TodoLine:
    notice = receipt.notice
    note = "请看过后签收" if receipt.reminded_at is None else "发布单位催办过，请尽快签收"
    if receipt.earlier_signed_at:
        note = "更正过，请再签收一次"
    return TodoLine(
        icon="speakerphone",
        kind="紧急通知" if notice.is_urgent else "通知",
        title=notice.title,
        issuer=notice.org.short_name,
        due=notice.deadline,
        note=f"{notice.urgent_why}，{note}" if notice.is_urgent else note,
        verb="签收",
        url=reverse("notice", args=(notice.pk,)),
        post_url=reverse("notice-sign", args=(notice.pk,)),
        is_urgent=notice.is_urgent,
    )


def _corrected(actor: Actor) -> list[TodoLine]:
    held = Receipt.objects.corrected_for(actor, timezone.now()).select_related("notice__org")
    return [
        TodoLine(
            icon="edit",
            kind="已更正",
            title=each.notice.title,
            issuer=each.notice.org.short_name,
            due=None,
            note="您签收以后有更正，之前的签收仍算" if each.signed_at else "发给您的通知有更正",
            verb="知道了",
            url=reverse("notice", args=(each.notice_id,)),
            post_url=reverse("notice-noted", args=(each.notice_id,)),
        )
        for each in held.order_by("-corrected_at", "pk")[:FEW]
    ]


def _left(actor: Actor) -> list[TodoLine]:
    if not actor.can("notices.publish"):
        return []
    left = Notice.objects.handed_on(actor).filter(left_at__isnull=False).select_related("org")
    found = list(left.order_by("left_at", "pk")[:MOST])
    if not found:
        return []
    line = TodoLine(
        icon="edit",
        kind="交接",
        title=f"接手 {len(found)} 个通知草稿",
        issuer=found[0].org.short_name,
        due=min((each.scheduled_for for each in found if each.scheduled_for), default=None),
        note="起草人已经离任，接手以后就是您的草稿",
        verb="去接手",
        url=reverse("notices") + "?box=left",
    )
    return [line]


def _held_back(actor: Actor) -> list[TodoLine]:
    if not actor.can("notices.publish"):
        return []
    held = Notice.objects.filter(author=actor.user, state=Notice.State.DRAFT, left_at=None).exclude(
        held_back=""
    )
    return [
        TodoLine(
            icon="clock-exclamation",
            kind="没有发出",
            title=each.title,
            issuer=each.org.short_name,
            due=None,
            note=f"定时通知没有发出：{each.held_back}",
            verb="去看看",
            url=reverse("notice-edit", args=(each.pk,)),
        )
        for each in held.select_related("org").order_by("-pk")[:FEW]
    ]
