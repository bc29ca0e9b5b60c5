"""电话名单: the missing people of a notice with their telephone numbers in full, for paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dangqun.kernel.facts import record_many
from dangqun.kernel.rules import RuleBroken, verb
from dangqun.notices.models import Receipt


@verb
def list_phones(receipts: Sequence[Receipt], *, why: str, by: Any) -> int:
    """Record that the telephone numbers of these people were printed: it counts as reading each one's. Returns how many.

    Raises RuleBroken without a reason, and when nobody is missing.
    """
    if not why:
        raise RuleBroken("请选一个理由，名单上的每个人都看得到。", field="why")
    if not receipts:
        raise RuleBroken("这里的人都签收了，没有要打电话的。")
    shown = [each.person for each in receipts if each.person.mobile]
    return record_many(
        "members.phone_listed",
        [(each, {"mobile": [None, str(each.mobile)]}) for each in shown],
        by=by,
        why=why,
    )
