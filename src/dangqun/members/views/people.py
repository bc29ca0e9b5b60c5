"""党员名册: the list, one person, and myself."""

from datetime import date

from django.db.models import Q, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils import timezone

from dangqun.kernel.calendars import add_months
from dangqun.kernel.pages import page, paginate
from dangqun.kernel.sheets import write_table
from dangqun.members import sheets
from dangqun.members.models import Membership, Person
from dangqun.orgs.access import fetch, rows
from dangqun.orgs.models import Org

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SORTS = {"name": "pinyin_key", "strokes": "stroke_key", "born": "born_on", "joined": "joined_on"}


def people(request: HttpRequest) -> HttpResponse:
    """List the members within reach; every filter lives in the URL."""
    found = _wanted(request)
    parks = Org.objects.reachable(request.actor, request.needs).open(request.actor.day).parks().in_order()
    context = {
        "page": paginate(request, found.select_related("org", "enterprise", "account"), 50),
        "parks": parks,
        "query": request.GET,
        "can_import": request.actor.can("members.import"),
        "states": Membership.State.choices[:2],
    }
    return page(request, "members/people.html", context, part="rows")


def export(request: HttpRequest) -> HttpResponse:
    """导出Excel: the same rows as the list, without ID numbers, phones and addresses."""
    out = write_table("党员名册", sheets.ROSTER, sheets.roster_lines(_wanted(request), request.actor.day))
    return FileResponse(out, as_attachment=True, filename="党员名册.xlsx", content_type=SHEET)


def person(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one person; numbers are masked."""
    found = fetch(request, Person, pk=pk)
    context = {
        "person": found,
        "memberships": found.memberships.select_related("branch").order_by("-starts_on", "-pk"),
        "offices": found.offices.select_related("org", "enterprise").order_by("-starts_on", "-pk"),
        "code": found.activations.filter(
            used_at=None, withdrawn_at=None, expires_at__gt=timezone.now()
        ).first(),
        "can_activate": request.actor.covers("members.activate", found.org.path),
    }
    return page(request, "members/person.html", context)


def me(request: HttpRequest) -> HttpResponse:
    """Show me what the platform holds about me, in full."""
    mine = Person.objects.of_account(request.actor).select_related("org", "enterprise").first()
    context = {"person": mine}
    if mine:
        context |= {
            "memberships": mine.memberships.select_related("branch").order_by("-starts_on", "-pk"),
            "offices": mine.offices.select_related("org", "enterprise").order_by("-starts_on", "-pk"),
            "activation": mine.activations.filter(used_at__isnull=False).select_related("issued_by").last(),
        }
    return page(request, "members/me.html", context)


def _wanted(request: HttpRequest) -> QuerySet[Person]:
    query, on = request.GET, request.actor.day
    found = rows(request, Person).members(on)
    if text := query.get("q", "").strip()[:40]:
        found = found.filter(Q(name__contains=text) | Q(initials__startswith=text.lower()))
    if query.get("org", "").isdecimal() and len(query["org"]) < 19:
        org = rows(request, Org).filter(pk=query["org"]).first()
        found = found.under(org) if org else found.none()
    if query.get("park", "").isdecimal() and len(query["park"]) < 6:
        found = found.filter(org__park_number=int(query["park"]))
    if query.get("state") in Membership.State.values:
        held = Membership.objects.on(on).filter(state=query["state"])
        found = found.filter(pk__in=held.values("person"))
    if education := query.get("education", "")[:20]:
        found = found.filter(education="" if education == "unknown" else education)
    if query.get("account") == "none":
        found = found.filter(account=None)
    return _of_age(found, query.get("age", ""), on).order_by(*_order(query))


def _of_age(found: QuerySet[Person], band: str, on: date) -> QuerySet[Person]:
    if band == "unknown":
        return found.filter(born_on=None)
    low, dash, high = band.partition("-")
    if not dash or not (low + high).isdecimal() or len(band) > 7 or not low or not high:
        return found
    return found.filter(born_on__lte=_years_back(on, int(low)), born_on__gt=_years_back(on, int(high) + 1))


def _years_back(on: date, years: int) -> date:
    return add_months(on, -12 * min(years, 1900))


def _order(query: dict[str, str]) -> tuple[str, str]:
    sort = query.get("sort", "")
    column = SORTS.get(sort.removeprefix("-"), "pinyin_key")
    return (f"-{column}" if sort.startswith("-") else column), "pk"
