"""Verbs of an import: begin, choose columns, put a row right, carry out, give up; each leaves a fact without any value.

A large file is checked and stored by the worker, so that no page waits for it; the jobs stand beside their verbs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import IntegrityError
from django.utils import timezone

from dangqun.kernel import files
from dangqun.kernel.facts import record
from dangqun.kernel.jobs import Standing, job, later, standing, tell
from dangqun.kernel.live import nudge
from dangqun.kernel.rules import RuleBroken, verb
from dangqun.kernel.sheets import Mark, mark_faults
from dangqun.members.imports import learning, preview, report
from dangqun.members.imports.kinds import Kind, kind_of
from dangqun.members.imports.lines import Checked, Progress, silent
from dangqun.members.imports.reading import Chosen, Fixes, Reading, lines_of, place, read, strange_remarks
from dangqun.members.imports.scope import Scope
from dangqun.members.models import Import, LearnedBranch, LearnedColumn
from dangqun.orgs.access import Actor

KEPT = timedelta(hours=24)
EXPIRED = "这个文件已超过 24 小时，为保护个人信息已经删除。请重新上传，记住的列对应还在。"
NOTHING: dict[str, Any] = {"sheets": [], "problems": [], "difference": {"warnings": []}}
REASON_LENGTH = range(4, 101)
LARGE = 3000  # rows: up to here a page checks in half a second and stores in a second or two
CHANGED = "核对之后，名册里又有了变化，这次一行都没有导入。请重新核对，再导入一次。"
TWICE = "这个文件已经导入过，或者已经放弃。请重新上传。"


@dataclass
class Examined:
    """A workbook read and checked, nothing stored."""

    kind: Kind
    scope: Scope
    reading: Reading
    checked: Checked


def examine(
    kind: Kind,
    source: tuple[bytes, str],
    scope: Scope,
    *,
    columns: Chosen | None = None,
    fixes: Fixes | None = None,
) -> Examined:
    """Read and check a workbook (bytes, filename); changes nothing. Raises RuleBroken for a file that is not read."""
    reading = read(kind, *source, scope.org, columns)
    return check(kind, reading, scope, fixes)


def check(
    kind: Kind, reading: Reading, scope: Scope, fixes: Fixes | None = None, progress: Progress = silent
) -> Examined:
    """Check what was read against what is held now."""
    checked = kind.check(lines_of(kind, reading, fixes), scope, progress)
    checked.general += strange_remarks(reading)
    learning.say_what_was_learned(checked, scope)
    return Examined(kind, scope, reading, checked)


def begin(kind: Kind, data: bytes, filename: str, *, actor: Actor) -> Import:
    """Take a workbook in: read it, guess its columns, keep it encrypted for 24 hours."""
    scope = Scope(actor)
    if kind.name != "members":
        _ = scope.committee
    reading = read(kind, data, filename, scope.org)
    if not any(True for table in reading.tables for _ in table.rows()):
        raise RuleBroken("表头认出来了，下面还没有内容。请填好，存盘后再传。", field="file")
    run = Import(kind=kind.name, org=scope.org, by=actor.user, filename=filename[-150:])
    run.columns, run.columns_settled = reading.columns, reading.settled
    run.started_at = timezone.now()
    run.expires_at = run.started_at + KEPT
    run.file_key = files.keep(data, until=run.expires_at)
    run.figures = {"rows": _length(reading)}
    if run.columns_settled and not is_large(run):
        _look_through(run, check(kind, reading, scope))
    return _begin(run, actor)


@verb
def _begin(run: Import, actor: Actor) -> Import:
    run.save(force_insert=True)
    if run.columns_settled and is_large(run):
        later(check_import, run.pk)
    record("members.import_begun", run, by=actor.user, org=run.org, changes={"kind": [None, run.kind]})
    return run


def choose_columns(run: Import, chosen: Chosen, *, actor: Actor) -> Import:
    """Settle which column means what, remember it for the sender's organisation, and check the rows."""
    kind, scope = kind_of(run.kind), Scope(actor)
    source = source_of(run)
    guessed = read(kind, *source, scope.org)
    _refuse_nonsense(kind, guessed, chosen)
    reading = read(kind, *source, scope.org, chosen)
    run.columns, run.columns_settled = {sheet: dict(columns) for sheet, columns in chosen.items()}, True
    if is_large(run):
        run.preview_key, run.figures = "", {"rows": _length(reading)}
    else:
        _look_through(run, check(kind, reading, scope, fixes_of(run)))
    return _settle(run, learning.columns_to_learn(guessed, chosen), actor)


