"""What a file is that is no workbook, and what to do with it: people rename, export and pack files in many ways."""

from __future__ import annotations

from collections.abc import Collection

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
NOT_A_BOOK = "这不是 Excel 或 CSV 文件。请传 .xlsx、.xls 或 .csv。"
WORD = "这不是 Excel 或 CSV 文件，是 Word 文件。请把里面的表格复制到 Excel，另存后再传。"
SLIDES = "这不是 Excel 或 CSV 文件，是演示文稿。请把里面的表格复制到 Excel，另存后再传。"
PDF = "这不是 Excel 或 CSV 文件，是 PDF。请向发文件的人要 Excel 原件。"
PICTURE = "这不是 Excel 或 CSV 文件，是图片。请向发文件的人要 Excel 原件。"
NUMBERS = "这不是 Excel 或 CSV 文件，是 Numbers 表格。请在 Numbers 里导出为 Excel，再传导出的文件。"
ODS = "这不是 Excel 或 CSV 文件，是 ODS 表格。请另存为“Excel 工作簿（.xlsx）”再传。"
PACKED = "这不是 Excel 或 CSV 文件，是压缩包。请先解压，一次传一个表格。"
WEB_PAGE = "这个文件名字像 Excel，内容其实是网页，有的系统这样导出。请用 Excel 打开，另存为“Excel 工作簿（.xlsx）”再传。"
RENAMED = "这个文件名字像 Excel，内容却不是。请用 Excel 打开看看，另存为“Excel 工作簿（.xlsx）”再传。"
WPS = "这个 WPS 表格读不出来。请在 WPS 里另存为“Microsoft Excel 文件（.xlsx）”再传。"
BINARY = "这种工作簿（.xlsb）不能接收。请在 Excel 里另存为“Excel 工作簿（.xlsx）”再传。"

PARTS = (
    ("word/document.xml", WORD),
    ("ppt/presentation.xml", SLIDES),
    ("Index/Document.iwa", NUMBERS),
    ("xl/workbook.bin", BINARY),
)
STARTS = (
    (b"%PDF", PDF),
    (b"\x89PNG", PICTURE),
    (b"\xff\xd8\xff", PICTURE),
    (b"GIF8", PICTURE),
    (b"BM", PICTURE),
    (b"Rar!", PACKED),
    (b"7z\xbc\xaf", PACKED),
    (b"\x1f\x8b", PACKED),
)
ENDINGS = {
    "doc": WORD, "docx": WORD, "wps": WORD, "ppt": SLIDES, "pptx": SLIDES, "dps": SLIDES, "pdf": PDF, "ofd": PDF,
    "numbers": NUMBERS, "ods": ODS, "zip": PACKED, "rar": PACKED, "7z": PACKED, "et": WPS, "xlsb": BINARY,
    "jpg": PICTURE, "jpeg": PICTURE, "png": PICTURE, "heic": PICTURE,
}  # fmt: skip


def what_instead(data: bytes, ending: str, parts: Collection[str] = ()) -> str:
    """Return the sentence for a file that is no workbook; `parts` are the names in it when it is a zip file."""
    for name, sentence in PARTS:
        if name in parts:
            return sentence
    if "mimetype" in parts and "content.xml" in parts:
        return ODS
    if parts and ending not in ENDINGS:
        return PACKED
    head = data[:2048].lstrip(b"\xef\xbb\xbf \r\n\t")
    for start, sentence in STARTS:
        if head.startswith(start):
            return sentence
    if b"<html" in head.lower() or b"<table" in head.lower():
        return WEB_PAGE
    if ending in ("xlsx", "xls") and not data.startswith(OLE):
        return RENAMED
    return ENDINGS.get(ending, NOT_A_BOOK)
