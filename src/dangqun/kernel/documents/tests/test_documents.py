"""Sheets and letters on paper: no character lost, right measures, bounded, the same content in PDF and Word."""

from __future__ import annotations

import html
import io
import itertools
import re
import subprocess
import zipfile
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import docx
import pytest
from docx.oxml.ns import qn

from dangqun.kernel.documents import (
    Column,
    DocumentFailed,
    Facts,
    Letter,
    Sheet,
    Stamp,
    Table,
    as_docx,
    as_pdf,
    blocks_of,
    digest,
    pdf,
    rows_of,
    unprintable,
    volumes,
)
from dangqun.kernel.documents.characters import covered

pytestmark = pytest.mark.once
STAMP = Stamp(
    "7K2M-9QXA-4TRE-8WBN",
    "https://dq.example.cn/papers/7K2M-9QXA-4TRE-8WBN/",
    datetime(2026, 11, 25, 9, 12, tzinfo=ZoneInfo("Asia/Shanghai")),
    "章文静",
    "第 1024 条 2026-11-25 09:10 1a2b 3c4d 5e6f 7a8b",
)
RARE = "喆昇玥㛃䶮𬱖𫖯龑堃犇淼焱赟旻珅翀嫚邨镕垚祎翾䴉𬭊𬬻〇𪨰𫍽𫄧𬍛𬀩𬶋䲟甯"
COLUMNS = (Column("序号", 4, "center"), Column("姓名", 10), Column("所在党支部", 30))


def gb2312() -> str:
    """Every character of GB 2312: symbols, letters, 6,763 Chinese characters."""
    found = []
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                found.append(bytes((high, low)).decode("gb2312"))
            except UnicodeDecodeError:
                continue
    return "".join(found)


def standard() -> str:
    """The 8,105 characters of 通用规范汉字表 (2013)."""
    return (Path(__file__).parent / "standard-characters.txt").read_text(encoding="utf-8").replace("\n", "")


def words_of(made: bytes, *more: str) -> str:
    """Return the text of a PDF."""
    done = subprocess.run(["pdftotext", *more, "-", "-"], input=made, capture_output=True, check=True)
    return done.stdout.decode()


def pages_of(made: bytes) -> int:
    return words_of(made).count("\f")


def sheet_of(text: str) -> Sheet:
    rows = tuple((str(n), text[at : at + 60], "") for n, at in enumerate(range(0, len(text), 60), 1))
    return Sheet("字表", parts=(Table((COLUMNS[0], Column("字", 60), COLUMNS[2]), rows),))


# --- characters --------------------------------------------------------------------------------------------
def test_the_fonts_have_all_of_gb_2312_the_standard_characters_and_the_rare_ones_of_names():
    assert len(gb2312()) == 7445 and len(set(standard())) == 8105
    for signs in (gb2312(), standard(), RARE):
        assert [sign for sign in signs if ord(sign) not in covered()] == []
    assert ord("𠮷") not in covered(), "to see that a missing one would be seen"


def test_no_character_of_them_is_lost_in_the_pdf_itself():
    signs = gb2312() + standard() + RARE
    assert unprintable(sheet_of(signs)) == []
    made = as_pdf(sheet_of(signs), STAMP)
    assert set(signs) - set(words_of(made)) - {"\u3000"} == set()
    fonts = subprocess.run(["pdffonts", "-"], input=made, capture_output=True, check=True).stdout.decode()
    assert {line.split()[0].partition("+")[2][:4] for line in fonts.splitlines()[2:]} == {"Noto"}


def test_a_character_that_no_font_has_is_told_before_and_stands_as_a_mark_with_a_note():
    sheet = Sheet("党员名册", parts=(Table(COLUMNS, (("1", "𠮷田", "甲支部"), ("2", "笑😀", "甲支部"))),))
    assert unprintable(sheet) == ["𠮷", "😀"]
    words = words_of(as_pdf(sheet, STAMP))
    assert "〓田" in words and "U+20BB7、U+1F600" in words
    assert "𠮷田" in all_words(as_docx(sheet, STAMP)), "Word keeps it"


