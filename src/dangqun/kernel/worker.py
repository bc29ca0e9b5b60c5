"""The worker: one process that does the jobs of `kernel.jobs`, and mends what their queue lacks.

A job of a killed worker is taken back (a worker lives as long as it holds its lock file in the data folder), one that failed
is tried again later, a locked or restarting database is waited for, results go after 7 days, errors keep no personal data.
"""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from dangqun.kernel import files, uploads
from dangqun.kernel.facts.witness import Witness
from dangqun.kernel.jobs import BROKEN, Job, hourly, housekeeping, looking, progress_folder, telling
from dangqun.kernel.logs import class_of, places
from dangqun.kernel.rules import RuleBroken

P = ParamSpec("P")
R = TypeVar("R")

NICE = 10
LOOK_EVERY = 0.5  # seconds between two looks for work
TAKE_BACK_EVERY = 5.0
LONGEST_PAUSE = 5.0
MINUTE, HOUR = 60.0, 3600.0
FIRST_PAUSE = timedelta(seconds=10)
KEPT = timedelta(days=7)
KEPT_FILES = 24 * HOUR
PATIENCE = 120.0  # seconds that a result waits for the database

log = logging.getLogger("dangqun.jobs")


class Worker:
    """Does one job at a time until it is told to stop."""

    def __init__(self, name: str = "") -> None:
        self.name = name or f"{os.getpid()}-{secrets.token_hex(6)}"
        self.stopping = False
        self._lock: int | None = None
        self._away = 0  # times in a row that the database did not answer
        self._look_back_at = self._looking_at = self._housekeeping_at = 0.0

    def run(self) -> None:
        """Work until SIGTERM or SIGINT; the job at hand is finished first."""
        os.nice(NICE)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        import_module(settings.ROOT_URLCONF)  # loads every room, and with it what is marked hourly
        import_module("dangqun.kernel.backup.nightly")
        self._lock = _hold(self.name)
        threading.Thread(target=self._seal, name="sealer", daemon=True).start()
        try:
            while not self.stopping:
                if not self._step():
                    time.sleep(LOOK_EVERY)
        finally:
            _folder().joinpath(self.name).unlink(missing_ok=True)

    def work_off(self) -> int:
        """Do all that is due, and return how many jobs that were."""
        count = 0
        while held := self._claim():
            self._carry_out(held)
            count += 1
        return count

    def _step(self) -> bool:
        """Do one job, if any is due, and what is due besides; a database that is away is no reason to stop."""
        try:
            close_old_connections()
            self._look_after()
            held = self._claim()
            if held:
                self._carry_out(held)
            self._away = 0
            return held is not None
        except (OperationalError, InterfaceError) as away:
            if not self._away:
                log.warning("jobs: the database does not answer (%s)", type(away).__name__)
            self._away += 1
            connection.close()
            time.sleep(min(LOOK_EVERY * self._away, LONGEST_PAUSE))
            return False

    def _seal(self) -> None:
        """Seal facts within a second of their commit, also while a job is at work (`kernel.facts.chain`)."""
        sealer = Witness()
        while not self.stopping:
            try:
                close_old_connections()
                sealer.seal()
            except Exception as error:
                log.warning("facts are not sealed: %s\n%s", class_of(error), places(error))
                connection.close()
                sealer = Witness()  # looks at everything once more
                time.sleep(LONGEST_PAUSE)
            time.sleep(LOOK_EVERY)
        connection.close()

    def _look_after(self) -> None:
        now = time.monotonic()
        if now >= self._look_back_at:
            self._look_back_at = now + TAKE_BACK_EVERY
            take_back(me=self.name)
        if now >= self._housekeeping_at:
            self._housekeeping_at = now + HOUR
            keep_house()
        if now >= self._looking_at:
            self._looking_at = now + MINUTE
            keep_house(looking())

    def _claim(self) -> DBTaskResult | None:
        """Take the next due job; a compare-and-set lets one worker win, on both databases."""
        for row in DBTaskResult.objects.ready()[:5]:
            row.worker_ids = [*row.worker_ids, self.name]
            row.status, row.started_at = TaskResultStatus.RUNNING, timezone.now()
            claimed = DBTaskResult.objects.filter(pk=row.pk, status=TaskResultStatus.READY).update(
                status=row.status, started_at=row.started_at, worker_ids=row.worker_ids
            )
            if claimed:
                return row
        return None

    def _carry_out(self, held: DBTaskResult) -> None:
        with telling(str(held.pk)) as teller:
            try:
                work = held.task
                work.func(*held.args_kwargs["args"])
            except RuleBroken as refusal:
                teller.refuse(refusal.sentence)
                patiently(_fail, held, refusal)
            except Exception as error:
                log.warning("jobs: %s failed: %s\n%s", held.task_path, class_of(error), places(error))
                teller.refuse(BROKEN)
                patiently(_try_again, held, error)
            else:
                patiently(_succeed, held)

    def _stop(self, *_: Any) -> None:
        self.stopping = True


