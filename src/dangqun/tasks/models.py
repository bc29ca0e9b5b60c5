"""Tasks, one assignment a branch, and the steps that each took. There is no row, field or log for opening one."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Value, When

from dangqun.kernel.calendars import local
from dangqun.kernel.crypto import EncryptedField
from dangqun.kernel.enclosures import Enclosure
from dangqun.members.models import Person
from dangqun.notices.models import Notice
from dangqun.orgs.models import Org
from dangqun.orgs.reach import Reachable, within

if TYPE_CHECKING:
    from dangqun.orgs.access import Actor

INSTANT = timedelta(microseconds=1)
LONGEST_ANSWER = 2000  # characters


def last_day(deadline: datetime) -> date:
    """Return the last day of a deadline in the office: 24:00 belongs to the day that it ends."""
    return local(deadline - INSTANT).date()


class TaskQuerySet(Reachable):
    """Reads of tasks."""

    def reachable(self, actor: Actor, permission: str) -> TaskQuerySet:
        """Issued within reach (for what the issuing office does), or with branches within reach."""
        issued, paths = self.filter(issued_at__isnull=False), actor.paths(permission)
        if permission == "tasks.assign":
            return issued.filter(within("org__path", paths))
        concerned = Assignment.objects.filter(within("branch__path", paths), task=OuterRef("pk"))
        return issued.filter(Exists(concerned))

    def visible(self, actor: Actor) -> TaskQuerySet:
        """All that the actor may open: those of her branches or her own, those she watches or issued."""
        held = Assignment.objects.own(actor).filter(task=OuterRef("pk"))
        issued = within("org__path", actor.paths("tasks.assign"))
        return self.filter(issued | Exists(held), issued_at__isnull=False)

    def own(self, actor: Actor) -> TaskQuerySet:
        """What the door gives where no permission is named: all that the actor may open, and her own drafts."""
        return self.filter(
            Q(pk__in=self.visible(actor).values("pk")) | Q(author=actor.user, issued_at__isnull=True)
        )

    def drafts(self, actor: Actor) -> TaskQuerySet:
        """Her own, not yet issued, while she may still issue."""
        return self.filter(author=actor.user, issued_at=None).order_by("-pk")

    def box(self, actor: Actor, name: str) -> TaskQuerySet:
        """One of the boxes of the list: issued by my office, watched (branches within my reach), drafts (my own)."""
        if name == "drafts":
            return self.drafts(actor)
        permission = "tasks.assign" if name == "issued" else "tasks.watch"
        return self.reachable(actor, permission).order_by("-issued_at", "-pk")


class Task(models.Model):
    """A task: who issues it, what is to be done, until when, and what answer is wanted."""

    class Wants(models.TextChoices):
        NONE = "none", "不用反馈内容，办完点一下"
        TEXT = "text", "一段文字"
        FILE = "file", "一个文件"
        EITHER = "either", "文字或文件都可以"

    org = models.ForeignKey(Org, models.PROTECT, related_name="tasks", verbose_name="交办单位")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="tasks")
    notice = models.ForeignKey(Notice, models.PROTECT, related_name="tasks", null=True)
    title = models.CharField("标题", max_length=120)
    body = models.TextField("要做什么", blank=True)
    sought = models.TextField("检索文字", default="", editable=False)
    places = models.JSONField("交给", default=dict)
    wants = models.CharField("反馈", max_length=8, choices=Wants, default=Wants.TEXT)
    own_word = models.BooleanField("支部自己办结", default=False)
    deadline = models.DateTimeField("期限", null=True)
    hurry = models.CharField("期限短的理由", max_length=120, blank=True)
    created_at = models.DateTimeField()
    saved_at = models.DateTimeField(null=True)
    writing = models.UUIDField(null=True, unique=True)  # whatever one page of 交办任务 sends is one task
    issued_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_why = models.CharField("撤回理由", max_length=200, blank=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(issued_at=None) | Q(deadline__isnull=False), name="task_issued_has_deadline"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_why="")
                | Q(withdrawn_at__isnull=False, issued_at__isnull=False) & ~Q(withdrawn_why=""),
                name="task_withdrawn_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(own_word=False) | Q(wants="none"), name="task_own_word_no_answer"
            ),
        )
        indexes = (models.Index(fields=("org", "-issued_at"), name="task_latest"),)

    def __str__(self) -> str:
        return self.title


class AssignmentQuerySet(Reachable):
    """Reads of assignments, those of issued tasks alone."""

    org_path = "branch__path"

    def reachable(self, actor: Actor, permission: str) -> AssignmentQuerySet:
        """Of branches within reach; what the issuing office does, only for tasks that it issued."""
        found = super().reachable(actor, permission)
        if permission == "tasks.assign":
            found = found.filter(within("task__org__path", actor.paths(permission)))
        return found

    def mine(self, actor: Actor) -> AssignmentQuerySet:
        """What the actor may do: hers as owner, and those of the branches for which she answers."""
        return self.filter(Q(owner__account=actor.user) | within("branch__path", actor.paths("tasks.answer")))

    def own(self, actor: Actor) -> AssignmentQuerySet:
        """All that the actor may open: hers, and those that she watches."""
        return self.filter(
            Q(owner__account=actor.user)
            | within("branch__path", actor.paths("tasks.answer"))
            | within("branch__path", actor.paths("tasks.watch"))
        )

    def open(self) -> AssignmentQuerySet:
        """Those in which the branch has something to do."""
        return self.filter(state__in=Assignment.OPEN, task__withdrawn_at=None)

    def open_for(self, actor: Actor) -> AssignmentQuerySet:
        """What waits for the actor as owner."""
        return self.open().filter(owner__account=actor.user)

    def late(self, actor: Actor, at: datetime) -> AssignmentQuerySet:
        """Those past their time, among those of which the actor may know it."""
        return self.open().filter(_told_late(actor), due__lte=at)

    def with_lateness(self, actor: Actor, at: datetime) -> AssignmentQuerySet:
        """Each with `told_late` (whether the actor may know of lateness here) and `late` (and it is past its time)."""
        late = _told_late(actor) & Q(state__in=Assignment.OPEN, task__withdrawn_at=None, due__lte=at)
        return self.annotate(late=_whether(late), told_late=_whether(_told_late(actor)))

    def in_order(self) -> AssignmentQuerySet:
        """Organisation order, never by any figure."""
        return self.order_by("branch__park_number", "branch__number", "branch")


def _told_late(actor: Actor) -> Q:
    """Whom lateness is shown to: the branch, its 指导员, and the very office that issued it; nobody above (domain.md §3)."""
    return (
        Q(owner__account=actor.user)
        | within("branch__path", actor.paths("tasks.overdue"))
        | Q(task__org__path__in=[str(path) for path in actor.paths("tasks.assign")])
    )


def _whether(condition: Q) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=models.BooleanField())


class Assignment(models.Model):
    """A task at one branch: its owner, how far it is, until when, the answer. `turn` counts its steps.

    `by_post`: the owner has it as secretary or deputy, so that it follows the post; else it was handed to her.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "待接收"
        DOING = "doing", "办理中"
        ANSWERED = "answered", "已反馈"
        RETURNED = "returned", "已退回"
        SETTLED = "settled", "已办结"

    OPEN = (State.WAITING, State.DOING, State.RETURNED)
    SENT = ("answered", "returned", "settled")  # whoever watches may see what was sent

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    task = models.ForeignKey(Task, models.PROTECT, related_name="assignments")
    branch = models.ForeignKey(Org, models.PROTECT, related_name="assignments")
    owner = models.ForeignKey(Person, models.PROTECT, related_name="assignments", null=True)
    by_post = models.BooleanField(default=True)
    state = models.CharField("办理情况", max_length=8, choices=State, default=State.WAITING)
    turn = models.PositiveIntegerField(default=0)
    due = models.DateTimeField("期限")
    draft = EncryptedField(purpose="files", max_plain=LONGEST_ANSWER, verbose_name="反馈草稿")
    answer = EncryptedField(purpose="files", max_plain=LONGEST_ANSWER, verbose_name="反馈")
    saved_at = models.DateTimeField("存草稿时间", null=True)
    answered_at = models.DateTimeField(null=True)
    returned_why = models.CharField("退回理由", max_length=200, blank=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True)
    changed_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("task", "branch"), name="assignment_one_a_branch"),
            models.CheckConstraint(
                condition=Q(state__in=("waiting", "doing", "answered", "returned", "settled")),
                name="assignment_known_state",
            ),
            models.CheckConstraint(
                condition=(Q(state="settled") & Q(settled_at__isnull=False, settled_by__isnull=False))
                | (~Q(state="settled") & Q(settled_at=None, settled_by=None)),
                name="assignment_settled_by_someone",
            ),
            models.CheckConstraint(
                condition=~Q(state="returned") | ~Q(returned_why=""), name="assignment_returned_why"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("answered", "returned")) | Q(answered_at__isnull=False),
                name="assignment_answered_at",
            ),
        )
        indexes = (
            models.Index(fields=("owner", "state"), name="assignment_of_owner"),
            models.Index(fields=("task", "state"), name="assignment_of_task"),
        )

    @property
    def is_open(self) -> bool:
        """Whether the branch has something to do."""
        return self.state in self.OPEN

    @property
    def words(self) -> str:
        """The answer in clear; empty when there is none."""
        return self.answer.open() if self.answer else ""

    @property
    def kept_words(self) -> str:
        """The answer that is being written, in clear."""
        return self.draft.open() if self.draft else ""

    @property
    def first_line(self) -> str:
        """The first line of the answer."""
        return next((line.strip() for line in self.words.splitlines() if line.strip()), "")


