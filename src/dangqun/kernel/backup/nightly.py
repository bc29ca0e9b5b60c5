"""Backups by themselves: one a day after a set hour, seven daily and four weekly kept, one a week restored for a test.

What is due is computed from what was made: a machine that was off makes its backup when it is on again.
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from dangqun.kernel.backup.drill import drill
from dangqun.kernel.backup.making import make, note
from dangqun.kernel.backup.models import Backup
from dangqun.kernel.backup.sheets import recipient
from dangqun.kernel.jobs import minutely, tell
from dangqun.kernel.rules import RuleBroken, verb

DAILY, WEEKLY = 7, 4
TEST_EVERY = timedelta(days=7) - timedelta(hours=12)  # so that it stays on the same night of the week
TRY_AGAIN = timedelta(hours=1)
NAME = re.compile(r"dangqun-(\d{8}-\d{6})\.backup")
FORM = "%Y%m%d-%H%M%S"

log = logging.getLogger("dangqun.backups")


def due(now: datetime, last: datetime | None, since: datetime) -> bool:
    """Whether a backup is to be made: the last hour of backups is younger than the newest backup and the sheet."""
    return max(last or since, since) < last_hour(now)


def last_hour(now: datetime) -> datetime:
    """Return the moment, now or before, at which a nightly backup was to begin."""
    local = timezone.localtime(now)
    today = local.replace(hour=settings.BACKUP_HOUR, minute=0, second=0, microsecond=0)
    return today if today <= local else today - timedelta(days=1)


def kept(moments: Iterable[datetime]) -> set[datetime]:
    """Return which backups stay: the newest of each of the last 7 days on which any was made, and of the 4 weeks before."""
    newest_first = sorted(moments, reverse=True)
    days: dict[object, datetime] = {}
    weeks: dict[object, datetime] = {}
    for each in newest_first:
        days.setdefault(each.date(), each)
        weeks.setdefault(each.isocalendar()[:2], each)
    daily = list(days.values())[:DAILY]
    return {*daily, *[each for each in weeks.values() if each not in daily][:WEEKLY]}


@minutely
def make_nightly() -> bool:
    """Make the backup that is due, if one is; whatever fails is noted and tried again after an hour."""
    towards, now = recipient(), timezone.now()
    if towards is None or not due(now, Backup.objects.last_at(), towards.since):
        return False
    if Backup.objects.filter(kind=Backup.Kind.NIGHTLY, at__gt=now - TRY_AGAIN).exists():
        return False
    with _alone() as alone:
        if not alone:
            return False
        file = settings.BACKUP_DIR / f"dangqun-{timezone.localtime(now):{FORM}}.backup"
        try:
            _make(file, now)
        except RuleBroken as refusal:
            _note_trouble(file, refusal.sentence)
            log.warning("the nightly backup failed, see dangqun doctor")
            return False
        forget_old()
    return True


def forget_old() -> None:
    """Delete nightly backups that need not be kept; files with other names are nobody's business."""
    held = {datetime.strptime(name[1], FORM): file for file, name in _nightly_files()}  # noqa: DTZ007
    for moment in held.keys() - kept(held):
        held[moment].unlink(missing_ok=True)


def _make(file: Path, now: datetime) -> None:
    made = make(file, tell)
    tested = Backup.objects.last_tested_at()
    if tested is not None and tested > now - TEST_EVERY:
        note(Backup.Kind.NIGHTLY, made)
        return
    try:
        drill(made)
    except RuleBroken as refusal:
        note(Backup.Kind.NIGHTLY, made, tested=False)
        log.warning("a test restore failed, see dangqun doctor")
        _note_trouble(file, refusal.sentence)
    else:
        note(Backup.Kind.NIGHTLY, made, tested=True)


@verb
def _note_trouble(file: Path, sentence: str) -> None:
    kind = Backup.Kind.NIGHTLY
    Backup.objects.create(at=timezone.now(), kind=kind, name=str(file), trouble=sentence[:200])


def _nightly_files() -> Iterator[tuple[Path, re.Match[str]]]:
    for file in Path(settings.BACKUP_DIR).iterdir():
        name = NAME.fullmatch(file.name)
        if name:
            yield file, name


@contextmanager
def _alone() -> Iterator[bool]:
    """Yield whether no other worker makes a backup into this folder."""
    handle = os.open(Path(settings.BACKUP_DIR) / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(handle)
