"""A 公文 as .docx, GB/T 9704-2012: 仿宋_GB2312 3号 in lines of 28 pt, title 方正小标宋简体 2号 (domain.md §1.12)."""

from __future__ import annotations

from typing import Any

from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_LINE_SPACING
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

from dangqun.kernel.documents.characters import set_apart
from dangqun.kernel.documents.content import Block, Letter, Stamp
from dangqun.kernel.documents.pdf import qr_png, stamp_words
from dangqun.kernel.documents.word import FANGSONG, HEI, KAI, SONG, TITLE, field, fonted, page_of, paragraph
from dangqun.kernel.templatetags.words import full_day

SIZE, PITCH = 16, 28  # 3号; fixed distance of lines, in points
CLOSER = "-5"  # twentieths of a point: 28 characters then fill the 156 mm of a line
RED, GREY = RGBColor(0xB3, 0x19, 0x1C), RGBColor(0x5A, 0x52, 0x47)
FONTS = {"h1": HEI, "h2": KAI}


def write_letter(made: Document, letter: Letter, stamp: Stamp) -> None:
    """Write the letter into an empty document."""
    section = page_of(made, (210, 297), (37, 26, 35, 28))
    section.footer_distance = Mm(22)
    grid = f'<w:docGrid {nsdecls("w")} w:type="lines" w:linePitch="560"/>'  # 22 lines of 28 pt a page
    for old in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(old)
    section._sectPr.append(parse_xml(grid))
    _head(made, letter)
    if letter.to:
        _line(made, f"{letter.to}：", indent=0)
    for block in letter.body:
        _block(made, block)
    _attachments(made, letter)
    _signed(made, letter)
    for note in letter.notes:
        _line(made, f"（{note}）")
    _foot(made, stamp)


def _head(made: Document, letter: Letter) -> None:
    if letter.number:
        size = min(42.0, 430 / max(1, len(letter.signed)))
        paragraph(made, letter.signed, size=size, font=TITLE, align=ALIGN.CENTER, colour=RED, before=22)
        _empty(made)
        number = _line(made, letter.number, indent=0, align=ALIGN.CENTER)
        rule = f'<w:pBdr {nsdecls("w")}><w:bottom w:val="single" w:sz="12" w:space="8" w:color="B3191C"/></w:pBdr>'
        number._element.get_or_add_pPr().insert_element_before(parse_xml(rule), *_AFTER_BORDERS)
    _empty(made)
    title = paragraph(made, letter.title, size=22, font=TITLE, align=ALIGN.CENTER, after=PITCH * 0.6)
    title.paragraph_format.line_spacing_rule, title.paragraph_format.line_spacing = (
        WD_LINE_SPACING.EXACTLY,
        Pt(32),
    )


_AFTER_BORDERS = ("w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr")


def _block(made: Document, block: Block) -> None:
    line = _line(made, "", indent=2)
    if block.kind in FONTS:
        line.paragraph_format.keep_with_next = True
    left = 2 * (block.level - 1) if block.kind == "item" else 2 if block.kind == "quote" else 0
    line.paragraph_format.left_indent = Pt(left * SIZE)
    if block.mark:
        fonted(line.add_run(f"{block.mark} "), FANGSONG, SIZE)
    for run in block.runs:
        font = FONTS.get(block.kind, FANGSONG)
        said = fonted(line.add_run(set_apart(run.text, False)), HEI if run.strong else font, SIZE)
        said.font.underline, said.font.strike = run.under or None, run.strike or None
    _closer(line)


def _attachments(made: Document, letter: Letter) -> None:
    if letter.attachments:
        _empty(made)
    one = len(letter.attachments) == 1
    for number, name in enumerate(letter.attachments, 1):
        mark = "" if one else f"{number}. "
        line = _line(made, f"附件：{mark}{name}" if number == 1 else f"{mark}{name}", indent=0)
        line.paragraph_format.left_indent = Pt((5 if one else 6) * SIZE)
        back = (3 if one else 4) if number == 1 else 1
        line.paragraph_format.first_line_indent = Pt(-back * SIZE)


def _signed(made: Document, letter: Letter) -> None:
    """署名 over the middle of the day, which keeps four characters from the right."""
    day = full_day(letter.dated)
    name_wide, day_wide = _width(letter.signed), _width(day)
    far = max(0.0, 4 * SIZE + (day_wide - name_wide) / 2)
    _empty(made)
    _empty(made)
    for text, right in ((letter.signed, far), (day, max(4.0 * SIZE, far + (name_wide - day_wide) / 2))):
        line = _line(made, text, indent=0, align=ALIGN.RIGHT)
        line.paragraph_format.right_indent = Pt(right)
        line.paragraph_format.keep_with_next = text is not day


def _foot(made: Document, stamp: Stamp) -> None:
    made.settings.odd_and_even_pages_header_footer = True
    section = made.sections[0]
    for foot, odd in ((section.footer, True), (section.even_page_footer, False)):
        foot.is_linked_to_previous = False
        number = foot.paragraphs[0]
        number.alignment = ALIGN.RIGHT if odd else ALIGN.LEFT
        number.paragraph_format.left_indent = number.paragraph_format.right_indent = Pt(14)
        fonted(number.add_run("— "), SONG, 14)
        field(number, "PAGE", SONG, 14)
        fonted(number.add_run(" —"), SONG, 14)
        told = paragraph(foot, "", size=7, font=SONG, align=ALIGN.LEFT if odd else ALIGN.RIGHT)
        told.add_run().add_picture(qr_png(stamp.address), width=Mm(12))
        fonted(told.add_run(f" {set_apart(stamp_words(stamp), False)}"), SONG, 7, GREY)


def _line(made: Document, text: str, *, indent: float = 2, align: Any = ALIGN.JUSTIFY) -> Any:
    line = paragraph(made, text, size=SIZE, font=FANGSONG, align=align)
    form = line.paragraph_format
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(PITCH)
    if indent:
        form.first_line_indent = Pt(indent * SIZE)
        place = line._element.pPr.find(qn("w:ind"))
        place.set(qn("w:firstLineChars"), str(int(indent * 100)))
    _closer(line)
    return line


def _closer(line: Any) -> None:
    for run in line.runs:
        gap = OxmlElement("w:spacing")
        gap.set(qn("w:val"), CLOSER)
        run._element.get_or_add_rPr().insert_element_before(
            gap, "w:w", "w:kern", "w:position", "w:sz", "w:szCs", "w:u", "w:vertAlign"
        )


def _empty(made: Document) -> None:
    _line(made, "", indent=0)


def _width(text: str) -> float:
    return sum(SIZE / 2 if sign.isascii() else SIZE for sign in text)
