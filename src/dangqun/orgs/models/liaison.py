"""双覆盖: liaison zones (委员联系片) and contact points (指导员联系点); both widen an actor's reach."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from dangqun.orgs.models.enterprises import Enterprise
from dangqun.orgs.models.organisations import Org
from dangqun.orgs.reach import Reachable
from dangqun.orgs.spans import Dated, DatedQuerySet


class LiaisonZone(models.Model):
    """A liaison zone (片区): some branches that one committee member looks after."""

    org = models.ForeignKey(Org, models.PROTECT, related_name="zones")
    name = models.CharField("片区", max_length=30)
    number = models.PositiveIntegerField(default=0)

    objects = Reachable.as_manager()

    class Meta:
        ordering = ("number", "pk")
        constraints = (models.UniqueConstraint(fields=("org", "name"), name="zone_one_name"),)

    def __str__(self) -> str:
        return self.name


class ZoneMember(Dated):
    """Which committee member looks after a zone; one at a time."""

    zone = models.ForeignKey(LiaisonZone, models.PROTECT, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="zones")

    objects = DatedQuerySet.as_manager()

    class Meta:
        constraints = (
            *Dated.constraints("zone_member"),
            models.UniqueConstraint(fields=("zone",), condition=Q(ends_on=None), name="zone_one_member"),
        )


class ZoneBranch(Dated):
    """Which zone a branch lies in; one at a time."""

    zone = models.ForeignKey(LiaisonZone, models.PROTECT, related_name="branches")
    branch = models.ForeignKey(Org, models.PROTECT, related_name="zone_links")

    objects = DatedQuerySet.as_manager()

    class Meta:
        constraints = (
            *Dated.constraints("zone_branch"),
            models.UniqueConstraint(fields=("branch",), condition=Q(ends_on=None), name="branch_one_zone"),
        )


class ContactPointQuerySet(DatedQuerySet, Reachable):
    """Reads of contact points."""

    org_path = "enterprise__park__path"


class ContactPoint(Dated):
    """An instructor's contact point: the enterprise visited, and its branch."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="contact_points")
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="contact_points")
    branch = models.ForeignKey(Org, models.PROTECT, related_name="contact_points", null=True)

    objects = ContactPointQuerySet.as_manager()

    class Meta:
        constraints = (
            *Dated.constraints("contact_point"),
            models.UniqueConstraint(
                fields=("user", "enterprise"), condition=Q(ends_on=None), name="contact_point_one_open"
            ),
        )
