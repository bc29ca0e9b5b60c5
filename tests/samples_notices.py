"""What the walk of every URL needs for 更正, 撤回, 定时, 接手, 模板, 代签 and 电话名单."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from dangqun.notices import rules
from dangqun.notices.models import Notice

OFFICE = frozenset({"office"})


def samples(world: Any, here: Any, there: Any, publish: Any) -> dict[str, Any]:
    """`here`, `there`: notices to the own and to another branch; `publish(branch)` makes one more of the same."""
    own, other = world.branches["甲"], world.branches["丙"]
    readers = frozenset({"office", "committee_member", "instructor", "secretary", "member"})
    elsewhere = frozenset({"office", "stranger"})
    corrected = {"here": _corrected(world, publish(own)), "there": _corrected(world, publish(other))}
    by = world.user["office"]
    template = rules.keep_template(here, name="模板", is_shared=False, by=by)
    of_receivers = [
        ({"pk": here.pk}, frozenset({"secretary", "member"})),
        ({"pk": there.pk}, frozenset({"stranger"})),
    ]
    of_issuers = [({"pk": here.pk}, OFFICE), ({"pk": there.pk}, OFFICE)]
    standing_in = [
        ({"pk": here.pk, "branch": own.pk}, frozenset({"office", "secretary"})),
        ({"pk": there.pk, "branch": other.pk}, elsewhere),
    ]
    return {
        "notice-noted": of_receivers,
        "notice-disown": of_receivers,
        "notice-editions": [
            ({"pk": corrected["here"].pk}, readers),
            ({"pk": corrected["there"].pk}, elsewhere),
        ],
        "notice-correct": of_issuers,
        "notice-withdraw": of_issuers,
        "notice-pattern": of_issuers,
        "notice-template": [({"pk": template.pk}, OFFICE)],
        "notice-schedule": [({"pk": _scheduled(world, own).pk}, OFFICE)],
        "notice-left": [
            ({"pk": _left(world, "other_secretary").pk}, OFFICE | {"committee_member"}),
            ({"pk": _left(world, "stranger").pk}, OFFICE),
        ],
        "notice-sign-for": standing_in,
        "notice-unsign-for": standing_in,
        "notice-phones": [
            ({"pk": here.pk}, frozenset({"office", "secretary"})),
            ({"pk": there.pk}, elsewhere),
        ],
    }


def _corrected(world: Any, notice: Any) -> Any:
    wanted = rules.Correction(title="改过的标题", body=notice.body, deadline=None, why="写错了")
    rules.correct(notice, wanted, seen=0, by=world.user["office"])
    return notice


def _scheduled(world: Any, branch: Any) -> Any:
    facts = {
        "title": "定时",
        "body": "<p>到时再发</p>",
        "audience": {"orgs": [branch.pk], "posts": ["member"]},
    }
    notice = rules.save_draft(None, facts, by=world.user["office"])
    return rules.schedule(notice, timezone.now() + timedelta(hours=8), by=world.user["office"])


def _left(world: Any, author: str) -> Any:
    notice = rules.save_draft(None, {"title": "没写完"}, by=world.user[author])
    Notice.objects.filter(pk=notice.pk).update(left_at=timezone.now())
    return notice
