"""What was printed: kind, subject, the choice of its rows, digest of the content, when and by whom."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from dangqun.orgs.access import SIGNED_IN
from dangqun.orgs.models import Org
from dangqun.orgs.reach import Reachable

if TYPE_CHECKING:
    from dangqun.orgs.access import Actor


def reach_mark(actor: Actor, permission: str) -> str:
    """Return 64 hex digits that stand for how far somebody reaches with a permission today."""
    return hashlib.sha256("|".join(actor.paths(permission)).encode()).hexdigest()


class PaperQuerySet(Reachable):
    """Reads of papers."""

    def own(self, actor: Actor) -> PaperQuerySet:
        """Those that the actor printed and might print today: under permissions that still reach as far as then."""
        mine = self.filter(by=actor.user)
        same = Q(pk=None)
        for needs in mine.exclude(needs="").order_by().values_list("needs", flat=True).distinct():
            if needs == SIGNED_IN or actor.can(needs):
                same |= Q(needs=needs, reach=reach_mark(actor, needs))
        return mine.filter(same)

    def later_than(self, paper: Paper) -> PaperQuerySet:
        """Those printed later of the same subject and the same choice, whose content was another one."""
        same = self.filter(kind=paper.kind, subject=paper.subject, scope_mark=paper.scope_mark)
        return same.filter(issued_at__gt=paper.issued_at).exclude(digest=paper.digest)


class Paper(models.Model):
    """One printing. `scope` is the choice that its rows came from; `file_key` holds what the worker made, for 24 h.

    `needs` and `reach` say under which permission it was printed, and how far that reached.
    """

    class Form(models.TextChoices):
        PDF = "pdf", "PDF"
        DOCX = "docx", "Word"

    code = models.CharField("编号", max_length=19, unique=True)
    kind = models.CharField(max_length=30)
    subject = models.CharField(max_length=40, blank=True)
    scope = models.JSONField(default=dict)
    scope_mark = models.CharField(max_length=64)
    needs = models.CharField(max_length=40, blank=True)
    reach = models.CharField(max_length=64, blank=True)
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
            models.Index(fields=("by", "issued_at"), name="paper_lately"),
        )

    def __str__(self) -> str:
        return self.title
