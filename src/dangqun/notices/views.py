"""Notices: the list, one notice, composing, and the page that shows who has signed."""

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone

from dangqun.kernel.pages import attempt, back, page, paginate, toast
from dangqun.kernel.sheets import write_table
from dangqun.notices import audience as audiences
from dangqun.notices import compose, rules, sheets, tally
from dangqun.notices.models import Notice, Receipt
from dangqun.orgs.access import fetch
from dangqun.orgs.models import LiaisonZone

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def listing(request: HttpRequest) -> HttpResponse:
    """Show notices addressed to me, issued by me or my office, and my drafts."""
    box = request.GET.get("box", "")
    can_publish = request.actor.can("notices.publish")
    if box not in ("issued", "drafts", "mine"):
        box = "issued" if request.actor.has_role("office") else "mine"
    found = Notice.objects.box(request.actor, box).select_related("org")
    context = {
        "page": paginate(request, found, 30),
        "box": box,
        "can_publish": can_publish,
        "now": timezone.now(),
    }
    return page(request, "notices/list.html", context)


def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one notice. That it was opened is recorded nowhere."""
    notice = get_object_or_404(Notice.objects.visible(request.actor).select_related("org", "author"), pk=pk)
    if notice.state == Notice.State.DRAFT:
        return redirect("notice-edit", pk)
    receipt = rules.receipt_of(notice, request.user)
    context = {
        "notice": notice,
        "receipt": receipt,
        "can_unsign": bool(receipt and rules.can_unsign(receipt)),
        "can_watch": tally.receipts(notice, request.actor).exists(),
        "now": timezone.now(),
    }
    return page(request, "notices/notice.html", context)


def sign(request: HttpRequest, pk: int) -> HttpResponse:
    """签收."""
    receipt = _mine(request, pk)
    rules.sign(receipt, by=request.user)
    toast(request, f"已签收：{receipt.notice.title[:30]}", undo=reverse("notice-unsign", args=(pk,)))
    return back(request, "notice", pk)


def unsign(request: HttpRequest, pk: int) -> HttpResponse:
    """Take my signature back."""
    rules.unsign(_mine(request, pk), by=request.user)
    return back(request, "notice", pk)


def write(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Compose: keep as a draft, or publish."""
    notice = get_object_or_404(Notice.objects.box(request.actor, "drafts"), pk=pk) if pk else None
    form = compose.form(request, notice)
    if request.method == "POST" and form.is_valid():
        notice = attempt(form, rules.save_draft, notice, form.facts(), by=request.user)
        if notice and "publish" not in request.POST:
            toast(request, "草稿已保存，只有您自己看得到。")
            return redirect("notice-edit", notice.pk)
        if notice and attempt(form, rules.publish, notice, by=request.user):
            toast(request, f"已发布给 {notice.receipts.count()} 人。")
            return redirect("notice-receipts", notice.pk)
    context = {"form": form, "notice": notice, "cost": compose.cost(request, form)}
    return page(request, "notices/write.html", context, status=200)


def count(request: HttpRequest) -> HttpResponse:
    """Answer how many people an audience means, and what reading costs them."""
    form = compose.form(request, None)
    form.is_valid()
    return page(
        request, "notices/write.html", {"form": form, "cost": compose.cost(request, form)}, part="cost"
    )


def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a draft away."""
    rules.discard(get_object_or_404(Notice.objects.box(request.actor, "drafts"), pk=pk), by=request.user)
    toast(request, "草稿已丢弃。")
    return redirect("notices")


def receipts(request: HttpRequest, pk: int) -> HttpResponse:
    """Show who has signed and who has not, live."""
    notice = fetch(request, Notice, pk=pk, state=Notice.State.PUBLISHED)
    held = tally.receipts(notice, request.actor)
    wanted = tally.Wanted.of(request.GET)
    every = tally.parts(held)
    context = {
        "notice": notice,
        "wanted": wanted,
        "whole": tally.total(every),
        "parks": [park for park in every if park.branches],
        "parts": tally.parts(tally.filtered(held, wanted, request.actor))
        if any(request.GET.values())
        else every,
        "just": tally.just_signed(held),
        "reminders": notice.reminders.select_related("by").order_by("-at")[:5],
        "zones": LiaisonZone.objects.all(),
        "audience": audiences.in_words(audiences.Audience.of(notice.audience), request.actor),
        "can_remind": _may_remind(request, notice),
        "now": timezone.now(),
    }
    return page(request, "notices/receipts.html", context, part="body")


def branch(request: HttpRequest, pk: int, branch: int) -> HttpResponse:
    """Show the people of one branch: the missing first."""
    notice = fetch(request, Notice, pk=pk, state=Notice.State.PUBLISHED)
    held = tally.receipts(notice, request.actor).filter(branch=branch)
    people = list(held.select_related("person", "branch").order_by("signed_at", "person__stroke_key")[:500])
    if not people:
        raise Http404
    context = {
        "notice": notice,
        "people": people,
        "branch": people[0].branch,
        "can_remind": _may_remind(request, notice),
    }
    return page(request, "notices/branch.html", context, part="people")


def remind(request: HttpRequest, pk: int) -> HttpResponse:
    """催办 those who are missing: all, of one organisation, or one person."""
    notice = fetch(request, Notice, pk=pk, state=Notice.State.PUBLISHED)
    if not _may_remind(request, notice):
        raise Http404
    held, scope = compose.scope(request, tally.receipts(notice, request.actor))
    reminder = rules.remind(notice, held, scope=scope, by=request.user)
    toast(request, f"已催办 {reminder.people} 人。")
    return back(request, "notice-receipts", pk)


def export(request: HttpRequest, pk: int) -> HttpResponse:
    """导出Excel."""
    notice = fetch(request, Notice, pk=pk, state=Notice.State.PUBLISHED)
    held = tally.receipts(notice, request.actor)
    out = write_table("签收情况", sheets.COLUMNS, sheets.lines(held))
    return FileResponse(
        out, as_attachment=True, filename=f"签收情况 {notice.title[:40]}.xlsx", content_type=SHEET
    )


def _mine(request: HttpRequest, pk: int) -> Receipt:
    mine = Receipt.objects.filter(person__account=request.user, notice__state=Notice.State.PUBLISHED)
    return get_object_or_404(
        mine.select_related("notice", "person", "branch"), notice=pk, notice__wants_signing=True
    )


def _may_remind(request: HttpRequest, notice: Notice) -> bool:
    return request.actor.covers("notices.publish", notice.org.path) and notice.wants_signing
