"""待办 of those who keep the platform going: the first clerk of an empty zone, 安全管理员."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from dangqun.home.todo import heaps
from dangqun.members.imports.tests import town
from dangqun.orgs.access import Actor


def lines(user):
    return [line for heap in heaps(Actor.of(user), timezone.now()) for line in heap.lines]


def test_the_first_clerk_of_an_empty_zone_is_led_to_the_import_until_there_are_branches(db, visit):
    clerk = town.empty_zone()
    page = visit(clerk).get("/").content.decode()
    assert "先导入名册" in page and f'href="{reverse("imports")}"' in page
    headings = ("序号", "企业名称", "所在园区", "所属党组织")
    firm = (1, "恒丰机械有限公司", "东园园区", "恒丰机械有限公司党支部")
    town.bring("organisations", town.book([firm], headings), clerk)
    page = visit(clerk).get("/").content.decode()
    assert "先导入名册" not in page and "现在没有要办的事" in page


def test_roles_that_wait_are_a_line_for_the_security_administrator_alone(world, visit):
    waiting = world.waiting_grant()
    admin = world.user["security_admin"]
    assert [line.title for line in lines(admin)] == ["确认 1 条授权"]
    assert reverse("grants") in visit(admin).get("/").content.decode()
    for role in ("system_admin", "auditor", "office"):
        assert not any(line.url == reverse("grants") for line in lines(world.user[role])), role
    visit(admin).post(reverse("grant-confirm", args=(waiting.pk,)))
    assert lines(admin) == []


def test_a_role_one_proposed_oneself_waits_for_somebody_else(world):
    waiting = world.waiting_grant()
    admin = world.user["security_admin"]
    assert len(lines(admin)) == 1
    waiting.proposed_by = admin
    waiting.save()
    assert lines(admin) == []


@pytest.mark.parametrize("role", ["office", "secretary", "member", "security_admin"])
def test_the_list_and_the_counters_of_one_page_ask_the_database_nothing_twice(world, visit, role):
    browser = visit(world.user[role])
    browser.get("/")
    with CaptureQueriesContext(connection) as asked:
        browser.get("/")
    statements = [each["sql"] for each in asked]
    assert len(statements) > 8 and sorted(statements) == sorted(set(statements))
