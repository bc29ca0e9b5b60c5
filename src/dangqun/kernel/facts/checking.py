"""Verifying the chain: every sealed fact is read once, and the first that does not fit is named."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connection

from dangqun.kernel.calendars import local
from dangqun.kernel.facts.chain import START, Head, link, marker, moment, of_fact, of_seal
from dangqun.kernel.facts.witness import contradiction
from dangqun.kernel.models import Anchor, Fact, Seal
from dangqun.kernel.rules import RuleBroken

AT_ONCE = 2000  # rows fetched at a time
TOLD_EVERY = 5000
COPY_SECONDS = 60.0  # a row so much older than the one before it is looked for a second time
BACK_SECONDS = 3600.0
LEAST_HEX = 8
COLUMNS = {
    "at": "时间", "by": "经办人编号", "by_name": "经办人", "what": "事项", "kind": "对象类别", "key": "对象编号", "org": "组织",
}  # fmt: skip
SEALED = """
SELECT s.number, s.fact_id, s.at, s.hash, s.mark, f.at, f.actor_id, f.actor_name, f.what, f.subject_kind,
  f.subject_key, f.org_path, f.text, f.mark
FROM kernel_seal s LEFT JOIN kernel_fact f ON f.id = s.fact_id WHERE s.number <= %s ORDER BY s.number
"""
UNSEALED = """
SELECT f.id, f.at, f.text, f.mark FROM kernel_fact f LEFT JOIN kernel_seal s ON s.fact_id = f.id
WHERE s.number IS NULL ORDER BY f.id
"""
EVERYTHING = 2**62
NOTHING = Head(0, None, START)
Progress = Callable[[str, int, int], None]
Mark = Callable[[str], str]


class Row(NamedTuple):
    """A seal, and the fact that it seals; None in all of the fact's columns when that is gone."""

    number: int
    fact_id: int
    sealed_at: Any
    hash: str
    seal_mark: str
    at: Any
    by: int | None
    by_name: str
    what: str
    kind: str
    key: str
    org: str
    text: str | None
    mark: str


@dataclass(frozen=True)
class Bad:
    """The first thing that does not fit: number in the chain (None: not sealed), time, and a sentence."""

    number: int | None
    at: datetime | None
    wrong: str

    def __str__(self) -> str:
        """Return it as a line."""
        when = f"（{local(self.at):%Y-%m-%d %H:%M:%S}）" if self.at else ""
        return f"第 {self.number} 条{when}：{self.wrong}" if self.number else f"{self.wrong}{when}"


@dataclass
class Verdict:
    """What came of a verification."""

    first: int = 0
    checked: int = 0
    head: Head = NOTHING
    bad: Bad | None = None
    unsealed: int = 0
    oldest_unsealed: datetime | None = None
    backwards: int = 0
    first_backwards: int = 0
    seconds: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return self.bad is None

    def told(self) -> dict[str, Any]:
        """Return it for a machine."""
        oldest = self.oldest_unsealed
        return {
            "ok": self.holds,
            "checked": self.checked,
            "first": self.first,
            "head": self.head.number,
            "hash": self.head.hash,
            "bad": asdict(self.bad) | {"at": self.bad.at and self.bad.at.isoformat()} if self.bad else None,
            "unsealed": self.unsealed,
            "oldest_unsealed": oldest.isoformat() if oldest else None,
            "oldest_unsealed_seconds": round(max(0.0, time.time() - oldest.timestamp()), 1) if oldest else 0,
            "backwards": self.backwards,
            "first_backwards": self.first_backwards or None,
            "seconds": round(self.seconds, 2),
        }


@dataclass(frozen=True)
class Printed:
    """A head as it stands on paper."""

    number: int
    code: str

    @classmethod
    def read(cls, text: str) -> Printed:
        """Read `NUMBER:HEX`. Raises RuleBroken when it is nothing of the kind."""
        number, _, code = text.partition(":")
        code = "".join(code.split()).lower()
        if not number.strip().isdecimal() or len(code) < LEAST_HEX or set(code) - set("0123456789abcdef"):
            raise RuleBroken("链首写成 条数:链码，例如 1024:1a2b3c4d5e6f7a8b，链码至少 8 位。")
        return cls(int(number), code)

    def against(self, number: int, hashed: str) -> Bad | None:
        """Return what is wrong when the chain's hash at this number is another one."""
        if number != self.number or hashed.startswith(self.code):
            return None
        return Bad(
            number, None, f"链码是 {hashed[:16]}，和纸上的 {self.code} 不同：到这一条为止有记录被换过。"
        )


def verify(*, printed: Printed | None = None, progress: Progress | None = None) -> Verdict:
    """Check the whole chain, its witness and, if given, a head on paper; stops at the first row that does not fit."""
    began, verdict = time.monotonic(), Verdict()
    total = Seal.objects.count() if progress else 0
    verdict.bad = _walk(verdict, EVERYTHING, printed, lambda done: progress and progress("核对", done, total))
    if verdict.bad is None:
        wrong = contradiction()
        verdict.bad = Bad(None, None, wrong) if wrong else _too_short(printed, verdict.head)
    _unsealed(verdict)
    verdict.seconds = time.monotonic() - began
    return verdict


def check_through(number: int) -> Bad | None:
    """Check the chain from its beginning through a number only."""
    return _walk(Verdict(), number, None, lambda done: None)


