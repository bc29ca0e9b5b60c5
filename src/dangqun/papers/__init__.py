"""Papers: what was printed from the platform, and whether a sheet in somebody's hand is still current.

Words: 文书 paper, 编号 code, 核对 check, 现行 current, 已有变化 changed, 已作废 void, 分册 volumes.
A paper says of itself only kind, day and whether it is current; whoever scans the code sees no name and no content.

A room that prints registers its kinds in config/wiring.py: register(Kind("roster", "党员名册", content)), where
`content(asked)` returns what would be printed today for a subject and a scope, or None when that is gone; and its view
hands out with `papers.desk.hand_out(request, Asked(…), org=…)`, behind the permission of the page that it prints.
"""
