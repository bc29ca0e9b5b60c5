"""导出Excel of the list of notices: the rows and the order of a box."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from django.db.models import QuerySet

from dangqun.kernel.sheets import Column
from dangqun.notices.models import Notice
from dangqun.notices.tally import COUNTED, with_figures
from dangqun.orgs.access import Actor

COLUMNS = (
    Column("number", "序号", width=6),
    Column("title", "标题", width=44),
    Column("org", "发布单位", width=32),
    Column("author", "起草人", width=12),
    Column("state", "状态", width=10),
    Column("published_at", "发布时间", width=18),
    Column("deadline", "签收截止", width=18),
    Column("signed", "签收", width=18),
)
AT_ONCE = 500


def lines(found: QuerySet[Notice], box: str, actor: Actor) -> Iterator[Sequence[Any]]:
    """Yield one line a notice; what stands under 签收 are figures for who watches, her own moment for a receiver."""
    for number, notice in enumerate(_with_figures(found, box, actor), 1):
        signed = f"{notice.signed} / {notice.all}" if box in COUNTED else getattr(notice, "signed_at", None)
        yield (
            number,
            notice.title,
            notice.org.name,
            notice.author.name,
            notice.get_state_display(),
            notice.published_at,
            notice.deadline if notice.wants_signing else None,
            signed if notice.wants_signing else "",
        )


def _with_figures(found: QuerySet[Notice], box: str, actor: Actor) -> Iterator[Any]:
    notices = found.iterator(chunk_size=AT_ONCE)
    while some := with_figures(islice(notices, AT_ONCE), box, actor):
        yield from some
