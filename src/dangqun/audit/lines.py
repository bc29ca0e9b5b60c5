"""What a fact says on a line: who, what, whom it concerns, from → to, why, and where it stands in the chain."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dangqun.audit.wording import Names, field_word, kind_word, value_word
from dangqun.kernel.facts.wording import reads, why_in_words, words
from dangqun.kernel.models import Fact
from dangqun.orgs.models import LiaisonZone, Org

PLATFORM = "平台"
LONGEST = 120  # characters of a value
Change = tuple[str, str, str]  # field, from (empty: there was nothing before), to


@dataclass(frozen=True)
class Line:
    """One fact as it is read."""

    pk: int
    at: datetime
    who: str
    what: str
    is_read: bool
    about: str  # kind:key, as the filter takes it
    kind: str
    name: str
    changes: list[Change]
    why: str
    number: int | None

    def value(self, word: str) -> str:
        """Return what a field became, by its words; empty when the fact does not tell."""
        return next((new for field, _, new in self.changes if field == word), "")

    @property
    def changed(self) -> str:
        """Return the changes in one cell."""
        told = (f"{field}：{old} → {new}" if old else f"{field}：{new}" for field, old, new in self.changes)
        return "；".join(told)


def lines(facts: Iterable[Fact], numbers: dict[int, int]) -> list[Line]:
    """Return facts as lines; nothing else is read but the names of places that they hold by number."""
    told = [(fact, _told(fact.text)) for fact in facts]
    names = _names(each.get("changes") for _, each in told)
    return [_line(fact, each, numbers.get(fact.pk), names) for fact, each in told]


def _line(fact: Fact, told: dict[str, Any], number: int | None, names: Names) -> Line:
    name = str(told.get("name") or _named(told.get("changes")) or "")
    return Line(
        pk=fact.pk,
        at=fact.at,
        who=fact.actor_name or PLATFORM,
        what=words(fact.what),
        is_read=fact.what in reads(),
        about=f"{fact.subject_kind}:{fact.subject_key}",
        kind=kind_word(fact.subject_kind),
        name=name or f"第 {fact.subject_key} 号",
        changes=_changes(fact, told.get("changes"), names),
        why=why_in_words(str(told.get("why") or "")),
        number=number,
    )


def _told(text: str) -> dict[str, Any]:
    """Read the text; one that was changed into nonsense still gives a line, and the verification names it."""
    try:
        told = json.loads(text)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _names(all_changes: Iterable[Any]) -> Names:
    """Return the names of the places in audiences: at most two questions, whatever the number of facts."""
    audiences = [each for changes in all_changes for each in _audiences(changes)]
    names: Names = {}
    for kind, model, column in (("orgs", Org, "short_name"), ("zones", LiaisonZone, "name")):
        wanted = {pk for each in audiences for pk in each.get(kind) or () if isinstance(pk, int)}
        if wanted:
            found = model._default_manager.filter(pk__in=wanted).values_list("pk", column)
            names |= {(kind, pk): name for pk, name in found}
    return names


def _audiences(changes: Any) -> list[dict[str, Any]]:
    """Return the values among changes that hold choices, as audiences do."""
    pairs = changes.values() if isinstance(changes, dict) else ()
    values = [value for pair in pairs if isinstance(pair, list) for value in pair]
    return [value for value in values if isinstance(value, dict)]


def _changes(fact: Fact, changes: Any, names: Names) -> list[Change]:
    if not isinstance(changes, dict):
        return []
    found = []
    for key, pair in changes.items():
        old, new = pair if isinstance(pair, list) and len(pair) == 2 else (None, pair)
        before = "" if old is None else value_word(key, old, names)[:LONGEST]
        found.append((field_word(fact.subject_kind, key), before, value_word(key, new, names)[:LONGEST]))
    return found


def _named(changes: Any) -> str:
    """Facts of earlier versions hold the name, if at all, among their changes."""
    if not isinstance(changes, dict):
        return ""
    pair = changes.get("name") or changes.get("title")
    return str(pair[1] or pair[0] or "") if isinstance(pair, list) and len(pair) == 2 else ""
