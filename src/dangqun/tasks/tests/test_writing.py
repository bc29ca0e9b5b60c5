"""交办任务 has the editor of 写通知: what it sends is cleaned, kept with its structure, read by the branch and found."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from dangqun.orgs.access import Actor
from dangqun.tasks.find import find
from dangqun.tasks.models import Task
from dangqun.tasks.tests.town import LATER, at

pytestmark = [pytest.mark.django_db, pytest.mark.once]
RICH = (
    "<h2>一、范围</h2><p>查<strong>消防</strong>通道，<em>逐栋</em>看。</p><ul><li>甲栋</li><li>乙栋</li></ul>"
    '<p style="color:red" onclick="x()">见<a href="https://example.gov.cn/">通知</a></p><script>alert(1)</script>'
    '<a href="javascript:alert(1)">点</a><img src=x onerror=alert(1)>'
)
KEPT = "<h2>一、范围</h2><p>查<strong>消防</strong>通道，<em>逐栋</em>看。</p><ul><li>甲栋</li><li>乙栋</li></ul>"


def typed(world, **changes):
    day = (timezone.now() + LATER).date().isoformat()
    told = {"title": "消防自查", "orgs": [world.branches["甲"].pk], "day": day, "answer": "text"}
    return told | {"body": RICH, "rich": "1"} | changes


def test_what_the_editor_sends_is_cleaned_kept_read_and_found(world, visit):
    visit(world.user["office"]).post(reverse("task-new"), typed(world, issue="1"))
    task = Task.objects.get()
    assert task.body.startswith(KEPT) and 'href="https://example.gov.cn/"' in task.body
    assert [each for each in ("script", "alert", "style", "onclick", "<img") if each in task.body] == []
    assert task.issued_at
    page = (
        visit(world.user["secretary"]).get(reverse("assignment", args=(at(task, world).pk,))).content.decode()
    )
    assert KEPT in page and "alert(1)" not in page
    actor = Actor.of(world.user["secretary"])
    assert [*find(actor, "消防通道")] == [task] and not find(actor, "strong") and "<" not in task.sought


def test_a_page_that_is_shown_again_loses_nothing_of_what_was_written(world, visit):
    office = visit(world.user["office"])
    page = office.post(reverse("task-new"), typed(world, issue="1", title="")).content.decode()
    assert KEPT in page and "请写标题" in page and "data-editor" in page
    assert "**消防**" in page, "and for who has no script the same with its habits"
    draft = office.get(reverse("task-edit", args=(Task.objects.get().pk,))).content.decode()
    assert KEPT in draft and "要做什么" in draft


def test_without_script_the_plain_field_says_as_much(world, visit):
    body = "## 一、范围\n\n查**消防**通道。\n\n- 甲栋\n- 乙栋"
    visit(world.user["office"]).post(reverse("task-new"), typed(world, body=body, rich="", draft="1"))
    kept = "<h2>一、范围</h2><p>查<strong>消防</strong>通道。</p><ul><li>甲栋</li><li>乙栋</li></ul>"
    assert Task.objects.get().body == kept


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("<p>长</p>" * 20_001, "最多 20000 个字"),
        ("<p>秘密★1年</p><p>内容</p>", "非涉密"),
        ("<p><br></p>", "请写要做什么"),
    ],
)
def test_what_may_not_be_kept_is_said_at_the_field(world, visit, body, sentence):
    page = visit(world.user["office"]).post(reverse("task-new"), typed(world, body=body, issue="1"))
    assert page.status_code == 200 and sentence in page.content.decode()
    assert not Task.objects.filter(issued_at__isnull=False).exists()


def test_a_sign_that_no_database_takes_goes_with_the_cleaning(world, visit):
    visit(world.user["office"]).post(reverse("task-new"), typed(world, body="<p>看\0不见</p>", draft="1"))
    assert "\0" not in Task.objects.get().body
