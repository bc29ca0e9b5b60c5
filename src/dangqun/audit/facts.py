"""What this room records, in the words of its own screen."""

WORDS = {
    "audit.verified": "核对审计记录",
    "audit.exported": "导出审计记录",
}
READS = frozenset({"audit.exported"})
