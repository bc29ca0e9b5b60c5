"""导出Excel: the receipts of a notice in organisation order."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import QuerySet

from dangqun.kernel.sheets import Column
from dangqun.notices.models import Receipt

COLUMNS = (
    Column("number", "序号", width=6),
    Column("branch", "党支部", width=36),
    Column("name", "姓名", width=12),
    Column("state", "签收情况", width=10),
    Column("signed_at", "签收时间", width=18),
)


def lines(held: QuerySet[Receipt]) -> Iterator[Sequence[Any]]:
    """Yield one line a receiver."""
    ordered = held.select_related("person", "branch").order_by(
        "branch__park_number", "branch__number", "branch", "person__stroke_key", "pk"
    )
    for number, receipt in enumerate(ordered.iterator(chunk_size=2000), 1):
        state = "已签收" if receipt.signed_at else "未签收"
        yield number, receipt.branch.name, receipt.person.name, state, receipt.signed_at
