"""What rooms above show beside a notice: each gives links (config/wiring.py fills the list)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dangqun.notices.models import Notice
from dangqun.orgs.access import Actor


@dataclass(frozen=True)
class Link:
    """A way from a notice to what belongs to it: the words, a small fact, where to."""

    words: str
    url: str
    note: str = ""


Provider = Callable[[Actor, Notice], list[Link]]
providers: list[Provider] = []


def beside(actor: Actor, notice: Notice) -> list[Link]:
    """Return what belongs to a notice, as far as the actor may see it."""
    return [link for provider in providers for link in provider(actor, notice)]
