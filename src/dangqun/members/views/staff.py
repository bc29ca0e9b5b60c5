"""工作人员 (系统管理员) and 授权 (安全管理员)."""

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone

from dangqun.kernel.pages import attempt, page, toast
from dangqun.members.forms import StaffForm
from dangqun.members.models import Person
from dangqun.members.review import of_staff, orphaned
from dangqun.members.rules import staff
from dangqun.members.rules.resets import still_to_do, system_administrators, waiting_for
from dangqun.members.views.resets import ask_and_show
from dangqun.orgs.access import fetch, rows
from dangqun.orgs.models import Grant, Org


def people(request: HttpRequest) -> HttpResponse:
    """Show who works at the committee, and enter somebody."""
    form = StaffForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        org = rows(request, Org).order_by("path").first()
        person = attempt(form, staff.enter_staff, by=request.user, org=org, **form.cleaned_data)
        if person:
            return ask_and_show(request, person, reverse("staff"), "工作人员")
    held = rows(request, Grant).open().filter(source=Grant.Source.STAFF).order_by("role")
    context = {"form": form, "people": _staff(request), "held": held, "names": settings.ROLE_NAMES}
    context["orphans"] = orphaned()
    return page(request, "members/staff.html", context)


def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close or reopen an account."""
    person = get_object_or_404(_staff(request), pk=pk)
    if person.account.is_active:
        staff.close_account(person, by=request.user)
        toast(request, f"{person}的账号已停用，登录着的设备已退出。")
    else:
        staff.reopen_account(person, by=request.user)
        toast(request, f"{person}的账号已恢复。")
    return redirect("staff")


def close_orphan(request: HttpRequest, pk: int) -> HttpResponse:
    """Close an account that nobody answers for."""
    user = get_object_or_404(orphaned(), pk=pk)
    staff.close_orphan(user, by=request.user)
    toast(request, f"{user}的账号已停用，登录着的设备已退出。")
    return redirect("staff")


def review(request: HttpRequest) -> HttpResponse:
    """Show accounts that nobody answers for, and accounts of staff to look into (账号清查)."""
    context = {"orphans": orphaned(), "found": of_staff(), "days": settings.UNUSED_DAYS}
    return page(request, "members/review.html", context)


def grants(request: HttpRequest) -> HttpResponse:
    """Show roles that wait, and those that are held."""
    held = (
        rows(request, Grant)
        .open()
        .filter(source=Grant.Source.STAFF)
        .select_related("user", "org", "proposed_by")
    )
    context = {
        "waiting": held.waiting(),
        "held": held.effective().order_by("role", "pk"),
        "names": settings.ROLE_NAMES,
        "resets": waiting_for(request.user, witness=False),
        "system": system_administrators(request.user),
    }
    return page(request, "members/grants.html", context)


def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm a role."""
    grant = staff.confirm(fetch(request, Grant, pk=pk), by=request.user)
    toast(request, f"已确认{grant.user}的授权。{still_to_do(grant.user.person)}")
    return redirect("grants")


def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End a role."""
    grant = staff.end_grant(fetch(request, Grant, pk=pk), by=request.user)
    toast(request, f"已停{grant.user}的授权。")
    return redirect("grants")


def _staff(request: HttpRequest) -> QuerySet[Person]:
    found = rows(request, Person).staff().with_half_out(timezone.now())
    return found.select_related("account", "org").by_pinyin()
