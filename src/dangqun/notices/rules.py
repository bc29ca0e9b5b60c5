"""Verbs on notices: draft, attach, publish, sign, take a signature back, remind. Opening one is recorded nowhere."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from dangqun.kernel.calendars import local
from dangqun.kernel.crypto import blind_index
from dangqun.kernel.facts import record
from dangqun.kernel.live import nudge
from dangqun.kernel.rules import RuleBroken, verb
from dangqun.kernel.uploads import Upload, accept, drop, store
from dangqun.notices import writing as texts
from dangqun.notices.audience import Audience, receivers
from dangqun.notices.models import Attachment, Notice, Receipt, ReceiptQuerySet, Reminder
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Org

MOST_FILES = 10  # attachments of one notice
NO_MORE_FILES = "这个通知已经发布，附件不能再改。"


@verb
def save_draft(
    notice: Notice | None, facts: dict[str, Any], *, by: Any, writing: UUID | None = None
) -> Notice:
    """Keep a draft as it stands; what one page of 写通知 sends, however often, is one draft (`writing`).

    `facts`: any of title, body, audience, wants_signing, deadline. Raises RuleBroken once published.
    """
    new = False
    if notice is None:
        notice, new = _begin_draft(by, writing)
    if notice.state != Notice.State.DRAFT:
        raise RuleBroken("这个通知已经发布，不能再当草稿改。")
    facts = {key: clean_body(value) if key == "body" else value for key, value in facts.items()}
    changed = {key: value for key, value in facts.items() if getattr(notice, key) != value}
    if not changed and not new:
        return notice
    for key, value in changed.items():
        setattr(notice, key, value)
    notice.saved_at = timezone.now()
    if notice.pk is None:
        notice.save()
    else:  # compare and set: a late autosave must not turn a published notice into a draft again
        kept = Notice.objects.filter(pk=notice.pk, state=Notice.State.DRAFT)
        if not kept.update(**changed, saved_at=notice.saved_at):
            raise RuleBroken("这个通知已经发布，不能再当草稿改。")
    record("notices.drafted" if new else "notices.redrafted", notice, by=by)
    return notice


@verb
def discard(notice: Notice, *, by: Any) -> None:
    """Throw a draft away with its files. Raises RuleBroken for a published notice."""
    _refuse_unless_draft(notice, "已发布的通知不能丢弃。")
    record("notices.discarded", notice, by=by, changes={"title": [notice.title, None]})
    for attachment in notice.attachments.all():
        _forget_file(attachment)
    notice.delete()


def attach(notice: Notice, name: str, content: bytes, *, by: Any) -> Attachment:
    """Add a file to a draft; the same file a second time changes nothing. Raises RuleBroken for what is not taken."""
    if notice.attachments.count() >= MOST_FILES:
        raise RuleBroken(f"一个通知最多带 {MOST_FILES} 个附件。请先移除用不着的。", field="files")
    try:
        upload = accept(name, content)  # takes a while for pictures, so it is done before the transaction
    except RuleBroken as refusal:
        raise RuleBroken(refusal.sentence, field="files") from refusal
    return _attach(notice, upload, by=by)


@verb
def _attach(notice: Notice, upload: Upload, *, by: Any) -> Attachment:
    _refuse_unless_draft(notice, NO_MORE_FILES)
    mark = blind_index("files", hashlib.sha256(upload.content).hexdigest())
    same = notice.attachments.filter(mark=mark, name=upload.name).first()
    if same:
        return same
    key = store(upload.content)
    try:
        attachment = notice.attachments.create(
            name=upload.name,
            kind=upload.kind,
            size=len(upload.content),
            key=key,
            mark=mark,
            added_at=timezone.now(),
        )
        record("notices.attached", notice, by=by, changes={"attachment": [None, upload.name]})
    except BaseException:
        drop(key)
        raise
    return attachment


@verb
def detach(attachment: Attachment, *, by: Any) -> None:
    """Take a file off a draft. Raises RuleBroken once published."""
    _refuse_unless_draft(attachment.notice, NO_MORE_FILES)
    record("notices.detached", attachment.notice, by=by, changes={"attachment": [attachment.name, None]})
    _forget_file(attachment)


@verb
def publish(notice: Notice, *, by: Any) -> Notice:
    """Publish a draft, as it is kept, to everybody whom its audience means today, in the name that its author has now.

    Raises RuleBroken when something is missing.
    """
    now, actor = timezone.now(), Actor.of(by)
    _refuse_unless_draft(notice, "这个通知已经发布过了。")
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
        raise RuleBroken(f"签收已超过 {undo_minutes()} 分钟，不能撤销了。")
    Receipt.objects.filter(pk=receipt.pk).update(signed_at=None)
    receipt.signed_at = None
    record("notices.unsigned", receipt, by=by, org=receipt.branch)
    nudge([f"notice:{receipt.notice_id}", f"user:{by.pk}"])
    return receipt


@verb
def remind(
    notice: Notice, receipts: ReceiptQuerySet, *, scope: str, by: Any, place: Org | None = None
) -> Reminder:
    """Remind those of `receipts` who have not signed; `place` is where they belong (else: all of the issuer's).

    Raises RuleBroken when nobody is missing or it is too soon.

    The pause of REMIND_MINUTES holds for each receiver, whichever way she is reached (all, park, branch, person).
    """
    now = timezone.now()
    missing = receipts.missing().filter(notice=notice)
    if not missing.exists():
        raise RuleBroken("这里的人都签收了，不用催。")
    due = missing.due_for_reminding(now)
    people = list(due.values_list("pk", "person__account_id"))
    if not people:
        last = missing.order_by("-reminded_at").values_list("reminded_at", flat=True)[0]
        raise RuleBroken(just_reminded(last))
    Receipt.objects.filter(pk__in=[pk for pk, _ in people]).update(reminded_at=now)
    reminder = Reminder.objects.create(
        notice=notice, place=place or notice.org, by=by, at=now, scope=scope[:120], people=len(people)
    )
    record("notices.reminded", notice, by=by, changes={"people": [None, len(people)]}, why=scope)
    nudge([f"user:{account}" for _, account in people if account] + [f"notice:{notice.pk}"])
    return reminder


def can_unsign(receipt: Receipt, at: datetime | None = None) -> bool:
    """Whether a signature may still be taken back, now or at that moment: for less than UNDO_SIGN_SECONDS."""
    since = (at or timezone.now()) - timedelta(seconds=settings.UNDO_SIGN_SECONDS)
    return receipt.signed_at is not None and receipt.signed_at > since


def undo_minutes() -> int:
    """Return for how many minutes a signature may be taken back."""
    return settings.UNDO_SIGN_SECONDS // 60


def just_reminded(at: datetime) -> str:
    """Say why nobody is reminded now."""
    return f"{local(at):%H:%M} 刚催过，{settings.REMIND_MINUTES} 分钟后可再催。"


def clean_body(text: str) -> str:
    """Return the text with only the tags that a notice needs."""
    return texts.clean(text)


def office_of(actor: Actor) -> Org:
    """Return the organisation in whose name an actor publishes. Raises RuleBroken without the right."""
    paths = actor.paths("notices.publish")
    if not paths:
        raise RuleBroken("您没有发布通知的权限。")
    return Org.objects.filter(path__in=paths).order_by("path")[0]


def receipt_of(notice: Notice, user: Any) -> Receipt | None:
    """Return the user's own receipt, if the notice was addressed to her."""
    return notice.receipts.filter(person__account=user).select_related("person", "branch").first()


def _begin_draft(by: Any, writing: UUID | None) -> tuple[Notice, bool]:
    """Return the draft of a writing, and whether it is new; the unique constraint lets only one be made."""
    start = {"author": by, "org": office_of(Actor.of(by)), "created_at": timezone.now()}
    if writing is None:
        return Notice(**start), True
    notice, new = Notice.objects.get_or_create(writing=writing, defaults=start)
    if notice.author_id != by.pk:
        raise RuleBroken("这一页放得太久了。请重新打开“写通知”，再把内容贴进去。")
    return notice, new


def _refuse_unless_draft(notice: Notice, sentence: str) -> None:
    """Hold the draft until this change is done: nobody publishes, keeps or discards it meanwhile."""
    held = Notice.objects.select_for_update().filter(pk=notice.pk, state=Notice.State.DRAFT)
    if not list(held.values_list("pk")):
        raise RuleBroken(sentence)


def _forget_file(attachment: Attachment) -> None:
    """Delete a file's row now, and its bytes once that is certain."""
    key = attachment.key
    attachment.delete()
    transaction.on_commit(lambda: drop(key), robust=True)


def _refuse_unready(notice: Notice, now: datetime) -> None:
    if not notice.title.strip():
        raise RuleBroken("请写标题。", field="title")
    if texts.is_blank(notice.body):
        raise RuleBroken("请写正文。", field="body")
    if notice.wants_signing and notice.deadline and notice.deadline <= now:
        raise RuleBroken("签收截止时间已经过了，请改晚一些。", field="deadline")
