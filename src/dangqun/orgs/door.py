"""What the door says before anybody has signed in: whose platform this is."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest

from dangqun.orgs.models import Org
from dangqun.orgs.words import zone_name


def zone(request: HttpRequest) -> dict[str, Callable[[], str]]:
    """Give templates `zone_name`, asked for only where it is shown; empty in a platform that has no committee yet."""
    return {"zone_name": _name}


def _name() -> str:
    names = Org.objects.filter(kind=Org.Kind.COMMITTEE).order_by("pk").values_list("name", flat=True)
    return zone_name(names.first() or "")
