"""Drafts and their files: keep, attach, detach, throw away."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Model
from django.utils import timezone

from dangqun.kernel.enclosures import forget, mark_of, stored
from dangqun.kernel.facts import Changes, record
from dangqun.kernel.rules import RuleBroken, verb
from dangqun.kernel.uploads import Upload, accept
from dangqun.notices import writing as texts
from dangqun.notices.models import Attachment, Notice
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Org
from dangqun.orgs.reach import Leaf

MOST_FILES = 10  # attachments of one notice
NO_MORE_FILES = "这个通知已经发布，附件不能再改。"
SCHEDULED = "这个通知定了时间，等着发布。要改内容，请先取消定时。"


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
    if notice.is_scheduled:
        raise RuleBroken(SCHEDULED)
    texts.screen(title=facts.get("title", ""), body=facts.get("body", ""))
    facts = {key: clean_body(value) if key == "body" else value for key, value in facts.items()}
    changed = {key: value for key, value in facts.items() if getattr(notice, key) != value}
    if not changed and not new:
        return notice
    changes = told(notice, changed)
    for key, value in changed.items():
        setattr(notice, key, value)
    notice.saved_at = timezone.now()
    if notice.pk is None:
        notice.save()
    else:  # compare and set: a late autosave must not turn a published notice into a draft again
        kept = Notice.objects.filter(pk=notice.pk, state=Notice.State.DRAFT, scheduled_for=None)
        if not kept.update(**changed, saved_at=notice.saved_at):
            raise RuleBroken("这个通知已经发布，不能再当草稿改。")
    record("notices.drafted" if new else "notices.redrafted", notice, by=by, changes=changes)
    return notice


@verb
def discard(notice: Notice, *, by: Any) -> None:
    """Throw a draft away with its files. Raises RuleBroken for a published notice."""
    refuse_unless_draft(notice, "已发布的通知不能丢弃。")
    record("notices.discarded", notice, by=by, changes={"title": [notice.title, None]})
    for attachment in notice.attachments.all():
        forget(attachment)
    notice.delete()


def attach(notice: Notice, name: str, content: bytes, *, by: Any) -> Attachment:
    """Add a file to a draft; the same file a second time changes nothing. Raises RuleBroken for what is not taken."""
    return _attach(notice, accepted(name, content), by=by)


def accepted(name: str, content: bytes) -> Upload:
    """Return a file as it may be kept. Raises RuleBroken for what is not taken."""
    try:
        texts.screen(file=name)
        return accept(name, content)  # takes a while for pictures, so it is done before the transaction
    except RuleBroken as refusal:
        raise RuleBroken(refusal.sentence, field="files") from refusal


@verb
def _attach(notice: Notice, upload: Upload, *, by: Any) -> Attachment:
    refuse_unless_draft(notice, NO_MORE_FILES)
    if notice.attachments.count() >= MOST_FILES:
        raise RuleBroken(f"一个通知最多带 {MOST_FILES} 个附件。请先移除用不着的。", field="files")
    return add_file(notice, upload, by=by)


@verb
def add_file(notice: Notice, upload: Upload, *, by: Any) -> Attachment:
    """Keep a file with a notice; the same file a second time changes nothing."""
    same = notice.attachments.filter(mark=mark_of(upload), name=upload.name).first()
    if same:
        if same.removed_at:  # put back by a later correction
            same.removed_at, same.removed_why = None, ""
            same.save(update_fields=["removed_at", "removed_why"])
            record("notices.attached", notice, by=by, changes={"attachment": [None, upload.name]})
        return same
    with stored(upload) as columns:
        attachment = notice.attachments.create(**columns)
        record("notices.attached", notice, by=by, changes={"attachment": [None, upload.name]})
    return attachment


@verb
def detach(attachment: Attachment, *, by: Any) -> None:
    """Take a file off a draft. Raises RuleBroken once published."""
    refuse_unless_draft(attachment.notice, NO_MORE_FILES)
    record("notices.detached", attachment.notice, by=by, changes={"attachment": [attachment.name, None]})
    forget(attachment)


def told(draft: Model, changed: dict[str, Any]) -> Changes:
    """Return what the auditor is told of a draft that is about to change: from what, to what; of a text how much alone."""
    return {
        key: texts.change_in_figures(getattr(draft, key), value)
        if key == "body"
        else [getattr(draft, key), value]
        for key, value in changed.items()
    }


def clean_body(text: str) -> str:
    """Return the text with only the tags that a notice needs."""
    return texts.clean(text)


def office_of(actor: Actor) -> Org:
    """Return the organisation in whose name an actor publishes. Raises RuleBroken without the right.

    Who publishes only by looking after a zone is a member of the committee, and speaks in its name.
    """
    paths = actor.paths("notices.publish")
    if not paths:
        raise RuleBroken("您没有发布通知的权限。")
    if all(isinstance(path, Leaf) for path in paths) and not actor.has_role("secretary"):
        return Org.objects.get(path="/{}/".format(paths[0].split("/")[1]))
    return Org.objects.filter(path__in=paths).order_by("path")[0]


def _begin_draft(by: Any, writing: UUID | None) -> tuple[Notice, bool]:
    """Return the draft of a writing, and whether it is new; the unique constraint lets only one be made."""
    start = {"author": by, "org": office_of(Actor.of(by)), "created_at": timezone.now()}
    if writing is None:
        return Notice(**start), True
    notice, new = Notice.objects.get_or_create(writing=writing, defaults=start)
    if notice.author_id != by.pk:
        raise RuleBroken("这一页放得太久了。请重新打开“写通知”，再把内容贴进去。")
    return notice, new


def refuse_unless_draft(notice: Notice, sentence: str) -> None:
    """Hold the draft until this change is done: nobody publishes, keeps or discards it meanwhile."""
    held = Notice.objects.select_for_update().filter(pk=notice.pk, state=Notice.State.DRAFT)
    found = list(held.values_list("scheduled_for"))
    if not found:
        raise RuleBroken(sentence)
    if found[0][0]:
        raise RuleBroken(SCHEDULED)
