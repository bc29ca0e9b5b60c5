"""Verbs on notices: draft, attach, publish, sign, take a signature back, remind. Opening one is recorded nowhere."""

from dangqun.notices.rules.drafts import (
    MOST_FILES,
    attach,
    clean_body,
    detach,
    discard,
    office_of,
    save_draft,
)
from dangqun.notices.rules.publishing import publish
from dangqun.notices.rules.receipts import (
    can_unsign,
    just_reminded,
    receipt_of,
    remind,
    sign,
    undo_minutes,
    unsign,
)

__all__ = (
    "MOST_FILES",
    "attach",
    "can_unsign",
    "clean_body",
    "detach",
    "discard",
    "just_reminded",
    "office_of",
    "publish",
    "receipt_of",
    "remind",
    "save_draft",
    "sign",
    "undo_minutes",
    "unsign",
)
