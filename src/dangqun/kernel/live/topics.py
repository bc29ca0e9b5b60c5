"""Who may listen to what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

MayListen = Callable[[Any, str], bool]

_kinds: dict[str, MayListen] = {}


def topic(kind: str) -> Callable[[MayListen], MayListen]:
    """Register who may listen to topics `kind:ident`."""

    def register(rule: MayListen) -> MayListen:
        _kinds[kind] = rule
        return rule

    return register


def may_listen(actor: Any, name: str) -> bool:
    """Whether an actor may listen; unknown kinds are refused like forbidden ones."""
    kind, _, ident = name.partition(":")
    rule = _kinds.get(kind)
    return bool(rule and ident and rule(actor, ident))
