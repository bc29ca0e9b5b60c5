"""What backups put under 待办, for the office and the system administrator: a line when they grow old or fail."""

from __future__ import annotations

from django.urls import reverse

from dangqun.kernel.backup.standing import standing
from dangqun.members.todo import TodoLine
from dangqun.orgs.access import Actor

WATCHES, MENDS = "backups.watch", "staff.enter"


def backup_lines(actor: Actor) -> list[TodoLine]:
    """Return one line when the last backup is too old or went wrong; nothing else. One query, for two roles only."""
    found = standing() if actor.can(WATCHES) else None
    if found is None or not (found.is_old or found.trouble):
        return []
    mends = actor.can(MENDS)
    note = found.trouble if mends and found.trouble else "资料有丢失的风险"
    line = TodoLine(
        icon="alert-triangle",
        kind="备份",
        title=found.sentence if found.is_old else "备份没有做成",
        issuer="",
        due=None,
        note=note if mends else f"{note}，请催系统管理员",
        verb="看怎么办" if mends else "看备份",
        url=reverse("backups"),
    )
    return [line]
