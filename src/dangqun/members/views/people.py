"""党员名册: the list, and one person."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from dangqun.kernel.calendars import age_on
from dangqun.kernel.pages import page, paginate
from dangqun.kernel.sheets import hand_over
from dangqun.kernel.templatetags.components import TINTS
from dangqun.members import dossiers, roster, sheets
from dangqun.members.masked import secrets_of
from dangqun.members.models import Person
from dangqun.members.rules.activation import takes_two
from dangqun.orgs.access import fetch, reached, rows
from dangqun.orgs.models import Org

LINES = 80


def people(request: HttpRequest) -> HttpResponse:
    """List the members within reach, by pinyin; every filter lives in the URL."""
    asked, on, orgs = roster.Asked.of(request.GET), request.actor.day, rows(request, Org)
    found = roster.narrowed(rows(request, Person), orgs, asked, on)
    lines = roster.ordered(roster.with_standing(found, on), asked.sort, roster.BY_PINYIN)
    context = {
        "page": paginate(request, lines, LINES),
        "places": roster.places(orgs.open(on)),
        "elsewhere": orgs.filter(pk=asked.org).first() if asked.org else None,
        "asked": asked,
        "query": request.GET,
        "states": roster.STATES,
        "accounts": roster.ACCOUNTS,
        "can_import": request.actor.can("members.import"),
        "can_export_full": request.actor.can("members.export_sensitive"),
        "can_enrol": request.actor.can("members.manage"),
    }
    return page(request, "members/people.html", context, part="rows")


def export(request: HttpRequest) -> HttpResponse:
    """导出Excel: the same rows as the list, by 姓氏笔画, without ID numbers, phones and addresses."""
    asked, on = roster.Asked.of(request.GET), request.actor.day
    found = roster.narrowed(rows(request, Person), rows(request, Org), asked, on)
    lines = roster.ordered(roster.with_standing(found, on), asked.sort, roster.BY_STROKES)
    return hand_over("党员名册", sheets.ROSTER, sheets.roster_lines(lines, on), by=request.user)


def person(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one person; ID number, phone and address stay masked until somebody opens one for a reason."""
    return person_page(request, fetch(request, Person, pk=pk))


def person_page(request: HttpRequest, found: Person, more: dict[str, Any] | None = None) -> HttpResponse:
    """Answer with the page of a person who was fetched, or with her base data alone for htmx."""
    code = found.activations.usable(timezone.now()).order_by("pk").last()
    above = reached(request.actor, dossiers.READ, Org)
    context = dossiers.standing(found, request.actor) | secrets_of(found, request.actor)
    context |= {
        "person": found,
        "today": request.actor.day,
        "above": above.filter(pk__in=[*found.org.ancestors, found.org_id]).order_by("path"),
        "code": code,
        "takes_two": bool(found.account_id and context["can_activate"] and takes_two(found)),
        "age": age_on(found.born_on, request.actor.day) if found.born_on else None,
        "face": found.pk % TINTS + 1,
    }
    return page(request, "members/person.html", context | (more or {}), part="base")
