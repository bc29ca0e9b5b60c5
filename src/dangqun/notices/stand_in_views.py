"""代签 after telling, and 电话名单 for telling."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from dangqun.accounts.rules import refuse_without_second_factor
from dangqun.kernel.pages import attempt, back, page, toast
from dangqun.notices import rules, standing
from dangqun.notices.models import Notice
from dangqun.orgs.access import fetch


def sign_for(request: HttpRequest, pk: int, branch: int) -> HttpResponse:
    """代签: sign for one with a tap, or for several after one reading."""
    notice, place = standing.place(request, pk, branch)
    missing = standing.missing(request, notice, place)
    form = standing.form(request, missing)
    if request.method == "POST" and form.is_valid():
        chosen = [each for each in missing if each.pk in form.cleaned_data["people"]]
        told = form.cleaned_data["told_how"]
        signed = attempt(form, rules.sign_for, notice, place, chosen, told_how=told, by=request.user)
        if signed is not None:
            names = "、".join(each.person.name for each in signed[:3])
            more = f"等 {len(signed)} 人" if len(signed) > 3 else ""
            words = f"已代签：{names}{more}" if signed else "这几位刚刚已经签收。"
            toast(request, words, undo=reverse("notice-unsign-for", args=(pk, branch)) if signed else "")
            return back(request, "notice-branch", pk, branch)
    return page(request, "notices/sign_for.html", standing.desk(request, notice, place, missing, form))


def unsign_for(request: HttpRequest, pk: int, branch: int) -> HttpResponse:
    """Take back what I have just signed for others of a branch."""
    notice, place = standing.place(request, pk, branch)
    count = rules.unsign_for(notice, place, by=request.user)
    toast(request, f"已撤销 {count} 人的代签。")
    return back(request, "notice-branch", pk, branch)


def phones(request: HttpRequest, pk: int) -> HttpResponse:
    """电话名单: the missing with their telephone numbers, for paper; each of them can read who printed it and why."""
    notice = fetch(request, Notice, pk=pk, state=Notice.State.PUBLISHED)
    missing = standing.to_phone(request, notice)
    if not missing:
        raise Http404
    form = standing.phones_form(request)
    context = {"notice": notice, "form": form, "missing": missing, "branch": request.GET.get("branch", "")}
    context["is_cut"] = len(missing) == standing.MOST
    if request.method == "POST" and form.is_valid():
        refuse_without_second_factor(request)  # numbers in full leave the platform, as with an export
        why = attempt(form, standing.reason, form)
        if why and attempt(form, rules.list_phones, missing, why=why, by=request.user) is not None:
            return page(request, "notices/phones_print.html", context | {"why": why, "now": timezone.now()})
    return page(request, "notices/phones.html", context)
