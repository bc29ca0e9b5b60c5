"""The account of a person, and the grants that follow from memberships and offices."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.utils import IntegrityError
from django.utils import timezone

from dangqun.accounts.rules import end_with_powers
from dangqun.kernel.calendars import today
from dangqun.kernel.facts import record
from dangqun.kernel.names import username_stem
from dangqun.kernel.rules import verb
from dangqun.members.models import Office, Person
from dangqun.orgs.models import ContactPoint, Grant, ZoneMember
from dangqun.orgs.rules import refuse_mixed

# Which role an office brings at once. Staff posts of the committee are only proposed: 安全管理员 confirms them.
POST_ROLES = {
    Office.Post.SECRETARY: "secretary",
    Office.Post.DEPUTY: "secretary",
    Office.Post.ENTERPRISE_CONTACT: "enterprise_rep",
}
STAFF_POST_ROLES = {
    Office.Post.COMMITTEE_SECRETARY: "committee_member",
    Office.Post.COMMITTEE_DEPUTY: "committee_member",
    Office.Post.OFFICE_HEAD: "office",
    Office.Post.OFFICE_CLERK: "office",
}

# What a post widens its holder's reach by, besides a role.
ASSIGNMENTS: dict[Office.Post, Any] = {
    Office.Post.COMMITTEE_MEMBER: ZoneMember,
    Office.Post.INSTRUCTOR: ContactPoint,
}
LONGEST_STEM = 34  # of 40 characters; the rest is a number for people of the same name

Wanted = tuple[str, int | None, int | None, str]  # role, org, enterprise, source


def for_her_person(reaction: Callable[..., Any]) -> Callable[..., None]:
    """Return a reaction to what befalls an account that reacts for the person behind it, if there is one (wiring)."""

    def reacted(account: Any, *, by: Any) -> None:
        for person in Person.objects.filter(account=account):
            reaction(person, by=by)

    return reacted


@verb
def account_for(person: Person, *, by: Any) -> Any:
    """Return the person's account, made now if there was none; it cannot sign in before activation."""
    if person.account_id:
        return person.account
    person.account = _new_user(person)
    person.save(update_fields=["account"])
    record("accounts.opened", person, by=by, changes={"username": [None, person.account.username]})
    settle_grants(person, by=by)
    return person.account


@verb
def settle_grants(person: Person, *, by: Any, left: Office | None = None) -> None:
    """Make the grants of an account equal to what memberships and offices give today, and record what changed.

    What was granted by hand is not touched, but for the staff role, zones and contact points that `left` had brought.
    """
    if not person.account_id:
        return
    wanted = set(_wanted(person))
    held = {
        (g.role, g.org_id, g.enterprise_id, g.source): g
        for g in Grant.objects.filter(user=person.account).open().exclude(source=Grant.Source.STAFF)
    }
    gone = {key: grant for key, grant in held.items() if key not in wanted}
    Grant.objects.filter(pk__in=[grant.pk for grant in gone.values()]).update(ends_on=today())
    given = wanted - held.keys()
    _give(person, given, by)
    lost = sorted({key[0] for key in gone} | _lay_down(person, left))
    if lost or given:
        changes = {"roles": [lost, sorted({key[0] for key in given})]}
        record("accounts.roles_changed", person, by=by, changes=changes)
    if lost:
        account: Any = person.account
        end_with_powers(account, lost=lost, by=by)


@verb
def propose_staff_grant(person: Person, role: str, org: Any, *, by: Any) -> Grant:
    """Propose a staff role; it counts only when the security administrator has confirmed it."""
    user = account_for(person, by=by)
    grant, new = Grant.objects.get_or_create(
        user=user,
        role=role,
        org=org,
        enterprise=None,
        ends_on=None,
        defaults={"source": Grant.Source.STAFF, "starts_on": today(), "proposed_by": by},
    )
    if new:
        record("members.role_proposed", user, by=by, org=org, changes={"role": [None, role]})
    return grant


def _lay_down(person: Person, left: Office | None) -> set[str]:
    """End the staff role, zones and contact points that a post had brought, unless another post still does."""
    if left is None:
        return set()
    posts = set(person.offices.open().filter(org=left.org).values_list("post", flat=True))
    role = STAFF_POST_ROLES.get(Office.Post(left.post))
    ended = set()
    if role and role not in {STAFF_POST_ROLES.get(Office.Post(post)) for post in posts}:
        held = Grant.objects.filter(user=person.account, role=role, org=left.org, source=Grant.Source.STAFF)
        ended |= {role} if held.open().update(ends_on=today()) else set()
    for post, assignments in ASSIGNMENTS.items():
        if left.post == post and post not in posts:
            mine = assignments.objects.filter(user=person.account).open()
            ended |= {str(post)} if mine.update(ends_on=today()) else set()
    return ended


def _wanted(person: Person) -> Iterable[Wanted]:
    for membership in person.memberships.open().counted():
        yield "member", membership.branch_id, None, Grant.Source.MEMBERSHIP
    for office in person.offices.open():
        role = POST_ROLES.get(Office.Post(office.post))
        if role and office.post == Office.Post.ENTERPRISE_CONTACT:
            yield role, None, office.enterprise_id, Grant.Source.OFFICE
        elif role:
            yield role, office.org_id, None, Grant.Source.OFFICE


def _give(person: Person, wanted: set[Wanted], by: Any) -> None:
    for role in sorted({role for role, *_ in wanted}):
        refuse_mixed(person.account, role)
    Grant.objects.bulk_create(
        Grant(
            user_id=person.account_id,  # type: ignore[misc]  # whoever is given a role has an account
            role=role,
            org_id=org,
            enterprise_id=enterprise,
            source=source,
            starts_on=today(),
            confirmed_at=timezone.now(),
            confirmed_by=by,
        )
        for role, org, enterprise, source in sorted(wanted, key=str)
    )


def _new_user(person: Person) -> Any:
    users = get_user_model()
    letters = "".join(filter(str.isalpha, username_stem(person.name).lower()))
    stem = letters[:LONGEST_STEM] or "yonghu"
    taken = set(users.objects.filter(username__startswith=stem).values_list("username", flat=True))
    number = 1
    while True:
        name = stem if number == 1 else f"{stem}{number}"
        number += 1
        if name in taken:
            continue
        user = users(username=name, name=person.name, mobile_index=person.mobile_index)
        user.set_unusable_password()
        try:
            with transaction.atomic():
                user.save()
        except IntegrityError:
            continue
        return user
