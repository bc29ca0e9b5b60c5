"""What this room holds about one person: how she wants to be told, with her own addresses in full for herself."""

from __future__ import annotations

from typing import Any

from dangqun.ladder.addresses import LABELS
from dangqun.ladder.models import Channel, Preference
from dangqun.members.models import Person
from dangqun.members.own_data import Section


def preference_of(person: Person) -> Section:
    """Return her 提醒方式 as a sheet of the copy of her own data; the secret of her calendar is not in it."""
    held = Preference.objects.filter(person=person).first()
    return Section(
        "提醒方式", ("项目", "内容"), _lines(held) if held else [("提醒方式", "没有改过，照一般的")]
    )


def _lines(held: Preference) -> list[tuple[str, str]]:
    unwanted = "、".join(Channel.Kind(each).label for each in held.unwanted)
    return [
        *((LABELS[name], _address(held, name)) for name in LABELS),
        ("不要的渠道", unwanted or "没有"),
        ("多久一次", held.get_pace_display()),
        ("每天几点", f"{held.digest_at:%H:%M}"),
        ("免打扰", f"{held.quiet_from:%H:%M} 到 {held.quiet_to:%H:%M}"),
        ("日历", "有地址" if held.calendar else "没有"),
    ]


def _address(held: Preference, name: str) -> str:
    sealed: Any = getattr(held, name)
    if not sealed:
        return "没有填"
    return str(sealed.open()) + ("" if name in held.proven else "（还没有确认）")
