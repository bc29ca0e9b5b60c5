"""What 重设登录 puts under 待办 of the one who is to confirm it."""

from __future__ import annotations

from django.urls import reverse

from dangqun.members.rules.resets import waiting_for
from dangqun.members.todo import TodoLine
from dangqun.orgs.access import Actor


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
            title=f"同意 {len(waiting)} 条登录重设",
            issuer=waiting[0].person.org.short_name,
            due=None,
            note="先问过本人，同意后交给他后半个码",
            verb="去处理",
            is_urgent=True,
            url=reverse("witness" if witness else "grants"),
        )
    ]
