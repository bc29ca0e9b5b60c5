"""更正: change a published notice; what stood before, who changed it, when and why stay with it, and so do the receipts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils import timezone

from dangqun.kernel.calendars import local
from dangqun.kernel.facts import record
from dangqun.kernel.rules import RuleBroken, verb
from dangqun.kernel.uploads import Upload
from dangqun.notices import writing as texts
from dangqun.notices.find import sought_of
from dangqun.notices.marking import marked
from dangqun.notices.models import Attachment, Edition, Notice, Receipt
from dangqun.notices.rules.drafts import MOST_FILES, add_file
from dangqun.notices.rules.publishing import tell_receivers
from dangqun.notices.rules.receipts import hold_all

OVERTAKEN = "刚刚有人更正过这个通知。请看看现在的样子，再改一次；您写的还在这一页上。"


@dataclass(frozen=True)
class Correction:
    """What a correction says: the new title, text and deadline, files to add and to remove, why, and who signs again."""

    title: str
    body: str
    deadline: datetime | None
    why: str
    asks_again: bool = False
    added: Sequence[Upload] = ()
    removed: Sequence[Attachment] = field(default=())


@verb
def correct(notice: Notice, wanted: Correction, *, seen: int, by: Any) -> Edition:
    """Change a published notice; `seen` is the edition that its author had before her.

    Receipts stay. With `asks_again` those who signed are asked once more, and what they signed before stays beside it;
    else they find a line under 待办. Raises RuleBroken without a reason or a change, when somebody else was faster, for a
    withdrawn notice, and for a deadline that is over.
    """
    now, body = timezone.now(), texts.clean(wanted.body)
    _refuse(notice, wanted, body, now)
    before: dict[str, Any] = {"title": notice.title, "body": notice.body, "deadline": notice.deadline}
    changes = _told(notice, wanted, body)
    hold_all(notice)
    free = Notice.objects.filter(pk=notice.pk, state=Notice.State.PUBLISHED, edition=seen)
    if not free.update(title=wanted.title, body=body, deadline=wanted.deadline, edition=F("edition") + 1):
        raise RuleBroken(OVERTAKEN)
    notice.refresh_from_db()
    for upload in wanted.added:
        add_file(notice, upload, by=by)
    _strike_out(wanted, now)
    Notice.objects.filter(pk=notice.pk).update(sought=sought_of(notice))
    seen_text = marked(before["body"], body)
    edition = Edition.objects.create(
        notice=notice,
        number=notice.edition,
        at=now,
        by=by,
        why=wanted.why.strip(),
        asks_again=wanted.asks_again,
        marked=seen_text.html,
        notes=[*(words for words, _ in changes), *seen_text.notes],
        **before,
    )
    _tell_signed(notice, wanted.asks_again, now)
    told: dict[str, list[Any]] = {key: [before[key], getattr(notice, key)] for key in ("title", "deadline")}
    told = {key: pair for key, pair in told.items() if pair[0] != pair[1]}
    if body != before["body"]:
        told["body"] = texts.change_in_figures(before["body"], body)
    record(
        "notices.corrected",
        notice,
        by=by,
        changes=told | {"edition": [seen, notice.edition]},
        why=edition.why,
    )
    tell_receivers(notice)
    return edition


def _refuse(notice: Notice, wanted: Correction, body: str, now: datetime) -> None:
    texts.screen(title=wanted.title, body=body, why=wanted.why)
    if notice.state != Notice.State.PUBLISHED:
        raise RuleBroken("只有已经发布、没有撤回的通知才能更正。")
    if not wanted.title.strip():
        raise RuleBroken("请写标题。", field="title")
    if texts.is_blank(body):
        raise RuleBroken("请写正文。", field="body")
    if not wanted.why.strip():
        raise RuleBroken("请写更正的原因，收到的人看得到。", field="why")
    if wanted.deadline != notice.deadline and wanted.deadline and wanted.deadline <= now:
        raise RuleBroken("签收截止时间已经过了，请改晚一些。", field="deadline")
    held = notice.attachments.filter(removed_at=None).count()
    if held - len(wanted.removed) + len(wanted.added) > MOST_FILES:
        raise RuleBroken(f"一个通知最多带 {MOST_FILES} 个附件。请先移除用不着的。", field="files")
    same = (wanted.title, body, wanted.deadline) == (notice.title, notice.body, notice.deadline)
    if same and not wanted.added and not wanted.removed:
        raise RuleBroken("和现在的一样，没有要更正的。")


def _told(notice: Notice, wanted: Correction, body: str) -> list[tuple[str, str]]:
    """Say what changed besides the text."""
    told = []
    if wanted.title != notice.title:
        told.append((f"标题原为“{notice.title}”。", "title"))
    if wanted.deadline != notice.deadline:
        before = f"{local(notice.deadline):%-m月%-d日 %H:%M}" if notice.deadline else "不限时间"
        told.append((f"签收截止原为 {before}。", "deadline"))
    told += [(f"新加附件“{each.name}”。", "files") for each in wanted.added]
    told += [(f"移除附件“{each.name}”。", "files") for each in wanted.removed]
    return told


def _strike_out(wanted: Correction, now: datetime) -> None:
    removed = Attachment.objects.filter(pk__in=[each.pk for each in wanted.removed], removed_at=None)
    removed.update(removed_at=now, removed_why=wanted.why.strip()[:200])


def _tell_signed(notice: Notice, asks_again: bool, now: datetime) -> None:
    """Ask those who signed once more, or put a line under their 待办; its author is asked nothing."""
    others = Receipt.objects.filter(notice=notice).exclude(person__account=notice.author_id)
    known = others.filter(signed_at__isnull=False) if notice.wants_signing else others
    if asks_again and notice.wants_signing:
        known.update(
            earlier_signed_at=F("signed_at"), signed_at=None, signed_by=None, told_how="", reminded_at=None
        )
    else:
        known.update(corrected_at=now)