@verb
def _settle(run: Import, learned: Mapping[str, str], actor: Actor) -> Import:
    for heading, field in learned.items():
        LearnedColumn.objects.update_or_create(
            org=run.org, kind=run.kind, heading=heading, defaults={"field": field}
        )
    _keep_seen(run, columns=run.columns, columns_settled=True)
    if is_large(run):
        later(check_import, run.pk)
    record("members.import_columns_chosen", run, by=actor.user, org=run.org)
    return run


@job
def check_import(run_id: int) -> None:
    """Check a large file; the worker does it."""
    run = Import.objects.select_related("org", "by").get(pk=run_id)
    if run.preview_key or not _underway(run).exists():
        return
    kind, scope = kind_of(run.kind), Scope(Actor.of(run.by))
    reading = read(kind, *source_of(run), run.org, run.columns)
    _look_through(run, check(kind, reading, scope, fixes_of(run), tell))
    _keep_seen(run)
    nudge(f"user:{run.by_id}")


def put_right(
    run: Import,
    at: tuple[str, int],
    fix: Mapping[str, Any],
    *,
    actor: Actor,
    also: Iterable[tuple[str, int]] = (),
) -> Import:
    """Put a row right: other cells, a reason for an old number, or leave the row out. The file itself stays as it is.

    `fix` may hold `cells` (field → text), `accept` (reason) or `skip` (bool); `also` names rows with the same fault.
    """
    kind, scope = kind_of(run.kind), Scope(actor)
    fixes = fixes_of(run)
    if "accept" in fix and len(fix["accept"].strip()) not in REASON_LENGTH:
        raise RuleBroken("请写明理由，4 到 100 个字，如“已核对户口本原件”。", field="reason")
    for each in (at, *also):
        kept = fixes.setdefault(place(*each), {})
        kept["cells"] = kept.get("cells", {}) | dict(fix.get("cells", {}))
        if "accept" in fix:
            kept["accept"] = preview.masked(fix["accept"].strip())
        if "skip" in fix:
            kept["skip"] = bool(fix["skip"])
    examined = examine(kind, source_of(run), scope, columns=run.columns, fixes=fixes)
    if not any((line.sheet, line.number) == at for line in examined.checked.lines):
        raise RuleBroken("这一行不在表里了，请刷新页面。")
    run.fixes, seen = json.dumps(fixes, ensure_ascii=False), run.preview_key
    before = preview_of(run)
    for sheet in before["sheets"] if before else ():
        sheet["rows"] = [row for row in sheet["rows"] if (sheet["title"], row[0]) not in (at, *also)]
    _look_through(run, examined, before)
    learned = None
    if "branch" in fix.get("cells", {}):
        learned = learning.branch_to_learn(examined.reading, examined.checked, scope, at)
    _put_right(run, (at, fix, learned), seen, actor)
    files.forget(seen)
    return run


@verb
def _put_right(run: Import, how: tuple[Any, Any, Any], seen: str, actor: Actor) -> Import:
    at, fix, learned = how
    # Held until the end: of two who put rows right at once the second is told, and nobody's change is lost.
    if not list(Import.objects.select_for_update().filter(pk=run.pk, preview_key=seen).values_list("pk")):
        raise RuleBroken("刚刚有人改过这个文件，这里已经是最新的，请再改一次。")
    _keep_seen(run)
    run.save(update_fields=["fixes"])
    if learned:
        written, branch = learned
        LearnedBranch.objects.update_or_create(org=run.org, written=written, defaults={"branch": branch})
    did = sorted({*fix.get("cells", {}), *(fix.keys() - {"cells"})})
    told: dict[str, list[Any]] = {"row": [None, f"{at[0]} {at[1]}"], "did": [None, did]}
    record("members.import_put_right", run, by=actor.user, org=run.org, changes=told)
    return run