def _walk(verdict: Verdict, last: int, printed: Printed | None, tell: Callable[[int], Any]) -> Bad | None:
    anchor, bad = _anchor()
    number, hashed, before, mark = anchor.number, anchor.hash, "", marker()
    verdict.first, verdict.head = number + 1, anchor
    if bad is None and printed:
        bad = printed.against(number, hashed)
    if bad:
        return bad
    for each in _rows(SEALED, [last]):
        row = Row(*each)
        bad = _wrong(row, number + 1, hashed, mark)
        if bad is None and printed:
            bad = printed.against(row.number, row.hash)
        if bad:
            return bad
        number, hashed, at = row.number, row.hash, _iso(row.at)
        if at < before and _is_behind(row, before, verdict):
            return Bad(row.number, _moment(row.at), "这一条是另一条记录的复制，后来才放进来。")
        before = at
        verdict.checked += 1
        if not verdict.checked % TOLD_EVERY:
            tell(verdict.checked)
    if verdict.checked:
        sealed_at = Seal.objects.filter(number=number).values_list("at", flat=True).first()
        verdict.head = Head(number, sealed_at, hashed)
    return None


def _anchor() -> tuple[Head, Bad | None]:
    """Return where the chain begins."""
    held = Anchor.objects.order_by("-number").first()
    if held is None:
        return NOTHING, None
    at = Head(held.number, held.at, held.hash)
    if held.mark == marker()(of_seal(held.number, "anchor", moment(held.at), held.hash)):
        return at, None
    return at, Bad(held.number, held.at, "到这一条为止的记录被删掉，而且不是按保存期限移出的。")


def _wrong(row: Row, number: int, before: str, mark: Mark) -> Bad | None:
    """Return what is wrong with one sealed fact."""
    at = _moment(row.at)
    if row.number != number:
        return Bad(number, at, f"这一条的封存不在了，后面接着第 {row.number} 条。")
    if row.text is None:
        return Bad(number, _moment(row.sealed_at), "这一条记录被删掉了，只剩封存。")
    if link(before, row.text) != row.hash:
        if row.mark == mark(of_fact(row.text)):
            return Bad(number, at, "这里放的是另一条记录：次序被调换，或者前面插进、拿走过记录。")
        return Bad(number, at, "记录的正文被改过。")
    if row.seal_mark != mark(of_seal(number, row.fact_id, _iso(row.sealed_at), row.hash)):
        return Bad(number, at, "这一条的封存不是平台写的：从这里起链被重新算过。")
    return _columns(row, at, mark)


def _columns(row: Row, at: datetime | None, mark: Mark) -> Bad | None:
    """Return which column says something else than the text."""
    told = json.loads(row.text or "{}")
    same = (
        told["at"] == _iso(row.at)
        and told["by"] == row.by
        and told["by_name"] == row.by_name
        and told["what"] == row.what
        and told["kind"] == row.kind
        and told["key"] == row.key
        and told["org"] == row.org
    )
    if same:
        return (
            None if row.mark == mark(of_fact(row.text or "")) else Bad(row.number, at, "记录的验证码被改过。")
        )
    held = row._asdict() | {"at": _iso(row.at)}
    column = next(name for key, name in COLUMNS.items() if told[key] != held[key])
    return Bad(row.number, at, f"“{column}”一栏被改过，和正文不同。")


def _is_behind(row: Row, before: str, verdict: Verdict) -> bool:
    """Whether a row that is older than the one before it is a copy; one that only lags an hour is counted."""
    lag = (datetime.fromisoformat(before) - datetime.fromisoformat(_iso(row.at))).total_seconds()
    if lag > COPY_SECONDS:
        same = Fact.objects.filter(subject_kind=row.kind, subject_key=row.key, text=row.text)
        if same.count() > 1:
            return True
    if lag > BACK_SECONDS:
        verdict.backwards += 1
        verdict.first_backwards = verdict.first_backwards or row.number
    return False


def _unsealed(verdict: Verdict) -> None:
    """Count what waits for its seal; a row that the platform did not write never gets one, and is named."""
    expected = marker()
    for key, at, text, mark in _rows(UNSEALED, []):
        verdict.unsealed += 1
        moment_ = _moment(at)
        if moment_ and (verdict.oldest_unsealed is None or moment_ < verdict.oldest_unsealed):
            verdict.oldest_unsealed = moment_
        if verdict.bad is None and mark != expected(of_fact(text)):
            verdict.bad = Bad(
                None, moment_, f"未封存的记录里，编号 {key} 不是平台写下的，是插进来的或被改过。"
            )


def _too_short(printed: Printed | None, last: Head) -> Bad | None:
    if printed is None:
        return None
    if printed.number > last.number:
        return Bad(
            printed.number, None, f"链现在只到第 {last.number} 条：纸上的这一条被删掉了，或者链首抄错了。"
        )
    if printed.number < _anchor()[0].number:
        return Bad(printed.number, None, "这一条已经按保存期限移出，不能再和纸上的核对。")
    return None


def _rows(asked: str, given: list[Any]) -> Iterator[Any]:
    """Stream rows; neither database nor process holds them all at once."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(asked, given)
        while rows := cursor.fetchmany(AT_ONCE):
            yield from rows


def _iso(at: datetime) -> str:
    """Return a stored time as texts hold it; SQLite gives it without its zone, which is UTC."""
    return f"{at.isoformat(timespec='microseconds')}+00:00" if at.tzinfo is None else moment(at)


def _moment(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at
