"""The tree of Party organisations: `Placement` is the truth over time, `Org.path` today's copy of it."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from dangqun.orgs.reach import Reachable, within
from dangqun.orgs.spans import Dated, DatedQuerySet


class OrgQuerySet(Reachable):
    """Reads of organisations."""

    org_path = "path"

    def open(self, on: date) -> OrgQuerySet:
        """Those that exist on that day; an unknown opening day counts as always open."""
        return self.filter(Q(opened_on=None) | Q(opened_on__lte=on), Q(closed_on=None) | Q(closed_on__gt=on))

    def branches(self) -> OrgQuerySet:
        """Only Party branches (党支部)."""
        return self.filter(kind=Org.Kind.BRANCH)

    def parks(self) -> OrgQuerySet:
        """Only parks (园区)."""
        return self.filter(kind=Org.Kind.PARK)

    def under(self, org: Org) -> OrgQuerySet:
        """That organisation and all below it today."""
        return self.filter(within("path", [org.path]))

    def above(self, org: Org) -> OrgQuerySet:
        """Those that may stand above that organisation: of a higher kind, not itself."""
        kinds = list(Org.Kind.values)
        return self.filter(kind__in=kinds[: kinds.index(org.kind)])

    def as_of(self, on: date) -> OrgQuerySet:
        """Those open on that day, each with `parent_then` (id of its parent) and `called_then` (short name) on that day."""
        placed = Placement.objects.filter(org=models.OuterRef("pk")).on(on)
        called = FormerName.objects.filter(org=models.OuterRef("pk")).on(on)
        return self.open(on).annotate(
            parent_then=models.Subquery(placed.values("parent_id")[:1]),
            called_then=Coalesce(models.Subquery(called.values("short_name")[:1]), F("short_name")),
        )

    def in_order(self) -> OrgQuerySet:
        """Organisation order: parks by number, branches by number; never by any figure."""
        return self.order_by("park_number", "number", "pk")


class Org(models.Model):
    """A Party organisation; the root is the committee (综合党委 or 工委 above it)."""

    class Kind(models.TextChoices):
        WORKING_COMMITTEE = "working_committee", "工委"
        COMMITTEE = "committee", "综合党委"
        PARK = "park", "园区"
        BRANCH = "branch", "党支部"

    class Formation(models.TextChoices):
        OWN = "own", "单独组建"
        JOINT = "joint", "联合支部"
        TEMPORARY = "temporary", "临时支部"

    kind = models.CharField("类别", max_length=20, choices=Kind)
    formation = models.CharField("组建方式", max_length=10, choices=Formation, blank=True)
    name = models.CharField("全称", max_length=100)
    short_name = models.CharField("简称", max_length=60)
    code = models.CharField("党组织编码", max_length=20, blank=True)
    sought = models.TextField("检索文字", default="", editable=False)
    number = models.PositiveIntegerField("组织序号", default=0)
    park_number = models.PositiveIntegerField(default=0)
    path = models.CharField(max_length=120, unique=True)
    can_approve_probationary = models.BooleanField("具有审批预备党员权限", default=False)
    opened_on = models.DateField("成立日期", null=True, blank=True)
    closed_on = models.DateField("撤销日期", null=True, blank=True)

    objects = OrgQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("name",), condition=Q(closed_on=None), name="org_one_open_name"),
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(opened_on=None) | Q(closed_on__gte=F("opened_on")),
                name="org_closed_after_opened",
            ),
            models.CheckConstraint(
                condition=(Q(kind="branch") & ~Q(formation="")) | (~Q(kind="branch") & Q(formation="")),
                name="org_formation_of_branches_only",
            ),
        )

    def __str__(self) -> str:
        return self.short_name

    @property
    def is_branch(self) -> bool:
        """Whether this is a Party branch."""
        return self.kind == self.Kind.BRANCH

    def next_number(self) -> int:
        """Return the number after the highest one directly below this organisation."""
        below = Placement.objects.open().filter(parent=self)
        return 1 + (below.aggregate(most=models.Max("org__number"))["most"] or 0)

    @property
    def ancestors(self) -> list[int]:
        """Ids from the root down to the parent, today."""
        return [int(part) for part in self.path.strip("/").split("/")[:-1]]


class PlacementQuerySet(DatedQuerySet):
    """Reads of placements."""


class Placement(Dated):
    """Where an organisation stood in the tree, and from when to when."""

    org = models.ForeignKey(Org, models.PROTECT, related_name="placements")
    parent = models.ForeignKey(Org, models.PROTECT, related_name="+", null=True)

    objects = PlacementQuerySet.as_manager()

    class Meta:
        constraints = (
            *Dated.constraints("placement"),
            models.UniqueConstraint(fields=("org",), condition=Q(ends_on=None), name="placement_one_open"),
        )


class FormerName(Dated):
    """A name that an organisation bore before (党组织曾用名), from when to when."""

    org = models.ForeignKey(Org, models.PROTECT, related_name="former_names")
    name = models.CharField("曾用名", max_length=100)
    short_name = models.CharField("简称", max_length=60)

    objects = DatedQuerySet.as_manager()

    class Meta:
        constraints = (
            *Dated.constraints("former_name"),
            models.CheckConstraint(condition=Q(ends_on__isnull=False), name="former_name_has_ended"),
        )