@verb
def let_carry_out(run: Import, *, strict: bool, actor: Actor) -> Import:
    """Let the worker store a large import; who asks for it is who imports it."""
    if not _underway(run).update(strict=strict, by=actor.user):
        raise RuleBroken(TWICE)
    later(store_import, run.pk)
    record("members.import_asked", run, by=actor.user, org=run.org)
    return run


@job
def store_import(run_id: int) -> None:
    """Store a large import; the worker does it, once."""
    run = Import.objects.select_related("org", "by").get(pk=run_id)
    if _underway(run).exists():
        carry_out(run, strict=run.strict, actor=Actor.of(run.by), progress=tell)


def carry_out(run: Import, *, strict: bool, actor: Actor, progress: Progress = silent) -> Import:
    """Store the good rows of an import in one transaction; `strict`: nothing unless all are good."""
    kind = kind_of(run.kind)
    reading = read(kind, *source_of(run), run.org, run.columns)
    return _carry_out(run, reading, strict, actor, progress)


@verb
def _carry_out(run: Import, reading: Reading, strict: bool, actor: Actor, progress: Progress) -> Import:
    run.done_at = timezone.now()
    if not _underway(run).update(done_at=run.done_at, strict=strict):
        raise RuleBroken(TWICE)
    scope = Scope(actor)
    examined = check(kind_of(run.kind), reading, scope, fixes_of(run), progress)
    store(examined, strict=strict, by=actor.user, progress=progress)
    _look_through(run, examined)
    Import.objects.filter(pk=run.pk).update(preview_key=run.preview_key, figures=run.figures)
    _told(run, actor)
    nudge(f"user:{run.by_id}")
    return run


@verb
def carry_out_file(
    kind: Kind, reading: Reading, *, strict: bool, actor: Actor, progress: Progress = silent
) -> Examined:
    """Store the good rows of a workbook that the command line brought; the file is not kept."""
    examined = check(kind, reading, Scope(actor), progress=progress)
    store(examined, strict=strict, by=actor.user, progress=progress)
    run = Import(kind=kind.name, org=examined.scope.org, by=actor.user, filename=reading.book.filename[-150:])
    run.columns, run.columns_settled, run.strict = reading.columns, True, strict
    run.started_at = run.expires_at = run.done_at = timezone.now()
    run.figures = report.deeds(examined.checked)
    run.save(force_insert=True)
    _told(run, actor)
    return examined


def store(examined: Examined, *, strict: bool, by: Any, progress: Progress = silent) -> None:
    """Store the good rows; call it in a transaction.

    Raises RuleBroken when `strict` and a row is faulty, or when the database refuses a row that was good when it was checked.
    """
    faulty = len(examined.checked.faulty)
    if strict and faulty:
        raise RuleBroken(
            f"有 {faulty} 行不能导入，按您的选择一行都没有导入。改好再导，或者去掉“有错就一行都不导入”。"
        )
    try:
        examined.kind.store(examined.checked, examined.scope, by=by, progress=progress)
    except IntegrityError as clash:
        raise RuleBroken(CHANGED) from clash


@verb
def drop(run: Import, *, by: Any) -> Import:
    """Give an import up: its file is deleted now, nothing was stored."""
    run.dropped_at = timezone.now()
    if _underway(run).update(dropped_at=run.dropped_at):
        files.forget(run.file_key)
        files.forget(run.preview_key)
        record("members.import_dropped", run, by=by, org=run.org)
    return run


def is_large(run: Import) -> bool:
    """Whether the worker checks and stores this import, instead of a page."""
    return run.figures.get("rows", 0) > LARGE


