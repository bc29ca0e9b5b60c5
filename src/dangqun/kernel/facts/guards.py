"""The database's own word: facts, seals and anchors are never changed, and deleted only up to an anchor.

Whoever may use SQL as the owner of the tables can take these triggers away; the chain tells what was done then.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

TABLES = ("kernel_fact", "kernel_seal", "kernel_anchor")
REFUSAL = "facts are kept: no change, no deletion"
LAST = "(SELECT coalesce(max(number), 0) FROM kernel_anchor)"
KEPT = {
    "kernel_fact": f"NOT EXISTS (SELECT 1 FROM kernel_seal WHERE fact_id = OLD.id AND number <= {LAST})",
    "kernel_seal": f"OLD.number > {LAST}",
    "kernel_anchor": "1 = 1",
}

Execute = Callable[[str], Any]


def set_guards(execute: Execute, vendor: str) -> None:
    """Refuse UPDATE, DELETE of what is to be kept, and TRUNCATE."""
    for statement in _postgresql() if vendor == "postgresql" else _sqlite():
        execute(statement)


def lift_guards(execute: Execute, vendor: str) -> None:
    """Take the refusals away (a migration backwards; tests that empty the database)."""
    for table in TABLES:
        if vendor == "postgresql":
            for event in ("update", "delete", "truncate"):
                execute(f"DROP TRIGGER IF EXISTS {table}_no_{event} ON {table}")
            execute(f"DROP FUNCTION IF EXISTS {table}_kept()")
        else:
            for event in ("update", "delete"):
                execute(f"DROP TRIGGER IF EXISTS {table}_no_{event}")


@contextmanager
def lifted(connection: Any) -> Iterator[None]:
    """Do something without the guards, and set them again."""
    with connection.cursor() as cursor:
        lift_guards(cursor.execute, connection.vendor)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            set_guards(cursor.execute, connection.vendor)


def _sqlite() -> Iterator[str]:
    for table in TABLES:
        refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        yield f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}"
        yield f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} WHEN {KEPT[table]} {refuse}"


def _postgresql() -> Iterator[str]:
    for table in TABLES:
        yield (
            f"CREATE FUNCTION {table}_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF TG_OP = 'DELETE' THEN IF NOT ({KEPT[table]}) THEN RETURN OLD; END IF; END IF; "
            f"RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        for event, each in (("update", "ROW"), ("delete", "ROW"), ("truncate", "STATEMENT")):
            yield (
                f"CREATE TRIGGER {table}_no_{event} BEFORE {event.upper()} ON {table} "
                f"FOR EACH {each} EXECUTE FUNCTION {table}_kept()"
            )
