"""账号清查: which accounts nobody answers for. Whether an account is orphaned, never who signed in when (domain.md §3)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from dangqun.accounts.models import SignIn
from dangqun.kernel.calendars import today
from dangqun.members.models import Activation, Person
from dangqun.orgs.models import ContactPoint, Grant, ZoneMember

NOBODY, NOTHING = "没有对应的人", "没有授权、党籍、片区、联系点"
UNUSED, CODE, MIXED = "很久没有用过", "发出的激活码还没用", "管理员又有别的岗位"


class Finding(NamedTuple):
    """One account of the staff and what is to be looked into."""

    user: Any
    why: str


def orphaned() -> QuerySet[Any]:
    """Return the open accounts that belong to nobody or may do nothing, each with `why`."""
    person = Person.objects.filter(account=OuterRef("pk"))
    day, mine = today(), {"user": OuterRef("pk")}
    held = [model.objects.on(day).filter(**mine) for model in (ZoneMember, ContactPoint)]
    granted = Grant.objects.filter(**mine)  # one that waits has its owner and its guard
    alive = Q(Exists(granted.on(day).effective()) | Exists(granted.waiting()))
    for each in held:
        alive |= Q(Exists(each))
    users = (
        get_user_model()
        .objects.filter(is_active=True)
        .annotate(
            why=Case(
                When(~Exists(person), then=Value(NOBODY)),
                When(~alive, then=Value(NOTHING)),
                default=Value(""),
            )
        )
    )
    return users.exclude(why="").order_by("pk")


def of_staff() -> list[Finding]:
    """Return what is to be looked into with accounts of the office and the administrators."""
    day, now = today(), timezone.now()
    work = Grant.objects.effective().on(day).filter(user=OuterRef("pk"))
    staff = (
        get_user_model()
        .objects.filter(is_active=True)
        .annotate(
            mixed=Exists(work.filter(role__in=settings.ADMINISTRATOR_ROLES)) & _other_work(work, day),
            unused=~Exists(
                SignIn.objects.filter(
                    user=OuterRef("pk"), seen_at__gte=now - timedelta(days=settings.UNUSED_DAYS)
                )
            )
            & Q(activated_at__lt=now - timedelta(days=settings.UNUSED_DAYS)),
            code=Exists(Activation.objects.usable(now).filter(person__account=OuterRef("pk"))),
        )
    )
    found = staff.filter(Exists(work.filter(role__in=settings.STAFF_ROLES)))
    marks = (("mixed", MIXED), ("unused", UNUSED), ("code", CODE))
    return [
        Finding(user, word) for user in found.order_by("pk") for mark, word in marks if getattr(user, mark)
    ]


def _other_work(work: QuerySet[Any], day: Any) -> Q:
    business = work.exclude(role__in=(*settings.ADMINISTRATOR_ROLES, "member"))
    held = [model.objects.on(day).filter(user=OuterRef("pk")) for model in (ZoneMember, ContactPoint)]
    return Q(Exists(business)) | Q(Exists(held[0])) | Q(Exists(held[1]))
