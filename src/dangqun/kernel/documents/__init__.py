"""Documents: what a room wants on paper, as a PDF (typst, fonts of our own) and as a .docx, with the same content.

sheet = Sheet("党员名册", lines=("清溪经济开发区综合党委",), parts=(Table(columns, rows),), across=True)   # a working sheet
letter = Letter(title=…, to="各党支部", body=blocks_of(html), signed="…", dated=day)                # 公文, GB/T 9704
stamp = Stamp(code, address, at, by, head)                                       # the foot: which sheet this is, QR to it
as_pdf(sheet, stamp), as_docx(sheet, stamp)      # bytes; DocumentFailed when it took too long or too much memory
unprintable(sheet)                               # characters that no font of ours has: say so before printing
digest(sheet)                                    # the same content has the same digest, whoever prints it and when

A PDF is set in a process of its own, bounded in time and memory: typst keeps what it once set and would fill the server.
More than ROWS_A_VOLUME rows come as volumes (`volumes`), each a file.
"""

from dangqun.kernel.documents.characters import unprintable
from dangqun.kernel.documents.content import (
    ROWS_A_VOLUME,
    Column,
    Facts,
    Letter,
    Sheet,
    Stamp,
    Table,
    digest,
    rows_of,
    volumes,
    worded,
)
from dangqun.kernel.documents.pdf import DocumentFailed, as_pdf
from dangqun.kernel.documents.richtext import blocks_of

__all__ = [
    "ROWS_A_VOLUME", "Column", "DocumentFailed", "Facts", "Letter", "Sheet", "Stamp", "Table", "as_docx", "as_pdf",
    "blocks_of", "digest", "rows_of", "unprintable", "volumes", "worded",
]  # fmt: skip


def as_docx(content: Sheet | Letter, stamp: Stamp) -> bytes:
    """Return the same as a .docx; python-docx is loaded by who makes one."""
    from dangqun.kernel.documents import docx

    return docx.as_docx(content, stamp)
