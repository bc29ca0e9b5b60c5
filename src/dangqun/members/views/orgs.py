"""组织体系: the tree on any day, one organisation, one enterprise, coverage."""

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from dangqun.kernel.pages import attempt, page, paginate, toast
from dangqun.members import rules
from dangqun.members.forms import BranchForm, CloseForm, DayForm
from dangqun.members.models import Office, Person
from dangqun.members.tree import Node, grow
from dangqun.orgs import rules as orgs
from dangqun.orgs.access import fetch, rows
from dangqun.orgs.models import ContactPoint, Enterprise, Org


def tree(request: HttpRequest) -> HttpResponse:
    """Show the tree as of a day, with members and secretaries of that day."""
    form = DayForm(request.GET or None)
    on = (form.is_valid() and form.cleaned_data["on"]) or request.actor.day
    nodes = grow(rows(request, Org), on)
    if request.GET.get("secretary") == "none":
        nodes = [node for node in nodes if node.org.is_branch and not node.secretary]
    branches = [node for node in nodes if node.org.is_branch]
    context = {
        "nodes": nodes,
        "on": on,
        "today": request.actor.day,
        "form": form,
        "figures": _figures(branches),
        "can_manage": request.actor.can("orgs.manage"),
        "narrowed": request.GET.get("secretary") == "none",
    }
    return page(request, "members/tree.html", context)


def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one organisation: officers, members, enterprises, what it covers."""
    org = fetch(request, Org, pk=pk)
    on = request.actor.day
    may_list = request.actor.covers("members.read", org.path)
    offices = Office.objects.on(on).filter(org=org).select_related("person")
    context = {
        "org": org,
        "offices": offices.exclude(post=Office.Post.ENTERPRISE_CONTACT).order_by("pk"),
        "former": Office.objects.filter(org=org, ends_on__lte=on)
        .select_related("person")
        .order_by("-ends_on")[:10],
        "members": Person.objects.filter(org=org).members(on).by_strokes()[:100] if may_list else [],
        "below": rows(request, Org)
        .filter(path__startswith=org.path)
        .exclude(pk=org.pk)
        .open(on)
        .in_order()[:200],
        "enterprises": Enterprise.objects.filter(
            branch_links__branch=org, branch_links__ends_on=None
        ).order_by("number"),
        "warning": orgs.joint_warning(org, on),
        "no_secretary": org.is_branch and not offices.filter(post=Office.Post.SECRETARY).exists(),
        "can_appoint": request.actor.covers("members.appoint", org.path),
        "can_manage": request.actor.covers("orgs.manage", org.path),
        "can_activate": request.actor.covers("members.activate", org.path),
        "may_list": may_list,
    }
    return page(request, "members/org.html", context)


def enterprise(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one enterprise: park, branches over time, instructor, contact."""
    firm = fetch(request, Enterprise, pk=pk)
    on = request.actor.day
    context = {
        "firm": firm,
        "links": firm.branch_links.select_related("branch").order_by("-starts_on", "-pk"),
        "points": ContactPoint.objects.on(on).filter(enterprise=firm).select_related("user"),
        "contacts": Office.objects.on(on).filter(enterprise=firm).select_related("person"),
    }
    return page(request, "members/enterprise.html", context)


def coverage(request: HttpRequest) -> HttpResponse:
    """Show 组织覆盖 and 工作覆盖, apart, enterprise by enterprise."""
    on = request.actor.day
    visited = ContactPoint.objects.on(on).filter(enterprise=OuterRef("pk"))
    firms = rows(request, Enterprise).open(on)
    firms = firms.annotate(
        organised=Exists(firms.covered(on).filter(pk=OuterRef("pk"))), visited=Exists(visited)
    )
    whole = {
        "all": firms.count(),
        "organised": firms.filter(organised=True).count(),
        "visited": firms.filter(visited=True).count(),
    }
    for key in ("organised", "visited"):
        if request.GET.get(key) in ("yes", "no"):
            firms = firms.filter(**{key: request.GET[key] == "yes"})
    firms = (
        firms.select_related("park")
        .prefetch_related("branch_links__branch")
        .order_by("park__number", "number", "pk")
    )
    return page(request, "members/coverage.html", {"page": paginate(request, firms, 60), "whole": whole})


def appoint(request: HttpRequest, pk: int) -> HttpResponse:
    """Appoint one of the branch's members as its secretary."""
    org = fetch(request, Org, pk=pk)
    person = Person.objects.filter(org=org).members(request.actor.day).filter(pk=_picked(request)).first()
    if person is None:
        toast(request, "请先选一位本支部的党员。")
        return redirect("org", pk)
    rules.appoint(person, org=org, post=Office.Post.SECRETARY, on=request.actor.day, by=request.user)
    toast(request, f"{person}已任{org}书记。")
    return redirect("org", pk)


def open_branch(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a branch under a park or the committee."""
    parent = fetch(request, Org, pk=pk)
    form = BranchForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        typed = dict(form.cleaned_data)
        name, on = typed.pop("name"), typed.pop("on")
        made = attempt(
            form, orgs.open_org, Org.Kind.BRANCH, name, under=parent, by=request.user, on=on, **typed
        )
        if made:
            toast(request, f"已成立{made}。")
            return redirect("org", made.pk)
    return page(request, "members/open_branch.html", {"form": form, "parent": parent})


def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close an organisation, with the reason."""
    org = fetch(request, Org, pk=pk)
    form = CloseForm(request.POST or None, initial={"on": request.actor.day})
    if (
        request.method == "POST"
        and form.is_valid()
        and attempt(form, orgs.close_org, org, by=request.user, **form.cleaned_data)
    ):
        toast(request, f"已撤销{org}，历史资料仍在。")
        return redirect("orgs")
    return page(request, "members/close_org.html", {"form": form, "org": org})


def _picked(request: HttpRequest) -> int | None:
    text = request.POST.get("person", "")
    return int(text) if text.isdecimal() and len(text) < 19 else None


def _figures(branches: list[Node]) -> dict[str, int]:
    return {
        "branches": len(branches),
        "joint": sum(node.org.formation == Org.Formation.JOINT for node in branches),
        "members": sum(node.members for node in branches),
        "unled": sum(not node.secretary for node in branches),
    }
