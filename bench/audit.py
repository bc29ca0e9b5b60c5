"""Bench of the audit chain: a million facts recorded, sealed and verified, in a data folder of its own.

Beside the verification stands its limit, measured in the same run: SHA-256 from text to text over the same bytes, read
from a plain file. What a verification does besides: it reads seals and facts from the database, checks the key of each seal
and mark, and compares every column with the text.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

from bench._apart import apart

ROWS = 1_000_000
AT_ONCE = 10_000
WHATS = ("bench.corrected", "bench.signed", "bench.moved")  # nothing is wired to them


def run(rows: int = ROWS) -> dict[str, Any]:
    """Return seconds to record, seal and verify that many facts, beside reading and hashing their bytes alone."""
    return apart(__file__, rows)


def _measure(rows: int) -> dict[str, Any]:
    os.environ["DJANGO_SETTINGS_MODULE"] = "dangqun.config.settings"
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from dangqun.kernel.crypto import create_keyring
    from dangqun.kernel.facts import seal_waiting
    from dangqun.kernel.facts.checking import verify

    create_keyring()
    call_command("migrate", verbosity=0)
    recording = _seconds(lambda: _record(rows))
    sealing = _seconds(seal_waiting)
    before, began, used = _resident(), time.perf_counter(), time.process_time()
    verdict = verify()
    verifying, used = time.perf_counter() - began, time.process_time() - used
    assert verdict.holds and verdict.checked == rows and verdict.unsealed == 0, verdict
    limit, size = _limit(Path(settings.DATA, "texts"))
    return {
        "rows": rows,
        "record_seconds": round(recording, 1),
        "seal_seconds": round(sealing, 1),
        "seal_rows_per_second": round(rows / sealing),
        "verify_seconds": round(verifying, 1),
        "verify_cpu_seconds": round(used, 1),
        "verify_rows_per_second": round(rows / verifying),
        "limit_seconds": round(limit, 1),
        "ratio_to_limit": round(verifying / limit, 1),
        "text_mib": round(size / 2**20),
        "mib_above_start": round(_resident() - before, 1),
        **_pages(),
    }


def _record(rows: int) -> None:
    from django.db import transaction

    from dangqun.kernel.facts import record_many
    from dangqun.kernel.models import Anchor

    for start in range(0, rows, AT_ONCE):
        subjects = [
            (
                Anchor(number=number),
                {"mobile": ["138****0001 #1a2b3c4d", f"139****{number % 10_000:04d} #5e6f7a8b"]},
            )
            for number in range(start, min(start + AT_ONCE, rows))
        ]
        with transaction.atomic():
            record_many(WHATS[start // AT_ONCE % len(WHATS)], subjects, by=None, why="核对身份")


def _limit(file: Path) -> tuple[float, int]:
    """Return the seconds of hashing the same texts one after the other, read from a plain file, and their bytes."""
    from dangqun.kernel.models import Fact

    with file.open("w", encoding="utf-8") as out:
        for text in Fact.objects.order_by("pk").values_list("text", flat=True).iterator():
            out.write(f"{text}\n")
    began, hashed = time.perf_counter(), bytes(32)
    with file.open("rb") as lines:
        for line in lines:
            hashed = hashlib.sha256(hashed + line).digest()
    return time.perf_counter() - began, file.stat().st_size


def _pages() -> dict[str, float]:
    """Return the milliseconds of the auditor's pages: the newest, one in the middle, narrowed ones (best of three)."""
    from django.http import QueryDict

    from dangqun.audit import reading
    from dangqun.kernel.models import Fact

    middle = Fact.objects.count() // 2
    asked = {
        "newest": "",
        "middle": f"page={middle}",
        "record": f"about=kernel.anchor:{middle}",
        "reads": "show=reads",
        "changes": "show=changes",
        "actor": "who=平台",
    }
    found = {}
    for name, query in asked.items():
        wanted = reading.Asked.of(QueryDict(query))
        best = min(_seconds(lambda wanted=wanted: reading.numbers(reading.newest(wanted))) for _ in range(3))
        found[f"page_{name}_ms"] = round(1000 * best, 1)
    return found


def _seconds(work: Any) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _resident() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    print(json.dumps(_measure(int(sys.argv[1])), ensure_ascii=False))
