"""Offices (任职): who holds which post where, with terms."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from dangqun.members.models.people import Person
from dangqun.orgs.models import Enterprise, Org
from dangqun.orgs.reach import Reachable
from dangqun.orgs.spans import Dated, DatedQuerySet


class OfficeQuerySet(DatedQuerySet, Reachable):
    """Reads of offices."""

    def of_branch(self) -> OfficeQuerySet:
        """Posts of a branch's own team (班子): secretary, deputy, members of its committee."""
        return self.filter(post__in=Office.TEAM)

    def leading(self) -> OfficeQuerySet:
        """Secretaries."""
        return self.filter(post=Office.Post.SECRETARY)

    def in_order(self) -> OfficeQuerySet:
        """Secretary first, then deputies, committee members and the others; the longest in office first."""
        ranks = [models.When(post=post, then=rank) for rank, post in enumerate(Office.Post.values)]
        return self.order_by(
            models.Case(*ranks, default=99), models.F("starts_on").asc(nulls_first=True), "pk"
        )


class Office(Dated):
    """A post held by a person at an organisation; `title` keeps the words of the workbook."""

    class Post(models.TextChoices):
        COMMITTEE_SECRETARY = "committee_secretary", "综合党委书记"
        COMMITTEE_DEPUTY = "committee_deputy", "综合党委副书记"
        COMMITTEE_MEMBER = "committee_member", "党委委员"
        OFFICE_HEAD = "office_head", "办公室主任"
        OFFICE_CLERK = "office_clerk", "办公室干事"
        SECRETARY = "secretary", "书记"
        DEPUTY = "deputy", "副书记"
        BRANCH_MEMBER = "branch_member", "支部委员"
        INSTRUCTOR = "instructor", "党建指导员"
        ENTERPRISE_CONTACT = "enterprise_contact", "企业联系人"
        ADMINISTRATOR = "administrator", "系统管理"

    TEAM = (Post.SECRETARY, Post.DEPUTY, Post.BRANCH_MEMBER)
    CALLED = (
        *Post.values[: Post.values.index("secretary")],
        Post.INSTRUCTOR,
    )
    COMMITTEE = (Post.COMMITTEE_SECRETARY, Post.COMMITTEE_DEPUTY, Post.COMMITTEE_MEMBER)

    person = models.ForeignKey(Person, models.PROTECT, related_name="offices")
    org = models.ForeignKey(Org, models.PROTECT, related_name="offices")
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="offices", null=True)
    post = models.CharField("职务", max_length=20, choices=Post)
    title = models.CharField("职务名称", max_length=40, blank=True)
    full_time = models.BooleanField("专职", default=False)
    term_from = models.DateField("本届起始", null=True, blank=True)

    objects = OfficeQuerySet.as_manager()

    class Meta:
        constraints = (
            *Dated.constraints("office"),
            models.UniqueConstraint(
                fields=("org", "post"),
                condition=Q(ends_on=None, post="secretary"),
                name="office_one_secretary",
            ),
            models.UniqueConstraint(
                fields=("person", "org", "post", "enterprise"),
                condition=Q(ends_on=None),
                name="office_once",
                nulls_distinct=False,
            ),
        )
        indexes = (models.Index(fields=("org", "post", "ends_on"), name="office_of_org"),)

    def __str__(self) -> str:
        return self.title or self.get_post_display()
