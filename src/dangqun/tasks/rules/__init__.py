"""Verbs on tasks: issue, accept, answer, hand over, send back, settle, extend, remind, withdraw. Opening one is recorded nowhere."""

from dangqun.tasks.rules.answers import (
    accept,
    answer,
    detach_answer,
    done,
    enclose,
    hand_over,
    keep_answer,
)
from dangqun.tasks.rules.issuing import (
    attach,
    detach,
    discard,
    issue,
    least_deadline,
    save_draft,
    withdraw,
)
from dangqun.tasks.rules.owners import may_own, settle_owners, successors
from dangqun.tasks.rules.settling import extend, remind, send_back, settle

__all__ = [
    "accept",
    "answer",
    "attach",
    "detach",
    "detach_answer",
    "discard",
    "done",
    "enclose",
    "extend",
    "hand_over",
    "issue",
    "keep_answer",
    "least_deadline",
    "may_own",
    "remind",
    "save_draft",
    "send_back",
    "settle",
    "settle_owners",
    "successors",
    "withdraw",
]
