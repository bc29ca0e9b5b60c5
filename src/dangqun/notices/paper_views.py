"""打印、下载: a notice as a 公文, who has signed for it, the list as a workbook, each behind the permission of the page that it prints."""

import re

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from dangqun.kernel.rules import RuleBroken
from dangqun.kernel.sheets import hand_over
from dangqun.notices import board, list_sheet, papers, sheets, tally
from dangqun.notices.models import Notice
from dangqun.orgs.access import fetch, rows
from dangqun.papers import desk
from dangqun.papers.kinds import Asked, reach_of

NUMBER = re.compile(r"[^〔〕\d]{1,20}〔\d{4}〕\d{1,5}号")
NOT_A_NUMBER = (
    "发文字号写成 清综党〔2026〕12号 的样子：机关代字、六角括号里的年份、序号。没有发文字号就空着。"
)


def print_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Print a published notice; with a 发文字号 it bears the issuer's name in red above."""
    published = rows(request, Notice).filter(state=Notice.State.PUBLISHED).select_related("org")
    notice = get_object_or_404(published, pk=pk)
    issues = board.issues(request.actor, notice)
    scope = {
        "to": papers.addressed_to(notice, request.actor, issues),
        "number": _number(request) if issues else "",
    }
    asked = Asked("notice", str(pk), request.actor.day, request.needs, scope)
    return desk.hand_out(request, asked, org=notice.org, back=reverse("notice", args=(pk,)))


def print_receipts(request: HttpRequest, pk: int) -> HttpResponse:
    """Print who has signed, with the filters of the page."""
    notice = fetch(request, Notice, pk=pk, state=Notice.State.PUBLISHED)
    scope = reach_of(request.actor, request.needs) | {"query": papers.receipts_query(request.GET)}
    asked = Asked("receipts", str(pk), request.actor.day, request.needs, scope)
    back = f"{reverse('notice-receipts', args=(pk,))}?{request.GET.urlencode()}"
    return desk.hand_out(request, asked, org=notice.org, back=back)


def _number(request: HttpRequest) -> str:
    """Return the 发文字号 with the brackets of the standard, however it was typed. Raises RuleBroken for nonsense."""
    typed = "".join(request.POST.get("number", "").split())
    number = re.sub(r"[\[［【(（〔](\d{4})[\]］】)）〕]", r"〔\1〕", typed)
    if number and not NUMBER.fullmatch(number):
        raise RuleBroken(NOT_A_NUMBER)
    return number


def export_receipts(request: HttpRequest, pk: int) -> HttpResponse:
    """导出Excel: the receipts that the page's filters choose, in organisation order."""
    notice = fetch(request, Notice, pk=pk, state__in=board.SENT)
    held = tally.receipts(notice, request.actor)
    chosen = tally.filtered(held, tally.Wanted.of(request.GET), request.actor)
    name = f"签收情况 {notice.title[:40]}"
    return hand_over("签收情况", sheets.COLUMNS, sheets.lines(chosen), by=request.user, name=name)


def export_list(request: HttpRequest) -> HttpResponse:
    """导出Excel: the box of notices that the page shows."""
    boxes = board.boxes(request.actor)
    box = board.box_of(request, boxes)
    found = rows(request, Notice).box(request.actor, box).select_related("org", "author")
    lines = list_sheet.lines(found, box, request.actor)
    return hand_over("通知", list_sheet.COLUMNS, lines, by=request.user, name=f"通知 {boxes[box]}")
