"""What every row is found by, of all rooms: how many have nothing yet, and writing it all anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from dangqun.kernel.search import sought_name
from dangqun.members.models import Person
from dangqun.notices.find import sought_of as of_notice
from dangqun.notices.models import Notice
from dangqun.orgs.find import sought_of as of_org
from dangqun.orgs.models import Enterprise, Org
from dangqun.tasks.find import sought_of as of_task
from dangqun.tasks.models import Task

AT_ONCE = 500


def kinds() -> Iterator[tuple[QuerySet[Any], Callable[[Any], str]]]:
    """Yield the rows that search looks through, each with what makes their text; drafts are not found."""
    yield Org.objects.all(), of_org
    yield Enterprise.objects.all(), lambda firm: sought_name(firm.name, firm.short_name)
    yield Person.objects.all(), lambda person: sought_name(person.name, person=True)
    yield Notice.objects.exclude(state=Notice.State.DRAFT), of_notice
    yield Task.objects.filter(issued_at__isnull=False), of_task


def waiting() -> int:
    """Return how many rows nobody can find, since they have no text for it."""
    return sum(rows.filter(sought="").count() for rows, _ in kinds())


def refresh() -> int:
    """Write the text of every row anew, some at a time; return how many were not right."""
    return sum(_refresh(rows, make) for rows, make in kinds())


def _refresh(rows: QuerySet[Any], make: Callable[[Any], str]) -> int:
    changed, last = 0, 0
    while True:
        with transaction.atomic():
            some = list(rows.select_for_update().filter(pk__gt=last).order_by("pk")[:AT_ONCE])
            if not some:
                return changed
            for row in some:
                held, row.sought = row.sought, make(row)
                row.was_right = held == row.sought
            wrong = [row for row in some if not row.was_right]
            rows.model._default_manager.bulk_update(wrong, ["sought"], batch_size=100)
        changed, last = changed + len(wrong), some[-1].pk
