"""查看: one sensitive value of one person, opened for one user for minutes and for a reason (domain.md §1.8, §1.9)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

from dangqun.members.models.people import Person
from dangqun.orgs.reach import Reachable

if TYPE_CHECKING:
    from dangqun.orgs.access import Actor


class RevealQuerySet(Reachable):
    """Reads of reveals."""

    org_path = "person__org__path"

    def own(self, actor: Actor) -> RevealQuerySet:
        """Those that the actor made."""
        return self.filter(user=actor.user)

    def open(self, at: datetime) -> RevealQuerySet:
        """Those whose minutes are not over."""
        return self.filter(until__gt=at)


class Reveal(models.Model):
    """Who may see which value of whom in clear, from when until when; 遮回 moves the end forward."""

    class Field(models.TextChoices):
        MOBILE = "mobile", "手机号码"
        ID_NUMBER = "id_number", "公民身份号码"
        ADDRESS = "address", "现居住地"

    person = models.ForeignKey(Person, models.PROTECT, related_name="reveals")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="reveals")
    field = models.CharField(max_length=10, choices=Field)
    reason = models.CharField("理由", max_length=120)
    at = models.DateTimeField()
    until = models.DateTimeField()

    objects = RevealQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=("user", "person", "until"), name="reveal_of_user"),)
        constraints = (
            models.CheckConstraint(condition=~models.Q(reason=""), name="reveal_has_reason"),
            models.CheckConstraint(
                condition=models.Q(until__gte=models.F("at")), name="reveal_ends_after_it_began"
            ),
        )
