"""What facts are called on screens: each room that records has a `facts.py` with WORDS, and what of it is a mere read in READS.

WHYS puts reasons that the code gives in English into Chinese; what a person typed stays as it is.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps


def words(what: str) -> str:
    """Return the Chinese words of a fact; a name that no room knows (of an older version) as it is."""
    return catalogue().get(what, what)


def why_in_words(why: str) -> str:
    """Return a reason in Chinese."""
    return _whys().get(why, why)


@cache
def catalogue() -> dict[str, str]:
    """Return all kinds of facts with their words."""
    return {what: told for room in _rooms() for what, told in getattr(room, "WORDS", {}).items()}


@cache
def reads() -> frozenset[str]:
    """Return the kinds of facts that change nothing: somebody saw, printed or exported a sensitive record."""
    return frozenset(what for room in _rooms() for what in getattr(room, "READS", ()))


@cache
def _whys() -> dict[str, str]:
    return {why: told for room in _rooms() for why, told in getattr(room, "WHYS", {}).items()}


@cache
def _rooms() -> tuple[Any, ...]:
    names = [f"{app.name}.facts" for app in apps.get_app_configs() if app.name.startswith("dangqun.")]
    return tuple(import_module(name) for name in names if find_spec(name))
