"""Papers: what was printed from the platform, and whether a sheet in somebody's hand is still current.

Words: 文书 paper, 二维码 code, 现行 current, 作废 replaced.
A paper says of itself only kind, day and whether it is current; whoever scans the code sees no name and no content.
"""
