"""Sign, take a signature back, remind the missing. Opening a notice is recorded nowhere."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from dangqun.kernel.calendars import local
from dangqun.kernel.facts import record
from dangqun.kernel.live import nudge
from dangqun.kernel.rules import RuleBroken, verb
from dangqun.notices.models import Notice, Receipt, ReceiptQuerySet, Reminder
from dangqun.orgs.models import Org


@verb
def sign(receipt: Receipt, *, by: Any) -> Receipt:
    """Sign for a notice; a second tap changes nothing. Raises RuleBroken for somebody else's receipt."""
    if receipt.person.account_id != by.pk:
        raise RuleBroken("只能签收发给自己的通知。")
    (held,) = hold([receipt])
    if not is_published(receipt.notice_id):
        raise RuleBroken("这个通知已经撤回，不用签收了。")
    if held.signed_at is None:
        receipt.signed_at = timezone.now()
        receipt.save(update_fields=["signed_at"])
        record("notices.signed", receipt, by=by, org=receipt.branch)
        nudge([f"notice:{receipt.notice_id}", f"user:{by.pk}"])
    return receipt


@verb
def unsign(receipt: Receipt, *, by: Any) -> Receipt:
    """Take one's signature back, for a short while. Raises RuleBroken when it is too late."""
    if receipt.person.account_id != by.pk:
        raise RuleBroken("只能撤销自己的签收。")
    (held,) = hold([receipt])
    refuse_withdrawn(receipt.notice)
    if not can_unsign(held):
        raise RuleBroken(f"签收已超过 {undo_minutes()} 分钟，不能撤销了。")
    receipt.signed_at = None
    receipt.save(update_fields=["signed_at"])
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
    hold_all(notice)
    refuse_withdrawn(notice)
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


@verb
def note_correction(receipt: Receipt, *, by: Any) -> Receipt:
    """知道了: a correction is no longer shown under 待办. Said by a tap; opening the notice says nothing."""
    if receipt.person.account_id != by.pk:
        raise RuleBroken("只能处理发给自己的通知。")
    if Receipt.objects.filter(pk=receipt.pk, corrected_at__isnull=False).update(corrected_at=None):
        record("notices.correction_noted", receipt, by=by, org=receipt.branch)
        nudge([f"user:{by.pk}"])
    return receipt


def hold(receipts: Iterable[Receipt]) -> list[Receipt]:
    """Return receipts as they are now, held until the rule is done; whoever changes one holds it first.

    What is asked of their notice after this stays true (see `hold_all`), and signers do not wait for each other.
    """
    held = Receipt.objects.select_for_update(of=("self",)).select_related("person", "branch", "notice")
    return list(held.filter(pk__in=[each.pk for each in receipts]).order_by("pk"))


def hold_all(notice: Notice) -> None:
    """Hold a notice, then all its receipts: whoever is signing comes before, or finds what this rule did."""
    list(Notice.objects.select_for_update().filter(pk=notice.pk).values_list("pk"))
    list(Receipt.objects.select_for_update().filter(notice=notice).order_by("pk").values_list("pk"))


def is_published(notice_id: int) -> bool:
    """Whether a notice is published and not taken back, now."""
    return Notice.objects.filter(pk=notice_id, state=Notice.State.PUBLISHED).exists()


def can_unsign(receipt: Receipt, at: datetime | None = None) -> bool:
    """Whether one's own signature may still be taken back, now or at that moment: for less than UNDO_SIGN_SECONDS."""
    if receipt.is_by_another or receipt.is_authors:
        return False
    return receipt.signed_at is not None and receipt.signed_at > undo_since(at)


def undo_since(at: datetime | None = None) -> datetime:
    """Return the moment after which a signature may still be taken back."""
    return (at or timezone.now()) - timedelta(seconds=settings.UNDO_SIGN_SECONDS)


def refuse_withdrawn(notice: Notice) -> None:
    """Raise RuleBroken for a notice that was taken back: its receipts stay as they are."""
    if Notice.objects.filter(pk=notice.pk, state=Notice.State.WITHDRAWN).exists():
        raise RuleBroken("这个通知已经撤回，签收记录照原样保留。")


def undo_minutes() -> int:
    """Return for how many minutes a signature may be taken back."""
    return settings.UNDO_SIGN_SECONDS // 60


def just_reminded(at: datetime) -> str:
    """Say why nobody is reminded now."""
    return f"{local(at):%H:%M} 刚催过，{settings.REMIND_MINUTES} 分钟后可再催。"


def receipt_of(notice: Notice, user: Any) -> Receipt | None:
    """Return the user's own receipt, if the notice was addressed to her."""
    return (
        notice.receipts.filter(person__account=user)
        .select_related("person", "branch", "signed_by", "notice")
        .first()
    )
