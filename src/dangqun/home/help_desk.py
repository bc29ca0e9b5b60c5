"""服务: whom to turn to, from what the roster already knows."""

from __future__ import annotations

from dataclasses import dataclass

from dangqun.members.models import Office, Person
from dangqun.orgs.access import Actor
from dangqun.orgs.models import ContactPoint, ZoneMember
from dangqun.orgs.spans import during


@dataclass(frozen=True)
class Helper:
    """Somebody to turn to: what for, who, in which post."""

    matter: str
    name: str
    post: str
    user_id: int | None


def whom_to_ask(actor: Actor) -> list[Helper]:
    """Return secretary, instructor, zone member and office of the actor's own branch, as far as they are known."""
    person = Person.objects.of_account(actor).select_related("org").first()
    if person is None:
        return []
    return [
        *_branch(person, actor),
        *_instructors(person, actor),
        *_zone(person, actor),
        *_office(person, actor),
    ]


def _branch(person: Person, actor: Actor) -> list[Helper]:
    offices = (
        Office.objects.on(actor.day)
        .filter(org=person.org, post__in=(Office.Post.SECRETARY, Office.Post.DEPUTY))
        .select_related("person", "org")
        .order_by("post", "pk")
    )
    matter = "组织生活、组织关系、激活码、信息更正"
    found = [Helper(matter, o.person.name, f"{o.org}{o}", o.person.account_id) for o in offices]
    return sorted(found, key=lambda each: "副" in each.post)


def _instructors(person: Person, actor: Actor) -> list[Helper]:
    points = (
        ContactPoint.objects.on(actor.day)
        .filter(enterprise_id=person.enterprise_id)
        .select_related("user", "enterprise")
    )
    return [
        Helper("企业党建、走访联系", point.user.name, f"党建指导员，联系{point.enterprise}", point.user_id)
        for point in points
    ]


def _zone(person: Person, actor: Actor) -> list[Helper]:
    given = (
        ZoneMember.objects.on(actor.day)
        .filter(during(actor.day, "zone__branches__"), zone__branches__branch=person.org)
        .select_related("user", "zone")
    )
    return [
        Helper("支部解决不了的事", each.user.name, f"党委委员，联系{each.zone}", each.user_id)
        for each in given
    ]


def _office(person: Person, actor: Actor) -> list[Helper]:
    root = person.org.path.strip("/").split("/")[0]
    posts = (Office.Post.OFFICE_HEAD, Office.Post.OFFICE_CLERK)
    offices = (
        Office.objects.on(actor.day)
        .filter(org_id=int(root), post__in=posts)
        .select_related("person", "org")
        .order_by("-post", "pk")
    )
    return [Helper("名册、通知、平台使用", o.person.name, str(o), o.person.account_id) for o in offices]
