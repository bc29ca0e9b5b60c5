"""The form of a notice with the choices that its author has, and what the notice would cost its receivers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest

from dangqun.members.models import Person
from dangqun.notices.audience import NEEDS, Audience, minutes_to_read, receivers
from dangqun.notices.forms import NoticeForm, initial
from dangqun.notices.models import Notice, Receipt
from dangqun.orgs.models import LiaisonZone, Org
from dangqun.orgs.reach import within

SHOWN = 300


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


def form(request: HttpRequest, notice: Notice | None) -> NoticeForm:
    """Return the form: what was typed, or the draft, or an empty one."""
    typed = request.POST or None
    start: dict[str, Any] = {"wants_signing": True, "posts": ("member",)}
    picked = [int(each) for each in request.POST.getlist("people") if each.isdecimal() and len(each) < 19]
    kept = Audience.of(notice.audience).people if notice else ()
    actor = request.actor  # type: ignore[attr-defined]
    orgs = Org.objects.reachable(actor, NEEDS).open(actor.day).in_order()
    people = Person.objects.reachable(actor, NEEDS).select_related("org")
    some = people.by_pinyin()[:SHOWN] if not (picked or kept) else people.filter(pk__in=[*picked, *kept])
    shown = {person.pk: person for person in (*some, *people.by_pinyin()[:SHOWN])}
    return NoticeForm(
        typed,
        initial=initial(notice) if notice else start,
        orgs=[(str(org.pk), "　" * (len(org.ancestors)) + org.short_name) for org in _as_tree(orgs)],
        zones=[(str(zone.pk), zone.name) for zone in _zones(actor)],
        people=[(str(person.pk), f"{person.name}　{person.org.short_name}") for person in shown.values()],
    )


def cost(request: HttpRequest, written: NoticeForm) -> Cost:
    """Return what the notice costs as it stands."""
    if written.is_bound:
        audience = written.audience() if hasattr(written, "cleaned_data") else Audience()
        text = request.POST.get("body", "")
    else:
        audience, text = Audience.of(written.initial), written.initial.get("body", "")
    found = receivers(audience, request.actor)  # type: ignore[attr-defined]
    people = found.count()
    return Cost(
        people, minutes_to_read(text), people - found.filter(account__activated_at__isnull=False).count()
    )


def scope(request: HttpRequest, held: QuerySet[Receipt]) -> tuple[QuerySet[Receipt], str]:
    """Return the receipts that 催办 was pressed for, and what to call them. Raises Http404 for nonsense."""
    org, person = request.POST.get("org", ""), request.POST.get("person", "")
    if person:
        found = held.filter(pk=_number(person)).select_related("person").first()
        if found is None:
            raise Http404
        return held.filter(pk=found.pk), found.person.name
    if org:
        place = Org.objects.filter(pk=_number(org)).first()
        if place is None:
            raise Http404
        return held.filter(within("branch__path", [place.path])), place.short_name
    return held, "全部未签收的人"


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise Http404
    return int(text)


def _as_tree(orgs: Any) -> list[Org]:
    found = list(orgs)
    place = {org.pk: (org.park_number, org.number, org.pk) for org in found}
    return sorted(found, key=lambda org: [place.get(each, (0, 0, each)) for each in (*org.ancestors, org.pk)])


def _zones(actor: Any) -> list[LiaisonZone]:
    return list(LiaisonZone.objects.reachable(actor, NEEDS))
