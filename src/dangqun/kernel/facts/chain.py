"""The chain: committed facts get a number and a hash over the one before, so that later changes are noticed.

hash = SHA-256(hash before, 32 bytes + text of the fact, UTF-8); the first follows 32 zero bytes. Numbers follow commits,
ids do not. The marks are keyed (key ring, purpose index): they tell what the platform wrote from what SQL alone wrote.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.utils import timezone

from dangqun.kernel.calendars import local
from dangqun.kernel.crypto import keyring
from dangqun.kernel.models import Anchor, Fact, Seal
from dangqun.kernel.rules import verb

START = "0" * 64
MARK = 32  # hex digits
BATCH = 1000
LATEST_COMMIT = timedelta(minutes=10)  # what commits later than that is looked for once an hour only
LOOK_ALL_EVERY = 3600.0
LOCK = 0x64616E67  # the advisory lock of the one sealer (PostgreSQL)


@dataclass(frozen=True)
class Head:
    """The newest seal: how many facts the chain has seen, when, and its hash."""

    number: int
    at: datetime | None
    hash: str

    @property
    def code(self) -> str:
        """The first 16 hex digits in groups of four: what is printed, and read aloud."""
        return " ".join(self.hash[at : at + 4] for at in range(0, 16, 4))

    def __str__(self) -> str:
        """Return the line for printed sheets, e.g. 审计链首 第 1024 条 2026-11-25 09:30 1a2b 3c4d 5e6f 7a8b."""
        if self.at is None:
            return "审计链首 尚无封存"
        return f"审计链首 第 {self.number} 条 {local(self.at):%Y-%m-%d %H:%M} {self.code}"


def head() -> Head:
    """Return the head of the chain; number 0 when nothing was sealed yet."""
    newest = Seal.objects.order_by("-number").values_list("number", "at", "hash").first()
    if newest is None:
        newest = Anchor.objects.order_by("-number").values_list("number", "at", "hash").first()
    return Head(*newest) if newest else Head(0, None, START)


def link(before: str, text: str) -> str:
    """Return the hash of a fact after the hash before it."""
    return hashlib.sha256(bytes.fromhex(before) + text.encode()).hexdigest()


def marker() -> Callable[[str], str]:
    """Return the function that marks texts; the key is read once for as many as there are."""
    ring = keyring()["index"]
    key = ring[min(ring)]
    return lambda text: hmac.digest(key, text.encode(), "sha256").hex()[:MARK]


def of_fact(text: str) -> str:
    """Return what the mark of a fact covers."""
    return f"fact|{text}"


def of_seal(number: int, fact_id: int | str, at: str, hashed: str) -> str:
    """Return what the mark of a seal or an anchor covers; `at` in ISO format, UTC, with microseconds."""
    return f"seal|{number}|{fact_id}|{at}|{hashed}"


def moment(at: datetime) -> str:
    """Return a time as texts and marks hold it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


class Sealer:
    """Seals what is new, again and again: facts of the last ten minutes, and once an hour whatever was left behind."""

    def __init__(self) -> None:
        self._look_all_at = 0.0
        self._refused: set[int] = set()

    def seal(self) -> int:
        """Number and chain all committed facts that have no seal yet; return how many."""
        count, floor = 0, self._floor()
        while fresh := self._fresh(floor, 1):
            sealed = self._seal_batch(floor)
            if sealed is None:
                break
            count += len(sealed)
            floor = max(sealed, default=fresh[0])
        return count

    def _floor(self) -> int:
        """Return an id below which nothing comes any more: rows commit late, but their ids are as old as their time."""
        if time.monotonic() >= self._look_all_at:
            self._look_all_at = time.monotonic() + LOOK_ALL_EVERY
            return 0
        old = Fact.objects.filter(at__lt=timezone.now() - LATEST_COMMIT).order_by("-at", "-pk")
        return old.values_list("pk", flat=True).first() or 0

    def _fresh(self, floor: int, limit: int) -> list[int]:
        found = waiting(floor, limit + len(self._refused))
        return [key for key in found if key not in self._refused][:limit]

    @verb
    def _seal_batch(self, floor: int) -> list[int] | None:
        """Seal up to a thousand facts in one transaction and return their ids; None when another sealer is at it.

        A row whose mark does not fit was not written by the platform: it gets no seal, and `verify` names it.
        """
        if not _alone():
            return None
        mark = marker()
        found = Fact.objects.filter(pk__in=self._fresh(floor, BATCH)).order_by("pk")
        facts = list(found.values_list("pk", "text", "mark"))
        written = [(key, text) for key, text, held in facts if held == mark(of_fact(text))]
        self._refused |= {fact[0] for fact in facts} - {fact[0] for fact in written}
        _append(written, mark)
        return [key for key, _ in written]


def seal_waiting() -> int:
    """Seal everything that is committed, here and now; return how many facts that were."""
    return Sealer().seal()


def waiting(floor: int, limit: int) -> list[int]:
    """Return ids above `floor` of facts that have no seal, oldest first."""
    asked = (
        "SELECT f.id FROM kernel_fact f LEFT JOIN kernel_seal s ON s.fact_id = f.id "
        "WHERE f.id > %s AND s.number IS NULL ORDER BY f.id LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(asked, [floor, limit])
        return [key for (key,) in cursor.fetchall()]


def _alone() -> bool:
    if connection.vendor != "postgresql":
        return True  # the transaction is the only writer
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def _append(facts: Sequence[tuple[int, str]], mark: Callable[[str], str]) -> None:
    last, at = head(), timezone.now()
    number, hashed, told = last.number, last.hash, moment(at)
    stored, seals = connection.ops.adapt_datetimefield_value(at), []
    for key, text in facts:
        number, hashed = number + 1, link(hashed, text)
        seals.append((number, key, stored, hashed, mark(of_seal(number, key, told, hashed))))
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO kernel_seal (number, fact_id, at, hash, mark) VALUES (%s, %s, %s, %s, %s)", seals
        )
