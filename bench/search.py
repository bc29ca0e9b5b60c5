"""Bench of search at S3: the page as the office and a secretary open it, every answer compared with a plain look.

Rows are inserted in bulk into a scratch database: 20,300 people, 3,383 branches, 2,000 enterprises, 5,000 notices of 600
characters. Beside the page, in the same run: LIKE on the folded columns alone, and a bare page of the same size. What is
hidden must not show in the time either: a word that stands in a third of all notices, none of which the secretary may see,
is compared with one that stands nowhere.
"""

from __future__ import annotations

import json
import os
import random
import re
import statistics
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench._apart import apart
from bench._wsgi import Application, bare, cookie_of, environ_of, timed

PEOPLE, BRANCHES, FIRMS, NOTICES, LENGTH = 20_300, 3_383, 2_000, 5_000, 600
ROUNDS = 3
ROOT = Path(__file__).resolve().parent.parent
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "建国晓燕志强秀英海涛玉兰文静明华丽娟庆军红梅永平春生国庆德胜"
TOLD = re.compile(r"找到 ([\d,]+) 条")
HIDDEN, ABSENT = "鹿鸣", "鱼翅"
WORDS = "党费月报公示安全生产支部大会主题党日发展对象培训登记材料上报检查整改学习计划民主评议组织关系转接企业职工园区服务"


def run() -> dict[str, Any]:
    """Return p50 and p95 of the page by role, its limits, and how many answers were wrong."""
    return apart(__file__, DANGQUN_LOG="ERROR")


def _child() -> dict[str, Any]:
    os.environ["DJANGO_SETTINGS_MODULE"] = "dangqun.config.settings"
    os.environ["DANGQUN_ALLOWED_HOSTS"] = "testserver"
    import django
    from django.conf import settings

    django.setup()
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application
    from django.db import transaction

    from dangqun.kernel.crypto import create_keyring
    from tests import world as towns

    create_keyring()
    call_command("migrate", verbosity=0)
    with transaction.atomic():
        town = towns.build()
        _fill(town)
    handler, found = get_wsgi_application(), {}
    for role in ("office", "secretary"):
        found |= _measure(handler, town.user[role], role)
    return found | _hidden(handler, town.user["secretary"]) | _limits()


def _fill(town: Any) -> None:
    from dangqun.kernel.bulk import insert
    from dangqun.kernel.search import plain, sought_name, sought_text
    from dangqun.members.models import Person
    from dangqun.members.rules.people import prepare
    from dangqun.notices.models import Notice
    from dangqun.orgs.models import Enterprise, Org

    chance, park, at = random.Random(3), town.parks["东园"], town.committee
    from django.utils import timezone

    def words(length: int) -> str:
        return "".join(chance.choices(WORDS, k=length))

    def called(number: int, end: str) -> str:
        return f"{words(2)}{words(2)}{number}号{end}"

    orgs = []
    for number in range(BRANCHES):
        name = called(number, "党支部")
        sought = sought_name(name, name)
        orgs.append(
            Org(
                kind=Org.Kind.BRANCH, formation="own", name=name, short_name=name, number=number,
                path=f"{park.path}{900_000 + number}/", sought=sought,
            )
        )  # fmt: skip
    insert(orgs)
    firms = []
    for number in range(FIRMS):
        name = called(number, "有限公司")
        firms.append(Enterprise(name=name, short_name=name, park=park, sought=sought_name(name, name)))
    insert(firms)
    people = []
    for _ in range(PEOPLE):
        name = chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=2))
        facts = {"name": name, "mobile": f"139{chance.randrange(10**8):08d}"}
        people.append(prepare(Person(org=chance.choice(orgs), enterprise=chance.choice(firms)), facts))
    insert(people)
    now, notices = timezone.now(), []
    for number in range(NOTICES):
        title, body = f"关于{words(10)}的通知", f"<p>{words(LENGTH // 2)}，{words(LENGTH // 2)}。</p>"
        body += HIDDEN if number % 3 == 0 else ""
        told = {"org": at, "author": town.user["office"], "created_at": now, "published_at": now}
        sought = sought_text(title, plain(body))
        notices.append(Notice(title=title, body=body, sought=sought, state="published", **told))
    insert(notices)


