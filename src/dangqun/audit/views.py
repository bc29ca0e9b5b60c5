"""审计记录: the list, its strip with the chain's head, the verification, the export."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from dangqun.audit import reading, rules, sheets
from dangqun.audit.lines import lines
from dangqun.audit.wording import grouped, kind_word
from dangqun.kernel.facts import head
from dangqun.kernel.jobs import standing, worker_is_alive
from dangqun.kernel.pages import page
from dangqun.kernel.sheets import hand_over


def facts(request: HttpRequest) -> HttpResponse:
    """List what was done and seen, the newest first; every filter lives in the URL."""
    asked = reading.Asked.of(request.GET)
    found = reading.newest(asked, reading.LINES + 1)
    shown = found[: reading.LINES]
    told = lines(shown, reading.numbers(shown))
    context = {
        "asked": asked,
        "lines": told,
        "older": shown[-1].pk if len(found) > len(shown) else None,
        "subject": asked.kind and f"{kind_word(asked.kind)} {told[0].name if told else asked.key}",
        "groups": grouped(),
        "places": reading.places(),
        "shows": reading.SHOWS.items(),
        "per_page": reading.LINES,
        "most": reading.EXPORT,
        "look_back": reading.LOOK_BACK.days,
    }
    return page(request, "audit/facts.html", context | _strip(request), part="rows")


def strip(request: HttpRequest) -> HttpResponse:
    """Show how far the chain is, and how far a verification."""
    return page(request, "audit/strip.html", _strip(request), part="strip")


def verify(request: HttpRequest) -> HttpResponse:
    """Let the worker verify the chain."""
    rules.ask_for_verification(by=request.user)
    return redirect("facts")


def export(request: HttpRequest) -> HttpResponse:
    """导出Excel: the same rows as the list; the export is a fact itself."""
    asked = reading.Asked.of(request.GET)
    rows = sheets.FactLines(reading.batches(asked))
    answer = hand_over("审计记录", sheets.FACTS, rows, by=request.user)
    rules.note_export(rows.count, asked.in_words, by=request.user)
    return answer


def _strip(request: HttpRequest) -> dict[str, Any]:
    last = reading.last_verification()
    told = lines([last], {})[0] if last else None
    result = told.value("结果") if told else ""
    return {
        "head": head(),
        "unsealed": reading.unsealed(),
        "work": standing(rules.verify_chain, request.user.pk),
        "verified": told,
        "result": result,
        "result_is_good": result == rules.HOLDS,
        "is_alive": worker_is_alive(),
    }
