"""Handing a workbook back: the user's own file, faulty cells red and with a comment, all else untouched.

Only the sheets' XML, the styles and the comments change; text boxes, rich text and newer parts stay as they were.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import xlsxwriter
from lxml import etree

from dangqun.kernel.sheets.reading import read_book
from dangqun.kernel.sheets.tables import column_letter

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACK = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
COMMENTS = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
VML = "application/vnd.openxmlformats-officedocument.vmlDrawing"
PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
AUTHOR = "党群平台"
RED = "FFF4C7D7"


@dataclass(frozen=True)
class Mark:
    """A sentence for one cell; `column` is its index (0 = A)."""

    sheet: str
    row: int
    column: int
    sentence: str


def mark_faults(data: bytes, filename: str, marks: Iterable[Mark]) -> tuple[bytes, str]:
    """Return the marked copy and its name. An .xls or .csv comes back as .xlsx, every cell as text."""
    wanted: dict[str, dict[tuple[int, int], list[str]]] = defaultdict(lambda: defaultdict(list))
    for mark in marks:
        wanted[mark.sheet][mark.row, mark.column].append(mark.sentence)
    stem = filename.rpartition(".")[0] or filename
    if data.startswith(b"PK"):
        return _Package(data).marked(wanted), f"{stem}（已批注）.xlsx"
    return _rewritten(data, filename, wanted), f"{stem}（已批注）.xlsx"


Wanted = dict[tuple[int, int], list[str]]


class _Package:
    """The parts of an .xlsx; those that change are parsed, the others copied byte for byte."""

    def __init__(self, data: bytes) -> None:
        self.archive = zipfile.ZipFile(io.BytesIO(data))
        self.changed: dict[str, bytes] = {}

    def marked(self, wanted: dict[str, Wanted]) -> bytes:
        """Return the package with every mark in place."""
        styles = _Styles(self._xml("xl/styles.xml"))
        for number, (name, part) in enumerate(self._sheets(), 1):
            if cells := wanted.get(name):
                self._paint(part, cells, styles)
                self._comment(part, cells, number)
        self._put("xl/styles.xml", styles.root)
        return self._bytes()

    def _sheets(self) -> list[tuple[str, str]]:
        targets = self._rels("xl/workbook.xml")
        book = self._xml("xl/workbook.xml")
        return [
            (sheet.get("name"), targets[sheet.get(f"{{{REL}}}id")][1])
            for sheet in book.iter(f"{{{MAIN}}}sheet")
            if sheet.get(f"{{{REL}}}id") in targets
        ]

    def _paint(self, part: str, cells: Wanted, styles: _Styles) -> None:
        root = self._xml(part)
        body = root.find(f"{{{MAIN}}}sheetData")
        rows = {int(row.get("r")): row for row in body if row.get("r")}
        for row_number, column in cells:
            row = rows.get(row_number)
            if row is None:
                row = etree.SubElement(body, f"{{{MAIN}}}row", r=str(row_number))
                rows[row_number] = row
                body[:] = sorted(body, key=lambda each: int(each.get("r") or 0))
            cell = _cell(row, f"{column_letter(column)}{row_number}", column)
            cell.set("s", str(styles.red(int(cell.get("s") or 0))))
        self._put(part, root)

    def _comment(self, part: str, cells: Wanted, number: int) -> None:
        rels = self._rels(part)
        held = next((target for kind, target in rels.values() if kind.endswith("/comments")), None)
        drawing = next((target for kind, target in rels.values() if kind.endswith("/vmlDrawing")), None)
        comments = held or f"xl/comments_dangqun{number}.xml"
        shapes = drawing or f"xl/drawings/vml_dangqun{number}.vml"
        self._put(comments, _comments(self._xml(comments) if held else None, cells))
        self.changed[shapes] = _shapes(self._read(shapes) if drawing else None, cells, number)
        if not held:
            self._relate(part, f"{REL}/comments", comments)
            self._declare(comments)
        if not drawing:
            ident = self._relate(part, f"{REL}/vmlDrawing", shapes)
            self._declare_vml()
            self._anchor(part, ident)

    def _anchor(self, part: str, ident: str) -> None:
        root = self._xml(part)
        legacy = etree.Element(f"{{{MAIN}}}legacyDrawing", {f"{{{REL}}}id": ident}, nsmap={"r": REL})
        later = {f"{{{MAIN}}}{tag}" for tag in ("legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst")}  # fmt: skip  # noqa: E501
        place = next((at for at, each in enumerate(root) if each.tag in later), len(root))
        root.insert(place, legacy)
        self._put(part, root)

    def _rels(self, part: str) -> dict[str, tuple[str, str]]:
        name = _rels_of(part)
        if not self._has(name):
            return {}
        base = posixpath.dirname(part)
        found = {}
        for each in self._xml(name):
            target = each.get("Target")
            whole = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{base}/{target}")
            found[each.get("Id")] = (each.get("Type"), whole)
        return found

    def _relate(self, part: str, kind: str, target: str) -> str:
        name = _rels_of(part)
        root = (
            self._xml(name)
            if self._has(name)
            else etree.Element(f"{{{PACK}}}Relationships", nsmap={None: PACK})
        )
        ident = f"rIdDangqun{len(root) + 1}"
        etree.SubElement(root, f"{{{PACK}}}Relationship", Id=ident, Type=kind, Target=f"/{target}")
        self._put(name, root)
        return ident

    def _declare(self, part: str) -> None:
        root = self._xml("[Content_Types].xml")
        etree.SubElement(root, f"{{{TYPES}}}Override", PartName=f"/{part}", ContentType=COMMENTS)
        self._put("[Content_Types].xml", root)

    def _declare_vml(self) -> None:
        root = self._xml("[Content_Types].xml")
        if not any(each.get("Extension") == "vml" for each in root):
            root.insert(0, etree.Element(f"{{{TYPES}}}Default", Extension="vml", ContentType=VML))
            self._put("[Content_Types].xml", root)

    def _has(self, part: str) -> bool:
        return part in self.changed or part in self.archive.namelist()

    def _read(self, part: str) -> bytes:
        return self.changed[part] if part in self.changed else self.archive.read(part)

    def _xml(self, part: str) -> Any:
        return etree.fromstring(self._read(part), PARSER)

    def _put(self, part: str, root: Any) -> None:
        self.changed[part] = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)

    def _bytes(self) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as copy:
            for part in self.archive.infolist():
                copy.writestr(part, self.changed.pop(part.filename, b"") or self.archive.read(part))
            for name, body in self.changed.items():
                copy.writestr(name, body)
        return out.getvalue()


class _Styles:
    """The workbook's styles, with a red twin of each format that a marked cell has."""

    def __init__(self, root: Any) -> None:
        self.root = root
        fills = root.find(f"{{{MAIN}}}fills")
        fill = etree.SubElement(fills, f"{{{MAIN}}}fill")
        pattern = etree.SubElement(fill, f"{{{MAIN}}}patternFill", patternType="solid")
        etree.SubElement(pattern, f"{{{MAIN}}}fgColor", rgb=RED)
        fills.set("count", str(len(fills)))
        self.fill = str(len(fills) - 1)
        self.formats = root.find(f"{{{MAIN}}}cellXfs")
        self.twins: dict[int, int] = {}

    def red(self, style: int) -> int:
        """Return the number of the red twin of a format."""
        if style not in self.twins:
            twin = etree.fromstring(etree.tostring(self.formats[min(style, len(self.formats) - 1)]))
            twin.set("fillId", self.fill)
            twin.set("applyFill", "1")
            self.formats.append(twin)
            self.formats.set("count", str(len(self.formats)))
            self.twins[style] = len(self.formats) - 1
        return self.twins[style]


