"""Files that are whole or not there, whenever the power goes: written beside, brought to the disk, renamed."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO


def write_whole(file: Path, content: bytes) -> None:
    """Put a file of mode 0600 in place of whatever was there."""
    with written_beside(file) as out:
        out.write(content)


@contextmanager
def written_beside(file: Path) -> Iterator[BinaryIO]:
    """Yield a file that takes the place of `file` when the block ends well; else nothing is left of it.

    What processes that were killed left beside it is removed: they hold no lock on it any more.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _remove_left(file)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(6)}.part")
    with open(draft, "x+b", opener=partial(os.open, mode=0o600)) as out:
        fcntl.flock(out, fcntl.LOCK_EX)
        try:
            yield out
            out.flush()
            os.fsync(out.fileno())
            draft.rename(file)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    settle(file.parent)


def settle(folder: Path) -> None:
    """Bring a folder's names to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove_left(file: Path) -> None:
    for left in file.parent.glob(f".{file.name}.*.part"):
        with left.open("rb") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                left.unlink(missing_ok=True)
            except BlockingIOError:
                continue
