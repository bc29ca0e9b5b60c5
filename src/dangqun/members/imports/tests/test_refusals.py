"""Files that are no roster: each gets a sentence that says what it is and what to do, and the upload page stays."""

from __future__ import annotations

import io
import zipfile

import pytest

from dangqun.members.imports.tests import town
from dangqun.members.imports.tests.browsing import send, text
from dangqun.members.models import Import

PLEDGE = "本平台为非涉密平台，严禁处理、传输国家秘密和工作秘密"


def zipped(*names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


def with_sheet(change):
    """Return a workbook whose first sheet's XML was changed by hand."""
    source, out = zipfile.ZipFile(io.BytesIO(town.book([town.member(branch="甲党支部")]))), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in source.infolist():
            data = source.read(part)
            archive.writestr(part, change(data) if part.filename == "xl/worksheets/sheet1.xml" else data)
    return out.getvalue()


OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000
REFUSED = [
    ("空.xlsx", lambda: b"", "这个文件是空的"),
    ("空表.csv", lambda: b"\r\n\r\n", "这个文件是空的"),
    ("只有表头.xlsx", lambda: town.book([]), "下面还没有内容"),
    ("图.png", lambda: b"\x89PNG\r\n\x1a\n" + b"0" * 99, "是图片"),
    ("扫描.pdf", lambda: b"%PDF-1.7", "是 PDF"),
    ("花名册.docx", lambda: zipped("word/document.xml"), "是 Word 文件"),
    ("花名册.doc", lambda: OLD, "是 Word 文件"),
    ("花名册.numbers", lambda: zipped("Index/Document.iwa"), "请在 Numbers 里导出为 Excel"),
    ("花名册.ods", lambda: zipped("mimetype", "content.xml"), "是 ODS 表格"),
    ("花名册.et", lambda: OLD, "请在 WPS 里另存为"),
    ("花名册.zip", lambda: zipped("花名册.xlsx"), "是压缩包"),
    ("花名册.rar", lambda: b"Rar!\x1a\x07", "是压缩包"),
    ("导出.xls", lambda: b"<html><table></table></html>", "内容其实是网页"),
    ("改名.xlsx", lambda: "姓名,性别".encode(), "内容却不是"),
    ("宏.xlsm", lambda: b"PK\x03\x04" + b"0" * 99, "带宏"),
    ("宏.xlsx", lambda: zipped("xl/workbook.xml", "xl/vbaProject.bin"), "带宏"),
    ("二进制.xlsb", lambda: zipped("xl/workbook.bin"), "（.xlsb）不能接收"),
    ("密.xlsx", lambda: OLD + "EncryptedPackage".encode("utf-16-le"), "可能加了密码"),
    ("坏.xlsx", lambda: b"PK\x03\x04" + b"0" * 99, "读不出来"),
    ("实体.xlsx", lambda: with_sheet(lambda xml: xml.replace(b"?>", b"?><!DOCTYPE a>", 1)), "读不出来"),
    ("大.xlsx", lambda: b"0" * (20 * 1024 * 1024 + 1), "文件超过 20 MB"),
    (
        "炸弹.xlsx",
        lambda: with_sheet(lambda xml: xml.replace(b"</sheetData>", b" " * 99_000_000 + b"</sheetData>")),
        "展开后太大",
    ),
    (
        "格式.xlsx",
        lambda: with_sheet(lambda xml: xml.replace(b"</sheetData>", b"<row/>" * 200_001 + b"</sheetData>")),
        "只有格式的空白行也算在内",
    ),
    ("别的.csv", lambda: "甲,乙\n1,2\n".encode(), "没有认出表头"),
]


@pytest.mark.parametrize(("name", "make", "sentence"), REFUSED, ids=[each[0] for each in REFUSED])
def test_a_file_that_is_no_roster_gets_a_sentence_and_keeps_the_page(desk, branch, name, make, sentence):
    answer = send(desk, "members", make(), name)
    assert answer.status_code == 422 and sentence in text(answer)
    assert PLEDGE in text(answer) and "上传并核对" in text(answer)
    assert not Import.objects.filter(kind="members").exists()


def test_a_file_in_gbk_is_read(desk, branch):
    rows = [town.HEADINGS, town.member(branch=branch)]
    data = "\r\n".join(",".join(str(cell) for cell in row) for row in rows).encode("gb18030")
    assert "导入 1 人" in text(send(desk, "members", data, "名册.csv"))
