"""What the facts of this room are called."""

WORDS = {
    "papers.issued": "打印或下载文书",
    "papers.made": "文书在后台做好",
}
READS = frozenset({"papers.issued", "papers.made"})
