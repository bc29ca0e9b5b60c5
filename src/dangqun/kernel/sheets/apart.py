"""Reads an old workbook (.xls, .et) in a process of its own, run as a script with the file on stdin.

On a damaged file the reader may panic, run in a ring or take all memory: then this process ends, and no other.
"""

from __future__ import annotations

import io
import pickle
import resource
import sys

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

MEMORY = 2 * 1024**3  # bytes
SECONDS = 60
LOCKED = 3  # exit status: the file wants a password


def main(most_rows: int) -> int:
    """Write [(name, height, width, rows)] of every sheet; sheets of more than `most_rows` come without rows."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
        wanted = [each.name for each in book.sheets_metadata if each.typ == SheetTypeEnum.WorkSheet]
        found = []
        for name in wanted:
            held = book.get_sheet_by_name(name)
            rows = held.to_python(skip_empty_area=False) if held.height <= most_rows else []
            found.append((name, held.height, held.width, rows))
    except CalamineError as error:
        return LOCKED if "password" in str(error).lower() else 1
    pickle.dump(found, sys.stdout.buffer)
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
