"""Samples of the notification ladder for the walk: a channel and a message that failed, both the office's; one calendar."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from dangqun.ladder import rules
from dangqun.ladder.models import Channel, Message
from tests.world import ROLES


def samples(world: Any) -> dict[str, list[tuple[dict[str, Any], frozenset[str]]]]:
    """Return routes of this room with their rows and who may reach them."""
    office, by = frozenset({"office"}), world.user["office"]
    told = {"url": "https://127.0.0.1/robot", "secret": "x"}
    robot = rules.set_up(Channel.Kind.FEISHU, world.branches["甲"], {"name": "甲支部群"}, told, by=by)
    rules.switch(robot, True, by=by)
    failed = Message.objects.create(
        channel=robot,
        about="notice:1",
        key="notice:1:published|1|group",
        title="通知",
        path="/",
        state=Message.State.FAILED,
        next_at=timezone.now(),
        made_at=timezone.now(),
    )
    secret = rules.renew_calendar(world.person["孟庆华"], by=world.user["member"])
    everybody, nobody = frozenset(ROLES), frozenset()
    return {
        "channel": [({"pk": robot.pk}, office)],
        "channel-try": [({"pk": robot.pk}, office)],
        "channel-switch": [({"pk": robot.pk}, office)],
        "channel-new": [({"kind": each}, office) for each in ("mail", "sms", "wecom-app")],
        "channel-message-again": [({"pk": failed.pk}, office)],
        "calendar-feed": [({"secret": secret}, everybody), ({"secret": "nobody-has-this-one"}, nobody)],
    }
