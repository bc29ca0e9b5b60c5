"""Overdue: right to the minute in Asia/Shanghai; shown to the branch, its 指导员 and the issuing office, in no channel to others."""

from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from dangqun.home.todo import heaps
from dangqun.kernel.calendars import SHANGHAI, workday
from dangqun.kernel.rules import RuleBroken
from dangqun.kernel.templatetags.words import until
from dangqun.orgs import rules as orgs
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Grant
from dangqun.tasks import board, rules
from dangqun.tasks.forms import deadline_of, hour_of
from dangqun.tasks.models import Assignment, last_day
from dangqun.tasks.tests.town import answered, at, draft, issued, overdue
from tests.world import SINCE

pytestmark = pytest.mark.django_db
KNOWS = ("office", "instructor", "secretary")
KNOWS_NOT = ("committee_member", "member")
DAYS = st.dates(min_value=date(2024, 1, 1), max_value=date(2030, 12, 31))


# --- to the minute ------------------------------------------------------------------------------------------------
def test_a_deadline_is_over_at_that_minute_in_shanghai_and_not_one_before(world):
    actor, task = Actor.of(world.user["secretary"]), issued(world, only="甲")

    @settings(max_examples=25, deadline=None)
    @given(DAYS, st.none() | st.times().map(lambda at: at.replace(second=0, microsecond=0)))
    def holds(day, hour):
        due = deadline_of(day, hour).astimezone(UTC)
        wall = datetime.combine(day, hour or time.max, SHANGHAI)
        assert due - wall == timedelta(microseconds=0 if hour is not None else 1)
        task.assignments.update(due=due)
        late = Assignment.objects.filter(task=task)
        minutes = [late.late(actor, due + timedelta(minutes=each)).exists() for each in (-1, 0, 1)]
        assert minutes == [False, True, True]
        assert heaps(actor, due - timedelta(minutes=1))[0].key in ("today", "week")
        assert heaps(actor, due)[0].key == "late"

    holds()


@settings(max_examples=80, deadline=None)
@given(DAYS)
def test_24_00_belongs_to_the_day_that_it_ends_wherever_it_is_said(day):
    due = deadline_of(day, None).astimezone(UTC)
    assert last_day(due) == day and hour_of(due) is None
    assert until(due).endswith(f"{day.month}月{day.day}日 24:00") or until(due).startswith(
        ("今天", "昨天", "明天")
    )


@settings(max_examples=60, deadline=None)
@given(st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2026, 12, 1), timezones=st.just(UTC)))
def test_the_least_deadline_leaves_three_whole_workdays_after_the_day_of_issue(moment):
    least, _ = rules.least_deadline(moment)
    begun, last = moment.astimezone(SHANGHAI).date(), last_day(least)
    between = [begun + timedelta(days=n) for n in range(1, (last - begun).days + 1)]
    assert sum(workday(day).is_workday for day in between) == 3 and workday(last).is_workday


def test_a_short_deadline_needs_a_reason_that_the_receivers_see(world, visit):
    short = {
        "places": {"orgs": [world.branches["甲"].pk], "zones": []},
        "deadline": timezone.now() + timedelta(hours=5),
    }
    with pytest.raises(RuleBroken, match="不足 3 个工作日") as refused:
        rules.issue(draft(world, **short), by=world.user["office"])
    assert refused.value.field == "hurry"
    task = rules.issue(draft(world, hurry="台风明早登陆", **short), by=world.user["office"])
    page = visit(world.user["secretary"]).get(f"/tasks/at/{at(task, world).pk}/").content.decode()
    assert "期限短的理由：台风明早登陆" in page
    ample = rules.issue(draft(world, hurry="写多了"), by=world.user["office"])
    assert ample.hurry == ""


