"""待办, 概览, 找, 找谁办."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from dangqun.home import figures, help_desk
from dangqun.home.find import search as find
from dangqun.home.todo import first_tap, heaps
from dangqun.kernel.pages import page


def todo(request: HttpRequest) -> HttpResponse:
    """Show what I must do, by when, one tap each."""
    at = timezone.now()
    found = heaps(request.actor, at)
    context = {
        "heaps": found,
        "now": at,
        "count": sum(len(heap.lines) for heap in found),
        "red": first_tap(found),
    }
    return page(request, "home/todo.html", context, part="list")


def overview(request: HttpRequest) -> HttpResponse:
    """Show the zone in figures; each opens its rows."""
    on = request.actor.day
    context = {
        "now": timezone.now(),
        "stats": figures.stats(request.actor, on),
        "ages": figures.ages(request.actor, on),
        "educations": figures.educations(request.actor, on),
        "parks": figures.parks(request.actor, on),
        "help": figures.needing_help(request.actor, on),
    }
    return page(request, "home/overview.html", context)


def search(request: HttpRequest) -> HttpResponse:
    """Search within one's reach."""
    text = request.GET.get("q", "")
    return page(
        request, "home/search.html", {"text": text, "groups": find(request.actor, text)}, part="results"
    )


def services(request: HttpRequest) -> HttpResponse:
    """Show whom to turn to."""
    return page(request, "home/services.html", {"desk": help_desk.whom_to_ask(request.actor)})


def linkage(request: HttpRequest) -> HttpResponse:
    """Say what lies behind 联动 to somebody for whom no room of it is open."""
    return page(request, "home/linkage.html")


def alive(request: HttpRequest) -> HttpResponse:
    """Answer a health check."""
    return HttpResponse("ok\n", content_type="text/plain")
