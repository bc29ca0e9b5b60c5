"""Imports of workbooks: what was uploaded, how its columns were read, what was put right by hand, what came of it."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models

from dangqun.kernel.crypto import EncryptedField
from dangqun.orgs.models import Org
from dangqun.orgs.reach import Reachable


class ImportQuerySet(Reachable):
    """Reads of imports."""

    def underway(self, at: datetime) -> ImportQuerySet:
        """Those uploaded, neither stored nor given up, whose file is still kept."""
        return self.filter(done_at=None, dropped_at=None, expires_at__gt=at)

    def done(self) -> ImportQuerySet:
        """Those that were stored, newest first."""
        return self.filter(done_at__isnull=False).order_by("-done_at", "-pk")


class Import(models.Model):
    """One workbook on its way in. The file and its preview lie encrypted in kernel.files until `expires_at`.

    `columns` maps a sheet to {column index: field or ""}; `fixes` is JSON in clear text, encrypted at rest, since it
    holds what a person typed in place of a faulty cell.
    """

    class Kind(models.TextChoices):
        ORGANISATIONS = "organisations", "企业和支部"
        MEMBERS = "members", "党员"
        OFFICERS = "officers", "班子和指导员"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=16, choices=Kind)
    org = models.ForeignKey(Org, models.PROTECT, related_name="imports")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    filename = models.CharField(max_length=150)
    file_key = models.CharField(max_length=64)
    preview_key = models.CharField(max_length=64, blank=True)
    columns = models.JSONField(default=dict)
    columns_settled = models.BooleanField(default=False)
    fixes = EncryptedField(purpose="identity")
    strict = models.BooleanField(default=False)
    figures = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=("org", "kind", "done_at"), name="import_of_org"),)

    def __str__(self) -> str:
        return self.filename


class LearnedColumn(models.Model):
    """Which field an organisation means by a heading, learned when a person chose it; "" = not imported."""

    org = models.ForeignKey(Org, models.CASCADE, related_name="learned_columns")
    kind = models.CharField(max_length=16, choices=Import.Kind)
    heading = models.CharField(max_length=100)
    field = models.CharField(max_length=30, blank=True)

    objects = Reachable.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("org", "kind", "heading"), name="learned_column_once"),
        )


class LearnedBranch(models.Model):
    """Which branch an organisation means by a name that no branch has, learned when a person chose it in an import."""

    org = models.ForeignKey(Org, models.CASCADE, related_name="learned_branches")
    written = models.CharField(max_length=100)
    branch = models.ForeignKey(Org, models.CASCADE, related_name="+")

    objects = Reachable.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("org", "written"), name="learned_branch_once"),)
