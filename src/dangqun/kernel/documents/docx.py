"""The same content as a .docx for whoever must put it right by hand: official fonts by name, none of them shipped."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any
from xml.sax.saxutils import escape

from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Mm, RGBColor

from dangqun.kernel.documents.characters import set_apart
from dangqun.kernel.documents.content import Column, Content, Facts, Letter, Sheet, Stamp, Table
from dangqun.kernel.documents.letter_docx import write_letter
from dangqun.kernel.documents.pdf import qr_png, stamp_words
from dangqun.kernel.documents.word import SONG, TITLE, empty, field, fonted, page_of, paragraph

GREY = RGBColor(0x5A, 0x52, 0x47)
TWIPS = 56.7  # a millimetre
RULE = '<w:{0} w:val="single" w:sz="{1}" w:space="0" w:color="{2}"/>'


def as_docx(content: Content, stamp: Stamp) -> bytes:
    """Return the .docx. What no font of ours has stands in it as it is: the reader's computer may have it."""
    made = empty(content.title, stamp.by, stamp.at)
    if isinstance(content, Letter):
        write_letter(made, content, stamp)
    else:
        _write_sheet(made, content, stamp)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def _write_sheet(made: Document, sheet: Sheet, stamp: Stamp) -> None:
    wide, high = (297, 210) if sheet.across else (210, 297)
    sides = 14 if sheet.across else 16
    page_of(made, (wide, high), (16, sides, 18, sides))
    room = wide - 2 * sides
    _head(made, sheet, stamp, room)
    for part in sheet.parts:
        if part.title:
            paragraph(made, part.title, size=10.5, font="黑体", before=8, after=3, keep=True)
        made.element.body.insert_element_before(
            _facts(part, room) if isinstance(part, Facts) else _table(part, room), "w:sectPr"
        )
    _foot(made, stamp, room)


def _head(made: Document, sheet: Sheet, stamp: Stamp, room: float) -> None:
    table = made.add_table(1, 3)
    table.autofit = False
    for column, cell, width in zip(table.columns, table.rows[0].cells, (20, room - 40, 20), strict=True):
        column.width = cell.width = Mm(width)
        cell._element.remove(cell.paragraphs[0]._element)
    left, middle, right = table.rows[0].cells
    paragraph(left, "", size=6, font=SONG)
    paragraph(middle, sheet.title, size=17, font=TITLE, align=ALIGN.CENTER, after=2)
    for line in sheet.lines:
        paragraph(middle, line, size=9, font=SONG, align=ALIGN.CENTER, colour=GREY)
    paragraph(right, "", size=6, font=SONG, align=ALIGN.RIGHT).add_run().add_picture(
        qr_png(stamp.address), width=Mm(15)
    )
    paragraph(right, "扫码核对", size=6, font=SONG, align=ALIGN.RIGHT, colour=GREY)
    paragraph(made, "", size=3, font=SONG)


def _foot(made: Document, stamp: Stamp, room: float) -> None:
    foot = made.sections[0].footer.paragraphs[0]
    foot.style = made.styles["Normal"]
    foot.paragraph_format.tab_stops.add_tab_stop(Mm(room), alignment=2)
    fonted(foot.add_run(f"{set_apart(stamp_words(stamp), False)}\t第 "), SONG, 7.5, GREY)
    field(foot, "PAGE", SONG, 7.5, GREY)
    fonted(foot.add_run(" / "), SONG, 7.5, GREY)
    field(foot, "NUMPAGES", SONG, 7.5, GREY)
    fonted(foot.add_run(" 页"), SONG, 7.5, GREY)


def _table(table: Table, room: float) -> Any:
    shares = sum(column.width for column in table.columns)
    widths = [round(room * TWIPS * column.width / shares) for column in table.columns]
    size = 16 if len(widths) > 9 else 18  # half points
    head = _row([(c.title, "黑体", c) for c in table.columns], widths, size, "w:cantSplit/><w:tblHeader")
    rows = [head]
    for row in table.rows or ((table.empty,),):
        if len(row) == 1:
            rows.append(_group(row[0], widths, size, heading=bool(table.rows)))
        else:
            rows.append(_row([(t, SONG, c) for t, c in zip(row, table.columns, strict=True)], widths, size))
    borders = (
        RULE.format("top", 8, "000000")
        + RULE.format("bottom", 8, "000000")
        + RULE.format("insideH", 4, "8F8575")
    )
    return _grid(widths, borders, rows)


def _facts(facts: Facts, room: float) -> Any:
    shares = (12, 32, 12, 32)
    widths = [round(room * TWIPS * share / sum(shares)) for share in shares]
    label, value = Column("", align="left"), Column("", align="left")
    rows = []
    pairs = list(facts.pairs) + ([("", "")] if len(facts.pairs) % 2 else [])
    for (one, said), (two, told) in zip(pairs[::2], pairs[1::2], strict=True):
        cells = [(one, "黑体", label), (said, SONG, value), (two, "黑体", label), (told, SONG, value)]
        rows.append(_row(cells, widths, 19))
    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    return _grid(widths, "".join(RULE.format(side, 4, "8F8575") for side in sides), rows)


def _grid(widths: list[int], borders: str, rows: Iterable[str]) -> Any:
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return parse_xml(
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblBorders>{borders}</w:tblBorders>'
        '<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="60" w:type="dxa"/><w:right w:w="60" w:type="dxa"/>'
        f"</w:tblCellMar></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def _row(
    cells: list[tuple[str, str, Column]], widths: list[int], size: int, more: str = "w:cantSplit"
) -> str:
    drawn = "".join(
        _cell(text, (font, column.align, size), width)
        for (text, font, column), width in zip(cells, widths, strict=True)
    )
    return f"<w:tr><w:trPr><{more}/></w:trPr>{drawn}</w:tr>"


def _group(text: str, widths: list[int], size: int, heading: bool) -> str:
    shade = '<w:shd w:val="clear" w:color="auto" w:fill="F1EEE8"/>' if heading else ""
    look = ("黑体", "left", size) if heading else (SONG, "center", size)
    span = f'<w:gridSpan w:val="{len(widths)}"/>{shade}'
    cell = _cell(text, look, sum(widths), span=span, keep=heading)
    return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cell}</w:tr>"


def _cell(text: str, look: tuple[str, str, int], width: int, *, span: str = "", keep: bool = False) -> str:
    font, align, size = look
    said = escape(set_apart(text, False)).replace("\n", "</w:t><w:br/><w:t>")
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{span}<w:vAlign w:val="center"/></w:tcPr><w:p><w:pPr>'
        f'{"<w:keepNext/>" if keep else ""}<w:spacing w:before="30" w:after="30"/><w:jc w:val="{align}"/></w:pPr><w:r><w:rPr>'
        f'<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="{font}"/><w:sz w:val="{size}"/></w:rPr>'
        f'<w:t xml:space="preserve">{said}</w:t></w:r></w:p></w:tc>'
    )
