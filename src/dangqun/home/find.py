"""Search over people, organisations, enterprises and notices: filtered by reach first, then by what was typed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Any

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Replace
from django.urls import reverse

from dangqun.kernel.crypto import blind_index
from dangqun.kernel.identity import looks_like_id, looks_like_mobile
from dangqun.members.models import Person
from dangqun.notices.find import find as find_notices
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Enterprise, Org

EACH = 20
LONGEST_NAME = 4


@dataclass(frozen=True)
class Found:
    """One result: what it is called, a line about it, where it is."""

    title: str
    note: str
    url: str


@dataclass(frozen=True)
class Group:
    """Results of one kind; `more` when there are more than are shown."""

    label: str
    icon: str
    results: list[Found]
    more: bool


def search(actor: Actor, text: str) -> list[Group]:
    """Return the groups with results; nothing for an empty text. At most EACH results a kind."""
    text = text.strip()[:60]
    if not text:
        return []
    groups = (
        _group("党员和工作人员", "users", _people(actor, text), _person),
        _group("党组织", "sitemap", _orgs(actor, text), _org),
        _group("企业", "building-factory", _enterprises(actor, text), _enterprise),
        _group("通知", "speakerphone", find_notices(actor, text), _notice),
    )
    return [group for group in groups if group.results]


def _people(actor: Actor, text: str) -> QuerySet[Person]:
    wanted = _name(text)
    if text.isascii() and text.isalpha():
        wanted |= Q(initials__startswith=text.lower()) | Q(spelt__startswith=text.lower())
    if looks_like_mobile(text):
        wanted |= Q(mobile_index=blind_index("contact", text))
    if looks_like_id(text):
        wanted |= Q(id_index=blind_index("identity", text.upper()))
    people = Person.objects.reachable(actor, "members.read")
    people = people.alias(spelt=Replace("pinyin_key", Value("0"), Value("")))  # 0 parts the syllables
    return people.filter(wanted).select_related("org").by_pinyin()


def _name(text: str) -> Q:
    """Match a name by any of its characters: 汪燕 finds 汪晓燕 (features.md X10)."""
    if text.isascii() or len(text) > LONGEST_NAME:
        return Q(name__contains=text)
    return reduce(and_, (Q(name__contains=character) for character in text))


def _orgs(actor: Actor, text: str) -> QuerySet[Org]:
    wanted = Q(name__contains=text) | Q(short_name__contains=text)
    return Org.objects.reachable(actor, "orgs.read").filter(wanted).in_order()


def _enterprises(actor: Actor, text: str) -> QuerySet[Enterprise]:
    wanted = Q(name__contains=text) | Q(credit_code=text.upper())
    return (
        Enterprise.objects.reachable(actor, "orgs.read")
        .filter(wanted)
        .select_related("park")
        .order_by("number", "pk")
    )


def _group(label: str, icon: str, rows: QuerySet[Any], told: Any) -> Group:
    first = list(rows[: EACH + 1])
    return Group(label, icon, [told(row) for row in first[:EACH]], len(first) > EACH)


def _person(person: Person) -> Found:
    return Found(person.name, person.org.short_name, reverse("person", args=(person.pk,)))


def _org(org: Org) -> Found:
    return Found(org.short_name, org.get_kind_display(), reverse("org", args=(org.pk,)))


def _enterprise(enterprise: Enterprise) -> Found:
    return Found(enterprise.name, enterprise.park.short_name, reverse("enterprise", args=(enterprise.pk,)))


def _notice(notice: Any) -> Found:
    return Found(notice.title, notice.org.short_name, reverse("notice", args=(notice.pk,)))
