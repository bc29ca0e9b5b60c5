"""What a correction (更正) changed, and texts that are used again (模板)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from dangqun.notices.models.notices import PUBLISHES, Notice
from dangqun.orgs.models import Org
from dangqun.orgs.reach import Reachable, within

if TYPE_CHECKING:
    from dangqun.orgs.access import Actor

OUTSIDE = ("标题原为", "签收截止原为", "新加附件", "移除附件")


class Edition(models.Model):
    """One 更正: what stood before, who changed it when and why, and the new text with its changes marked."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="editions")
    number = models.PositiveSmallIntegerField("第几次更正")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    why = models.CharField("更正原因", max_length=200)
    asks_again = models.BooleanField("请已签收的人再签一次", default=False)
    title = models.CharField("原标题", max_length=120)
    body = models.TextField("原正文")
    deadline = models.DateTimeField("原截止", null=True)
    marked = models.TextField("改动标出的正文", blank=True)
    notes = models.JSONField("改了什么", default=list)

    objects = models.Manager()

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(fields=("notice", "number"), name="edition_once"),
            models.CheckConstraint(condition=~Q(why=""), name="edition_says_why"),
        )

    @property
    def outside(self) -> list[str]:
        """What changed besides the text, where the changes are marked themselves."""
        return [words for words in self.notes if words.startswith(OUTSIDE)]


class TemplateQuerySet(Reachable):
    """Reads of templates."""

    def reachable(self, actor: Actor, permission: str) -> TemplateQuerySet:
        """Her own, and those that an organisation of hers shares."""
        shared = Q(is_shared=True) & within("org__path", actor.paths(permission))
        return self.filter(Q(author=actor.user) | shared)

    def for_author(self, actor: Actor) -> TemplateQuerySet:
        """Those that an author may start from, the latest first."""
        return self.reachable(actor, PUBLISHES).select_related("author", "org").order_by("-pk")


class Template(models.Model):
    """A text to start a notice from; the gaps in it are plain words, such as （时间）."""

    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name="单位")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    name = models.CharField("模板名称", max_length=40)
    title = models.CharField("标题", max_length=120)
    body = models.TextField("正文")
    wants_signing = models.BooleanField("需要签收", default=True)
    is_shared = models.BooleanField("全办公室可用", default=False)
    kept_at = models.DateTimeField()

    objects = TemplateQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("author", "name"), name="template_name_once"),)

    def __str__(self) -> str:
        return self.name
