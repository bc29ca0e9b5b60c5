"""The workbook of facts, in the columns of the screen."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from dangqun.audit.lines import lines
from dangqun.audit.reading import numbers
from dangqun.kernel.calendars import local
from dangqun.kernel.models import Fact
from dangqun.kernel.sheets import Column

FACTS = (
    Column("number", "链上序号", width=10),
    Column("at", "时间", width=20),
    Column("who", "经办人", width=12),
    Column("what", "事项", width=24),
    Column("kind", "对象类别", width=12),
    Column("name", "对象", width=24),
    Column("changed", "从 → 到", width=60),
    Column("why", "理由", width=30),
)


class FactLines:
    """The lines of a workbook; `count` says how many were written."""

    def __init__(self, batches: Iterable[list[Fact]]) -> None:
        self.batches = batches
        self.count = 0

    def __iter__(self) -> Iterator[Sequence[Any]]:
        for facts in self.batches:
            for line in lines(facts, numbers(facts)):
                self.count += 1
                at = f"{local(line.at):%Y-%m-%d %H:%M:%S}"
                number = line.number or "未封存"
                yield number, at, line.who, line.what, line.kind, line.name, line.changed, line.why
