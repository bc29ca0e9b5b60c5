"""The door: a permission stated once at the URL, and rows reached only through it.

An actor's reach is grants + liaison assignments (片区, 联系点), on that day. `request.actor` is set by the guard of
`route`; `fetch` and `rows` use it with the permission that the URL named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache, wraps
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured, SuspiciousOperation
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, register_converter
from django.utils.module_loading import import_string

from dangqun.kernel.calendars import today
from dangqun.orgs.models import ContactPoint, Grant, Org, ZoneBranch
from dangqun.orgs.reach import Leaf

View = Callable[..., HttpResponse]
Row = TypeVar("Row", bound=Model)

PUBLIC = "PUBLIC"
SIGNED_IN = "SIGNED_IN"
ZONE_ROLE = "committee_member"
CONTACT_ROLE = "instructor"


@lru_cache(maxsize=1)
def roles() -> dict[str, frozenset[str]]:
    """Return the one dict role → permissions (config/roles.py)."""
    return {
        role: frozenset(permissions) for role, permissions in import_string(settings.DANGQUN_ROLES).items()
    }


def permissions() -> frozenset[str]:
    """Return every permission that some role holds."""
    return frozenset().union(*roles().values())


@dataclass(frozen=True)
class Hold:
    """A role held over a subtree (`path`; a Leaf is one branch alone) or over one enterprise."""

    role: str
    path: str | None
    enterprise_id: int | None = None


class Actor:
    """Somebody who asks, on a day: what they may do, and how far they reach. Holds are read once."""

    def __init__(self, user: Any, day: date) -> None:
        self.user = user
        self.day = day

    @classmethod
    def of(cls, user: Any) -> Actor:
        """Return the actor of today."""
        return cls(user, today())

    @cached_property
    def holds(self) -> tuple[Hold, ...]:
        """Roles with their reach: grants, then zones, then contact points. Nobody inactive holds anything."""
        if not self.user.is_authenticated or not self.user.is_active:
            return ()
        return (*self._grants(), *self._zones(), *self._contact_points())

    def can(self, permission: str) -> bool:
        """Whether the actor holds that permission anywhere."""
        return any(permission in roles().get(hold.role, ()) for hold in self.holds)

    def paths(self, permission: str) -> tuple[str, ...]:
        """Return the subtrees where the actor holds the permission, without those that lie within another."""
        wanted = sorted({h.path for h in self.holds if h.path and permission in roles().get(h.role, ())})
        kept: list[str] = []
        for path_ in wanted:
            if not kept or not path_.startswith(kept[-1]):
                kept.append(path_)
        return tuple(kept)

    def enterprises(self, permission: str) -> tuple[int, ...]:
        """Return the enterprises for which the actor holds the permission by representing them."""
        return tuple(
            h.enterprise_id for h in self.holds if h.enterprise_id and permission in roles().get(h.role, ())
        )

    def covers(self, permission: str, path_: str) -> bool:
        """Whether one organisation, given by its path, lies within reach of that permission."""
        return any(path_.startswith(reached) for reached in self.paths(permission))

    def has_role(self, *wanted: str) -> bool:
        """Whether the actor holds one of these roles; for choosing words and first screens, never for access."""
        return any(hold.role in wanted for hold in self.holds)

    def _grants(self) -> Iterable[Hold]:
        held = Grant.objects.effective().on(self.day).filter(user=self.user)
        for role, path_, kind, enterprise in held.values_list(
            "role", "org__path", "org__kind", "enterprise_id"
        ):
            yield Hold(role, Leaf(path_) if kind == Org.Kind.BRANCH else path_, enterprise)

    def _zones(self) -> Iterable[Hold]:
        looked_after = ZoneBranch.objects.on(self.day).filter(
            zone__members__in=self.user.zones.on(self.day).values("pk")
        )
        for path_ in looked_after.values_list("branch__path", flat=True):
            yield Hold(ZONE_ROLE, Leaf(path_))

    def _contact_points(self) -> Iterable[Hold]:
        visited = ContactPoint.objects.on(self.day).filter(user=self.user)
        for path_, enterprise in visited.values_list("branch__path", "enterprise_id"):
            yield Hold(CONTACT_ROLE, path_ and Leaf(path_), enterprise)


class RowId:
    """A row's number in a URL: 1 to 18 digits, so that no database overflows."""

    regex = "[1-9][0-9]{0,17}"

    def to_python(self, value: str) -> int:
        """Return the number."""
        return int(value)

    def to_url(self, value: int) -> str:
        """Return the digits."""
        return str(value)


register_converter(RowId, "id")


def route(
    pattern: str, view: View, *, needs: str, name: str, methods: Sequence[str] = ("GET",)
) -> URLPattern:
    """Return a URL pattern whose view is guarded: `needs` is a permission, SIGNED_IN or PUBLIC, and has no default.

    Raises ImproperlyConfigured for a permission that no role holds.
    """
    if needs not in (PUBLIC, SIGNED_IN) and needs not in permissions():
        raise ImproperlyConfigured(f"{pattern}: no role holds {needs!r}")
    return path(pattern, guard(view, needs, tuple(methods)), name=name)


def guard(view: View, needs: str, methods: tuple[str, ...]) -> View:
    """Wrap a view: signed in, permitted, right verb; else the sign-in page, or 404 as if the page did not exist."""
    allowed = {*methods, "HEAD"} if "GET" in methods else set(methods)

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if any("\x00" in value for _, values in request.GET.lists() for value in values):
            raise SuspiciousOperation("a NUL in the query string")  # PostgreSQL takes none in a text
        request.actor = getattr(request.user, "actor", None) or Actor.of(request.user)  # type: ignore[attr-defined]
        request.needs = needs  # type: ignore[attr-defined]
        if needs != PUBLIC and not request.user.is_authenticated:
            return _to_sign_in(request)
        if needs not in (PUBLIC, SIGNED_IN) and not request.actor.can(needs):  # type: ignore[attr-defined]
            raise Http404
        if request.method not in allowed:
            return HttpResponseNotAllowed(sorted(allowed))
        return view(request, *args, **kwargs)

    guarded.needs = needs  # type: ignore[attr-defined]
    guarded.methods = methods  # type: ignore[attr-defined]
    return guarded


def fetch(request: HttpRequest, model: type[Row], **lookup: Any) -> Row:
    """Return the one row within the actor's reach, or 404: hidden and absent look the same."""
    return get_object_or_404(rows(request, model), **lookup)


def rows(request: HttpRequest, model: type[Row]) -> QuerySet[Row]:
    """Return the rows that the actor reaches with the permission that the URL named; her own ones, if it named none.

    What is one's own says the QuerySet (`own(actor)`); a model that does not say it is refused.
    """
    return reached(request.actor, request.needs, model)  # type: ignore[attr-defined]


def reached(actor: Actor, permission: str, model: type[Row]) -> QuerySet[Row]:
    """Return the rows that an actor reaches with a permission, where there is no request (live topics)."""
    held: Any = model._default_manager
    if permission == SIGNED_IN:
        return held.own(actor)
    if permission == PUBLIC:
        return held.none()
    return held.reachable(actor, permission)


def actor_of(user: Any) -> Actor:
    """Return the actor of today, for floors that may not import this one (settings.DANGQUN_ACTOR)."""
    return Actor.of(user)


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if "HX-Request" in request.headers:
        answer = HttpResponse(status=401)
        answer["HX-Refresh"] = "true"
        return answer
    wanted = request.get_full_path() if request.method in ("GET", "HEAD") else "/"
    return redirect_to_login(wanted)
