"""Bench of pages: every page of the main job, at S1 (203 members) and S2 (2,030), as each role opens it.

For each page: p50 and p95 through Django's WSGI handler in this process, its processor time, the number of queries, and
whether the answer holds what it must. Beside it, in the same run and called the same way: a bare WSGI application that sends
as many bytes. Growth is the processor time at S2 over that at S1 (median of each), which a busy machine does not change.
Then, at S2, the mixed load of `_mixed`. Everything happens in scratch data folders.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench._apart import environment, measured
from bench._wsgi import Application, Environ, bare, call, cookie_of, environ_of, timed

SIZES = ("S1", "S2")
ROUNDS = 8  # both sizes stay within a minute
ROOT = Path(__file__).resolve().parent.parent
RUN = "from dangqun.config.cli import main; main()"


@dataclass(frozen=True)
class Page:
    """A page: who opens it, where, and a text that a right answer holds."""

    role: str
    url: str
    holds: str

    @property
    def name(self) -> str:
        """Who and which route: the same at both sizes."""
        from django.urls import resolve

        path, mark, _ = self.url.partition("?")
        return f"{self.role} {resolve(path).url_name}{mark}"


def run() -> dict[str, Any]:
    """Return ms, queries and growth of each page; `wrong` lists pages whose answer was not the right one."""
    from bench._mixed import mixed  # it reads models, which the process of a child has yet to set up

    found: dict[str, Any] = {}
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            env = environment(folder, DANGQUN_LOG="ERROR", DANGQUN_ALLOWED_HOSTS="127.0.0.1")
            subprocess.run(
                [sys.executable, "-c", RUN, "demo", "--size", size], env=env, check=True, capture_output=True
            )
            found[size] = measured(__file__, env=env)
            if size == SIZES[-1]:
                load = mixed(found[size]["asked"], env)
    small, large = (found[size]["pages"] for size in SIZES)
    pages = {name: _beside(small[name], large[name]) for name in small if name in large}
    most = max(pages, key=lambda name: pages[name]["growth"])
    slowest = max(pages, key=lambda name: pages[name]["S2_p95_ms"])
    return {
        "pages": pages,
        "bare_p95_ms": {size: found[size]["bare_p95_ms"] for size in SIZES},
        "wrong": sorted({*found["S1"]["wrong"], *found["S2"]["wrong"]}),
        "more_queries_at_s2": {
            n: [p["S1_queries"], p["S2_queries"]] for n, p in pages.items() if not p["same"]
        },
        "slowest": {slowest: pages[slowest]},
        "growth_p50": round(statistics.median(page["growth"] for page in pages.values()), 2),
        "growth_most": {most: pages[most]["growth"]},
        "mixed": load,
    }


def _beside(small: dict[str, Any], large: dict[str, Any]) -> dict[str, Any]:
    return {
        "S1_p95_ms": small["p95_ms"],
        "S2_p95_ms": large["p95_ms"],
        "S1_queries": small["queries"],
        "S2_queries": large["queries"],
        "same": small["queries"] == large["queries"],
        "S1_cpu_ms": small["cpu_ms"],
        "S2_cpu_ms": large["cpu_ms"],
        "growth": round(large["cpu_ms"] / small["cpu_ms"], 2),
    }


def _child() -> dict[str, Any]:
    os.environ["DJANGO_SETTINGS_MODULE"] = "dangqun.config.settings"
    os.environ["DANGQUN_ALLOWED_HOSTS"] = "testserver,127.0.0.1"
    import django
    from django.conf import settings

    django.setup()
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    from django.core.wsgi import get_wsgi_application

    handler, users = get_wsgi_application(), _users(Path(settings.DATA))
    cookies = {role: cookie_of(user) for role, user in users.items()}
    pages, wrong, sizes, asked = {}, [], [], []
    for page in _pages(users):
        asked.append({"role": page.role, "url": page.url, "holds": page.holds, "cookie": cookies[page.role]})
        body, times = timed(handler, environ_of(page.url, cookies[page.role]), ROUNDS)
        sizes.append(len(body))
        pages[page.name] = _figures(times) | {
            "queries": _queries(handler, environ_of(page.url, cookies[page.role]))
        }
        if page.holds not in body.decode():
            wrong.append(page.name)
    _, beside = timed(bare(round(statistics.median(sizes))), environ_of("/", ""), ROUNDS)
    return {"pages": pages, "wrong": wrong, "bare_p95_ms": _figures(beside)["p95_ms"], "asked": asked}


def _figures(times: list[tuple[float, float]]) -> dict[str, float]:
    taken, worked = zip(*times, strict=True)
    return {
        "p50_ms": round(statistics.median(taken), 3),
        "p95_ms": round(statistics.quantiles(taken, n=20)[-1], 3),
        "cpu_ms": round(statistics.median(worked), 3),
    }


def _users(folder: Path) -> dict[str, Any]:
    from django.contrib.auth import get_user_model

    accounts = json.loads((folder / "demo-accounts.json").read_text(encoding="utf-8"))
    known = get_user_model().objects.in_bulk([each["username"] for each in accounts], field_name="username")
    return {each["role"]: known[each["username"]] for each in accounts}


def _pages(users: dict[str, Any]) -> list[Page]:
    """Return the pages of the issue, with rows that exist in this zone."""
    from dangqun.members.models import Person
    from dangqun.notices.models import Notice, Receipt
    from dangqun.orgs.models import Enterprise, Org

    own = Person.objects.get(account=users["secretary"])
    hers = Receipt.objects.filter(person__account=users["member"]).values("notice")
    to_all = Notice.objects.filter(state=Notice.State.PUBLISHED, pk__in=hers).latest("pk")
    park, firm = Org.objects.parks().in_order().first(), Enterprise.objects.order_by("pk").first()
    assert park is not None and firm is not None  # the demo zone has both
    clerk = [
        ("/", "待办"),
        ("/overview/", "两个覆盖"),
        ("/orgs/", park.short_name),
        ("/orgs/coverage/", "组织覆盖"),
        (f"/orgs/{own.org_id}/", own.org.name),
        (f"/orgs/enterprises/{firm.pk}/", firm.name),
        ("/people/", "党员名册"),
        ("/people/?q=li", "党员名册"),
        (f"/people/{own.pk}/", own.name),
        ("/people/import/", "导入"),
        ("/notices/", "通知"),
        ("/notices/new/", "发布通知"),
        (f"/notices/{to_all.pk}/", to_all.title),
        (f"/notices/{to_all.pk}/receipts/", "已签收"),
        (f"/search/?q={own.name}", own.name),
        ("/services/", "找谁办"),
        ("/me/", "我的信息"),
        ("/me/devices/", "登录与安全"),
    ]
    others = {
        "secretary": ["/", "/overview/", "/people/", "/orgs/", f"/notices/{to_all.pk}/receipts/"],
        "member": ["/", "/notices/", f"/notices/{to_all.pk}/", "/me/", "/services/", "/orgs/"],
        "committee_member": ["/overview/", "/people/"],
        "instructor": ["/overview/", "/orgs/coverage/"],
        "system_admin": ["/staff/"],
        "security_admin": ["/grants/"],
    }
    found = [Page("office", url, text) for url, text in clerk]
    return found + [Page(role, url, "</h1>") for role, urls in others.items() for url in urls]


def _queries(application: Application, environ: Environ) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        call(application, environ)
    return len(asked)


if __name__ == "__main__":
    print(json.dumps(_child(), ensure_ascii=False))
