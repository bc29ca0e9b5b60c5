"""Grants: a user holds a role at an organisation, or for one enterprise, from when to when."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from dangqun.orgs.models.enterprises import Enterprise
from dangqun.orgs.models.organisations import Org
from dangqun.orgs.reach import Reachable
from dangqun.orgs.spans import Dated, DatedQuerySet


class GrantQuerySet(DatedQuerySet, Reachable):
    """Reads of grants."""

    def effective(self) -> GrantQuerySet:
        """Those that count: no longer waiting for the security administrator."""
        return self.filter(confirmed_at__isnull=False)

    def waiting(self) -> GrantQuerySet:
        """Those that the security administrator has still to confirm."""
        return self.filter(confirmed_at=None, ends_on=None)


class Grant(Dated):
    """A role held at an organisation (and all below it), or for one enterprise.

    Grants that follow from a membership or an office are confirmed at once; staff roles wait for 安全管理员
    (domain.md §1.9, separation of administrators).
    """

    class Source(models.TextChoices):
        MEMBERSHIP = "membership", "党籍"
        OFFICE = "office", "任职"
        STAFF = "staff", "授权"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="grants")
    org = models.ForeignKey(Org, models.PROTECT, related_name="grants", null=True)
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="grants", null=True)
    role = models.CharField(max_length=30)
    source = models.CharField(max_length=12, choices=Source)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True)
    confirmed_at = models.DateTimeField(null=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        constraints = (
            *Dated.constraints("grant"),
            models.CheckConstraint(
                condition=Q(org=None, enterprise__isnull=False) | Q(org__isnull=False, enterprise=None),
                name="grant_org_or_enterprise",
            ),
            models.UniqueConstraint(
                fields=("user", "role", "org"),
                condition=Q(ends_on=None, enterprise=None),
                name="grant_one_open_at_org",
            ),
            models.UniqueConstraint(
                fields=("user", "role", "enterprise"),
                condition=Q(ends_on=None, org=None),
                name="grant_one_open_for_enterprise",
            ),
            models.UniqueConstraint(
                fields=("user",),
                condition=Q(
                    ends_on=None,
                    confirmed_at__isnull=False,
                    role__in=("system_admin", "security_admin", "auditor"),
                ),
                name="grant_one_administrator",
            ),
        )
