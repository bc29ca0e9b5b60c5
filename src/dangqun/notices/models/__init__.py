"""Rows of this room: notices, attachments, receipts, reminders, editions, templates."""

from dangqun.notices.models.editions import Edition, Template
from dangqun.notices.models.notices import (
    SENT,
    Attachment,
    Notice,
    NoticeQuerySet,
    Receipt,
    ReceiptQuerySet,
    Reminder,
    may_be_reminded,
)

__all__ = (
    "SENT",
    "Attachment",
    "Edition",
    "Notice",
    "NoticeQuerySet",
    "Receipt",
    "ReceiptQuerySet",
    "Reminder",
    "Template",
    "may_be_reminded",
)
