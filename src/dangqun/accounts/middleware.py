"""Middleware: sign out whoever was idle too long, was revoked, or is no longer active."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from dangqun.accounts.rules import keep_alive


class IdleSignOut:
    """Checks the sign-in behind each request; it runs on pages, not on static files."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            keep_alive(request)
        return self.get_response(request)
