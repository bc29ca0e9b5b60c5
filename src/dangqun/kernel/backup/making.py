"""Making a backup: one encrypted file beside the running platform, in its place only when it was read back whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from dangqun.kernel.backup import tables
from dangqun.kernel.backup.checking import FILES, HEAD, KEYS, MANIFEST, TABLES, Content, Tell, check
from dangqun.kernel.backup.models import Backup
from dangqun.kernel.backup.parts import BLOCK, Writer
from dangqun.kernel.backup.sealing import Sealer
from dangqun.kernel.backup.sheets import Recipient, recipient
from dangqun.kernel.backup.snapshot import Kept, frozen, kept_files
from dangqun.kernel.crypto import RING, united_rings
from dangqun.kernel.durable import written_beside
from dangqun.kernel.facts import record
from dangqun.kernel.rules import RuleBroken, verb
from dangqun.kernel.uploads import named_keys

NO_SHEET = "还没有恢复单，备份没有办法加密。请先运行 dangqun keys sheet，把恢复单打印出来收好。"
TELL_EVERY = 500  # rows


@dataclass(frozen=True)
class Made:
    """A backup: where it lies, what is in it, uploads that were lost before, and the key that opens it until it is forgotten."""

    file: Path
    size: int
    content: Content
    lost: int
    key: bytes


def make(file: Path, tell: Tell) -> Made:
    """Write a backup of this installation. Raises RuleBroken without a sheet or a place to write."""
    towards = recipient()
    if towards is None:
        raise RuleBroken(NO_SHEET)
    try:
        with written_beside(file) as out:
            sealer = _seal(out, towards)
            lost = _write(Writer(sealer), tell)
            sealer.close()
            out.flush()
            size = out.tell()
            content = check(Path(out.name), sealer.key, tell)
    except OSError as error:
        raise RuleBroken(f"备份写不到 {file}（{error.strerror}）。请核对文件夹、权限和剩余空间。") from error
    return Made(file, size, content, lost, sealer.key)


@verb
def note(kind: str, made: Made, *, tested: bool | None = None) -> Backup:
    """Remember a backup that was made."""
    held = Backup.objects.create(
        at=timezone.now(),
        kind=kind,
        name=str(made.file),
        size=made.size,
        rows=made.content.rows,
        files=made.content.files,
        tested=tested,
    )
    record("backups.made", held, by=None, changes={"file": [None, made.file.name]})
    return held


def _seal(out: Any, towards: Recipient) -> Sealer:
    told = {
        "sheet": towards.number,
        "version": version("dangqun"),
        "made_at": timezone.localtime().isoformat(timespec="seconds"),
        "cipher": settings.CIPHER,
    }
    return Sealer(out, towards.public, told)


def _write(parts: Writer, tell: Tell) -> int:
    """Write all parts; return how many uploads that rows name are not there."""
    keys = _keys()
    with kept_files() as kept:
        kept.link()
        with frozen():
            kept.link()  # whatever came between; what rows of this moment name has a second name now
            lost = len(named_keys() - {file.name for file in kept})
            head = _head(kept)
            parts.put(HEAD, head)
            keys |= _keys() | {
                RING: united_rings(keys[RING], (Path(settings.DATA) / "keys" / RING).read_bytes())
            }
            for name, content in keys.items():
                with parts.part(f"{KEYS}{name}") as part:
                    part.write(content)
            told = _write_tables(parts, sum(head["counts"].values()), tell)
        _write_files(parts, kept, tell)
    parts.put(MANIFEST, {"parts": dict(parts.written), "tables": told})
    return lost


def _head(kept: Kept) -> dict[str, Any]:
    return {
        "version": version("dangqun"),
        "made_at": timezone.now().isoformat(),
        "vendor": connection.vendor,
        "migrations": sorted(map(list, MigrationRecorder(connection).applied_migrations())),
        "counts": {model._meta.db_table: model._base_manager.count() for model in tables.stored(apps)},
        "sequences": tables.sequences(),
        "files": sum(1 for _ in kept),
    }


def _write_tables(parts: Writer, total: int, tell: Tell) -> dict[str, list[Any]]:
    told, done = {}, 0
    for model in tables.stored(apps):
        found = tables.Digest()
        with parts.part(f"{TABLES}{model._meta.db_table}") as part:
            part.write(tables.heading(model))
            for line in tables.written_rows(model):
                found.add(line)
                part.write(line + b"\n")
                done += 1
                if not done % TELL_EVERY:
                    tell("写数据库", done, total)
        told[model._meta.db_table] = found.told
    tell("写数据库", total, total)
    return told


def _write_files(parts: Writer, kept: Kept, tell: Tell) -> None:
    files = list(kept)
    for number, file in enumerate(files, 1):
        with parts.part(f"{FILES}{file.name}", packed=False) as part, file.open("rb") as opened:
            while block := opened.read(BLOCK):
                part.write(block)
        tell("写附件", number, len(files))


def _keys() -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in _key_files()}


def _key_files() -> Iterator[Path]:
    folder = Path(settings.DATA) / "keys"
    return (
        folder / name for name in sorted(os.listdir(folder)) if (folder / name).is_file() and name[0] != "."
    )
