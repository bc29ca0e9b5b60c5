"""重设登录, and the first code of staff: one person asks and sees half a code, a second confirms and sees the other half."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from dangqun.kernel.pages import page, toast
from dangqun.members.models import Activation, Person
from dangqun.members.rules import resets as rules
from dangqun.orgs.access import fetch, rows

WITNESS = "resets.witness"


def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for one of the staff (系统管理员)."""
    person = get_object_or_404(rows(request, Person).staff().select_related("account", "org"), pk=pk)
    return ask_and_show(request, person, reverse("staff"), "工作人员")


def ask_as_office(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a member, secretary or anybody else who is none of the staff (office)."""
    person = fetch(request, Person, pk=pk)
    return ask_and_show(request, person, reverse("person", args=(pk,)), person.name)


def ask_as_guard(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a 系统管理员 (安全管理员)."""
    person = get_object_or_404(rules.system_administrators(request.user), pk=pk)
    return ask_and_show(request, person, reverse("grants"), "授权")


def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm what another asked for, and show the second half of the code once."""
    held = _waiting(request, pk)
    half = rules.confirm(held, by=request.user)
    to, word = _back(request)
    context = {"person": held.person, "half": half, "asker": held.issued_by, "back": to, "back_to": word}
    context["days"] = settings.CODE_DAYS
    return page(request, "members/half_code.html", context)


def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """Refuse what another asked for."""
    held = _waiting(request, pk)
    rules.refuse(held, by=request.user)
    toast(request, f"没有同意重设{held.person}的登录，申请已作废。")
    return redirect(_back(request)[0])


def witness(request: HttpRequest) -> HttpResponse:
    """Show the 审计员 what waits for her: what a 安全管理员 asked for, or needs herself."""
    held = rules.waiting_for(request.user, witness=True)
    return page(request, "members/witness.html", {"resets": held})


def ask_and_show(request: HttpRequest, person: Person, back: str, word: str) -> HttpResponse:
    """Ask that a way in be opened, and show the first half of the code once."""
    half = rules.ask(person, by=request.user)
    context = {"person": person, "half": half, "back": back, "back_to": word, "days": settings.CODE_DAYS}
    context["second"] = rules.second_of(person, asker=request.user)
    return page(request, "members/half_code.html", context)


def _waiting(request: HttpRequest, pk: int) -> Activation:
    witness: bool = request.needs == WITNESS  # type: ignore[attr-defined]
    return get_object_or_404(rules.waiting_for(request.user, witness=witness), pk=pk)


def _back(request: HttpRequest) -> tuple[str, str]:
    witness: bool = request.needs == WITNESS  # type: ignore[attr-defined]
    return (reverse("witness"), "登录重设") if witness else (reverse("grants"), "授权")