QUERIES = (
    "王建国",
    "王国",
    "建国",
    "wjg",
    "党费",
    "安全",
    "生产",
    "主题党日",
    "支部",
    "有限公司",
    "1203",
    "晓",
    "公示月报",
)


def _naive(user: Any, text: str) -> int:
    """Return how many visible rows a plain look in Python finds."""
    from dangqun.kernel.search import fold, plain
    from dangqun.members.find import COMMON
    from dangqun.members.models import Person
    from dangqun.notices.models import Notice
    from dangqun.orgs.access import Actor
    from dangqun.orgs.models import Enterprise, Org

    actor, total = Actor.of(user), 0
    latin, common = text.isascii(), any(text in each for each in COMMON)

    def named(line: str) -> bool:
        name, *others = line.strip("\n").split("\n")
        return (
            any(each.startswith(text) for each in (name, *others)) if latin else text in name or text in line
        )

    firms = set(Enterprise.objects.filter(pk__gt=0).values_list("pk", "sought"))
    firm_hits = {pk for pk, line in firms if named(line)}
    branches = {pk for pk, line in Org.objects.branches().values_list("pk", "sought") if named(line)}
    for name, line, org, firm in Person.objects.reachable(actor, "members.read").values_list(
        "name", "sought", "org", "enterprise"
    ):
        bearer = named(line) if latin else (
            all(sign in name for sign in text) if len(text) <= 4 else text in name
        )  # fmt: skip
        total += bearer or (not common and (org in branches or firm in firm_hits))
    for model in (Org, Enterprise):
        lines = model.objects.reachable(actor, "orgs.read").values_list("sought", flat=True)
        total += sum(map(named, lines))
    seen = Notice.objects.visible(actor).filter(state="published")
    return total + sum(
        text in fold(title + "\n" + plain(body)) for title, body in seen.values_list("title", "body")
    )


def _measure(handler: Application, user: Any, role: str) -> dict[str, Any]:
    cookie, taken, worked, wrong, sizes = cookie_of(user), [], [], [], []
    for text in QUERIES:
        environ, expected = environ_of(f"/search/?{urlencode({'q': text})}", cookie), _naive(user, text)
        body, times = timed(handler, environ, ROUNDS)
        taken += [wall for wall, _ in times]
        worked += [cpu for _, cpu in times]
        sizes.append(len(body))
        told = TOLD.search(body.decode())
        if int(told[1].replace(",", "") if told else 0) != expected:
            wrong.append([text, told and told[1], expected])
    cuts, cpu = statistics.quantiles(taken, n=20), statistics.quantiles(worked, n=20)
    _, beside = timed(bare(round(statistics.median(sizes))), environ_of("/", ""), 20 * ROUNDS)
    return {
        f"{role}_p50_ms": round(cuts[9], 1),
        f"{role}_p95_ms": round(cuts[18], 1),
        f"{role}_cpu_p50_ms": round(cpu[9], 1),
        f"{role}_cpu_p95_ms": round(cpu[18], 1),
        f"{role}_bare_p95_ms": round(statistics.quantiles([wall for wall, _ in beside], n=20)[18], 3),
        f"{role}_wrong": wrong,
    }


def _hidden(handler: Application, user: Any) -> dict[str, Any]:
    """Return the processor time of a word that only hidden notices hold, over that of one that nothing holds."""
    cookie, medians = cookie_of(user), []
    for text in (HIDDEN, ABSENT):
        body, times = timed(handler, environ_of(f"/search/?{urlencode({'q': text})}", cookie), 10 * ROUNDS)
        assert not TOLD.search(body.decode()), text
        medians.append(statistics.median(cpu for _, cpu in times))
    return {"hidden_over_absent": round(medians[0] / medians[1], 2)}


def _limits() -> dict[str, Any]:
    """Return p95 of LIKE on the folded columns alone, of the longest and the widest table."""
    from django.db import connection

    found = {}
    for table in ("notices_notice", "members_person"):
        taken = []
        for text in QUERIES * ROUNDS:
            begun = time.perf_counter()
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT count(*) FROM {table} WHERE sought LIKE %s", [f"%{text}%"])
                cursor.fetchone()
            taken.append(1000 * (time.perf_counter() - begun))
        found[f"like_{table}_p95_ms"] = round(statistics.quantiles(taken, n=20)[18], 1)
    return found


if __name__ == "__main__":
    print(json.dumps(_child(), ensure_ascii=False))
