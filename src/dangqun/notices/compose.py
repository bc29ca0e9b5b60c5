"""写通知: the form with the choices that its author has, what the notice would cost its receivers, and keeping drafts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from dangqun.kernel.pages import attempt, row_number, toast
from dangqun.kernel.uploads import KINDS_IN_WORDS
from dangqun.members.models import Person
from dangqun.notices import rules
from dangqun.notices.audience import (
    NEEDS,
    Audience,
    minutes_to_read,
    people_like,
    receivers,
    tops,
    zones_within,
)
from dangqun.notices.forms import USUAL, NoticeForm, initial
from dangqun.notices.models import Notice
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Org, Placement

FOUND = 12  # people shown for a search
MOST_PICKED = 1000  # people named one by one; a database takes only so many numbers in a question
FETCH_FROM = 120  # branches; of more, those of a park are fetched when it is opened


@dataclass(frozen=True)
class Cost:
    """People, minutes for each, hours in all; `unreached` have no account that works yet."""

    people: int
    minutes: int
    unreached: int

    @property
    def hours(self) -> str:
        """The sum in hours, one decimal."""
        return f"{self.people * self.minutes / 60:.1f}"


@dataclass
class Bough:
    """A park (or what stands in its place) with its branches; `pk` None: the author does not reach it itself."""

    name: str
    pk: int | None
    count: int = 0
    branches: list[Org] = field(default_factory=list)
    left_out: bool = False
    is_open: bool = False


@dataclass(frozen=True)
class Tree:
    """The organisations within reach: what stands above the parks, the parks with their branches, and how many."""

    roots: list[Org]
    boughs: list[Bough]
    branches: int


def draft(request: HttpRequest, pk: int | None) -> Notice | None:
    """Return the author's own draft, or 404; None for a new one."""
    if pk is None:
        return None
    return get_object_or_404(Notice.objects.box(request.actor, "drafts"), pk=pk)  # type: ignore[attr-defined]


def form(request: HttpRequest, notice: Notice | None) -> NoticeForm:
    """Return the form: what was typed, or the draft, or an empty one."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    every = tops(actor)
    named = [each for text in request.POST.getlist("people") for each in text.split(",", MOST_PICKED)]
    picked = [each for each in map(row_number, named[:MOST_PICKED]) if each is not None]
    allowed = {
        "orgs": set(Org.objects.reachable(actor, NEEDS).open(actor.day).values_list("pk", flat=True)),
        "zones": set(zones_within(actor, NEEDS).values_list("pk", flat=True)),
        "people": set(
            Person.objects.reachable(actor, NEEDS).filter(pk__in=picked).values_list("pk", flat=True)
        ),
    }
    empty = {
        "wants_signing": True,
        "posts": USUAL,
        "orgs": every,
        "writing": uuid4(),
        "urgency": "normal",
    }
    start = initial(notice, every) if notice else empty
    typed = request.POST if request.method == "POST" else None
    return NoticeForm(typed, request.FILES or None, initial=start, allowed=allowed)


def keep(request: HttpRequest, written: NoticeForm, notice: Notice | None) -> Notice | None:
    """Keep what was understood as the one draft of this writing, with its files; what was refused stands at its field."""
    if notice is None and not written.says_something():
        return None
    kept = attempt(
        written,
        rules.save_draft,
        notice,
        written.facts(),
        by=request.user,
        writing=written.cleaned_data.get("writing"),
    )
    if kept is None:
        return notice
    for file in request.FILES.getlist("files"):
        attempt(written, rules.attach, kept, file.name or "", file.read(), by=request.user)
    gone = row_number(request.POST.get("remove", ""))
    if gone is not None:
        rules.detach(get_object_or_404(kept.attachments, pk=gone), by=request.user)
    return kept


def send(request: HttpRequest, written: NoticeForm, notice: Notice) -> HttpResponse | None:
    """Publish a draft now, or at its time, and lead on; None when it was refused (the sentence stands at its field)."""
    if "schedule" in request.POST:
        at = written.cleaned_data.get("scheduled_for")
        if at is None:
            written.add_error("scheduled_for", "请选定时发布的时间，要马上发的请用“发布通知”。")
        elif attempt(written, rules.schedule, notice, at, by=request.user):
            return redirect("notice-schedule", notice.pk)
        return None
    if not attempt(written, rules.publish, notice, by=request.user):
        return None
    asked = notice.receipts.exclude(person__account=notice.author_id)
    toast(request, f"已发布给 {asked.count()} 人。")
    return redirect("notice-receipts", notice.pk)


def number(text: str) -> int | None:
    """Return the number of a draft that a page names; None when it has none yet. Raises Http404 for nonsense."""
    named = row_number(text)
    if text and named is None:
        raise Http404
    return named


def kept(written: NoticeForm, notice: Notice | None) -> dict[str, Any]:
    """Return what an open page is told after its draft was kept: when, its files, and what was refused."""
    return {
        "form": written,
        "notice": notice,
        "attachments": list(notice.attachments.all()) if notice else [],
        "wrong": [sentence for name in written.errors for sentence in written.errors[name]],
    }


def desk(request: HttpRequest, written: NoticeForm, notice: Notice | None) -> dict[str, Any]:
    """Return what the page of 写通知 shows."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    chosen = _chosen(written)
    wanted = request.POST.get("seek", "")[:20]
    return {
        "form": written,
        "notice": notice,
        "cost": cost(actor, written),
        "attachments": list(notice.attachments.all()) if notice else [],
        "most_files": rules.MOST_FILES,
        "most_megabytes": settings.UPLOAD_LIMIT // 1024 // 1024,
        "kinds": KINDS_IN_WORDS,
        "tree": tree(actor, chosen["orgs"]),
        "zones": zones_within(actor, NEEDS),
        "chosen": chosen,
        "picked": Person.objects.reachable(actor, NEEDS)
        .filter(pk__in=chosen["people"])
        .select_related("org")
        .by_pinyin(),
        "seek": wanted,
        **found(actor, wanted),
    }


