"""Bench of pages: every page of the main job, at S1 (203 members) and S2 (2,030), as each role opens it.

For each page: p50 and p95 through Django's WSGI handler in this process, the number of queries, and whether the answer holds
what it must. Beside it, in the same run and called the same way: a bare WSGI application that sends as many bytes. Growth is
p50 at S2 over p50 at S1. Everything happens in scratch data folders.
"""

from __future__ import annotations

import io
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench._apart import apart

SIZES = ("S1", "S2")
ROUNDS = 8  # both sizes stay within a minute
ROOT = Path(__file__).resolve().parent.parent
RUN = "from dangqun.config.cli import main; main()"

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


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
    found = {size: _apart(size) for size in SIZES}
    small, large = (found[size]["pages"] for size in SIZES)
    pages = {name: _beside(small[name], large[name]) for name in small if name in large}
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
    }


def _beside(small: dict[str, Any], large: dict[str, Any]) -> dict[str, Any]:
    return {
        "S1_p95_ms": small["p95_ms"],
        "S2_p95_ms": large["p95_ms"],
        "S1_queries": small["queries"],
        "S2_queries": large["queries"],
        "same": small["queries"] == large["queries"],
        "growth": round(large["p50_ms"] / small["p50_ms"], 2),
    }


def _apart(size: str) -> dict[str, Any]:
    def fill(env: dict[str, str]) -> None:
        asked = [sys.executable, "-c", RUN, "demo", "--size", size]
        subprocess.run(asked, env=env, check=True, capture_output=True)

    return apart(__file__, before=fill, DANGQUN_LOG="ERROR")


def _child() -> dict[str, Any]:
    os.environ["DJANGO_SETTINGS_MODULE"] = "dangqun.config.settings"
    os.environ["DANGQUN_ALLOWED_HOSTS"] = "testserver"
    import django
    from django.conf import settings

    django.setup()
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    from django.core.wsgi import get_wsgi_application

    handler, users = get_wsgi_application(), _users(Path(settings.DATA))
    cookies = {role: _cookie(user) for role, user in users.items()}
    pages, wrong, sizes = {}, [], []
    for page in _pages(users):
        body, measured = _measure(handler, _environ(page.url, cookies[page.role]))
        sizes.append(len(body))
        pages[page.name] = measured | {"queries": _queries(handler, _environ(page.url, cookies[page.role]))}
        if page.holds not in body.decode():
            wrong.append(page.name)
    _, bare = _measure(_bare(round(statistics.median(sizes))), _environ("/", ""))
    return {"pages": pages, "wrong": wrong, "bare_p95_ms": bare["p95_ms"]}


def _users(folder: Path) -> dict[str, Any]:
    from django.contrib.auth import get_user_model

    accounts = json.loads((folder / "demo-accounts.json").read_text(encoding="utf-8"))
    known = get_user_model().objects.in_bulk([each["username"] for each in accounts], field_name="username")
    return {each["role"]: known[each["username"]] for each in accounts}


def _cookie(user: Any) -> str:
    from django.test import Client

    from tests.world import enter

    browser = Client()
    enter(browser, user)
    return "; ".join(f"{key}={held.value}" for key, held in browser.cookies.items())


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


def _environ(url: str, cookie: str) -> Environ:
    from django.test import RequestFactory

    return RequestFactory().get(url, HTTP_COOKIE=cookie, HTTP_HOST="testserver").environ


def _call(application: Application, environ: Environ) -> bytes:
    told: list[str] = []
    answer = application(environ | {"wsgi.input": io.BytesIO()}, lambda status, headers: told.append(status))
    body = b"".join(answer)
    if close := getattr(answer, "close", None):
        close()
    assert told[0].startswith("200"), f"{environ['PATH_INFO']}: {told[0]}"
    return body


def _measure(application: Application, environ: Environ) -> tuple[bytes, dict[str, float]]:
    body, taken = _call(application, environ), []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        _call(application, environ)
        taken.append(1000 * (time.perf_counter() - begun))
    p95 = statistics.quantiles(taken, n=20)[-1]
    return body, {"p50_ms": round(statistics.median(taken), 3), "p95_ms": round(p95, 3)}


def _queries(application: Application, environ: Environ) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        _call(application, environ)
    return len(asked)


def _bare(size: int) -> Application:
    body = b"x" * size

    def application(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", str(size))])
        return [body]

    return application


if __name__ == "__main__":
    print(json.dumps(_child(), ensure_ascii=False))
