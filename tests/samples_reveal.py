"""Rows for the walk of 查看, of requests for correction and of one's own data."""

from __future__ import annotations

from typing import Any

from dangqun.members.rules import requests

KEEPERS = frozenset({"office", "secretary"})


def samples(world: Any) -> dict[str, list[tuple[dict[str, Any], frozenset[str]]]]:
    """Return own and other people and a request, each with the roles that may reach it."""
    mine, theirs = world.person["孟庆华"], world.person["左小海"]
    asked = requests.ask(mine, "ethnicity", "畲族", "户口本", by=world.user["member"])
    office = frozenset({"office"})
    both = [({"pk": mine.pk}, KEEPERS), ({"pk": theirs.pk}, frozenset({"office", "stranger"}))]
    return {
        "person-reveal-mobile": both,
        "person-reveal-address": both,
        "person-reveal-id": [({"pk": mine.pk}, office), ({"pk": theirs.pk}, office)],
        "person-cover": both,
        "person-request": [({"pk": asked.pk}, office)],
        "me-withdraw": [({"pk": asked.pk}, frozenset({"member"}))],
    }
