"""A change that is stored stays stored, whatever becomes of its nudge."""

from __future__ import annotations

import asyncio

import pytest

from dangqun.kernel.live import hub
from dangqun.notices import rules as notices
from dangqun.notices.audience import Audience


@pytest.mark.django_db(transaction=True)
def test_a_nudge_that_fails_does_not_undo_nor_break_what_was_stored(world, visit, monkeypatch):
    branch = world.branches["甲"]
    facts = {"title": "通知", "body": "<p>内容</p>", "audience": Audience(orgs=(branch.pk,)).stored()}
    clerk = world.user["office"]
    notice = notices.publish(notices.save_draft(None, facts, by=clerk), by=clerk)
    member = visit(world.user["member"])
    gone = asyncio.new_event_loop()
    gone.close()
    monkeypatch.setattr(
        hub, "loop", gone
    )  # as in a server that is stopping: nothing can be handed to it any more
    with pytest.raises(RuntimeError):
        gone.call_soon_threadsafe(print)
    answer = member.post(f"/notices/{notice.pk}/sign/")
    assert answer.status_code in (200, 302)
    assert notice.receipts.get(person__account=world.user["member"]).signed_at
