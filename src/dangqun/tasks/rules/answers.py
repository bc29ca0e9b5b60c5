"""What a branch does with its task: accept, keep an answer, add files, answer, hand over."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from dangqun.kernel.facts import record
from dangqun.kernel.rules import RuleBroken, verb
from dangqun.members.models import Person
from dangqun.tasks.models import LONGEST_ANSWER, Assignment, Task, TaskFile
from dangqun.tasks.rules.files import forget_file, keep_file, look_into
from dangqun.tasks.rules.owners import leaders, may_own
from dangqun.tasks.rules.steps import NOW, held, tell, turn

S = Assignment.State
MOST_ANSWER_FILES = 3


@verb
def accept(assignment: Assignment, *, by: Any) -> Assignment:
    """Take a task up: 待接收 or 已退回 → 办理中. A second tap changes nothing. Raises RuleBroken further on."""
    (row,) = held([assignment])
    if row.state == S.DOING:
        return row
    turn([row], "resumed" if row.state == S.RETURNED else "accepted", by=by, changes={})
    return row


@verb
def keep_answer(assignment: Assignment, text: str, *, by: Any) -> Assignment:
    """Keep what is written of an answer; it stays with the assignment. Raises RuleBroken unless it is being done."""
    row = _being_done(assignment)
    text = _short(text)
    if text == row.kept_words:
        return row
    row.draft, row.saved_at = text, timezone.now()
    row.save(update_fields=["draft", "saved_at"])
    record("tasks.kept", row, by=by, org=row.branch)
    return row


def enclose(assignment: Assignment, name: str, content: bytes, *, by: Any) -> TaskFile:
    """Add a file to the answer; the same file a second time changes nothing. Raises RuleBroken for what is not taken."""
    return _enclose(assignment, look_into(name, content), by=by)  # takes a while, so before the transaction


@verb
def _enclose(assignment: Assignment, upload: Any, *, by: Any) -> TaskFile:
    row = _being_done(assignment)
    if row.files.count() >= MOST_ANSWER_FILES:
        raise RuleBroken(f"一次反馈最多带 {MOST_ANSWER_FILES} 个文件。请先移除用不着的。", field="files")
    return keep_file(row.task, upload, assignment=row, what="tasks.file_added", by=by)


@verb
def detach_answer(file: TaskFile, *, by: Any) -> None:
    """Take a file off an answer that is being written. Raises RuleBroken once it was sent."""
    assert file.assignment is not None
    _being_done(file.assignment)
    forget_file(file, what="tasks.file_removed", by=by)


@verb
def answer(assignment: Assignment, *, by: Any) -> Assignment:
    """Send the answer as it is kept: 办理中 → 已反馈. Raises RuleBroken while what the task wants is missing."""
    row = _being_done(assignment)
    text = row.kept_words
    _refuse_incomplete(row, text)
    now = turn(
        [row], "answered", by=by, said=text, changes={"answered_at": timezone.now(), "returned_why": ""}
    )
    row.answer, row.draft, row.answered_at = text, "", now
    row.save(update_fields=["answer", "draft"])
    return row


@verb
def done(assignment: Assignment, *, by: Any) -> Assignment:
    """Settle by the branch's own word, where the issuer chose so: 办理中 → 已办结. Raises RuleBroken elsewhere."""
    row = _being_done(assignment)
    if not row.task.own_word:
        raise RuleBroken("这个任务办完要先反馈，由交办单位办结。")
    turn([row], "done", by=by, changes={"settled_at": timezone.now(), "settled_by": by})
    return row


@verb
def hand_over(assignment: Assignment, to: Person, *, by: Any) -> Assignment:
    """Give the task with all that was begun to somebody else of the branch. Raises RuleBroken for an outsider."""
    (row,) = held([assignment])
    if not row.is_open:
        raise RuleBroken(NOW[row.state])
    if not may_own(row.branch).filter(pk=to.pk, account__activated_at__isnull=False).exists():
        raise RuleBroken("只能移交给本支部能登录平台的人。请另选一位。", field="to")
    if to.pk == row.owner_id:
        raise RuleBroken(f"这个任务现在就在{to}手上。", field="to")
    before = row.owner.account_id if row.owner else None
    why = f"{row.owner or '还没有负责人'} → {to}"
    head = leaders([row.branch_id]).get(row.branch_id)
    turn(
        [row],
        "handed_over",
        by=by,
        why=why,
        changes={"owner": to, "by_post": head == to, "reminded_at": None},
    )
    tell([row], before)
    return row


def _being_done(assignment: Assignment) -> Assignment:
    """Return the assignment as it is now, held. Raises RuleBroken unless the branch is at it."""
    (row,) = held([assignment])
    if row.state != S.DOING:
        raise RuleBroken(NOW[row.state])
    return row


def _short(text: str) -> str:
    text = text.replace("\r\n", "\n").strip()
    if len(text) > LONGEST_ANSWER:
        more = f"反馈最多 {LONGEST_ANSWER} 个字，现在有 {len(text)} 个。请改短，或者作为文件传。"
        raise RuleBroken(more, field="text")
    return text


def _refuse_incomplete(row: Assignment, text: str) -> None:
    wants, has_file = row.task.wants, row.files.exists()
    if wants == Task.Wants.TEXT and not text:
        raise RuleBroken("请写几句办得怎么样。", field="text")
    if wants == Task.Wants.FILE and not has_file:
        raise RuleBroken("请传一个文件，文档、表格都可以，不要求照片。", field="files")
    if wants == Task.Wants.EITHER and not (text or has_file):
        raise RuleBroken("请写几句，或者传一个文件。", field="text")