S = Assignment.State
MOVES: dict[str, tuple[str, str]] = {
    "accepted": (S.WAITING, S.DOING),
    "answered": (S.DOING, S.ANSWERED),
    "done": (S.DOING, S.SETTLED),
    "sent_back": (S.ANSWERED, S.RETURNED),
    "resumed": (S.RETURNED, S.DOING),
    "settled": (S.ANSWERED, S.SETTLED),
}


def _lawful() -> Q:
    """The one order of the states, as the database holds it: a step of a kind leads from here to there, or nowhere."""
    lawful = Q(before=models.F("after")) & ~Q(kind__in=list(MOVES))
    for kind, (before, after) in MOVES.items():
        lawful |= Q(kind=kind, before=str(before), after=str(after))
    return lawful


class Step(models.Model):
    """One step of an assignment: who, what, when, and why or what she said. Numbered, so that two at once cannot both."""

    class Kind(models.TextChoices):
        ACCEPTED = "accepted", "接收"
        ANSWERED = "answered", "反馈"
        DONE = "done", "办结"
        SENT_BACK = "sent_back", "退回"
        RESUMED = "resumed", "重新办理"
        SETTLED = "settled", "同意办结"
        HANDED_OVER = "handed_over", "移交"
        PASSED_ON = "passed_on", "随职务转交"
        EXTENDED = "extended", "延期"
        REMINDED = "reminded", "催办"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="steps")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=Kind)
    before = models.CharField(max_length=8)
    after = models.CharField(max_length=8)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True)
    why = models.CharField(max_length=200, blank=True)
    said = EncryptedField(purpose="files", max_plain=LONGEST_ANSWER)

    objects = models.Manager()

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(fields=("assignment", "number"), name="step_one_after_the_other"),
            models.CheckConstraint(condition=_lawful(), name="step_in_lawful_order"),
        )

    @property
    def words(self) -> str:
        """What was said, in clear."""
        return self.said.open() if self.said else ""


class TaskFile(Enclosure):
    """A file of a task, or (`assignment`) of a branch's answer."""

    task = models.ForeignKey(Task, models.PROTECT, related_name="files")
    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="files", null=True)

    class Meta(Enclosure.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=("task", "mark", "name"), condition=Q(assignment=None), name="task_file_once"
            ),
            models.UniqueConstraint(fields=("assignment", "mark", "name"), name="answer_file_once"),
            models.CheckConstraint(condition=Q(size__gt=0), name="task_file_not_empty"),
        )
