"""Publish a draft to everybody whom its audience means: now, or at a time; and take a published one back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from dangqun.kernel.bulk import insert_rows
from dangqun.kernel.calendars import local
from dangqun.kernel.facts import record
from dangqun.kernel.jobs import hourly, job, later_at
from dangqun.kernel.live import nudge
from dangqun.kernel.rules import RuleBroken, verb
from dangqun.notices import writing as texts
from dangqun.notices.audience import Audience, receivers
from dangqun.notices.find import sought_of
from dangqun.notices.models import Notice, Receipt
from dangqun.notices.rules.drafts import office_of, refuse_unless_draft
from dangqun.notices.rules.receipts import hold_all
from dangqun.orgs.access import Actor


@verb
def publish(notice: Notice, *, by: Any) -> Notice:
    """Publish a draft, as it is kept, to everybody whom its audience means today, in the name that its author has now.

    Its author is among the receivers, but is not asked to sign what she wrote. Raises RuleBroken when something is missing.
    """
    refuse_unless_draft(notice, "这个通知已经发布过了。")
    return _send(notice, by)


@verb
def schedule(notice: Notice, at: datetime, *, by: Any) -> Notice:
    """Let a draft go out by itself at a time; a second time takes the place of the first.

    Raises RuleBroken when something is missing, and for a time that is over or nearer than SCHEDULE_MINUTES.
    """
    now, actor = timezone.now(), Actor.of(by)
    _hold(notice, "这个通知已经发布过了。")
    least = now + timedelta(minutes=settings.SCHEDULE_MINUTES)
    if at < least:
        raise RuleBroken(
            f"定时至少要在 {settings.SCHEDULE_MINUTES} 分钟以后，现在是 {local(now):%H:%M}。"
            "要马上发，请用“发布通知”。",
            field="scheduled_for",
        )
    _refuse_unready(notice, max(now, at), deadline="签收截止要晚于定时发布的时间，请改晚一些。")
    if not receivers(Audience.of(notice.audience), actor).exists():
        raise RuleBroken("还没有选到人。请在“发给”里选支部、片区或人员。", field="posts")
    before, notice.scheduled_for, notice.held_back = notice.scheduled_for, at, ""
    notice.save(update_fields=["scheduled_for", "held_back"])
    record("notices.scheduled", notice, by=by, changes={"scheduled_for": [before, at]})
    later_at(at, publish_when_due, notice.pk)
    nudge([f"user:{by.pk}"])
    return notice


@verb
def unschedule(notice: Notice, *, by: Any) -> Notice:
    """Make a scheduled notice an ordinary draft again. Raises RuleBroken once it has gone out."""
    _hold(notice, "这个通知已经发布出去了，不能再取消定时。可以撤回它。")
    if notice.scheduled_for is None:
        return notice
    before, notice.scheduled_for = notice.scheduled_for, None
    notice.save(update_fields=["scheduled_for"])
    record("notices.unscheduled", notice, by=by, changes={"scheduled_for": [before, None]})
    nudge([f"user:{by.pk}"])
    return notice


@job
def publish_when_due(notice_id: int) -> None:
    """Publish a scheduled notice whose time has come, in its author's name and reach of that moment; else say why not.

    Safe to run twice, and at a time that was changed meanwhile: what is due stands in the notice alone.
    """
    due = Notice.objects.filter(pk=notice_id, state=Notice.State.DRAFT, scheduled_for__lte=timezone.now())
    notice = due.select_related("author", "org").first()
    if notice is None:
        return
    try:
        _go_out(notice, by=notice.author)
    except RuleBroken as refusal:
        _hold_back(notice, refusal.sentence, by=notice.author)


@hourly
def publish_all_due() -> None:
    """Publish what is due although its job was lost (a restored backup has none)."""
    due = Notice.objects.filter(state=Notice.State.DRAFT, scheduled_for__lte=timezone.now())
    for pk in list(due.values_list("pk", flat=True)):
        publish_when_due(pk)


@verb
def withdraw(notice: Notice, *, why: str, by: Any) -> Notice:
    """撤回: receivers see title and reason, no text and no files; receipts stay, nobody signs any more.

    Raises RuleBroken without a reason and for what is not published.
    """
    why = why.strip()
    if not why:
        raise RuleBroken("请写撤回的原因，收到的人看得到。", field="why")
    texts.screen(why=why)
    hold_all(notice)
    held = Notice.objects.filter(pk=notice.pk)
    if not held.filter(state=Notice.State.PUBLISHED).update(
        state=Notice.State.WITHDRAWN, withdrawn_at=timezone.now(), withdrawn_by=by, withdrawn_why=why
    ):
        raise RuleBroken("这个通知已经撤回了。" if held.exists() else "没有这个通知。")
    notice.refresh_from_db()
    record("notices.withdrawn", notice, by=by, why=why)
    tell_receivers(notice)
    return notice


def tell_receivers(notice: Notice) -> None:
    """Nudge everybody who received a notice, and whoever watches it."""
    accounts = notice.receipts.filter(person__account__isnull=False)
    nudge(
        [f"user:{pk}" for pk in accounts.values_list("person__account", flat=True)] + [f"notice:{notice.pk}"]
    )


@verb
def _go_out(notice: Notice, *, by: Any) -> Notice:
    _hold(notice, "这个通知已经发布过了。")
    if notice.left_at is not None:
        raise RuleBroken("起草人已经不在这个岗位，没有人接手。")
    return _send(notice, by)


@verb
def _hold_back(notice: Notice, why: str, *, by: Any) -> None:
    """Keep a scheduled notice as a draft, with why it did not go out; its author and her office see it."""
    held = Notice.objects.filter(pk=notice.pk, state=Notice.State.DRAFT)
    if held.update(scheduled_for=None, held_back=why[:200]):
        record("notices.held_back", notice, by=by, why=why)
        nudge([f"user:{notice.author_id}"])


def _send(notice: Notice, by: Any) -> Notice:
    now, actor = timezone.now(), Actor.of(by)
    notice.refresh_from_db()
    _refuse_unready(notice, now)
    if notice.author_id != by.pk or not actor.covers("notices.publish", notice.org.path):
        notice.org = office_of(actor)
    meant = receivers(Audience.of(notice.audience), actor)
    people = list(meant.values_list("pk", "org_id", "account_id"))
    if not any(account != by.pk for _, _, account in people):
        raise RuleBroken("还没有选到人。请在“发给”里选支部、片区或人员。", field="posts")
    notice.state, notice.published_at, notice.held_back = Notice.State.PUBLISHED, now, ""
    notice.sought, notice.addressed = sought_of(notice), len(people)
    notice.save(update_fields=["org", "state", "published_at", "addressed", "held_back", "sought"])
    insert_rows(
        Receipt,
        [
            {
                "notice_id": notice.pk,
                "person_id": person,
                "branch_id": branch,
                "signed_at": now if account == by.pk and notice.wants_signing else None,
            }
            for person, branch, account in people
        ],
    )
    audience = {"audience": [None, notice.audience], "people": [None, len(people)]}
    record("notices.published", notice, by=by, changes=audience)
    nudge([f"user:{account}" for _, _, account in people if account])
    return notice


def _hold(notice: Notice, sentence: str) -> None:
    """Hold a draft, scheduled or not, until this change is done, and read it as it is kept."""
    if not list(
        Notice.objects.select_for_update().filter(pk=notice.pk, state=Notice.State.DRAFT).values_list("pk")
    ):
        raise RuleBroken(sentence)
    notice.refresh_from_db()


def _refuse_unready(
    notice: Notice, at: datetime, *, deadline: str = "签收截止时间已经过了，请改晚一些。"
) -> None:
    texts.screen(title=notice.title, body=notice.body, why=notice.urgent_why)
    if not notice.title.strip():
        raise RuleBroken("请写标题。", field="title")
    if texts.is_blank(notice.body):
        raise RuleBroken("请写正文。", field="body")
    if notice.is_urgent and not notice.urgent_why.strip():
        raise RuleBroken("选了“紧急”，请写一句为什么等不得。", field="urgent_why")
    if notice.wants_signing and notice.deadline and notice.deadline <= at:
        raise RuleBroken(deadline, field="deadline")
