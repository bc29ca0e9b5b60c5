"""Putting rows right on the check page, what is remembered of it, and the report that opens its rows."""

from __future__ import annotations

import pytest

from dangqun.kernel.faults import Fault
from dangqun.members.imports import rules
from dangqun.members.imports.lines import Line
from dangqun.members.imports.tests import town
from dangqun.members.imports.tests.browsing import put_right, send, text
from dangqun.members.models import Import
from dangqun.orgs.access import Actor


def test_one_choice_of_a_branch_serves_all_rows_that_write_it_alike(desk, branch):
    rows = [town.member(f"甲{n}", n, "恒丰机戒公司党支部" if n < 4 else "别的党支部") for n in range(1, 6)]
    send(desk, "members", town.book(rows))
    run = Import.objects.get(kind="members")
    assert "同样写法的另外 2 行一起改" in text(desk.get(f"/people/import/{run.pk}/"))
    page = text(put_right(desk, run, 2, "replace", **{"cell-branch": branch, "alike": "1"}))
    assert "导入 3 人" in page


def test_a_branch_chosen_once_is_chosen_for_the_next_file_and_said(desk, branch):
    send(desk, "members", town.book([town.member(branch="恒丰机戒公司党支部")]))
    run = Import.objects.get(kind="members")
    put_right(desk, run, 2, "replace", **{"cell-branch": branch})
    desk.post(f"/people/import/{run.pk}/store/")
    page = text(send(desk, "members", town.book([town.member("魏小寒", 103, "恒丰机戒公司党支部")])))
    assert "导入 1 人" in page and "按上次的选择归到" in page
    again = Import.objects.get(done_at=None)
    desk.post(f"/people/import/{again.pk}/store/")
    assert town.person("魏小寒").org.name == branch


def test_a_preview_after_a_fix_is_the_one_that_a_whole_new_check_gives(desk, clerk):
    town.bring("organisations", town.sample("zone", "organisations"), clerk)
    send(desk, "members", town.sample("zone", "members"))
    run = Import.objects.get(kind="members")
    fixes = ((("新楼园区", 59), {"cells": {"name": "柏秋阳"}}), (("连城园区", 5), {"skip": True}), (("横埠园区", 12), {"accept": "已核对户口本原件"}), (("新楼园区", 4), {"cells": {"position": "班组长"}}))  # fmt: skip
    for at, fix in fixes:
        rules.put_right(run, at, fix, actor=Actor.of(clerk))
        run.refresh_from_db()
    partly = rules.preview_of(run)
    rules.choose_columns(run, run.columns, actor=Actor.of(clerk))
    assert partly == rules.preview_of(run)


def test_a_refused_fix_keeps_what_was_typed(desk, branch):
    send(desk, "members", town.book([town.member(branch=branch, id_number=town.id_number()[:-1] + "0")]))
    run = Import.objects.get(kind="members")
    answer = put_right(desk, run, 2, "accept", reason="户口")
    assert answer.status_code == 422 and 'value="户口"' in text(answer)


@pytest.mark.parametrize(
    ("show", "wanted", "other"),
    [("new", "魏小寒", "汪小满"), ("changed", "汪小满", "魏小寒"), ("same", "丁小雪", "魏小寒"), ("refused", "没有姓名", "魏小寒"), ("missing", "舒立春", "魏小寒")],
)  # fmt: skip
def test_every_figure_of_the_report_opens_its_rows(desk, branch, clerk, show, wanted, other):
    before = [
        town.member(branch=branch),
        town.member("丁小雪", 105, branch),
        town.member("舒立春", 107, branch),
    ]
    town.bring("members", town.book(before), clerk)
    now = [
        town.member(branch=branch, mobile="19900009999"),
        town.member("魏小寒", 103, branch),
        before[1],
        town.member("", 109, branch),
    ]
    send(desk, "members", town.book(now))
    run = Import.objects.get(done_at=None)
    desk.post(f"/people/import/{run.pk}/store/")
    page = text(desk.get(f"/people/import/{run.pk}/?show={show}"))
    table = page.split("<tbody>")[1].split("</tbody>")[0]
    assert wanted in table and other not in table


def test_the_preview_speaks_chinese_only(desk, branch):
    send(desk, "members", town.book([town.member(branch=branch, state="正式")]))
    page = text(desk.get(f"/people/import/{Import.objects.get(kind='members').pk}/"))
    assert "正式党员" in page and ">full<" not in page


def test_a_credit_code_with_eleven_figures_in_a_row_is_shown_whole(desk):
    code = "913408992116W7K0QY"
    headings = ("序号", "企业名称", "统一社会信用代码", "所在园区", "所属党组织")
    rows = [(1, "恒丰机械有限公司", code, "东园园区", "恒丰机械有限公司党支部")]
    send(desk, "organisations", town.book(rows, headings))
    assert code in text(desk.get(f"/people/import/{Import.objects.get().pk}/"))


def test_an_appointment_is_told_in_words(desk, branch):
    send(desk, "members", town.book([town.member(branch=branch)]))
    desk.post(f"/people/import/{Import.objects.get(kind='members').pk}/store/")
    headings = ("党支部", "片区", "职务", "姓名", "手机号码", "任职日期")
    row = (branch, "第一片区", "书记", "汪小满", "19900000101", "2024-03-01")
    send(desk, "officers", town.book([row], headings, "支部班子"))
    run = Import.objects.get(kind="officers")
    desk.post(f"/people/import/{run.pk}/store/")
    page = text(desk.get(f"/people/import/{run.pk}/?show=changed"))
    assert "任职：<del>（空）</del> → <ins>书记</ins>" in page and "office：" not in page


def test_what_is_wrong_and_what_to_do_are_told_apart():
    line = Line("花名册", 2, {}, {})
    line.refuse_for(Fault("mobile", "手机号码应当是 11 位，以 13 到 19 开头，请核对。"), "mobile")
    assert (line.remarks[0].what, line.remarks[0].do) == ("手机号码应当是 11 位，以 13 到 19 开头", "请核对")
