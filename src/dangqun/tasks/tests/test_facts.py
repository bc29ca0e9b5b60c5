"""What the auditor reads of tasks: drafts, later deadlines and new owners, from what to what."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dangqun.audit.lines import lines
from dangqun.kernel.calendars import local
from dangqun.kernel.models import Fact
from dangqun.kernel.templatetags.words import dated
from dangqun.tasks import rules
from dangqun.tasks.places import Places
from dangqun.tasks.rules.owners import _pass_on
from dangqun.tasks.tests.town import accepted, at, draft, issued, make_deputy

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def told(what: str) -> dict[str, tuple[str, str]]:
    """Return what the latest fact of a kind says on the auditor's screen: field → (from, to)."""
    (line,) = lines([Fact.objects.filter(what=what).latest("pk")], {})
    return {field: (old, new) for field, old, new in line.changes}


def test_a_changed_draft_of_a_task_is_told_field_by_field(world):
    task = draft(world)
    assert told("tasks.drafted")["标题"] == ("无", "冬季安全生产隐患自查")
    facts = {"title": "隐患自查", "body": "<p>查两遍，写清楚。</p>", "wants": "none", "own_word": True}
    facts["places"] = Places((world.branches["甲"].pk,)).stored()
    rules.save_draft(task, facts, by=world.user["office"])
    found = told("tasks.redrafted")
    assert found["标题"] == ("冬季安全生产隐患自查", "隐患自查")
    assert found["要做什么"] == ("8 字", "8 字，删 1 字，加 1 字")
    assert found["交给"][1] == f"组织 {world.branches['甲'].short_name}"
    assert found["反馈"] == ("一段文字", "不用反馈内容，办完点一下") and found["支部自己办结"] == ("否", "是")
    assert "两遍" not in Fact.objects.filter(what="tasks.redrafted").latest("pk").text


def test_a_later_deadline_is_told_with_the_one_before(world):
    task = issued(world, only="甲")
    before, later = task.deadline, task.deadline + timedelta(days=3)
    rules.extend(task, task.assignments.all(), to=later, by=world.user["office"])
    step = task.assignments.get().steps.get(kind="extended")
    assert step.why == f"延到 {dated(later)}" and "今天" not in dated(task.issued_at), "true on every day"
    shown = [f"{local(each):%Y-%m-%d %H:%M}" for each in (before, later)]
    assert told("tasks.extended")["期限"] == tuple(shown)


def test_a_new_owner_is_told_with_the_one_before_also_when_the_post_decides(world):
    held = accepted(issued(world, only="甲"), world)
    make_deputy(world, "孟庆华")
    rules.hand_over(held, world.person["孟庆华"], by=world.user["secretary"])
    assert told("tasks.handed_over")["负责人"] == ("汪晓燕", "孟庆华")
    _pass_on(at(held.task, world), world.person["汪晓燕"], by=None)
    assert told("tasks.passed_on")["负责人"] == ("孟庆华", "汪晓燕")
