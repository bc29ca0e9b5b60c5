"""Papers: whether a sheet is still current (for anybody who holds it), and what the worker makes for me."""

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from dangqun.accounts.rules import network_of
from dangqun.kernel.jobs import standing, worker_is_alive
from dangqun.kernel.pages import page
from dangqun.kernel.rules import RuleBroken
from dangqun.orgs.access import fetch
from dangqun.papers import desk, rules
from dangqun.papers.kinds import kind_of
from dangqun.papers.models import Paper

LOOKS, MINUTE = 30, 60  # codes that one network may look up in a minute


def check(request: HttpRequest, code: str) -> HttpResponse:
    """Say of a sheet only its kind, when it was printed, and whether it is still current."""
    if _too_often(network_of(request)):
        return page(request, "papers/check.html", {"too_often": True}, status=429)
    paper = rules.by_code(code)
    if paper is None:
        return page(request, "papers/check.html", {}, status=404)
    context = {"paper": paper, "label": kind_of(paper.kind).label, "verdict": rules.verdict(paper)}
    return page(request, "papers/check.html", context)


def making(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far the worker is with a long paper of mine."""
    paper = fetch(request, Paper, pk=pk)
    work = standing(rules.make_paper, paper.pk)
    context = {"paper": paper, "work": work, "alive": worker_is_alive()}
    return page(request, "papers/making.html", context, part="work")


def file(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out what the worker made."""
    paper = fetch(request, Paper, pk=pk)
    try:
        return desk.file_of(paper, rules.load(paper))
    except RuleBroken:
        if paper.file_key:
            raise
        return redirect("paper-making", pk)


def _too_often(network: str) -> bool:
    """Count a look; the counter forgets after a minute, and lives in this process alone."""
    key = f"papers:looks:{network}"
    cache.add(key, 0, MINUTE)
    try:
        return cache.incr(key) > LOOKS
    except ValueError:  # it was forgotten between the two calls
        return False
