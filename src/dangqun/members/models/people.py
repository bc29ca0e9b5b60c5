"""Persons: one row for each human being, whatever faces she has (member, officer, staff, HR, …)."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from dangqun.kernel.crypto import EncryptedField, mask_id, mask_phone, mask_text
from dangqun.orgs.models import Enterprise, Grant, Org
from dangqun.orgs.reach import Reachable, within

if TYPE_CHECKING:
    from dangqun.orgs.access import Actor


class PersonQuerySet(Reachable):
    """Reads of persons. Whoever sees a branch sees its people; an instructor's or contact's own org is the committee."""

    def members(self, on: date) -> PersonQuerySet:
        """Those who are Party members on that day."""
        from dangqun.members.models.membership import Membership

        return self.filter(Exists(Membership.objects.filter(person=OuterRef("pk")).counted().on(on)))

    def under(self, org: Org) -> PersonQuerySet:
        """Those reached through that organisation or one below it."""
        return self.filter(within("org__path", [org.path]))

    def own(self, actor: Actor) -> PersonQuerySet:
        """The person behind the account, if any."""
        return self.filter(account=actor.user)

    of_account = own

    def in_state(self, state: str, on: date) -> PersonQuerySet:
        """Those whose membership is in that state on that day."""
        from dangqun.members.models.membership import Membership

        held = Membership.objects.on(on).filter(person=OuterRef("pk"), state=state)
        return self.filter(Exists(held))

    def with_state(self, on: date) -> PersonQuerySet:
        """Each with `state`: that of the membership on that day."""
        from dangqun.members.models.membership import Membership

        held = Membership.objects.on(on).filter(person=OuterRef("pk"))
        return self.annotate(state=models.Subquery(held.values("state")[:1]))

    def staff(self) -> PersonQuerySet:
        """Those who hold, or shall hold, a role at the committee that was granted by hand."""
        granted = Grant.objects.open().filter(source=Grant.Source.STAFF)
        return self.filter(account_id__in=granted.values("user_id"))

    def with_half_out(self, at: datetime) -> PersonQuerySet:
        """Each with `half_out`: whether half a code of hers waits for the other half."""
        from dangqun.members.models.activation import Activation

        waiting = Activation.objects.waiting(at).filter(person=OuterRef("pk"))
        return self.annotate(half_out=Exists(waiting))

    def without_account_or_code(self, at: datetime) -> PersonQuerySet:
        """Those who never activated and hold no code that still works: branch by branch, as slips are handed out."""
        from dangqun.members.models.activation import Activation

        held = Activation.objects.usable(at).filter(person=OuterRef("pk"))
        never = self.filter(account__activated_at=None).exclude(account__is_active=False)
        found = never.exclude(Exists(held))
        return found.order_by("org__park_number", "org__number", "org", "pinyin_key", "pk")

    def by_pinyin(self) -> PersonQuerySet:
        """List order."""
        return self.order_by("pinyin_key", "pk")

    def by_strokes(self) -> PersonQuerySet:
        """Roster order: 姓氏笔画."""
        return self.order_by("stroke_key", "pk")


class Person(models.Model):
    """A person. ID number, phone and address are encrypted and shown masked (house.md Crypto)."""

    class Sex(models.TextChoices):
        MALE = "男", "男"
        FEMALE = "女", "女"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField("姓名", max_length=40)
    pinyin_key = models.CharField(max_length=200)
    initials = models.CharField(max_length=20, db_index=True)
    stroke_key = models.CharField(max_length=80)
    sought = models.TextField("检索文字", default="", editable=False)
    sex = models.CharField("性别", max_length=1, choices=Sex, blank=True)
    born_on = models.DateField("出生日期", null=True, blank=True)
    ethnicity = models.CharField("民族", max_length=20, blank=True)
    education = models.CharField("学历", max_length=20, blank=True)
    id_number = EncryptedField(purpose="identity", mask=mask_id, verbose_name="公民身份号码")
    id_index = models.CharField(max_length=64, unique=True, null=True)
    id_accepted_because = models.CharField("号码核实说明", max_length=100, blank=True)
    mobile = EncryptedField(purpose="contact", mask=mask_phone, verbose_name="联系电话")
    mobile_index = models.CharField(max_length=64, blank=True, db_index=True)
    address = EncryptedField(purpose="contact", mask=mask_text, verbose_name="家庭住址")
    joined_on = models.DateField("加入党组织日期", null=True, blank=True)
    full_on = models.DateField("转为正式党员日期", null=True, blank=True)
    position = models.CharField("工作岗位", max_length=40, blank=True)
    uses_phone = models.BooleanField("用手机", default=True)
    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, related_name="people", null=True, blank=True, verbose_name="所在企业"
    )
    org = models.ForeignKey(Org, models.PROTECT, related_name="people", verbose_name="所在党支部")
    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="person", null=True, blank=True
    )

    objects = PersonQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=("org", "pinyin_key"), name="person_of_org"),
            models.Index(fields=("pinyin_key",), name="person_pinyin"),
            models.Index(fields=("stroke_key",), name="person_strokes"),
            models.Index(
                fields=("sought", "org", "enterprise"), name="person_sought"
            ),  # search reads it alone
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(full_on=None) | Q(joined_on=None) | Q(full_on__gte=models.F("joined_on")),
                name="person_full_after_joined",
            ),
        )

    def __str__(self) -> str:
        return self.name
