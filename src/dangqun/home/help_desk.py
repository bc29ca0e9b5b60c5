"""服务: whom to turn to, what for, in which order; from what the roster already knows, a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.urls import reverse

from dangqun.members.models import Office, Person
from dangqun.orgs.access import Actor
from dangqun.orgs.models import ContactPoint, Org, ZoneMember
from dangqun.orgs.spans import during

BRANCH, VISITS, ZONE, OFFICE = "branch", "visits", "zone", "office"
Post = Office.Post


@dataclass(frozen=True)
class Helper:
    """Somebody to turn to. `phone` is masked and only there for who may read that person; `url` likewise."""

    name: str
    post: str
    person: int | None
    phone: str = ""
    url: str = ""


@dataclass
class Step:
    """One place to ask: who sits there, and what they can do; `missing` says why nobody is listed."""

    key: str
    title: str
    matters: tuple[str, ...]
    helpers: list[Helper] = field(default_factory=list)
    missing: str = ""
    place: Org | None = None


def steps(actor: Actor) -> list[Step]:
    """Return the places to ask in order, for the branch and enterprise of the actor; empty without a person."""
    me = Person.objects.of_account(actor).select_related("org", "enterprise").first()
    if me is None:
        return []
    found = [_office(me, actor)]
    if me.org.is_branch:
        found = [_branch(me, actor), _visits(me, actor), _zone(me, actor), *found]
    return [step for step in found if step.helpers or step.missing]


def _branch(me: Person, actor: Actor) -> Step:
    matters = ("激活码、登录不上", "个人信息有错", "组织生活、党费", "组织关系转接")
    team = (
        Office.objects.on(actor.day)
        .filter(org=me.org, post__in=(Post.SECRETARY, Post.DEPUTY))
        .select_related("person__org")
        .in_order()
    )
    helpers = [_helper(office.person, str(office), actor) for office in team]
    led = any(office.post == Post.SECRETARY for office in team)
    missing = "" if led else "该支部尚无书记，可以先找综合党委办公室。"
    place = me.org if actor.covers("orgs.read", me.org.path) else None
    return Step(BRANCH, "先找本支部", matters, helpers, missing, place)


def _visits(me: Person, actor: Actor) -> Step:
    points = (
        ContactPoint.objects.on(actor.day)
        .filter(enterprise_id=me.enterprise_id)
        .select_related("user__person__org", "enterprise")
        .order_by("pk")
    )
    matters = ("企业党建怎么开展", "走访联系、反映情况", "发展党员的手续")
    helpers = [
        _helper_of(point.user, f"党建指导员，联系{point.enterprise.short_name}", actor) for point in points
    ]
    return Step(VISITS, "找党建指导员", matters, helpers)


def _zone(me: Person, actor: Actor) -> Step:
    given = (
        ZoneMember.objects.on(actor.day)
        .filter(during(actor.day, "zone__branches__"), zone__branches__branch=me.org)
        .select_related("user__person__org", "zone")
        .order_by("pk")
    )
    helpers = [_helper_of(each.user, f"党委委员，联系{each.zone}", actor) for each in given]
    return Step(ZONE, "找联系委员", ("支部解决不了的事", "几家企业之间的事", "对支部工作的意见"), helpers)


def _office(me: Person, actor: Actor) -> Step:
    root = int(me.org.path.strip("/").split("/")[0])
    posts = (Post.OFFICE_HEAD, Post.OFFICE_CLERK)
    offices = (
        Office.objects.on(actor.day)
        .filter(org_id=root, post__in=posts)
        .select_related("person__org")
        .in_order()
    )
    helpers = [_helper(office.person, str(office), actor) for office in offices]
    matters = ("名册、通知、平台怎么用", "成立支部、换届、片区", "转入转出本区")
    missing = "" if helpers else "办公室人员还没有录入，请到党群服务中心咨询。"
    return Step(OFFICE, "找综合党委办公室", matters, helpers, missing)


def _helper_of(user: object, post: str, actor: Actor) -> Helper:
    person = getattr(user, "person", None)
    return _helper(person, post, actor) if person else Helper(str(user), post, None)


def _helper(person: Person, post: str, actor: Actor) -> Helper:
    if not actor.covers("members.read", person.org.path):
        return Helper(person.name, post, person.pk)
    phone = str(person.mobile) if person.mobile else ""
    return Helper(person.name, post, person.pk, phone, reverse("person", args=(person.pk,)))
