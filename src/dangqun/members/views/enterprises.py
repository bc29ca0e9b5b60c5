"""企业: register, correct, move, release; which branch covers it, which instructor visits it; coverage of the zone."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from dangqun.kernel.pages import attempt, page, paginate, toast
from dangqun.members import coverage, dossiers
from dangqun.members.forms import CloseForm, CoverForm, EnterpriseForm, OnForm, ParkChoiceForm, VisitForm
from dangqun.members.member_forms import CallForm
from dangqun.members.models import Office
from dangqun.members.rules import liaison
from dangqun.members.views import done, sent
from dangqun.orgs import rules as orgs
from dangqun.orgs.access import fetch, rows
from dangqun.orgs.models import ContactPoint, Enterprise, Org

FIRMS = 60


def show_coverage(request: HttpRequest) -> HttpResponse:
    """Show 组织覆盖 and 工作覆盖, apart: figures, by park, enterprise by enterprise."""
    on = request.actor.day
    firms = coverage.judged(rows(request, Enterprise).open(on), on)
    found = coverage.narrowed(firms, request.GET)
    context = {
        "figures": coverage.figures(firms),
        "parks": coverage.by_park(firms),
        "page": paginate(request, coverage.with_names(found, on), FIRMS),
        "query": request.GET,
        "can_manage": request.actor.can("orgs.manage"),
    }
    return page(request, "members/coverage.html", context, part="rows")


def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one enterprise: park, branches over time, instructors, contacts."""
    firm = fetch(request, Enterprise, pk=pk)
    context = dossiers.enterprise(firm, request.actor.day) | {
        "can_manage": request.actor.covers("orgs.manage", firm.park.path) and not firm.left_on,
        "can_appoint": request.actor.covers("members.appoint", firm.park.path) and not firm.left_on,
        "reached": set(
            rows(request, Org).filter(enterprise_links__enterprise=firm).values_list("pk", flat=True)
        ),
    }
    return page(request, "members/enterprise.html", context)


def register(request: HttpRequest) -> HttpResponse:
    """Enter an enterprise by hand."""
    form = EnterpriseForm(request.POST or None, parks=_parks(request))
    if sent(request, form):
        park, facts = form.cleaned_data["park"], form.facts()
        made = attempt(form, orgs.register_enterprise, facts.pop("name"), park=park, by=request.user, **facts)
        if made:
            toast(request, f"已登记{made}。")
            return redirect("enterprise", made.pk)
    return page(request, "members/register_enterprise.html", {"form": form})


def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct what the register says of an enterprise."""
    firm = fetch(request, Enterprise, pk=pk)
    form = EnterpriseForm(request.POST or None, firm=firm)
    if sent(request, form) and attempt(form, orgs.correct_enterprise, firm, form.facts(), by=request.user):
        toast(request, f"已改好{firm}的资料。")
        return redirect("enterprise", pk)
    return page(
        request, "members/correct_enterprise.html", {"form": form, "firm": fetch(request, Enterprise, pk=pk)}
    )


def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Enter an enterprise under another park."""
    firm = fetch(request, Enterprise, pk=pk)
    form = ParkChoiceForm(request.POST or None, parks=_parks(request).exclude(pk=firm.park_id))
    if done(request, form, orgs.move_enterprise, firm):
        toast(request, f"{firm}已转到{firm.park}。")
        return redirect("enterprise", pk)
    return page(request, "members/move_enterprise.html", {"form": form, "firm": firm})


def release(request: HttpRequest, pk: int) -> HttpResponse:
    """Let an enterprise leave the zone."""
    firm = fetch(request, Enterprise, pk=pk)
    form = CloseForm(request.POST or None, initial={"on": request.actor.day}, verb="迁出")
    if done(request, form, orgs.release_enterprise, firm):
        toast(request, f"{firm}已迁出，历史资料仍在。")
        return redirect("coverage")
    return page(request, "members/release_enterprise.html", {"form": form, "firm": firm})


def cover(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a branch cover an enterprise; more units than usual are a warning."""
    firm = fetch(request, Enterprise, pk=pk)
    branches = rows(request, Org).open(request.actor.day).branches().in_order()
    form = CoverForm(request.POST or None, branches=branches, initial={"on": request.actor.day})
    if sent(request, form):
        branch, on = form.cleaned_data["branch"], form.cleaned_data["on"]
        formation = Org.Formation.JOINT if form.cleaned_data["joint"] else ""
        facts = {"branch": branch, "on": on, "formation": formation}
        if attempt(form, orgs.cover, firm, by=request.user, **facts):
            toast(request, orgs.joint_warning(branch, request.actor.day) or f"{firm}已由{branch}覆盖。")
            return redirect("enterprise", pk)
    return page(request, "members/cover.html", {"form": form, "firm": firm})


def uncover(request: HttpRequest, pk: int, branch: int) -> HttpResponse:
    """End the cover by one branch."""
    firm, covering = fetch(request, Enterprise, pk=pk), fetch(request, Org, pk=branch)
    form = OnForm(request.POST or None, initial={"on": request.actor.day})
    if done(request, form, orgs.uncover, firm, branch=covering):
        toast(request, f"{firm}不再由{covering}覆盖。")
        return redirect("enterprise", pk)
    return page(request, "members/uncover.html", {"form": form, "firm": firm, "branch": covering})


def send(request: HttpRequest, pk: int) -> HttpResponse:
    """Make an enterprise a contact point of an instructor."""
    firm, actor = fetch(request, Enterprise, pk=pk), request.actor
    instructors = dossiers.holders(actor, request.needs, (Office.Post.INSTRUCTOR,), actor.day)
    form = VisitForm(request.POST or None, instructors=instructors, initial={"on": actor.day})
    if sent(request, form):
        who, on = form.cleaned_data["instructor"], form.cleaned_data["on"]
        if attempt(form, liaison.send_instructor, who, firm=firm, on=on, by=request.user):
            toast(request, f"{firm}由{who}联系。")
            return redirect("enterprise", pk)
    return page(request, "members/visit.html", {"form": form, "firm": firm})


def name_contact(request: HttpRequest, pk: int) -> HttpResponse:
    """Enter the contact of an enterprise, who may then see it."""
    firm, on = fetch(request, Enterprise, pk=pk), request.actor.day
    form = CallForm(request.POST or None, contact=True, initial={"on": on})
    post, place = Office.Post.ENTERPRISE_CONTACT, firm.branch_on(on) or firm.park
    office = done(request, form, liaison.call, org=place, post=post, enterprise=firm)
    if office:
        toast(request, f"{office.person}是{firm}的联系人。")
        return redirect("enterprise", pk)
    return page(request, "members/contact.html", {"form": form, "firm": firm})


def end_visit(request: HttpRequest, pk: int, point: int) -> HttpResponse:
    """End a contact point."""
    firm = fetch(request, Enterprise, pk=pk)
    visited = fetch(request, ContactPoint, pk=point, enterprise=firm, ends_on=None)
    form = OnForm(request.POST or None, initial={"on": request.actor.day})
    if done(request, form, orgs.end_visit, visited):
        toast(request, f"{visited.user}不再联系{firm}。")
        return redirect("enterprise", pk)
    return page(request, "members/end_visit.html", {"form": form, "firm": firm, "point": visited})


def _parks(request: HttpRequest) -> QuerySet[Org]:
    return rows(request, Org).open(request.actor.day).parks().in_order()
