"""Reading a backup from end to end: whether it is whole, and what is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from dangqun.kernel.backup.parts import Reader, whole
from dangqun.kernel.backup.sealing import DAMAGED, Opener, key_for, raw, read_header
from dangqun.kernel.backup.sheets import number_of
from dangqun.kernel.rules import RuleBroken

Tell = Callable[[str, int, int], None]
Key = bytes | X25519PrivateKey
HEAD, MANIFEST, TABLES, FILES, KEYS = "head", "manifest", "tables/", "files/kept/", "keys/"


@dataclass(frozen=True)
class Content:
    """What a backup says of itself at its beginning (`head`) and at its end (`tables`: rows and digest of each)."""

    head: dict[str, Any]
    tables: dict[str, list[Any]]
    files: int

    @property
    def rows(self) -> int:
        """How many rows there are in all."""
        return sum(rows for rows, _ in self.tables.values())


def header_of(file: Path) -> dict[str, Any]:
    """Return what a backup says in clear. Raises RuleBroken when it cannot be read or is no backup."""
    try:
        with file.open("rb") as opened:
            return read_header(opened)[0]
    except OSError as error:
        raise RuleBroken(f"打不开 {file}，请核对文件名和权限。") from error


@contextmanager
def opened(file: Path, key: Key) -> Iterator[Reader]:
    """Yield the parts of a backup. Raises RuleBroken for a key that is not its own, or damage."""
    header = header_of(file)
    if isinstance(key, X25519PrivateKey):
        refuse_other_sheet(header, number_of(raw(key.public_key())))
    with file.open("rb") as opened:
        yield Reader(Opener(opened, key if isinstance(key, bytes) else key_for(key)))


def refuse_other_sheet(header: dict[str, Any], number: str) -> None:
    """Raise RuleBroken when a backup belongs to another sheet."""
    if header.get("sheet") != number:
        raise RuleBroken(
            f"这个恢复码属于编号 {number} 的恢复单，这份备份要用编号 {header.get('sheet')} 的。请找出那张恢复单。"
        )


def check(file: Path, key: Key, tell: Tell) -> Content:
    """Read a whole backup and compare every hash. Raises RuleBroken when anything is amiss."""
    head: dict[str, Any] = {}
    manifest: dict[str, Any] = {}
    with opened(file, key) as reader:
        total = 0
        for number, (name, blocks) in enumerate(reader):
            if name == HEAD:
                head = whole(blocks)
                total = len(head["counts"]) + head["files"]
            elif name == MANIFEST:
                manifest = whole(blocks)
            tell("核对备份", min(number, total), total)
        reader.read.pop(MANIFEST, None)
        if not manifest or manifest["parts"] != reader.read:
            raise RuleBroken(DAMAGED)
        return Content(head, manifest["tables"], sum(name.startswith(FILES) for name in reader.read))
