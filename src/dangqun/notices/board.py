"""What the clerk's page shows, and whom its buttons mean."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone

from dangqun.kernel.pages import row_number
from dangqun.notices import audience as audiences
from dangqun.notices import tally
from dangqun.notices.models import Notice, Receipt
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Org
from dangqun.orgs.reach import within

REMINDERS = 5


def receipts(request: HttpRequest, notice: Notice) -> dict[str, Any]:
    """Return the context of 签收情况: figures of all within reach, lines of those that were chosen."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    held = tally.receipts(notice, actor)
    wanted = tally.Wanted.of(request.GET)
    every = tally.parts(held)
    chosen = tally.filtered(held, wanted, actor)
    shown = tally.parts(chosen) if wanted.narrows else every
    issuer = actor.covers(audiences.NEEDS, notice.org.path)
    told = audiences.in_words(audiences.Audience.of(notice.audience), actor) if issuer else ""
    reminders = notice.reminders.reachable(actor, "notices.watch").with_signed()
    return {
        "notice": notice,
        "wanted": wanted,
        "whole": tally.total(every),
        "branches": sum(len(park.branches) for park in every),
        "parks": [park for park in every if park.org.kind == Org.Kind.PARK],
        "parts": tally.unfold(shown, chosen, wanted, actor),
        "just": tally.just_signed(held),
        "reminders": reminders.select_related("by").order_by("-at")[:REMINDERS],
        "zones": list(tally.zones_of(held, actor)),
        "audience": told,
        "can_remind": may_remind(request, notice),
        "wake": tally.wake(held),
        "now": timezone.now(),
    }


def may_remind(request: HttpRequest, notice: Notice) -> bool:
    """Whether the reader is of those who issued the notice."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor.covers("notices.publish", notice.org.path) and notice.wants_signing


def scope(request: HttpRequest, notice: Notice) -> tuple[QuerySet[Receipt], Org, str]:
    """Return the receipts that 催办 was pressed for, where they belong, what to call them. Raises Http404 for nonsense."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    held = tally.receipts(notice, actor)
    org, person = request.POST.get("org", ""), request.POST.get("person", "")
    if person:
        found = held.filter(pk=row_number(person)).select_related("person", "branch").first()
        if found is None:
            raise Http404
        return held.filter(pk=found.pk), found.branch, found.person.name
    if org:
        place = get_object_or_404(Org.objects.reachable(actor, "notices.watch"), pk=row_number(org))
        return held.filter(within("branch__path", [place.path])), place, place.short_name
    return held, notice.org, "全部未签收的人"
