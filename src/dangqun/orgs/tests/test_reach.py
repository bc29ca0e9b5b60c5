"""How far somebody reaches, as a query: exact, and answered however many branches were given to her one by one."""

from __future__ import annotations

import pytest

from dangqun.kernel.calendars import today
from dangqun.kernel.rules import RuleBroken
from dangqun.orgs import rules
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Enterprise, Org, ZoneBranch
from dangqun.orgs.reach import Leaf, within

pytestmark = pytest.mark.django_db
MANY = 1500  # more conditions in a row than SQLite takes


def test_whoever_looks_after_very_many_branches_reaches_them_all_and_nothing_else(world):
    park, zone = world.parks["西园"], world.zones[0]
    user = zone.members.on(today()).get().user
    before = Org.objects.reachable(Actor.of(user), "orgs.read").count()
    facts = {"kind": Org.Kind.BRANCH, "formation": Org.Formation.OWN}
    names = [(f"支部{n}", f"{park.path}{10**6 + n}/") for n in range(MANY)]
    Org.objects.bulk_create(Org(name=name, short_name=name, path=path, **facts) for name, path in names)
    new = Org.objects.filter(short_name__startswith="支部")
    ZoneBranch.objects.bulk_create(ZoneBranch(zone=zone, branch=org, starts_on=None) for org in new)
    actor = Actor.of(user)
    assert Org.objects.reachable(actor, "orgs.read").count() == before + MANY
    assert not Org.objects.reachable(actor, "orgs.read").filter(pk=world.branches["丙"].pk).exists()
    assert Enterprise.objects.reachable(actor, "orgs.read").exists()


def test_a_branch_is_found_by_equality_and_all_else_with_what_lies_below(world):
    park, branch = world.parks["东园"], world.branches["丙"]
    reached = Org.objects.filter(within("path", [park.path, Leaf(branch.path)]))
    assert set(reached) == {park, world.branches["甲"], world.branches["乙"], branch}
    assert not Org.objects.filter(within("path", [])).exists()


def test_nothing_lies_below_a_branch_so_that_equality_loses_nothing(world):
    for kind, more in ((Org.Kind.BRANCH, {"formation": "own"}), (Org.Kind.PARK, {})):
        with pytest.raises(RuleBroken, match="下面不能设"):
            rules.open_org(kind, "下级", under=world.branches["甲"], by=None, **more)


def test_reach_through_grants_zones_and_contact_points_of_branches_is_by_equality(world):
    for role, permission in (
        ("secretary", "members.read"),
        ("committee_member", "members.read"),
        ("instructor", "orgs.read"),
    ):
        paths = Actor.of(world.user[role]).paths(permission)
        assert paths and all(isinstance(each, Leaf) for each in paths)
    assert not any(isinstance(each, Leaf) for each in Actor.of(world.user["office"]).paths("orgs.read"))
