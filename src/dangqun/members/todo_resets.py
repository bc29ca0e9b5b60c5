"""What ways into accounts put under 待办: of the one who is to confirm one, and of the one whose account it is."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from dangqun.kernel.calendars import local
from dangqun.members.models import Activation
from dangqun.members.rules.resets import waiting_for
from dangqun.members.todo import TodoLine
from dangqun.orgs.access import Actor

TOLD_FOR = timedelta(days=7)  # nothing that is done in the account takes the lines away before
MOST = 5


def reset_lines(actor: Actor) -> list[TodoLine]:
    """Return one line for all that waits for a second person to open somebody's way in."""
    witness = actor.can("resets.witness")
    if not witness and not actor.can("staff.grant"):
        return []
    waiting = list(waiting_for(actor.user, witness=witness)[:20])
    if not waiting:
        return []
    return [
        TodoLine(
            icon="shield-lock",
            kind="授权",
            title=f"同意 {len(waiting)} 条登录申请",
            issuer=waiting[0].person.org.short_name,
            due=None,
            note="先问过本人，同意后交给他后半个码",
            verb="去处理",
            is_urgent=True,
            url=reverse("witness" if witness else "grants"),
        )
    ]


def code_lines(actor: Actor) -> list[TodoLine]:
    """Return a line for each code that others asked for or issued to somebody who had activated; one query."""
    activated = getattr(actor.user, "activated_at", None)
    if activated is None:
        return []
    since = max(activated, timezone.now() - TOLD_FOR)
    held = Activation.objects.filter(person__account=actor.user, issued_at__gt=since)
    held = held.exclude(issued_by=actor.user.pk).exclude(issued_by=None).select_related("issued_by")
    return [_told(each) for each in held.order_by("-issued_at", "-pk")[:MOST]]


def _told(held: Activation) -> TodoLine:
    is_open = not (held.used_at or held.withdrawn_at) and held.expires_at > timezone.now()
    return TodoLine(
        icon="key",
        kind="登录",
        title=f"{held.issued_by}{'申请重设您的登录' if held.needs_second else '给您重发了激活码'}",
        issuer="",
        due=None,
        note=f"{local(held.issued_at):%m-%d %H:%M}，{_state_of(held, is_open)}",
        verb="去核对",
        is_urgent=is_open,
        url=reverse("me-devices"),
    )


def _state_of(held: Activation, is_open: bool) -> str:
    if held.used_at:
        return f"{local(held.used_at):%m-%d %H:%M} 用过了。不是您用的，请马上告诉综合党委"
    if not is_open:
        return "没有用，已经作废"
    if held.needs_second and held.confirmed_at is None:
        return "等另一位管理员同意。不是您要的，请马上告诉他"
    return f"还没有用，{local(held.expires_at):%m-%d %H:%M} 前有效。不是您要的，请马上告诉综合党委"
