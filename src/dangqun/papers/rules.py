"""Verbs on papers: issue one, make its file, and say whether a sheet is still current."""

from __future__ import annotations

import io
import secrets
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from dangqun.kernel import files
from dangqun.kernel.calendars import local
from dangqun.kernel.documents import (
    ROWS_A_VOLUME,
    Letter,
    Sheet,
    Stamp,
    as_docx,
    as_pdf,
    digest,
    rows_of,
    volumes,
)
from dangqun.kernel.facts import Changes, head, record
from dangqun.kernel.files import dated_name, plain_name
from dangqun.kernel.jobs import job, tell
from dangqun.kernel.rules import RuleBroken, verb
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Org
from dangqun.papers.kinds import Asked, kind_of
from dangqun.papers.models import Paper, reach_mark

SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without those that are read for another
LENGTH = 16  # 79 bits
AT_ONCE = 1000  # rows; what has more is made by the worker
MOST_ROWS = 20_000
KEPT = timedelta(hours=24)
ENOUGH, FOR_LONG = 60, 600  # seconds for which a verdict holds: of a short paper, of a long one
TOO_LONG = f"这份表超过 {MOST_ROWS:,} 行，印在纸上没法用。请缩小范围再打印，或者导出Excel。"
GONE = "这份文件已经不在了：做好的文件只留 24 小时。请回到原来的页面再打印一次。"
HEAD = "审计链首 "
CURRENT, CHANGED, VOID, BUSY = "current", "changed", "void", "busy"


@dataclass(frozen=True)
class Printing:
    """How a paper is printed: "pdf" or "docx", for which organisation, and the platform's address for its QR."""

    form: str
    org: Org
    address: str


_checking = threading.BoundedSemaphore(1)


@verb
def issue(asked: Asked, content: Sheet | Letter, *, printed: Printing, by: Any) -> Paper:
    """Issue a paper with a code that nobody can guess. Raises RuleBroken for what is too long for paper, or too often."""
    rows, now = rows_of(content), timezone.now()
    if rows > MOST_ROWS:
        raise RuleBroken(TOO_LONG)
    lately = Paper.objects.filter(by=by, issued_at__gt=now - timedelta(minutes=1))
    if lately.count() >= settings.PRINT_A_MINUTE:
        raise RuleBroken(f"一分钟里已经打印了 {settings.PRINT_A_MINUTE} 份。请过一会儿再打印。")
    code = _code()
    paper = Paper.objects.create(
        code=code,
        kind=asked.kind,
        subject=asked.subject,
        scope=asked.scope,
        scope_mark=asked.mark,
        needs=asked.needs,
        reach=reach_mark(Actor.of(by), asked.needs),
        form=printed.form,
        title=content.title[:150],
        org=printed.org,
        by=by,
        issued_at=now,
        digest=digest(content),
        rows=rows,
        head=str(head()).removeprefix(HEAD),
        address=printed.address.rstrip("/") + reverse("paper-check", args=(code,)),
    )
    told: Changes = {
        "kind": [None, kind_of(asked.kind).label],
        "form": [None, printed.form],
        "rows": [None, rows],
    }
    record("papers.issued", paper, by=by, org=printed.org, changes=told)
    return paper


def render(paper: Paper, content: Sheet | Letter) -> bytes:
    """Return the file of a paper; a very long one is a .zip of volumes. Raises DocumentFailed."""
    write = as_pdf if paper.form == Paper.Form.PDF else as_docx
    parts = list(volumes(content))
    if len(parts) == 1:
        return write(content, _stamp(paper))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for number, part in enumerate(parts, 1):
            name = f"{plain_name(paper.title)} 第{number}册.{paper.form}"
            packed.writestr(name, write(part, _stamp(paper, number, len(parts))))
            tell("排版", number, len(parts))
    return out.getvalue()


def file_name(paper: Paper) -> str:
    """Return what the file is called: 党员名册 2026-11-25.pdf."""
    return dated_name(paper.title, paper.issued_at, "zip" if is_packed(paper) else paper.form)


def is_packed(paper: Paper) -> bool:
    """Whether a paper comes as several volumes in one .zip."""
    return paper.rows > ROWS_A_VOLUME


@job
def make_paper(pk: int) -> None:
    """Make the file of a long paper, and keep it for 24 hours; content that changed since counts as of now."""
    paper = Paper.objects.select_related("by").get(pk=pk)
    if paper.file_key and files.fetch(paper.file_key):
        return
    content = kind_of(paper.kind).content(asked_of(paper))
    if content is None:
        raise RuleBroken(GONE)
    key = files.keep(render(paper, content), until=timezone.now() + KEPT)
    _made(paper, content, key)


@verb
def _made(paper: Paper, content: Sheet | Letter, key: str) -> None:
    Paper.objects.filter(pk=paper.pk).update(file_key=key, digest=digest(content))
    record("papers.made", paper, by=paper.by, org=paper.org, changes={"file": [None, file_name(paper)]})


def load(paper: Paper) -> bytes:
    """Return what the worker made. Raises RuleBroken when its time is over."""
    held = files.fetch(paper.file_key) if paper.file_key else None
    if held is None:
        raise RuleBroken(GONE)
    return held


def asked_of(paper: Paper) -> Asked:
    """Return what was asked for when a paper was issued."""
    day = local(paper.issued_at).date()
    return Asked(paper.kind, paper.subject, day, paper.needs, paper.scope)


def verdict(paper: Paper) -> str:
    """Say whether a paper is current, changed, void, or (busy) that it cannot be said in this moment.

    The content is made anew at most once a minute (of long papers, once in ten), and one at a time in each process.
    """
    key = f"paper:{paper.pk}:{paper.digest}"
    held = cache.get(key)
    if held:
        return str(held)
    with _alone() as free:
        if not free:
            return BUSY
        found = _judge(paper)
    cache.set(key, found, FOR_LONG if paper.rows > AT_ONCE else ENOUGH)
    return found


def by_code(text: str) -> Paper | None:
    """Return the paper with a code, however it was typed; None when there is none."""
    plain = "".join(sign for sign in text.upper() if sign in SIGNS)[: LENGTH + 1]
    return Paper.objects.filter(code=_grouped(plain)).first() if len(plain) == LENGTH else None


def _judge(paper: Paper) -> str:
    content = kind_of(paper.kind).content(asked_of(paper))
    if content is None:
        return VOID
    if digest(content) == paper.digest:
        return CURRENT
    return VOID if Paper.objects.all().later_than(paper).exists() else CHANGED


@contextmanager
def _alone() -> Iterator[bool]:
    free = _checking.acquire(timeout=2)
    try:
        yield free
    finally:
        if free:
            _checking.release()


def _stamp(paper: Paper, volume: int = 0, of_volumes: int = 0) -> Stamp:
    who = getattr(paper.by, "name", str(paper.by))
    return Stamp(paper.code, paper.address, paper.issued_at, who, paper.head, volume, of_volumes)


def _code() -> str:
    return _grouped("".join(secrets.choice(SIGNS) for _ in range(LENGTH)))


def _grouped(signs: str) -> str:
    return "-".join(signs[at : at + 4] for at in range(0, len(signs), 4))
