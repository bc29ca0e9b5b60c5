"""Tasks in the small town, as the tests of this room need them."""

from datetime import timedelta

from django.utils import timezone

from dangqun.members import rules as members
from dangqun.members.models import Office
from dangqun.tasks import rules
from dangqun.tasks.models import Assignment
from dangqun.tasks.places import Places
from tests.world import SINCE

LATER = timedelta(days=20)


def fresh(row):
    """Return a row as the database has it: the town's own objects are shared by the tests of a module."""
    return type(row).objects.get(pk=row.pk)


def draft(world, by="office", **facts):
    """Return a draft to the whole zone that may be issued as it stands."""
    facts = {
        "title": "冬季安全生产隐患自查",
        "body": "<p>查一遍，写清楚。</p>",
        "places": Places((world.committee.pk,)).stored(),
        "wants": "text",
        "deadline": timezone.now() + LATER,
    } | facts
    return rules.save_draft(None, facts, by=world.user[by])


def issued(world, *, only=None, **facts):
    """Return an issued task; `only`: keys of branches."""
    if only is not None:
        facts["places"] = Places(tuple(world.branches[key].pk for key in only)).stored()
    return rules.issue(draft(world, **facts), by=world.user["office"])


def at(task, world, key="甲"):
    """Return a branch's assignment as it is now."""
    found = Assignment.objects.select_related("task", "branch", "owner")
    return found.get(task=task, branch=world.branches[key])


def accepted(task, world, key="甲", by="secretary"):
    """Return it taken up."""
    rules.accept(at(task, world, key), by=world.user[by])
    return at(task, world, key)


def answered(task, world, key="甲", by="secretary", text="查了 12 处，已整改。"):
    """Return it answered."""
    held = accepted(task, world, key, by)
    rules.keep_answer(held, text, by=world.user[by])
    rules.answer(held, by=world.user[by])
    return at(task, world, key)


def overdue(task):
    """Let the time of a task run out, an hour ago."""
    task.assignments.update(due=timezone.now() - timedelta(hours=1))


def make_deputy(world, name, key="甲"):
    """Appoint a deputy."""
    by = world.user["office"]
    branch = world.branches[key]
    return members.appoint(fresh(world.person[name]), org=branch, post=Office.Post.DEPUTY, on=SINCE, by=by)
