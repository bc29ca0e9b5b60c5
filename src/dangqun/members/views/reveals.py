"""查看 and 遮回 on a person's page; the roster with sensitive columns."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from dangqun.accounts.rules import refuse_without_second_factor
from dangqun.kernel.pages import attempt, is_htmx, page
from dangqun.kernel.sheets import write_table
from dangqun.kernel.sheets.handing import workbook
from dangqun.members import roster, sheets
from dangqun.members.masked import SLUGS
from dangqun.members.models import Person
from dangqun.members.own_forms import FullExportForm, RevealForm
from dangqun.members.rules import reveal as rules
from dangqun.members.views import sent
from dangqun.members.views.people import person_page
from dangqun.orgs.access import fetch, rows
from dangqun.orgs.models import Org


def choose(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Ask for the reason under the field; with one, show the value for some minutes."""
    person = fetch(request, Person, pk=pk)
    form = RevealForm(request.POST or None, on=request.actor.day)
    if sent(request, form) and attempt(
        form, rules.reveal, person, SLUGS[slug], why=form.words, by=request.user
    ):
        return _shown(request, person, slug)
    return person_page(
        request, person, {"choosing": slug, "reveal": form, "minutes": settings.REVEAL_MINUTES}
    )


def mobile(request: HttpRequest, pk: int) -> HttpResponse:
    """查看 a telephone number."""
    return choose(request, pk, "mobile")


def id_number(request: HttpRequest, pk: int) -> HttpResponse:
    """查看 an ID number."""
    return choose(request, pk, "id")


def address(request: HttpRequest, pk: int) -> HttpResponse:
    """查看 an address."""
    return choose(request, pk, "address")


def cover(request: HttpRequest, pk: int) -> HttpResponse:
    """遮回 whatever I have opened of this person."""
    person = fetch(request, Person, pk=pk)
    rules.cover(person, by=request.user)
    return _shown(request, person, "mobile")


def export(request: HttpRequest) -> HttpResponse:
    """导出含号码的名册: a reason first; each person in it can read that she was in it."""
    refuse_without_second_factor(request)
    asked, on = roster.Asked.of(request.GET), request.actor.day
    found = roster.narrowed(rows(request, Person), rows(request, Org), asked, on)
    form = FullExportForm(request.POST or None, on=on)
    if sent(request, form):
        people = list(roster.ordered(roster.with_standing(found, on), asked.sort, roster.BY_STROKES))
        fields = form.cleaned_data["columns"]
        if attempt(form, rules.note_export, people, fields, why=form.words, by=request.user):
            table = sheets.full_roster(people, fields, on)
            return workbook(write_table("党员名册", *table, secret=True), "党员名册（含号码）.xlsx")
    return page(request, "members/export_full.html", {"form": form, "count": found.count()})


def _shown(request: HttpRequest, person: Person, slug: str) -> HttpResponse:
    """Show the fields again: as a piece for htmx, else the page at the field."""
    if is_htmx(request):
        return person_page(request, person, {"focus": slug})
    return redirect(f"{reverse('person', args=(person.pk,))}#secret-{slug}")
