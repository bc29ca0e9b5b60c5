"""Notices: the list, one notice with its files, signing, and the page that shows who has signed."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone

from dangqun.kernel.enclosures import hand_out
from dangqun.kernel.pages import back, page, paginate, toast
from dangqun.notices import board, rules, tally
from dangqun.notices.beside import beside
from dangqun.notices.models import Notice, Receipt
from dangqun.orgs.access import fetch, rows


def listing(request: HttpRequest) -> HttpResponse:
    """Show notices addressed to me, issued by me or my office, and my drafts."""
    boxes = board.boxes(request.actor)
    box = board.box_of(request, boxes)
    found = rows(request, Notice).box(request.actor, box).select_related("org", "author")
    shown = paginate(request, found, 30)
    shown.object_list = tally.with_figures(shown, box, request.actor)
    context = {
        "page": shown,
        "box": box,
        "boxes": boxes if len(boxes) > 1 else {},
        "can_publish": request.actor.can("notices.publish"),
        "now": timezone.now(),
    }
    return page(request, "notices/list.html", context)


def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one notice. That it was opened is recorded nowhere."""
    notice = _visible(request, pk)
    if notice.state == Notice.State.DRAFT:
        return redirect("notice-edit" if notice.author_id == request.user.pk else "notice-left", pk)
    receipt = rules.receipt_of(notice, request.user)
    context = board.letter(request, notice, receipt) | {
        "can_unsign": bool(receipt and rules.can_unsign(receipt)),
        "undo_minutes": rules.undo_minutes(),
        "beside": beside(request.actor, notice),
        "now": timezone.now(),
    }
    return page(request, "notices/notice.html", context)


def attachment(request: HttpRequest, pk: int, file: int) -> HttpResponse:
    """Hand out a file of a notice to whoever may open the notice now. That it was fetched is recorded nowhere."""
    notice = _visible(request, pk)
    return hand_out(get_object_or_404(board.files_of(request.actor, notice), pk=file))


def sign(request: HttpRequest, pk: int) -> HttpResponse:
    """签收."""
    receipt = _mine(request, pk)
    rules.sign(receipt, by=request.user)
    if "next" in request.POST:  # the notice's own page shows the stamp and offers 撤销 by itself
        toast(request, f"已签收：{receipt.notice.title[:30]}", undo=reverse("notice-unsign", args=(pk,)))
    return back(request, "notice", pk)


def unsign(request: HttpRequest, pk: int) -> HttpResponse:
    """Take my signature back."""
    rules.unsign(_mine(request, pk), by=request.user)
    return back(request, "notice", pk)


def noted(request: HttpRequest, pk: int) -> HttpResponse:
    """知道了: take a correction off my 待办."""
    mine = rows(request, Receipt).filter(notice__state=Notice.State.PUBLISHED)
    rules.note_correction(
        get_object_or_404(mine.select_related("person", "branch"), notice=pk), by=request.user
    )
    return back(request, "notice", pk)


def disown(request: HttpRequest, pk: int) -> HttpResponse:
    """不是我的意思: take back what another signed for me."""
    rules.disown(_mine(request, pk), by=request.user)
    toast(request, "代签已撤销，代签人会看到。您可以自己签收。")
    return back(request, "notice", pk)


def editions(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what every correction changed, with the text before it."""
    notice = _visible(request, pk)
    if not board.shows_text(request.actor, notice) or not notice.edition:
        raise Http404
    context = {"notice": notice, "editions": list(notice.editions.select_related("by"))}
    return page(request, "notices/editions.html", context)


def receipts(request: HttpRequest, pk: int) -> HttpResponse:
    """Show who has signed and who has not, live: by park, branch and person."""
    notice = fetch(request, Notice, pk=pk, state__in=board.SENT)
    return page(request, "notices/receipts.html", board.receipts(request, notice), part="body")


def branch(request: HttpRequest, pk: int, branch: int) -> HttpResponse:
    """Show the people of one branch."""
    notice = fetch(request, Notice, pk=pk, state__in=board.SENT)
    return page(request, "notices/branch.html", board.branch(request, notice, branch), part="body")


def remind(request: HttpRequest, pk: int) -> HttpResponse:
    """催办 those who are missing: all, of one organisation, or one person."""
    notice = fetch(request, Notice, pk=pk, state=Notice.State.PUBLISHED)
    if not board.may_remind(request, notice):
        raise Http404
    held, place, scope = board.scope(request, notice)
    reminder = rules.remind(notice, held, scope=scope, place=place, by=request.user)
    toast(request, f"已催办 {reminder.people} 人。")
    return back(request, "notice-receipts", pk)


def _visible(request: HttpRequest, pk: int) -> Notice:
    return get_object_or_404(rows(request, Notice).select_related("org", "author"), pk=pk)


def _mine(request: HttpRequest, pk: int) -> Receipt:
    mine = rows(request, Receipt).filter(notice__state=Notice.State.PUBLISHED)
    return get_object_or_404(
        mine.select_related("notice", "person", "branch", "signed_by"), notice=pk, notice__wants_signing=True
    )
