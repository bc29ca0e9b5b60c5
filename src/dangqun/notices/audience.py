"""Who a notice is for: organisations, posts, liaison zones, single people, within the author's reach."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

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


@dataclass(frozen=True)
class Audience:
    """What was chosen: places (organisations, zones; none: all within reach), posts there, and single people."""

    orgs: tuple[int, ...] = ()
    zones: tuple[int, ...] = ()
    posts: tuple[str, ...] = ("member",)
    people: tuple[int, ...] = field(default=())

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Audience:
        """Return the audience kept with a notice; nonsense in it is dropped."""
        posts = tuple(post for post in stored.get("posts", ()) if post in POSTS)
        return cls(_ids(stored, "orgs"), _ids(stored, "zones"), posts, _ids(stored, "people"))

    def stored(self) -> dict[str, Any]:
        """Return it as kept with a notice."""
        return {
            "orgs": list(self.orgs),
            "zones": list(self.zones),
            "posts": list(self.posts),
            "people": list(self.people),
        }


def receivers(audience: Audience, actor: Actor) -> QuerySet[Person]:
    """Return the people meant, each once, all within the actor's reach."""
    chosen = Q(pk__in=())
    if audience.posts:
        chosen |= _places(audience, actor) & _posts(audience.posts, actor)
    if audience.people:
        chosen |= Q(pk__in=audience.people)
    return Person.objects.reachable(actor, NEEDS).filter(chosen)


def in_words(audience: Audience, actor: Actor) -> str:
    """Say whom a notice is for: 连城园区、第一片区的党员、支部书记，另有 2 人."""
    places = [
        *Org.objects.reachable(actor, NEEDS)
        .filter(pk__in=audience.orgs)
        .in_order()
        .values_list("short_name", flat=True),
        *LiaisonZone.objects.filter(pk__in=audience.zones).values_list("name", flat=True),
    ]
    posts = "、".join(POSTS[post][0] for post in audience.posts)
    words = f"{'、'.join(places) or '全部'}的{posts}" if posts else ""
    alone = f"{len(audience.people)} 位点名的人" if audience.people else ""
    return "，".join(part for part in (words, alone) if part) or "还没有选"


def minutes_to_read(text: str) -> int:
    """Estimate the minutes that reading takes: the letters of the text at LETTERS_A_MINUTE, one at least."""
    return max(LEAST_MINUTES, -(-len(text) // LETTERS_A_MINUTE))


def _places(audience: Audience, actor: Actor) -> Q:
    if not audience.orgs and not audience.zones:
        return Q()
    chosen = Org.objects.reachable(actor, NEEDS).filter(pk__in=audience.orgs)
    paths = list(chosen.values_list("path", flat=True))
    zoned = ZoneBranch.objects.on(actor.day).filter(zone__in=audience.zones)
    at_org = within("org__path", paths) | Q(org__in=zoned.values("branch"))
    return at_org | Q(
        Exists(
            Office.objects.on(actor.day).filter(
                within("org__path", paths) | Q(org__in=zoned.values("branch")), person=OuterRef("pk")
            )
        )
    )


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
    return tuple(int(each) for each in stored.get(key, ()) if str(each).isdecimal() and len(str(each)) < 19)
