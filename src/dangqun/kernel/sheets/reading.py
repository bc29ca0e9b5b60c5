"""Reading: .xlsx, .xls, .csv; everything that would hurt is refused with a sentence before it is opened."""

from __future__ import annotations

import csv
import io
import pickle
import subprocess
import sys
import zipfile
import zlib
from dataclasses import dataclass
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

from dangqun.kernel.sheets import apart
from dangqun.kernel.sheets.foreign import BINARY, NOT_A_BOOK, OLE, WPS, what_instead

MAX_INFLATED = 300 * 1024 * 1024
MAX_RATIO = 200
MAX_PARTS = 2000
MAX_ROWS = 200_000
MAX_COLUMNS = 300
PIECE = 1024 * 1024  # bytes of a part that are looked at together
LONGEST_TAG = 40  # bytes; the name of a tag that ends a piece is read again with the next one
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
LOCKED = "这个文件打不开，可能加了密码。请在 Excel 里去掉密码，另存后再传。"
MACRO = "这个文件带宏，不能接收。请在 Excel 里另存为“Excel 工作簿（.xlsx）”再传。"
BROKEN = "这个文件读不出来，可能没有存完整。请在 Excel 里打开，另存后再传。"
BOMB = "这个文件展开后太大，不能接收。请新建一个工作簿，只把要导入的内容复制过去再传。"
TOO_LONG = f"这张表超过 {MAX_ROWS} 行，只有格式的空白行也算在内。请只把要导入的内容复制到新的工作簿，或者分成几个文件再传。"
EMPTY = "这个文件是空的，请核对后再传。"


class SheetRefused(Exception):
    """A file that is not read; `sentence` says why and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(slots=True)
class Sheet:
    """One sheet: rows of raw values, the first one being Excel's row 1; empty rows at the end are dropped."""

    name: str
    rows: list[list[Any]]


@dataclass(slots=True)
class Book:
    """A workbook as read."""

    filename: str
    sheets: list[Sheet]


def read_book(data: bytes, filename: str, *, limit: int = 20 * 1024 * 1024) -> Book:
    """Return the sheets of a workbook that hold anything. Raises SheetRefused."""
    if not data:
        raise SheetRefused(EMPTY)
    if len(data) > limit:
        raise SheetRefused(f"文件超过 {limit // 1024 // 1024} MB。请只留要导入的表，另存后再传。")
    ending = filename.rpartition(".")[2].lower()
    if ending in ("xlsm", "xlsb", "xltm", "xlam"):
        raise SheetRefused(BINARY if ending == "xlsb" else MACRO)
    if data.startswith(b"PK"):
        sheets = _open(_safe_zip(data, ending))
    elif data.startswith(OLE):
        if ENCRYPTED in data:
            raise SheetRefused(LOCKED)
        if ending not in ("xls", "et"):
            raise SheetRefused(what_instead(data, ending))
        sheets = _open_apart(data, WPS if ending == "et" else BROKEN)
    elif ending in ("csv", "txt"):
        sheets = [Sheet(filename.rpartition(".")[0] or "表", _read_csv(data))]
    else:
        raise SheetRefused(what_instead(data, ending))
    kept = [sheet for sheet in sheets if sheet.rows]
    if not kept:
        raise SheetRefused(EMPTY)
    return Book(filename, kept)


def _safe_zip(data: bytes, ending: str) -> bytes:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise SheetRefused(BROKEN) from error
    parts = archive.infolist()
    names = {part.filename for part in parts}
    if "xl/workbook.xml" not in names:
        raise SheetRefused(what_instead(data, ending, names))
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise SheetRefused(MACRO)
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_INFLATED:
        raise SheetRefused(BOMB)
    for part in parts:
        if part.file_size > 10_000_000 and part.file_size > MAX_RATIO * max(1, part.compress_size):
            raise SheetRefused(BOMB)
        if part.flag_bits & 1:
            raise SheetRefused(LOCKED)
        _look_through(archive, part)
    return data


def _look_through(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Inflate a part once, piece by piece: refuse entities and sheets with too many rows, empty but formatted ones too."""
    if not part.filename.endswith((".xml", ".rels")):
        return
    rows, rest = 0, b""
    try:
        with archive.open(part) as stream:
            while read := stream.read(PIECE):
                piece = rest + read
                if b"<!DOCTYPE" in piece or b"<!ENTITY" in piece:
                    raise SheetRefused(BROKEN)
                cut = piece.rfind(b"<", -LONGEST_TAG)
                piece, rest = (piece[:cut], piece[cut:]) if cut >= 0 else (piece, b"")
                rows += piece.count(b"<row") + piece.count(b":row")
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
        raise SheetRefused(BROKEN) from error
    if rows > MAX_ROWS and part.filename.startswith("xl/worksheets/"):
        raise SheetRefused(TOO_LONG)


def _open_apart(data: bytes, unreadable: str) -> list[Sheet]:
    asked = [sys.executable, "-I", apart.__file__, str(MAX_ROWS)]
    try:
        done = subprocess.run(asked, input=data, capture_output=True, timeout=2 * apart.SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise SheetRefused(unreadable) from error
    if done.returncode:
        raise SheetRefused(LOCKED if done.returncode == apart.LOCKED else unreadable)
    found = pickle.loads(done.stdout)  # our own process wrote it
    for _, height, width, _ in found:
        _refuse_size(height, width)
    return [Sheet(name, _trimmed(rows)) for name, _, _, rows in found]


def _open(data: bytes) -> list[Sheet]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        kinds = {each.name for each in book.sheets_metadata if each.typ == SheetTypeEnum.WorkSheet}
        return [_sheet(book, name) for name in book.sheet_names if name in kinds]
    except CalamineError as error:
        raise SheetRefused(LOCKED if "password" in str(error).lower() else BROKEN) from error
    except (ValueError, OverflowError, OSError) as error:
        raise SheetRefused(BROKEN) from error


def _sheet(book: CalamineWorkbook, name: str) -> Sheet:
    held = book.get_sheet_by_name(name)
    _refuse_size(held.height, held.width)
    return Sheet(name, _trimmed(held.to_python(skip_empty_area=False)))


def _refuse_size(height: int, width: int) -> None:
    if height > MAX_ROWS:
        raise SheetRefused(TOO_LONG)
    if width > MAX_COLUMNS and width * height > 5_000_000:
        raise SheetRefused(BOMB)


def _read_csv(data: bytes) -> list[list[Any]]:
    text = _decoded(data)
    try:
        dialect: Any = csv.Sniffer().sniff(text[:4096], ",\t;")
    except csv.Error:
        dialect = "excel"
    rows = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), dialect):
            rows.append(row[:MAX_COLUMNS])
            if len(rows) > MAX_ROWS:
                raise SheetRefused(TOO_LONG)
    except csv.Error as error:
        raise SheetRefused(BROKEN) from error
    return _trimmed(rows)


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        codes: tuple[str, ...] = ("utf-16",)
    else:
        codes = ("utf-8-sig", "gb18030")
    for code in codes:
        try:
            text = data.decode(code)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise SheetRefused(NOT_A_BOOK)


def _trimmed(rows: list[list[Any]]) -> list[list[Any]]:
    while rows and not any(value not in (None, "") for value in rows[-1]):
        rows.pop()
    return rows
