"""The pages: issuing alone and on a notice, answering on a phone, the map with its figures, who sees and hears what."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from dangqun.home.todo import count, heaps
from dangqun.kernel.calendars import local
from dangqun.kernel.facts import Fact
from dangqun.kernel.live import may_listen
from dangqun.notices.rules import withdraw
from dangqun.notices.tests.crowd import branch_out
from dangqun.notices.tests.town import published
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Org
from dangqun.tasks import board, rules
from dangqun.tasks.facts import WORDS
from dangqun.tasks.find import find
from dangqun.tasks.models import Assignment, Step, Task, TaskFile
from dangqun.tasks.tests.town import accepted, answered, at, issued, overdue

pytestmark = pytest.mark.django_db
LATER = (local(timezone.now()) + timedelta(days=20)).date()


def typed(world, **changes):
    """Return what the page of 交办任务 sends."""
    return {
        "title": "查消防通道",
        "body": "请各支部查一遍。",
        "orgs": [world.committee.pk],
        "day": f"{LATER:%Y-%m-%d}",
        "answer": "text",
        "issue": "1",
    } | changes


def the_map(browser, task, **query):
    answer = browser.get(f"/tasks/{task.pk}/map/", query)
    assert answer.status_code == 200
    return answer.content.decode()


def the_workbook(browser, task):
    """Return every cell of the exported list of a task."""
    answer = browser.get(f"/tasks/{task.pk}/export/")
    book = load_workbook(BytesIO(b"".join(answer.streaming_content))).active
    return [cell for row in book.values for cell in row]


# --- issuing ------------------------------------------------------------------------------------------------------
def test_a_task_goes_to_every_branch_of_the_places_chosen_each_to_its_secretary(world, visit):
    clerk = visit(world.user["office"])
    places = {"orgs": [world.parks["东园"].pk, world.branches["甲"].pk], "zones": [world.zones[1].pk]}
    answer = clerk.post("/tasks/new/", typed(world, **places), follow=True)
    task = Task.objects.get()
    assert answer.redirect_chain[-1][0] == f"/tasks/{task.pk}/map/"
    owners = dict(task.assignments.values_list("branch__short_name", "owner__name"))
    assert sorted(owners.values()) == sorted(("汪晓燕", "沈立群", "程月娥", "杜光辉")) and len(owners) == 4
    assert local(task.deadline) - local(task.deadline).replace(hour=0, minute=0) == timedelta(0), (
        "24:00 of the day"
    )


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"title": ""}, "请写标题"),
        ({"body": " "}, "请写要做什么"),
        ({"day": ""}, "请写期限"),
        ({"day": "9999-12-31"}, "期限太远了"),
        ({"day": "2020-01-01"}, "期限已经过了"),
        ({"orgs": []}, "还没有选到支部"),
        ({"orgs": ["123456789"]}, "选的里面有您管不到的"),
        ({"hour": "二十五点"}, "时间看不懂"),
        ({"title": "长" * 121}, "标题最多 120 个字"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(world, visit, wrong, sentence):
    page = visit(world.user["office"]).post("/tasks/new/", typed(world, **wrong))
    text = page.content.decode()
    assert page.status_code == 200 and sentence in text
    assert "请各支部查一遍" in text or "body" in wrong
    assert Task.objects.filter(issued_at__isnull=False).count() == 0


def test_sending_the_page_twice_issues_one_task_and_its_file_stays(world, visit):
    clerk = visit(world.user["office"])
    told = typed(world, writing="5f0c9a52-7a5e-4c37-8a73-0f7a5d1f6f11")
    clerk.post("/tasks/new/", told | {"files": SimpleUploadedFile("表样.txt", "请照填".encode())})
    clerk.post("/tasks/new/", told)
    task = Task.objects.get()
    assert task.assignments.count() == 4 and task.files.get().name == "表样.txt"
    got = visit(world.user["secretary"]).get(f"/tasks/{task.pk}/files/{task.files.get().pk}/")
    assert got.content == "请照填".encode()


def test_a_task_on_a_notice_shows_there_what_became_of_it_and_leads_back(world, visit):
    notice = published(world, orgs=(world.parks["东园"].pk,))
    clerk, secretary = visit(world.user["office"]), visit(world.user["secretary"])
    page = clerk.get(f"/notices/{notice.pk}/").content.decode()
    link = re.search(r'href="(/tasks/new/\?notice=\d+)"', page)[1]
    form = clerk.get(link)
    assert set(form.context["chosen"]["orgs"]) == {world.parks["东园"].pk}
    places = {"notice": notice.pk, "orgs": [world.parks["东园"].pk]}
    clerk.post("/tasks/new/", typed(world, **places))
    task = Task.objects.get()
    assert task.notice == notice
    answered(task, world)
    assert "2 个支部：待接收 1，已反馈 1" in clerk.get(f"/notices/{notice.pk}/").content.decode()
    assert "已反馈" in secretary.get(f"/notices/{notice.pk}/").content.decode()
    assert "/tasks/new/" not in secretary.get(f"/notices/{notice.pk}/").content.decode()
    withdraw(notice, why="写错了日期", by=world.user["office"])
    assert "/tasks/new/" not in clerk.get(f"/notices/{notice.pk}/").content.decode(), "nothing starts from it"
    assert f"/notices/{notice.pk}/" in secretary.get(f"/tasks/at/{at(task, world).pk}/").content.decode()


# --- the branch ---------------------------------------------------------------------------------------------------
def test_a_secretary_accepts_in_one_tap_keeps_a_draft_and_answers(world, visit):
    task, browser = issued(world, only="甲", wants="either"), visit(world.user["secretary"])
    held = at(task, world)
    line = heaps(Actor.of(world.user["secretary"]), timezone.now())[0].lines[0]
    assert (line.verb, line.post_url, count(Actor.of(world.user["secretary"]))) == (
        "接收",
        f"/tasks/at/{held.pk}/accept/",
        1,
    )
    browser.post(line.post_url, {"next": "/"})
    browser.post(f"/tasks/at/{held.pk}/answer/", {"text": "查了一半", "keep": "1"})
    assert "查了一半" in browser.get(f"/tasks/at/{held.pk}/").content.decode()
    assert "查了一半" not in visit(world.user["office"]).get(f"/tasks/at/{held.pk}/").content.decode(), (
        "not yet sent"
    )
    assert "查了一半" not in the_map(visit(world.user["office"]), task)
    told = {"text": "查完了", "send": "1", "files": SimpleUploadedFile("表.txt", "十二处".encode())}
    browser.post(f"/tasks/at/{held.pk}/answer/", told)
    assert at(task, world).state == "answered"
    assert "查完了" in the_map(visit(world.user["office"]), task)
    assert not heaps(Actor.of(world.user["secretary"]), timezone.now())
    assert heaps(Actor.of(world.user["office"]), timezone.now())[0].lines[0].note == "1 个支部已反馈，等着看"


def test_a_refused_file_or_a_text_too_long_loses_nothing(world, visit):
    held = accepted(issued(world, only="甲"), world)
    browser = visit(world.user["secretary"])
    bad = SimpleUploadedFile("坏.exe", b"MZ" + b"0" * 64)
    page = browser.post(f"/tasks/at/{held.pk}/answer/", {"text": "写好了", "send": "1", "files": bad})
    assert "这是程序文件" in page.content.decode() and "写好了" in page.content.decode()
    assert (at(held.task, world).state, at(held.task, world).kept_words) == ("doing", "写好了")
    long = browser.post(f"/tasks/at/{held.pk}/answer/", {"text": "长" * 2001, "send": "1"})
    assert (
        "反馈最多 2000 个字，现在有 2001 个" in long.content.decode() and "长" * 2001 in long.content.decode()
    )


def test_a_file_of_an_answer_not_yet_sent_is_the_branchs_alone(world, visit):
    held = accepted(issued(world, only="甲"), world)
    file = rules.enclose(held, "半.txt", b"6", by=world.user["secretary"])
    address = f"/tasks/at/{held.pk}/files/{file.pk}/"
    assert visit(world.user["secretary"]).get(address).status_code == 200
    clerk = visit(world.user["office"])
    assert clerk.get(address).status_code == 404 and "半.txt" not in the_workbook(clerk, held.task)
    rules.keep_answer(held, "好", by=world.user["secretary"])
    rules.answer(held, by=world.user["secretary"])
    assert clerk.get(address).status_code == 200 and "半.txt" in the_workbook(clerk, held.task)
    assert visit(world.user["stranger"]).get(address).status_code == 404


def test_a_member_to_whom_it_was_handed_acts_and_nobody_else_of_the_branch(world, visit):
    task = issued(world, only="甲")
    held, member = at(task, world), visit(world.user["member"])
    assert member.get(f"/tasks/at/{held.pk}/").status_code == 404
    told = {"to": world.person["孟庆华"].pk}
    visit(world.user["secretary"]).post(f"/tasks/at/{held.pk}/hand-over/", told)
    member.post(f"/tasks/at/{held.pk}/accept/")
    assert at(task, world).state == "doing" and at(task, world).owner.name == "孟庆华"
    assert member.get(f"/tasks/{task.pk}/map/").status_code == 404


# --- the office ---------------------------------------------------------------------------------------------------
def test_all_answers_are_settled_at_once_and_one_is_sent_back_with_its_reason(world, visit):
    task, clerk = issued(world), visit(world.user["office"])
    for key, by in (("甲", "secretary"), ("乙", "other_secretary"), ("丙", "stranger")):
        answered(task, world, key, by)
    back = at(task, world, "丙")
    clerk.post(f"/tasks/at/{back.pk}/send-back/", {"why": "请写明处数"})
    assert "请写明处数" in visit(world.user["stranger"]).get(f"/tasks/at/{back.pk}/").content.decode()
    clerk.post(f"/tasks/{task.pk}/settle/")
    states = [at(task, world, key).state for key in "甲乙丙联"]
    assert states == ["settled", "settled", "returned", "waiting"]
    assert clerk.post(f"/tasks/at/{back.pk}/send-back/", {"why": ""}).status_code == 200


def test_only_those_with_something_to_do_are_reminded_and_not_twice_within_the_pause(world, visit):
    task, clerk = issued(world), visit(world.user["office"])
    answered(task, world)
    clerk.post(f"/tasks/{task.pk}/remind/", {"branch": at(task, world, "乙").pk})
    clerk.post(f"/tasks/{task.pk}/remind/")
    told = Step.objects.filter(kind="reminded").values_list("assignment__branch", flat=True)
    assert sorted(told) == sorted(world.branches[key].pk for key in "乙丙联")
    again = clerk.post(f"/tasks/{task.pk}/remind/")
    assert again.status_code == 422 and "分钟后可再催" in again.content.decode()
    assert "刚催过" in the_map(clerk, task)
    assert "交办单位催办过" in heaps(Actor.of(world.user["stranger"]), timezone.now())[0].lines[0].note


def test_a_withdrawn_task_is_out_of_every_待办_and_its_reason_and_answers_stay(world, visit):
    task = issued(world)
    answered(task, world)
    visit(world.user["office"]).post(f"/tasks/{task.pk}/withdraw/", {"why": "与上级任务重复"})
    for role in ("secretary", "stranger", "office"):
        assert not heaps(Actor.of(world.user[role]), timezone.now())
    page = visit(world.user["secretary"]).get(f"/tasks/at/{at(task, world).pk}/").content.decode()
    assert "与上级任务重复" in page and "查了 12 处" in page
    refused = visit(world.user["stranger"]).post(f"/tasks/at/{at(task, world, '丙').pk}/accept/")
    assert refused.status_code == 422 and "已经撤回" in refused.content.decode()


# --- the map ------------------------------------------------------------------------------------------------------
def test_the_figures_of_branch_park_and_whole_agree_and_open_their_rows(world, visit):
    task, clerk = issued(world), visit(world.user["office"])
    rules.settle([answered(task, world)], by=world.user["office"])
    accepted(task, world, "丙", "stranger")
    page = the_map(clerk, task)
    context = clerk.get(f"/tasks/{task.pk}/map/").context
    assert dict(context["whole"].counts) == {"settled": 1, "waiting": 2, "doing": 1}
    parks = {str(part.org): (part.settled, part.all) for part in context["parks"]}
    assert parks == {"东园园区": (1, 2), "西园园区": (0, 2)}
    lines = [str(each.branch) for part in context["parts"] for each in part.lines]
    assert lines == [str(org) for org in Org.objects.branches().in_order()]
    assert "按组织序号排列，不排名" in page
    for state, names in (("settled", ["恒丰机械党支部"]), ("doing", ["长青食品党支部"]), ("returned", [])):
        shown = clerk.get(f"/tasks/{task.pk}/map/", {"state": state}).context["parts"]
        assert [str(each.branch) for part in shown for each in part.lines] == names
    listed = clerk.get("/tasks/").context["lines"][0][1]
    assert listed.counts == context["whole"].counts


@pytest.mark.parametrize(("role", "branches"), [("office", 4), ("committee_member", 2), ("instructor", 1)])
def test_zone_members_and_instructors_see_the_state_of_their_branches_without_asking(
    world, visit, role, branches
):
    task, browser = issued(world), visit(world.user[role])
    answered(task, world)
    part = browser.get("/tasks/").context["lines"][0][1]
    assert part.all == branches and part.counts["answered"] == 1
    shown = [each for park in browser.get(f"/tasks/{task.pk}/map/").context["parts"] for each in park.lines]
    assert len(shown) == branches and "查了 12 处" in the_map(browser, task)
    book = load_workbook(BytesIO(b"".join(browser.get(f"/tasks/{task.pk}/export/").streaming_content))).active
    assert book.max_row == 1 + branches + 2, "the heading, a line a branch, and below who made it"
    assert may_listen(Actor.of(world.user[role]), f"task:{task.pk}")


def test_others_neither_see_nor_hear_nor_find_a_task(world, visit):
    task = issued(world, only="丙")
    for role in ("secretary", "member", "committee_member", "instructor", "enterprise_rep", "auditor"):
        actor = Actor.of(world.user[role])
        assert not may_listen(actor, f"task:{task.pk}") and not find(actor, "冬季").exists()
        assert visit(world.user[role]).get(f"/tasks/{task.pk}/").status_code == 404
    assert find(Actor.of(world.user["stranger"]), "冬季").get() == task
    assert not may_listen(Actor.of(world.user["office"]), "task:x")


def test_the_map_takes_the_same_queries_for_4_and_for_340_branches_and_folds_the_parks(world, visit):
    clerk, task = visit(world.user["office"]), issued(world)
    rules.settle([answered(task, world)], by=world.user["office"])
    with CaptureQueriesContext(
        connection,
    ) as few:
        the_map(clerk, task)
    branch_out(world, 336)
    many = issued(world)
    assert many.assignments.count() == 340
    with CaptureQueriesContext(connection) as lots:
        page = clerk.get(f"/tasks/{many.pk}/map/", {"turn": world.parks["东园"].pk})
    assert len(lots) <= len(few) + 1, "the pause of 催办 and rows come in one query each"
    parts = page.context["parts"]
    assert [len(part.lines) for part in parts] == [338, 0] and "第335党支部" in page.content.decode()
    assert "336 个支部尚无书记" in re.sub(r"<[^>]+>", "", page.content.decode())
    with CaptureQueriesContext(connection) as listing:
        clerk.get("/tasks/")
    issued(world)
    with CaptureQueriesContext(connection) as longer:
        clerk.get("/tasks/")
    assert len(longer) == len(listing)


def test_a_park_without_branches_leaves_nothing_to_issue_and_an_empty_list_says_what_comes_next(world, visit):
    assert "还没有交办过任务" in visit(world.user["office"]).get("/tasks/").content.decode()
    assert "还没有任务" in visit(world.user["instructor"]).get("/tasks/").content.decode()
    assert "没有要您办的任务" in visit(world.user["member"]).get("/tasks/").content.decode()


# --- what is not there --------------------------------------------------------------------------------------------
def test_opening_is_recorded_nowhere_and_every_fact_of_this_room_has_its_words(world, visit):
    task = issued(world)
    answered(task, world)
    overdue(task)
    before = (Fact.objects.count(), Step.objects.count())
    for role in ("office", "committee_member", "secretary"):
        for address in (f"/tasks/{task.pk}/", f"/tasks/at/{at(task, world).pk}/", "/tasks/"):
            visit(world.user[role]).get(address, follow=True)
    assert (Fact.objects.count(), Step.objects.count()) == before
    columns = {
        field.name for model in (Task, Assignment, Step, TaskFile) for field in model._meta.get_fields()
    }
    assert not any(
        word in name
        for name in columns
        for word in ("read", "seen", "view", "open", "visit", "photo", "rank")
    )
    told = set(Fact.objects.filter(what__startswith="tasks.").values_list("what", flat=True))
    assert told and told <= WORDS.keys()
    assert {f"tasks.{kind}" for kind in Step.Kind.values} <= WORDS.keys()


def test_no_list_can_be_sorted_by_who_is_late_or_how_fast(world, visit):
    task, clerk = issued(world), visit(world.user["office"])
    rules.settle([answered(task, world, "丙", "stranger")], by=world.user["office"])
    overdue(task)
    for query in ({}, {"sort": "late"}, {"sort": "-changed_at"}, {"state": "late"}):
        shown = clerk.get(f"/tasks/{task.pk}/map/", query).context["parts"]
        order = [each.branch_id for part in shown for each in part.lines]
        organised = Org.objects.filter(pk__in=order).in_order().values_list("pk", flat=True)
        assert order == list(organised) and len(order) >= 3
    assert board.STATES.keys() == {"waiting", "doing", "answered", "returned", "settled"}
