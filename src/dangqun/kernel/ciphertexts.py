"""Are the ciphertexts where they belong: every encrypted column opened, within a bounded time (`dangqun doctor`)."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from django.apps import apps
from django.db.models import Max

from dangqun.kernel.crypto import EncryptedField, Sealed, Tampered

CHUNK = 500


@dataclass
class Examined:
    """How many rows were opened, whether those were all, and the damaged values as (column's words, row's number)."""

    rows: int = 0
    complete: bool = True
    damaged: list[tuple[str, int]] = field(default_factory=list)


def examine(seconds: float) -> Examined:
    """Open every encrypted value; each table gets its share of the time and begins at a random row.

    So a zone too large for one run is covered by several. Nothing of a value is kept or told.
    """
    found = Examined()
    holders = [(model, names) for model in apps.get_models() if (names := _encrypted(model))]
    for model, names in holders:
        ends = time.monotonic() + seconds / len(holders)
        for row in _rows(model, names):
            if time.monotonic() > ends:
                found.complete = False
                break
            found.rows += 1
            found.damaged += [(_words(model, name), row.pk) for name in names if _is_damaged(row, name)]
    return found


def _rows(model: Any, names: list[str]) -> Iterator[Any]:
    last = model._base_manager.aggregate(last=Max("pk"))["last"]
    if last is None:
        return
    start = random.randint(1, last)
    rows = model._base_manager.only("pk", "uid", *names).order_by("pk")
    yield from chain(
        rows.filter(pk__gte=start).iterator(chunk_size=CHUNK),
        rows.filter(pk__lt=start).iterator(chunk_size=CHUNK),
    )


def _encrypted(model: Any) -> list[str]:
    return [each.name for each in model._meta.concrete_fields if isinstance(each, EncryptedField)]


def _is_damaged(row: Any, name: str) -> bool:
    value = getattr(row, name)
    try:
        if isinstance(value, Sealed):
            value.open()
    except Tampered:
        return True
    return False


def _words(model: Any, name: str) -> str:
    return f"{model._meta.label} 的{model._meta.get_field(name).verbose_name}"
