"""One moment of the database and of the files that its rows name, while people go on working."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from dangqun.kernel.uploads import kept_folder


@contextmanager
def frozen() -> Iterator[None]:
    """Let every read of this connection see the same moment; nobody else waits for it."""
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")  # deferred: it takes no lock that writers need (atomic() would)
        try:
            cursor.execute("SELECT count(*) FROM sqlite_master")
            yield
        finally:
            cursor.execute("ROLLBACK")


class Kept:
    """Second names (hard links) of the kept uploads: what is deleted or renewed meanwhile stays in the backup as it was."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def link(self) -> None:
        """Give a second name to each upload that has none yet."""
        for file in kept_folder().glob("??/*"):
            second = self.folder / file.name
            if not file.suffix and not second.exists():
                try:
                    os.link(file, second)
                except FileNotFoundError:  # deleted since the folder was read
                    continue

    def __iter__(self) -> Iterator[Path]:
        return iter(sorted(self.folder.iterdir()))


@contextmanager
def kept_files() -> Iterator[Kept]:
    """Yield an empty place for second names, on the disk of the uploads; it is removed afterwards."""
    above = Path(settings.DATA) / "files"
    above.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in above.glob(
        "backup-*"
    ):  # of a process that was killed; a running one has its folder locked by name
        if not _lives(left.name.split("-")[1]):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"backup-{os.getpid()}-", dir=above))
    try:
        yield Kept(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _lives(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True
