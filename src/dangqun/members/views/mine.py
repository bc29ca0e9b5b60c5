"""我的: what is held about me, who looked at it, what I correct, a copy of it all."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from dangqun.kernel.pages import attempt, page, paginate, toast
from dangqun.kernel.sheets import write_tables
from dangqun.kernel.sheets.handing import workbook
from dangqun.members import looks, own_data
from dangqun.members.models import CorrectionRequest, Person
from dangqun.members.own_forms import AskForm, DecideForm, OwnForm
from dangqun.members.rules import requests as rules
from dangqun.members.views import done, sent
from dangqun.orgs.access import fetch, rows

LINES = 50
SHOWN = 20  # requests on 我的信息


def me(request: HttpRequest) -> HttpResponse:
    """Show me what the platform holds about me, in full."""
    mine = _mine(request)
    context = {"person": mine}
    if mine:
        context |= {
            "memberships": mine.memberships.newest_first().select_related("branch"),
            "offices": mine.offices.newest_first().select_related("org", "enterprise"),
            "activation": mine.activations.filter(used_at__isnull=False).select_related("issued_by").last(),
            "requests": mine.correction_requests.select_related("decided_by").order_by("-pk")[:SHOWN],
        }
    return page(request, "members/me.html", context)


def edit(request: HttpRequest) -> HttpResponse:
    """Correct what is mine to say."""
    mine = _mine(request)
    if mine is None:
        return redirect("me")
    form = OwnForm.of(mine, request.POST or None)
    if sent(request, form) and attempt(form, rules.correct_own, mine, form.changed(), by=request.user):
        toast(request, "已更正。")
        return redirect("me")
    return page(request, "members/me_edit.html", {"form": form, "person": mine})


def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a correction that needs proof."""
    mine = _mine(request)
    if mine is None:
        return redirect("me")
    form = AskForm(request.POST or None)
    if done(request, form, rules.ask, mine):
        toast(request, "申请已交给综合党委办公室，结果写在“我的信息”里。")
        return redirect("me")
    return page(request, "members/me_ask.html", {"form": form, "person": mine})


def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back a request of mine."""
    rules.withdraw(fetch(request, CorrectionRequest, pk=pk), by=request.user)
    toast(request, "已撤回申请。")
    return redirect("me")


def who_looked(request: HttpRequest) -> HttpResponse:
    """谁看过我的信息, newest first."""
    mine = _mine(request)
    if mine is None:
        return redirect("me")
    found = looks.looks_at(mine)
    shown = paginate(request, found, LINES)
    context = {"page": shown, "looks": looks.told(shown), "sum": looks.summary(found)}
    return page(request, "members/looks.html", context)


def download(request: HttpRequest) -> HttpResponse:
    """下载我的资料: everything that is held about me, as a workbook made in memory."""
    mine = _mine(request)
    if mine is None:
        return redirect("me")
    rules.note_download(mine, by=request.user)
    out = write_tables(own_data.tables(mine), secret=True)
    name = f"我的资料-{date.isoformat(request.actor.day)}.xlsx"
    return workbook(out, name)


def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """采纳 or 不采纳 what a person asks to have corrected."""
    asked = fetch(request, CorrectionRequest, pk=pk)
    form = DecideForm(request.POST or None, asked=asked)
    if sent(request, form):
        typed, by = form.cleaned_data, request.user
        if "accept" in request.POST:
            made = attempt(form, rules.accept, asked, copied=typed.get("copied", ""), by=by)
        else:
            made = attempt(form, rules.decline, asked, why=typed["why"], by=by)
        if made:
            toast(request, "已采纳，资料已更正。" if "accept" in request.POST else "已答复，本人看得到理由。")
            return redirect("person", asked.person_id)
    context = {"form": form, "asked": asked, "now": getattr(asked.person, asked.field)}
    return page(request, "members/correction_request.html", context)


def _mine(request: HttpRequest) -> Person | None:
    return rows(request, Person).select_related("org", "enterprise").first()
