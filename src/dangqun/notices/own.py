"""What notices hold about one person: the notices that she was sent, and when she signed for them."""

from __future__ import annotations

from dangqun.members.models import Person
from dangqun.members.own_data import Section
from dangqun.notices.models import Receipt


def receipts_of(person: Person) -> Section:
    """Return her receipts, newest first, as a sheet of the copy of her own data."""
    found = Receipt.objects.filter(person=person).select_related("notice", "branch").order_by("-pk")
    rows = [
        (each.notice.title, each.branch.name, each.notice.published_at, each.signed_at or "没有签收")
        for each in found
    ]
    return Section("通知和签收", ("通知", "在哪个支部收到", "发布时间", "签收时间"), rows)
