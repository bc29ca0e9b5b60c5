"""The one rule of visibility, as a query: rows whose organisation lies within an actor's reach."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from dangqun.orgs.access import Actor


class Reachable(models.QuerySet):
    """A QuerySet of org-owned rows; `org_path` names the column, over a join, that holds the path."""

    org_path = "org__path"

    def reachable(self, actor: Actor, permission: str) -> Self:
        """Rows that the actor may reach with that permission; a feature overrides this only to be stricter."""
        return self.filter(within(self.org_path, actor.paths(permission)))


def within(column: str, paths: Iterable[str]) -> Q:
    """Return the condition that a path lies at or below one of `paths`, as ranges that an index can serve."""
    condition = Q(pk__in=())
    for path in paths:
        condition |= Q(**{f"{column}__gte": path, f"{column}__lt": after(path)})
    return condition


def after(path: str) -> str:
    """Return the first string behind all that begin with `path` ("/1/7/" → "/1/70")."""
    return path[:-1] + chr(ord(path[-1]) + 1)
