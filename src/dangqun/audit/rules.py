"""What the auditor does: she lets the chain be verified, and takes a copy of what she reads. Both are facts themselves."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model

from dangqun.kernel.facts import Changes, Fact, record
from dangqun.kernel.facts.checking import Verdict, verify
from dangqun.kernel.jobs import job, later, standing, tell
from dangqun.kernel.rules import RuleBroken, verb

HOLDS = "全部相符"


def ask_for_verification(*, by: Any) -> None:
    """Let the worker verify the chain. Raises RuleBroken while it is already at it."""
    held = standing(verify_chain, by.pk)
    if held is not None and not held.is_over:
        raise RuleBroken("正在核对，做完会显示结果，不用再点。")
    later(verify_chain, by.pk)


@job(tries=2)
def verify_chain(user_id: int) -> None:
    """Verify the whole chain; how it ended is a fact. The worker does it."""
    verdict = verify(progress=tell)
    note_verification(verdict, by=get_user_model().objects.get(pk=user_id))


@verb
def note_verification(verdict: Verdict, *, by: Any) -> Fact:
    """Record how a verification ended."""
    told: Changes = {
        "result": [None, HOLDS if verdict.bad is None else str(verdict.bad)],
        "checked": [None, verdict.checked],
        "number": [None, verdict.head.number],
        "hash": [None, verdict.head.code],
        "unsealed": [None, verdict.unsealed],
    }
    return record("audit.verified", by, by=by, changes=told)


@verb
def note_export(rows: int, filters: str, *, by: Any) -> None:
    """Record that facts were exported: how many, and which."""
    record("audit.exported", by, by=by, changes={"rows": [None, rows], "filters": [None, filters]})
