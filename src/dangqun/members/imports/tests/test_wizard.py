"""The wizard in the browser: upload, columns, check, put right, store, report."""

from __future__ import annotations

import io
from datetime import timedelta

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dangqun.kernel import files
from dangqun.kernel.models import Fact
from dangqun.members.imports import rules
from dangqun.members.imports.kinds import kind_of
from dangqun.members.imports.tests import town
from dangqun.members.imports.tests.browsing import put_right, send, text
from dangqun.members.models import Import, LearnedColumn, Membership, Person
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Enterprise, Org

PLEDGE = "本平台为非涉密平台，严禁处理、传输国家秘密和工作秘密"


def test_an_empty_platform_shows_three_steps_in_their_order_with_the_first_one_red(desk):
    page = text(desk.get("/people/import/"))
    order = [page.index(f"<h2>{label}</h2>") for label in ("企业和支部", "党员", "班子和指导员")]
    assert order == sorted(order) and page.count("还没有") == 3
    assert page.count("btn-primary") == 1
    assert page.index("btn-primary") < order[1]


def test_the_whole_way_from_upload_to_report(desk):
    for kind, button in (
        ("organisations", "导入 51 家企业"),
        ("members", "导入 195 人"),
        ("officers", "导入 178 条任职"),
    ):
        checked = send(desk, kind, town.sample("zone", kind), town.BOOKS[kind])
        assert button in text(checked)
        run = Import.objects.get(kind=kind)
        report = desk.post(f"/people/import/{run.pk}/store/", follow=True)
        assert f"已{button}" in text(report)
    assert (Enterprise.objects.count(), Membership.objects.open().count()) == (51, 195)


def test_upload_says_that_the_platform_is_not_for_secrets(desk):
    assert PLEDGE in text(desk.get("/people/import/members/"))


def test_the_check_page_names_row_cell_reason_and_way_out_and_masks_numbers(desk):
    town.bring("organisations", town.sample("zone", "organisations"), Import_user(desk))
    page = text(send(desk, "members", town.sample("zone", "members")))
    assert "横埠园区 第 12 行" in page and "身份证号最后一位不对" in page
    assert "340899198603050600" not in page and "340899********" in page
    assert "19970000139" not in page
    run = Import.objects.get(kind="members")
    focused = text(desk.get(f"/people/import/{run.pk}/?sheet=2&row=12"))
    assert "E12" in focused and "号码照此导入" in focused


def Import_user(desk):
    from django.contrib.auth import get_user_model

    return get_user_model().objects.get(pk=desk.session["_auth_user_id"])


def test_nothing_is_stored_before_the_red_button(desk, branch):
    before = Person.objects.count()
    send(desk, "members", town.book([town.member(branch=branch)]))
    assert Person.objects.count() == before
    assert Fact.objects.latest("pk").what == "members.import_begun"


def test_strange_columns_are_asked_once_and_then_remembered(desk, branch):
    headings = (*town.HEADINGS[:-1], "归谁管", "爱好")
    data = town.book([(*town.member(branch=branch), "钓鱼")], headings)
    page = text(send(desk, "members", data))
    assert "对应列" in page and page.count("不认得") == 2 and "还没有找到：所在党支部" in page
    run = Import.objects.get(kind="members")
    asked = {f"column-0-{at}": field for at, field in enumerate(FIELDS)} | {
        "column-0-8": "branch",
        "column-0-9": "",
    }
    page = text(desk.post(f"/people/import/{run.pk}/columns/", asked, follow=True))
    assert "导入 1 人" in page
    assert set(LearnedColumn.objects.values_list("heading", "field")) == {("归谁管", "branch"), ("爱好", "")}
    assert "导入 1 人" in text(send(desk, "members", data)), "the second import needs no click on columns"


FIELDS = ("name", "sex", "id_number", "born_on", "state", "joined_on", "full_on", "mobile")


def test_two_columns_for_one_field_are_refused_and_the_choice_stays(desk, branch):
    headings = (*town.HEADINGS, "爱好")
    send(desk, "members", town.book([(*town.member(branch=branch), "钓鱼")], headings))
    run = Import.objects.get(kind="members")
    asked = {f"column-0-{at}": field for at, field in enumerate((*FIELDS, "branch"))} | {"column-0-9": "name"}
    answer = desk.post(f"/people/import/{run.pk}/columns/", asked)
    assert answer.status_code == 422 and "有两列都对应“姓名”" in text(answer)
    assert '<option value="name" selected>' in text(answer).split("column-0-9")[1]


def test_columns_learned_by_one_organisation_do_not_serve_another(desk, branch, clerk):
    LearnedColumn.objects.create(
        org=Org.objects.get(name=branch), kind="members", heading="归谁管", field="branch"
    )
    data = town.book([town.member(branch=branch)], (*town.HEADINGS[:-1], "归谁管"))
    assert "不认得" in text(send(desk, "members", data))


