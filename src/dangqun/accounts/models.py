"""Accounts: a user signs in; each session is a sign-in that its owner sees as a device."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower


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

    objects = SignInQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=("user", "ended_at"), name="sign_in_of_user"),)


class Throttle(models.Model):
    """Failures of a kind for one key (account + network, or account everywhere), and until when it is shut."""

    key = models.CharField(max_length=64, unique=True)
    failures = models.PositiveIntegerField(default=0)
    first_at = models.DateTimeField()
    shut_until = models.DateTimeField(null=True)
