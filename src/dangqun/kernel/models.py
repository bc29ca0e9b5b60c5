"""The kernel's own rows: facts, their seals, the anchor of what was removed after its time; the office's workdays."""

from django.db import models

from dangqun.kernel.backup.models import Backup, Rotation

__all__ = ["Anchor", "Backup", "Fact", "Hold", "OwnDay", "OwnYear", "Removal", "Rotation", "Seal"]


class Fact(models.Model):
    """One audit row: who did what to what, and when. `text` is the canonical record that a seal covers.

    `mark` is a keyed hash of the text: a row that the platform did not write has none that fits.
    """

    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=60, blank=True)
    what = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=60)
    subject_key = models.CharField(max_length=40)
    org_path = models.CharField(max_length=120, blank=True)
    text = models.TextField()
    mark = models.CharField(max_length=32, blank=True)

    class Meta:
        indexes = (
            models.Index(fields=("subject_kind", "subject_key", "at"), name="fact_subject"),
            models.Index(fields=("at",), name="fact_at"),
            models.Index(fields=("what", "at"), name="fact_what"),
            models.Index(fields=("actor_id", "at"), name="fact_actor"),
            models.Index(fields=("org_path", "at"), name="fact_org"),
        )

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.what} {self.subject_kind}:{self.subject_key}"


class Seal(models.Model):
    """The number of a committed fact in the chain, and the chain's hash up to it; never changed.

    `mark` is a keyed hash over the row: who has the database alone cannot reckon a chain anew.
    """

    number = models.BigIntegerField(primary_key=True)
    fact_id = models.BigIntegerField(unique=True)
    at = models.DateTimeField()
    hash = models.CharField(max_length=64)
    mark = models.CharField(max_length=32)

    def __str__(self) -> str:
        return f"{self.number} {self.hash[:16]}"


class Anchor(models.Model):
    """Where the chain begins after its oldest part was removed: the number and hash of the last removed seal."""

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    hash = models.CharField(max_length=64)
    mark = models.CharField(max_length=32)

    def __str__(self) -> str:
        return f"{self.number} {self.hash[:16]}"


class OwnDay(models.Model):
    """A day that the office has set to work or to rest, over what is published; who, when and why stand with it."""

    day = models.DateField(primary_key=True)
    is_workday = models.BooleanField()
    why = models.CharField(max_length=60)
    at = models.DateTimeField()
    by_name = models.CharField(max_length=60)

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {'上班' if self.is_workday else '放假'}"


class OwnYear(models.Model):
    """A year that the office has set days in; `confirmed_at`: its arrangement is complete, nothing in it is 暂算."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    confirmed_at = models.DateTimeField(null=True)
    by_name = models.CharField(max_length=60, blank=True)

    def __str__(self) -> str:
        return f"{self.year}年"


class Hold(models.Model):
    """暂缓: a class of records, or one row of it, that must not go although its time is over."""

    code = models.CharField(max_length=30)
    row = models.CharField(max_length=40, blank=True)
    why = models.CharField(max_length=120)
    at = models.DateTimeField()
    by_name = models.CharField(max_length=60)
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("code", "row"), condition=models.Q(lifted_at=None), name="hold_once"
            ),
        )


class Removal(models.Model):
    """How many rows of a class were removed when; nothing of what they held."""

    code = models.CharField(max_length=30)
    label = models.CharField(max_length=40)
    at = models.DateTimeField()
    count = models.PositiveIntegerField()