def test_text_is_never_read_as_typst_and_control_characters_harm_nobody():
    evil = '#read("/etc/passwd") #panic() $x$ *b* _i_ `c` <a> @b \\ " ] ) }'
    sheet = Sheet(
        f"题{evil}",
        parts=(Table(COLUMNS, (("1", f"名\x00\x07\ud800{evil}", "乙\n丙"),)), Facts((("甲", evil),))),
    )
    plain = re.sub(r"\s", "", words_of(as_pdf(sheet, STAMP)))
    assert plain.count('#read("/etc/passwd")#panic()$x$*b*_i_`c`<a>@b') == 3 and "root:" not in plain
    assert evil in all_words(as_docx(sheet, STAMP))
    assert evil in all_words(as_docx(sheet, replace(STAMP, by="章\x0b文\x01静"))), (
        "nor in the name of who prints"
    )


# --- working sheets ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [0, 34, 203])
def test_every_row_is_on_paper_once_and_the_head_on_every_page(count):
    rows = tuple(
        (str(n), f"姓名{n:03}", "中共清溪经济开发区嘉宏纺织股份有限公司支部委员会") for n in range(count)
    )
    made = as_pdf(Sheet("党员名册", ("第一行",), (Table(COLUMNS, rows, empty="没有党员"),)), STAMP)
    words = words_of(made, "-layout")
    pages = words.split("\f")[:-1]
    assert all("所在党支部" in page and "7K2M-9QXA-4TRE-8WBN" in page and "章文静" in page for page in pages)
    assert re.findall(r"姓名(\d{3})", words) == [f"{n:03}" for n in range(count)]
    assert f"第{len(pages)}/{len(pages)}页" in re.sub(r"\s", "", pages[-1])
    assert ("没有党员" in words) == (count == 0) and "1024" in words


def test_a_heading_of_rows_stands_above_them_and_very_long_names_lose_nothing():
    name = "阿卜杜热合曼·买买提明·艾合买提·吐尔逊江"
    sheet = Sheet("签收", parts=(Table(COLUMNS, (("甲支部　2 / 3",), ("1", name, name * 3))),))
    plain = re.sub(r"\s", "", words_of(as_pdf(sheet, STAMP)))
    assert "2/3" in plain and plain.count(name) == 4
    assert rows_of(sheet) == 2 and "甲支部　2 / 3" in all_words(as_docx(sheet, STAMP))


def test_a_very_long_sheet_comes_in_volumes_that_lose_no_row():
    rows = tuple((str(n), "名", "支部") for n in range(4500))
    parts = list(volumes(Sheet("名册", parts=(Table(COLUMNS, rows),))))
    assert [rows_of(part) for part in parts] == [2000, 2000, 500]
    assert sum((part.parts[0].rows for part in parts), ()) == rows


def test_the_digest_follows_the_content_and_nothing_else():
    one = Sheet("名册", parts=(Table(COLUMNS, (("1", "甲", "乙"),)),))
    other = Sheet("名册", parts=(Table(COLUMNS, (("1", "甲", "丙"),)),))
    assert digest(one) == digest(Sheet("名册", parts=(Table(COLUMNS, (("1", "甲", "乙"),)),)))
    assert len({digest(one), digest(other), digest(Sheet("名册"))}) == 3


def test_a_pdf_that_takes_too_long_ends_with_a_sentence(monkeypatch):
    monkeypatch.setattr(pdf, "SECONDS", 0.001)
    with pytest.raises(DocumentFailed, match="缩小范围"):
        as_pdf(Sheet("名册"), STAMP)


# --- letters -----------------------------------------------------------------------------------------------
BODY = (
    "<p>现就有关事项通知如下。<strong>请按时完成</strong>。</p><h2>一、内容</h2><p>自查。</p><h3>（一）办法</h3>"
    "<ul><li>甲</li><li>见<a href='https://example.cn/a?b=1&amp;c=2'>附表</a><ol><li>子</li></ol></li></ul>"
    "<p>甲<br>乙<del>丙</del><u>丁</u></p><p> </p>"
)


def letter(body: str = BODY, **more: object) -> Letter:
    facts = {"to": "各党支部", "signed": "中共清溪经济开发区综合委员会", "dated": date(2026, 11, 25)} | more
    return Letter("关于开展冬季安全生产自查的通知", body=blocks_of(body), **facts)


def all_words(made: bytes) -> str:
    """Return all text of a .docx, footers too."""
    with zipfile.ZipFile(io.BytesIO(made)) as parts:
        xml = "".join(
            parts.read(name).decode() for name in parts.namelist() if re.match(r"word/.*\.xml$", name)
        )
    return html.unescape(re.sub(r"<[^>]+>", "", re.sub(r"</w:p>", "\n", xml)))


