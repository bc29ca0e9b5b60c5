"""代签: a branch's secretary or deputy reads a notice to somebody and signs for her; both names stay with the signature."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from dangqun.kernel.calendars import today
from dangqun.kernel.facts import record, record_many
from dangqun.kernel.live import nudge
from dangqun.kernel.rules import RuleBroken, verb
from dangqun.members.models import Office
from dangqun.notices.models import Notice, Receipt
from dangqun.notices.rules.receipts import hold, is_published, undo_since
from dangqun.notices.telling import spoken
from dangqun.orgs.models import Org

LEADERS = (Office.Post.SECRETARY, Office.Post.DEPUTY)


@verb
def sign_for(
    notice: Notice, branch: Org, receipts: Iterable[Receipt], *, told_how: str, by: Any
) -> list[Receipt]:
    """Sign for people of one branch to whom the notice was read; who has signed meanwhile is left as she is.

    `told_how`: one of the ways offered; for people who do not use a phone it may stay empty. Returns those signed for.
    Raises RuleBroken for oneself, for who objected, without a way of telling, and for who may not stand in here.
    """
    chosen = hold(receipts)
    _refuse(notice, branch, chosen, by)
    now, signed = timezone.now(), [each for each in chosen if each.signed_at is None]
    for receipt in signed:
        receipt.signed_at, receipt.signed_by = now, by
        receipt.told_how = spoken(told_how, today(), uses_phone=receipt.person.uses_phone)
    Receipt.objects.bulk_update(signed, ["signed_at", "signed_by", "told_how"], batch_size=200)
    record_many(
        "notices.signed_for",
        [(each, {"told_how": [None, each.told_how], "person": [None, each.person.name]}) for each in signed],
        by=by,
        org=branch,
    )
    _nudge(notice, signed)
    return signed


@verb
def unsign_for(notice: Notice, branch: Org, *, by: Any) -> int:
    """Take back what one signed for others of a branch within the last UNDO_SIGN_SECONDS. Returns how many.

    Raises RuleBroken when there is nothing that may still be taken back.
    """
    mine = notice.receipts.filter(branch=branch, signed_by=by, signed_at__gt=undo_since())
    taken = [each for each in hold(mine) if each.signed_by_id == by.pk]
    if not taken or not is_published(notice.pk):
        raise RuleBroken("没有可以撤销的代签：时间过了，或者通知已经撤回。本人可以自己说明不是她的意思。")
    Receipt.objects.filter(pk__in=[each.pk for each in taken]).update(
        signed_at=None, signed_by=None, told_how=""
    )
    record_many("notices.unsigned_for", [(each, {}) for each in taken], by=by, org=branch)
    _nudge(notice, taken)
    return len(taken)


@verb
def disown(receipt: Receipt, *, by: Any) -> Receipt:
    """不是我的意思: the person takes back what another signed for her, at any time; nobody signs for her here again.

    Raises RuleBroken for somebody else's receipt, and when nobody signed for her.
    """
    if receipt.person.account_id != by.pk:
        raise RuleBroken("只能处理自己的签收。")
    (held,) = hold([receipt])
    before, now = held.signed_by, timezone.now()
    if before is None or not is_published(receipt.notice_id):
        raise RuleBroken("这里没有别人代您签收的记录，或者通知已经撤回。")
    receipt.signed_at, receipt.signed_by, receipt.told_how, receipt.disowned_at = None, None, "", now
    receipt.save(update_fields=["signed_at", "signed_by", "told_how", "disowned_at"])
    record("notices.disowned", receipt, by=by, org=receipt.branch, changes={"signed_by": [str(before), None]})
    nudge([f"notice:{receipt.notice_id}", f"user:{by.pk}", f"user:{before.pk}"])
    return receipt


def why_not_stand_in(branch: Org, user: Any) -> str:
    """Say why a user may not sign for people of a branch; empty when she may: its secretary or deputy, or where it has none."""
    leaders = Office.objects.on(today()).filter(org=branch, post__in=LEADERS).select_related("person")
    held = list(leaders.order_by("pk"))
    if not held or any(each.person.account_id == user.pk for each in held):
        return ""
    names = "、".join(dict.fromkeys(each.person.name for each in held))
    return f"{branch}有书记，请由{names}告知后代签。"


def _refuse(notice: Notice, branch: Org, chosen: list[Receipt], by: Any) -> None:
    if not Notice.objects.filter(pk=notice.pk, state=Notice.State.PUBLISHED, wants_signing=True).exists():
        raise RuleBroken("这个通知已经撤回，或者不用签收。")
    if not chosen:
        raise RuleBroken("还没有选人。请勾选已经告知的人。")
    if any(each.branch_id != branch.pk or each.notice_id != notice.pk for each in chosen):
        raise RuleBroken("选的人里有别的支部的，请重新选。")
    if any(each.person.account_id == by.pk for each in chosen):
        raise RuleBroken("不能给自己代签，请在通知里自己签收。")
    objecting = [each.person.name for each in chosen if each.disowned_at]
    if objecting:
        raise RuleBroken(f"{'、'.join(objecting)}说过代签不是自己的意思，请本人自己签收。")
    if sentence := why_not_stand_in(branch, by):
        raise RuleBroken(sentence)


def _nudge(notice: Notice, receipts: list[Receipt]) -> None:
    accounts = [each.person.account_id for each in receipts if each.person.account_id]
    nudge([f"notice:{notice.pk}", *(f"user:{pk}" for pk in accounts)])
