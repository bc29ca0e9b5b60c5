"""Organisations over time: every day has its tree, and what happens later changes no earlier answer."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dangqun.kernel.calendars import today
from dangqun.kernel.rules import RuleBroken
from dangqun.members.tree import figures_of, grow
from dangqun.orgs import rules
from dangqun.orgs.models import Enterprise, Org, Placement

pytestmark = pytest.mark.django_db
D = date(2015, 7, 1)


def town(parks=2, since=date(2010, 1, 1)):
    """A committee with parks."""
    committee = rules.open_org(Org.Kind.COMMITTEE, "综合党委", under=None, by=None, on=since)
    return committee, [
        rules.open_org(Org.Kind.PARK, f"第{n}园区", under=committee, by=None, on=since, number=n)
        for n in range(1, parks + 1)
    ]


def branch(park, name="甲党支部", on=date(2011, 1, 1), **facts):
    """A branch under a park."""
    facts = {"formation": Org.Formation.OWN, "number": 1} | facts
    return rules.open_org(Org.Kind.BRANCH, name, under=park, by=None, on=on, **facts)


def tree(on):
    """Short names with their superior's, as the tree page shows them on a day."""
    found = {node.org.pk: node.org for node in grow(Org.objects.all(), on)}
    return {org.pk: org.parent_then for org in found.values()}


def test_a_zone_built_over_years_has_51_enterprises_34_branches_and_203_members_on_1_july_2015():
    from dangqun.members import rules as members
    from dangqun.members.models import Membership
    from dangqun.members.rules.people import enrol

    committee, parks = town(3)
    firms = [
        rules.register_enterprise(f"企业{n:02d}", park=parks[n % 3], by=None, number=n) for n in range(51)
    ]
    branches = [branch(parks[n % 3], f"支部{n:02d}", D - timedelta(days=34 - n), number=n) for n in range(31)]
    branches += [
        branch(parks[n], f"联合{n}", D - timedelta(days=2 - n), formation="joint", number=90 + n)
        for n in range(3)
    ]
    for n, firm in enumerate(firms):
        rules.cover(firm, branch=branches[n] if n < 31 else branches[31 + n % 3], by=None, on=D)
    people = [enrol(f"党员{n}", org=committee, by=None) for n in range(203)]
    for n, person in enumerate(people):
        members.admit(person, branch=branches[n % 34], state=Membership.State.FULL, on=D, by=None)
    for person in people[:5]:
        members.leave(person, reason="transferred", on=date(2016, 5, 1), by=None)
    branch(parks[0], "后来的支部", date(2018, 1, 1), number=99)
    gone = firms[0]
    rules.uncover(gone, branch=branches[0], on=date(2017, 1, 1), by=None)

    then = figures_of(grow(Org.objects.all(), D), Enterprise.objects.all(), D)
    assert (then["enterprises"], then["branches"], then["members"]) == (51, 34, 203)
    assert (then["own"], then["joint"], then["organised"]) == (31, 3, 51)
    before = figures_of(grow(Org.objects.all(), D - timedelta(days=1)), Enterprise.objects.all(), D)
    assert before["members"] == 0 and before["branches"] == 33
    now = figures_of(grow(Org.objects.all(), today()), Enterprise.objects.all(), today())
    assert (now["branches"], now["members"], now["organised"]) == (35, 198, 50)


def test_moving_a_branch_leaves_the_answers_of_earlier_days_unchanged():
    _, (one, two) = town()
    org = branch(one)
    before = tree(D)
    rules.move_org(org, to=two, on=date(2016, 1, 1), by=None)
    assert tree(D) == before and before[org.pk] == one.pk
    assert tree(date(2015, 12, 31))[org.pk] == one.pk and tree(date(2016, 1, 1))[org.pk] == two.pk
    assert org.path == f"{two.path}{org.pk}/" and org.park_number == two.number


