"""What is remembered of backups and of keys that were changed."""

from __future__ import annotations

from datetime import datetime

from django.db import models


class BackupQuerySet(models.QuerySet):
    """Reads of backups."""

    def made(self) -> BackupQuerySet:
        """Those that came to a file, the newest first."""
        return self.exclude(kind=Backup.Kind.RESTORED).filter(trouble="").order_by("-at", "-pk")

    def last_at(self) -> datetime | None:
        """Return when the newest was made."""
        return self.made().values_list("at", flat=True).first()

    def last_tested_at(self) -> datetime | None:
        """Return when a test restore last went well."""
        return self.made().filter(tested=True).values_list("at", flat=True).first()


class Backup(models.Model):
    """A backup that was made (or failed: `trouble` says why), or the restore from which this platform came.

    `tested`: whether a test restore of it went well; None where none was made.
    """

    class Kind(models.TextChoices):
        NIGHTLY = "nightly", "自动备份"
        BY_HAND = "by_hand", "手工备份"
        RESTORED = "restored", "恢复"

    at = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=200)
    size = models.BigIntegerField(default=0)
    rows = models.BigIntegerField(default=0)
    files = models.BigIntegerField(default=0)
    tested = models.BooleanField(null=True)
    trouble = models.CharField(max_length=200, blank=True)

    objects = BackupQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=("-at",), name="backup_latest"),)

    def __str__(self) -> str:
        return self.name


class Rotation(models.Model):
    """A new key for a purpose, and how many values were encrypted anew with it; `ended_at` when none was left."""

    purpose = models.CharField(max_length=20)
    number = models.PositiveSmallIntegerField()
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    renewed = models.BigIntegerField(default=0)

    objects = models.Manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("purpose", "number"), name="rotation_once_a_key"),)

    def __str__(self) -> str:
        return f"{self.purpose} {self.number}"
