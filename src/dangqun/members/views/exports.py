"""导出Excel of the lists of organisations, enterprises, zones, staff and grants: the rows and order of the page."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from dangqun.kernel.sheets import hand_over
from dangqun.members import coverage, dossiers, list_sheets
from dangqun.members.forms import DayForm
from dangqun.members.models import Person
from dangqun.members.tree import Wanted, grow, unfolded
from dangqun.orgs.access import rows
from dangqun.orgs.models import Enterprise, Grant, LiaisonZone, Org


def tree(request: HttpRequest) -> HttpResponse:
    """Hand out the tree of a day; parks that the page shows folded come with their branches."""
    form = DayForm(request.GET if "on" in request.GET else None)
    on = (form.is_valid() and form.cleaned_data["on"]) or request.actor.day
    nodes = unfolded(grow(rows(request, Org), on), Wanted.of(request.GET))
    return hand_over("组织体系", list_sheets.ORGS, list_sheets.org_lines(nodes), by=request.user)


def firms(request: HttpRequest) -> HttpResponse:
    """Hand out the enterprises with their coverage."""
    on = request.actor.day
    judged = coverage.judged(rows(request, Enterprise).open(on), on)
    found = coverage.with_names(coverage.narrowed(judged, request.GET), on)
    return hand_over("覆盖情况", list_sheets.FIRMS, list_sheets.firm_lines(found), by=request.user)


def zones(request: HttpRequest) -> HttpResponse:
    """Hand out the zones, branch by branch."""
    found = dossiers.zones(rows(request, LiaisonZone), request.actor.day)
    return hand_over("片区", list_sheets.ZONES, list_sheets.zone_lines(found), by=request.user)


def staff(request: HttpRequest) -> HttpResponse:
    """Hand out who works at the committee."""
    people = rows(request, Person).staff().select_related("account", "org").by_pinyin()
    held = rows(request, Grant).open().filter(source=Grant.Source.STAFF).order_by("role")
    lines = list_sheets.staff_lines(people, held, settings.ROLE_NAMES)
    return hand_over("工作人员", list_sheets.STAFF, lines, by=request.user)


def grants(request: HttpRequest) -> HttpResponse:
    """Hand out the roles that wait, and those that are held."""
    held = rows(request, Grant).open().filter(source=Grant.Source.STAFF)
    held = held.select_related("user", "org", "proposed_by")
    effective = held.effective().order_by("role", "pk")
    lines = list_sheets.grant_lines(held.waiting(), effective, settings.ROLE_NAMES)
    return hand_over("授权", list_sheets.GRANTS, lines, by=request.user)
