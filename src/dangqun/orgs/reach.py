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


class Leaf(str):
    """The path of a branch. Nothing lies below it, so that rows of hundreds of branches are found by equality."""

    __slots__ = ()


def within(column: str, paths: Iterable[str]) -> Q:
    """Return the condition that a path is one of `paths` or lies below it: equality for branches, else ranges.

    An index serves both; ranges in hundreds would be slow, and a thousand of them SQLite refuses.
    """
    paths = tuple(paths)
    condition = Q(**{f"{column}__in": [str(path) for path in paths if isinstance(path, Leaf)]})
    for path in paths:
        if isinstance(path, Leaf):
            continue
        condition |= Q(**{f"{column}__gte": path, f"{column}__lt": after(path)})
    return condition


def after(path: str) -> str:
    """Return the first string behind all that begin with `path` ("/1/7/" → "/1/70")."""
    return path[:-1] + chr(ord(path[-1]) + 1)
