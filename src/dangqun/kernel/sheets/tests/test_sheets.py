import io
import json
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from xlsxwriter import Workbook

from dangqun.kernel.faults import Fault
from dangqun.kernel.sheets import (
    Column,
    Mark,
    SheetRefused,
    clean_date,
    clean_name,
    clean_text,
    column_letter,
    find_table,
    mark_faults,
    read_book,
    write_table,
)

pytestmark = pytest.mark.once

DATA = Path(__file__).resolve().parents[5] / "tests" / "data"
COLUMNS = (
    Column("name", "姓名"),
    Column("sex", "性别"),
    Column("id_number", "公民身份号码"),
    Column("branch", "所在党支部"),
)


def book_of(rows, *, box=False):
    out = io.BytesIO()
    with Workbook(out) as book:
        sheet = book.add_worksheet("名单")
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
        if box:
            sheet.insert_textbox("H2", "文本框里的话")
            sheet.write_comment("A1", "原有批注")
            bold = book.add_format({"bold": True})
            sheet.write_rich_string("G5", "前半", bold, "加粗", "后半")
    return out.getvalue()


@given(st.dates(date(1900, 3, 1), date(2100, 1, 1)))
def test_a_day_written_in_any_habit_reads_back(day):
    habits = (
        day.isoformat(),
        f"{day.year}.{day.month}.{day.day}",
        f"{day.year}/{day.month:02}/{day.day:02}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day:%Y%m%d}",
        int(f"{day:%Y%m%d}"),
        float(f"{day:%Y%m%d}"),
        datetime(day.year, day.month, day.day),
        (day - date(1899, 12, 30)).days,
        "".join(chr(ord(c) + 0xFEE0) for c in f"{day:%Y%m%d}"),
    )
    assert {clean_date(habit) for habit in habits} == {day}


@pytest.mark.parametrize("written", ["2015-02-30", "2015年13月1日", "去年", "99999999", "2015-07-01x"])
def test_an_impossible_day_is_a_fault_without_the_value_in_its_sentence(written):
    with pytest.raises(Fault) as caught:
        clean_date(written)
    assert caught.value.code == "bad_date"
    assert written not in caught.value.sentence


@pytest.mark.parametrize("written", ["无", "—", "-", " ", None, "/"])
def test_words_for_nothing_are_empty(written):
    assert clean_text(written) == ""
    assert clean_date(written) is None


def test_a_stretched_name_and_a_foreign_one_are_understood():
    assert clean_name("李　明") == "李明"
    assert clean_name(" John  Smith ") == "John Smith"
    assert clean_text(19910000003.0) == "19910000003"


@pytest.mark.parametrize(("zone", "people"), [("zone-clean", 203), ("zone", 203)])
def test_the_sample_rosters_give_every_row_and_nothing_else(zone, people):
    book = read_book((DATA / zone / "roster.xlsx").read_bytes(), "roster.xlsx")
    tables = [find_table(sheet, COLUMNS) for sheet in book.sheets]
    assert [table.first for table in tables] == [4, 4, 5]
    assert sum(len(list(table.rows())) for table in tables) == people
    refused = json.loads((DATA / zone / "expected.json").read_text())["refused"]
    for fault in refused:
        table = next(table for table in tables if table.sheet == fault["sheet"])
        assert fault["row"] in {row.number for row in table.rows()}


def test_a_gbk_csv_reads_like_a_workbook():
    text = "姓名,性别,公民身份号码\n汪晓燕,女,340899\n"
    book = read_book(text.encode("gbk"), "名单.csv")
    assert [row.cells["name"] for row in find_table(book.sheets[0], COLUMNS).rows()] == ["汪晓燕"]


