"""Verbs on organisations, enterprises, liaison zones and contact points."""

from dangqun.orgs.rules.enterprises import (
    correct_enterprise,
    cover,
    found_branch,
    joint_warning,
    move_enterprise,
    register_enterprise,
    release_enterprise,
    uncover,
)
from dangqun.orgs.rules.liaison import (
    arrange_zone,
    end_visit,
    look_after,
    open_zone,
    place_in_zone,
    take_out_of_zone,
    visit,
)
from dangqun.orgs.rules.organisations import close_org, move_org, open_org, rename_org
from dangqun.orgs.rules.separation import refuse_mixed

__all__ = [
    "arrange_zone",
    "close_org",
    "correct_enterprise",
    "cover",
    "end_visit",
    "found_branch",
    "joint_warning",
    "look_after",
    "move_enterprise",
    "move_org",
    "open_org",
    "open_zone",
    "place_in_zone",
    "refuse_mixed",
    "register_enterprise",
    "release_enterprise",
    "rename_org",
    "take_out_of_zone",
    "uncover",
    "visit",
]