def cost(actor: Actor, written: NoticeForm) -> Cost | None:
    """Return what the notice costs as it stands; None when the choice was not understood."""
    if written.is_bound:
        written.is_valid()
        audience, text = written.audience(), written.data.get("body", "")
    else:
        stored = {key: list(written.initial.get(key, ())) for key in ("orgs", "zones", "posts", "people")}
        audience, text = Audience.of(stored | {"whole": False}), written.initial.get("body", "")
    if audience is None:
        return None
    meant = receivers(audience, actor).exclude(account=actor.user)  # she knows what she wrote
    counted = meant.aggregate(people=Count("pk"), reached=Count("account__activated_at"))
    return Cost(counted["people"], minutes_to_read(text), counted["people"] - counted["reached"])


def found(actor: Actor, text: str) -> dict[str, Any]:
    """Return the people that a search finds, a few at a time."""
    people = list(people_like(actor, text)[: FOUND + 1]) if text.strip() else []
    return {"found": people[:FOUND], "more_found": len(people) > FOUND, "sought": text.strip()}


def tree(actor: Actor, chosen: set[int]) -> Tree:
    """Return the organisations to choose from; of very many branches only the chosen ones, the rest park by park."""
    reached = Org.objects.reachable(actor, NEEDS).open(actor.day)
    below = Placement.objects.on(actor.day).filter(org__in=reached.branches()).values("parent")
    counts = dict(below.annotate(n=Count("pk")).values_list("parent", "n"))
    total = sum(counts.values())
    few = total <= FETCH_FROM
    shown = reached.branches() if few else reached.branches().filter(pk__in=chosen)
    boughs, roots = _boughs(list(reached.exclude(kind=Org.Kind.BRANCH).in_order()), counts)
    for org in shown.in_order():
        bough = boughs[org.ancestors[-1]]
        bough.branches.append(org)
        bough.is_open |= org.pk in chosen and bough.pk not in chosen
    for bough in boughs.values():
        bough.left_out = len(bough.branches) < bough.count
    return Tree(roots, list(boughs.values()), total)


def _boughs(orgs: list[Org], counts: dict[int, int]) -> tuple[dict[int, Bough], list[Org]]:
    """Return by id, in organisation order, the parks and whatever else has branches; and what stands above these."""
    held = {org.pk: org for org in orgs}
    beyond = {org.pk: org for org in Org.objects.filter(pk__in=counts.keys() - held.keys())}
    parents = [org for org in (*orgs, *beyond.values()) if org.pk in counts or org.kind == Org.Kind.PARK]
    parents.sort(key=lambda org: (org.park_number, org.number, org.pk))
    boughs = {
        org.pk: Bough(org.short_name, org.pk if org.pk in held else None, counts.get(org.pk, 0))
        for org in parents
    }
    return boughs, [org for org in orgs if org.pk not in boughs]


def branches_of(request: HttpRequest, pk: int) -> list[Org]:
    """Return the branches of one park within reach. Raises Http404 when there are none."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    within_reach = Org.objects.reachable(actor, NEEDS).open(actor.day).branches()
    park = get_object_or_404(Org, pk=pk)
    held = list(within_reach.under(park).in_order())
    if not held:
        raise Http404
    return held


def _chosen(written: NoticeForm) -> dict[str, set[Any]]:
    """Return what is ticked, as the page shows it again."""
    if not written.is_bound:
        return {key: set(written.initial.get(key, ())) for key in ("orgs", "zones", "posts", "people")}
    typed = written.cleaned_data if hasattr(written, "cleaned_data") else {}
    return {key: set(typed.get(key) or ()) for key in ("orgs", "zones", "posts", "people")}
