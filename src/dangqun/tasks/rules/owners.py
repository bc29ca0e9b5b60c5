"""Who has a branch's task: its secretary, else a deputy, else nobody yet; and what becomes of it when she leaves.

Wired to the facts of members and accounts, in the same transaction: nothing waits for a daily run.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from dangqun.kernel.calendars import today
from dangqun.kernel.rules import verb
from dangqun.members.models import Membership, Office, Person
from dangqun.orgs.models import Org
from dangqun.tasks.models import Assignment
from dangqun.tasks.rules.steps import tell, turn

LEADING = (Office.Post.SECRETARY, Office.Post.DEPUTY)


def leaders(branches: Collection[int]) -> dict[int, Person]:
    """Return who leads each of these branches: the secretary, else the first deputy; left out where there is neither."""
    offices = Office.objects.open().filter(org__in=branches, post__in=LEADING)
    offices = offices.exclude(person__account__is_active=False).select_related("person__account")
    found: dict[int, Person] = {}
    for office in offices.in_order():
        found.setdefault(office.org_id, office.person)
    return found


def may_own(branch: Org) -> QuerySet[Person]:
    """Return who may have a task of a branch: its members and its team, unless the account is closed."""
    member = Membership.objects.counted().on(today()).filter(branch=branch, person=OuterRef("pk"))
    in_team = Office.objects.open().of_branch().filter(org=branch, person=OuterRef("pk"))
    people = Person.objects.filter(Exists(member) | Exists(in_team))
    return people.exclude(account__is_active=False)


def successors(assignment: Assignment) -> QuerySet[Person]:
    """Return to whom a task may be handed over: others of the branch who can sign in."""
    people = may_own(assignment.branch).filter(account__activated_at__isnull=False)
    others = people.exclude(pk=assignment.owner_id) if assignment.owner_id else people
    return others.order_by("stroke_key", "pk")


@verb
def settle_owners(person: Person, *, by: Any) -> None:
    """Give every open task that this person's posts or leaving concern to whom it belongs today.

    What came with a post follows the post; what was handed over goes back to it once the person is gone. The answer
    that was begun lies with the assignment and goes along.
    """
    led = Office.objects.filter(person=person, post__in=LEADING).values("org")
    touched = Assignment.objects.open().filter(Q(owner=person) | Q(by_post=True, branch__in=led))
    rows = list(touched.select_related("task", "branch", "owner__account").select_for_update(of=("self",)))
    give_where_they_belong(rows, by=by)


@verb
def give_where_they_belong(rows: Collection[Assignment], *, by: Any) -> None:
    """Give each of these whose owner is not the one to do it any more to whoever leads its branch today."""
    heads = leaders({each.branch_id for each in rows}) if rows else {}
    for each in rows:
        if not each.by_post and each.owner and may_own(each.branch).filter(pk=each.owner.pk).exists():
            continue
        head = heads.get(each.branch_id)
        if (head and head.pk) != each.owner_id or not each.by_post:
            _pass_on(each, head, by=by)


def _pass_on(assignment: Assignment, to: Person | None, *, by: Any) -> None:
    """Give one assignment to whoever leads the branch now, and tell both."""
    why = f"{assignment.owner or '还没有负责人'} → {to or '支部尚无书记'}"
    before = assignment.owner and assignment.owner.account_id
    turn([assignment], "passed_on", by=by, why=why, changes={"owner": to, "by_post": True})
    tell([assignment], before)
