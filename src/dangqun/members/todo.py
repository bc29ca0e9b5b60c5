"""What members put under 待办: imports that are not finished, what the worker has finished; grants to confirm."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import timezone

from dangqun.members.imports import rules
from dangqun.members.imports.kinds import kind_of
from dangqun.members.imports.scope import NEEDS
from dangqun.members.models import CorrectionRequest, Import
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Grant

MOST = 12
MOST_GRANTS = 200
CONFIRMS = "staff.grant"
DECIDES = "members.manage"


@dataclass(frozen=True)
class TodoLine:
    """One line of 待办: what, from whom, until when, what is left, the verb."""

    icon: str
    kind: str
    title: str
    issuer: str
    due: datetime | None
    note: str
    verb: str
    url: str
    post_url: str = ""
    is_urgent: bool = False


def grant_lines(actor: Actor) -> list[TodoLine]:
    """Return one line for the roles that wait for the actor's confirmation. One query, for 安全管理员 only."""
    if not actor.can(CONFIRMS):
        return []
    held = Grant.objects.reachable(actor, CONFIRMS).open().waiting().filter(source=Grant.Source.STAFF)
    asked = held.exclude(user=actor.user).exclude(proposed_by=actor.user).select_related("org", "proposed_by")
    waiting = list(asked.order_by("pk")[:MOST_GRANTS])
    if not waiting:
        return []
    line = TodoLine(
        icon="shield-lock",
        kind="授权",
        title=f"确认 {len(waiting)} 条授权",
        issuer=waiting[0].org.short_name if waiting[0].org else "",
        due=None,
        note="确认以后，岗位才起作用",
        verb="去确认",
        url=reverse("grants"),
    )
    return [line]


def request_lines(actor: Actor) -> list[TodoLine]:
    """Return what people ask to have corrected in their files, the oldest first. One query, for the office only."""
    if not actor.can(DECIDES):
        return []
    asked = CorrectionRequest.objects.reachable(actor, DECIDES).open().select_related("person__org")
    return [
        TodoLine(
            icon="user",
            kind="更正申请",
            title=f"核对{each.person}申请更正的{each.get_field_display()}",
            issuer=each.person.org.short_name,
            due=None,
            note="采纳或者不采纳，本人等着结果",
            verb="去核对",
            url=reverse("person-request", args=(each.pk,)),
        )
        for each in asked.order_by("pk")[:MOST]
    ]


def import_lines(actor: Actor) -> list[TodoLine]:
    """Return what of the actor's imports of the last 24 hours waits for her: the newest of each kind. One query."""
    if not actor.can(NEEDS):
        return []
    now = timezone.now()
    own = Import.objects.filter(by=actor.user, expires_at__gt=now, dropped_at=None).select_related("org")
    return list(_lines(own.order_by("-pk")[:MOST]))


def _lines(runs: Iterable[Import]) -> Iterator[TodoLine]:
    told: set[str] = set()
    for run in runs:
        note = "" if run.kind in told else _note(run)
        told.add(run.kind)
        if note:
            yield TodoLine(
                icon="file-spreadsheet",
                kind="导入",
                title=f"{'看导入结果' if run.done_at else '核对并导入'}：{run.filename}",
                issuer=run.org.short_name,
                due=run.expires_at,
                note=note,
                verb="看结果" if run.done_at else "去核对",
                url=reverse("import", args=(run.pk,)),
            )


def _note(run: Import) -> str:
    unit, figures = kind_of(run.kind).unit, run.figures
    if run.done_at is None:
        if not run.columns_settled:
            return "还要选几列的对应"
        if "accepted" not in figures:
            return f"正在后台核对 {figures['rows']:,} 行"
        return f"{figures['accepted']:,} {unit}可以导入，{figures['refused']:,} 行要改"
    if figures.get("refused"):
        return (
            f"已导入 {figures['accepted']:,} {unit}，{figures['refused']:,} 行没有导入，批注过的原表可以下载"
        )
    return f"已导入 {figures['accepted']:,} {unit}" if rules.is_large(run) else ""
