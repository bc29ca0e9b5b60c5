"""Workbooks: read them, find their table, clean their cells, write them, hand them back with faults marked.

book = read_book(data, "党员花名册.xlsx", limit=20 * 1024 * 1024)   # SheetRefused(sentence) for what cannot be read
table = find_table(book.sheets[0], COLUMNS, learned={})             # None when no heading row is there
for row in table.rows(): row.number, row.cells["name"]             # Excel's row number, raw values by column key
data, name = mark_faults(data, name, [Mark("Sheet1", 26, 5, "…")])  # the user's own workbook, red cells and comments
data = write_table("党员花名册", COLUMNS, rows)                      # one declaration: template, import, export
return hand_over("党员名册", COLUMNS, rows, by=request.user)          # the same as a download, 制表人 and time below it
"""

from dangqun.kernel.sheets.cleaners import clean_date, clean_name, clean_text
from dangqun.kernel.sheets.handing import hand_over
from dangqun.kernel.sheets.marking import Mark, mark_faults
from dangqun.kernel.sheets.reading import Book, Sheet, SheetRefused, read_book
from dangqun.kernel.sheets.tables import Column, Row, Table, column_letter, find_table, heading_key
from dangqun.kernel.sheets.writing import write_table, write_tables

__all__ = [
    "Book", "Column", "Mark", "Row", "Sheet", "SheetRefused", "Table", "clean_date", "clean_name", "clean_text",
    "column_letter", "find_table", "hand_over", "heading_key", "mark_faults", "read_book", "write_table",
    "write_tables",
]  # fmt: skip
