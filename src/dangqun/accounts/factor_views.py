"""The second factor: asked for at the door, set up there or under 登录与安全, renewed, switched off, given afresh."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from dangqun.accounts import factor_rules as rules
from dangqun.accounts.forms import CodeForm, FirstCodeForm, PasswordForm, ProveForm
from dangqun.accounts.rules import (
    at_door,
    begun_at_door,
    give_fresh_code,
    pass_door,
    set_up_at_door,
    wanted_at_door,
)
from dangqun.accounts.second_factor import as_text, is_compulsory, is_on, picture
from dangqun.kernel.pages import attempt, back, page, toast

TOO_LONG = "放得久了，请从用户名和密码重新开始。"


def door(request: HttpRequest) -> HttpResponse:
    """Ask whoever has shown her password for her code."""
    user = at_door(request)
    if user is None:
        return _from_the_start(request)
    form = CodeForm(request.POST or None)
    wanted = wanted_at_door(request)
    if (
        request.method == "POST"
        and form.is_valid()
        and attempt(form, pass_door, request, user, **form.cleaned_data)
    ):
        return redirect(wanted)
    return page(request, "accounts/door_code.html", {"form": form, "user": user})


def door_set_up(request: HttpRequest) -> HttpResponse:
    """Let whoever must have a second factor set it up before anything else."""
    user = at_door(request)
    begun = user and begun_at_door(request, user)
    if user is None or begun is None or is_on(user):
        return _from_the_start(request)
    form = FirstCodeForm(request.POST or None)
    wanted = wanted_at_door(request)
    if request.method == "POST" and form.is_valid():
        made = attempt(form, set_up_at_door, request, begun, **form.cleaned_data)
        if made:
            return _printed(request, made, wanted)
    told = {"form": form, "picture": picture(begun), "secret": as_text(begun), "user": user}
    return page(request, "accounts/door_set_up.html", told)


def begin(request: HttpRequest) -> HttpResponse:
    """Switch the second factor on, or begin with a new phone: the password first, and a code where there is one."""
    on = is_on(request.user)
    form = (ProveForm if on else PasswordForm)(request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and attempt(form, rules.begin, request, **form.cleaned_data)
    ):
        return redirect("me-second-factor-set-up")
    return page(request, "accounts/second_factor.html", {"form": form, "on": on})


def set_up(request: HttpRequest) -> HttpResponse:
    """Show the new secret and take its first code."""
    begun = rules.begun_here(request)
    if begun is None:
        return redirect("me-second-factor")
    form = FirstCodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = attempt(form, rules.set_up, request, begun, **form.cleaned_data)
        if made:
            return _printed(request, made, reverse("me-devices"))
    told = {"form": form, "picture": picture(begun), "secret": as_text(begun)}
    return page(request, "accounts/set_up.html", told)


def codes(request: HttpRequest) -> HttpResponse:
    """Print ten new recovery codes."""
    if not is_on(request.user):
        return redirect("me-second-factor")
    form = ProveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = attempt(form, rules.print_codes, request, **form.cleaned_data)
        if made:
            return _printed(request, made, reverse("me-devices"))
    return page(request, "accounts/new_codes.html", {"form": form})


def off(request: HttpRequest) -> HttpResponse:
    """Switch the second factor off."""
    if not is_on(request.user):
        return redirect("me-second-factor")
    form = ProveForm(request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and attempt(form, rules.switch_off, request, **form.cleaned_data)
    ):
        toast(request, "验证码已关闭。以后登录只要密码。")
        return redirect("me-devices")
    return page(
        request, "accounts/second_factor_off.html", {"form": form, "must": is_compulsory(request.user)}
    )


def fresh(request: HttpRequest) -> HttpResponse:
    """Take a code before an export of sensitive columns, and go on to it."""
    if not is_on(request.user):
        return redirect("me-second-factor")
    form = CodeForm(request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and attempt(form, give_fresh_code, request, **form.cleaned_data)
    ):
        return back(request, "me-devices")
    wanted = request.POST.get("next", "") or request.GET.get("next", "")
    return page(request, "accounts/fresh_code.html", {"form": form, "next": wanted})


def _printed(request: HttpRequest, made: list[str], onwards: str) -> HttpResponse:
    """Show the printed codes, this once."""
    return page(request, "accounts/printed_codes.html", {"codes": made, "onwards": onwards})


def _from_the_start(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        messages.info(request, TOO_LONG)
    return redirect("sign-in")
