"""Publish a draft to everybody whom its audience means."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from dangqun.kernel.facts import record
from dangqun.kernel.live import nudge
from dangqun.kernel.rules import RuleBroken, verb
from dangqun.notices import writing as texts
from dangqun.notices.audience import Audience, receivers
from dangqun.notices.models import Notice, Receipt
from dangqun.notices.rules.drafts import office_of, refuse_unless_draft
from dangqun.orgs.access import Actor


@verb
def publish(notice: Notice, *, by: Any) -> Notice:
    """Publish a draft, as it is kept, to everybody whom its audience means today, in the name that its author has now.

    Raises RuleBroken when something is missing.
    """
    now, actor = timezone.now(), Actor.of(by)
    refuse_unless_draft(notice, "这个通知已经发布过了。")
    notice.refresh_from_db()
    _refuse_unready(notice, now)
    if not actor.covers("notices.publish", notice.org.path):
        notice.org = office_of(actor)
    people = list(receivers(Audience.of(notice.audience), actor).values_list("pk", "org_id", "account_id"))
    if not people:
        raise RuleBroken("还没有选到人。请在“发给”里选支部、片区或人员。", field="posts")
    notice.state, notice.published_at = Notice.State.PUBLISHED, now
    notice.save(update_fields=["org", "state", "published_at"])
    Receipt.objects.bulk_create(
        (Receipt(notice=notice, person_id=person, branch_id=branch) for person, branch, _ in people),
        batch_size=1000,
    )
    audience = {"audience": [None, notice.audience], "people": [None, len(people)]}
    record("notices.published", notice, by=by, changes=audience)
    nudge([f"user:{account}" for _, _, account in people if account])
    return notice


def _refuse_unready(notice: Notice, now: datetime) -> None:
    if not notice.title.strip():
        raise RuleBroken("请写标题。", field="title")
    if texts.is_blank(notice.body):
        raise RuleBroken("请写正文。", field="body")
    if notice.wants_signing and notice.deadline and notice.deadline <= now:
        raise RuleBroken("签收截止时间已经过了，请改晚一些。", field="deadline")
