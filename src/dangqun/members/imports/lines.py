"""What a check works on: lines of a workbook, remarks on their cells, and the outcome of all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from dangqun.kernel.faults import Fault

Progress = Callable[[str, int, int], None]


def silent(stage: str, done: int, total: int) -> None:
    """Tell nobody how far the work has come."""


@dataclass(slots=True)
class Remark:
    """What is wrong (`hard`) or worth a look with one cell: `what` is wrong, what to `do`. Never holds the value."""

    code: str
    field: str
    what: str
    do: str = ""
    hard: bool = True

    @property
    def sentence(self) -> str:
        """The whole sentence, for comments in cells and for machines."""
        return f"{self.what}。{self.do}。" if self.do else f"{self.what}。"


@dataclass(slots=True)
class Line:
    """One row of a sheet: cells as written, facts as understood, remarks, and what will become of it.

    `letters` is shared by all lines of a sheet: field → column letter.
    """

    sheet: str
    number: int
    cells: dict[str, Any]
    letters: dict[str, str]
    facts: dict[str, Any] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)
    skipped: bool = False
    accepted_because: str = ""
    subject: Any = None
    is_new: bool = False
    changes: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        """Whether a fault keeps this line out."""
        return bool(self.remarks) and any(remark.hard for remark in self.remarks)

    @property
    def good(self) -> bool:
        """Whether this line will be stored."""
        return not self.skipped and not self.refused

    @property
    def deed(self) -> str:
        """What becomes of it: skipped, refused, new, changed or same."""
        if self.skipped:
            return "skipped"
        if self.refused:
            return "refused"
        if self.is_new:
            return "new"
        return "changed" if self.changes else "same"

    def refuse(self, code: str, column: str, what: str, do: str = "") -> None:
        """Put a fault on a cell."""
        self.remarks.append(Remark(code, column, what, do))

    def warn(self, code: str, column: str, what: str, do: str = "") -> None:
        """Put a warning on a cell; the line is stored all the same."""
        self.remarks.append(Remark(code, column, what, do, hard=False))

    def refuse_for(self, fault: Fault, column: str) -> None:
        """Put a fault of the kernel (a code and a sentence) on a cell."""
        said = fault.sentence.rstrip("。")
        at = max(said.rfind("，请"), said.rfind("。请"))
        what, do = (said[:at], said[at + 1 :]) if at > 0 else (said, "")
        self.refuse(fault.code, column, what, do)

    def text(self, column: str) -> str:
        """Return an understood text, "" when there is none."""
        return self.facts.get(column) or ""


@dataclass(slots=True)
class Checked:
    """A checked workbook: its lines, remarks on no line in particular, who is missing, the kind's own counts."""

    lines: list[Line]
    general: list[Remark] = field(default_factory=list)
    missing: list[tuple[str, str]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    plan: Any = None

    @property
    def accepted(self) -> int:
        """How many rows will be stored (or are as they stand already)."""
        return sum(line.good for line in self.lines)

    @property
    def changed(self) -> int:
        """How many rows create or alter something."""
        return sum(line.good and (line.is_new or bool(line.changes)) for line in self.lines)

    @property
    def refused(self) -> list[tuple[Line, Remark]]:
        """Every fault with its line, in the order of the workbook."""
        return [(line, mark) for line in self.lines if not line.skipped for mark in line.remarks if mark.hard]

    @property
    def faulty(self) -> list[Line]:
        """The rows that a fault keeps out."""
        return [line for line in self.lines if not line.skipped and line.refused]

    def warnings(self) -> Counter[str]:
        """How often each kind of warning occurs, among rows that will be stored and in general."""
        return Counter(mark.code for mark in self.all_warnings())

    def all_warnings(self) -> Iterable[Remark]:
        """Yield every warning."""
        yield from self.general
        for line in self.lines:
            if line.good:
                yield from (mark for mark in line.remarks if not mark.hard)

    def deeds(self) -> Counter[str]:
        """How many lines are new, changed, same, refused, skipped."""
        return Counter(line.deed for line in self.lines)
