"""Middleware: sign out whoever was idle too long, was revoked, or is no longer active; ask for a fresh code."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from dangqun.accounts.privacy import TO_TELL
from dangqun.accounts.rules import SecondFactorWanted, keep_alive


class IdleSignOut:
    """Checks the sign-in behind each request; it runs on pages, not on static files."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            keep_alive(request)
        return self.get_response(request)


class AskForCode:
    """Answers what only a fresh code of the second factor opens."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Lead to the page for a fresh code, and from there back: to the address asked for, or to the form's own page."""
        if not isinstance(error, SecondFactorWanted):
            return None
        form = urlsplit(request.headers.get("Referer", ""))
        wanted = request.get_full_path() if request.method == "GET" else form.path or "/"
        to = f"{reverse('me-second-factor-fresh')}?{urlencode({'next': wanted})}"
        if "HX-Request" in request.headers:
            return HttpResponse(headers={"HX-Redirect": to})
        return HttpResponseRedirect(to)


class TellPrivacy:
    """Shows a version of 个人信息保护说明 that somebody was not told yet, once, on the first page after her sign-in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Lead to the text, and from there on to the page that was asked for."""
        is_page = request.method == "GET" and "HX-Request" not in request.headers
        if not is_page or not request.user.is_authenticated or not request.session.pop(TO_TELL, False):
            return None
        told = reverse("me-privacy")
        if request.path == told:
            return None
        return HttpResponseRedirect(f"{told}?{urlencode({'next': request.get_full_path()})}")
