"""Enterprises of the zone; each belongs to a park and, over time, to branches (many-to-many)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef, Q

from dangqun.orgs.models.organisations import Org
from dangqun.orgs.reach import Reachable, within
from dangqun.orgs.spans import Dated, DatedQuerySet

if TYPE_CHECKING:
    from dangqun.orgs.access import Actor


class EnterpriseQuerySet(Reachable):
    """Reads of enterprises."""

    org_path = "park__path"

    def reachable(self, actor: Actor, permission: str) -> EnterpriseQuerySet:
        """Those of a park within reach, of a branch within reach, or the one that the actor represents."""
        paths = actor.paths(permission)
        covered = EnterpriseBranch.objects.on(actor.day).filter(within("branch__path", paths))
        return self.filter(
            within("park__path", paths)
            | Q(pk__in=actor.enterprises(permission))
            | Q(pk__in=covered.values("enterprise"))
        )

    def covered(self, on: date) -> EnterpriseQuerySet:
        """Those with an own or joint branch on that day (组织覆盖)."""
        return self.filter(Exists(EnterpriseBranch.objects.filter(enterprise=OuterRef("pk")).on(on)))

    def uncovered(self, on: date) -> EnterpriseQuerySet:
        """Those that no branch covers on that day."""
        return self.exclude(pk__in=EnterpriseBranch.objects.on(on).values("enterprise"))

    def open(self, on: date) -> EnterpriseQuerySet:
        """Those in the zone on that day."""
        return self.filter(Q(left_on=None) | Q(left_on__gt=on))


class Enterprise(models.Model):
    """A non-public enterprise (非公企业)."""

    name = models.CharField("企业名称", max_length=100)
    short_name = models.CharField("简称", max_length=60)
    sought = models.TextField("检索文字", default="", editable=False)
    credit_code = models.CharField("统一社会信用代码", max_length=18, unique=True, null=True, blank=True)
    park = models.ForeignKey(Org, models.PROTECT, related_name="enterprises", verbose_name="所在园区")
    number = models.PositiveIntegerField("序号", default=0)
    employees = models.PositiveIntegerField("职工人数", null=True, blank=True)
    output_cents = models.BigIntegerField("年产值（分）", null=True, blank=True)
    tax_cents = models.BigIntegerField("年纳税（分）", null=True, blank=True)
    left_on = models.DateField("迁出日期", null=True, blank=True)

    objects = EnterpriseQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("name",), condition=Q(left_on=None), name="enterprise_one_open_name"
            ),
        )

    def __str__(self) -> str:
        return self.name

    def branch_on(self, day: date) -> Org | None:
        """Return the branch that covers it on that day; the first one of several."""
        link = self.branch_links.on(day).select_related("branch").order_by("pk").first()
        return link.branch if link else None


class EnterpriseBranch(Dated):
    """That an enterprise is covered by a branch, from when to when."""

    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="branch_links")
    branch = models.ForeignKey(Org, models.PROTECT, related_name="enterprise_links")

    objects = DatedQuerySet.as_manager()

    class Meta:
        constraints = (
            *Dated.constraints("enterprise_branch"),
            models.UniqueConstraint(
                fields=("enterprise", "branch"), condition=Q(ends_on=None), name="enterprise_branch_one_open"
            ),
        )
