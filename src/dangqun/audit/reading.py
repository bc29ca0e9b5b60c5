"""Reading facts: filters that live in the URL, the newest first, page after page at the same cost.

A page begins behind the last row of the one before (`before`), never with an offset. Where several kinds of facts are
wanted each is asked for along its own index, and the newest of all are kept.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone

from dangqun.audit.wording import ROOMS, kind_word
from dangqun.kernel.calendars import moment
from dangqun.kernel.facts.wording import catalogue, reads, words
from dangqun.kernel.models import Fact, Seal
from dangqun.kernel.pages import row_number
from dangqun.orgs.models import Org
from dangqun.orgs.reach import within

LINES = 50
EXPORT = 100_000  # rows in one workbook
BATCH = 2000
NEWEST = 500
SOON = timedelta(seconds=5)  # by then a fact is sealed
LOOK_BACK = timedelta(days=92)  # how far reasons are searched where no first day is given
SHOWS = {"reads": "只看查看、打印、导出", "changes": "只看改动"}


@dataclass(frozen=True)
class Asked:
    """What the auditor asks for. Whatever the URL holds that means nothing is left out."""

    first: date | None = None
    last: date | None = None
    who: str = ""
    what: str = ""
    kind: str = ""
    key: str = ""
    org: int | None = None
    show: str = ""
    why: str = ""
    before: int | None = None

    @classmethod
    def of(cls, given: QueryDict) -> Asked:
        """Read the query string."""
        kind, _, key = given.get("about", "").partition(":")
        what, show = given.get("what", ""), given.get("show", "")
        return cls(
            first=_day(given.get("first", "")),
            last=_day(given.get("last", "")),
            who=given.get("who", "").strip()[:60],
            what=what if what in catalogue() or what in ROOMS else "",
            kind=kind[:60] if key else "",
            key=key[:40],
            org=row_number(given.get("org", "")),
            show=show if show in SHOWS else "",
            why=given.get("why", "").strip()[:40],
            before=row_number(given.get("page", "")),
        )

    @property
    def about(self) -> str:
        """Return the one record that is asked for, as the URL holds it."""
        return f"{self.kind}:{self.key}" if self.kind else ""

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is asked for but everything."""
        return replace(self, before=None) != Asked()

    @property
    def in_words(self) -> str:
        """Return the filters as the fact of an export tells them."""
        place = (
            Org.objects.filter(pk=self.org).values_list("short_name", flat=True).first() if self.org else ""
        )
        told = {
            "从": self.first,
            "到": self.last,
            "经办人": self.who,
            "事项": words(self.what) if self.what in catalogue() else ROOMS.get(self.what),
            "对象": f"{kind_word(self.kind)} {self.key}" if self.kind else "",
            "组织": place,
            "范围": SHOWS.get(self.show),
            "理由": self.why,
        }
        return "，".join(f"{label} {value}" for label, value in told.items() if value) or "全部"

    @property
    def kinds(self) -> list[str] | None:
        """Return the kinds of facts that are wanted; None for all, which are then read along their time."""
        if self.what in catalogue():
            found = [self.what]
        elif self.what:
            found = [what for what in catalogue() if what.startswith(f"{self.what}.")]
        elif self.show == "reads":
            return sorted(reads())
        else:
            return None
        return [what for what in found if not self.show or (what in reads()) == (self.show == "reads")]


def newest(asked: Asked, limit: int = LINES) -> list[Fact]:
    """Return the facts that follow `asked.before`, the newest first, at most `limit`."""
    rows = wanted(asked)
    if asked.kinds is None:
        return list(rows[:limit])
    each = [list(rows.filter(what=what)[:limit]) for what in asked.kinds]
    return list(islice(heapq.merge(*each, key=lambda fact: (fact.at, fact.pk), reverse=True), limit))


def wanted(asked: Asked) -> QuerySet[Fact]:
    """Return the facts that are asked for, of whatever kind, the newest first."""
    found = _narrowed(asked)
    if asked.before is not None:
        found = _behind(found, asked.before)
    return found.order_by("-at", "-pk")


def batches(asked: Asked, most: int = EXPORT) -> Iterator[list[Fact]]:
    """Yield the facts from the newest on, as many at a time as memory does not mind."""
    left = replace(asked, before=None)
    while most > 0 and (found := newest(left, min(BATCH, most))):
        yield found
        most -= len(found)
        left = replace(left, before=found[-1].pk)


def numbers(facts: list[Fact]) -> dict[int, int]:
    """Return the number in the chain of those facts that are sealed."""
    held = Seal.objects.filter(fact_id__in=[fact.pk for fact in facts])
    return dict(held.values_list("fact_id", "number"))


def unsealed() -> int:
    """Return how many of the newest 500 facts wait for their seal longer than they should."""
    due = Fact.objects.filter(at__lt=timezone.now() - SOON).order_by("-at")
    keys = list(due.values_list("pk", flat=True)[:NEWEST])
    return len(keys) - Seal.objects.filter(fact_id__in=keys).count()


def places() -> list[Org]:
    """Return the organisations by which the list can be narrowed, closed ones too."""
    return list(Org.objects.order_by("path").only("pk", "path", "short_name", "kind", "closed_on"))


def last_verification() -> Fact | None:
    """Return the fact that tells how the newest verification ended."""
    return Fact.objects.filter(what="audit.verified").order_by("-at", "-pk").first()


def _narrowed(asked: Asked) -> QuerySet[Fact]:
    wanted = Fact.objects.all()
    first = asked.first
    if asked.why and first is None:
        first = (timezone.now() - LOOK_BACK).date()
    if first:
        wanted = wanted.filter(at__gte=moment(first))
    if asked.last:
        wanted = wanted.filter(at__lt=moment(asked.last + timedelta(days=1)))
    if asked.who:
        wanted = wanted.filter(_by(asked.who))
    if asked.kind:
        wanted = wanted.filter(subject_kind=asked.kind, subject_key=asked.key)
    if asked.org:
        wanted = _within(wanted, asked.org)
    if asked.show == "changes" and not asked.what:
        wanted = wanted.exclude(what__in=reads())
    if asked.why:
        held = json.dumps(asked.why, ensure_ascii=False)[1:-1].replace("\\", "\\\\")
        held = held.replace("%", "\\%").replace("_", "\\_")
        wanted = wanted.extra(where=["text LIKE %s ESCAPE '\\'"], params=[f'%"why":"%{held}%'])
    return wanted


def _by(name: str) -> Q:
    """Whoever has that name today; 平台 means what nobody did by hand."""
    if name == "平台":
        return Q(actor_id=None)
    accounts = list(get_user_model().objects.filter(name=name).values_list("pk", flat=True)[:20])
    return Q(actor_id=accounts[0]) if len(accounts) == 1 else Q(actor_id__in=accounts)


def _within(wanted: QuerySet[Fact], org: int) -> QuerySet[Fact]:
    """What concerns an organisation or one beneath it, as it stood then."""
    path = Org.objects.filter(pk=org).values_list("path", "kind").first()
    if path is None:
        return wanted.none()
    if path[1] == Org.Kind.BRANCH:
        return wanted.filter(org_path=path[0])
    return wanted.filter(within("org_path", [path[0]]))


def _behind(wanted: QuerySet[Fact], pk: int) -> QuerySet[Fact]:
    at = Fact.objects.filter(pk=pk).values_list("at", flat=True).first()
    if at is None:
        return wanted
    return wanted.filter(at__lte=at).exclude(at=at, pk__gte=pk)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return None
    return day if 2000 <= day.year < 2100 else None
