"""What the auditor reads of drafts, templates and corrections: from what, to what; of texts how much, never the words."""

from __future__ import annotations

import pytest

from dangqun.audit.lines import lines
from dangqun.kernel.models import Fact
from dangqun.notices import rules
from dangqun.notices.audience import Audience
from dangqun.notices.models import Template
from dangqun.notices.tests.town import draft, published
from dangqun.notices.writing import change_in_figures
from tests.world import for_a_module

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(scope="module")
def town(django_db_setup, django_db_blocker):
    with for_a_module(django_db_blocker) as world:
        yield world


def told(what: str) -> dict[str, tuple[str, str]]:
    """Return what the latest fact of a kind says on the auditor's screen: field → (from, to)."""
    (line,) = lines([Fact.objects.filter(what=what).latest("pk")], {})
    return {field: (old, new) for field, old, new in line.changes}


def test_a_changed_draft_is_told_field_by_field_and_its_text_by_its_length(town):
    notice, by = draft(town), town.user["office"]
    assert told("notices.drafted")["标题"] == ("无", "关于核对党员信息的通知")
    facts = {
        "title": "关于核对党员信息的补充通知",
        "body": "<p>请尽快核对。</p>",
        "audience": Audience(orgs=(town.branches["甲"].pk,), posts=("secretary",)).stored(),
        "deadline": None,
        "urgency": "urgent",
    }
    rules.save_draft(notice, facts, by=by)
    found = told("notices.redrafted")
    assert found["标题"] == ("关于核对党员信息的通知", "关于核对党员信息的补充通知")
    assert found["正文"] == ("4 字", "6 字，删 0 字，加 2 字")
    assert found["发给"] == ("哪些人 党员", f"组织 {town.branches['甲'].short_name}，哪些人 支部书记")
    assert found["签收截止"][1] == "无" and found["缓急"] == ("平常", "紧急")
    assert "尽快" not in Fact.objects.filter(what="notices.redrafted").latest("pk").text


def test_what_did_not_change_in_a_draft_is_not_told(town):
    notice = draft(town)
    rules.save_draft(notice, {"title": "另一个标题", "body": notice.body}, by=town.user["office"])
    assert [*told("notices.redrafted")] == ["标题"]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("", "<p>请核对。</p>", ["0 字", "4 字，删 0 字，加 4 字"]),
        ("<p>请核对。</p>", "<p>请<strong>核对</strong>。</p>", ["4 字", "4 字，只改了格式"]),
        ("<p>甲乙丙丁</p>", "<p>甲戊丁</p>", ["4 字", "3 字，删 2 字，加 1 字"]),
        ("<p>甲甲甲</p>", "<p>甲甲</p>", ["3 字", "2 字，删 1 字，加 0 字"]),
    ],
)
def test_the_length_of_a_change_is_that_of_what_differs(before, after, words):
    assert change_in_figures(before, after) == words


def test_a_correction_tells_that_its_text_changed_and_by_how_much(town):
    notice = published(town)
    rules.correct(
        notice,
        rules.Correction(notice.title, "<p>请于周五前核对。</p>", notice.deadline, "写漏了"),
        seen=0,
        by=town.user["office"],
    )
    assert told("notices.corrected")["正文"] == ("4 字", "8 字，删 0 字，加 4 字")


def test_a_template_is_told_with_what_it_was_and_what_it_is(town):
    by = town.user["office"]
    template = rules.keep_template(draft(town), name="核对", is_shared=False, by=by)
    kept = told("notices.template_kept")
    assert (
        kept["模板名称"] == ("", "核对") and kept["标题"][1] == "关于核对党员信息的通知" and kept["正文"][1]
    )
    rules.change_template(template, name="核对信息", is_shared=True, by=by)
    changed = told("notices.template_changed")
    assert changed == {"模板名称": ("核对", "核对信息"), "全办公室可用": ("否", "是")}
    rules.change_template(template, name="核对信息", is_shared=False, by=by)
    assert told("notices.template_changed") == {"全办公室可用": ("是", "否")}
    rules.drop_template(Template.objects.get(pk=template.pk), by=by)
    assert told("notices.template_dropped")["模板名称"] == ("核对信息", "无")
