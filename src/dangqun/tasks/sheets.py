"""导出Excel: what each branch did, in organisation order."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import QuerySet

from dangqun.kernel.sheets import Column
from dangqun.tasks.models import Assignment

COLUMNS = (
    Column("number", "序号", width=6),
    Column("park", "园区", width=14),
    Column("branch", "党支部", width=36),
    Column("state", "办理情况", width=10),
    Column("owner", "负责人", width=12),
    Column("due", "期限", width=18),
    Column("answer", "反馈", width=60),
    Column("files", "反馈文件", width=30),
    Column("answered_at", "反馈时间", width=18),
    Column("settled_at", "办结时间", width=18),
)


def lines(held: QuerySet[Assignment], parks: dict[int, str]) -> Iterator[Sequence[Any]]:
    """Yield one line a branch; `parks` names what stands above (by the number of the organisation)."""
    rows = held.in_order().select_related("branch", "owner").prefetch_related("files")  # type: ignore[attr-defined]
    for number, each in enumerate(rows.iterator(chunk_size=1000), 1):
        park = next((parks[pk] for pk in each.branch.ancestors if pk in parks), "")
        files = "、".join(file.name for file in each.files.all())
        owner = each.owner.name if each.owner else "尚无书记"
        state = each.get_state_display()
        told = (each.branch.name, state, owner, each.due, each.words, files)
        yield number, park, *told, each.answered_at, each.settled_at
