"""签收情况: who has signed, by park, branch and person, over the receipts within reach; the same queries at any size."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from dangqun.kernel.pages import row_number
from dangqun.members.models import Office
from dangqun.notices.models import Notice, Receipt, may_be_reminded
from dangqun.notices.rules import just_reminded
from dangqun.orgs.access import Actor
from dangqun.orgs.models import LiaisonZone, Org, ZoneBranch

UNFOLDED = 60  # branches; of more, the parks are folded until they are opened
SEARCHED = 20  # branches; a search that finds so few shows the persons at once
LINES = 400  # persons shown at most on one page
COUNTED = ("issued", "watched")  # boxes that show how many have signed
NAMED = 2  # missing persons told by name beside their branch


@dataclass
class Line:
    """One receiver: the receipt, her post there, and whether 催办 may reach her now."""

    receipt: Receipt
    post: str
    wait: str

    @property
    def person(self) -> Any:
        """Return the receiver."""
        return self.receipt.person


@dataclass
class Part:
    """A branch or a park: signed of all, when the last one signed, how many may be reminded now."""

    org: Any
    signed: int = 0
    all: int = 0
    due: int = 0
    offline: int = 0
    proxy: int = 0
    latest: datetime | None = None
    reminded: datetime | None = None
    is_open: bool = False
    turn: str = ""
    branches: list[Part] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    missing_names: list[str] = field(default_factory=list)

    @property
    def missing(self) -> int:
        """How many have not signed."""
        return self.all - self.signed

    @property
    def own(self) -> int:
        """How many have signed themselves."""
        return self.signed - self.proxy

    @property
    def wait(self) -> str:
        """Say why 催办 does nothing now; empty when it may be pressed."""
        return just_reminded(self.reminded) if self.missing and not self.due and self.reminded else ""

    def add(self, other: Part) -> None:
        """Count a part in."""
        for figure in ("signed", "all", "due", "offline", "proxy"):
            setattr(self, figure, getattr(self, figure) + getattr(other, figure))
        self.latest = max(filter(None, (self.latest, other.latest)), default=None)
        self.reminded = max(filter(None, (self.reminded, other.reminded)), default=None)
        self.branches.append(other)


@dataclass(frozen=True)
class Wanted:
    """What the reader chose: only the missing, one zone, a text in branch or name, and what she folded or unfolded."""

    missing: bool = False
    zone: int | None = None
    text: str = ""
    turned: frozenset[int] = frozenset()

    @classmethod
    def of(cls, query: Any) -> Wanted:
        """Return the filter that the query string holds; nonsense counts as nothing."""
        turned = map(row_number, query.get("turn", "")[:4000].split("-"))
        return cls(
            query.get("show") == "missing",
            row_number(query.get("zone", "")),
            query.get("q", "").strip()[:40],
            frozenset(each for each in turned if each is not None),
        )

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return bool(self.missing or self.zone or self.text)

    @property
    def picks_people(self) -> bool:
        """Whether the figures of a park or branch are not those of all its people, so that 催办 goes person by person."""
        return bool(self.zone or self.text)

    def turn(self, pk: int) -> str:
        """Return what `turn` of the query string becomes when one organisation is folded or unfolded."""
        return "-".join(str(each) for each in sorted(self.turned ^ {pk}))


def with_figures(notices: Iterable[Notice], box: str, actor: Actor) -> list[Any]:
    """Return the notices, those of a box that shows figures each with `all` and `signed` within reach; one query at most.

    How many an issued notice was addressed to stands in it, so that only who is missing has to be counted.
    """
    found: list[Any] = list(notices)
    if box == "issued":
        missing = _by_notice(Receipt.objects.missing(), found)
        unsigned = dict(missing.annotate(n=Count("pk")).values_list("notice", "n"))
        for each in found:
            each.all, each.signed = each.addressed, each.addressed - unsigned.get(each.pk, 0)
    elif box == "watched":
        within_reach = _by_notice(Receipt.objects.reachable(actor, "notices.watch"), found)
        rows = within_reach.annotate(n=Count("pk"), signed=Count("signed_at"))
        figures = {row["notice"]: (row["n"], row["signed"]) for row in rows}
        for each in found:
            each.all, each.signed = figures.get(each.pk, (0, 0))
    return found


def _by_notice(held: QuerySet[Receipt], notices: list[Notice]) -> QuerySet[Any]:
    return held.filter(notice__in=notices).order_by().values("notice")


def receipts(notice: Notice, actor: Actor) -> QuerySet[Receipt]:
    """Return the receipts of a notice that the actor may watch."""
    return Receipt.objects.reachable(actor, "notices.watch").filter(notice=notice)


def filtered(held: QuerySet[Receipt], wanted: Wanted, actor: Actor) -> QuerySet[Receipt]:
    """Return the receipts that the reader chose."""
    if wanted.missing:
        held = held.missing()
    if wanted.zone:
        zoned = ZoneBranch.objects.on(actor.day).filter(zone=wanted.zone)
        held = held.filter(branch__in=zoned.values("branch"))
    if wanted.text:
        held = held.filter(
            Q(branch__name__contains=wanted.text)
            | Q(branch__short_name__contains=wanted.text)
            | Q(person__name__contains=wanted.text)
        )
    return held


def parts(held: QuerySet[Receipt]) -> list[Part]:
    """Return parks with their branches, in organisation order; people outside any park come under their own organisation."""
    figures = _figures(held)
    orgs = list(Org.objects.filter(pk__in=figures).in_order())
    above = {each for org in orgs for each in org.ancestors}
    parks = {park.pk: Part(park) for park in Org.objects.filter(pk__in=above).parks().in_order()}
    others: dict[int, Part] = {}
    for org in orgs:
        park = next((parks[each] for each in org.ancestors if each in parks), None)
        if park is None:
            park = others.setdefault(org.pk, Part(org))
        park.add(Part(org, **figures[org.pk]))
    return [park for park in (*parks.values(), *others.values()) if park.branches]


def unfold(found: list[Part], held: QuerySet[Receipt], wanted: Wanted, actor: Actor) -> list[Part]:
    """Say what is open and fill it: parks with branches, branches with persons in the order of the roster."""
    branches = sum(len(park.branches) for park in found)
    few, searched = branches <= UNFOLDED, bool(wanted.text) and branches <= SEARCHED
    for park in found:
        park.turn = wanted.turn(park.org.pk)
        park.is_open = few != (park.org.pk in wanted.turned)
        for branch in park.branches if park.is_open else ():
            branch.turn = wanted.turn(branch.org.pk)
            branch.is_open = searched != (branch.org.pk in wanted.turned)
    shown = {each.org.pk: each for park in found if park.is_open for each in park.branches}
    for line in lines(held.filter(branch__in=[pk for pk, each in shown.items() if each.is_open]), actor):
        shown[line.receipt.branch_id].lines.append(line)
    named = [pk for pk, each in shown.items() if 0 < each.missing <= NAMED]
    missing = held.missing().filter(branch__in=named).order_by("person__stroke_key", "pk")
    for pk, name in missing.values_list("branch", "person__name"):
        shown[pk].missing_names.append(name)
    return found


def lines(held: QuerySet[Receipt], actor: Actor) -> list[Line]:
    """Return a line a receiver, by 姓氏笔画: an order in which nobody moves when she signs. At most LINES."""
    told = held.select_related("person", "branch", "notice", "signed_by")
    ordered = told.order_by("branch", "person__stroke_key", "pk")
    found = list(ordered[:LINES])
    posts = _posts({receipt.person_id for receipt in found}, actor)
    pause = timezone.now() - timedelta(minutes=settings.REMIND_MINUTES)
    return [Line(each, posts.get(each.person_id, ""), _wait(each, pause)) for each in found]


def total(found: Iterable[Part]) -> Part:
    """Return the sum of all parts."""
    whole = Part(None)
    for part in found:
        whole.add(part)
    return whole


def wake(held: QuerySet[Receipt]) -> int | None:
    """Return the seconds until the next pause of 催办 is over; None when nothing waits for it."""
    paused = held.missing().exclude(may_be_reminded(timezone.now()))
    first = paused.aggregate(at=Min("reminded_at"))["at"]
    if first is None:
        return None
    over = first + timedelta(minutes=settings.REMIND_MINUTES)
    return max(1, int((over - timezone.now()).total_seconds()) + 1)


def zones_of(held: QuerySet[Receipt], actor: Actor) -> QuerySet[LiaisonZone]:
    """Return the zones of the branches that the reader sees here, and no others."""
    seen = ZoneBranch.objects.on(actor.day).filter(zone=OuterRef("pk"), branch__in=held.values("branch"))
    return LiaisonZone.objects.filter(Exists(seen))


def just_signed(held: QuerySet[Receipt]) -> list[Receipt]:
    """Return the six latest signatures."""
    signed = held.filter(signed_at__isnull=False).select_related("person", "branch", "notice", "signed_by")
    return list(signed.order_by("-signed_at", "-pk")[:6])


def _figures(held: QuerySet[Receipt]) -> dict[int, dict[str, Any]]:
    missing = Q(signed_at=None)
    counted = (
        held.order_by()
        .values("branch")
        .annotate(
            n=Count("pk"),
            signed=Count("pk", filter=~missing),
            due=Count("pk", filter=missing & may_be_reminded(timezone.now())),
            proxy=Count("pk", filter=Q(signed_by__isnull=False)),
            offline=Count("pk", filter=missing & Q(person__uses_phone=False)),
            latest=Max("signed_at"),
            reminded=Max("reminded_at", filter=missing),
        )
    )
    names = ("signed", "due", "offline", "proxy", "latest", "reminded")
    return {row["branch"]: {"all": row["n"]} | {name: row[name] for name in names} for row in counted}


def _posts(people: Collection[int], actor: Actor) -> dict[int, str]:
    held = Office.objects.on(actor.day).filter(person__in=people).order_by("-pk")
    return {office.person_id: str(office) for office in held}


def _wait(receipt: Receipt, pause: datetime) -> str:
    reminded = receipt.reminded_at
    return just_reminded(reminded) if not receipt.signed_at and reminded and reminded > pause else ""
