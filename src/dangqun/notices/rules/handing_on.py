"""Drafts of somebody whose post ends: they stay with her office, and whoever publishes there may take them over."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from dangqun.kernel.facts import record, record_many
from dangqun.kernel.live import nudge
from dangqun.kernel.rules import RuleBroken, verb
from dangqun.members.models import Person
from dangqun.notices.models import Notice
from dangqun.orgs.access import Actor


@verb
def leave_drafts(person: Person, *, by: Any) -> int:
    """Mark the drafts that their author may not publish any more, so that her office sees them; unmark what she may again.

    Wired to `accounts.roles_changed`. Returns how many were marked.
    """
    if person.account is None:
        return 0
    actor, now = Actor.of(person.account), timezone.now()
    drafts = Notice.objects.filter(author=person.account, state=Notice.State.DRAFT).select_related("org")
    held = [(each, actor.covers("notices.publish", each.org.path)) for each in drafts]
    left = [each for each, may in held if not may and each.left_at is None]
    kept = [each.pk for each, may in held if may and each.left_at]
    Notice.objects.filter(pk__in=[each.pk for each in left]).update(left_at=now)
    Notice.objects.filter(pk__in=kept).update(left_at=None)
    if left:
        record_many("notices.left", [(each, {}) for each in left], by=by)
    return len(left)


@verb
def take_over(notice: Notice, *, by: Any) -> Notice:
    """接手: make a draft that was left, or that did not go out, one's own. Raises RuleBroken when another was faster."""
    before = notice.author
    free = Notice.objects.filter(pk=notice.pk, state=Notice.State.DRAFT, author=before)
    if before.pk == by.pk or not free.handed_on(Actor.of(by)).exists():
        raise RuleBroken("这个草稿已经有人接手，或者已经发布。")
    if not free.update(author=by, left_at=None):
        raise RuleBroken("这个草稿刚刚有人接手。")
    notice.refresh_from_db()
    record("notices.taken_over", notice, by=by, changes={"author": [str(before), str(by)]})
    nudge([f"user:{by.pk}", f"user:{before.pk}"])
    return notice
