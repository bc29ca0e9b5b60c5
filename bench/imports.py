"""Bench of the roster import: 10,000 generated rows read, checked, encrypted, recorded and stored in one transaction.

Beside it, on the same rows: django-import-export putting them unchecked into one plain table (its default way and its bulk
way), and the limit, calamine + bulk_create into that table. Other work on the machine disturbs single figures: ours
and theirs take turns, each time in a fresh process on a fresh copy of the same zone, and medians count. The plain table lies
in a scratch file of its own with the same settings; it is no part of the product's schema.
"""

from __future__ import annotations

import gc
import io
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from bench._apart import environment, measured

ROWS, FEW = 10_000, 1_000
ROUNDS = 5
BRANCHES = 100
BLOCKS = 20  # of a thousand people each; birthdays differ between blocks, serial numbers within one
HEADINGS = (
    "序号", "姓名", "性别", "民族", "公民身份号码", "出生日期", "学历", "人员类别", "加入党组织日期", "转为正式党员日期",
    "工作岗位", "联系电话", "所在企业", "所在党支部",
)  # fmt: skip
NAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨",
    "晓红建国明志强丽华军平文静海涛玉兰梅芳燕霞敏杰勇超浩宇欣怡然思涵辉飞鹏波远",
)
EDUCATION = ("高中", "中专", "大专", "大学本科", "研究生")
POSITIONS = ("生产一线职工", "技术员", "班组长", "车间主任", "销售人员", "财务人员")


BULK = {"use_bulk": True, "batch_size": 1000, "skip_diff": True, "force_init_instance": True}
OFTEN = ("ours", "bulk", "few")  # measured in every round; the other ways once


def run(rows: int = ROWS, rounds: int = ROUNDS) -> dict[str, Any]:
    """Return rows a second of ours, of django-import-export and of the limit, their ratio, MiB above start, growth.

    `ratio` is ours to the fastest way of django-import-export that starts, as ours does, from the workbook;
    `growth` is rows a second at a thousand rows to those at all rows (1.0: time grows as the rows do).
    """
    rates: dict[str, list[float]] = defaultdict(list)
    memory = 0.0
    with tempfile.TemporaryDirectory() as folder:
        zone, copy = Path(folder, "zone"), Path(folder, "copy")
        _child("prepare", zone, rows)
        for way in _turns(rounds):
            shutil.copytree(zone, copy)
            found = _child(way, copy, FEW if way == "few" else rows)
            shutil.rmtree(copy)
            rates[way].append(found["rows"] / found["seconds"])
            memory = max(memory, found.get("mib", 0.0))
    return _figures(rows, rates) | {"mib_above_start": round(memory, 1)}


def _figures(rows: int, rates: dict[str, list[float]]) -> dict[str, Any]:
    middle = {way: median(found) for way, found in rates.items()}
    best = max(("default", "bulk"), key=lambda way: middle[way])
    return {
        "rows": rows,
        "rounds": len(rates["ours"]),
        "rows_per_second": round(middle["ours"]),
        "import_export_rows_per_second": round(middle[best]),
        "import_export_default_rows_per_second": round(middle["default"]),
        "import_export_bulk_rows_per_second": round(middle["bulk"]),
        "import_export_bulk_without_reading_rows_per_second": round(middle["given"]),
        "limit_rows_per_second": round(middle["limit"]),
        "ratio": _ratio(rates["ours"], rates[best]),
        "ratio_to_default": _ratio(rates["ours"][:1], rates["default"]),
        "growth": _ratio(rates["few"], rates["ours"]),
    }


def _ratio(these: list[float], those: list[float]) -> float:
    """Return the median of the ratios of figures that were measured one after the other."""
    return round(median(this / that for this, that in zip(these, those, strict=False)), 2)


def _turns(rounds: int) -> Iterator[str]:
    import click

    turns = [*OFTEN, "default", "given", "limit", *(OFTEN * (rounds - 1))]
    with click.progressbar(turns, label="量导入", file=sys.stderr) as shown:
        yield from shown


def _child(way: str, folder: Path, rows: int) -> dict[str, Any]:
    """Measure one way in a process of its own, on the data in a folder."""
    return measured(__file__, way, rows, env=environment(folder))


def roster(rows: int = ROWS, seed: int = 1) -> bytes:
    """Return a clean roster of that many invented members, as an .xlsx; the area code 340899 is not assigned."""
    import xlsxwriter

    chance = random.Random(seed)
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("花名册")
        sheet.write_row(0, 0, ["党员花名册"])
        sheet.write_row(1, 0, HEADINGS)
        for number in range(1, rows + 1):
            sheet.write_row(number + 1, 0, _person(number, chance))
    return out.getvalue()