def test_the_text_of_a_notice_becomes_paragraphs_with_their_looks():
    blocks = blocks_of(BODY)
    assert [(b.kind, b.mark, b.level) for b in blocks] == [
        ("p", "", 0), ("h1", "", 0), ("p", "", 0), ("h2", "", 0), ("item", "•", 1), ("item", "•", 1), ("item", "1.", 2), ("p", "", 0),
    ]  # fmt: skip
    assert [run.text for run in blocks[0].runs if run.strong] == ["请按时完成"]
    assert "".join(run.text for run in blocks[5].runs) == "见附表（https://example.cn/a?b=1&c=2）"
    last = blocks[7].runs
    assert "".join(run.text for run in last) == "甲\n乙丙丁" and last[-2].strike and last[-1].under


def test_a_letter_has_28_characters_a_line_and_22_lines_a_page_within_the_margins_of_the_standard():
    made = as_pdf(letter(f"<p>{'字' * (28 * 60 - 2)}</p>"), STAMP)
    lines = [line.strip() for line in words_of(made).splitlines() if set(line.strip()) == {"字"}]
    assert lines[0] == "字" * 26 and lines[1:] == ["字" * 28] * 59
    boxes = words_of(made, "-bbox-layout", "-f", "2", "-l", "2")
    found = re.findall(r'<line xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">', boxes)
    tall = [tuple(map(float, each)) for each in found if float(each[2]) - float(each[0]) > 400]
    millimetre = 72 / 25.4
    assert len(tall) == 22
    assert all(abs(each[0] - 28 * millimetre) < 1 and each[2] <= (210 - 26) * millimetre + 1 for each in tall)
    assert tall[0][1] >= 37 * millimetre - 8 and tall[-1][3] <= (297 - 35) * millimetre + 8
    assert {round(b[1] - a[1], 1) for a, b in itertools.pairwise(tall)} == {28.0}


def test_a_letter_says_to_whom_by_whom_and_when_and_numbers_its_pages():
    full = letter(BODY * 6, number="清综党〔2026〕12号", attachments=("自查表.docx", "名单.xlsx"))
    pages = words_of(as_pdf(full, STAMP), "-layout").split("\f")[:-1]
    assert len(pages) > 1
    assert all(re.search(rf"—\s*{number}\s*—", page) for number, page in enumerate(pages, 1))
    odd, even = (next(line for line in page.splitlines() if "—" in line) for page in pages[:2])
    assert odd.index("—") > 40 > even.index("—"), "odd pages at the right, even ones at the left"
    words = "".join(pages)
    for told in (
        "清综党〔2026〕12号",
        "各党支部：",
        "附件：1.",
        "2. 名单.xlsx",
        "2026年11月25日",
        "7K2M-9QXA-4TRE-8WBN",
    ):
        assert told in words, told
    assert words.count("中共清溪经济开发区综合委员会") == 2, "in red above and below"
    assert words_of(as_pdf(letter(), STAMP)).count("中共清溪经济开发区综合委员会") == 1


def test_word_names_the_official_fonts_for_chinese_and_keeps_the_measures():
    made = docx.Document(io.BytesIO(as_docx(letter(number="清综党〔2026〕12号"), STAMP)))
    section = made.sections[0]
    margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [round(each.mm) for each in margins] == [37, 35, 28, 26]
    by_text = {p.text: p for p in made.paragraphs}
    font = lambda p: p.runs[-1]._element.rPr.rFonts.get(qn("w:eastAsia"))  # noqa: E731
    assert font(by_text["关于开展冬季安全生产自查的通知"]) == "方正小标宋简体"
    assert font(by_text["自查。"]) == "仿宋_GB2312" and by_text["自查。"].runs[0].font.size.pt == 16
    assert font(by_text["一、内容"]) == "黑体" and font(by_text["（一）办法"]) == "楷体_GB2312"
    assert by_text["自查。"].paragraph_format.line_spacing.pt == 28
    assert by_text["自查。"].paragraph_format.first_line_indent.pt == 32
    assert made.settings.odd_and_even_pages_header_footer
    assert made.core_properties.author == "章文静" and made.core_properties.comments == ""


def test_pdf_and_word_say_the_same():
    full = letter(attachments=("自查表.docx",))
    plain = lambda text: re.sub(r"\s", "", text)  # noqa: E731
    pdf_words, word = plain(words_of(as_pdf(full, STAMP))), plain(all_words(as_docx(full, STAMP)))
    for block in full.body:
        said = plain("".join(run.text for run in block.runs))
        assert said in pdf_words and said in word
