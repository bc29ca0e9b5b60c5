"""What was printed: kind, subject, the choice of its rows, digest of the content, when and by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

from dangqun.orgs.models import Org
from dangqun.orgs.reach import Reachable

if TYPE_CHECKING:
    from dangqun.orgs.access import Actor


class PaperQuerySet(Reachable):
    """Reads of papers."""

    def own(self, actor: Actor) -> PaperQuerySet:
        """Those that the actor printed."""
        return self.filter(by=actor.user)

    def later_than(self, paper: Paper) -> PaperQuerySet:
        """Those printed later of the same subject and the same choice, whose content was another one."""
        same = self.filter(kind=paper.kind, subject=paper.subject, scope_mark=paper.scope_mark)
        return same.filter(issued_at__gt=paper.issued_at).exclude(digest=paper.digest)


class Paper(models.Model):
    """One printing. `scope` is the choice that its rows came from; `file_key` holds what the worker made, for 24 h."""

    class Form(models.TextChoices):
        PDF = "pdf", "PDF"
        DOCX = "docx", "Word"

    code = models.CharField("编号", max_length=19, unique=True)
    kind = models.CharField(max_length=30)
    subject = models.CharField(max_length=40, blank=True)
    scope = models.JSONField(default=dict)
    scope_mark = models.CharField(max_length=64)
    form = models.CharField(max_length=4, choices=Form)
    title = models.CharField(max_length=150)
    org = models.ForeignKey(Org, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    rows = models.PositiveIntegerField(default=0)
    head = models.CharField("审计链首", max_length=80, blank=True)
    address = models.CharField(max_length=200)
    file_key = models.CharField(max_length=64, blank=True)

    objects = PaperQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=("kind", "subject", "scope_mark", "issued_at"), name="paper_of_subject"),
        )

    def __str__(self) -> str:
        return self.title
