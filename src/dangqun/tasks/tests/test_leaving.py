"""The secretary leaves in mid-month (features.md §6): tasks, drafts and duties go to the successor, else to the deputy."""

import pytest

from dangqun.accounts import ways
from dangqun.kernel.calendars import today
from dangqun.kernel.rules import RuleBroken
from dangqun.members import rules as members
from dangqun.members.models import Membership, Office
from dangqun.orgs.access import Actor
from dangqun.tasks import rules
from dangqun.tasks.models import TaskFile
from dangqun.tasks.tests.town import accepted, answered, at, fresh, issued, make_deputy
from dangqun.tasks.todo import task_lines
from tests.world import activate

pytestmark = pytest.mark.django_db


def relieve(world, key="甲"):
    office = world.branches[key].offices.open().leading().get()
    members.end_office(office, on=today(), by=world.user["office"])


def owner(task, world, key="甲"):
    held = at(task, world, key).owner
    return held.name if held else None


def titles(user):
    return [line.title for line in task_lines(Actor.of(user))]


LEAVES = {
    "is relieved": lambda w: relieve(w),
    "is succeeded": lambda w: members.appoint(
        fresh(w.person["钱大有"]),
        org=w.branches["甲"],
        post=Office.Post.SECRETARY,
        on=today(),
        by=w.user["office"],
    ),
    "transfers out": lambda w: members.leave(
        fresh(w.person["汪晓燕"]), reason=Membership.Reason.TRANSFERRED, on=today(), by=w.user["office"]
    ),
    "dies": lambda w: members.leave(
        fresh(w.person["汪晓燕"]), reason=Membership.Reason.DIED, on=today(), by=w.user["office"]
    ),
    "moves to another branch": lambda w: members.move(
        fresh(w.person["汪晓燕"]), to=w.branches["乙"], on=today(), by=w.user["office"]
    ),
    "has her account closed": lambda w: ways.close_account(w.user["secretary"], by=w.user["system_admin"]),
}


@pytest.mark.parametrize("leaves", LEAVES.values(), ids=LEAVES)
def test_when_the_secretary_leaves_her_tasks_go_on_with_all_that_was_begun(world, leaves):
    make_deputy(world, "吴桂香")
    task, other = issued(world, only="甲乙"), issued(world, only="甲")
    held = accepted(task, world)
    rules.keep_answer(held, "查了一半", by=world.user["secretary"])
    rules.enclose(held, "一半.txt", "六处".encode(), by=world.user["secretary"])
    settled = answered(other, world)
    assert owner(task, world) == "汪晓燕"
    leaves(world)
    heir = "钱大有" if leaves is LEAVES["is succeeded"] else "吴桂香"
    assert owner(task, world) == heir
    assert at(task, world).kept_words == "查了一半" and TaskFile.objects.filter(assignment=held).count() == 1
    assert at(task, world).state == "doing" and at(task, world).steps.first().kind == "passed_on"
    assert owner(other, world) == "汪晓燕", f"what she did stays hers: {settled.state}"
    assert owner(task, world, "乙") == "沈立群"
    assert titles(activate(fresh(world.person[heir]))) == [task.title]
    assert task.title not in titles(world.user["secretary"])


def test_without_a_deputy_it_belongs_to_nobody_and_to_the_next_secretary_the_moment_she_is_appointed(
    world, visit
):
    task = issued(world, only="甲")
    relieve(world)
    assert owner(task, world) is None
    for role in ("instructor", "office"):
        page = visit(world.user[role]).get(f"/tasks/{task.pk}/map/").content.decode()
        assert "尚无书记" in page
    members.appoint(
        fresh(world.person["吴桂香"]),
        org=world.branches["甲"],
        post=Office.Post.SECRETARY,
        on=today(),
        by=world.user["office"],
    )
    assert owner(task, world) == "吴桂香"


def test_a_branch_without_secretary_is_given_its_task_all_the_same(world):
    relieve(world)
    task = issued(world, only="甲")
    assert (at(task, world).state, owner(task, world)) == ("waiting", None)


def test_a_new_secretary_takes_what_the_deputy_held_for_her_post_but_not_what_was_handed_to_another(world):
    make_deputy(world, "吴桂香")
    by_post, handed = issued(world, only="甲"), issued(world, only="甲")
    rules.hand_over(at(handed, world), fresh(world.person["孟庆华"]), by=world.user["secretary"])
    relieve(world)
    assert (owner(by_post, world), owner(handed, world)) == ("吴桂香", "孟庆华")
    members.appoint(
        fresh(world.person["钱大有"]),
        org=world.branches["甲"],
        post=Office.Post.SECRETARY,
        on=today(),
        by=world.user["office"],
    )
    assert (owner(by_post, world), owner(handed, world)) == ("钱大有", "孟庆华")


def test_what_was_handed_to_a_member_comes_back_to_the_secretary_when_the_member_leaves(world):
    task = issued(world, only="甲")
    rules.hand_over(at(task, world), fresh(world.person["孟庆华"]), by=world.user["secretary"])
    assert titles(world.user["member"]) == [task.title]
    reason = Membership.Reason.LEFT_PARTY
    members.leave(fresh(world.person["孟庆华"]), reason=reason, on=today(), by=world.user["office"])
    assert owner(task, world) == "汪晓燕"


@pytest.mark.parametrize("whose", ["secretary", "member"])
def test_an_answer_sent_back_goes_to_whoever_has_it_now_and_not_to_whom_has_left_the_branch(
    world, visit, whose
):
    make_deputy(world, "吴桂香")
    task, gone = issued(world, only="甲"), fresh(world.user[whose].person)
    if whose == "member":
        rules.hand_over(at(task, world), gone, by=world.user["secretary"])
    answered(task, world, by=whose)
    members.move(gone, to=world.branches["乙"], on=today(), by=world.user["office"])
    assert owner(task, world) == gone.name, "what she did stays hers"
    rules.send_back(at(task, world), why="请补照明", by=world.user["office"])
    held = at(task, world)
    assert owner(task, world) == ("吴桂香" if whose == "secretary" else "汪晓燕") and held.state == "returned"
    assert visit(world.user[whose]).post(f"/tasks/at/{held.pk}/accept/").status_code == 404


def test_only_somebody_of_the_branch_who_can_sign_in_can_be_handed_a_task(world):
    task = issued(world, only="甲")
    names = {person.name for person in rules.successors(at(task, world))}
    assert names == {"孟庆华"}, "the others of the branch never activated"
    for name in ("程月娥", "吴桂香"):
        with pytest.raises(RuleBroken, match="本支部能登录"):
            rules.hand_over(at(task, world), fresh(world.person[name]), by=world.user["secretary"])
    with pytest.raises(RuleBroken, match="现在就在"):
        rules.hand_over(at(task, world), fresh(world.person["汪晓燕"]), by=world.user["secretary"])


def test_nothing_is_passed_on_in_another_branch_or_in_a_withdrawn_task(world):
    gone, there = issued(world, only="甲"), issued(world, only="丙")
    rules.withdraw(gone, why="另行安排", by=world.user["office"])
    relieve(world)
    assert owner(gone, world) == "汪晓燕"
    assert owner(there, world, "丙") == "程月娥"