@pytest.mark.parametrize(
    ("data", "name", "word"),
    [
        (b"", "a.xlsx", "空"),
        (b"%PDF-1.4", "a.xlsx", "不是 Excel"),
        (b"PK\x03\x04junk", "a.xlsx", "读不出来"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "a.xlsx", "密码"),
        (b"PK", "a.xlsm", "宏"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(data, name, word):
    with pytest.raises(SheetRefused) as caught:
        read_book(data, name)
    assert word in caught.value.sentence


def test_a_bomb_and_entities_are_refused():
    def package(body):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/workbook.xml", body)
            archive.writestr("xl/worksheets/sheet1.xml", b"0" * 20_000_000)
        return out.getvalue()

    with pytest.raises(SheetRefused, match="展开后太大"):
        read_book(package("<workbook/>"), "a.xlsx")
    with pytest.raises(SheetRefused, match="读不出来"):
        read_book(package("<!DOCTYPE a [<!ENTITY b 'c'>]><workbook/>"), "a.xlsx")


def test_faults_are_marked_in_the_users_own_workbook_and_the_rest_stays(tmp_path):
    original = book_of([["姓名", "性别"], ["汪晓燕", "女"], ["吴桂香", "男"]], box=True)
    marked, name = mark_faults(
        original, "名单.xlsx", [Mark("名单", 3, 1, "性别不对"), Mark("名单", 9, 0, "没有姓名")]
    )
    assert name == "名单（已批注）.xlsx"
    sheet = openpyxl.load_workbook(io.BytesIO(marked))["名单"]
    assert sheet["B3"].comment.text == "性别不对" and sheet["B3"].fill.fgColor.rgb == "FFF4C7D7"
    assert sheet["A9"].comment.text == "没有姓名"
    assert "原有批注" in sheet["A1"].comment.text
    assert sheet["B2"].comment is None and sheet["B3"].value == "男"
    before, after = zipfile.ZipFile(io.BytesIO(original)), zipfile.ZipFile(io.BytesIO(marked))
    untouched = [part for part in before.namelist() if "drawing1.xml" in part or "sharedStrings" in part]
    assert untouched and all(before.read(part) == after.read(part) for part in untouched)
    assert read_book(marked, "x.xlsx").sheets[0].rows[2][:2] == ["吴桂香", "男"]


def test_a_csv_comes_back_as_a_marked_workbook():
    marked, name = mark_faults(
        "姓名,性别\n汪晓燕,=1+1\n".encode("gbk"), "a.csv", [Mark("a", 2, 1, "性别不对")]
    )
    sheet = openpyxl.load_workbook(io.BytesIO(marked))["a"]
    assert (name, sheet["B2"].value, sheet["B2"].comment.text) == ("a（已批注）.xlsx", "=1+1", "性别不对")
    assert sheet["B2"].data_type == "s"


def test_what_we_write_is_never_a_formula():
    out = write_table("表", [Column("name", "姓名")], [["=cmd()"], ["+1"], [date(2026, 1, 2)], [7]])
    sheet = openpyxl.load_workbook(out).active
    assert [sheet.cell(row, 1).value for row in range(1, 6)] == ["姓名", "=cmd()", "+1", "2026-01-02", 7]
    assert {sheet.cell(row, 1).data_type for row in (2, 3)} == {"s"}


def test_columns_are_lettered_as_excel_does():
    assert [column_letter(index) for index in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_an_old_workbook_whose_reader_takes_all_memory_is_refused_and_nothing_else_ends():
    ring = (Path(__file__).parent / "data" / "ring.xls").read_bytes()
    with pytest.raises(SheetRefused, match="读不出来"):
        read_book(ring, "名单.xls")


@pytest.mark.parametrize("length", [600, 1500, 4722])
def test_an_old_workbook_cut_off_on_its_way_is_refused_with_a_sentence(length):
    ring = (Path(__file__).parent / "data" / "ring.xls").read_bytes()
    with pytest.raises(SheetRefused, match="读不出来"):
        read_book(ring[:length], "名单.xls")


def test_a_zip_with_places_before_its_beginning_is_refused_with_a_sentence():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    whole = bytearray(out.getvalue())
    end = whole.rindex(b"PK\x05\x06")
    whole[end + 16 : end + 20] = (int.from_bytes(whole[end + 16 : end + 20], "little") + 40).to_bytes(
        4, "little"
    )
    with pytest.raises(SheetRefused, match="读不出来"):
        read_book(bytes(whole), "a.xlsx")
