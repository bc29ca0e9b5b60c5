"""Large files, and what must not be lost or done twice: the worker, 待办, two clerks at once."""

from __future__ import annotations

import pytest

from dangqun.kernel.jobs import run_waiting
from dangqun.members.imports import rules
from dangqun.members.imports.tests import town
from dangqun.members.imports.tests.browsing import put_right, send, text
from dangqun.members.models import Import, Person
from dangqun.orgs.access import Actor


def long_book(branch, count=rules.LARGE + 1, **other):
    rows = [
        town.member(f"甲{n}", 100 + n % 800, branch, mobile=f"1990{n:07d}", id_number="", **other)
        for n in range(count)
    ]
    return town.book(rows)


def test_a_large_file_is_checked_and_stored_by_the_worker_while_the_page_tells_how_far_it_is(desk, branch):
    page = text(send(desk, "members", long_book(branch), "全区名册.xlsx"))
    run = Import.objects.get(kind="members")
    assert "可以离开本页" in page and 'hx-trigger="every 1s, live"' in page and not run.preview_key
    assert "正在后台核对 3,001 行" in text(desk.get("/"))
    assert run_waiting() == 1
    assert (
        desk.get(f"/people/import/{run.pk}/", HTTP_HX_REQUEST="true")["HX-Redirect"]
        == f"/people/import/{run.pk}/"
    )
    assert "导入 3,001 人" in text(desk.get(f"/people/import/{run.pk}/"))
    assert "可以离开本页" in text(desk.post(f"/people/import/{run.pk}/store/", follow=True))
    refused = desk.post(f"/people/import/{run.pk}/drop/")
    assert refused.status_code == 422 and "正在后台处理" in text(refused)
    desk.post(f"/people/import/{run.pk}/store/")
    assert not Person.objects.filter(name="甲1").exists()
    run_waiting()
    assert Person.objects.filter(name__startswith="甲").count() == 3001, "asked for twice, stored once"
    assert "已导入 3,001 人" in text(desk.get(f"/people/import/{run.pk}/"))
    assert "看导入结果：全区名册.xlsx" in text(desk.get("/"))


def test_a_large_file_that_is_refused_as_a_whole_says_so_and_stores_nothing(desk, branch):
    send(desk, "members", long_book(branch, state="群众"))
    run = Import.objects.get(kind="members")
    run_waiting()
    put_right(desk, run, 2, "replace", **{"cell-state": "正式党员"})
    desk.post(f"/people/import/{run.pk}/store/", {"strict": "on"})
    run_waiting()
    page = text(desk.get(f"/people/import/{run.pk}/"))
    assert "按您的选择一行都没有导入" in page and "导入 1 人" in page
    assert not Person.objects.filter(name="甲0").exists()


def test_an_unfinished_import_waits_in_todo_until_it_is_stored(desk, branch):
    send(desk, "members", town.book([town.member(branch=branch), town.member("", 103, branch)]), "名册.xlsx")
    run = Import.objects.get(kind="members")
    assert "核对并导入：名册.xlsx" in text(desk.get("/")) and "1 人可以导入，1 行要改" in text(desk.get("/"))
    put_right(desk, run, 3, "skip")
    desk.post(f"/people/import/{run.pk}/store/")
    assert "名册.xlsx" not in text(desk.get("/"))


def test_two_clerks_who_put_the_same_file_right_at_once_lose_nothing(desk, branch, clerk):
    rows = [town.member(branch=branch, state="群众"), town.member("魏小寒", 103, branch, state="群众")]
    send(desk, "members", town.book(rows))
    mine, hers = (Import.objects.get(kind="members") for _ in range(2))
    rules.put_right(mine, ("花名册", 2), {"cells": {"state": "正式党员"}}, actor=Actor.of(clerk))
    with pytest.raises(rules.RuleBroken, match="刚刚有人改过"):
        rules.put_right(hers, ("花名册", 3), {"cells": {"state": "正式党员"}}, actor=Actor.of(clerk))
    assert set(rules.fixes_of(Import.objects.get(pk=mine.pk))) == {"花名册\n2"}
