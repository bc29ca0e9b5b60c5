"""Bench of notices: publishing to 203 and to 2,030 receivers, their 待办, and the clerk's receipts page.

For each size, in a scratch data folder: how long from 发布 until every receiver's 待办 holds the line (beside it, in the same
run: the same rows stored by the database driver alone), how long the receipts page takes (beside it: the one grouped SELECT
that any such page needs, by the driver), and how many queries it makes. Every response is checked for its figures.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from bench._apart import apart

SIZES = (203, 2030)
PAGES = 40
SAMPLE = 200  # receivers whose 待办 page is opened through the whole of Django


def run() -> dict[str, Any]:
    """Return seconds, ms and query counts for each size, their growth, and the limits measured beside them."""
    found = {str(size): apart(__file__, size) for size in SIZES}
    small, large = (found[str(size)] for size in SIZES)
    return {
        "sizes": found,
        "same_queries": small["receipts_queries"] == large["receipts_queries"],
        "receipts_growth_p50": round(large["receipts_p50_ms"] / small["receipts_p50_ms"], 2),
    }


def _child(size: int) -> dict[str, Any]:
    os.environ["DJANGO_SETTINGS_MODULE"] = "dangqun.config.settings"
    os.environ["DANGQUN_ALLOWED_HOSTS"] = "testserver"
    import django
    from django.conf import settings

    django.setup()
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    clerk = _zone(size)
    notice, published, listed = _publish(clerk, size)
    stored = _rows_by_driver(size)
    _sign_half(notice)
    pages, queries, grouped = _receipts(clerk, notice, size)
    return {
        "receivers": size,
        "published_s": round(published, 3),
        "published_and_listed_s": round(listed, 3),
        "rows_by_driver_s": round(stored, 3),
        "todo_pages_checked": min(SAMPLE, size),
        "receipts_p50_ms": round(statistics.median(pages), 1),
        "receipts_p95_ms": round(sorted(pages)[int(len(pages) * 0.95)], 1),
        "receipts_queries": queries,
        "grouped_select_ms": round(grouped, 2),
    }


def _zone(size: int) -> Any:
    from bench.imports import _zone as empty_zone
    from bench.imports import roster
    from dangqun.kernel.crypto import blind_index
    from dangqun.members.imports.kinds import kind_of
    from dangqun.members.imports.reading import read
    from dangqun.members.imports.rules import carry_out_file
    from dangqun.members.imports.scope import Scope
    from dangqun.members.models import Person
    from dangqun.members.rules.accounts import account_for
    from dangqun.orgs.access import Actor

    empty_zone()
    clerk = Person.objects.get(name="章文静", mobile_index=blind_index("contact", "19800000001")).account
    actor, kind = Actor.of(clerk), kind_of("members")
    carry_out_file(kind, read(kind, roster(size), "花名册.xlsx", Scope(actor).org), strict=True, actor=actor)
    for person in Person.objects.filter(account=None).select_related("org"):
        account_for(person, by=clerk)
    return clerk


def _publish(clerk: Any, size: int) -> tuple[Any, float, float]:
    from django.test import Client

    from dangqun.kernel.calendars import today
    from dangqun.members.models import Person
    from dangqun.notices import rules
    from dangqun.notices.audience import Audience

    facts = {
        "title": "关于冬季安全生产自查的通知",
        "body": "<p>请各支部自查。</p>",
        "audience": Audience(posts=("member",)).stored(),
        "wants_signing": True,
        "deadline": None,
    }
    users = [person.account for person in Person.objects.members(today()).select_related("account")]
    assert len(users) == size, len(users)
    browsers = []
    for user in random.Random(1).sample(users, min(SAMPLE, size)):
        browser = Client()
        _enter(browser, user)
        browsers.append(browser)

    start = time.perf_counter()
    notice = rules.publish(rules.save_draft(None, facts, by=clerk), by=clerk)
    published = time.perf_counter() - start
    for browser in browsers:
        assert facts["title"] in browser.get("/").content.decode()
    return notice, published, time.perf_counter() - start


def _rows_by_driver(size: int) -> float:
    from django.db import connection, transaction

    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bench_receipt (notice bigint, person bigint, branch bigint, signed_at text)"
        )
        start = time.perf_counter()
        with transaction.atomic():
            rows = [(1, at, at % 100, None) for at in range(size)]
            cursor.executemany("INSERT INTO bench_receipt VALUES (%s, %s, %s, %s)", rows)
        return time.perf_counter() - start


def _sign_half(notice: Any) -> None:
    from django.utils import timezone

    from dangqun.notices.models import Receipt

    half = list(Receipt.objects.filter(notice=notice).order_by("pk").values_list("pk", flat=True))[::2]
    for start in range(0, len(half), 500):
        Receipt.objects.filter(pk__in=half[start : start + 500]).update(signed_at=timezone.now())


def _receipts(clerk: Any, notice: Any, size: int) -> tuple[list[float], int, float]:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    browser, url = Client(), f"/notices/{notice.pk}/receipts/"
    _enter(browser, clerk)
    signed, missing = f"{-(-size // 2):,}", f"{size // 2:,}"

    def shown() -> None:
        text = browser.get(url).content.decode()
        assert f"<dd>{signed}<" in text and f"<dd>{missing}<" in text, (signed, missing)

    shown()
    with CaptureQueriesContext(connection) as caught:
        shown()
    queries = len(caught)

    def grouped() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT branch_id, count(*), count(signed_at) FROM notices_receipt WHERE notice_id = %s GROUP BY branch_id",
                [notice.pk],
            )
            assert sum(row[1] for row in cursor.fetchall()) == size

    pages = [_ms(shown) for _ in range(PAGES)]
    return pages, queries, statistics.median(_ms(grouped) for _ in range(PAGES))


def _enter(browser: Any, user: Any) -> None:
    """Sign a test browser in through the ordinary session."""
    from tests.world import enter

    enter(browser, user)


def _ms(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)


if __name__ == "__main__":
    print(json.dumps(_child(int(sys.argv[1])), ensure_ascii=False))
