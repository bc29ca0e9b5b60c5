"""导出Excel: what each branch did, in organisation order; and the boxes of the list."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from django.db.models import QuerySet

from dangqun.kernel.sheets import Column
from dangqun.orgs.access import Actor
from dangqun.tasks.board import Part, figures
from dangqun.tasks.models import Assignment, Task

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
        files = "、".join(file.name for file in each.files.all()) if each.state in Assignment.SENT else ""
        owner = each.owner.name if each.owner else "尚无书记"
        state = each.get_state_display()
        told = (each.branch.name, state, owner, each.due, each.words, files)
        yield number, park, *told, each.answered_at, each.settled_at


LIST = (
    Column("number", "序号", width=6),
    Column("title", "任务", width=44),
    Column("office", "交办单位", width=24),
    Column("issued_at", "交办时间", width=18),
    Column("due", "期限", width=18),
    Column("branch", "党支部", width=30),
    Column("owner", "负责人", width=12),
    Column("state", "办理情况", width=36),
)
AT_ONCE = 500  # tasks whose figures are read together


def my_lines(held: QuerySet[Assignment]) -> Iterator[Sequence[Any]]:
    """Yield one line for each task at one of the reader's branches."""
    for number, each in enumerate(held.iterator(chunk_size=AT_ONCE), 1):
        task, owner = each.task, each.owner.name if each.owner else "尚无书记"
        told = (each.branch.name, owner, "已撤回" if task.withdrawn_at else each.get_state_display())
        yield number, task.title, task.org.name, task.issued_at, each.due, *told


def task_lines(held: QuerySet[Task], actor: Actor, permission: str) -> Iterator[Sequence[Any]]:
    """Yield one line a task: at how many branches within reach it is how far."""
    for number, (task, part) in enumerate(_with_figures(held, actor, permission), 1):
        words = "，".join(f"{word} {count}" for _, word, count in part.figures)
        told = (f"{part.all} 个支部" if part.all else "", "", "已撤回" if task.withdrawn_at else words)
        yield number, task.title, task.org.name, task.issued_at, task.deadline, *told


def _with_figures(held: QuerySet[Task], actor: Actor, permission: str) -> Iterator[tuple[Task, Part]]:
    tasks = held.iterator(chunk_size=AT_ONCE)
    while some := list(islice(tasks, AT_ONCE)):
        found = figures(some, actor, permission)
        yield from ((task, found.get(task.pk, Part())) for task in some)
