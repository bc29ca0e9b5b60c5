"""Rows as JSON lines that fit SQLite and PostgreSQL alike; ciphertexts stay ciphertexts; memory does not grow with rows.

A table's digest does not depend on the order of its rows: databases sort texts in ways of their own.
"""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db import connection, models
from django.utils.dateparse import parse_duration

from dangqun.kernel.bulk import write_columns

LEFT_OUT = {"django_session"}  # after a restore everybody signs in again
ROWS = 1000  # a batch
DECODERS: tuple[tuple[type[models.Field], Callable[[Any], Any]], ...] = (
    (models.DateTimeField, datetime.fromisoformat),  # before DateField, whose child it is
    (models.DateField, date.fromisoformat),
    (models.TimeField, time.fromisoformat),
    (models.DurationField, parse_duration),
    (models.DecimalField, Decimal),
    (models.UUIDField, uuid.UUID),
    (models.BinaryField, base64.b64decode),
)


class Digest:
    """How many rows, and a sum of their hashes that is the same in whatever order they come."""

    def __init__(self) -> None:
        self.rows = self._sum = 0

    def add(self, line: bytes) -> None:
        """Take one row."""
        self.rows += 1
        self._sum = (self._sum + int.from_bytes(hashlib.sha256(line).digest(), "big")) % 2**256

    @property
    def told(self) -> list[Any]:
        """Rows and hash, as the manifest holds them."""
        return [self.rows, f"{self._sum:064x}"]


def stored(apps: Any) -> list[type[models.Model]]:
    """Return every model whose rows a backup holds, in the order of the names of their tables."""
    found = {
        model._meta.db_table: model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and model._meta.db_table not in LEFT_OUT
    }
    return [found[table] for table in sorted(found)]


def columns(model: type[models.Model]) -> list[str]:
    """Return the columns of a table in the order of their names: models and migrations do not order them alike."""
    return sorted(field.attname for field in model._meta.local_concrete_fields)


def heading(model: type[models.Model]) -> bytes:
    """Return the first line of a table: its columns."""
    return json.dumps(columns(model)).encode() + b"\n"


def written_rows(model: type[models.Model]) -> Iterator[bytes]:
    """Yield every row as one line of JSON."""
    rows = model._base_manager.order_by("pk").values_list(*columns(model))
    for row in rows.iterator(chunk_size=ROWS):
        yield json.dumps(
            row, default=_plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")
        ).encode()


def digest(model: type[models.Model]) -> Digest:
    """Return the digest of what a table holds now."""
    found = Digest()
    for line in written_rows(model):
        found.add(line)
    return found


def load(model: type[models.Model], found: Iterator[bytes]) -> Iterator[int]:
    """Fill an empty table within the transaction under way; yield how many rows there are after each batch.

    Raises ValueError when the columns are others than the model's.
    """
    held = json.loads(next(found))
    fields = model._meta.local_concrete_fields
    if set(held) != set(columns(model)):
        raise ValueError(f"{model._meta.db_table}: columns {sorted(set(held) ^ set(columns(model)))}")
    decoders = [(held.index(field.attname), _decoder(field)) for field in fields]
    done = 0
    while batch := [json.loads(line) for line in islice(found, ROWS)]:
        values = {
            field.attname: [None if row[at] is None else decode(row[at]) for row in batch]
            for field, (at, decode) in zip(fields, decoders, strict=True)
        }
        write_columns(model, lambda field, values=values: values[field.attname], connection)  # type: ignore[misc]
        done += len(batch)
        yield done


def sequences() -> dict[str, int]:
    """Return the last key that each table gave, so that a key is never given again."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, seq FROM sqlite_sequence")
            return dict(cursor.fetchall())
        cursor.execute(_OWNED)
        owned = cursor.fetchall()
        last = {}
        for table, sequence in owned:
            cursor.execute(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}")
            last[table] = cursor.fetchone()[0]
        return last


def set_sequences(last: dict[str, int]) -> None:
    """Let every table go on counting where it was."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for table, number in last.items():
                cursor.execute(
                    "UPDATE sqlite_sequence SET seq = max(seq, %s) WHERE name = %s", [number, table]
                )
                if not cursor.rowcount and number:
                    cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, number])
            return
        cursor.execute(_OWNED)
        for table, sequence in cursor.fetchall():
            if last.get(table):
                cursor.execute("SELECT setval(%s, %s)", [sequence, last[table]])


_OWNED = """
SELECT t.relname, quote_ident(n.nspname) || '.' || quote_ident(s.relname)
FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.deptype IN ('a', 'i') AND d.classid = 'pg_class'::regclass
JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace n ON n.oid = s.relnamespace
WHERE s.relkind = 'S' AND n.nspname = current_schema()
"""


def _decoder(field: Any) -> Callable[[Any], Any]:
    kind = field.target_field if field.is_relation else field
    return next((decode for known, decode in DECODERS if isinstance(kind, known)), lambda value: value)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    if isinstance(value, uuid.UUID | Decimal):
        return str(value)
    if isinstance(value, timedelta):
        return str(value)
    raise TypeError(f"a backup does not know how to write {type(value).__name__}")
