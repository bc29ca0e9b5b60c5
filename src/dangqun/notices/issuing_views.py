"""After publishing, and before: 更正, 撤回, 定时, 接手, 模板."""

from csp.constants import NONCE
from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from dangqun.kernel.pages import attempt, page, row_number, toast
from dangqun.notices import board, rules
from dangqun.notices.compose import draft
from dangqun.notices.forms import CorrectionForm, TemplateForm, TimeForm, WhyForm
from dangqun.notices.models import Notice, Template
from dangqun.notices.seeds import SEEDS
from dangqun.orgs.access import fetch, rows


# The editor puts two style elements of its own into the page; only those, by the nonce of this answer, are let in.
@csp_update({"style-src": NONCE})
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """更正: change what was published; receipts stay."""
    notice = _issued(request, pk, Notice.State.PUBLISHED)
    form = CorrectionForm(request.POST or None, request.FILES or None, notice=notice)
    if request.method == "POST" and form.is_valid() and board.correct(request, form, notice):
        toast(request, "已更正，签收记录保留。")
        return redirect("notice", pk)
    context = {"notice": notice, "form": form, "figures": board.figures(notice), "limits": board.limits()}
    return page(request, "notices/correct.html", context)


def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """撤回, after asking, with the figures of what it does."""
    notice = _issued(request, pk, Notice.State.PUBLISHED)
    form = WhyForm(request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and attempt(form, rules.withdraw, notice, why=form.cleaned_data["why"], by=request.user)
    ):
        toast(request, "通知已撤回。")
        return redirect("notice-receipts", pk)
    return page(
        request, "notices/withdraw.html", {"notice": notice, "form": form, "figures": board.figures(notice)}
    )


def schedule(request: HttpRequest, pk: int) -> HttpResponse:
    """待发布: a notice that waits for its time, which may be changed or cancelled."""
    notice = draft(request, pk)
    if notice is None or not notice.is_scheduled:
        return redirect("notice-edit", pk)
    if "cancel" in request.POST:
        rules.unschedule(notice, by=request.user)
        toast(request, "定时已取消，通知还是草稿。")
        return redirect("notice-edit", pk)
    form = TimeForm(request.POST or None, initial={"scheduled_for": notice.scheduled_for})
    if (
        request.method == "POST"
        and form.is_valid()
        and attempt(form, rules.schedule, notice, form.cleaned_data["scheduled_for"], by=request.user)
    ):
        toast(request, "时间已改。")
        return redirect("notice-schedule", pk)
    notice.refresh_from_db()
    return page(request, "notices/waiting.html", board.waiting(request, notice, form))


def left(request: HttpRequest, pk: int) -> HttpResponse:
    """接手: read a draft that its author left behind, and make it one's own."""
    notice = get_object_or_404(
        rows(request, Notice).handed_on(request.actor).select_related("org", "author"), pk=pk
    )
    if request.method == "POST":
        rules.take_over(notice, by=request.user)
        toast(request, "已接手，现在是您的草稿。")
        return redirect("notice-edit", pk)
    return page(
        request, "notices/left.html", {"notice": notice, "attachments": list(notice.attachments.all())}
    )


def templates(request: HttpRequest) -> HttpResponse:
    """模板: those that come with the platform, one's own, those of the office."""
    held = rows(request, Template).for_author(request.actor)
    return page(request, "notices/templates.html", {"templates": held, "seeds": SEEDS.values()})


def start(request: HttpRequest) -> HttpResponse:
    """Begin a draft from a template."""
    chosen = row_number(request.POST.get("template", ""))
    if chosen is None:
        notice = rules.start_from_seed(request.POST.get("seed", "")[:20], by=request.user)
    else:
        notice = rules.start_from(fetch(request, Template, pk=chosen), by=request.user)
    return redirect("notice-edit", notice.pk)


def template(request: HttpRequest, pk: int) -> HttpResponse:
    """Give one's template another name, share it, or throw it away."""
    held = get_object_or_404(rows(request, Template), pk=pk, author=request.user)
    if "drop" in request.POST:
        rules.drop_template(held, by=request.user)
        toast(request, "模板已丢弃，用它写的通知不受影响。")
        return redirect("notice-templates")
    form = TemplateForm(request.POST or None, initial={"name": held.name, "is_shared": held.is_shared})
    if (
        request.method == "POST"
        and form.is_valid()
        and attempt(form, rules.change_template, held, by=request.user, **form.cleaned_data)
    ):
        toast(request, "模板已改。")
        return redirect("notice-templates")
    return page(request, "notices/template.html", {"template": held, "form": form})


def keep_template(request: HttpRequest, pk: int) -> HttpResponse:
    """存为模板: keep the text of a notice or draft to start others from."""
    mine = rows(request, Notice).visible(request.actor).filter(author=request.user)
    notice = get_object_or_404(mine | rows(request, Notice).issued(request.actor), pk=pk)
    form = TemplateForm(request.POST or None, initial={"name": notice.title[:40]})
    if (
        request.method == "POST"
        and form.is_valid()
        and attempt(form, rules.keep_template, notice, by=request.user, **form.cleaned_data)
    ):
        toast(request, "已存为模板。")
        return redirect("notice-templates")
    return page(request, "notices/template.html", {"notice": notice, "form": form})


def _issued(request: HttpRequest, pk: int, state: str) -> Notice:
    """Return a notice that the actor answers for."""
    held = rows(request, Notice).issued(request.actor).select_related("org", "author")
    return get_object_or_404(held, pk=pk, state=state)
