"""查看 and 遮回: a sensitive value is opened for a reason and for minutes; the person herself can read who did it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from dangqun.kernel.crypto import Tampered
from dangqun.kernel.facts import record, record_many
from dangqun.kernel.rules import RuleBroken, verb
from dangqun.members.models import Person, Reveal

UNREADABLE = "{}解不开：数据库里的这一项被改动或换过。已经记下，请告诉系统管理员运行 dangqun doctor。"
NEEDS = {
    Reveal.Field.MOBILE: "members.reveal",
    Reveal.Field.ADDRESS: "members.reveal",
    Reveal.Field.ID_NUMBER: "members.reveal_id",
}


def reveal(person: Person, field: str, *, why: str, by: Any) -> Reveal:
    """Open one value of a person for `by`, for REVEAL_MINUTES. `why` is the reason as the person will read it.

    Raises RuleBroken without a reason or a value, and for a value that was changed or moved inside the database
    (which is recorded).
    """
    label = Reveal.Field(field).label
    if not why:
        raise RuleBroken("请选一个理由，本人看得到。", field="why")
    if not getattr(person, field):
        raise RuleBroken(f"{person}没有登记{label}，没有可看的。")
    try:
        getattr(person, field).open()
    except Tampered:
        note_damage(person, field, by=by)
        raise RuleBroken(UNREADABLE.format(label)) from None
    return _open(person, field, why, by=by)


@verb
def cover(person: Person, *, by: Any) -> int:
    """遮回: end at once what `by` has opened of a person; returns how many values that were."""
    now = timezone.now()
    held = Reveal.objects.filter(person=person, user=by).open(now)
    fields = sorted(set(held.values_list("field", flat=True)))
    ended = held.update(until=now)
    if ended:
        record("members.covered", person, by=by, org=person.org, changes=told(person, fields))
    return ended


@verb
def note_export(people: Sequence[Person], fields: Collection[str], *, why: str, by: Any) -> int:
    """Record that a roster with sensitive columns was exported: it counts as reading each person in it.

    Returns how many. Raises RuleBroken without a reason, without columns and without people.
    """
    if not why:
        raise RuleBroken("请选一个理由，名册里的每个人都看得到。", field="why")
    if not fields:
        raise RuleBroken("请选要导出的号码，一项都不要的请用“导出Excel”。", field="columns")
    if not people:
        raise RuleBroken("这些条件下一个人也没有，没有可导出的。")
    return record_many("members.exported", [(each, told(each, fields)) for each in people], by=by, why=why)


@verb
def note_damage(person: Person, field: str, *, by: Any) -> None:
    """Record that a value of a person cannot be opened."""
    record("members.damage_found", person, by=by, org=person.org, changes={field: [None, "解不开"]})


def told(person: Person, fields: Collection[str]) -> dict[str, list[Any]]:
    """Return which values were shown, masked, as a fact holds them; those that she does not have are left out."""
    return {each: [None, str(getattr(person, each))] for each in fields if getattr(person, each)}


@verb
def _open(person: Person, field: str, why: str, *, by: Any) -> Reveal:
    now = timezone.now()
    until = now + timedelta(minutes=settings.REVEAL_MINUTES)
    opened = Reveal.objects.create(person=person, user=by, field=field, reason=why, at=now, until=until)
    record("members.revealed", person, by=by, org=person.org, changes=told(person, [field]), why=why)
    return opened
