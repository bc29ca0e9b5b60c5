"""Facts: one audit row for each change, written in the transaction of the change itself, and chained once committed.

record("members.moved", person, by=user, changes={"branch": [old, new]}, why="…")    # in a rule
head()                 # the newest seal; str(head()) is the line for printed sheets
words("members.moved") # 区内转接组织关系, from WORDS in the room's facts.py
`chain` seals, `checking` verifies, `keeping` removes what is older than 400 days, `guards` are the database's own refusals.
"""

from dangqun.kernel.facts.chain import Head, head, seal_waiting
from dangqun.kernel.facts.recording import Changes, on, record, record_many
from dangqun.kernel.facts.wording import words
from dangqun.kernel.models import Fact

WORDS = {
    "kernel.facts_removed": "按保存期限移出旧的审计记录",
    "kernel.removed_due": "按留存期限删除",
    "kernel.hold_begun": "暂缓删除",
    "kernel.hold_lifted": "取消暂缓",
    "kernel.days_set": "录入工作日安排",
    "kernel.day_taken_back": "撤销录入的工作日",
    "kernel.year_confirmed": "确认年度安排已录入",
    "kernel.year_reopened": "撤销年度安排的确认",
    "backups.made": "备份",
    "backups.restored": "从备份恢复",
    "keys.sheet": "打印恢复单",
    "keys.rotated": "换用新密钥",
    "keys.renewed": "用新密钥重新加密完毕",
    "keys.retired": "停用旧密钥",
}

__all__ = ["WORDS", "Changes", "Fact", "Head", "head", "on", "record", "record_many", "seal_waiting", "words"]
