"""How long facts are kept: 《网络安全法》 asks for six months at least, we keep 400 days (settings.AUDIT_DAYS)."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from dangqun.kernel.facts.chain import marker, moment, of_seal
from dangqun.kernel.facts.checking import check_through
from dangqun.kernel.facts.recording import record
from dangqun.kernel.jobs import hourly
from dangqun.kernel.models import Anchor, Hold, Seal
from dangqun.kernel.rules import verb

AT_ONCE = 20_000
ONCE_IN = timedelta(days=1)

log = logging.getLogger("dangqun.facts")


@hourly
def remove_old_facts(now: datetime | None = None) -> int:
    """Remove the oldest sealed facts once a day when their time is over; return how many.

    Nothing goes while that part of the chain does not verify (it is evidence then), or while the office holds facts.
    """
    if Hold.objects.filter(code="facts", row="", lifted_at=None).exists():
        return 0
    now = now or timezone.now()
    until, count = now - timedelta(days=settings.AUDIT_DAYS), 0
    oldest = Seal.objects.order_by("number").values_list("at", flat=True).first()
    if oldest is None or oldest >= until - ONCE_IN:
        return 0
    while removed := _remove(until, now):
        count += removed
    return count


@verb
def _remove(until: datetime, now: datetime) -> int:
    """Remove up to 20,000 facts from the chain's beginning, leave an anchor there, and record it."""
    numbers = list(Seal.objects.order_by("number").values_list("number", "at", "hash")[:AT_ONCE])
    gone = [(number, hashed) for number, at, hashed in numbers if at < until]
    if not gone:
        return 0
    (first, _), (last, hashed) = gone[0], gone[-1]
    bad = check_through(last)
    if bad:
        log.warning("facts are not removed, their chain is broken: run dangqun audit verify")
        return 0
    anchor = Anchor.objects.create(
        number=last, at=now, hash=hashed, mark=marker()(of_seal(last, "anchor", moment(now), hashed))
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM kernel_fact WHERE id IN (SELECT fact_id FROM kernel_seal WHERE number <= %s)", [last]
        )
        cursor.execute("DELETE FROM kernel_seal WHERE number <= %s", [last])
    record(
        "kernel.facts_removed",
        anchor,
        by=None,
        changes={"number": [first, last], "hash": [None, hashed[:16]]},
    )
    return len(gone)
