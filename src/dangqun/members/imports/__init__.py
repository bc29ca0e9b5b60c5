"""The import room: workbooks of organisations, members and officers, checked row by row, stored in one transaction.

Words: 导入 import, 对应列 columns, 核对 check, 不能导入 refused, 请留意 warning, 表中没有 missing from the sheet,
批注过的原表 errors workbook, 改好 fix.
Straight line: `reading` (book → lines) → `organisations` / `roster` / `officers` (check, then store) → `rules` (one
transaction, facts) → `report` (what the command line and the screens say).
"""