def test_an_old_number_is_accepted_with_a_reason_that_stays_with_the_person(desk, branch):
    wrong = town.id_number()[:-1] + "0"
    data = town.book([town.member(branch=branch, id_number=wrong)])
    send(desk, "members", data)
    run = Import.objects.get(kind="members")
    refused = put_right(desk, run, 2, "accept", reason="")
    assert refused.status_code == 422 and "请写明理由" in text(refused)
    page = text(put_right(desk, run, 2, "accept", reason="已核对户口本原件"))
    assert "导入 1 人" in page
    desk.post(f"/people/import/{run.pk}/store/")
    held = town.person("汪小满")
    assert (held.id_number.open(), held.id_accepted_because) == (wrong, "已核对户口本原件")
    again = town.bring("members", data, Import_user(desk))
    assert (again["accepted"], again["changed"]) == (1, 0), (
        "the same file later is accepted without asking again"
    )


def test_a_branch_is_chosen_for_a_row_whose_branch_is_unknown(desk, branch):
    send(desk, "members", town.book([town.member(branch="恒丰机戒公司党支部")]))
    run = Import.objects.get(kind="members")
    page = text(put_right(desk, run, 2, "replace", **{"cell-branch": branch}))
    assert "导入 1 人" in page
    desk.post(f"/people/import/{run.pk}/store/")
    assert town.person("汪小满").org.name == branch


def test_a_cell_is_typed_anew_and_kept_encrypted(desk, branch):
    send(desk, "members", town.book([town.member(branch=branch, id_number="34089919850305")]))
    run = Import.objects.get(kind="members")
    assert "导入 1 人" in text(put_right(desk, run, 2, "replace", **{"cell-id_number": town.id_number()}))
    with connection.cursor() as cursor:
        cursor.execute("select fixes, figures from members_import")
        stored = b"".join(
            bytes(str(value), "utf-8") if isinstance(value, str) else bytes(value)
            for value in cursor.fetchone()
        )
    assert town.id_number().encode() not in stored
    assert town.id_number() not in "\n".join(Fact.objects.values_list("text", flat=True))


def test_a_row_is_left_out_and_taken_in_again(desk, branch):
    send(
        desk, "members", town.book([town.member(branch=branch, name=""), town.member("魏小寒", 103, branch)])
    )
    run = Import.objects.get(kind="members")
    page = text(put_right(desk, run, 2, "skip"))
    assert "另有 1 行您选择不导" in page and "还是要导" in text(
        desk.get(f"/people/import/{run.pk}/?sheet=0&row=2")
    )
    put_right(desk, run, 2, "restore")
    run.refresh_from_db()
    assert (run.figures["refused"], run.figures["skipped"]) == (1, 0)


def test_strict_stores_nothing_while_a_row_is_faulty_and_the_import_goes_on(desk, branch):
    send(desk, "members", town.book([town.member(branch=branch), town.member("", 103, branch)]))
    run = Import.objects.get(kind="members")
    answer = desk.post(f"/people/import/{run.pk}/store/", {"strict": "on"})
    assert answer.status_code == 422 and "一行都没有导入" in text(answer)
    assert not Person.objects.filter(name="汪小满").exists()
    put_right(desk, run, 3, "skip")
    assert "已导入 1 人" in text(desk.post(f"/people/import/{run.pk}/store/", {"strict": "on"}, follow=True))


def test_the_red_button_twice_stores_once(desk, branch):
    send(desk, "members", town.book([town.member(branch=branch)]))
    run = Import.objects.get(kind="members")
    desk.post(f"/people/import/{run.pk}/store/")
    again = desk.post(f"/people/import/{run.pk}/store/", follow=True)
    assert "没有导入第二遍" in text(again) and "已导入 1 人" in text(again), (
        "an impatient finger sees the report"
    )
    assert Fact.objects.filter(what="members.imported").count() == 2, (
        "the fixture's organisations, and this one"
    )


def test_the_report_shows_old_and_new_masked_and_who_is_missing(desk, branch, clerk):
    rows = [town.member(branch=branch), town.member("魏小寒", 103, branch)]
    town.bring("members", town.book(rows), clerk)
    send(desk, "members", town.book([town.member(branch=branch, mobile="19900009999")]))
    run = Import.objects.get(done_at=None)
    page = text(desk.post(f"/people/import/{run.pk}/store/", follow=True))
    assert "<del>199****0101</del> → <ins>199****9999</ins>" in page
    assert "19900009999" not in page and "魏小寒" not in page
    missing = text(desk.get(f"/people/import/{run.pk}/?show=missing"))
    assert "表中没有" in missing and "魏小寒" in missing


