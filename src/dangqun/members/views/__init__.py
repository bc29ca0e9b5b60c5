"""Pages on organisations and people: tree, branches, enterprises, zones, the roster, one person, codes, staff, myself."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.forms import BaseForm
from django.http import HttpRequest

from dangqun.kernel.pages import attempt

R = TypeVar("R")


def sent(request: HttpRequest, form: BaseForm) -> bool:
    """Say whether a form came back filled in rightly."""
    return request.method == "POST" and form.is_valid()


def done(request: HttpRequest, form: BaseForm, rule: Callable[..., R], *args: Any, **more: Any) -> R | None:
    """Carry out a rule with what a form holds, when it came back filled in rightly; a refusal goes to the form."""
    if not sent(request, form):
        return None
    return attempt(form, rule, *args, by=request.user, **form.cleaned_data, **more)
