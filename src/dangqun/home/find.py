"""Search over people, organisations, enterprises, notices and tasks: within reach first, then by what was typed.

One query a kind, of the same shape whatever is hidden, counts what is visible and numbers one page of it; a second one
reads that page, when there is one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Count, QuerySet, Window
from django.urls import reverse

from dangqun.kernel.identity import looks_like_id, looks_like_mobile
from dangqun.kernel.search import LONGEST_QUERY, fold, marked, plain, terms
from dangqun.members.find import find as find_people
from dangqun.members.models import Person
from dangqun.notices.find import find as find_notices
from dangqun.notices.models import Notice
from dangqun.orgs.access import Actor
from dangqun.orgs.find import find_enterprises, find_orgs
from dangqun.orgs.models import Enterprise, Org
from dangqun.tasks.find import find as find_tasks
from dangqun.tasks.models import Task

FIRST = 8  # of each kind, where all kinds are shown
EACH = 20  # on a page of one kind
FURTHEST = 500  # pages
AROUND = 18  # characters before what was found

Pieces = list[tuple[str, bool]]


@dataclass(frozen=True)
class Found:
    """One result: what it is called, a line about it, where it is; `where` and `excerpt` when its name does not say why."""

    pieces: Pieces
    note: str
    url: str
    where: str = ""
    excerpt: Pieces | None = None

    @property
    def title(self) -> str:
        """What it is called, unmarked."""
        return "".join(piece for piece, _ in self.pieces)


@dataclass(frozen=True)
class Group:
    """One page of the results of one kind; `total` counts all those that are visible."""

    key: str
    label: str
    icon: str
    results: list[Found]
    total: int
    page: int  # 0: the first few, beside other kinds

    @property
    def earlier(self) -> int | None:
        """The page before, if any."""
        return self.page - 1 if self.page > 1 else None

    @property
    def later(self) -> int | None:
        """The page after, if any."""
        shown = self.page * EACH or FIRST
        return self.page + 1 if shown < self.total else None


class Kind(NamedTuple):
    """A kind of row: what it is called, how it is found, how one is told, from which rows beside it."""

    model: Any
    label: str
    icon: str
    find: Callable[[Actor, str], QuerySet[Any]]
    tell: Callable[[Any, list[str]], Found]
    beside: tuple[str, ...] = ()


def search(actor: Actor, text: str, *, only: str = "", page: int = 1) -> list[Group]:
    """Return the groups with results, the first few of each; nothing for a text without letters and digits.

    `only` names one kind, whose `page` is wanted; of the others it gives none.
    """
    wanted = terms(text)
    kinds, page = ({only: KINDS[only]}, min(max(page, 1), FURTHEST)) if only in KINDS else (KINDS, 0)
    if not wanted:
        return []
    groups = (_group(key, kind, kind.find(actor, text), wanted, page) for key, kind in kinds.items())
    return [group for group in groups if group.results]


def _group(key: str, kind: Kind, rows: QuerySet[Any], wanted: list[str], page: int) -> Group:
    start, end = ((page - 1) * EACH, page * EACH) if page else (0, FIRST)
    # Numbers first: what is counted and sorted need not carry whole rows with it.
    numbered = rows.annotate(total=Window(Count("*"))).values_list("pk", "total")
    held = list(numbered[start:end])
    whole = kind.model.objects.select_related(*kind.beside).in_bulk([pk for pk, _ in held])
    told = [kind.tell(whole[pk], wanted) for pk, _ in held]
    return Group(key, kind.label, kind.icon, told, held[0][1] if held else 0, page)


def _person(person: Person, wanted: list[str]) -> Found:
    pieces, note = marked(person.name, wanted, apart=True), person.org.short_name
    where, firm = "", person.enterprise
    if any(sign.isdecimal() for sign in wanted[0]) and not _holds(person.name, wanted):
        where = "号码" if looks_like_mobile(number := "".join(wanted)) or looks_like_id(number) else ""
    elif not any(hit for _, hit in pieces) and firm and _holds(firm.name, wanted):
        where, note = "企业名称", f"{note}，{firm.name}"
    elif not any(hit for _, hit in pieces) and _holds(person.org.name, wanted):
        where = "支部名称"
    return Found(pieces, note, reverse("person", args=(person.pk,)), where)


def _org(org: Org, wanted: list[str]) -> Found:
    if _holds(org.short_name, wanted):
        return _place(org, org.short_name, org.get_kind_display(), wanted)
    if _holds(org.name, wanted):
        return _place(org, org.name, org.get_kind_display(), wanted)
    chinese = not all(term.isascii() for term in wanted)
    return _place(org, org.short_name, org.get_kind_display(), wanted, "曾用名" if chinese else "")


def _place(org: Org, name: str, note: str, wanted: list[str], where: str = "") -> Found:
    return Found(marked(name, wanted), note, reverse("org", args=(org.pk,)), where)


def _enterprise(firm: Enterprise, wanted: list[str]) -> Found:
    where = "信用代码" if (firm.credit_code or "").lower() == "".join(wanted) else ""
    return Found(
        marked(firm.name, wanted), firm.park.short_name, reverse("enterprise", args=(firm.pk,)), where
    )


def _notice(notice: Notice, wanted: list[str]) -> Found:
    return _text(notice, reverse("notice", args=(notice.pk,)), wanted)


def _task(task: Task, wanted: list[str]) -> Found:
    return _text(task, reverse("task", args=(task.pk,)), wanted)


def _text(row: Any, url: str, wanted: list[str]) -> Found:
    pieces, note = marked(row.title, wanted), row.org.short_name
    if _holds(row.title, wanted):
        return Found(pieces, note, url)
    words = plain(row.body)
    if excerpt := _excerpt(words, wanted):
        return Found(pieces, note, url, "正文", excerpt)
    return Found(pieces, note, url, "附件名")


def _holds(text: str, wanted: list[str]) -> bool:
    line = fold(text)
    return all(term in line for term in wanted)


def _excerpt(text: str, wanted: list[str]) -> Pieces | None:
    """Return the words around the first hit, or None when the text has none."""
    pieces = marked(_near(" ".join(text.split()), wanted), wanted)
    at = next((number for number, (_, hit) in enumerate(pieces) if hit), None)
    if at is None:
        return None
    before = pieces[at - 1][0] if at else ""
    lead = f"…{before[-AROUND:]}" if len(before) > AROUND else before
    shown: Pieces = [(lead, False), pieces[at]]
    if at + 1 < len(pieces):
        after = pieces[at + 1][0]
        shown.append((f"{after[: 2 * AROUND]}…" if len(after) > 2 * AROUND else after, False))
    return shown


def _near(text: str, wanted: list[str]) -> str:
    """Return as much of a text as an excerpt can show where a term stands as it was typed; else all of it."""
    first = min((at for term in wanted if (at := text.find(term)) >= 0), default=None)
    if first is None:
        return text
    return text[max(0, first - AROUND - 1) : first + LONGEST_QUERY + 2 * AROUND + 1]


KINDS = {
    "people": Kind(Person, "党员和工作人员", "users", find_people, _person, ("org", "enterprise")),
    "orgs": Kind(Org, "党组织", "sitemap", find_orgs, _org),
    "enterprises": Kind(Enterprise, "企业", "building-factory", find_enterprises, _enterprise, ("park",)),
    "notices": Kind(Notice, "通知", "speakerphone", find_notices, _notice, ("org",)),
    "tasks": Kind(Task, "任务", "flag", find_tasks, _task, ("org",)),
}
