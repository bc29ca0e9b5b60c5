"""What a notice and its receipts say on paper."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.db.models import QuerySet

from dangqun.kernel.calendars import local, today
from dangqun.kernel.documents import Column, Letter, Sheet, Table, blocks_of, worded
from dangqun.kernel.documents.content import Block
from dangqun.kernel.templatetags.words import clock, full_day
from dangqun.notices import sheets, tally
from dangqun.notices.models import Notice, Receipt
from dangqun.orgs.access import Actor
from dangqun.papers.kinds import Asked, Kind, within_scope

LEFT_OUT = ("branch",)  # it stands above the rows of each branch
CENTRED = ("number", "state", "signed_at")
LONGEST_ADDRESS = 80  # characters of a first line that is taken for 主送
NAMED = 5  # branches named in 主送; more are 各党支部


def letter_of(asked: Asked) -> Letter | None:
    """Return a published notice as a 公文; None when it was withdrawn."""
    notice = _published(asked)
    if notice is None or notice.published_at is None:
        return None
    files = tuple(
        _without_ending(name)
        for name in notice.attachments.filter(removed_at=None).values_list("name", flat=True)
    )
    due = notice.deadline if notice.wants_signing else None
    to, body = _addressed(asked.scope.get("to", ""), blocks_of(notice.body))
    return Letter(
        notice.title,
        to,
        body,
        notice.org.name,
        local(notice.published_at).date(),
        asked.scope.get("number", ""),
        files,
        (f"请于 {full_day(due)} {clock(due)} 前在平台签收",) if due else (),
    )


def _addressed(to: str, body: tuple[Block, ...]) -> tuple[str, tuple[Block, ...]]:
    """Return 主送 and text: whom the text itself addresses in its first line goes before whom the receipts name."""
    first = "".join(run.text for run in body[0].runs) if body else ""
    if body and body[0].kind == "p" and first.endswith(("：", ":")) and len(first) <= LONGEST_ADDRESS:
        return first[:-1], body[1:]
    return to, body


def addressed_to(notice: Notice, actor: Actor, whole: bool) -> str:
    """Return 主送: the branches of the receivers, all (`whole`) for the issuer, else those that the reader belongs to."""
    held = Receipt.objects.filter(notice=notice)
    if not whole:
        mine = held.filter(person__account=actor.user)
        held = mine if mine.exists() else tally.receipts(notice, actor)
    branches = held.order_by("branch__park_number", "branch__number", "branch")
    names = list(dict.fromkeys(branches.values_list("branch__name", flat=True)))
    return "、".join(names) if len(names) <= NAMED else "各党支部"


def receipts_of(asked: Asked) -> Sheet | None:
    """Return 签收情况 within the reach and filters of a scope; None when the notice was withdrawn."""
    notice = _published(asked)
    if notice is None or notice.published_at is None:
        return None
    held = Receipt.objects.filter(within_scope("branch__path", asked.scope), notice=notice)
    chosen = tally.filtered(held, tally.Wanted.of(asked.scope.get("query", {})), Actor(None, today()))
    rows = list(_rows(chosen))
    signed, every = held.filter(signed_at__isnull=False).count(), held.count()
    left = "" if len(rows) == every else f"　这里列其中 {len(rows):,} 人"
    lines = (
        notice.title,
        f"{full_day(notice.published_at)} {clock(notice.published_at)} {notice.org.name}发布"
        + (f"　签收截止 {full_day(notice.deadline)} {clock(notice.deadline)}" if notice.deadline else ""),
        f"应签收 {every:,} 人　已签收 {signed:,} 人　未签收 {every - signed:,} 人{left}",
    )
    return Sheet("签收情况", lines, (_table(rows),))


def receipts_query(query: Any) -> dict[str, str]:
    """Return the filters of the page's address that a scope keeps."""
    return {key: query[key][:60] for key in ("show", "zone", "q") if query.get(key)}


def _published(asked: Asked) -> Notice | None:
    found = Notice.objects.filter(pk=asked.subject, state=Notice.State.PUBLISHED)
    return found.select_related("org").first()


def _rows(chosen: QuerySet[Receipt]) -> Any:
    keys = [column.key for column in sheets.COLUMNS]
    for line in sheets.lines(chosen):
        yield dict(zip(keys, map(worded, line), strict=True))


def _table(rows: list[dict[str, str]]) -> Table:
    """Return the rows under a heading for each branch; beside its name where most branches have one row alone."""
    branches = len({row["branch"] for row in rows})
    if 2 * branches > len(rows):
        return Table(_columns(()), tuple(tuple(row.values()) for row in rows), empty="没有符合条件的人")
    return Table(_columns(LEFT_OUT), tuple(_grouped(rows)))


def _columns(left_out: tuple[str, ...]) -> tuple[Column, ...]:
    return tuple(
        Column(column.title, column.width, "center" if column.key in CENTRED else "left")
        for column in sheets.COLUMNS
        if column.key not in left_out
    )


def _grouped(rows: list[dict[str, str]]) -> Any:
    """Yield the rows of each branch under a heading that says how many of them have signed."""
    for branch, several in groupby(rows, key=lambda row: row["branch"]):
        held = list(several)
        signed = sum(bool(row["signed_at"]) for row in held)
        yield (f"{branch}　{len(held)} 人，已签收 {signed} 人",)
        yield from (tuple(text for key, text in row.items() if key not in LEFT_OUT) for row in held)


def _without_ending(name: str) -> str:
    return name.rpartition(".")[0] or name


NOTICE = Kind("notice", "通知", letter_of)
RECEIPTS = Kind("receipts", "签收情况", receipts_of)
