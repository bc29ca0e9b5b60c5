"""片区 (liaison zones), and the posts of a branch's team."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from dangqun.kernel.pages import attempt, page, toast
from dangqun.members import dossiers, rules
from dangqun.members.forms import OnForm, ZoneForm
from dangqun.members.member_forms import CallForm, ElectForm
from dangqun.members.models import Office
from dangqun.members.rules import liaison
from dangqun.members.rules.offices import committee_hint
from dangqun.members.views import done, sent
from dangqun.orgs.access import fetch, rows
from dangqun.orgs.models import LiaisonZone, Org


def zones(request: HttpRequest) -> HttpResponse:
    """Show the zones: who looks after which branches, and which lie in none."""
    on = request.actor.day
    found = dossiers.zones(rows(request, LiaisonZone), on)
    free = rows(request, Org).open(on).branches().exclude(zone_links__in=dossiers.placed(on)).in_order()
    return page(request, "members/zones.html", {"zones": found, "free": free})


def found(request: HttpRequest) -> HttpResponse:
    """Set up a zone."""
    committee = rows(request, Org).order_by("path").first()
    form = _form(request, None)
    made = done(request, form, liaison.found_zone, org=committee)
    if made:
        toast(request, f"已设立{made}。")
        return redirect("zones")
    return page(request, "members/zone.html", {"form": form})


def arrange(request: HttpRequest, pk: int) -> HttpResponse:
    """Change who looks after a zone and which branches lie in it."""
    zone = fetch(request, LiaisonZone, pk=pk)
    form = _form(request, zone)
    if done(request, form, liaison.give_zone, zone):
        toast(request, f"已调整{zone}。")
        return redirect("zones")
    return page(request, "members/zone.html", {"form": form, "zone": fetch(request, LiaisonZone, pk=pk)})


def elect(request: HttpRequest, pk: int) -> HttpResponse:
    """Appoint a member of the branch to its team."""
    org, actor = fetch(request, Org, pk=pk), request.actor
    members = dossiers.electable(org, actor, actor.day)
    form = ElectForm(request.POST or None, members=members, initial={"on": actor.day})
    if sent(request, form):
        typed = dict(form.cleaned_data)
        office = attempt(form, rules.elect, typed.pop("person"), branch=org, by=request.user, **typed)
        if office:
            hint = committee_hint(office.post, members.count(), actor.day)
            toast(request, hint or f"{office.person}已任{org}{office}。")
            return redirect("org", pk)
    prompt = committee_hint(Office.Post.BRANCH_MEMBER, members.count(), actor.day)
    return page(request, "members/elect.html", {"form": form, "org": org, "prompt": prompt})


def call(request: HttpRequest, pk: int) -> HttpResponse:
    """Appoint somebody at the committee: member, instructor, office."""
    org = fetch(request, Org, pk=pk, kind__in=(Org.Kind.COMMITTEE, Org.Kind.WORKING_COMMITTEE))
    form = CallForm(request.POST or None, initial={"on": request.actor.day, "post": Office.Post.INSTRUCTOR})
    office = done(request, form, liaison.call, org=org)
    if office:
        toast(request, f"{office.person}已任{office}。")
        return redirect("org", pk)
    return page(request, "members/call.html", {"form": form, "org": org})


def end_office(request: HttpRequest, pk: int) -> HttpResponse:
    """End a post."""
    office = fetch(request, Office, pk=pk)
    form = OnForm(request.POST or None, initial={"on": request.actor.day})
    if done(request, form, rules.end_office, office):
        toast(request, f"{office.person}不再任{office.org}{office}。")
        return redirect("org", office.org_id)
    return page(request, "members/end_office.html", {"form": form, "office": office, "org": office.org})


def _form(request: HttpRequest, zone: LiaisonZone | None) -> ZoneForm:
    on = request.actor.day
    members = dossiers.holders(request.actor, request.needs, Office.COMMITTEE, on)
    branches = rows(request, Org).open(on).branches().in_order()
    initial = dossiers.zone_now(zone, on) if zone else {}
    return ZoneForm(request.POST or None, members=members, branches=branches, initial={"on": on} | initial)
