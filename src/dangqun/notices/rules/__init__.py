"""Verbs on notices: draft, publish, schedule, correct, withdraw, sign, sign for somebody, remind, hand on, keep as a template.

Opening a notice is recorded nowhere.
"""

from dangqun.notices.rules.corrections import Correction, correct
from dangqun.notices.rules.drafts import (
    MOST_FILES,
    accepted,
    attach,
    clean_body,
    detach,
    discard,
    office_of,
    save_draft,
)
from dangqun.notices.rules.handing_on import leave_drafts, take_over
from dangqun.notices.rules.phones import list_phones
from dangqun.notices.rules.publishing import (
    publish,
    publish_all_due,
    publish_when_due,
    schedule,
    unschedule,
    withdraw,
)
from dangqun.notices.rules.receipts import (
    can_unsign,
    just_reminded,
    note_correction,
    receipt_of,
    remind,
    sign,
    undo_minutes,
    undo_since,
    unsign,
)
from dangqun.notices.rules.standing_in import disown, sign_for, unsign_for, why_not_stand_in
from dangqun.notices.rules.templates import (
    change_template,
    drop_template,
    keep_template,
    start_from,
    start_from_seed,
)

__all__ = (
    "MOST_FILES",
    "Correction",
    "accepted",
    "attach",
    "can_unsign",
    "change_template",
    "clean_body",
    "correct",
    "detach",
    "discard",
    "disown",
    "drop_template",
    "just_reminded",
    "keep_template",
    "leave_drafts",
    "list_phones",
    "note_correction",
    "office_of",
    "publish",
    "publish_all_due",
    "publish_when_due",
    "receipt_of",
    "remind",
    "save_draft",
    "schedule",
    "sign",
    "sign_for",
    "start_from",
    "start_from_seed",
    "take_over",
    "undo_minutes",
    "undo_since",
    "unschedule",
    "unsign",
    "unsign_for",
    "why_not_stand_in",
    "withdraw",
)
