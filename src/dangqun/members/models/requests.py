"""更正申请: what a person asks to have corrected and may not change herself, since it needs proof (PIPL §46)."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models

from dangqun.kernel.crypto import EncryptedField, mask_id
from dangqun.members.models.people import Person
from dangqun.orgs.reach import Reachable

if TYPE_CHECKING:
    from dangqun.orgs.access import Actor


class CorrectionRequestQuerySet(Reachable):
    """Reads of requests."""

    org_path = "person__org__path"

    def own(self, actor: Actor) -> CorrectionRequestQuerySet:
        """Those of the person behind the account."""
        return self.filter(person__account=actor.user)

    def open(self) -> CorrectionRequestQuerySet:
        """Those neither decided nor taken back."""
        return self.filter(outcome="")


class CorrectionRequest(models.Model):
    """One field of one person, what it should be, why; and what the office decided."""

    class Field(models.TextChoices):
        NAME = "name", "姓名"
        ID_NUMBER = "id_number", "公民身份号码"
        SEX = "sex", "性别"
        BORN_ON = "born_on", "出生日期"
        ETHNICITY = "ethnicity", "民族"
        JOINED_ON = "joined_on", "入党日期"
        FULL_ON = "full_on", "转正日期"

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", "已采纳"
        DECLINED = "declined", "没有采纳"
        WITHDRAWN = "withdrawn", "已撤回"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="correction_requests")
    field = models.CharField("更正哪一项", max_length=12, choices=Field)
    value = EncryptedField(purpose="identity", mask=mask_id, verbose_name="应当是")
    note = models.CharField("依据", max_length=200)
    asked_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    answer = models.CharField("答复", max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True)

    objects = CorrectionRequestQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("person", "field"),
                condition=models.Q(outcome=""),
                name="correction_request_one_open",
            ),
            models.CheckConstraint(
                condition=~models.Q(outcome="declined") | ~models.Q(answer=""),
                name="correction_request_declined_with_reason",
            ),
        )

    @property
    def is_secret(self) -> bool:
        """Whether its value is shown masked."""
        return self.field == self.Field.ID_NUMBER

    @property
    def shown(self) -> str:
        """Return what it should be as a page shows it: an ID number masked, all else as it is."""
        return str(self.value) if self.is_secret else self.clear_value

    @property
    def clear_value(self) -> str:
        """Return what it should be, in full; raises RuleBroken when it was damaged."""
        sealed: Any = self.value
        return str(sealed.open_or_say())