def test_a_park_that_moves_takes_its_branches_along():
    working = rules.open_org(Org.Kind.WORKING_COMMITTEE, "工委", under=None, by=None)
    one, two = (rules.open_org(Org.Kind.COMMITTEE, name, under=working, by=None) for name in "甲乙")
    park = rules.open_org(Org.Kind.PARK, "园区", under=one, by=None, number=1)
    org = branch(park)
    rules.move_org(park, to=two, on=D, by=None)
    org.refresh_from_db()
    assert org.path.startswith(two.path) and tree(D)[org.pk] == park.pk


def test_moving_twice_on_one_day_counts_as_a_correction():
    _, (one, two) = town()
    org = branch(one, on=D)
    rules.move_org(org, to=two, on=D, by=None)
    assert org.placements.count() == 1 and tree(D)[org.pk] == two.pk


def test_a_new_name_leaves_the_old_one_to_earlier_days():
    _, (one, _) = town()
    org = branch(one, "远达纺织有限公司党支部")
    rules.rename_org(org, "远达针织有限公司党支部", on=D, by=None)
    names = {on: grow(Org.objects.filter(pk=org.pk), on)[0].org.called_then for on in (D - timedelta(1), D)}
    assert names == {D - timedelta(1): "远达纺织党支部", D: "远达针织党支部"}
    with pytest.raises(RuleBroken, match="更名日期不能早于"):
        rules.rename_org(org, "第三个名称党支部", on=D - timedelta(5), by=None)


@pytest.mark.parametrize("way", ["open", "move", "close", "rename", "cover"])
def test_nothing_happens_in_the_future(way):
    _, (one, two) = town()
    org, tomorrow = branch(one), today() + timedelta(days=1)
    firm = rules.register_enterprise("企业", park=one, by=None)
    ways = {
        "open": lambda: branch(one, "明天的支部", tomorrow),
        "move": lambda: rules.move_org(org, to=two, on=tomorrow, by=None),
        "close": lambda: rules.close_org(org, on=tomorrow, why="合并", by=None),
        "rename": lambda: rules.rename_org(org, "新名称", on=tomorrow, by=None),
        "cover": lambda: rules.cover(firm, branch=org, on=tomorrow, by=None),
    }
    with pytest.raises(RuleBroken, match="今天以后"):
        ways[way]()


def test_a_superior_must_be_of_a_higher_kind_and_exist_on_that_day():
    committee, (one, two) = town()
    org, other = branch(one), branch(one, "乙党支部")
    for parent in (other, org):
        with pytest.raises(RuleBroken, match="下面不能设"):
            rules.move_org(org, to=parent, on=D, by=None)
    with pytest.raises(RuleBroken, match="下面不能设"):
        rules.move_org(one, to=two, on=D, by=None)
    late = rules.open_org(Org.Kind.PARK, "后设园区", under=committee, by=None, on=date(2020, 1, 1), number=9)
    with pytest.raises(RuleBroken, match="才成立"):
        rules.move_org(org, to=late, on=D, by=None)
    rules.close_org(late, on=date(2021, 1, 1), why="并入", by=None)
    with pytest.raises(RuleBroken, match="撤销"):
        rules.move_org(org, to=late, on=date(2022, 1, 1), by=None)


def test_an_organisation_is_not_closed_while_something_belongs_to_it_that_day_or_later():
    _, (one, two) = town()
    org = branch(one)
    with pytest.raises(RuleBroken, match="还有党组织"):
        rules.close_org(one, on=D, why="并入", by=None)
    rules.move_org(org, to=two, on=date(2020, 1, 1), by=None)
    with pytest.raises(RuleBroken, match="还有党组织"):
        rules.close_org(one, on=D, why="并入", by=None)
    rules.close_org(one, on=date(2020, 1, 1), why="并入", by=None)
    firm = rules.register_enterprise("企业", park=two, by=None)
    rules.cover(firm, branch=org, by=None, on=D)
    with pytest.raises(RuleBroken, match="覆盖着企业"):
        rules.close_org(org, on=date(2021, 1, 1), why="撤并", by=None)
    rules.uncover(firm, branch=org, on=date(2022, 1, 1), by=None)
    with pytest.raises(RuleBroken, match="覆盖着企业"):
        rules.close_org(org, on=date(2021, 1, 1), why="撤并", by=None)
    rules.close_org(org, on=date(2022, 1, 1), why="撤并", by=None)
    assert org.pk in tree(date(2021, 12, 31)) and org.pk not in tree(date(2022, 1, 1))
    with pytest.raises(RuleBroken, match="已经在"):
        rules.close_org(org, on=date(2023, 1, 1), why="撤并", by=None)


