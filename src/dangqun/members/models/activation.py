"""Activation codes: single use, for a time, with few tries, hashed; the issuer is shown to the person."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from dangqun.members.models.people import Person
from dangqun.orgs.reach import Reachable


class ActivationQuerySet(Reachable):
    """Reads of activation codes."""

    org_path = "person__org__path"

    def open(self, at: object) -> ActivationQuerySet:
        """Those neither used, withdrawn nor expired."""
        return self.filter(used_at=None, withdrawn_at=None, expires_at__gt=at)

    def used(self) -> ActivationQuerySet:
        """Those that have set a password, the latest first."""
        return self.exclude(used_at=None).order_by("-used_at", "-pk")

    def usable(self, at: object) -> ActivationQuerySet:
        """Those that are open and not tried too often, nor waiting for a second person."""
        return self.open(at).filter(tries_left__gt=0).exclude(needs_second=True, confirmed_at=None)

    def waiting(self, at: object) -> ActivationQuerySet:
        """Those that one person asked for and a second has not answered (重设登录)."""
        return self.open(at).filter(needs_second=True, confirmed_at=None)


class Activation(models.Model):
    """A code handed to a person so that she can set a password (issue "Main job", Accounts: 7 days, 5 tries).

    重设登录 needs two: who asks holds the first half of the code, who confirms the second, so that neither alone gets in.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="activations")
    code_hash = models.CharField(max_length=128)
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries_left = models.PositiveSmallIntegerField()
    used_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    needs_second = models.BooleanField(default=False)
    second_hash = models.CharField(max_length=128, blank=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True)
    confirmed_at = models.DateTimeField(null=True)
    resets_factor = models.BooleanField(default=False)

    objects = ActivationQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=("person", "used_at"), name="activation_of_person"),)
        constraints = (
            models.UniqueConstraint(
                fields=("person",),
                condition=models.Q(used_at=None, withdrawn_at=None),
                name="activation_one_open",
            ),
        )
