"""Samples for the walk: what may be printed by whom, and the papers themselves."""

from __future__ import annotations

from typing import Any

from dangqun.kernel.calendars import today
from dangqun.members import papers as sheets
from dangqun.papers import rules
from dangqun.papers.kinds import Asked, kind_of, reach_of

READERS = frozenset({"office", "committee_member", "instructor", "secretary"})
FAR = frozenset({"office", "stranger"})


def samples(world: Any, here: Any, there: Any) -> dict[str, list[tuple[dict[str, Any], frozenset[str]]]]:
    """Return samples; `here` and `there` are notices to the own branch and to another one."""
    own, other = world.branches["甲"], world.branches["丙"]
    paper = printed(world)
    made = [({"pk": paper.pk}, frozenset({"office"})), ({"pk": 10**9}, frozenset())]
    return {
        "org-print": [({"pk": own.pk}, READERS | {"member"}), ({"pk": other.pk}, FAR)],
        "notice-print": [({"pk": here.pk}, READERS | {"member"}), ({"pk": there.pk}, FAR)],
        "notice-receipts-print": [({"pk": here.pk}, READERS), ({"pk": there.pk}, FAR)],
        "paper-making": made,
        "paper-file": made,
        "paper-check": [
            ({"code": paper.code}, frozenset(world.user)),
            ({"code": "2222-2222-2222-2222"}, frozenset()),
        ],
    }


def printed(world: Any, role: str = "office") -> Any:
    """Return a roster that somebody has printed."""
    from dangqun.orgs.access import Actor

    actor = Actor.of(world.user[role])
    scope = reach_of(actor, "members.read") | {"query": sheets.roster_query({})}
    asked = Asked("roster", "", today(), "members.read", scope)
    content = kind_of("roster").content(asked)
    printing = rules.Printing("pdf", world.committee, "https://dq.example.cn")
    return rules.issue(asked, content, printed=printing, by=actor.user)
