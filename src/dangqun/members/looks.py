"""谁看过我的信息: who opened, exported or corrected a person's data, in the same words; facts of her own row alone.

Ordinary reading of masked pages is recorded nowhere, so that it is not here either.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from dangqun.kernel.calendars import local
from dangqun.kernel.models import Fact
from dangqun.kernel.templatetags.components import TINTS
from dangqun.members.models import Office, Person, Reveal
from dangqun.orgs.models import Grant

SAYS = {
    "members.revealed": "看了{}",
    "members.exported": "导出名册，含您的{}",
    "members.phone_listed": "打印电话名单，含您的{}",
    "members.corrected": "更正了您的{}",
}
STAFF = settings.STAFF_ROLES
YEAR = timedelta(days=365)
EXTRA = {"uses_phone": "是否用手机", "org": "所在党支部"}


@dataclass(frozen=True)
class Look:
    """One line: when, who, her post on that day, what she did, why, and the tint of her face."""

    at: datetime
    who: str
    post: str
    what: str
    why: str
    face: int

    @property
    def year(self) -> int:
        """The year under which it stands."""
        return local(self.at).year


def looks_at(person: Person) -> QuerySet[Fact]:
    """Return what others did to a person's data, newest first, by the index on the subject of facts."""
    found = Fact.objects.filter(
        subject_kind=Person._meta.label_lower, subject_key=str(person.pk), what__in=SAYS
    )
    if person.account_id:
        found = found.exclude(actor_id=person.account_id)
    return found.order_by("-at", "-pk")


def summary(found: QuerySet[Fact]) -> dict[str, Any]:
    """Return the figures of the last twelve months; two queries."""
    seen = list(found.filter(at__gte=timezone.now() - YEAR).values_list("actor_id", "at"))
    latest = seen[0][1] if seen else found.values_list("at", flat=True).first()
    return {"times": len(seen), "people": len({actor for actor, _ in seen}), "latest": latest}


def told(facts: Iterable[Fact]) -> list[Look]:
    """Return facts as lines; two queries for the posts of all who are in them."""
    facts = list(facts)
    posts = _posts({each.actor_id for each in facts if each.actor_id})
    return [_look(each, posts) for each in facts]


def field_words(names: Iterable[str]) -> str:
    """Return the fields of a fact in the words of the person's page, the three sensitive ones first."""
    names = list(names)
    secret = [each for each in Reveal.Field.values if each in names]
    return "、".join(_word(each) for each in (*secret, *(each for each in names if each not in secret)))


def _look(fact: Fact, posts: dict[int, list[_Held]]) -> Look:
    text = json.loads(fact.text)
    on = local(fact.at).date()
    held = [each for each in posts.get(fact.actor_id or 0, []) if each.on(on)]
    what = SAYS[fact.what].format(field_words(text["changes"]) or "资料")
    return Look(
        at=fact.at,
        who=fact.actor_name or "平台",
        post=held[0].words if held else "",
        what=what,
        why=text["why"],
        face=(fact.actor_id or 0) % TINTS + 1,
    )


@dataclass(frozen=True)
class _Held:
    """A post or a staff role that somebody held, from when to when."""

    words: str
    since: date | None
    until: date | None

    def on(self, day: date) -> bool:
        """Whether it was held on a day; the day on which it ended still counts, since the deed came before."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


def _posts(users: set[int]) -> dict[int, list[_Held]]:
    """Return by user what she is at the committee by grant, then what she is in a branch by office."""
    found: dict[int, list[_Held]] = {}
    granted = Grant.objects.effective().filter(user__in=users, role__in=STAFF).order_by("pk")
    for user, role, since, until in granted.values_list("user_id", "role", "starts_on", "ends_on"):
        found.setdefault(user, []).append(_Held(settings.ROLE_NAMES[role], since, until))
    offices = Office.objects.filter(person__account__in=users).select_related("org", "person")
    for office in offices.in_order():
        held = _Held(f"{office.org.short_name}{office}", office.starts_on, office.ends_on)
        found.setdefault(office.person.account_id or 0, []).append(held)
    return found


def _word(name: str) -> str:
    if name in Reveal.Field.values:
        return str(Reveal.Field(name).label)
    if name in EXTRA:
        return EXTRA[name]
    known = {field.name: field for field in Person._meta.concrete_fields}
    return str(known[name].verbose_name) if name in known else "其他资料"
