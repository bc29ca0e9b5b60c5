"""Channels, what a person wants to be told by, and the outbox."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from dangqun.kernel.crypto import EncryptedField
from dangqun.members.models import Person
from dangqun.orgs.models import Org
from dangqun.orgs.reach import Reachable

if TYPE_CHECKING:
    from dangqun.orgs.access import Actor


class ChannelQuerySet(Reachable):
    """Reads of channels."""

    def in_use(self) -> ChannelQuerySet:
        """Those that are switched on."""
        return self.filter(is_enabled=True)

    def to_groups(self) -> ChannelQuerySet:
        """Robots: they speak into a group."""
        return self.filter(kind__in=Channel.GROUPS)

    def to_people(self) -> ChannelQuerySet:
        """Channels that reach one person at a time."""
        return self.exclude(kind__in=Channel.GROUPS)


class Channel(models.Model):
    """A way out: its kind, whom it serves (everybody, or those under one organisation), its settings (encrypted)."""

    class Kind(models.TextChoices):
        MAIL = "mail", "电子邮件"
        WECOM_APP = "wecom-app", "企业微信应用消息"
        SMS = "sms", "短信"
        WECOM_ROBOT = "wecom-robot", "企业微信群机器人"
        DINGTALK = "dingtalk", "钉钉群机器人"
        FEISHU = "feishu", "飞书群机器人"

    GROUPS = (Kind.WECOM_ROBOT, Kind.DINGTALK, Kind.FEISHU)

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField("种类", max_length=12, choices=Kind)
    name = models.CharField("名称", max_length=40)
    org = models.ForeignKey(Org, models.PROTECT, related_name="channels", verbose_name="给哪里用")
    sealed = EncryptedField(purpose="contact", mask=lambda text: "******")  # the settings, as JSON
    urgent_only = models.BooleanField("只发紧急的", default=False)
    after_hours = models.PositiveSmallIntegerField("几小时后还没签收才发", default=0)
    is_enabled = models.BooleanField("启用", default=False)
    rests_until = models.DateTimeField(null=True)  # the other side asked for it, or does not answer
    tokens = models.FloatField(null=True)  # of the bucket (pacing.py); None: full
    tokens_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField("试发时间", null=True)
    tried_said = models.CharField("试发结果", max_length=120, blank=True)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("org", "name"), name="channel_name_once_a_place"),
            models.CheckConstraint(condition=Q(after_hours__lte=168), name="channel_within_a_week"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def speaks_to_group(self) -> bool:
        """Whether what it says is read by a whole group."""
        return self.kind in self.GROUPS

    @property
    def hears_names(self) -> bool:
        """Whether names of people may be said through it: groups and the SMS gateway are told none."""
        return not (self.speaks_to_group or self.kind == self.Kind.SMS)

    @property
    def settings(self) -> dict[str, str]:
        """Its settings in clear: for sending and for its own form, never for a page or a log."""
        sealed: Any = self.sealed
        return dict(json.loads(sealed.open())) if sealed else {}


def _quiet_from() -> time:
    return settings.QUIET_FROM


def _quiet_to() -> time:
    return settings.QUIET_TO


def _digest_at() -> time:
    return settings.DIGEST_AT


class PreferenceQuerySet(models.QuerySet):
    """Reads of preferences."""

    def own(self, actor: Actor) -> PreferenceQuerySet:
        """Those of the person behind the account."""
        return self.filter(person__account=actor.user)


class Preference(models.Model):
    """How one person wants to be told: addresses (encrypted), channels that she switched off, hours, her calendar."""

    class Pace(models.TextChoices):
        DIGEST = "digest", "每天一次，合成一条"
        AT_ONCE = "at-once", "有了就发"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.OneToOneField(Person, models.PROTECT, related_name="preference")
    email = EncryptedField(purpose="contact", verbose_name="电子邮件", max_plain=254)
    wecom = EncryptedField(purpose="contact", verbose_name="企业微信账号", max_plain=64)
    proven = models.JSONField(
        "确认过的地址", default=list
    )  # names of the two above: her code came back (addresses.py)
    unwanted = models.JSONField("不要的渠道", default=list)
    pace = models.CharField("多久一次", max_length=8, choices=Pace, default=Pace.DIGEST)
    quiet_from = models.TimeField("免打扰从", default=_quiet_from)
    quiet_to = models.TimeField("到", default=_quiet_to)
    digest_at = models.TimeField("每天几点", default=_digest_at)
    calendar = EncryptedField(purpose="contact", mask=lambda text: "******")  # the secret of the address
    calendar_index = models.CharField(max_length=64, unique=True, null=True)

    objects = PreferenceQuerySet.as_manager()

    def usable(self, name: str) -> Any:
        """Return an address (email or wecom) to which messages may go; nothing before its owner confirmed it."""
        return getattr(self, name) if name in self.proven else None


class AddressCode(models.Model):
    """A code on its way to an address that is to be confirmed: keyed marks of both, when it was sent, how often tried."""

    preference = models.ForeignKey(Preference, models.CASCADE, related_name="codes")
    name = models.CharField(max_length=8)
    address = models.CharField(max_length=64)
    mark = models.CharField(max_length=64)
    at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)

    objects = models.Manager()

    class Meta:
        indexes = (models.Index(fields=("preference", "at"), name="address_code_lately"),)


class MessageQuerySet(Reachable):
    """Reads of the outbox: those of channels within reach."""

    org_path = "channel__org__path"

    def due(self, at: datetime) -> MessageQuerySet:
        """Those that may go now: their time has come, and their channel is on and does not rest."""
        rested = Q(channel__rests_until=None) | Q(channel__rests_until__lte=at)
        waiting = self.filter(rested, state=Message.State.QUEUED, next_at__lte=at, channel__is_enabled=True)
        return waiting.order_by("-is_urgent", "next_at", "pk")

    def of_digests(self, begun: list[Message], at: datetime) -> MessageQuerySet:
        """What the same people are to be told by the same channels, each in one message with one of these."""
        pairs = {(each.channel_id, each.person_id) for each in begun}
        same = Q(*(Q(channel=channel, person=person) for channel, person in pairs), _connector=Q.OR)
        return self.filter(same, in_digest=True, state=Message.State.QUEUED, next_at__lte=at)


class Message(models.Model):
    """One message of the outbox: to one person, or into a robot's group (no person). No address is copied here."""

    class State(models.TextChoices):
        QUEUED = "queued", "待发"
        SENDING = "sending", "正在交出"
        HANDED = "handed", "已交出"
        DELIVERED = "delivered", "已送达"
        FAILED = "failed", "未成功"
        DROPPED = "dropped", "不再需要"

    channel = models.ForeignKey(Channel, models.PROTECT, related_name="messages")
    person = models.ForeignKey(Person, models.PROTECT, related_name="messages", null=True)
    about = models.CharField(max_length=40)  # what it tells of: "notice:12"
    key = models.CharField(max_length=120, unique=True)  # event, channel and receiver: each once
    title = models.CharField(max_length=120)
    path = models.CharField(max_length=200)
    is_urgent = models.BooleanField(default=False)
    in_digest = models.BooleanField(default=False)
    is_neutral = models.BooleanField(default=False)  # its own title was not fit to go out
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    why = models.CharField(max_length=120, blank=True)
    made_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=("state", "next_at"), name="message_due"),
            models.Index(fields=("about", "person"), name="message_about"),
            models.Index(fields=("channel", "-made_at"), name="message_latest"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def mark(self) -> str:
        """How its state looks (the state component)."""
        kinds: dict[Any, str] = {
            self.State.HANDED: "done",
            self.State.DELIVERED: "done",
            self.State.FAILED: "bad",
        }
        return kinds.get(self.state, "wait")
