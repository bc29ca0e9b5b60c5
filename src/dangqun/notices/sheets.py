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
    Column("signed_by", "代签人", width=12),
    Column("told_how", "告知方式", width=22),
)


def lines(held: QuerySet[Receipt]) -> Iterator[Sequence[Any]]:
    """Yield one line a receiver."""
    ordered = held.select_related("person", "branch", "notice", "signed_by").order_by(
        "branch__park_number", "branch__number", "branch", "person__stroke_key", "pk"
    )
    for number, receipt in enumerate(ordered.iterator(chunk_size=2000), 1):
        other = str(receipt.signed_by) if receipt.signed_by else ""
        yield (
            number,
            receipt.branch.name,
            receipt.person.name,
            _state(receipt),
            receipt.signed_at,
            other,
            receipt.told_how,
        )


def _state(receipt: Receipt) -> str:
    if not receipt.signed_at:
        return "未签收"
    return "代签" if receipt.is_by_another else "发布人" if receipt.is_authors else "已签收"
