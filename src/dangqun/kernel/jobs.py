"""Jobs: work that a page must not wait for. A worker process does it; jobs stand beside their verb.

    @job                                     # or @job(tries=2); default: 4 tries, 10 s, 40 s, 160 s apart
    def carry_out_import(run_id: int) -> None:
        run = Import.objects.get(pk=run_id)
        rules.carry_out(run, progress=tell)  # tell(stage, done, total); does nothing outside a job

    later(carry_out_import, run.pk)          # inside a transaction it runs after commit, or never
    standing(carry_out_import, run.pk)       # → Standing or None: what a page shows of the newest such job

- Arguments are ids (int, or a short key); no texts, no rows, no personal data.
- A job is safe to run twice: it may be killed after its commit and be taken back. Read the state first.
- A job returns nothing; what it did stands in its own rows. `RuleBroken` is final, its sentence goes to the page; any other
  exception is tried again, then final. Of an exception only its class and the places in our code are kept, never its message.
- `Standing`: `state` ("waiting", "running", "done", "failed"), `is_over`, `stage`, `done`, `total`, `percent` (0-100), `sentence`
  (why it failed, in words for the person; else empty). Poll it, e.g. `hx-trigger="every 1s"`. Progress is kept in a file, not
  in the database, since on SQLite nobody can read it out of the job's own transaction.
- `worker_is_alive()`: whether anything will be done at all; else say 后台处理没有在运行，请告诉系统管理员.
- Tests: `run_waiting()` does all waiting jobs now, in this process, and returns how many.
- `@hourly` marks housekeeping that the worker does at its start and then once an hour; `@minutely` what it looks at every
  minute, for things that must be done at an hour of the day. Due things are never jobs: they are computed states, right without
  a worker.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django_tasks import task
from django_tasks.base import Task, TaskResultStatus
from django_tasks_db.backend import DatabaseBackend

Work = TypeVar("Work", bound=Callable[..., Any])

TOLD_EVERY = 0.2  # seconds between two writings of a progress
BROKEN = "后台没有做完这件事，已经停下。请再试一次；还不行，请告诉系统管理员。"
_KEY = re.compile(r"[A-Za-z0-9:_-]{1,64}")

_hourly: list[Callable[[], Any]] = []
_minutely: list[Callable[[], Any]] = []
_telling: ContextVar[_Teller | None] = ContextVar("telling", default=None)


@dataclass(frozen=True, kw_only=True)
class Job(Task):  # type: ignore[type-arg]
    """A function that the worker can run; called directly it runs here and now."""

    tries: int = 4

    def __call__(self, *ids: int | str) -> None:
        """Run it here and now."""
        self.func(*ids)


class Backend(DatabaseBackend):
    """The queue in the database, with our kind of job (settings.TASKS)."""

    task_class = Job  # type: ignore[assignment]


job: Callable[..., Any] = task


@dataclass(frozen=True)
class Standing:
    """How far a job is, for a page."""

    state: str
    stage: str = ""
    done: int = 0
    total: int = 0
    sentence: str = ""
    started_at: datetime | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ("done", "failed")

    @property
    def percent(self) -> int:
        """How much is done, 0 to 100."""
        if self.state == "done":
            return 100
        return min(100, 100 * self.done // self.total) if self.total else 0


def later(work: Job, *ids: int | str) -> str:
    """Let the worker do a job, after commit; return the job's key. Raises TypeError for anything but ids."""
    for each in ids:
        if isinstance(each, bool) or not (
            isinstance(each, int) or (isinstance(each, str) and _KEY.fullmatch(each))
        ):
            raise TypeError(f"{work.name}: a job takes ids, not {type(each).__name__}")
    return str(work.enqueue(*ids).id)


def later_at(at: datetime, work: Job, *ids: int | str) -> str:
    """Let the worker do a job at a moment, or as soon as it runs again; the job finds out itself whether it is still due."""
    return later(work.using(run_after=at), *ids)


def standing(work: Job, *ids: int | str) -> Standing | None:
    """Return how far the newest job of this kind with these ids is; None when there was none within 7 days."""
    from django_tasks_db.models import DBTaskResult

    asked = {"args": list(ids), "kwargs": {}}
    held = DBTaskResult.objects.filter(task_path=work.module_path, args_kwargs=asked)
    row = held.order_by("-enqueued_at").values_list("pk", "status", "started_at").first()
    if row is None:
        return None
    key, status, started_at = row
    state = _STATES[status]
    told = _told(str(key))
    if state == "failed":
        told.setdefault("sentence", BROKEN)
    else:
        told.pop("sentence", None)
    return Standing(state, started_at=started_at, **told)


_STATES: dict[str, str] = {
    TaskResultStatus.READY: "waiting",
    TaskResultStatus.RUNNING: "running",
    TaskResultStatus.SUCCESSFUL: "done",
    TaskResultStatus.FAILED: "failed",
}


def tell(stage: str, done: int, total: int) -> None:
    """Say how far the running job is: so much done of a total. Outside a job nobody listens."""
    teller = _telling.get()
    if teller:
        teller.tell(stage, done, total)


def hourly(work: Work) -> Work:
    """Mark housekeeping without arguments that the worker does at its start and then every hour."""
    _hourly.append(work)
    return work


def minutely(work: Work) -> Work:
    """Mark what the worker looks at every minute: one short query when there is nothing to do, else a job."""
    _minutely.append(work)
    return work


def looking() -> list[Callable[[], Any]]:
    """Return all that was marked `@minutely`."""
    return list(_minutely)


def housekeeping() -> list[Callable[[], Any]]:
    """Return all that was marked `@hourly`."""
    return list(_hourly)


def worker_is_alive() -> bool:
    """Whether a worker runs on this data folder."""
    from dangqun.kernel.worker import living

    return bool(living())


def run_waiting() -> int:
    """Do all jobs that are due, here and now, and return how many (tests, and whoever has no worker)."""
    from dangqun.kernel.worker import Worker

    return Worker("here").work_off()


@contextmanager
def telling(key: str) -> Iterator[_Teller]:
    """Let what runs inside tell its progress under a key."""
    teller = _Teller(key)
    token = _telling.set(teller)
    try:
        yield teller
    finally:
        _telling.reset(token)


class _Teller:
    """Writes the progress of one job into its file, a few times a second at most."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.told: dict[str, Any] = {}
        self._next = 0.0

    def tell(self, stage: str, done: int, total: int) -> None:
        """Keep a progress; write it when it is news."""
        fresh = stage != self.told.get("stage") or done >= total or time.monotonic() >= self._next
        self.told |= {"stage": stage, "done": done, "total": total}
        if fresh:
            self._write()

    def refuse(self, sentence: str) -> None:
        """Keep why the job came to nothing."""
        self.told["sentence"] = sentence
        self._write()

    def _write(self) -> None:
        self._next = time.monotonic() + TOLD_EVERY
        folder = progress_folder()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = folder / f"{self.key}.part"
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump(self.told, out, ensure_ascii=False)
        part.rename(folder / f"{self.key}.json")


def progress_folder() -> Path:
    """Return where progress lies: one small file a job, deleted a day after."""
    return Path(settings.DATA) / "jobs"


def _told(key: str) -> dict[str, Any]:
    try:
        return dict(json.loads((progress_folder() / f"{key}.json").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}
