"""留存日历: what goes next, how much, by which rule; 暂缓 with a reason."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from dangqun.home.retention_forms import HoldForm
from dangqun.kernel import retention as rules
from dangqun.kernel.pages import attempt, page, row_number, toast


def calendar(request: HttpRequest) -> HttpResponse:
    """Show the coming twelve months."""
    context = {
        "lines": rules.lines(),
        "months": rules.months_ahead()[:-1],
        "removals": rules.last_removals(),
    }
    return page(request, "home/retention.html", context)


def hold(request: HttpRequest) -> HttpResponse:
    """Hold a class, or one row of it."""
    form = HoldForm(request.POST or None, initial={"code": request.GET.get("code", "")[:30]})
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        if attempt(form, rules.hold, typed["code"], row=typed["row"], why=typed["why"], by=request.user):
            toast(request, "已暂缓，取消以前不会删除。")
            return redirect("retention")
    return page(request, "home/retention_hold.html", {"form": form})


def lift(request: HttpRequest) -> HttpResponse:
    """End a hold."""
    held = rules.open_hold(row_number(request.POST.get("hold", "")))
    if held:
        rules.lift(held, by=request.user)
        toast(request, "已取消暂缓，到期的会在一小时内删除。")
    return redirect("retention")
