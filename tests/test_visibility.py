"""What one may see is the same in list, page, count, search, export and live topic: 1,000 random pairs of user and row."""

from __future__ import annotations

import random
import re
from datetime import date
from io import BytesIO

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from dangqun.home.figures import groups, stats
from dangqun.home.find import search
from dangqun.kernel.calendars import today
from dangqun.kernel.live import may_listen
from dangqun.members import rules as members
from dangqun.members.models import Membership, Person
from dangqun.members.rules.people import enrol
from dangqun.notices import rules as notices
from dangqun.notices import tally
from dangqun.notices.audience import Audience
from dangqun.notices.models import Notice
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Enterprise, Org
from dangqun.tasks.find import find as find_tasks
from dangqun.tasks.models import Task
from tests.world import ROLES, enter, for_a_module

pytestmark = pytest.mark.django_db
SEED, PAIRS = 20260301, 1000
MORE = 12  # members added to each branch, notices to each organisation


@pytest.fixture(scope="module")
def town(django_db_setup, django_db_blocker):
    """The small town with more members and notices, and a signed-in browser for each role."""
    with for_a_module(django_db_blocker) as world:
        crowd(world)
        browsers = {role: Client() for role in ROLES}
        for role, browser in browsers.items():
            enter(browser, world.user[role])
        yield world, browsers


def crowd(world):
    """Add members with names of their own, and notices to branches, parks and the whole."""
    by, serial = world.user["office"], 0
    for key, branch in world.branches.items():
        for number in range(MORE):
            serial += 1
            name = f"{'赵钱孙李周吴郑王冯陈卫蒋'[number]}{'文武双全'['甲乙丙联'.index(key)]}{serial:02d}"
            person = enrol(name, org=branch, by=by, joined_on=date(2015, 7, 1))
            members.admit(person, branch=branch, state=Membership.State.FULL, on=None, by=by)
    places = [*world.branches.values(), *world.parks.values(), world.committee]
    for number, org in enumerate(places * 2):
        facts = {
            "title": f"第{number:02d}号通知",
            "body": "<p>内容</p>",
            "audience": Audience(orgs=(org.pk,)).stored(),
        }
        draft = notices.save_draft(None, facts, by=by)
        if number % 5:
            notices.publish(draft, by=by)
        if number % 5 == 2:
            notices.withdraw(draft, why="发错了", by=by)


class Sight:
    """All that one user sees, read once from each channel."""

    def __init__(self, user, browser):
        self.user, self.browser, self.actor = user, browser, Actor.of(user)
        self.people = self._listed("people", "person") if self.actor.can("members.read") else set()
        self.orgs = self._listed("orgs", "org") if self.actor.can("orgs.read") else set()
        self.firms = self._listed("coverage", "enterprise") if self.actor.can("orgs.read") else set()
        self.notices = {
            pk
            for box in ("mine", "issued", "drafts")
            for pk in self._listed("notices", "(?:notice|draft)", box=box)
        }
        self.tasks = {pk for box in ("mine", "issued", "watched", "drafts") for pk in self._tasks(box)}
        self.exported = self._export() if self.actor.can("members.read") else set()

    def opens(self, name, pk):
        """Whether the page of a row opens."""
        return self.browser.get(reverse(name, args=(pk,))).status_code in (200, 302)

    def finds(self, name, row, text):
        """Whether search by its words finds a row."""
        wanted = reverse(name, args=(row.pk,))
        return wanted in {each.url for group in search(self.actor, text) for each in group.results}

    def _tasks(self, box):
        """The tasks that a box of the list shows."""
        text = self.browser.get(reverse("tasks"), {"box": box}).content.decode()
        return set(map(int, re.findall(r'href="/tasks/(\d+)/', text)))

    def _listed(self, name, detail, **query):
        found, number = set(), 1
        head = {"person": "people", "org": "orgs", "enterprise": "orgs/enterprises"}.get(detail, "notices")
        while True:
            answer = self.browser.get(reverse(name), {"page": number, **query})
            found |= set(map(int, re.findall(rf'href="/{head}/(\d+)/', answer.content.decode())))
            page = answer.context.get("page") if answer.context else None
            if not page or not hasattr(page, "has_next") or not page.has_next():
                return found
            number += 1

    def _export(self):
        answer = self.browser.get(reverse("people-export"))
        sheet = openpyxl.load_workbook(BytesIO(b"".join(answer.streaming_content))).active
        return {cell for row in sheet.iter_rows(values_only=True) for cell in row if isinstance(cell, str)}


def test_a_thousand_pairs_of_user_and_row_agree_in_every_channel(town):
    world, browsers = town
    sights = {role: Sight(world.user[role], browsers[role]) for role in ROLES}
    rows = [
        *Person.objects.all(),
        *Org.objects.all(),
        *Enterprise.objects.all(),
        *Notice.objects.all(),
        *Task.objects.all(),
    ]
    pairs = [(role, row) for role in ROLES for row in rows]
    assert len(pairs) > PAIRS
    chosen = random.Random(SEED).sample(pairs, PAIRS)
    seen = [agree(sights[role], row, role) for role, row in chosen]
    assert 150 < sum(seen) < PAIRS - 150, "both much that is seen and much that is hidden was compared"


def agree(sight, row, role):
    """Check that every channel says the same of one row; return whether it is visible."""
    check = {Person: person, Org: org, Enterprise: firm, Notice: notice, Task: task}[type(row)]
    visible, told = check(sight, row)
    assert set(told.values()) == {visible}, (role, row, visible, told)
    return visible


