"""The kernel's own rows: facts, and files kept for a while."""

from django.db import models


class Fact(models.Model):
    """One audit row: who did what to what, and when. `text` is the canonical record that a seal will cover."""

    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=60, blank=True)
    what = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=60)
    subject_key = models.CharField(max_length=40)
    org_path = models.CharField(max_length=120, blank=True)
    text = models.TextField()

    class Meta:
        indexes = (
            models.Index(fields=("subject_kind", "subject_key", "at"), name="fact_subject"),
            models.Index(fields=("at",), name="fact_at"),
        )

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.what} {self.subject_kind}:{self.subject_key}"
