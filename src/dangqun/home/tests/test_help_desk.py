"""找谁办: the right people, in order, with a number only for whom one may read, and never in clear."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dangqun.home.help_desk import steps
from dangqun.kernel.calendars import today
from dangqun.members import rules
from dangqun.members.models import Office
from dangqun.orgs import rules as orgs
from dangqun.orgs.access import Actor

pytestmark = pytest.mark.django_db


def names(actor):
    """Who is listed under which heading."""
    return {step.key: [helper.name for helper in step.helpers] for step in steps(actor)}


def test_a_member_is_shown_her_secretary_instructor_zone_member_and_office_in_this_order(world):
    member = world.person["孟庆华"]
    rules.correct(member, {"enterprise": world.enterprises["恒丰机械有限公司"]}, by=None)
    found = names(Actor.of(world.user["member"]))
    assert list(found) == ["branch", "visits", "zone", "office"]
    assert found == {"branch": ["汪晓燕"], "visits": ["方杰"], "zone": ["石涵兰"], "office": ["章文静"]}


def test_whoever_moves_is_shown_the_people_of_the_new_branch(world):
    rules.move(world.person["孟庆华"], to=world.branches["丙"], on=today(), by=None)
    assert names(Actor.of(world.user["member"]))["branch"] == ["程月娥"]


def test_a_branch_without_a_secretary_says_so_and_points_on(world, visit):
    rules.end_office(world.branches["甲"].offices.open().leading().get(), on=today(), by=None)
    page = visit(world.user["member"]).get(reverse("services")).content.decode()
    assert "该支部尚无书记，可以先找综合党委办公室。" in page


def test_a_number_is_masked_and_only_there_for_whom_one_may_read(world):
    rules.appoint(
        world.person["吴桂香"], org=world.branches["甲"], post=Office.Post.DEPUTY, on=today(), by=None
    )
    by_role = {}
    for role in ("member", "secretary"):
        branch = steps(Actor.of(world.user[role]))[0]
        by_role[role] = [(helper.phone, bool(helper.url)) for helper in branch.helpers]
    assert by_role["member"] == [("", False), ("", False)]
    assert by_role["secretary"] == [("199****0101", True), ("199****0102", True)]


def test_somebody_of_the_committee_is_shown_the_office_alone(world):
    assert list(names(Actor.of(world.user["instructor"]))) == ["office"]


def test_the_page_takes_as_many_queries_for_many_helpers_as_for_one(world, visit):
    rules.correct(world.person["孟庆华"], {"enterprise": world.enterprises["恒丰机械有限公司"]}, by=None)
    browser, url = visit(world.user["member"]), reverse("services")
    browser.get(url)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as seen:
            browser.get(url)
        counts.append(len(seen))
        for name in ("吴桂香", "钱大有"):
            person, firm = world.person[name], world.enterprises["恒丰机械有限公司"]
            rules.appoint(person, org=world.branches["甲"], post=Office.Post.DEPUTY, on=today(), by=None)
            orgs.visit(firm, user=person.account, branch=world.branches["甲"], on=today(), by=None)
    assert counts[0] == counts[1]
