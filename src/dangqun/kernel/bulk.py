"""Many rows at once: one statement a model, values prepared column by column; every constraint still has the last word.

Django's bulk_create compiles a statement a batch and asks each field about each value: half of an import's time. Here
SQLite gets one prepared statement and PostgreSQL a COPY, and the keys are reserved before the rows are written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache, partial
from operator import attrgetter
from typing import Any

from django.db import connections, models, router
from django.db.transaction import TransactionManagementError

# Values of exactly this type a column of that class takes as they are; any other value is asked of its field.
AS_IS: dict[type[Any], type] = {
    models.CharField: str,
    models.TextField: str,
    models.BooleanField: bool,
    models.BigIntegerField: int,
    models.BigAutoField: int,
}


def insert(instances: Sequence[models.Model]) -> None:
    """Insert new instances of one model in the transaction under way and give them their keys; sends no signals."""
    if not instances:
        return
    model = type(instances[0])
    connection = _connection(model)
    for instance, key in zip(instances, _reserve(model, len(instances), connection), strict=True):
        instance.pk = key
        instance._state.adding, instance._state.db = False, connection.alias
    write_columns(model, lambda field: _attributes(field, instances), connection)


def insert_rows(model: type[models.Model], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that need no instance, as `insert` does. All map the same attributes to values (ValueError)."""
    if not rows:
        return
    names = rows[0].keys()
    if not names <= {field.attname for field in model._meta.local_concrete_fields} or any(
        row.keys() != names for row in rows
    ):
        raise ValueError(f"rows for {model.__name__} do not all have the same attributes of the model")
    connection = _connection(model)
    keys = list(_reserve(model, len(rows), connection))

    def values(field: Any) -> Iterable[Any]:
        if field.primary_key:
            return keys
        if field.attname in names:
            return [row[field.attname] for row in rows]
        return [field.get_default()] * len(rows)

    write_columns(model, values, connection)


def _connection(model: type[models.Model]) -> Any:
    connection = connections[router.db_for_write(model)]
    if not connection.in_atomic_block:
        raise TransactionManagementError("rows in bulk are stored in a transaction")
    return connection


def _reserve(model: type[models.Model], count: int, connection: Any) -> Iterable[int]:
    """Return keys that no other row gets. On SQLite the transaction holds the lock of the only writer."""
    table, pk = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            asked = "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)"
            cursor.execute(asked, [connection.ops.quote_name(table), pk, count])
            return [key for (key,) in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        (last,) = cursor.fetchone() or (0,)
        return range(last + 1, last + count + 1)


def _attributes(field: Any, instances: Sequence[models.Model]) -> Iterable[Any]:
    if type(field).pre_save is models.Field.pre_save:
        return map(attrgetter(field.attname), instances)
    return (field.pre_save(instance, True) for instance in instances)


def _prepared(field: Any, values: Iterable[Any], connection: Any) -> list[Any]:
    """Return one column's values as the database's driver takes them."""
    as_is = AS_IS.get(type(field.target_field if field.is_relation else field))
    prepare: Callable[[Any], Any] = partial(field.get_db_prep_save, connection=connection)
    if type(field) is models.DateField:
        day = connection.ops.adapt_datefield_value
        return [day(value) if type(value) is date else prepare(value) for value in values]
    if type(field) is models.DateTimeField:
        prepare = cache(prepare)  # rows in bulk share their moment
    return [value if value is None or type(value) is as_is else prepare(value) for value in values]


def write_columns(model: type[models.Model], values: Callable[[Any], Iterable[Any]], connection: Any) -> None:
    """Write one row for each of the values that `values` returns for a field."""
    fields, name = model._meta.local_concrete_fields, connection.ops.quote_name
    rows = zip(*(_prepared(field, values(field), connection) for field in fields), strict=True)
    place = f"{name(model._meta.db_table)} ({', '.join(name(field.column) for field in fields)})"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with connection.wrap_database_errors, cursor.copy(f"COPY {place} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            cursor.executemany(f"INSERT INTO {place} VALUES ({', '.join(['%s'] * len(fields))})", rows)