def person(sight, row):
    visible = Person.objects.reachable(sight.actor, "members.read").filter(pk=row.pk).exists()
    told = {"page": sight.opens("person", row.pk), "search": sight.finds("person", row, row.name)}
    if row.memberships.open().exists():
        told |= {"list": row.pk in sight.people, "export": row.name in sight.exported}
    return visible, told


def org(sight, row):
    visible = Org.objects.reachable(sight.actor, "orgs.read").filter(pk=row.pk).exists()
    told = {"page": sight.opens("org", row.pk), "search": sight.finds("org", row, row.name)}
    return visible, told | {"list": row.pk in sight.orgs}


def firm(sight, row):
    visible = Enterprise.objects.reachable(sight.actor, "orgs.read").filter(pk=row.pk).exists()
    told = {"page": sight.opens("enterprise", row.pk), "search": sight.finds("enterprise", row, row.name)}
    return visible, told | {"list": row.pk in sight.firms}


def notice(sight, row):
    visible = Notice.objects.visible(sight.actor).filter(pk=row.pk).exists()
    told = {"page": sight.opens("notice", row.pk)}
    if row.state == Notice.State.WITHDRAWN:
        assert not sight.finds("notice", row, row.title), "search forgets what was withdrawn"
        page = sight.browser.get(reverse("notice", args=(row.pk,)))
        answers_for = Notice.objects.issued(sight.actor).filter(pk=row.pk).exists()
        assert ("<p>内容</p>" in page.content.decode()) == (visible and answers_for), row
    elif row.state == Notice.State.PUBLISHED:
        told["search"] = sight.finds("notice", row, row.title)
    if row.state in (Notice.State.PUBLISHED, Notice.State.WITHDRAWN):
        watched = Notice.objects.reachable(sight.actor, "notices.watch").filter(pk=row.pk).exists()
        for name in ("notice-receipts", "notice-export"):
            assert sight.opens(name, row.pk) == watched, (name, row)
        assert may_listen(sight.actor, f"notice:{row.pk}") == watched
    assert row.pk not in sight.notices or visible, "a box lists nothing that does not open"
    return visible, told


def task(sight, row):
    visible = Task.objects.own(sight.actor).filter(pk=row.pk).exists()
    watched = Task.objects.reachable(sight.actor, "tasks.watch").filter(pk=row.pk).exists()
    told = {"page": sight.opens("task", row.pk)}
    if row.issued_at:
        told["search"] = find_tasks(sight.actor, row.title).filter(pk=row.pk).exists()
    assert sight.opens("task-map", row.pk) == watched, row
    assert may_listen(sight.actor, f"task:{row.pk}") == watched
    assert row.pk not in sight.tasks or visible, "a box lists nothing that does not open"
    return visible, told


# --- totals ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", ["office", "committee_member", "instructor", "secretary", "stranger"])
def test_totals_count_only_what_the_reader_reaches(town, role):
    world, browsers = town
    actor = Actor.of(world.user[role])
    reached = Person.objects.reachable(actor, "members.read").members(today()).count()
    everybody = Person.objects.members(today()).count()
    assert (reached == everybody) == (role == "office")
    assert browsers[role].get(reverse("people")).context["page"].paginator.count == reached
    figures = {stat.label: stat.value for stat in stats(actor, today(), groups(actor, today()))}
    assert figures["党员"] == reached
    assert figures["党支部"] == Org.objects.reachable(actor, "overview.read").branches().count()


def test_the_figures_of_a_notice_to_all_are_those_of_ones_own_branches(town):
    world, _ = town
    whole = Notice.objects.filter(
        state=Notice.State.PUBLISHED, audience=Audience(orgs=(world.committee.pk,)).stored()
    )
    sent = whole.first()
    counts = {
        role: tally.receipts(sent, Actor.of(world.user[role])).count()
        for role in ("office", "secretary", "stranger")
    }
    assert counts["office"] > counts["secretary"] > 0
    branches = {
        receipt.branch.short_name for receipt in tally.receipts(sent, Actor.of(world.user["stranger"]))
    }
    assert branches == {world.branches["丙"].short_name}


def test_a_filter_by_an_organisation_beyond_reach_answers_like_one_that_does_not_exist(town):
    world, browsers = town
    hidden = browsers["secretary"].get(reverse("people"), {"org": world.branches["丙"].pk}).context["page"]
    absent = browsers["secretary"].get(reverse("people"), {"org": 999_999_999}).context["page"]
    assert list(hidden) == list(absent)
    assert hidden.paginator.count == absent.paginator.count
    assert not {person.org_id for person in hidden} - {world.branches["甲"].pk}


def test_a_hidden_page_and_an_absent_one_are_the_same_bytes_but_for_their_address(town):
    world, browsers = town
    hidden = browsers["secretary"].get(reverse("person", args=(world.person["左小海"].pk,)))
    absent = browsers["secretary"].get(reverse("person", args=(999_999_999,)))
    assert hidden.status_code == absent.status_code == 404

    def plain(answer):
        return re.sub(
            r'\d+:\d\d:\d\d|value="[^"]{60,}"|data-csrf="[^"]+"|/people/\d+/', "", answer.content.decode()
        )

    assert plain(hidden) == plain(absent)


def test_todo_and_topics_of_a_user_are_her_own(town):
    world, _ = town
    for role in ROLES:
        actor = Actor.of(world.user[role])
        heard = [name for name, user in world.user.items() if may_listen(actor, f"user:{user.pk}")]
        assert heard == [name for name, user in world.user.items() if user == actor.user], role
