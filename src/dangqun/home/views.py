"""待办, 概览, 找, 找谁办."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from dangqun.home import charts, figures, help_desk
from dangqun.home.backups import MENDS
from dangqun.home.find import search as find
from dangqun.home.todo import first_tap, heaps, is_empty_zone
from dangqun.kernel.backup.sheets import recipient
from dangqun.kernel.backup.standing import last_tested_at, newest, standing
from dangqun.kernel.pages import page, row_number


def todo(request: HttpRequest) -> HttpResponse:
    """Show what I must do, by when, one tap each."""
    at = timezone.now()
    found = heaps(request.actor, at)
    context = {
        "heaps": found,
        "now": at,
        "count": sum(len(heap.lines) for heap in found),
        "red": first_tap(found),
        "is_empty_zone": not found and is_empty_zone(request.actor),
        "reads_facts": request.actor.can("facts.read"),
    }
    return page(request, "home/todo.html", context, part="list")


def overview(request: HttpRequest) -> HttpResponse:
    """Show the zone in figures; each opens its rows."""
    actor, on = request.actor, request.actor.day
    members = figures.groups(actor, on)
    stats = figures.stats(actor, on, members)
    context = {
        "now": timezone.now(),
        "stats": stats,
        "ages": charts.ages(members),
        "educations": charts.educations(members, on),
        "parks": charts.parks(members, on),
        "coverage": charts.coverage(stats),
        "help": figures.needing_help(actor, on, members),
    }
    return page(request, "home/overview.html", context)


def search(request: HttpRequest) -> HttpResponse:
    """Search within one's reach: the first results of each kind, or a page of one kind."""
    text, only = request.GET.get("q", ""), request.GET.get("in", "")
    groups = find(request.actor, text, only=only, page=row_number(request.GET.get("page", "")) or 1)
    context = {"text": text, "groups": groups, "only": only, "total": sum(group.total for group in groups)}
    return page(request, "home/search.html", context, part="results")


def services(request: HttpRequest) -> HttpResponse:
    """Show whom to turn to."""
    return page(request, "home/services.html", {"desk": help_desk.steps(request.actor)})


def linkage(request: HttpRequest) -> HttpResponse:
    """Show the rooms of 联动 that are open to this person; say so when there are none."""
    return page(request, "home/linkage.html")


def backups(request: HttpRequest) -> HttpResponse:
    """Show the newest backups, and what to do."""
    context = {
        "sheet": recipient(),
        "standing": standing(),
        "tested_at": last_tested_at(),
        "rows": newest(),
        "folder": settings.BACKUP_DIR,
        "hour": settings.BACKUP_HOUR,
        "mends": request.actor.can(MENDS),
    }
    return page(request, "home/backups.html", context)


def alive(request: HttpRequest) -> HttpResponse:
    """Answer a health check."""
    return HttpResponse("ok\n", content_type="text/plain")