# --- shown to whom ------------------------------------------------------------------------------------------------
def channels(browser, task, held):
    """Return the text of everything that one reader can open about a task."""
    addresses = [
        "/", "/tasks/?box=mine", "/tasks/?box=watched", "/tasks/?box=issued", f"/tasks/{task.pk}/map/", f"/tasks/{task.pk}/map/?state=late",
        f"/tasks/at/{held.pk}/", "/overview/", f"/notices/{task.notice_id}/" if task.notice_id else "/", f"/search/?q={task.title[:4]}",
    ]  # fmt: skip
    pages = [browser.get(address, follow=True) for address in addresses]
    text = "".join(answer.content.decode() for answer in pages if answer.status_code == 200)
    book = browser.get(f"/tasks/{task.pk}/export/")
    if book.status_code == 200:
        sheet = load_workbook(BytesIO(b"".join(book.streaming_content))).active
        text += "".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row)
    return text.replace("逾期只有本支部、党建指导员和交办单位看得到", "")


def test_that_it_is_late_is_in_every_channel_of_three_and_in_none_of_anybody_else(world, visit):
    task = issued(world)
    overdue(task)
    held = at(task, world)
    for role in KNOWS:
        text = channels(visit(world.user[role]), task, held)
        assert "逾期 1 小时" in text, role
    for role in KNOWS_NOT:
        text = channels(visit(world.user[role]), task, held)
        assert "逾期" not in text and "is-late" not in text, role
    assert "待接收" in channels(visit(world.user["committee_member"]), task, held), (
        "the state itself she does see"
    )


def test_the_office_above_and_a_park_within_do_not_know_what_the_issuing_office_knows(world):
    """A clerk whose reach merely covers the issuer (or lies within it) is not the issuing office."""
    task = issued(world, only="甲")
    overdue(task)
    clerk = world.user["enterprise_rep"]
    grant = Grant.objects.create(
        user=clerk,
        role="office",
        org=world.parks["东园"],
        source="staff",
        starts_on=SINCE,
        confirmed_at=timezone.now(),
        confirmed_by=clerk,
    )
    assert board.assignments(task, Actor.of(clerk)).get().late is False
    Grant.objects.filter(pk=grant.pk).update(org=world.committee)
    assert board.assignments(task, Actor.of(clerk)).get().late is True


def test_an_instructor_knows_it_of_her_own_branches_alone(world):
    task = issued(world)
    overdue(task)
    far = world.enterprises["长青食品有限公司"]
    actor = Actor.of(world.user["instructor"])
    assert [each.branch for each in board.assignments(task, actor) if each.late] == [world.branches["甲"]]
    orgs.visit(
        far, user=world.user["instructor"], branch=world.branches["丙"], on=SINCE, by=world.user["office"]
    )
    late = {each.branch for each in board.assignments(task, Actor.of(world.user["instructor"])) if each.late}
    assert late == {world.branches["甲"], world.branches["丙"]}


def test_what_is_answered_settled_or_withdrawn_is_not_late(world):
    task, gone = issued(world), issued(world)
    held = answered(task, world)
    overdue(task)
    overdue(gone)
    rules.withdraw(gone, why="不办了", by=world.user["office"])
    actor = Actor.of(world.user["office"])
    late = Assignment.objects.late(actor, timezone.now())
    assert held not in late and {each.task_id for each in late} == {task.pk} and late.count() == 3


def test_a_later_deadline_takes_the_mark_away_for_one_or_for_all(world):
    task = issued(world)
    overdue(task)
    actor, office, later = (
        Actor.of(world.user["office"]),
        world.user["office"],
        timezone.now() + timedelta(days=2),
    )
    rules.extend(task, [at(task, world)], to=later, why="汛期", by=office)
    task.refresh_from_db()
    assert task.deadline != later and Assignment.objects.late(actor, timezone.now()).count() == 3
    rules.extend(task, task.assignments.exclude(branch=world.branches["甲"]), to=later, by=office)
    task.refresh_from_db()
    assert task.deadline == later and not Assignment.objects.late(actor, timezone.now()).exists()
    with pytest.raises(RuleBroken, match="比现在的晚"):
        rules.extend(task, task.assignments.all(), to=later, by=office)
