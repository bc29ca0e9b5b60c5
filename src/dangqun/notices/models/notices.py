"""Notices, their receivers and receipts, their editions and templates. There is no row, field or log for opening a notice."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce

from dangqun.kernel.enclosures import Enclosure
from dangqun.members.models import Person
from dangqun.orgs.models import Org
from dangqun.orgs.reach import Reachable, within

if TYPE_CHECKING:
    from dangqun.orgs.access import Actor


LATE = timedelta(minutes=5)  # a scheduled notice that goes out later than this says so
PUBLISHES = "notices.publish"
SENT = Q(state__in=("published", "withdrawn"))  # receivers hold a receipt
HANDED_ON = Q(state="draft") & (Q(left_at__isnull=False) | ~Q(held_back=""))


class NoticeQuerySet(Reachable):
    """Reads of notices."""

    def reachable(self, actor: Actor, permission: str) -> NoticeQuerySet:
        """Issued within reach of that permission or by the actor, or (once sent) with receipts of branches within reach."""
        paths = actor.paths(permission)
        concerned = Receipt.objects.filter(within("branch__path", paths), notice=OuterRef("pk"))
        return self.filter(within("org__path", paths) | _own(actor) | (SENT & Exists(concerned)))

    def visible(self, actor: Actor) -> NoticeQuerySet:
        """All that the actor may open: addressed to her, or within reach of watching or publishing."""
        mine = Receipt.objects.filter(notice=OuterRef("pk"), person__account=actor.user)
        issued = within("org__path", actor.paths(PUBLISHES)) & (SENT | HANDED_ON)
        concerned = Receipt.objects.filter(
            within("branch__path", actor.paths("notices.watch")), notice=OuterRef("pk")
        )
        # What a row itself tells comes first: databases ask from left to right and stop where one holds.
        return self.filter(_own(actor) | issued | (SENT & (Exists(mine) | Exists(concerned))))

    def issued(self, actor: Actor) -> NoticeQuerySet:
        """What the actor may change and answer for: sent in the name of an organisation of hers, or by herself."""
        return self.filter(SENT, within("org__path", actor.paths(PUBLISHES)) | _own(actor))

    def handed_on(self, actor: Actor) -> NoticeQuerySet:
        """Drafts within reach whose author may not publish them any more, or that did not go out at their time."""
        held = self.filter(HANDED_ON, within("org__path", actor.paths(PUBLISHES)))
        return held.exclude(author=actor.user)

    def own(self, actor: Actor) -> NoticeQuerySet:
        """What the door gives where no permission is named: all that the actor may open."""
        return self.visible(actor)

    def box(self, actor: Actor, name: str) -> NoticeQuerySet:
        """One of the boxes: mine (addressed to me), issued, watched (sent to branches within reach), drafts (my own), left."""
        if name == "drafts":
            return self.filter(author=actor.user, state=Notice.State.DRAFT).order_by("-pk")
        if name == "left":
            return self.handed_on(actor).order_by("-pk")
        sent = self.filter(SENT).order_by("-published_at", "-pk")
        if name == "issued":
            return sent.issued(actor)
        if name == "watched":
            reached = within("branch__path", actor.paths("notices.watch"))
            held = Receipt.objects.filter(reached, notice=OuterRef("pk"))
            return sent.filter(Exists(held))
        mine = Receipt.objects.filter(notice=OuterRef("pk"), person__account=actor.user)
        return sent.filter(Exists(mine)).annotate(signed_at=models.Subquery(mine.values("signed_at")[:1]))


class Notice(models.Model):
    """A notice: who issues it, what it says, until when it is to be signed for."""

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        PUBLISHED = "published", "已发布"
        WITHDRAWN = "withdrawn", "已撤回"

    class Urgency(models.TextChoices):
        NORMAL = "normal", "平常"
        URGENT = "urgent", "紧急"

    org = models.ForeignKey(Org, models.PROTECT, related_name="notices", verbose_name="发布单位")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="notices")
    title = models.CharField("标题", max_length=120)
    body = models.TextField("正文", blank=True)
    sought = models.TextField("检索文字", default="", editable=False)
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
    addressed = models.PositiveIntegerField("发给的人数", default=0)  # receipts never become more or fewer
    urgency = models.CharField("缓急", max_length=6, choices=Urgency, default=Urgency.NORMAL)
    urgent_why = models.CharField("紧急的原因", max_length=80, blank=True)
    scheduled_for = models.DateTimeField("定时发布", null=True, blank=True)
    held_back = models.CharField("没有发出的原因", max_length=200, blank=True)
    left_at = models.DateTimeField("起草人离任", null=True)
    edition = models.PositiveSmallIntegerField("更正次数", default=0)
    withdrawn_at = models.DateTimeField("撤回时间", null=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="withdrawn_notices", null=True
    )
    withdrawn_why = models.CharField("撤回原因", max_length=200, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state="draft", published_at=None)
                | Q(state__in=("published", "withdrawn"), published_at__isnull=False),
                name="notice_published_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="withdrawn") | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_why="")),
                name="notice_withdrawn_says_when_and_why",
            ),
            models.CheckConstraint(
                condition=~Q(urgency="urgent", state="published", urgent_why=""),
                name="notice_urgent_says_why",
            ),
        )
        indexes = (models.Index(fields=("state", "-published_at"), name="notice_latest"),)

    def __str__(self) -> str:
        return self.title

    @property
    def is_withdrawn(self) -> bool:
        """Whether it was taken back: receivers see its title and the reason."""
        return self.state == Notice.State.WITHDRAWN

    @property
    def is_urgent(self) -> bool:
        """Whether its author said that it cannot wait, and why."""
        return self.urgency == Notice.Urgency.URGENT

    @property
    def is_scheduled(self) -> bool:
        """Whether a draft waits for its time (待发布)."""
        return self.state == Notice.State.DRAFT and self.scheduled_for is not None

    @property
    def was_late(self) -> bool:
        """Whether it went out noticeably after its time, since nothing ran then."""
        if self.scheduled_for is None or self.published_at is None:
            return False
        return self.published_at > self.scheduled_for + LATE


class Attachment(Enclosure):
    """A file of a notice; one that a correction removed stays visible as struck out."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="attachments")
    removed_at = models.DateTimeField("更正时移除", null=True)
    removed_why = models.CharField("移除原因", max_length=200, blank=True)

    class Meta(Enclosure.Meta):
        constraints = (
            models.UniqueConstraint(fields=("notice", "mark", "name"), name="attachment_once_a_notice"),
            models.CheckConstraint(condition=Q(size__gt=0), name="attachment_not_empty"),
        )


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

    def corrected_for(self, actor: Actor, at: datetime) -> ReceiptQuerySet:
        """Those of the actor whose notice was corrected after she had signed, lately, and who has not said 知道了."""
        since = at - timedelta(days=settings.CORRECTION_DAYS)
        return self.filter(
            person__account=actor.user, corrected_at__gt=since, notice__state=Notice.State.PUBLISHED
        )

    def open_for(self, actor: Actor) -> ReceiptQuerySet:
        """What the actor has still to sign."""
        return self.missing().filter(
            person__account=actor.user, notice__wants_signing=True, notice__state=Notice.State.PUBLISHED
        )


