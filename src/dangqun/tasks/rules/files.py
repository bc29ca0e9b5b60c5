"""Files of tasks and of answers: looked into before the transaction, kept encrypted, forgotten with their row."""

from __future__ import annotations

from typing import Any

from dangqun.kernel.enclosures import forget, mark_of, stored
from dangqun.kernel.facts import record
from dangqun.kernel.rules import RuleBroken, verb
from dangqun.kernel.uploads import Upload, accept
from dangqun.tasks.models import Assignment, Task, TaskFile


def look_into(name: str, content: bytes) -> Upload:
    """Return what may be kept of a file. Raises RuleBroken, at the field of files."""
    try:
        return accept(name, content)
    except RuleBroken as refusal:
        raise RuleBroken(refusal.sentence, field="files") from refusal


@verb
def keep_file(
    task: Task, upload: Upload, *, assignment: Assignment | None = None, what: str, by: Any
) -> TaskFile:
    """Keep a file with a task or with an answer; the same one is kept once."""
    same = task.files.filter(assignment=assignment, mark=mark_of(upload), name=upload.name).first()
    if same:
        return same
    with stored(upload) as columns:
        file = task.files.create(assignment=assignment, **columns)
        org = assignment.branch if assignment else task.org
        record(what, assignment or task, by=by, org=org, changes={"file": [None, upload.name]})
    return file


@verb
def forget_file(file: TaskFile, *, what: str, by: Any) -> None:
    """Delete a file's row now, and its bytes once that is certain."""
    held = file.assignment or file.task
    org = file.assignment.branch if file.assignment else file.task.org
    record(what, held, by=by, org=org, changes={"file": [file.name, None]})
    forget(file)
