"""What rules say to open pages. Everything goes out after commit, and never fails its caller."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from dangqun.kernel.live.posts import send_from_outside
from dangqun.kernel.live.registry import hub


def nudge(topics: str | Iterable[str]) -> None:
    """Tell the listeners of some topics, after commit, that something changed."""
    names = [topics] if isinstance(topics, str) else list(topics)
    if names:
        _after_commit({"nudge": names})


def close_sockets(*, user_id: int | None = None, session_key: str | None = None) -> None:
    """Close the sockets of a user or of one session, after commit."""
    _after_commit({"close": {"user": user_id, "session": session_key}})


def recheck(user_id: int) -> None:
    """Ask again, after commit, whether a user may still listen to what she listens to."""
    _after_commit({"recheck": user_id})


def _after_commit(message: dict[str, Any]) -> None:
    def send() -> None:  # a partial has no name, and Django's robust hook fails for want of one
        _send(message)

    transaction.on_commit(send, robust=True)  # or a stored change would answer 500


def _send(message: dict[str, Any]) -> None:
    if hub.loop is not None:
        hub.loop.call_soon_threadsafe(hub.tell, message)
    else:
        send_from_outside(message)
