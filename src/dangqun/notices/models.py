"""Notices, their receivers and receipts. There is no row, field or log for opening a notice."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce

from dangqun.members.models import Person
from dangqun.orgs.models import Org
from dangqun.orgs.reach import Reachable, within

if TYPE_CHECKING:
    from dangqun.orgs.access import Actor


ICONS = (
    dict.fromkeys(("doc", "docx", "wps"), "file-type-doc")
    | dict.fromkeys(("xls", "xlsx", "et", "csv"), "file-spreadsheet")
    | dict.fromkeys(("jpg", "png", "webp"), "photo")
    | {"pdf": "file-type-pdf"}
)


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

    def own(self, actor: Actor) -> NoticeQuerySet:
        """What the door gives where no permission is named: all that the actor may open."""
        return self.visible(actor)

    def box(self, actor: Actor, name: str) -> NoticeQuerySet:
        """One of the three boxes: mine (addressed to me), issued (within my reach of publishing), drafts (my own)."""
        if name == "drafts":
            return self.filter(author=actor.user, state=Notice.State.DRAFT).order_by("-pk")
        published = self.filter(state=Notice.State.PUBLISHED).order_by("-published_at", "-pk")
        if name == "issued":
            held = Receipt.objects.filter(notice=OuterRef("pk"))
            issued = published.filter(within("org__path", actor.paths("notices.publish")))
            return issued.annotate(all=_count(held), signed=_count(held.filter(signed_at__isnull=False)))
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
    saved_at = models.DateTimeField("存草稿时间", null=True)
    writing = models.UUIDField(
        null=True, unique=True
    )  # one page of 写通知: whatever it sends is this one draft
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


class Attachment(models.Model):
    """A file of a notice. Its bytes lie encrypted under `key`; `mark` tells the same file from another one."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="attachments")
    name = models.CharField("文件名", max_length=100)
    kind = models.CharField(max_length=8)
    size = models.PositiveIntegerField("大小（字节）")
    key = models.CharField(max_length=32, unique=True)
    mark = models.CharField(max_length=64)
    added_at = models.DateTimeField()

    objects = models.Manager()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("notice", "mark", "name"), name="attachment_once_a_notice"),
            models.CheckConstraint(condition=Q(size__gt=0), name="attachment_not_empty"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def icon(self) -> str:
        """The icon of its kind."""
        return ICONS.get(self.kind, "file-text")

    @property
    def facts(self) -> str:
        """Kind and size as people say them: DOCX，46 KB."""
        kilobytes = max(1, round(self.size / 1024))
        size = f"{kilobytes} KB" if kilobytes < 1024 else f"{kilobytes / 1024:.1f} MB"
        return f"{self.kind.upper()}，{size}"


class ReceiptQuerySet(Reachable):
    """Reads of receipts."""

    org_path = "branch__path"

    def own(self, actor: Actor) -> ReceiptQuerySet:
        """Those of the person behind the account."""
        return self.filter(person__account=actor.user)

    def missing(self) -> ReceiptQuerySet:
        """Not yet signed."""
        return self.filter(signed_at=None)

    def due_for_reminding(self, at: datetime) -> ReceiptQuerySet:
        """Not signed, and not reminded within the last REMIND_MINUTES."""
        return self.missing().filter(may_be_reminded(at))

    def open_for(self, actor: Actor) -> ReceiptQuerySet:
        """What the actor has still to sign."""
        return self.missing().filter(
            person__account=actor.user, notice__wants_signing=True, notice__state=Notice.State.PUBLISHED
        )


def _count(held: models.QuerySet) -> Coalesce:
    """Return how many there are, as a column: counted only for the rows of the page that is shown."""
    counted = held.order_by().values("notice").annotate(n=models.Count("pk")).values("n")
    return Coalesce(models.Subquery(counted), 0)


def may_be_reminded(at: datetime) -> Q:
    """Return the condition that the pause after a receiver's last reminder is over."""
    pause = timedelta(minutes=settings.REMIND_MINUTES)
    return Q(reminded_at=None) | Q(reminded_at__lte=at - pause)


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


class ReminderQuerySet(Reachable):
    """Reads of reminders: those for a place within reach."""

    org_path = "place__path"

    def with_signed(self) -> ReminderQuerySet:
        """With `signed`: how many of those reminded then have signed since."""
        since = Receipt.objects.filter(
            notice=OuterRef("notice"), reminded_at=OuterRef("at"), signed_at__isnull=False
        )
        return self.annotate(signed=_count(since))


class Reminder(models.Model):
    """One 催办: who reminded how many of the missing where, and when."""

    place = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name="范围")
    notice = models.ForeignKey(Notice, models.PROTECT, related_name="reminders")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    scope = models.CharField(max_length=120)
    people = models.PositiveIntegerField()

    objects = ReminderQuerySet.as_manager()