def patiently(change: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Do a small change of the database, again and again while it is locked or away, for two minutes."""
    pause, until = 0.1, time.monotonic() + PATIENCE
    while True:
        try:
            return change(*args, **kwargs)
        except (OperationalError, InterfaceError):
            if time.monotonic() > until:
                raise
            connection.close_if_unusable_or_obsolete()
            time.sleep(pause)
            pause = min(2 * pause, 5.0)


def take_back(me: str = "") -> int:
    """Put the jobs of workers that are no more back into the queue; return how many.

    One that was killed as often as it may be tried counts as failed: it may be what kills its worker.
    """
    alive, count = living() - {me}, 0
    for row in DBTaskResult.objects.running():
        if row.worker_ids and row.worker_ids[-1] in alive:
            continue
        count += _end(row, *_again(row, None, timezone.now()))
    return count


def keep_house(works: Iterable[Callable[[], Any]] | None = None) -> None:
    """Do everything that is marked hourly, or these works; what fails is logged and does not stop the rest."""
    for work in housekeeping() if works is None else works:
        try:
            work()
        except Exception as error:
            log.warning("housekeeping %s failed: %s\n%s", work.__name__, class_of(error), places(error))


def living() -> set[str]:
    """Return the names of the workers that run on this data folder; lock files of dead ones are removed."""
    names = set()
    for file in _folder().glob("*-*"):
        if file.suffix == ".new":
            continue
        try:
            handle = os.open(file, os.O_RDWR)
        except OSError:
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file.unlink(missing_ok=True)
        except BlockingIOError:
            names.add(file.name)
        finally:
            os.close(handle)
    return names


def _hold(name: str) -> int:
    """Lock a file for as long as this process lives; it gets its name only when it is locked."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = folder / f"{name}.new"
    handle = os.open(new, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    new.rename(folder / name)
    return handle


def _folder() -> Path:
    return Path(settings.DATA) / "workers"


def _succeed(held: DBTaskResult) -> int:
    return _end(held, TaskResultStatus.SUCCESSFUL, {"finished_at": timezone.now()})


def _fail(held: DBTaskResult, error: BaseException) -> int:
    told = {"exception_class_path": class_of(error), "traceback": places(error)}
    return _end(held, TaskResultStatus.FAILED, {"finished_at": timezone.now(), **told})


def _try_again(held: DBTaskResult, error: BaseException) -> int:
    pause = FIRST_PAUSE * 4 ** (len(held.worker_ids) - 1)
    return _end(held, *_again(held, error, timezone.now() + pause))


def _again(held: DBTaskResult, error: BaseException | None, at: Any) -> tuple[str, dict[str, Any]]:
    told = {
        "exception_class_path": class_of(error) if error else "worker killed",
        "traceback": places(error) if error else "",
    }
    if len(held.worker_ids) < _tries(held):
        return TaskResultStatus.READY, {"run_after": at, **told}
    return TaskResultStatus.FAILED, {"finished_at": timezone.now(), **told}


def _tries(held: DBTaskResult) -> int:
    try:
        work = held.task
    except Exception:  # a job that this version does not know any more
        return 1
    return work.tries if isinstance(work, Job) else 1


def _end(held: DBTaskResult, status: str, facts: dict[str, Any]) -> int:
    """Close one try, unless somebody else has done so meanwhile."""
    mine = DBTaskResult.objects.filter(
        pk=held.pk, status=TaskResultStatus.RUNNING, worker_ids=held.worker_ids
    )
    return mine.update(status=status, **facts)


@hourly
def forget_old_results() -> int:
    """Delete what is known of jobs that ended 7 days ago."""
    return DBTaskResult.objects.finished().filter(finished_at__lt=timezone.now() - KEPT).delete()[0]


@hourly
def forget_old_files() -> int:
    """Delete uploads and previews whose time is over, and progress and marked workbooks of yesterday."""
    gone = files.forget_expired()
    for folder in (progress_folder(), Path(settings.DATA) / "errors"):
        for file in folder.glob("*"):
            if file.is_file() and time.time() - file.stat().st_mtime > KEPT_FILES:
                file.unlink(missing_ok=True)
                gone += 1
    return gone


@hourly
def forget_orphans() -> int:
    """Delete kept uploads of a day ago whose rows were never stored."""
    return uploads.forget_orphans()


@hourly
def forget_expired_sessions() -> None:
    """Delete sessions whose cookie is too old to be used."""
    from django.contrib.sessions.backends.db import SessionStore

    SessionStore.clear_expired()
