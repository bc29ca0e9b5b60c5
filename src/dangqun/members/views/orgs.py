"""组织体系: the tree on any day, one organisation, and what the office changes there."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from dangqun.kernel.pages import attempt, page, paginate, row_number, toast
from dangqun.members import dossiers, rules
from dangqun.members.forms import BranchForm, CloseForm, DayForm, MoveOrgForm, ParkForm, RenameForm
from dangqun.members.models import Office
from dangqun.members.tree import Wanted, figures_of, grow, shown
from dangqun.members.views import done, sent
from dangqun.orgs import rules as orgs
from dangqun.orgs.access import fetch, rows
from dangqun.orgs.models import Enterprise, Org

LINES = 200


def tree(request: HttpRequest) -> HttpResponse:
    """Show the tree as of a day, with members and secretaries of that day."""
    form, on = _day(request)
    nodes = grow(rows(request, Org), on)
    wanted = Wanted.of(request.GET)
    context = {
        "page": paginate(request, shown(nodes, wanted), LINES),
        "on": on,
        "today": request.actor.day,
        "form": form,
        "figures": figures_of(nodes, rows(request, Enterprise), on),
        "wanted": wanted,
        "formations": Org.Formation.choices,
        "may_list": request.actor.can("members.read"),
        "root": next((node.org for node in nodes if not node.org.is_branch and not node.depth), None),
        "can_manage": request.actor.can("orgs.manage"),
        "can_import": request.actor.can("members.import"),
    }
    return page(request, "members/tree.html", context, part="rows")


def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one organisation as of a day: team, members, enterprises, what lies below, its history."""
    org = fetch(request, Org, pk=pk)
    form, on = _day(request)
    actor = request.actor
    now = on == actor.day and not org.closed_on
    context = dossiers.organisation(org, actor, on) | {
        "form": form,
        "today": actor.day,
        "above": rows(request, Org).filter(pk__in=org.ancestors).order_by("path"),
        "below": [] if org.is_branch else dossiers.below(org, rows(request, Org).under(org), on)[: LINES + 1],
        "is_committee": org.kind in (Org.Kind.COMMITTEE, Org.Kind.WORKING_COMMITTEE),
        "can_appoint": now and actor.covers("members.appoint", org.path),
        "can_manage": now and actor.covers("orgs.manage", org.path),
        "can_enrol": now and actor.covers("members.manage", org.path),
        "can_activate": now and actor.covers("members.activate", org.path),
    }
    return page(request, "members/org.html", context)


def appoint(request: HttpRequest, pk: int) -> HttpResponse:
    """Appoint one of the branch's members as its secretary, in one click."""
    org = fetch(request, Org, pk=pk)
    day = request.actor.day
    person = (
        dossiers.electable(org, request.actor, day)
        .filter(pk=row_number(request.POST.get("person", "")))
        .first()
    )
    if person is None:
        toast(request, "请先选一位本支部的正式党员。")
        return redirect("org", pk)
    rules.elect(person, branch=org, post=Office.Post.SECRETARY, on=day, by=request.user)
    toast(request, f"{person}已任{org}书记。")
    return redirect("org", pk)


def open_branch(request: HttpRequest, pk: int) -> HttpResponse:
    """Found a branch (own, joint, temporary) under a park or the committee."""
    parent = fetch(request, Org, pk=pk)
    free = rows(request, Enterprise).open(request.actor.day).uncovered(request.actor.day)
    firms = (free.filter(park=parent) if parent.kind == Org.Kind.PARK else free).order_by("number", "pk")
    form = BranchForm(request.POST or None, enterprises=firms, initial=_next(parent, request.actor.day))
    if sent(request, form):
        typed = {"enterprises": ()} | form.cleaned_data
        made = attempt(form, orgs.found_branch, under=parent, by=request.user, **typed)
        if made:
            toast(request, orgs.joint_warning(made, request.actor.day) or f"已成立{made}。")
            return redirect("org", made.pk)
    return page(request, "members/open_branch.html", {"form": form, "org": parent})


def open_park(request: HttpRequest, pk: int) -> HttpResponse:
    """Set up a park under the committee."""
    parent = fetch(request, Org, pk=pk)
    form = ParkForm(request.POST or None, initial=_next(parent, request.actor.day))
    made = done(request, form, orgs.open_org, Org.Kind.PARK, under=parent)
    if made:
        toast(request, f"已设立{made}。")
        return redirect("org", made.pk)
    return page(request, "members/open_park.html", {"form": form, "org": parent})


def rename(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct name, number, code; a new name counts from its day."""
    org = fetch(request, Org, pk=pk)
    form = RenameForm(request.POST or None, org=org, today=request.actor.day)
    if done(request, form, orgs.rename_org, org):
        toast(request, f"已改好{org}的资料。")
        return redirect("org", pk)
    return page(request, "members/rename_org.html", {"form": form, "org": org})


def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Put an organisation under another."""
    org = fetch(request, Org, pk=pk)
    fit = rows(request, Org).open(request.actor.day).above(org).in_order()
    form = MoveOrgForm(request.POST or None, orgs=fit, initial={"on": request.actor.day})
    if done(request, form, orgs.move_org, org):
        toast(request, f"{org}已划归{form.cleaned_data['to']}。")
        return redirect("org", pk)
    return page(request, "members/move_org.html", {"form": form, "org": org})


def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close an organisation, with the reason."""
    org = fetch(request, Org, pk=pk)
    form = CloseForm(request.POST or None, initial={"on": request.actor.day}, verb="撤销")
    if done(request, form, orgs.close_org, org):
        toast(request, f"已撤销{org}，历史资料仍在。")
        return redirect("orgs")
    return page(request, "members/close_org.html", {"form": form, "org": org})


def _day(request: HttpRequest) -> tuple[DayForm, date]:
    form = DayForm(request.GET if "on" in request.GET else None)
    return form, (form.is_valid() and form.cleaned_data["on"]) or request.actor.day


def _next(parent: Org, day: date) -> dict[str, object]:
    return {"on": day, "number": parent.next_number()}