def work_on(run: Import) -> Standing | None:
    """Return how far the worker is with a large import, None when nothing was asked of it."""
    if run.done_at or not is_large(run):
        return None
    return standing(store_import if run.preview_key else check_import, run.pk)


def source_of(run: Import) -> tuple[bytes, str]:
    """Return the kept workbook and its name. Raises RuleBroken when its 24 hours are over."""
    data = files.fetch(run.file_key)
    if data is None:
        raise RuleBroken(EXPIRED)
    return data, run.filename


def preview_of(run: Import) -> dict[str, Any] | None:
    """Return what the pages show of an import, None when its 24 hours are over."""
    data = files.fetch(run.preview_key) if run.preview_key else None
    return json.loads(data) if data else None


def fixes_of(run: Import) -> dict[str, dict[str, Any]]:
    """Return what was put right by hand, by row."""
    fixes: Any = run.fixes  # a text until it is saved, then sealed
    kept = fixes if isinstance(fixes, str) else fixes.open()
    return json.loads(kept) if kept else {}


def marked_copy(run: Import, *, actor: Actor) -> tuple[bytes, str]:
    """Return the sender's own workbook with red cells and comments, and its name."""
    source = source_of(run)
    examined = examine(kind_of(run.kind), source, Scope(actor), columns=run.columns, fixes=fixes_of(run))
    return mark_up(source, examined)


def mark_up(source: tuple[bytes, str], examined: Examined) -> tuple[bytes, str]:
    """Return a copy of a workbook (bytes, filename) with every fault marked."""
    tables = {table.sheet: table for table in examined.reading.tables}
    marks = []
    for line, mark in examined.checked.refused:
        at = tables[line.sheet].column_of(mark.field)
        column = at if at is not None else min(tables[line.sheet].fields)
        marks.append(Mark(line.sheet, line.number, column, mark.sentence))
    return mark_faults(*source, marks)


def _look_through(run: Import, examined: Examined, before: dict[str, Any] | None = None) -> None:
    """Keep what the pages show; rows that look as they did `before` are not drawn anew."""
    kind, reading, checked = examined.kind, examined.reading, examined.checked
    shown = preview.build(kind, reading, checked, examined.scope.by_id, before)
    shown["difference"] = report.difference(examined.kind, examined.checked)
    data = json.dumps(shown, ensure_ascii=False, separators=(",", ":"), default=str).encode()
    run.preview_key = files.keep(data, until=run.expires_at)
    run.figures = report.deeds(examined.checked)


def _keep_seen(run: Import, **more: Any) -> None:
    """Keep what a new look through gave, unless the import is over by now."""
    if not _underway(run).update(preview_key=run.preview_key, figures=run.figures, **more):
        raise RuleBroken(EXPIRED)


def _length(reading: Reading) -> int:
    return sum(len(table.source) - table.first + 1 for table in reading.tables)


def _underway(run: Import) -> Any:
    return Import.objects.filter(pk=run.pk).underway(timezone.now())


def _told(run: Import, actor: Actor) -> None:
    figures = {name: [None, count] for name, count in run.figures.items()}
    record("members.imported", run, by=actor.user, org=run.org, changes={"kind": [None, run.kind], **figures})


def _refuse_nonsense(kind: Kind, guessed: Reading, chosen: Chosen) -> None:
    known = {column.key for column in kind.columns}
    for table in guessed.tables:
        fields = [field for field in chosen.get(table.sheet, {}).values() if field]
        twice = next((field for field in fields if fields.count(field) > 1), None)
        if twice:
            title = next(column.title for column in kind.columns if column.key == twice)
            raise RuleBroken(f"“{table.sheet}”里有两列都对应“{title}”，请留下一列，另一列选不导入。")
        if not set(fields) <= known:
            raise RuleBroken("选了不认识的项目，请从列表里选。")
        if "name" not in fields:
            raise RuleBroken(f"“{table.sheet}”还没有选出姓名（名称）是哪一列。")