def _cell(row: Any, address: str, column: int) -> Any:
    for at, cell in enumerate(row):
        if cell.get("r") == address:
            return cell
        if _index(cell.get("r") or "") > column:
            made = etree.Element(f"{{{MAIN}}}c", r=address)
            row.insert(at, made)
            return made
    return etree.SubElement(row, f"{{{MAIN}}}c", r=address)


def _index(address: str) -> int:
    index = 0
    for letter in address.rstrip("0123456789"):
        index = index * 26 + ord(letter) - 64
    return index - 1


def _comments(root: Any, cells: Wanted) -> Any:
    if root is None:
        root = etree.Element(f"{{{MAIN}}}comments", nsmap={None: MAIN})
        etree.SubElement(root, f"{{{MAIN}}}authors")
        etree.SubElement(root, f"{{{MAIN}}}commentList")
    authors, held = root.find(f"{{{MAIN}}}authors"), root.find(f"{{{MAIN}}}commentList")
    etree.SubElement(authors, f"{{{MAIN}}}author").text = AUTHOR
    by_ref = {each.get("ref"): each for each in held}
    for (row, column), sentences in sorted(cells.items()):
        ref = f"{column_letter(column)}{row}"
        comment = by_ref.get(ref)
        if comment is None:
            comment = etree.SubElement(held, f"{{{MAIN}}}comment", ref=ref, authorId=str(len(authors) - 1))
            etree.SubElement(comment, f"{{{MAIN}}}text")
        run = etree.SubElement(comment.find(f"{{{MAIN}}}text"), f"{{{MAIN}}}r")
        etree.SubElement(run, f"{{{MAIN}}}t").text = "\n".join(sentences)
    return root


def _shapes(held: bytes | None, cells: Wanted, number: int) -> bytes:
    made = "".join(
        f'<v:shape id="_dq{number}_{at}" type="#_x0000_t202" style="position:absolute;width:240px;height:80px;'
        'visibility:hidden" fillcolor="#fae9f0"><v:fill color2="#fae9f0"/><v:textbox/><x:ClientData ObjectType="Note">'
        f"<x:AutoFill>False</x:AutoFill><x:Row>{row - 1}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
        for at, (row, column) in enumerate(sorted(cells))
    )
    if held:
        return held.replace(b"</xml>", made.encode() + b"</xml>")
    return (
        '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
        ' xmlns:x="urn:schemas-microsoft-com:office:excel"><v:shapetype id="_x0000_t202" coordsize="21600,21600"'
        f' o:spt="202" path="m,l,21600r21600,l21600,xe"/>{made}</xml>'
    ).encode()


def _rels_of(part: str) -> str:
    folder, _, name = part.rpartition("/")
    return f"{folder}/_rels/{name}.rels"


def _rewritten(data: bytes, filename: str, wanted: dict[str, Wanted]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        red = book.add_format({"bg_color": "#F4C7D7"})
        for sheet in read_book(data, filename).sheets:
            page = book.add_worksheet(sheet.name[:31])
            cells = wanted.get(sheet.name, {})
            for down, row in enumerate(sheet.rows, 1):
                for at, value in enumerate(row):
                    page.write_string(down - 1, at, "" if value is None else str(value))
            for (down, at), sentences in cells.items():
                written = sheet.rows[down - 1][at] if at < len(sheet.rows[down - 1]) else ""
                page.write_string(down - 1, at, "" if written is None else str(written), red)
                page.write_comment(down - 1, at, "\n".join(sentences))
    return out.getvalue()
