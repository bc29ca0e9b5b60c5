"""Notices, their receivers and receipts. There is no row, field or log for opening a notice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from dangqun.members.models import Person
from dangqun.orgs.models import Org
from dangqun.orgs.reach import Reachable, within

if TYPE_CHECKING:
    from dangqun.orgs.access import Actor


class NoticeQuerySet(Reachable):
    """Reads of notices."""

    def reachable(self, actor: Actor, permission: str) -> NoticeQuerySet:
        """Issued within reach of that permission, or (published) with receipts of branches within reach."""
        paths = actor.paths(permission)
        concerned = Receipt.objects.filter(within("branch__path", paths), notice=OuterRef("pk"))
        return self.filter(within("org__path", paths) | (Q(state=Notice.State.PUBLISHED) & Exists(concerned)))

    def visible(self, actor: Actor) -> NoticeQuerySet:
        """All that the actor may open: addressed to her, or within reach of watching or publishing."""
        mine = Receipt.objects.filter(notice=OuterRef("pk"), person__account=actor.user)
        addressed = Q(state=Notice.State.PUBLISHED) & Exists(mine)
        issued = within("org__path", actor.paths("notices.publish")) & (
            ~Q(state=Notice.State.DRAFT) | Q(author=actor.user)
        )
        paths = actor.paths("notices.watch")
        concerned = Receipt.objects.filter(within("branch__path", paths), notice=OuterRef("pk"))
        return self.filter(addressed | issued | (Q(state=Notice.State.PUBLISHED) & Exists(concerned)))

    def box(self, actor: Actor, name: str) -> NoticeQuerySet:
        """One of the three boxes: mine (addressed to me), issued (within my reach of publishing), drafts (my own)."""
        if name == "drafts":
            return self.filter(author=actor.user, state=Notice.State.DRAFT).order_by("-pk")
        published = self.filter(state=Notice.State.PUBLISHED).order_by("-published_at", "-pk")
        if name == "issued":
            return published.filter(within("org__path", actor.paths("notices.publish")))
        mine = Receipt.objects.filter(notice=OuterRef("pk"), person__account=actor.user)
        return published.filter(Exists(mine)).annotate(
            signed_at=models.Subquery(mine.values("signed_at")[:1])
        )


class Notice(models.Model):
    """A notice: who issues it, what it says, until when it is to be signed for."""

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        PUBLISHED = "published", "已发布"

    org = models.ForeignKey(Org, models.PROTECT, related_name="notices", verbose_name="发布单位")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="notices")
    title = models.CharField("标题", max_length=120)
    body = models.TextField("正文", blank=True)
    audience = models.JSONField("发给", default=dict)
    wants_signing = models.BooleanField("需要签收", default=True)
    deadline = models.DateTimeField("签收截止", null=True, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT)
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state="draft", published_at=None)
                | Q(state="published", published_at__isnull=False),
                name="notice_published_has_time",
            ),
        )
        indexes = (models.Index(fields=("state", "-published_at"), name="notice_latest"),)

    def __str__(self) -> str:
        return self.title


class ReceiptQuerySet(Reachable):
    """Reads of receipts."""

    org_path = "branch__path"

    def missing(self) -> ReceiptQuerySet:
        """Not yet signed."""
        return self.filter(signed_at=None)

    def open_for(self, actor: Actor) -> ReceiptQuerySet:
        """What the actor has still to sign."""
        return self.missing().filter(
            person__account=actor.user, notice__wants_signing=True, notice__state=Notice.State.PUBLISHED
        )


class Receipt(models.Model):
    """That a notice was addressed to a person, in the branch of that day, and when she signed for it."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="receipts")
    person = models.ForeignKey(Person, models.PROTECT, related_name="receipts")
    branch = models.ForeignKey(Org, models.PROTECT, related_name="receipts")
    signed_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("notice", "person"), name="receipt_one_a_person"),)
        indexes = (
            models.Index(fields=("person", "signed_at"), name="receipt_of_person"),
            models.Index(fields=("notice", "branch", "signed_at"), name="receipt_by_branch"),
        )


class Reminder(models.Model):
    """One 催办: who reminded how many of the missing, and when."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="reminders")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    scope = models.CharField(max_length=120)
    people = models.PositiveIntegerField()

    objects = models.Manager()
