"""Who a notice is for: organisations, posts, liaison zones, single people, within the author's reach."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from dangqun.kernel.pages import row_number
from dangqun.members.models import Membership, Office, Person
from dangqun.orgs.access import Actor
from dangqun.orgs.models import LiaisonZone, Org, ZoneBranch
from dangqun.orgs.reach import within

NEEDS = "notices.publish"
POSTS = {
    "member": ("党员", ()),
    "secretary": ("支部书记", (Office.Post.SECRETARY,)),
    "deputy": ("支部副书记", (Office.Post.DEPUTY,)),
    "instructor": ("党建指导员", (Office.Post.INSTRUCTOR,)),
    "enterprise_contact": ("企业联系人", (Office.Post.ENTERPRISE_CONTACT,)),
    "committee": (
        "党委委员",
        (Office.Post.COMMITTEE_SECRETARY, Office.Post.COMMITTEE_DEPUTY, Office.Post.COMMITTEE_MEMBER),
    ),
}
LETTERS_A_MINUTE = 400  # reading speed, for the estimate shown to the author
LEAST_MINUTES = 1
NAMED = 6  # places told by name; more are counted


@dataclass(frozen=True)
class Audience:
    """What was chosen: places (organisations, zones), posts there, and single people.

    `whole` says that the places are all within reach; None: they are, when no place was named.
    """

    orgs: tuple[int, ...] = ()
    zones: tuple[int, ...] = ()
    posts: tuple[str, ...] = ("member",)
    people: tuple[int, ...] = ()
    whole: bool | None = None

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Audience:
        """Return the audience kept with a notice; nonsense in it is dropped."""
        posts = tuple(post for post in stored.get("posts", ()) if post in POSTS)
        return cls(
            _ids(stored, "orgs"), _ids(stored, "zones"), posts, _ids(stored, "people"), stored.get("whole")
        )

    @property
    def everywhere(self) -> bool:
        """Whether the places are all within the author's reach."""
        return not (self.orgs or self.zones) if self.whole is None else self.whole

    def stored(self) -> dict[str, Any]:
        """Return it as kept with a notice."""
        return {
            "orgs": list(self.orgs),
            "zones": list(self.zones),
            "posts": list(self.posts),
            "people": list(self.people),
            "whole": self.whole,
        }


def receivers(audience: Audience, actor: Actor) -> QuerySet[Person]:
    """Return the people meant, each once, all within the actor's reach."""
    chosen = Q(pk__in=())
    if audience.posts:
        chosen |= _places(audience, actor) & _posts(audience.posts, actor)
    if audience.people:
        chosen |= Q(pk__in=audience.people)
    return Person.objects.reachable(actor, NEEDS).filter(chosen)


def people_like(actor: Actor, text: str) -> QuerySet[Person]:
    """Return the people within reach whose name has all these characters, or whose pinyin begins with these letters."""
    found = Person.objects.reachable(actor, NEEDS).select_related("org").by_pinyin()
    text = "".join(text.replace("\0", "").split())[:20]  # PostgreSQL takes no NUL
    if text.isascii():
        return found.filter(initials__startswith=text.lower()) if text.isalpha() else found.none()
    for character in set(text):
        found = found.filter(name__contains=character)
    return found


def zones_within(actor: Actor, permission: str) -> QuerySet[LiaisonZone]:
    """Return the zones in which the actor reaches a branch with that permission: the one rule for naming a zone."""
    held = ZoneBranch.objects.on(actor.day).filter(
        within("branch__path", actor.paths(permission)), zone=OuterRef("pk")
    )
    return LiaisonZone.objects.filter(Exists(held))


def tops(actor: Actor) -> tuple[int, ...]:
    """Return the organisations at the top of the actor's reach: chosen together they mean everybody."""
    return tuple(Org.objects.filter(path__in=actor.paths(NEEDS)).values_list("pk", flat=True))


def in_words(audience: Audience, actor: Actor) -> str:
    """Say whom a notice is for, to somebody who reaches as far as its author: 连城园区的党员、支部书记，另有 2 人."""
    places = [
        *Org.objects.reachable(actor, NEEDS)
        .filter(pk__in=audience.orgs)
        .in_order()
        .values_list("short_name", flat=True),
        *zones_within(actor, NEEDS).filter(pk__in=audience.zones).values_list("name", flat=True),
    ]
    whole = audience.everywhere or set(tops(actor)) <= set(audience.orgs)
    more = f"等 {len(places)} 处" if len(places) > NAMED else ""
    where = _whole(actor) if whole else f"{'、'.join(places[:NAMED])}{more}的"
    posts = "、".join(POSTS[post][0] for post in audience.posts)
    words = f"{where}{posts}" if posts and (whole or places) else ""
    alone = f"{len(audience.people)} 位点名的人" if audience.people else ""
    return "，".join(part for part in (words, alone) if part) or "还没有选"


def _whole(actor: Actor) -> str:
    """Say who everybody is: 全体 for whoever reaches further than branches, else the branches by name."""
    found = list(Org.objects.filter(pk__in=tops(actor)).in_order()[: NAMED + 1])
    if len(found) > NAMED or not all(org.is_branch for org in found):
        return "全体"
    return f"{'、'.join(org.short_name for org in found)}的" if found else "全体"


def minutes_to_read(text: str) -> int:
    """Estimate the minutes that reading takes: the letters of the text at LETTERS_A_MINUTE, one at least."""
    return max(LEAST_MINUTES, -(-len(text) // LETTERS_A_MINUTE))


def _places(audience: Audience, actor: Actor) -> Q:
    """Return who belongs to a chosen place; branches are looked up by number, so that thousands of them do no harm."""
    if audience.everywhere:
        return Q()
    chosen = list(
        Org.objects.reachable(actor, NEEDS).filter(pk__in=audience.orgs).values_list("pk", "path", "kind")
    )
    wide = [path for _, path, kind in chosen if kind != Org.Kind.BRANCH]
    branches = [pk for pk, _, kind in chosen if kind == Org.Kind.BRANCH]
    zoned = ZoneBranch.objects.on(actor.day).filter(zone__in=audience.zones).values("branch")
    at_place = within("org__path", wide) | Q(org__in=branches) | Q(org__in=zoned)
    return at_place | Q(Exists(Office.objects.on(actor.day).filter(at_place, person=OuterRef("pk"))))


def _posts(posts: Iterable[str], actor: Actor) -> Q:
    wanted = [post for key in posts for post in POSTS[key][1]]
    chosen = Q(pk__in=())
    if "member" in posts:
        held = Membership.objects.counted().on(actor.day).filter(person=OuterRef("pk"))
        chosen |= Q(Exists(held))
    if wanted:
        chosen |= Q(Exists(Office.objects.on(actor.day).filter(person=OuterRef("pk"), post__in=wanted)))
    return chosen


def _ids(stored: dict[str, Any], key: str) -> tuple[int, ...]:
    found = (row_number(str(each)) for each in stored.get(key, ()))
    return tuple(each for each in found if each is not None)
