"""Facts: one audit row for each change, written in the transaction of the change itself."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils import timezone

from dangqun.kernel.bulk import insert_rows
from dangqun.kernel.facts.chain import marker, of_fact
from dangqun.kernel.models import Fact

Reaction = Callable[..., None]
LONGEST_NAME = 60
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
    fact = Fact(**_facts(what, [(subject, changes or {})], by=by, org=org, why=why)[0])
    fact.save(force_insert=True)
    for reaction in _reactions.get(what, ()):
        reaction(subject, by=by)
    return fact


def record_many(
    what: str, subjects: Iterable[tuple[models.Model, Changes]], *, by: Any, org: Any = None, why: str = ""
) -> int:
    """Write one fact a subject in bulk (imports); reactions get each subject. Returns how many were written."""
    pairs = list(subjects)
    insert_rows(Fact, _facts(what, pairs, by=by, org=org, why=why))
    for reaction in _reactions.get(what, ()):
        for subject, _ in pairs:
            reaction(subject, by=by)
    return len(pairs)


def on(what: str, reaction: Reaction) -> None:
    """Wire a reaction that must hold in the same transaction; called in config/wiring.py alone."""
    if reaction not in _reactions[what]:
        _reactions[what].append(reaction)


def _facts(
    what: str, pairs: Iterable[tuple[models.Model, Changes]], *, by: Any, org: Any, why: str
) -> list[dict[str, Any]]:
    """Return the columns of one fact a subject; the moment and the actor are the same for all."""
    at, actor, name = timezone.now(), getattr(by, "pk", None), str(by) if by is not None else ""
    told: dict[str, Any] = {
        "at": at.isoformat(timespec="microseconds"),
        "by": actor,
        "by_name": name,
        "what": what,
        "why": why,
    }
    facts, mark = [], marker()
    for subject, changes in pairs:
        org_path = getattr(org or getattr(subject, "org", None), "path", "")
        told["kind"], told["key"] = subject._meta.label_lower, str(subject.pk)
        told["org"], told["changes"], told["name"] = org_path, changes, _name(subject)
        text = _canonical(told)
        facts.append(
            {
                "at": at,
                "actor_id": actor,
                "actor_name": name,
                "what": what,
                "subject_kind": told["kind"],
                "subject_key": told["key"],
                "org_path": org_path,
                "text": text,
                "mark": mark(of_fact(text)),
            }
        )
    return facts


def _name(subject: models.Model) -> str:
    """Return what a reader calls the subject, or what it belongs to; nothing is asked of the database for it."""
    held = subject._state.fields_cache
    owners = [held[key] for key in ("notice", "task", "person") if key in held]
    named = [subject, *filter(None, owners)]
    found = (getattr(each, "name", "") or getattr(each, "title", "") for each in named)
    return next((str(each)[:LONGEST_NAME] for each in found if each), "")


def _canonical(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)
