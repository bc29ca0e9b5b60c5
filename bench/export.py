"""Bench of exports: 100,000 members through 导出Excel, and PDF pages through typst, each beside a limit of the same run.

Export: the page's own address, streamed to a file; beside it, bare xlsxwriter with the same cells and no database. Read back
and compared. Memory is that of the process that answers, above what it holds after one small export.
Documents: a roster of 203 rows and a notice of two pages as PDF; beside each, an empty page set in the same way.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench._apart import apart

ROWS = 100_000
MOST_SECONDS, MOST_MEBIBYTES, MOST_A_PAGE = 20.0, 200, 1.5
TIMES = 5


def run(rows: int = ROWS) -> dict[str, Any]:
    """Return seconds and MiB of the export, seconds a page of documents, their limits, and whether they are kept."""
    return apart(__file__, rows, DANGQUN_ALLOWED_HOSTS="testserver")


def _child(rows: int) -> dict[str, Any]:
    os.environ["DJANGO_SETTINGS_MODULE"] = "dangqun.config.settings"
    import django

    django.setup()
    clerk = _zone(rows)
    return _export(clerk, rows) | _documents()


def _zone(rows: int) -> Any:
    from bench.imports import _zone as empty_zone
    from bench.imports import roster
    from dangqun.kernel.crypto import blind_index
    from dangqun.members.imports.kinds import kind_of
    from dangqun.members.imports.reading import read
    from dangqun.members.imports.rules import carry_out_file
    from dangqun.members.imports.scope import Scope
    from dangqun.members.models import Person
    from dangqun.orgs.access import Actor

    empty_zone()
    clerk = Person.objects.get(name="章文静", mobile_index=blind_index("contact", "19800000001")).account
    actor, kind, first = Actor.of(clerk), kind_of("members"), min(rows, 1000)
    carry_out_file(kind, read(kind, roster(first), "花名册.xlsx", Scope(actor).org), strict=True, actor=actor)
    _multiply(rows - first)
    return clerk


def _multiply(more: int) -> None:
    """Add that many more members, like those that were imported, straight into the tables."""
    from dangqun.kernel.calendars import today
    from dangqun.members.models import Membership, Person

    like = list(Person.objects.members(today()).select_related("org", "enterprise"))
    columns = [
        field.attname
        for field in Person._meta.concrete_fields
        if field.attname not in ("id", "uid", "account_id", "id_number", "mobile", "address")
        and not field.attname.endswith("_index")
    ]
    for start in range(0, more, 5000):
        count = min(5000, more - start)
        facts = [{name: getattr(like[n % len(like)], name) for name in columns} for n in range(count)]
        people = Person.objects.bulk_create([Person(**each) for each in facts], batch_size=1000)
        held = [Membership(person=each, branch_id=each.org_id, state="full") for each in people]
        Membership.objects.bulk_create(held, batch_size=1000)


def _export(clerk: Any, rows: int) -> dict[str, Any]:
    from django.test import Client

    from dangqun.kernel.calendars import today
    from dangqun.members.models import Person
    from tests.world import enter

    browser = Client()
    enter(browser, clerk)
    _saved(browser, "/people/export/?q=没有这个人")
    with tempfile.TemporaryDirectory() as folder, _watch() as memory:
        start, worked = time.perf_counter(), time.process_time()
        file = _saved(browser, "/people/export/", Path(folder))
        took, worked = time.perf_counter() - start, time.process_time() - worked
        grown = memory()
        cells = list(_read(file))
        size = file.stat().st_size
    assert len(cells) == rows == Person.objects.members(today()).count(), (len(cells), rows)
    assert [cell[0] for cell in cells] == [str(n) for n in range(1, rows + 1)]
    assert len({cell[1] for cell in cells}) > 100 and all(cell[8] for cell in cells)
    bare, bare_worked = _bare(cells)
    return {
        "export_rows": rows,
        "export_s": round(took, 2),
        "export_cpu_s": round(worked, 2),
        "export_bare_xlsxwriter_s": round(bare, 2),
        "export_bare_xlsxwriter_cpu_s": round(bare_worked, 2),
        "export_grown_mib": round(grown, 1),
        "export_file_mib": round(size / 1024 / 1024, 1),
        "export_limit_s": MOST_SECONDS,
        "export_limit_mib": MOST_MEBIBYTES,
        "export_kept": took <= MOST_SECONDS and grown <= MOST_MEBIBYTES,
    }


def _saved(browser: Any, url: str, folder: Path | None = None) -> Path:
    """Fetch an address piece by piece into a file."""
    answer = browser.get(url)
    assert answer.status_code == 200 and answer.streaming, url
    file = (folder or Path(tempfile.gettempdir())) / f"bench-{os.getpid()}.xlsx"
    with file.open("wb") as out:
        for piece in answer.streaming_content:
            out.write(piece)
    if folder is None:
        file.unlink()
    return file


def _read(file: Path) -> Iterator[list[str]]:
    """Yield the rows below the heading, read by another library than wrote them."""
    from python_calamine import CalamineWorkbook

    for row in CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0).to_python()[1:]:
        if len(row) > 1 and row[1] != "":
            yield [str(int(cell)) if isinstance(cell, float) else str(cell) for cell in row]


def _bare(cells: list[list[str]]) -> tuple[float, float]:
    """Return seconds, and seconds of the processor, that the same cells take without a database."""
    import xlsxwriter

    with tempfile.TemporaryFile() as out:
        start, worked = time.perf_counter(), time.process_time()
        with xlsxwriter.Workbook(out, {"constant_memory": True}) as book:
            sheet = book.add_worksheet()
            for down, row in enumerate(cells):
                for at, cell in enumerate(row):
                    sheet.write_string(down, at, cell)
        return time.perf_counter() - start, time.process_time() - worked


def _documents() -> dict[str, Any]:
    from datetime import date

    from django.utils import timezone

    from dangqun.kernel.documents import Column, Letter, Sheet, Stamp, Table, as_pdf, blocks_of

    stamp = Stamp("2222-3333-4444-5555", "https://dq.example.cn/papers/x/", timezone.now(), "章文静")
    columns = tuple(Column(f"第{n}列", 10) for n in range(15))
    lines = tuple(tuple("清溪经济开发区"[: 2 + n % 5] for n in range(15)) for _ in range(203))
    body = blocks_of("<p>现就有关事项通知如下，请各支部按时完成。</p>" * 30)
    told = {
        "empty": Sheet("空页"),
        "roster_203": Sheet("党员名册", parts=(Table(columns, lines),), across=True),
        "notice": Letter("关于开展自查的通知", "各党支部", body, "综合党委", date(2026, 11, 25)),
    }
    found: dict[str, Any] = {}
    for name, content in told.items():
        made = [_timed(lambda content=content: as_pdf(content, stamp)) for _ in range(TIMES)]
        pages = max(1, _pages(made[0][1]))
        took = statistics.median(seconds for seconds, _ in made)
        found |= {f"pdf_{name}_s": round(took, 3), f"pdf_{name}_pages": pages}
        found[f"pdf_{name}_s_a_page"] = round(took / pages, 3)
    assert found["pdf_roster_203_pages"] > 3 and found["pdf_notice_pages"] >= 2
    each = [value for key, value in found.items() if key.endswith("a_page")]
    return found | {"pdf_limit_s_a_page": MOST_A_PAGE, "pdf_kept": max(each) <= MOST_A_PAGE}


def _pages(made: bytes) -> int:
    done = subprocess.run(["pdftotext", "-", "-"], input=made, capture_output=True, check=True)
    return done.stdout.decode().count("\f")


def _timed(work: Callable[[], bytes]) -> tuple[float, bytes]:
    start = time.perf_counter()
    made = work()
    return time.perf_counter() - start, made


class _watch:
    """Yields a function that says by how many MiB this process was largest above its start."""

    def __enter__(self) -> Callable[[], float]:
        self.start = self.most = _resident()
        self.over = threading.Event()
        self.looker = threading.Thread(target=self._look, daemon=True)
        self.looker.start()
        return self._grown

    def _grown(self) -> float:
        return (max(self.most, _resident()) - self.start) / 1024

    def _look(self) -> None:
        while not self.over.wait(0.02):
            self.most = max(self.most, _resident())

    def __exit__(self, *told: object) -> None:
        self.over.set()
        self.looker.join()


def _resident() -> int:
    """Return the resident memory in KiB."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


if __name__ == "__main__":
    print(json.dumps(_child(int(sys.argv[1])), ensure_ascii=False))
