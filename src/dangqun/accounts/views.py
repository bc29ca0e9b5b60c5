"""The door, my devices, my password, how pages look for me."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from dangqun.accounts import rules
from dangqun.accounts.forms import ChangePasswordForm, SignInForm
from dangqun.accounts.models import User
from dangqun.accounts.second_factor import is_compulsory, is_on
from dangqun.accounts.told import told_to
from dangqun.kernel.pages import attempt, back, page, toast

WEEK = 7 * 24 * 3600


def sign_in(request: HttpRequest) -> HttpResponse:
    """Let somebody in."""
    if request.user.is_authenticated:
        return back(request, "todo")
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        onwards = attempt(form, rules.sign_in, request, typed["username"], typed["password"])
        if onwards:
            return back(request, "todo") if onwards == "todo" else redirect(onwards)
    wanted = request.POST.get("next", "") or request.GET.get("next", "")
    return page(request, "accounts/sign_in.html", {"form": form, "next": wanted})


def sign_out(request: HttpRequest) -> HttpResponse:
    """Let somebody out."""
    rules.sign_out(request)
    return redirect("sign-in")


def devices(request: HttpRequest) -> HttpResponse:
    """Show where I am signed in."""
    user = request.user
    context = {
        "held": user.sign_ins.open().used_since(rules.alive_since(user, timezone.now())),
        "here": request.session.session_key,
        "on": is_on(user),
        "must": is_compulsory(user),
        "codes_left": user.recovery_codes.filter(used_at=None).count(),
        "told": told_to(user)[:20],
    }
    return page(request, "accounts/devices.html", context)


def not_me(request: HttpRequest, pk: int) -> HttpResponse:
    """End a session that is not mine (这不是我)."""
    held = get_object_or_404(request.user.sign_ins.open(), pk=pk)
    rules.end_sign_in(held, why="not me", by=request.user)
    toast(request, "已让那台设备退出。密码可能被别人知道了，请现在就改。")
    return redirect("me-password")


def password(request: HttpRequest) -> HttpResponse:
    """Change my password; other devices are signed out."""
    form = ChangePasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        if attempt(form, rules.change_password, request, typed["old"], typed["password"]):
            toast(request, "密码已改，其他设备已退出。")
            return redirect("me-devices")
    return page(request, "accounts/password.html", {"form": form})


def view(request: HttpRequest) -> HttpResponse:
    """Choose how large pages are."""
    chosen = request.POST.get("view", "")
    if request.method == "POST" and chosen in User.View.values:
        rules.choose_view(request.user, chosen)
        return _remember(back(request, "me-view"), chosen)
    return page(request, "accounts/view.html", {"views": User.View.choices, "chosen": request.user.view})


def door_view(request: HttpRequest) -> HttpResponse:
    """Choose how large the door is, before anybody has signed in; whoever signs in takes it along."""
    chosen = request.POST.get("view", "")
    return _remember(back(request, "sign-in"), chosen if chosen in User.View.values else "")


def _remember(answer: HttpResponse, chosen: str) -> HttpResponse:
    answer.set_cookie(
        rules.VIEW_COOKIE, chosen, max_age=52 * WEEK, samesite="Lax", secure=settings.HTTPS, httponly=True
    )
    return answer
