"""Facts: one audit row for each change, written in the transaction of the change itself."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils import timezone

from dangqun.kernel.models import Fact

Reaction = Callable[..., None]
Changes = dict[str, list[Any]]

_reactions: dict[str, list[Reaction]] = defaultdict(list)


def record(
    what: str,
    subject: models.Model,
    *,
    by: Any,
    org: Any = None,
    changes: Changes | None = None,
    why: str = "",
) -> Fact:
    """Write down that `by` did `what` to `subject`, then run the reactions wired to it, all in the caller's transaction.

    `changes` maps a field to [old, new]; sensitive values must come masked (`kernel.crypto.mask_*`).
    """
    fact = _fact(what, subject, by=by, org=org, changes=changes, why=why)
    fact.save(force_insert=True)
    for reaction in _reactions.get(what, ()):
        reaction(subject, by=by)
    return fact


def record_many(
    what: str, subjects: Iterable[tuple[models.Model, Changes]], *, by: Any, org: Any = None, why: str = ""
) -> int:
    """Write one fact a subject in bulk (imports); reactions get each subject. Returns how many were written."""
    pairs = list(subjects)
    facts = [_fact(what, subject, by=by, org=org, changes=changes, why=why) for subject, changes in pairs]
    Fact.objects.bulk_create(facts, batch_size=1000)
    for reaction in _reactions.get(what, ()):
        for subject, _ in pairs:
            reaction(subject, by=by)
    return len(facts)


def on(what: str, reaction: Reaction) -> None:
    """Wire a reaction that must hold in the same transaction; called in config/wiring.py alone."""
    if reaction not in _reactions[what]:
        _reactions[what].append(reaction)


def _fact(what: str, subject: models.Model, *, by: Any, org: Any, changes: Changes | None, why: str) -> Fact:
    at = timezone.now()
    org_path = getattr(org or getattr(subject, "org", None), "path", "")
    told: dict[str, Any] = {
        "at": at.isoformat(timespec="microseconds"),
        "by": getattr(by, "pk", None),
        "by_name": str(by) if by is not None else "",
        "what": what,
        "kind": subject._meta.label_lower,
        "key": str(subject.pk),
        "org": org_path,
        "changes": changes or {},
        "why": why,
    }
    return Fact(
        at=at,
        actor_id=told["by"],
        actor_name=told["by_name"],
        what=what,
        subject_kind=told["kind"],
        subject_key=told["key"],
        org_path=org_path,
        text=json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain),
    )


def _plain(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)
