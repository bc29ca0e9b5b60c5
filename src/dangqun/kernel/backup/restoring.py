"""Restoring: into an empty data folder and an empty database, from either database into either, all or nothing.

Until the last step a mark lies in the data folder, with which nothing but another restore starts; that one clears what is there.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from dangqun.kernel.backup import tables
from dangqun.kernel.backup.checking import FILES, KEYS, TABLES, Content, Key, Tell, check, opened
from dangqun.kernel.backup.marks import is_unfinished, mark
from dangqun.kernel.backup.models import Backup
from dangqun.kernel.backup.parts import lines
from dangqun.kernel.backup.sealing import DAMAGED
from dangqun.kernel.durable import settle, write_whole
from dangqun.kernel.facts import record
from dangqun.kernel.rules import RuleBroken, verb
from dangqun.kernel.uploads import kept_folder, place_of

NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}")
NOT_EMPTY = "只能恢复到空的数据文件夹和空的数据库，{where}里已经有资料。请用 DANGQUN_DATA（和 DATABASE_URL）换一个空的。"
NEWER = "这份备份来自更新的版本（{version}），这里装的程序打不开。请先升级程序，再恢复。"


def restore(file: Path, key: Key, tell: Tell) -> Content:
    """Bring back what a backup holds. Raises RuleBroken, and leaves the folder empty, when it cannot be done whole."""
    content = check(file, key, tell)
    _refuse_newer(content)
    _make_room()
    write_whole(mark(), json.dumps({"database": _database()}).encode())
    try:
        _fill(file, key, content, tell)
    except BaseException:
        _clear()
        mark().unlink()
        raise
    os.sync()
    mark().unlink()
    settle(mark().parent)
    return content


@verb
def _note(file: Path, content: Content) -> None:
    held = Backup.objects.create(
        at=timezone.now(),
        kind=Backup.Kind.RESTORED,
        name=str(file),
        size=file.stat().st_size,
        rows=content.rows,
        files=content.files,
    )
    made_at = content.head["made_at"]
    record("backups.restored", held, by=None, changes={"file": [None, file.name], "made_at": [None, made_at]})


def _refuse_newer(content: Content) -> None:
    known = set(MigrationExecutor(connection).loader.disk_migrations)
    if not {tuple(each) for each in content.head["migrations"]} <= known:
        raise RuleBroken(NEWER.format(version=content.head["version"]))


def _make_room() -> None:
    """Clear what an unfinished restore left behind; refuse anything else that is not empty."""
    if is_unfinished() and json.loads(mark().read_bytes())["database"] == _database():
        _clear()
    if connection.introspection.table_names():
        raise RuleBroken(NOT_EMPTY.format(where="数据库"))
    if (Path(settings.DATA) / "keys" / "keyring.json").exists() or any(kept_folder().glob("??/*")):
        raise RuleBroken(NOT_EMPTY.format(where=f"数据文件夹 {settings.DATA} "))


def _clear() -> None:
    """Take away all that a restore brings."""
    data = Path(settings.DATA)
    shutil.rmtree(kept_folder(), ignore_errors=True)
    for file in (data / "keys").glob("*"):
        file.unlink()
    if connection.vendor == "sqlite":
        connection.close()
        for ending in ("", "-wal", "-shm", "-journal"):
            Path(f"{connection.settings_dict['NAME']}{ending}").unlink(missing_ok=True)
        return
    with transaction.atomic(), connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"DROP TABLE IF EXISTS {connection.ops.quote_name(table)} CASCADE")
        cursor.execute(_TRIGGER_FUNCTIONS)
        for (function,) in cursor.fetchall():
            cursor.execute(f"DROP FUNCTION {function} CASCADE")


_TRIGGER_FUNCTIONS = """
SELECT oid::regprocedure::text FROM pg_proc
WHERE pronamespace = current_schema()::regnamespace AND prorettype = 'trigger'::regtype
  AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
"""


def _fill(file: Path, key: Key, content: Content, tell: Tell) -> None:
    """Make the tables of the backup's version, fill them in one transaction, then bring them to this version."""
    executor = MigrationExecutor(connection)
    targets = _last(executor, content.head["migrations"])
    tell("建数据库", 0, 1)
    executor.migrate(targets)
    tell("建数据库", 1, 1)
    apps = executor.loader.project_state(targets, at_end=True).apps
    models = {model._meta.db_table: model for model in tables.stored(apps)}
    with transaction.atomic():
        _empty(models)
        with opened(file, key) as reader:
            _place(reader, models, content, tell)
        tables.set_sequences(content.head["sequences"])
        _compare(models, content, tell)
        if connection.vendor == "sqlite":
            connection.check_constraints()
    call_command("migrate", interactive=False, verbosity=0)
    _note(file, content)


def _last(executor: MigrationExecutor, applied: list[list[str]]) -> list[tuple[str, str]]:
    """Return the newest of the applied migrations of each app."""
    graph, done = executor.loader.graph, {(app, name) for app, name in applied}
    nodes = [node for node in graph.nodes if node in done]
    return [
        node
        for node in nodes
        if not any(child.key in done and child.key[0] == node[0] for child in graph.node_map[node].children)
    ]


def _empty(models: dict[str, Any]) -> None:
    """Take out the rows that migrations put in."""
    for model in models.values():
        if model._base_manager.exists():
            model._base_manager.all()._raw_delete(connection.alias)


def _place(reader: Any, models: dict[str, Any], content: Content, tell: Tell) -> None:
    """Put each part where it belongs."""
    files = 0
    for name, blocks in reader:
        if name.startswith(TABLES):
            _load(name.removeprefix(TABLES), models, blocks, content, tell)
        elif name.startswith(FILES):
            _keep(name.removeprefix(FILES), blocks)
            files += 1
            tell("恢复附件", files, content.files)
        elif name.startswith(KEYS):
            held = name.removeprefix(KEYS)
            if not NAME.fullmatch(held):
                raise RuleBroken(DAMAGED)
            write_whole(Path(settings.DATA) / "keys" / held, b"".join(blocks))


def _load(table: str, models: dict[str, Any], blocks: Iterator[bytes], content: Content, tell: Tell) -> None:
    rows, _ = content.tables[table]
    if table not in models:  # a table of a room that this version has given up
        return
    for done in tables.load(models[table], lines(blocks)):
        tell(f"恢复 {table}", done, rows)


def _keep(key: str, blocks: Iterator[bytes]) -> None:
    place = place_of(key)
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        for block in blocks:
            out.write(block)


def _compare(models: dict[str, Any], content: Content, tell: Tell) -> None:
    """Read every table again out of the new database, and compare count and digest with those of the old one."""
    for number, (table, told) in enumerate(content.tables.items(), 1):
        if table in models and tables.digest(models[table]).told != told:
            raise RuleBroken(f"没有恢复：表 {table} 读出来和备份里的不一样，已经清空。请告诉维护的人。")
        tell("核对数据库", number, len(content.tables))


def _database() -> str:
    """Return a mark of the database in use, without its password."""
    held = connection.settings_dict
    told = [connection.vendor, *(str(held.get(each)) for each in ("HOST", "PORT", "NAME", "USER"))]
    return hashlib.sha256("|".join(told).encode()).hexdigest()