def test_the_marked_copy_is_the_senders_own_book_with_red_cells_and_comments(desk, clerk):
    town.bring("organisations", town.sample("zone", "organisations"), clerk)
    send(desk, "members", town.sample("zone", "members"), "花名册.xlsx")
    run = Import.objects.get(kind="members", done_at=None)
    answer = desk.get(f"/people/import/{run.pk}/marked/")
    assert "attachment" in answer["Content-Disposition"]
    copy = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    marked = {
        (sheet.title, cell.row) for sheet in copy for row in sheet.iter_rows() for cell in row if cell.comment
    }
    assert marked == {(each["sheet"], each["row"]) for each in town.expected("zone")["refused"]}
    assert "最后一位不对" in copy["横埠园区"]["E12"].comment.text


def test_after_24_hours_the_file_is_gone_and_the_page_says_what_to_do(desk, branch, clerk, monkeypatch):
    send(desk, "members", town.book([town.member(branch=branch)]))
    run = Import.objects.get(kind="members")
    later = timezone.now() + timedelta(hours=24, minutes=1)
    with monkeypatch.context() as tomorrow:
        tomorrow.setattr(timezone, "now", lambda: later)
        assert rules.preview_of(run) is None and files.fetch(run.file_key) is None
        with pytest.raises(rules.RuleBroken, match="超过 24 小时"):
            rules.carry_out(run, strict=False, actor=Actor.of(clerk))
    Import.objects.filter(pk=run.pk).update(expires_at=timezone.now() - timedelta(minutes=1))
    assert "重新上传" in text(desk.get(f"/people/import/{run.pk}/"))
    answer = desk.post(f"/people/import/{run.pk}/store/")
    assert answer.status_code == 422 and "超过 24 小时" in text(answer)


def test_what_is_kept_on_disk_is_unreadable_and_forgotten_when_given_up(desk, branch, settings):
    send(desk, "members", town.book([town.member(branch=branch)]))
    run = Import.objects.get(kind="members")
    for file in (settings.DATA / "files").rglob("*"):
        assert not file.is_file() or (
            b"xl/workbook" not in file.read_bytes() and "汪小满".encode() not in file.read_bytes()
        )
    desk.post(f"/people/import/{run.pk}/drop/")
    assert files.fetch(run.file_key) is None
    assert "已经放弃" in text(desk.get(f"/people/import/{run.pk}/"))


def test_preview_pages_take_the_same_number_of_queries_at_three_and_at_thirty_rows(desk, branch):
    def queries(count):
        rows = [town.member(f"甲{n}", n, branch if n % 3 else "无名党支部") for n in range(1, count + 1)]
        send(desk, "members", town.book(rows))
        run = Import.objects.latest("pk")
        with CaptureQueriesContext(connection) as counted:
            desk.get(f"/people/import/{run.pk}/")
        return len(counted)

    assert queries(3) == queries(30)


def test_the_check_page_of_a_long_file_stays_light(desk, branch):
    rows = [town.member(f"甲{n}", n, branch if n % 2 else "无名党支部") for n in range(1, 900)]
    page = send(desk, "members", town.book(rows))
    assert len(page.content) < 200_000
    assert text(page).count("<tr id=") < 120


def test_nonsense_in_the_address_or_a_form_is_answered_with_a_page(desk, branch):
    send(desk, "members", town.book([town.member(branch="无名党支部")]))
    run = Import.objects.get(kind="members")
    for query in (
        "sheet=99&row=-1",
        "sheet=x",
        "open=9-1",
        "tab=%F0%9F%98%80",
        "from=99999999999",
        "row=" + "9" * 40,
    ):
        assert desk.get(f"/people/import/{run.pk}/?{query}").status_code == 200
    assert desk.get(f"/people/import/{run.pk}/?open=%00").status_code == 400
    for act in ("", "replace", "accept", "boom"):
        assert put_right(desk, run, 2, act).status_code in (200, 422)
    assert put_right(desk, run, 999, "skip").status_code == 422
    assert put_right(desk, run, 2, "replace", sheet=77).status_code == 200
    assert desk.get("/people/import/nonsense/").status_code == 404
    assert desk.post(f"/people/import/{run.pk}/columns/", {"column-0-0": "boom"}).status_code == 422


@pytest.mark.parametrize("kind", ["organisations", "members", "officers"])
def test_the_blank_workbook_of_a_kind_is_understood_by_its_own_import(desk, clerk, kind):
    from dangqun.members.imports.reading import read
    from dangqun.members.imports.scope import Scope

    answer = desk.get(f"/people/import/{kind}/template/")
    data = b"".join(answer.streaming_content)
    reading = read(kind_of(kind), data, "样表.xlsx", Scope(Actor.of(clerk)).org)
    assert reading.settled and not reading.strange_sheets


def test_somebody_without_the_permission_sees_no_import(world, visit):
    for role in ("secretary", "member", "instructor", "committee_member", "system_admin", "stranger"):
        assert visit(world.user[role]).get("/people/import/").status_code == 404
