"""Small pieces of a .docx that both layouts use: an empty document, a page, paragraphs, runs with a Chinese font."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENTATION
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from dangqun.kernel.calendars import local
from dangqun.kernel.documents.characters import set_apart

SONG, FANGSONG, HEI, KAI, TITLE = "宋体", "仿宋_GB2312", "黑体", "楷体_GB2312", "方正小标宋简体"
LATIN = "Times New Roman"


def empty(title: str, author: str, at: datetime) -> Document:
    """Return a document without a paragraph, whose own style is Chinese."""
    made = docx.Document()
    for each in list(made.element.body):
        if each.tag != qn("w:sectPr"):
            made.element.body.remove(each)
    about, moment = made.core_properties, local(at).replace(tzinfo=None)
    author = set_apart(author, False)
    about.title, about.author, about.comments = set_apart(title, False)[:250], author, ""
    about.created = about.modified = moment
    about.last_modified_by, about.language = author, "zh-CN"
    usual = made.styles["Normal"]
    usual.paragraph_format.space_after = usual.paragraph_format.space_before = Pt(0)
    _set_fonts(usual.element.get_or_add_rPr(), SONG)
    for gap in ("w:autoSpaceDN", "w:autoSpaceDE"):  # no blank between Chinese and figures, as on the PDF
        off = OxmlElement(gap)
        off.set(qn("w:val"), "0")
        usual.element.get_or_add_pPr().insert_element_before(
            off, "w:autoSpaceDN", "w:spacing", "w:ind", "w:jc"
        )
    return made


def page_of(made: Document, size: tuple[int, int], margins: tuple[int, int, int, int]) -> Any:
    """Set size and margins (top, right, bottom, left) in mm; return the section."""
    section = made.sections[0]
    section.page_width, section.page_height = Mm(size[0]), Mm(size[1])
    section.orientation = WD_ORIENTATION.LANDSCAPE if size[0] > size[1] else WD_ORIENTATION.PORTRAIT
    section.top_margin, section.right_margin, section.bottom_margin, section.left_margin = map(Mm, margins)
    section.header_distance, section.footer_distance = Mm(8), Mm(9)
    return section


def paragraph(made: Any, text: str, *, size: float, font: str, **look: Any) -> Any:
    """Add a paragraph. `look`: align, colour, before and after in points, keep (with the next one)."""
    added = made.add_paragraph()
    form = added.paragraph_format
    form.space_before, form.space_after = Pt(look.get("before", 0)), Pt(look.get("after", 0))
    form.keep_with_next = look.get("keep")
    added.alignment = look.get("align")
    if text:
        fonted(added.add_run(set_apart(text, False)), font, size, look.get("colour"))
    return added


def fonted(run: Any, font: str, size: float, colour: RGBColor | None = None) -> Any:
    """Give a run its fonts: without w:eastAsia, WPS and Word fall back to another one."""
    run.font.size = Pt(size)
    _set_fonts(run._element.get_or_add_rPr(), font)
    if colour is not None:
        run.font.color.rgb = colour
    return run


def field(added: Any, name: str, font: str, size: float, colour: RGBColor | None = None) -> None:
    """Add a field that Word fills in: PAGE, NUMPAGES."""
    for kind, text in (("begin", ""), ("", f" {name} "), ("separate", ""), ("shown", "1"), ("end", "")):
        run = fonted(added.add_run("1" if kind == "shown" else ""), font, size, colour)
        if kind == "shown":
            continue
        piece = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            piece.set(qn("w:fldCharType"), kind)
        else:
            piece.set(qn("xml:space"), "preserve")
            piece.text = text
        run._element.append(piece)


def _set_fonts(look: Any, font: str) -> None:
    fonts = look.get_or_add_rFonts()
    for side in ("w:ascii", "w:hAnsi", "w:cs"):
        fonts.set(qn(side), LATIN)
    fonts.set(qn("w:eastAsia"), font)
    for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
        fonts.attrib.pop(qn(theme), None)
