"""Bench of the notification ladder: from 发布 until 203 and 2,030 receivers' messages were handed over to a server on this machine.

For each size, in a scratch data folder with the ordinary settings: how long publishing takes with a channel for everybody (beside it,
in the same run: without one), how long the engine needs to hand everything over (beside it: the same calls without the product, four at
a time), and which share was handed over within ten seconds of 发布. Every message is counted at the other side.
"""

from __future__ import annotations

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bench._apart import apart

SIZES = (203, 2030)
PROMISED = 10.0  # seconds


def run() -> dict[str, Any]:
    """Return seconds and shares for each size, and the limits measured beside them."""
    return {str(size): apart(__file__, size, DANGQUN_PRIVATE_TARGETS="true") for size in SIZES}


def _child(size: int) -> dict[str, Any]:
    os.environ["DJANGO_SETTINGS_MODULE"] = "dangqun.config.settings"
    os.environ["DANGQUN_ALLOWED_HOSTS"] = "testserver"
    import django

    django.setup()
    from bench.notices import _zone
    from dangqun.ladder.tests.fake import providers

    clerk = _zone(size)
    with providers() as side:
        _publish(clerk)  # the first one loads what every other one finds loaded
        plain = _publish(clerk)
        _reach(clerk, side.base)
        start = time.perf_counter()
        published = _publish(clerk)
        ends = _hand_over()
        whole = time.perf_counter() - start
        alone = _alone(side.base, size)
        told = [each[1] for each in side.said if each[0] == "wecom-app"]
        assert len(told) == len(set(told)) == size, len(told)
    return {
        "receivers": size,
        "published_without_channel_s": round(plain, 3),
        "published_s": round(published, 3),
        "handed_over_s": round(whole, 3),
        "same_calls_alone_s": round(alone, 3),
        "within_10_s_percent": round(100 * sum(published + each <= PROMISED for each in ends) / size, 1),
    }


def _reach(clerk: Any, base: str) -> None:
    """Give the zone a channel, and everybody an address and the wish to be told at once."""
    from django.utils import timezone

    from dangqun.kernel.calendars import today
    from dangqun.ladder import rules
    from dangqun.ladder.models import Channel, Preference
    from dangqun.ladder.tests.fake import SECRET
    from dangqun.members.models import Person
    from dangqun.orgs.models import Org

    told = {"corp_id": "w", "agent_id": "1000002", "secret": SECRET, "api": base}
    org = Org.objects.order_by("path")[0]
    rules.switch(rules.set_up(Channel.Kind.WECOM_APP, org, {"name": "企微"}, told, by=clerk), True, by=clerk)
    for person in Person.objects.members(today()).select_related("account"):
        person.account.activated_at = timezone.now()
        person.account.save(update_fields=["activated_at"])
        held = Preference(person=person, wecom=f"u{person.pk}", proven=["wecom"])
        held.pace, held.quiet_from, held.quiet_to = Preference.Pace.AT_ONCE, "00:00", "00:00"
        held.save()


def _publish(clerk: Any) -> float:
    from dangqun.notices import rules
    from dangqun.notices.audience import Audience

    told = {
        "title": "关于自查的通知",
        "body": "<p>请自查。</p>",
        "audience": Audience(posts=("member",)).stored(),
    }
    draft = rules.save_draft(None, told, by=clerk)
    start = time.perf_counter()
    rules.publish(draft, by=clerk)
    return time.perf_counter() - start


def _hand_over() -> list[float]:
    """Let the worker's jobs run here until nothing waits; return when each message was handed over, in seconds."""
    from django.utils import timezone

    from dangqun.kernel.jobs import run_waiting
    from dangqun.ladder.models import Message

    start = timezone.now()
    run_waiting()
    held = list(Message.objects.filter(state=Message.State.HANDED).values_list("ended_at", flat=True))
    assert len(held) == Message.objects.count(), (len(held), Message.objects.count())
    return [(at - start).total_seconds() for at in held if at]


def _alone(base: str, size: int) -> float:
    """Return how long the same number of calls takes without the product, four at a time."""
    from dangqun.ladder.calls import call, line

    start = time.perf_counter()
    with line() as out, ThreadPoolExecutor(4) as hands:
        list(hands.map(lambda n: call(out, "POST", f"{base}/sms", content=str(n)), range(size)))
    return time.perf_counter() - start


if __name__ == "__main__":
    print(json.dumps(_child(int(sys.argv[1]))))
