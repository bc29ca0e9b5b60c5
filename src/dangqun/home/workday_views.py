"""工作日历: a year at a glance, the days that the office has set, and whether the year is complete."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from dangqun.home.workday_forms import DayForm, DaysForm, YearForm
from dangqun.kernel import workdays as rules
from dangqun.kernel.calendars import today
from dangqun.kernel.pages import attempt, page, row_number, toast

NEAR = 2  # years before and after this one


def year(request: HttpRequest) -> HttpResponse:
    """Show a year."""
    shown = _shown(request)
    return _page(request, shown, DaysForm(initial={"year": shown, "kind": "rest"}))


def put(request: HttpRequest) -> HttpResponse:
    """Set days that were typed or pasted."""
    form = DaysForm(request.POST)
    if form.is_valid():
        typed = form.cleaned_data
        work = typed["kind"] == "work"
        days = attempt(form, rules.read_days, typed["days"], typed["year"], otherwise=work)
        if days and attempt(form, rules.set_days, days, why=typed["why"], by=request.user):
            toast(request, f"已录入 {len(days)} 天。")
            return _to(typed["year"])
    return _page(request, form.cleaned_data.get("year") or today().year, form)


def back(request: HttpRequest) -> HttpResponse:
    """Take one day back."""
    form = DayForm(request.POST)
    if not form.is_valid():
        return redirect("workdays")
    day = form.cleaned_data["day"]
    rules.take_back(day, by=request.user)
    toast(request, f"已撤销 {day.month}月{day.day}日，按公布的安排或星期算。")
    return _to(day.year)


def confirm(request: HttpRequest) -> HttpResponse:
    """Say that a year is complete, or take that back."""
    form = YearForm(request.POST)
    if not form.is_valid():
        return redirect("workdays")
    number, complete = form.cleaned_data["year"], form.cleaned_data["complete"]
    rules.confirm_year(number, complete=complete, by=request.user)
    toast(request, f"{number} 年的安排已确认录全。" if complete else f"已撤销，{number} 年重新按暂算。")
    return _to(number)


def _page(request: HttpRequest, shown: int, form: DaysForm) -> HttpResponse:
    context = {
        "year": shown,
        "years": range(today().year - NEAR, today().year + NEAR + 1),
        "months": rules.months_of(shown),
        "own": rules.days_of(shown),
        "said": rules.year_of(shown),
        "provisional": rules.is_provisional(shown),
        "form": form,
    }
    return page(request, "home/workdays.html", context)


def _shown(request: HttpRequest) -> int:
    asked = row_number(request.GET.get("year", "")) or 0
    return asked if 2000 <= asked <= 2100 else today().year


def _to(number: int) -> HttpResponse:
    return redirect(f"{reverse('workdays')}?year={number}")