def _person(number: int, chance: random.Random) -> list[Any]:
    from dangqun.kernel.identity import check_digit

    born = date(1955, 1, 1) + timedelta(days=chance.randrange(15_000 // BLOCKS) * BLOCKS + number // 1000)
    joined = born.replace(year=born.year + 20 + chance.randrange(10), day=min(born.day, 28))
    body = f"340899{born:%Y%m%d}{number % 1000:03d}"
    firm = f"第{number % BRANCHES}试验有限公司"
    name = chance.choice(NAMES[0]) + chance.choice(NAMES[1]) + chance.choice(NAMES[1])
    sex = "男" if int(body[16]) % 2 else "女"
    full = joined.replace(year=joined.year + 1)
    return [
        number, name, sex, "汉族", body + check_digit(body), f"{born:%Y.%m.%d}", chance.choice(EDUCATION), "正式党员",
        joined.isoformat(), full.isoformat(), chance.choice(POSITIONS), f"198{number:08d}", firm, f"{firm}党支部",
    ]  # fmt: skip


def _measure(way: str, rows: int) -> dict[str, Any]:
    os.environ["DJANGO_SETTINGS_MODULE"] = "dangqun.config.settings"
    import django
    from django.conf import settings

    django.setup()
    if way == "prepare":
        _zone()
        for count in {FEW, rows}:
            Path(settings.DATA, f"{count}.xlsx").write_bytes(roster(count))
        return {}
    data = Path(settings.DATA, f"{rows}.xlsx").read_bytes()
    if way in ("ours", "few"):
        return _ours(data)
    plain = _plain_table()
    work = _limit(data, plain) if way == "limit" else _import_export(data, plain, way)
    seconds = _seconds(work)
    return {"rows": plain.objects.count(), "seconds": seconds}


def _zone() -> None:
    from django.core.management import call_command
    from django.db import transaction
    from django.utils import timezone

    from dangqun.kernel.crypto import create_keyring
    from dangqun.members import rules as members
    from dangqun.members.models import Office
    from dangqun.orgs import rules as orgs
    from dangqun.orgs.models import Grant, Org

    create_keyring()
    call_command("migrate", verbosity=0)
    with transaction.atomic():
        committee = orgs.open_org(Org.Kind.COMMITTEE, "试验综合党委", under=None, by=None)
        clerk = members.enrol("章文静", org=committee, by=None, mobile="19800000001")
        members.appoint(clerk, org=committee, post=Office.Post.OFFICE_CLERK, on=date(2024, 1, 1), by=None)
        Grant.objects.filter(user=clerk.account).update(confirmed_at=timezone.now())
        park = orgs.open_org(Org.Kind.PARK, "试验园区", under=committee, by=None, number=1)
        for number in range(BRANCHES):
            firm = orgs.register_enterprise(f"第{number}试验有限公司", park=park, by=None)
            branch = orgs.open_org(
                Org.Kind.BRANCH,
                f"第{number}试验有限公司党支部",
                under=park,
                by=None,
                number=number,
                formation="own",
            )
            orgs.cover(firm, branch=branch, by=None)


def _ours(data: bytes) -> dict[str, Any]:
    from django.contrib.auth import get_user_model

    from dangqun.kernel.names import stroke_key
    from dangqun.members.imports.kinds import kind_of
    from dangqun.members.imports.reading import read
    from dangqun.members.imports.rules import carry_out_file
    from dangqun.members.imports.scope import Scope
    from dangqun.members.models import Person
    from dangqun.orgs.access import Actor

    stroke_key("章文静")  # the table of strokes is read once a process
    user, before = get_user_model().objects.get(), Person.objects.count()

    def work() -> None:
        actor, kind = Actor.of(user), kind_of("members")
        reading = read(kind, data, "花名册.xlsx", Scope(actor).org)
        carry_out_file(kind, reading, strict=True, actor=actor)

    gc.collect()
    start = _memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    seconds = _seconds(work)
    stored = Person.objects.count() - before
    return {"rows": stored, "seconds": seconds, "mib": _memory("VmHWM") - start}


def _plain_table() -> Any:
    from django.db import connections, models, router

    settings = dict(connections["default"].settings_dict)
    settings["NAME"] = f"{settings['NAME']}.plain"
    connections.databases["plain"] = settings
    fields = {f"c{at}": models.TextField(default="") for at in range(len(HEADINGS))}
    meta = type("Meta", (), {"app_label": "kernel", "db_table": "bench_plain"})
    plain = type("BenchPlain", (models.Model,), {"__module__": __name__, "Meta": meta, **fields})
    router.routers = [_Router()]
    with connections["plain"].schema_editor() as editor:
        editor.create_model(plain)
    return plain


class _Router:
    """Sends the plain table to its own scratch file."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        """Return the scratch file for the plain table."""
        return "plain" if model._meta.db_table == "bench_plain" else None

    db_for_write = db_for_read


def _import_export(data: bytes, plain: Any, way: str) -> Callable[[], None]:
    import tablib
    from import_export import resources
    from import_export.formats.base_formats import XLSX

    names = [f"c{at}" for at in range(len(HEADINGS))]
    options = {} if way == "default" else BULK
    meta = type("Meta", (), {"model": plain, "fields": names, "import_id_fields": (), **options})
    resource = type("Plain", (resources.ModelResource,), {"Meta": meta})()

    def dataset() -> Any:
        read = XLSX().create_dataset(data)
        return tablib.Dataset(
            *[["" if v is None else str(v) for v in row] for row in read[1:]], headers=names
        )

    given = dataset() if way == "given" else None

    def work() -> None:
        resource.import_data(given or dataset(), raise_errors=True, use_transactions=True)

    return work


def _limit(data: bytes, plain: Any) -> Callable[[], None]:
    from dangqun.kernel.sheets import read_book

    def work() -> None:
        rows = read_book(data, "花名册.xlsx").sheets[0].rows[2:]
        made = (plain(**{f"c{at}": str(value) for at, value in enumerate(row)}) for row in rows)
        plain.objects.bulk_create(made, batch_size=1000)

    return work


def _seconds(work: Callable[[], None]) -> float:
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _memory(kind: str) -> float:
    """Return MiB of this process: VmRSS is now, VmHWM the peak (Linux)."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{kind}:")) / 1024


if __name__ == "__main__":
    print(json.dumps(_measure(sys.argv[1], int(sys.argv[2])), ensure_ascii=False))
