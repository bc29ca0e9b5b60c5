"""What the pages of 代签 and 电话名单 show, and whom they mean."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from dangqun.kernel.calendars import today
from dangqun.kernel.pages import row_number
from dangqun.members import reasons
from dangqun.notices import telling
from dangqun.notices.forms import PhonesForm, StandInForm
from dangqun.notices.models import Notice, Receipt
from dangqun.notices.rules.receipts import undo_minutes
from dangqun.notices.rules.standing_in import why_not_stand_in
from dangqun.orgs.access import fetch, rows
from dangqun.orgs.models import Org

MOST = 500  # people on one sheet


def place(request: HttpRequest, pk: int, branch: int) -> tuple[Notice, Org]:
    """Return a published notice and a branch within reach that it was sent to. Raises Http404 otherwise."""
    notice = fetch(request, Notice, pk=pk, state=Notice.State.PUBLISHED, wants_signing=True)
    held = rows(request, Receipt).filter(notice=notice, branch=branch).select_related("branch").first()
    if held is None:
        raise Http404
    return notice, held.branch


def missing(request: HttpRequest, notice: Notice, branch: Org) -> list[Receipt]:
    """Return who of the branch has not signed, first those who do not use a phone; the actor herself is left out."""
    held = rows(request, Receipt).missing().filter(notice=notice, branch=branch)
    others = held.exclude(person__account=request.user).select_related("person", "branch")
    return list(others.order_by("person__uses_phone", "person__stroke_key", "pk")[:MOST])


def form(request: HttpRequest, people: list[Receipt]) -> StandInForm:
    """Return the form over those who may be signed for."""
    allowed = {each.pk for each in people if not each.disowned_at}
    return StandInForm(request.POST or None, allowed=allowed, ways=telling.offered(today()))


def desk(
    request: HttpRequest, notice: Notice, branch: Org, people: list[Receipt], written: StandInForm
) -> dict[str, Any]:
    """Return what the page of 代签 shows."""
    typed = written.cleaned_data if written.is_bound else {}
    return {
        "notice": notice,
        "branch": branch,
        "people": people,
        "form": written,
        "ticked": set(typed.get("people") or ()),
        "not_here": why_not_stand_in(branch, request.user),
        "undo_minutes": undo_minutes(),
    }


def to_phone(request: HttpRequest, notice: Notice) -> list[Receipt]:
    """Return the missing within reach, of one branch or of all, in organisation order. At most MOST."""
    held = rows(request, Receipt).missing().filter(notice=notice).exclude(person__account=request.user)
    wanted = request.GET.get("branch", "")
    if wanted:
        branch = get_object_or_404(Org, pk=row_number(wanted))
        held = held.filter(branch=branch)
    order = ("branch__park_number", "branch__number", "branch", "person__stroke_key", "pk")
    return list(held.select_related("person", "branch", "notice").order_by(*order)[:MOST])


def phones_form(request: HttpRequest) -> PhonesForm:
    """Return the form that asks why."""
    return PhonesForm(request.POST or None, reasons=[each.words for each in reasons.offered(today())])


def reason(written: PhonesForm) -> str:
    """Return the reason as the people on the list will read it. Raises RuleBroken when it says too little."""
    typed = written.cleaned_data
    return reasons.spoken(typed["why"], typed["note"], today())
