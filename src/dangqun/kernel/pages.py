"""Pages: one way to answer, one place where a refusal becomes a sentence on the screen."""

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db import IntegrityError
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from dangqun.kernel.rules import RuleBroken

R = TypeVar("R")
CLASH = "刚刚有人同时改了这里，您这一次没有保存。请刷新看看现在的样子，再改一次。"

log = logging.getLogger("dangqun.pages")


def page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    part: str | None = None,
    status: int = 200,
) -> HttpResponse:
    """Answer with the page; an htmx request gets only the partial `part` of it, when one is named."""
    name = f"{template}#{part}" if part and is_htmx(request) else template
    answer = render(request, name, context or {}, status=status)
    answer["Vary"] = "HX-Request, Cookie"
    answer["Cache-Control"] = "no-store" if request.user.is_authenticated else "no-cache"
    return answer


def is_htmx(request: HttpRequest) -> bool:
    """Say whether htmx asks for a piece of a page (a history restore wants the whole page)."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


def attempt(form: BaseForm, rule: Callable[..., R], *args: Any, **kwargs: Any) -> R | None:
    """Carry out a rule; put its refusal on the form and return None, so that what was typed stays."""
    try:
        return rule(*args, **kwargs)
    except RuleBroken as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.sentence)
        return None


def paginate(request: HttpRequest, rows: QuerySet[Any], per: int = 50) -> Page:
    """Return the page of rows that the query string asks for; a nonsense number gives the nearest page."""
    return Paginator(rows, per).get_page(request.GET.get("page", "")[:9])


def row_number(text: str) -> int | None:
    """Return the number of a row that a query or a form names; None for whatever no database would hold as one."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def toast(request: HttpRequest, text: str, *, undo: str = "") -> None:
    """Say what has happened; `undo` is the guarded URL that takes it back (POST)."""
    messages.success(request, text, extra_tags=undo)


def back(request: HttpRequest, otherwise: str, *args: Any) -> HttpResponseRedirect:
    """Redirect to the page that the form named in `next`, if it is ours, else to a route by name."""
    wanted = request.POST.get("next", "") or request.GET.get("next", "")
    if wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, {request.get_host()}):
        return HttpResponseRedirect(wanted)
    return redirect(otherwise, *args)


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the form is too old to be trusted, and how to keep what was typed."""
    return render(request, "expired.html", status=403)


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that a request cannot be read (400), within the shell of whoever asked."""
    return render(request, "400.html", status=400)


class RefusalsAsSentences:
    """Middleware: a RuleBroken that no form caught becomes a message on the page it came from.

    So does what a constraint of the database refuses: of two who change the same row at once, the second is told.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer 422 with the sentence, as a piece for htmx or as a whole page."""
        if isinstance(error, IntegrityError):
            log.error("refused by the database", exc_info=error)
            error = RuleBroken(CLASH)
        if not isinstance(error, RuleBroken):
            return None
        template = "refusal.html#sentence" if is_htmx(request) else "refusal.html"
        answer = render(request, template, {"sentence": error.sentence}, status=422)
        if is_htmx(request):
            answer["HX-Retarget"] = "#refusal"
            answer["HX-Reswap"] = "innerHTML"
        return answer