def test_closing_for_a_day_in_the_past_ends_roles_given_since():
    from dangqun.orgs.models import Grant
    from tests.world import build

    world = build()
    org = branch(world.parks["东园"], "新党支部", date(2020, 1, 1), number=9)
    Grant.objects.create(
        user=world.user["member"], org=org, role="secretary", source=Grant.Source.OFFICE, starts_on=today()
    )
    rules.close_org(org, on=date(2021, 1, 1), why="撤并", by=None)
    assert not Grant.objects.filter(org=org).on(today()).exists()


def test_the_database_itself_refuses_two_places_on_one_day():
    _, (one, two) = town()
    org = branch(one)
    Placement.objects.filter(org=org).update(ends_on=date(2016, 1, 1))
    for starts_on in (None, date(2012, 1, 1), date(2015, 12, 31)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Placement.objects.create(org=org, parent=two, starts_on=starts_on)
    later = Placement.objects.create(org=org, parent=two, starts_on=date(2016, 1, 1))
    with pytest.raises(IntegrityError), transaction.atomic():
        Placement.objects.filter(pk=later.pk).update(starts_on=date(2013, 1, 1))


# --- random histories against a naive replay ----------------------------------------------------------------
DAYS = st.integers(0, 60).map(lambda n: D + timedelta(days=n))
DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["open", "move", "close", "rename"]), st.integers(0, 5), st.integers(0, 2), DAYS
    ),
    max_size=14,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(DEEDS, st.lists(DAYS, min_size=1, max_size=4))
def test_the_tree_of_any_day_is_what_a_naive_replay_of_the_history_gives(deeds, days):
    with transaction.atomic():
        _, parks = town(3, since=None)
        told: list[tuple[date, int, str, object]] = []
        orgs: list[Org] = []
        for number, (deed, who, where, on) in enumerate(deeds):
            try:
                _carry_out(deed, who, parks[where], on, number, orgs, told)
            except RuleBroken:
                continue
        for day in days:
            wanted = _replay(told, day)
            nodes = {n.org.pk: n.org for n in grow(Org.objects.branches(), day)}
            assert {pk: (o.parent_then, o.called_then) for pk, o in nodes.items()} == wanted
        for org in Org.objects.branches().open(today()):
            assert org.path == f"{org.placements.open().get().parent.path}{org.pk}/"
        transaction.set_rollback(True)


def _carry_out(deed, who, park, on, number, orgs, told):
    if deed == "open":
        org = branch(park, f"支部{number}", on, number=number)
        orgs.append(org)
        told += [(on, org.pk, "place", park.pk), (on, org.pk, "name", org.short_name)]
    elif orgs:
        org = orgs[who % len(orgs)]
        org.refresh_from_db()
        if deed == "move":
            rules.move_org(org, to=park, on=on, by=None)
            told.append((on, org.pk, "place", park.pk))
        elif deed == "close":
            rules.close_org(org, on=on, why="撤并", by=None)
            told.append((on, org.pk, "close", None))
        else:
            rules.rename_org(org, f"新名{number}", on=on, by=None)
            told.append((on, org.pk, "name", f"新名{number}"))


def _replay(told, day):
    """Read the history line by line, as a clerk would with a paper ledger."""
    where, called, closed = {}, {}, set()
    for on, pk, what, value in told:
        if on > day:
            continue
        if what == "place":
            where[pk] = value
        elif what == "name":
            called[pk] = value
        else:
            closed.add(pk)
    return {pk: (where[pk], called[pk]) for pk in where if pk not in closed}
