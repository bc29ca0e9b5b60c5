"""`dangqun import` as it is called: what it prints, which status it leaves, what it writes, and what it refuses."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from dangqun.config.commands.import_ import command
from dangqun.kernel.models import Fact
from dangqun.members.imports.tests import town
from dangqun.members.models import Import, Membership, Person
from dangqun.orgs.models import Enterprise, Org

XLS = Path(town.__file__).parent / "data" / "roster.xls"
FIRM, OTHER = "恒丰机械有限公司", "远达纺织有限公司"
BRANCH = f"{FIRM}党支部"


@pytest.fixture
def clerk(db):
    return town.empty_zone()


@pytest.fixture
def branch(clerk):
    headings = ("序号", "企业名称", "统一社会信用代码", "所在园区", "所属党组织")
    rows = [(n, firm, "", "东园园区", f"{firm}党支部") for n, firm in enumerate((FIRM, OTHER), 1)]
    town.bring("organisations", town.book(rows, headings), clerk)
    return BRANCH


@pytest.fixture
def tell(clerk, tmp_path):
    """Call the command on a file or on bytes; return its result with the JSON of the last line as `told`."""

    def called(kind, source, *options, by=None, name="表.xlsx"):
        if isinstance(source, bytes):
            (tmp_path / name).write_bytes(source)
            source = tmp_path / name
        asked = [kind, str(source), "--as", (by or clerk).username, "--json", *options]
        result = CliRunner().invoke(command, asked)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.output
        result.told = json.loads(result.stdout.splitlines()[-1])
        return result

    return called


def samples(zone, kind):
    return town.SAMPLES / zone / town.BOOKS[kind]


def held():
    """Everything that an import may write."""
    return {
        model.__name__: model.objects.count() for model in (Person, Membership, Org, Enterprise, Fact, Import)
    }


@pytest.mark.parametrize("zone", ["zone", "zone-clean"])
def test_the_three_workbooks_give_the_keys_and_counts_that_are_promised(tell, zone):
    wanted = town.expected(zone)
    told = {}
    for kind in town.BOOKS:
        result = tell(kind, samples(zone, kind))
        assert result.exit_code == 0
        told[kind] = result.told
    counts = ("enterprises", "branches", "single", "joint")
    assert set(told["organisations"]) == {"rows", *counts, "refused", "warnings", "changed"}
    assert {key: told["organisations"][key] for key in counts} == {key: wanted[key] for key in counts}
    members = told["members"]
    assert set(members) == {"rows", "accepted", "changed", "refused", "warnings", "errors_workbook"}
    assert (members["rows"], members["accepted"]) == (wanted["rows"], wanted["accepted"])
    assert members["rows"] == members["accepted"] + len(
        {(each["sheet"], each["row"]) for each in members["refused"]}
    )
    for each in members["refused"]:
        assert set(each) == {"sheet", "row", "column", "fault", "reason"}
    found = [{key: each[key] for key in ("sheet", "row", "fault")} for each in members["refused"]]
    assert sorted(found, key=str) == sorted(wanted["refused"], key=str)
    assert all(set(each) == {"kind", "count"} for each in members["warnings"])
    assert wanted["officers"].items() <= told["officers"].items() and "changed" in told["officers"]


def test_the_same_files_again_change_nothing(tell):
    for kind in town.BOOKS:
        assert tell(kind, samples("zone-clean", kind)).told["changed"] > 0
    people, facts = Person.objects.count(), Fact.objects.exclude(what="members.imported").count()
    for kind in town.BOOKS:
        assert tell(kind, samples("zone-clean", kind)).told["changed"] == 0
    assert people == Person.objects.count()
    assert facts == Fact.objects.exclude(what="members.imported").count()


def test_a_dry_run_tells_the_same_and_writes_nothing(tell):
    tell("organisations", samples("zone", "organisations"))
    before = held()
    dry = tell("members", samples("zone", "members"), "--dry-run")
    assert (dry.exit_code, held()) == (0, before)
    real = tell("members", samples("zone", "members"))
    copies = (dry.told.pop("errors_workbook"), real.told.pop("errors_workbook"))
    assert dry.told == real.told and all(copies) and held() != before


def test_strict_writes_nothing_unless_every_row_is_good(tell):
    tell("organisations", samples("zone", "organisations"))
    before = held()
    strict = tell("members", samples("zone", "members"), "--strict")
    assert (strict.exit_code, strict.told["changed"], held()) == (1, 0, before)
    assert len(strict.told["refused"]) == len(town.expected("zone")["refused"])
    assert "一行都不导入" in strict.output or strict.told["errors_workbook"]


def test_strict_stores_everything_when_every_row_is_good(tell):
    tell("organisations", samples("zone-clean", "organisations"))
    strict = tell("members", samples("zone-clean", "members"), "--strict")
    assert (strict.exit_code, strict.told["changed"]) == (0, 203)
    assert Membership.objects.open().count() == 203


@pytest.mark.parametrize(
    "role", ["secretary", "member", "instructor", "committee_member", "system_admin", "auditor"]
)
def test_whoever_may_not_import_is_refused_with_a_sentence(world, tmp_path, role):
    (tmp_path / "表.xlsx").write_bytes(town.book([town.member(branch=BRANCH)]))

    def call(who):
        asked = ["members", str(tmp_path / "表.xlsx"), "--as", world.user[who].username, "--json"]
        return CliRunner().invoke(command, asked)

    before = held()
    refused = call(role)
    assert (refused.exit_code, held()) == (2, before)
    assert "没有导入名册的权限" in json.loads(refused.stdout.splitlines()[-1])["error"]
    assert json.loads(call("office").stdout.splitlines()[-1])["changed"] == 1, "the office may"


def test_somebody_unknown_is_refused_with_a_sentence(clerk, tmp_path):
    result = CliRunner().invoke(command, ["members", "x.xlsx", "--as", "nobody", "--json"])
    assert result.exit_code == 2
    assert "没有用户" in json.loads(result.stdout.splitlines()[-1])["error"]


def test_the_marked_copy_is_the_users_own_book_and_for_its_owner_alone(tell, settings, tmp_path):
    tell("organisations", samples("zone", "organisations"))
    for options in ((), ("--errors-to", str(tmp_path / "有错.xlsx"))):
        (tmp_path / "有错.xlsx").touch(mode=0o644)
        path = Path(tell("members", samples("zone", "members"), *options).told["errors_workbook"])
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        marked = {
            (sheet.title, cell.row)
            for sheet in openpyxl.load_workbook(path)
            for row in sheet.iter_rows()
            for cell in row
            if cell.comment
        }
        assert marked == {(each["sheet"], each["row"]) for each in town.expected("zone")["refused"]}
        assert path == tmp_path / "有错.xlsx" or path.parent == settings.DATA / "errors"


def test_a_file_without_faults_has_no_marked_copy(tell, branch):
    assert tell("members", town.book([town.member(branch=branch)])).told["errors_workbook"] is None


def test_the_marked_copy_never_covers_the_users_own_file(tell, branch, tmp_path):
    data = town.book([town.member(branch="无名党支部")])
    refused = tell("members", data, "--errors-to", str(tmp_path / "." / "表.xlsx"))
    assert refused.exit_code == 1 and "盖掉" in refused.told["error"]
    assert (tmp_path / "表.xlsx").read_bytes() == data


def csv(rows, code, between=","):
    lines = (between.join(str(cell) for cell in row) for row in rows)
    return "\r\n".join(lines).encode(code)


@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("between", [",", "\t"])
def test_a_csv_in_any_usual_code_is_imported(tell, branch, code, between):
    rows = [town.HEADINGS, town.member(branch=branch), town.member("魏小寒", 103, branch, state="群众")]
    told = tell("members", csv(rows, code, between), name="名册.csv").told
    assert (told["rows"], told["accepted"], told["changed"]) == (2, 1, 1)
    assert [(each["row"], each["column"], each["fault"]) for each in told["refused"]] == [
        (3, "E", "bad_state")
    ]
    assert openpyxl.load_workbook(told["errors_workbook"])["名册"]["E3"].comment
    assert town.person("汪小满").id_number.open() == town.id_number()


def test_an_xls_is_imported_and_its_spoilt_number_refused_with_a_clear_sentence(tell, branch):
    told = tell("members", XLS).told
    assert (told["rows"], told["accepted"], told["changed"]) == (3, 2, 2)
    assert [(each["row"], each["column"], each["fault"]) for each in told["refused"]] == [
        (4, "C", "id_spoilt")
    ]
    assert "科学计数" in told["refused"][0]["reason"] and "文本格式" in told["refused"][0]["reason"]
    person = town.person("汪小满")
    assert (person.id_number.open(), person.mobile.open()) == (town.id_number(), "19900000101")
    assert str(person.born_on) == str(town.person("魏小寒").born_on) == "1985-03-05"
    assert openpyxl.load_workbook(told["errors_workbook"])["花名册"]["C4"].comment


def coloured(rows):
    """A book with one member, and below her rows that hold nothing but a format."""
    out, whole = io.BytesIO(), zipfile.ZipFile(io.BytesIO(town.book([town.member(branch=BRANCH)])))
    empty = "".join(f'<row r="{row}" s="{row % 2}" customFormat="1"/>' for row in range(3, rows + 1))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in whole.namelist():
            body = whole.read(part).replace(b"</sheetData>", empty.encode() + b"</sheetData>")
            archive.writestr(part, body)
    return out.getvalue()


def packed(**parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        for name, body in parts.items():
            archive.writestr(name.replace("__", "/"), body)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "make", "sentence"),
    [
        ("空.xlsx", lambda: b"", "空的"),
        ("图.png", lambda: b"\x89PNG\r\n\x1a\n" + b"0" * 99, "Excel"),
        ("合同.pdf", lambda: b"%PDF-1.7\n" + b"0" * 99, "Excel"),
        ("坏.xlsx", lambda: town.book([town.member(branch=BRANCH)])[:-300], "读不出来"),
        ("宏.xlsm", lambda: town.book([town.member(branch=BRANCH)]), "带宏"),
        ("改名的宏.xlsx", lambda: packed(xl__vbaProject="", **{"xl/vbaProject.bin": b"0"}), "带宏"),
        ("炸弹.xlsx", lambda: packed(xl__x=b"0" * 60_000_000), "展开后太大"),
        ("实体.xlsx", lambda: packed(**{"xl/a.xml": "<!--" + "-" * 9000 + "--><!DOCTYPE a>"}), "读不出来"),
        ("百万.xlsx", lambda: coloured(1_048_576), "只有格式的空白行"),
        ("百万.csv", lambda: b",,,\n" * 1_000_000, "超过 200000 行"),
        ("大.csv", lambda: b"0" * 21_000_000, "MB"),
        ("别的表.csv", lambda: "甲,乙\n1,2\n".encode(), "没有认出表头"),
    ],
)
def test_a_file_that_would_hurt_or_is_no_roster_is_refused_with_a_sentence(
    tell, branch, name, make, sentence
):
    before = held()
    refused = tell("members", make(), name=name)
    assert (refused.exit_code, held()) == (1, before)
    assert set(refused.told) == {"error"} and sentence in refused.told["error"]
    assert refused.told["error"].endswith("。")


def test_a_sheet_with_some_formatted_empty_rows_is_read(tell, branch):
    assert tell("members", coloured(3000)).told["accepted"] == 1


def test_a_file_that_is_not_there_is_refused_with_a_sentence(tell, branch, tmp_path):
    refused = tell("members", tmp_path / "没有.xlsx")
    assert refused.exit_code == 1 and "打不开" in refused.told["error"]


def test_people_read_lines_without_json(clerk, branch, tmp_path):
    (tmp_path / "表.xlsx").write_bytes(town.book([town.member(branch=branch), town.member("", 103, branch)]))
    asked = ["members", str(tmp_path / "表.xlsx"), "--as", clerk.username, "--dry-run"]
    result = CliRunner().invoke(command, asked)
    assert "读到 2 行，可以导入 1 行" in result.stdout and "没有姓名" in result.stdout
    assert "名册没有改动" in result.stdout and town.id_number() not in result.output
