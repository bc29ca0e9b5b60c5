"""Kinds of papers: each room says how the content of its sheets is made, so that it can be made anew and compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Q

from dangqun.kernel.documents import Letter, Sheet
from dangqun.orgs.access import Actor
from dangqun.orgs.reach import Leaf, within


@dataclass(frozen=True)
class Asked:
    """What is asked for: a kind, its subject (a row's number, or nothing), the day of printing, the choice of rows.

    `needs`: the permission under which its content is shown; whoever fetches a file made later is asked for it again.
    `scope` is plain JSON: reach and filters as they were, so that it gives the same rows whoever asks later.
    """

    kind: str
    subject: str
    day: date
    needs: str
    scope: dict[str, Any] = field(default_factory=dict)

    @property
    def mark(self) -> str:
        """Return 64 hex digits that stand for the choice of rows."""
        text = json.dumps(self.scope, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def reach_of(actor: Actor, permission: str) -> dict[str, list[str]]:
    """Return how far somebody reaches, as plain JSON for a scope."""
    held = actor.paths(permission)
    leaves = [str(path) for path in held if isinstance(path, Leaf)]
    return {"paths": [path for path in held if not isinstance(path, Leaf)], "leaves": leaves}


def within_scope(column: str, scope: dict[str, Any]) -> Q:
    """Return the condition that an organisation's path lies within the reach that a scope holds."""
    return within(column, [*scope.get("paths", ()), *map(Leaf, scope.get("leaves", ()))])


@dataclass(frozen=True)
class Kind:
    """A kind of paper: its name, its words, and how its content is made; None when the subject is gone or withdrawn."""

    name: str
    label: str
    content: Callable[[Asked], Sheet | Letter | None]


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Let papers of this kind be issued and checked; called in config/wiring.py alone."""
    _kinds[kind.name] = kind


def kind_of(name: str) -> Kind:
    """Return a kind. Raises KeyError for one that nobody registered."""
    return _kinds[name]
