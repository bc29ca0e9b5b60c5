"""What the office changes about members: enter by hand, correct, 转正, move, 减少, restore."""

from functools import partial

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from dangqun.kernel.pages import attempt, page, toast
from dangqun.members import dossiers, rules
from dangqun.members.forms import OnForm
from dangqun.members.imports.scope import Scope
from dangqun.members.member_forms import CorrectForm, LeaveForm, MemberForm, MoveMemberForm, RestoreForm
from dangqun.members.models import Person
from dangqun.members.rules import register
from dangqun.members.views import done, sent
from dangqun.orgs.access import fetch, rows
from dangqun.orgs.models import Enterprise, Org


def enter(request: HttpRequest) -> HttpResponse:
    """Enter a member by hand, checked as a row of the import."""
    read = partial(register.understood, scope=Scope(request.actor))
    form = MemberForm(
        request.POST or None, read=read, initial={"branch": request.GET.get("org")}, **_places(request)
    )
    if sent(request, form):
        branch = form.cleaned_data["branch"]
        made = attempt(form, register.enter_member, form.line, branch=branch, by=request.user)
        if made:
            toast(request, f"{made}已录入{branch}。")
            return redirect("person", made.pk)
    return page(request, "members/enter_member.html", {"form": form})


def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct a person; sensitive values stay hidden and are only replaced."""
    person = fetch(request, Person, pk=pk)
    read = partial(register.understood, scope=Scope(request.actor), person=person)
    form = CorrectForm(request.POST or None, person=person, read=read, **_places(request, person))
    if sent(request, form):
        why = form.cleaned_data["why"]
        if attempt(form, register.correct_by_hand, person, form.facts(), by=request.user, why=why):
            toast(request, f"已更正{person}的信息。")
            return redirect("person", pk)
    return page(
        request, "members/correct_member.html", {"form": form, "person": fetch(request, Person, pk=pk)}
    )


def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """转正."""
    person = fetch(request, Person, pk=pk)
    form = OnForm(request.POST or None, initial={"on": dossiers.probation_due(person, request.actor.day)})
    if done(request, form, rules.confirm, person):
        toast(request, f"{person}已转为正式党员。")
        return redirect("person", pk)
    return page(request, "members/confirm_member.html", {"form": form, "person": person})


def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Move a member to another branch of the zone."""
    person = fetch(request, Person, pk=pk)
    branches = rows(request, Org).open(request.actor.day).branches().exclude(pk=person.org_id).in_order()
    form = MoveMemberForm(request.POST or None, branches=branches, initial={"on": request.actor.day})
    if done(request, form, rules.move, person):
        toast(request, f"{person}已转到{person.org}。")
        return redirect("person", pk)
    return page(request, "members/move_member.html", {"form": form, "person": person})


def leave(request: HttpRequest, pk: int) -> HttpResponse:
    """减少, with its reason; nothing is deleted."""
    person = fetch(request, Person, pk=pk)
    form = LeaveForm(request.POST or None, initial={"on": request.actor.day})
    if done(request, form, rules.leave, person):
        toast(request, f"已办理{person}的减少，资料仍在。")
        return redirect("person", pk)
    return page(request, "members/leave_member.html", {"form": form, "person": person})


def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """恢复党籍."""
    person = fetch(request, Person, pk=pk)
    form = RestoreForm(request.POST or None, initial={"on": request.actor.day})
    if done(request, form, rules.restore, person):
        toast(request, f"已恢复{person}的党籍。")
        return redirect("person", pk)
    return page(request, "members/restore_member.html", {"form": form, "person": person})


def _places(request: HttpRequest, person: Person | None = None) -> dict[str, QuerySet]:
    on = request.actor.day
    firms = rows(request, Enterprise).open(on).order_by("park__number", "number", "pk")
    return {
        "branches": rows(request, Org).open(on).branches().in_order(),
        "enterprises": dossiers.near(firms, person) if person else firms,
    }
