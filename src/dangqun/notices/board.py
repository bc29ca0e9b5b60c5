"""What the clerk's page shows, and whom its buttons mean."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone

from dangqun.kernel.pages import attempt, row_number
from dangqun.kernel.uploads import KINDS_IN_WORDS
from dangqun.members.models import Office
from dangqun.notices import audience as audiences
from dangqun.notices import rules, tally
from dangqun.notices.forms import CorrectionForm, TimeForm
from dangqun.notices.models import Attachment, Edition, Notice, Receipt
from dangqun.notices.rules.standing_in import LEADERS, why_not_stand_in
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Org
from dangqun.orgs.reach import within

REMINDERS = 5
SENT = (Notice.State.PUBLISHED, Notice.State.WITHDRAWN)
SIGNS_FOR = "notices.sign_for"
ONE_TAP = 12  # people beside a notice; more stand on the page of 代签
WATCHERS = ("instructor", "committee_member")


def boxes(actor: Actor) -> dict[str, str]:
    """Return the boxes that an actor has, each with its words; what was left behind only while there is some."""
    found = {"mine": "发给我的"}
    if actor.can("notices.watch") and not actor.has_role("office"):
        found["watched"] = "我联系的支部" if actor.has_role(*WATCHERS) else "发到本支部的"
    if actor.can("notices.publish"):
        found |= {"issued": "我们发的", "drafts": "我的草稿"}
        if Notice.objects.handed_on(actor).exists():
            found["left"] = "待接手"
    return found


def box_of(request: HttpRequest, boxes: Container[str]) -> str:
    """Return the box that the address names, or the one that this actor opens first."""
    box = request.GET.get("box", "")
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return box if box in boxes else "issued" if actor.has_role("office") else "mine"


def issues(actor: Actor, notice: Notice) -> bool:
    """Whether the actor answers for a notice: it is issued in the name of an organisation of hers, or she wrote it."""
    may = actor.can("notices.publish")
    return actor.covers("notices.publish", notice.org.path) or (may and notice.author_id == actor.user.pk)


def shows_text(actor: Actor, notice: Notice) -> bool:
    """Whether the actor may read the text and fetch the files: of a withdrawn notice only those who answer for it."""
    return not notice.is_withdrawn or issues(actor, notice)


def files_of(actor: Actor, notice: Notice) -> QuerySet[Attachment]:
    """Return the files that the actor may fetch: none of a withdrawn notice, none that a correction removed."""
    if issues(actor, notice):
        return notice.attachments.all()
    return (
        notice.attachments.filter(removed_at=None) if shows_text(actor, notice) else notice.attachments.none()
    )


def letter(request: HttpRequest, notice: Notice, receipt: Receipt | None) -> dict[str, Any]:
    """Return what the page of a notice shows: text with the last correction marked, files, for whom one may sign."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    shown, issuer = shows_text(actor, notice), issues(actor, notice)
    edition = notice.editions.select_related("by").first() if shown and notice.edition else None
    held = tally.receipts(notice, actor)
    told = edition and edition.marked
    return {
        "notice": notice,
        "receipt": receipt,
        "shows_text": shown,
        "body": told or notice.body,
        "edition": edition,
        "attachments": list(notice.attachments.all()) if shown else [],
        "issues": issuer,
        "can_watch": held.exists(),
        "stands_in": stand_ins(actor, notice),
    }


def stand_ins(actor: Actor, notice: Notice) -> list[Receipt]:
    """Return the missing of the actor's own branch who do not use a phone, for 代签 with one tap."""
    if not notice.wants_signing or notice.is_withdrawn or not actor.can(SIGNS_FOR):
        return []
    held = (
        Receipt.objects.reachable(actor, SIGNS_FOR).missing().filter(notice=notice, person__uses_phone=False)
    )
    led = Office.objects.on(actor.day).filter(person__account=actor.user, post__in=LEADERS).values("org")
    own = held.filter(branch__in=led, disowned_at=None).exclude(person__account=actor.user)
    return list(
        own.select_related("person", "branch").order_by("branch", "person__stroke_key", "pk")[:ONE_TAP]
    )


def branch(request: HttpRequest, notice: Notice, pk: int) -> dict[str, Any]:
    """Return the context of one branch's receipts. Raises Http404 when none is within reach."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    held = tally.receipts(notice, actor).filter(branch=pk)
    people = tally.lines(held, actor)
    if not people:
        raise Http404
    part = tally.parts(held)[0].branches[0]
    open_to = notice.wants_signing and not notice.is_withdrawn
    return {
        "notice": notice,
        "people": people,
        "part": part,
        "can_remind": may_remind(request, notice),
        "can_sign_for": open_to
        and actor.covers(SIGNS_FOR, part.org.path)
        and not why_not_stand_in(part.org, actor.user),
        "can_phone": open_to and actor.covers("notices.phone_list", part.org.path),
        "wake": tally.wake(held),
    }


def figures(notice: Notice) -> dict[str, int]:
    """Return how many received a notice and how many signed, for the questions before 更正 and 撤回."""
    signed = notice.receipts.filter(signed_at__isnull=False)
    return {
        "all": notice.receipts.count(),
        "signed": signed.exclude(person__account=notice.author_id).count(),
    }


def limits() -> dict[str, Any]:
    """Return what files are taken, in words and figures."""
    return {
        "kinds": KINDS_IN_WORDS,
        "most_files": rules.MOST_FILES,
        "most_megabytes": settings.UPLOAD_LIMIT // 1024 // 1024,
    }


def correct(request: HttpRequest, form: CorrectionForm, notice: Notice) -> Edition | None:
    """Carry a correction out; None when it was refused, the sentence then stands at its field."""
    sent = request.FILES.getlist("files")
    added = [attempt(form, rules.accepted, each.name or "", each.read()) for each in sent]
    if None in added:
        return None
    seen = form.cleaned_data["seen"]
    return attempt(form, rules.correct, notice, form.wanted(added), seen=seen, by=request.user)


def waiting(request: HttpRequest, notice: Notice, form: TimeForm) -> dict[str, Any]:
    """Return what the page of 待发布 shows."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    audience = audiences.Audience.of(notice.audience)
    return {
        "notice": notice,
        "form": form,
        "audience": audiences.in_words(audience, actor),
        "people": audiences.receivers(audience, actor).exclude(account=actor.user).count(),
        "attachments": list(notice.attachments.all()),
        "now": timezone.now(),
    }


def receipts(request: HttpRequest, notice: Notice) -> dict[str, Any]:
    """Return the context of 签收情况: figures of all within reach, lines of those that were chosen."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    held = tally.receipts(notice, actor)
    wanted = tally.Wanted.of(request.GET)
    every = tally.parts(held)
    chosen = tally.filtered(held, wanted, actor)
    shown = tally.parts(chosen) if wanted.narrows else every
    issuer = issues(actor, notice)
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
        "issues": issuer,
        "can_phone": notice.wants_signing and not notice.is_withdrawn and actor.can("notices.phone_list"),
        "wake": tally.wake(held),
        "now": timezone.now(),
    }


def may_remind(request: HttpRequest, notice: Notice) -> bool:
    """Whether the reader is of those who issued the notice."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return notice.wants_signing and not notice.is_withdrawn and issues(actor, notice)


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