def _own(actor: Actor) -> Q:
    """Return the condition that the actor wrote it: whoever may still publish keeps what she sent in a higher name."""
    return Q(author=actor.user) if actor.can(PUBLISHES) else Q(author=actor.user, state="draft")


def may_be_reminded(at: datetime) -> Q:
    """Return the condition that the pause after a receiver's last reminder is over."""
    pause = timedelta(minutes=settings.REMIND_MINUTES)
    return Q(reminded_at=None) | Q(reminded_at__lte=at - pause)


class Receipt(models.Model):
    """That a notice was addressed to a person, in the branch of that day, and when she signed for it."""

    # Without an index of their own: others below begin with these columns.
    notice = models.ForeignKey(Notice, models.PROTECT, related_name="receipts", db_index=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="receipts", db_index=False)
    branch = models.ForeignKey(Org, models.PROTECT, related_name="receipts")
    signed_at = models.DateTimeField(null=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, verbose_name="代签人"
    )
    told_how = models.CharField("告知方式", max_length=40, blank=True)
    disowned_at = models.DateTimeField("本人说不是她的意思", null=True)
    earlier_signed_at = models.DateTimeField("更正前的签收", null=True)
    corrected_at = models.DateTimeField("签收后有更正", null=True)
    reminded_at = models.DateTimeField(null=True)

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("notice", "person"), name="receipt_one_a_person"),
            models.CheckConstraint(
                condition=Q(signed_by=None) | (Q(signed_at__isnull=False) & ~Q(told_how="")),
                name="receipt_stand_in_says_when_and_how",
            ),
        )
        indexes = (
            models.Index(fields=("person", "signed_at"), name="receipt_of_person"),
            models.Index(fields=("notice", "branch", "signed_at"), name="receipt_by_branch"),
            models.Index(fields=("notice", "signed_at"), name="receipt_missing"),
        )

    @property
    def is_authors(self) -> bool:
        """Whether it is that of the notice's own author, who is not asked to sign what she wrote."""
        return self.person.account_id is not None and self.person.account_id == self.notice.author_id

    @property
    def is_by_another(self) -> bool:
        """Whether somebody else signed for her (代签)."""
        return self.signed_by_id is not None

    @property
    def stand_in_words(self) -> str:
        """Both names, as they are shown everywhere: 程月娥 代签 丁有财."""
        return f"{self.signed_by} 代签 {self.person.name}"


class ReminderQuerySet(Reachable):
    """Reads of reminders: those for a place within reach."""

    org_path = "place__path"

    def with_signed(self) -> ReminderQuerySet:
        """With `signed`: how many of those reminded then have signed since."""
        since = Receipt.objects.filter(
            notice=OuterRef("notice"), reminded_at=OuterRef("at"), signed_at__isnull=False
        )
        counted = since.order_by().values("notice").annotate(n=models.Count("pk")).values("n")
        return self.annotate(signed=Coalesce(models.Subquery(counted), 0))


class Reminder(models.Model):
    """One 催办: who reminded how many of the missing where, and when."""

    place = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name="范围")
    notice = models.ForeignKey(Notice, models.PROTECT, related_name="reminders")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    scope = models.CharField(max_length=120)
    people = models.PositiveIntegerField()

    objects = ReminderQuerySet.as_manager()
