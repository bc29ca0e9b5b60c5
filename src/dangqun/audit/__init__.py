"""审计记录: what the auditor sees of all facts, with filters and export.

Words: 审计记录 fact, 封存 seal, 核对 verify.
Permission: `facts.read`. Nothing here changes a fact, and there is no way to clear them.
"""
