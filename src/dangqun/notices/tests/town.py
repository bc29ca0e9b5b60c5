"""Notices in the small town, as the tests of this room need them."""

from datetime import timedelta

from django.utils import timezone

from dangqun.notices import rules
from dangqun.notices.audience import Audience


def draft(world, by="office", *, posts=("member",), **audience):
    """Return a draft that may be published as it stands."""
    facts = {
        "title": "关于核对党员信息的通知",
        "body": "<p>请核对。</p>",
        "audience": Audience(posts=posts, **audience).stored(),
        "wants_signing": True,
        "deadline": timezone.now() + timedelta(hours=8),
    }
    return rules.save_draft(None, facts, by=world.user[by])


def published(world, by="office", *, files=(), **audience):
    """Return a published notice with files (name, content)."""
    notice = draft(world, by, **audience)
    for name, content in files:
        rules.attach(notice, name, content, by=world.user[by])
    return rules.publish(notice, by=world.user[by])


def typed(**changes):
    """Return what the page of 写通知 sends."""
    return {
        "title": "关于冬季安全生产自查的通知",
        "body": "请各支部自查。",
        "posts": ["member"],
        "wants_signing": "on",
    } | changes
