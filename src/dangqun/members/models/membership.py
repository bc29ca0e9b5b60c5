"""Party membership as dated states: nothing is deleted, a leaving has a 减少原因 (domain.md §4.11)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from dangqun.members.models.people import Person
from dangqun.orgs.models import Org
from dangqun.orgs.reach import Reachable
from dangqun.orgs.spans import Dated, DatedQuerySet


class MembershipQuerySet(DatedQuerySet, Reachable):
    """Reads of memberships."""

    org_path = "branch__path"

    def counted(self) -> MembershipQuerySet:
        """States that count as a Party member of the branch: full and probationary."""
        return self.filter(state__in=(Membership.State.FULL, Membership.State.PROBATIONARY))


class Membership(Dated):
    """One state of one member in one branch, from when to when; at most one is open a person."""

    class State(models.TextChoices):
        PROBATIONARY = "probationary", "预备党员"
        FULL = "full", "正式党员"
        SUSPENDED = "suspended", "停止党籍"

    class Reason(models.TextChoices):
        CONFIRMED = "confirmed", "转为正式党员"
        TRANSFERRED = "transferred", "组织关系转出"
        MOVED = "moved", "转到本区其他支部"
        DIED = "died", "去世"
        LEFT_PARTY = "left_party", "出党"
        SUSPENDED = "suspended", "停止党籍"
        REORGANISED = "reorganised", "支部调整"
        RESTORED = "restored", "恢复党籍"

    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships")
    branch = models.ForeignKey(Org, models.PROTECT, related_name="memberships")
    state = models.CharField("人员类别", max_length=12, choices=State)
    ended_reason = models.CharField("减少原因", max_length=12, choices=Reason, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = (
            *Dated.constraints("membership"),
            models.UniqueConstraint(
                fields=("person",), condition=Q(ends_on=None), name="membership_one_open"
            ),
            models.CheckConstraint(
                condition=(Q(ends_on=None) & Q(ended_reason=""))
                | (Q(ends_on__isnull=False) & ~Q(ended_reason="")),
                name="membership_end_has_reason",
            ),
        )
        indexes = (models.Index(fields=("branch", "ends_on"), name="membership_of_branch"),)
