"""打印、下载: the roster and the sheet of a branch, each behind the permission of the page that it prints."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from dangqun.members import papers
from dangqun.members.dossiers import READ
from dangqun.orgs.access import fetch, rows
from dangqun.orgs.models import Org
from dangqun.papers import desk
from dangqun.papers.kinds import Asked, reach_of


def print_roster(request: HttpRequest) -> HttpResponse:
    """Print the roster with the filters of the list."""
    actor = request.actor
    scope = reach_of(actor, request.needs) | {"query": papers.roster_query(request.GET)}
    asked = Asked("roster", "", actor.day, request.needs, scope)
    org = rows(request, Org).order_by("path").first()
    back = f"{reverse('people')}?{request.GET.urlencode()}"
    return desk.hand_out(request, asked, org=org, back=back)


def print_branch(request: HttpRequest, pk: int) -> HttpResponse:
    """Print 支部情况; its members for those alone who may list them."""
    org = fetch(request, Org, pk=pk, kind=Org.Kind.BRANCH)
    members = request.actor.covers(READ, org.path)
    needs = READ if members else request.needs
    asked = Asked("branch", str(org.pk), request.actor.day, needs, {"members": members})
    return desk.hand_out(request, asked, org=org, back=reverse("org", args=(pk,)))
