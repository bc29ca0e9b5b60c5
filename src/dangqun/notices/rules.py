"""Verbs on notices: draft, publish, sign, take a signature back, remind. Opening one is recorded nowhere."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import nh3
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from dangqun.kernel.calendars import local
from dangqun.kernel.facts import record
from dangqun.kernel.live import nudge
from dangqun.kernel.rules import RuleBroken, verb
from dangqun.members.models import Person
from dangqun.notices.audience import Audience, receivers
from dangqun.notices.models import Notice, Receipt, Reminder
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Org

TAGS = {
    "p",
    "br",
    "strong",
    "em",
    "b",
    "i",
    "u",
    "h2",
    "h3",
    "ul",
    "ol",
    "li",
    "blockquote",
    "a",
    "div",
    "del",
}


@verb
def save_draft(notice: Notice | None, facts: dict[str, Any], *, by: Any) -> Notice:
    """Keep a draft as it stands. `facts`: title, body, audience, wants_signing, deadline. Raises RuleBroken once published."""
    notice = notice or Notice(author=by, org=office_of(Actor.of(by)), created_at=timezone.now())
    if notice.state != Notice.State.DRAFT:
        raise RuleBroken("这个通知已经发布，不能再当草稿改。")
    for key, value in facts.items():
        setattr(notice, key, clean_body(value) if key == "body" else value)
    new = notice.pk is None
    notice.save()
    record("notices.drafted" if new else "notices.redrafted", notice, by=by)
    return notice


@verb
def discard(notice: Notice, *, by: Any) -> None:
    """Throw a draft away. Raises RuleBroken for a published notice."""
    if notice.state != Notice.State.DRAFT:
        raise RuleBroken("已发布的通知不能丢弃。")
    record("notices.discarded", notice, by=by, changes={"title": [notice.title, None]})
    notice.delete()


@verb
def publish(notice: Notice, *, by: Any) -> Notice:
    """Publish a draft to everybody whom its audience means today. Raises RuleBroken when something is missing."""
    now = timezone.now()
    _refuse_unready(notice, now)
    people = list(
        receivers(Audience.of(notice.audience), Actor.of(by)).values_list("pk", "org_id", "account_id")
    )
    if not people:
        raise RuleBroken("还没有选到人。请在“发给”里选支部、片区或人员。", field="posts")
    claimed = Notice.objects.filter(pk=notice.pk, state=Notice.State.DRAFT).update(
        state=Notice.State.PUBLISHED, published_at=now
    )
    if not claimed:
        raise RuleBroken("这个通知已经发布过了。")
    Receipt.objects.bulk_create(
        (Receipt(notice=notice, person_id=person, branch_id=branch) for person, branch, _ in people),
        batch_size=1000,
    )
    notice.refresh_from_db()
    audience = {"audience": [None, notice.audience], "people": [None, len(people)]}
    record("notices.published", notice, by=by, changes=audience)
    nudge([f"user:{account}" for _, _, account in people if account])
    return notice


@verb
def sign(receipt: Receipt, *, by: Any) -> Receipt:
    """Sign for a notice; a second tap changes nothing. Raises RuleBroken for somebody else's receipt."""
    if receipt.person.account_id != by.pk:
        raise RuleBroken("只能签收发给自己的通知。")
    now = timezone.now()
    if Receipt.objects.filter(pk=receipt.pk, signed_at=None).update(signed_at=now):
        receipt.signed_at = now
        record("notices.signed", receipt, by=by, org=receipt.branch)
        nudge([f"notice:{receipt.notice_id}", f"user:{by.pk}"])
    return receipt


@verb
def unsign(receipt: Receipt, *, by: Any) -> Receipt:
    """Take one's signature back, for a short while. Raises RuleBroken when it is too late."""
    if receipt.person.account_id != by.pk:
        raise RuleBroken("只能撤销自己的签收。")
    if not can_unsign(receipt):
        raise RuleBroken(f"签收已超过 {settings.UNDO_SIGN_SECONDS // 60} 分钟，不能撤销了。")
    Receipt.objects.filter(pk=receipt.pk).update(signed_at=None)
    receipt.signed_at = None
    record("notices.unsigned", receipt, by=by, org=receipt.branch)
    nudge([f"notice:{receipt.notice_id}", f"user:{by.pk}"])
    return receipt


@verb
def remind(notice: Notice, receipts: QuerySet[Receipt], *, scope: str, by: Any) -> Reminder:
    """Remind those of `receipts` who have not signed. Raises RuleBroken when nobody is missing or it is too soon.

    The pause of REMIND_MINUTES holds for each receiver, whichever way she is reached (all, park, branch, person).
    """
    now = timezone.now()
    missing = receipts.missing().filter(notice=notice)
    if not missing.exists():
        raise RuleBroken("这里的人都签收了，不用催。")
    pause = timedelta(minutes=settings.REMIND_MINUTES)
    due = missing.exclude(reminded_at__gt=now - pause)
    people = list(due.values_list("pk", "person__account_id"))
    if not people:
        last = local(missing.order_by("-reminded_at").values_list("reminded_at", flat=True)[0])
        raise RuleBroken(f"{last:%H:%M} 刚催过，{settings.REMIND_MINUTES} 分钟后可再催。")
    Receipt.objects.filter(pk__in=[pk for pk, _ in people]).update(reminded_at=now)
    reminder = Reminder.objects.create(notice=notice, by=by, at=now, scope=scope[:120], people=len(people))
    record("notices.reminded", notice, by=by, changes={"people": [None, len(people)]}, why=scope)
    nudge([f"user:{account}" for _, account in people if account] + [f"notice:{notice.pk}"])
    return reminder


def can_unsign(receipt: Receipt) -> bool:
    """Whether a signature may still be taken back."""
    since = timezone.now() - timedelta(seconds=settings.UNDO_SIGN_SECONDS)
    return receipt.signed_at is not None and receipt.signed_at > since


def clean_body(text: str) -> str:
    """Return the text with only the tags that a notice needs; scripts, styles and foreign addresses of pictures go."""
    return nh3.clean(text, tags=TAGS, attributes={"a": {"href"}}, url_schemes={"http", "https", "mailto"})


def office_of(actor: Actor) -> Org:
    """Return the organisation in whose name an actor publishes. Raises RuleBroken without the right."""
    paths = actor.paths("notices.publish")
    if not paths:
        raise RuleBroken("您没有发布通知的权限。")
    return Org.objects.filter(path__in=paths).order_by("path")[0]


def receipt_of(notice: Notice, user: Any) -> Receipt | None:
    """Return the user's own receipt, if the notice was addressed to her."""
    return notice.receipts.filter(person__account=user).select_related("person", "branch").first()


def _refuse_unready(notice: Notice, now: datetime) -> None:
    if not notice.title.strip():
        raise RuleBroken("请写标题。", field="title")
    if not nh3.clean(notice.body, tags=set()).strip():
        raise RuleBroken("请写正文。", field="body")
    if notice.deadline and notice.deadline <= now:
        raise RuleBroken("签收截止时间已经过了，请改晚一些。", field="deadline")


def pickable(actor: Actor, text: str) -> QuerySet[Person]:
    """Return people within reach whom an author may pick by name."""
    return (
        Person.objects.reachable(actor, "notices.publish").filter(name__contains=text).select_related("org")
    )
