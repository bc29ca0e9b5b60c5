"""Codes handed out, and the page where one becomes a password."""

import time
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from dangqun.accounts.forms import ActivationForm
from dangqun.accounts.privacy import is_told, privacy_notice
from dangqun.accounts.rules import let_in, network_of
from dangqun.kernel.pages import attempt, page
from dangqun.members.forms import CodeForm
from dangqun.members.models import Person
from dangqun.members.rules import activation as rules
from dangqun.orgs.access import fetch, rows
from dangqun.orgs.models import Org

OPENED = "activation"  # in the session: which code was opened in this browser, and when
OPEN_MINUTES = 15
AT_ONCE = 500


def issue(request: HttpRequest, pk: int) -> HttpResponse:
    """Issue a code to one person and show it once."""
    person = fetch(request, Person, pk=pk)
    slips = [(person, rules.issue_code(person, by=request.user))]
    context = {
        "slips": slips,
        "lasts": _in_words(rules.life_of(person)),
        "org": person.org,
        "back": reverse("person", args=(pk,)),
        "back_to": person.name,
    }
    return page(request, "members/codes.html", context)


def issue_many(request: HttpRequest, pk: int) -> HttpResponse:
    """Issue codes to those of an organisation who have neither activated nor a code in hand, as slips to print."""
    org = fetch(request, Org, pk=pk)
    waiting = rows(request, Person).under(org).without_account_or_code(timezone.now())
    total = waiting.count()
    slips, beyond = rules.issue_codes(waiting.select_related("org", "account")[:AT_ONCE], by=request.user)
    context = {"slips": slips, "org": org, "beyond": beyond, "rest": max(0, total - AT_ONCE)}
    context["lasts"] = f"{settings.CODE_DAYS} 天"
    back = {"back": reverse("org", args=(pk,)), "back_to": org}
    return page(request, "members/codes.html", context | back)


def activate(request: HttpRequest) -> HttpResponse:
    """Ask for name and code."""
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        held = attempt(form, rules.open_code, typed["name"], typed["code"], network=network_of(request))
        if held:
            request.session.cycle_key()  # a session that somebody planted here must not share the opened code
            request.session[OPENED] = {"code": held.pk, "at": time.time()}
            return redirect("activate-password")
    return page(request, "members/activate.html", {"form": form})


def choose_password(request: HttpRequest) -> HttpResponse:
    """Set the password of the account that the code opened, and sign in."""
    held = rules.opened(_opened_here(request))
    if held is None:
        request.session.pop(OPENED, None)
        return redirect("activate")
    form = ActivationForm(request.POST or None, is_told=is_told(held.person.account))
    if request.method == "POST" and form.is_valid():
        user = attempt(form, rules.activate, held, form.cleaned_data["password"], told=True)
        if user:
            request.session.pop(OPENED, None)
            return redirect(let_in(request, user))
    context = {"form": form, "held": held, "notice": privacy_notice(), "before": rules.used_before(held)}
    return page(request, "members/choose_password.html", context)


def _opened_here(request: HttpRequest) -> int | None:
    """Return which code was opened in this browser within the last minutes."""
    told = request.session.get(OPENED)
    if not isinstance(told, dict) or time.time() - told["at"] > 60 * OPEN_MINUTES:
        return None
    return int(told["code"])


def _in_words(span: timedelta) -> str:
    return f"{span.days} 天" if span >= timedelta(days=2) else f"{span // timedelta(hours=1)} 小时"
