"""Accounts: a user signs in; each session is a sign-in that its owner sees as a device."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Value, When
from django.db.models.functions import Lower, TruncDate

from dangqun.kernel.crypto import EncryptedField, mask_text
from dangqun.orgs.models import ContactPoint, Grant, ZoneMember


class UserManager(BaseUserManager):
    """Reads of users."""

    def get_by_natural_key(self, username: str | None) -> User:
        """Return the user of that name; capitals do not matter."""
        return self.get(username=(username or "").strip().lower())


class User(AbstractBaseUser):
    """An account. It exists only for a person in the roster or for staff; it cannot sign in before activation."""

    class View(models.TextChoices):
        ORDINARY = "", "标准"
        ELDER = "elder", "长辈版"
        ELDER_2 = "elder-2", "长辈版 大"
        ELDER_3 = "elder-3", "长辈版 特大"

    username = models.CharField("用户名", max_length=40, unique=True)
    name = models.CharField("姓名", max_length=40)
    mobile_index = models.CharField(max_length=64, blank=True, db_index=True)
    is_active = models.BooleanField(default=True)
    activated_at = models.DateTimeField(null=True)
    password_changed_at = models.DateTimeField(null=True)
    view = models.CharField("显示", max_length=10, choices=View, blank=True)

    USERNAME_FIELD = "username"
    objects = UserManager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(username=Lower("username")), name="user_name_in_lower_case"
            ),
        )

    def __str__(self) -> str:
        return self.name


class SignInQuerySet(models.QuerySet):
    """Reads of sign-ins."""

    def open(self) -> SignInQuerySet:
        """Those not yet ended."""
        return self.filter(ended_at=None)

    def used_since(self, moment: datetime) -> SignInQuerySet:
        """Those used since then, the latest first."""
        return self.filter(seen_at__gte=moment).order_by("-seen_at", "-pk")

    def standing(self, on: date) -> SignInQuerySet:
        """Those open, each with `why_ended`: empty, or why it must end on that day although nobody has ended it.

        It began under a power that a passing day has ended (a staff role, or all that one held), or somebody who must
        have a second factor has passed none in it.
        """
        return self.open().annotate(
            begun_on=TruncDate("started_at"),
            why_ended=Case(
                When(_outlived(on), then=Value("powers ended")),
                When(_without_second_factor(on), then=Value("second factor wanted")),
                default=Value(""),
            ),
        )


def _without_second_factor(on: date) -> Q:
    held = Grant.objects.effective().on(on).filter(user=OuterRef("user"))
    return Q(Exists(held.filter(role__in=settings.SECOND_FACTOR_ROLES)), second_factor_at=None)


def _outlived(on: date) -> Q:
    """Days alone are compared: what ends by somebody's deed ends sessions at once (`rules.end_with_powers`)."""
    since = {"ends_on__gt": OuterRef("begun_on"), "ends_on__lte": on}
    held: tuple[Any, ...] = (Grant.objects.effective(), ZoneMember.objects.all(), ContactPoint.objects.all())
    mine = [each.filter(user=OuterRef("user")) for each in held]
    ended = Q(*[Exists(each.filter(**since)) for each in mine], _connector=Q.OR)
    still = Q(*[Exists(each.on(on)) for each in mine], _connector=Q.OR)
    staff = mine[0].filter(role__in=settings.STAFF_ROLES, **since)
    return Q(Exists(staff)) | (ended & ~still)


class SignIn(models.Model):
    """One session on one device, as its owner sees it under 登录与安全."""

    user = models.ForeignKey(User, models.CASCADE, related_name="sign_ins")
    session_key = models.CharField(max_length=40, unique=True)
    device = models.CharField(max_length=80)
    network = models.CharField(max_length=45)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=30, blank=True)
    second_factor_at = models.DateTimeField(null=True)  # when this device last gave a right code

    objects = SignInQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=("user", "ended_at"), name="sign_in_of_user"),)


class SecondFactorQuerySet(models.QuerySet):
    """Reads of second factors."""

    def on(self) -> SecondFactorQuerySet:
        """Those in use."""
        return self.filter(confirmed_at__isnull=False)

    def begun(self) -> SecondFactorQuerySet:
        """Those whose first code has still to be typed."""
        return self.filter(confirmed_at=None)


class SecondFactor(models.Model):
    """The secret that a person's phone makes codes from (RFC 6238). `last_step`: the newest step whose code was taken."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="second_factors")
    secret = EncryptedField(purpose="identity", mask=mask_text)
    begun_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0)

    objects = SecondFactorQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("user",), condition=Q(confirmed_at=None), name="second_factor_one_begun"
            ),
            models.UniqueConstraint(
                fields=("user",), condition=Q(confirmed_at__isnull=False), name="second_factor_one_on"
            ),
        )


class RecoveryCode(models.Model):
    """One printed code that stands in for the phone, once; kept as a keyed hash."""

    user = models.ForeignKey(User, models.CASCADE, related_name="recovery_codes")
    code_hash = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "code_hash"), name="recovery_code_once"),)


class Throttle(models.Model):
    """Failures of a kind for one key (account + network, or account everywhere), and until when it is shut."""

    key = models.CharField(max_length=64, unique=True)
    failures = models.PositiveIntegerField(default=0)
    first_at = models.DateTimeField()
    shut_until = models.DateTimeField(null=True)


class PrivacyTold(models.Model):
    """Somebody ticked that she has seen a version of 个人信息保护说明; kept as long as the account."""

    user = models.ForeignKey(User, models.CASCADE, related_name="privacy_told")
    version = models.CharField(max_length=20)
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "version"), name="privacy_told_once"),)
