"""What the demo zone has lived through when somebody first looks in, by the ordinary verbs: invented words and people.

One park takes part at most, so that a zone of any size costs the same. What must be over already is dated back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from dangqun.config.commands._town import book
from dangqun.kernel.calendars import local
from dangqun.kernel.rules import verb
from dangqun.members.models import Person
from dangqun.members.rules.requests import ask, correct_own
from dangqun.members.rules.reveal import cover, reveal
from dangqun.notices import rules as notices
from dangqun.notices.audience import Audience
from dangqun.notices.forms import as_html
from dangqun.notices.models import Notice, Receipt
from dangqun.orgs.models import Org
from dangqun.tasks import rules as tasks
from dangqun.tasks.models import Assignment, Step, Task
from dangqun.tasks.places import Places

MOST = 40  # branches that the map shows; a larger zone shows its first park
VISITS = "各党支部、全体党员：\n\n元旦前走访慰问生活困难党员和老党员。\n\n## 有关安排\n\n- 各党支部于{day}前把走访对象报片区委员\n- 走访由支部委员分头进行\n- 慰问品由办公室统一准备，{place}领取"  # noqa: E501
GAMES = "各党支部：\n\n定于{day}在园区篮球场举办职工趣味运动会，请各党支部自愿报名。"
DUTY = "各党支部：\n\n元旦放假期间，各企业照常安排值班。值班表由企业自己留存，不用报送。遇有情况请打园区值班电话。"
REVIEW = "请把民主评议党员的时间、地点和主持人写在反馈里，几句话就行。\n\n不用报纸质材料，不要求照片。"
SAFETY = "对照附件里的自查表查一遍，把查到的隐患和整改时间写在反馈里，也可以传填好的表。\n\n查不出问题就写“没有发现隐患”。"
MOBILE = "核对本支部外出半年以上的流动党员，名册不对的请本人申请更正。核完点“办结”，不用写反馈。"
PLANS = (
    "定在{day} 14:00，二楼会议室，由支部书记主持，应到 6 人。",
    "定在{day} 下午下班后，车间党员活动室，全体党员参加。",
    "和主题党日一起开，{day} 9:00，由副书记主持。两名外出党员用电话参加。",
)
FOUND = (
    "查了配电间、仓库和宿舍，发现 2 处：灭火器过期 3 个，已换；仓库通道堆物，当天清完。",
    "没有发现隐患。",
    "发现 1 处：配电间门锁坏了，已报修。",
)
CHECKLIST = (
    ("序号", "检查地点", "检查内容", "是否有隐患", "整改时间"),
    (1, "配电间", "门锁、线路、灭火器", "", ""),
    (2, "仓库", "通道、堆放高度、禁烟标志", "", ""),
    (3, "宿舍、食堂", "用电、燃气、疏散通道", "", ""),
)
AGENDA = (("时间", "内容"), ("14:00", "各片区通报情况"), ("14:40", "年底工作安排"), ("15:20", "讨论"))


@dataclass(frozen=True)
class People:
    """Who acts: the clerk's account, and the people behind the demo accounts."""

    clerk: Any
    secretary: Person
    other: Person
    member: Person


@verb
def live_through(people: People, review: Notice, meeting: Notice) -> None:
    """Let a zone that has just been imported have some weeks behind it: notices, tasks, a look at a number, a request."""
    _stand_in(people, review)
    notices.keep_template(meeting, name="支部书记例会", is_shared=True, by=people.clerk)
    _correct(people)
    _withdraw(people)
    _schedule(people)
    _review(people, review)
    _check_safety(people)
    _be_late(people)
    _look(people)


def enclose_agenda(draft: Notice, *, by: Any) -> None:
    """Put the agenda of the meeting with its notice."""
    notices.attach(draft, "例会议程.xlsx", book({"议程": list(AGENDA)}), by=by)


# --- notices -----------------------------------------------------------------------------------------------
def _stand_in(people: People, notice: Notice) -> None:
    """The two eldest of a branch, to whom its secretary read the notice."""
    branch = people.secretary.org
    waiting = Receipt.objects.filter(notice=notice, branch=branch, signed_at=None).select_related("person")
    others = waiting.exclude(person__in=(people.secretary, people.member)).order_by("person__born_on")[:2]
    notices.sign_for(notice, branch, others, told_how="已当面告知", by=people.secretary.account)


def _correct(people: People) -> None:
    now = timezone.now()
    first, then = day(now + timedelta(days=12)), day(now + timedelta(days=15))
    before = as_html(VISITS.format(day=first, place="园区服务中心"))
    notice = _issue(
        people, "关于做好元旦走访慰问的通知", before, ("member", "secretary"), now + timedelta(days=6)
    )
    for receipt in Receipt.objects.filter(notice=notice, person__in=(people.secretary, people.member)):
        notices.sign(receipt, by=receipt.person.account)
    after = notices.clean_body(as_html(VISITS.format(day=then, place="各园区服务站")))
    why = "慰问品要晚几天到，改在各园区领取。"
    wanted = notices.Correction(notice.title, after, notice.deadline + timedelta(days=3), why)
    notices.correct(notice, wanted, seen=notice.edition, by=people.clerk)


def _withdraw(people: People) -> None:
    words = as_html(GAMES.format(day=day(timezone.now() + timedelta(days=9))))
    notice = _issue(people, "关于举办职工趣味运动会的通知", words, ("secretary",), None)
    notices.withdraw(notice, why="篮球场检修，时间另行通知。", by=people.clerk)


def _schedule(people: People) -> None:
    draft = _draft(people, "关于元旦放假值班安排的通知", as_html(DUTY), ("secretary",), None)
    at = local(timezone.now() + timedelta(days=3)).replace(hour=9, minute=0, second=0, microsecond=0)
    notices.schedule(draft, at, by=people.clerk)


def _issue(people: People, title: str, body: str, posts: tuple[str, ...], until: datetime | None) -> Notice:
    return notices.publish(_draft(people, title, body, posts, until), by=people.clerk)


def _draft(people: People, title: str, body: str, posts: tuple[str, ...], until: datetime | None) -> Notice:
    park = Org.objects.get(park_number=people.secretary.org.park_number, kind=Org.Kind.PARK)
    facts = {
        "title": title,
        "body": body,
        "audience": Audience(orgs=(park.pk,), posts=posts).stored(),
        "wants_signing": until is not None,
        "deadline": until,
    }
    return notices.save_draft(None, facts, by=people.clerk)


# --- tasks -------------------------------------------------------------------------------------------------
def _review(people: People, notice: Notice) -> None:
    """On a notice, to every branch: some have answered, some were settled, the demo secretary has yet to take it up."""
    facts = {"title": "报送民主评议党员的安排", "body": REVIEW, "wants": "text", "notice": notice}
    task = tasks.issue(_task(people, facts, _wide()), by=people.clerk)
    held = [each for each in _held(task) if each.branch_id != people.secretary.org_id]
    when = day(timezone.now() + timedelta(days=11))
    for number, each in enumerate(held[:12]):
        tasks.accept(each, by=each.owner.account)
        if number % 4 != 3:
            _answer(each, PLANS[number % len(PLANS)].format(day=when))
    tasks.settle(held[:3], by=people.clerk)


def _check_safety(people: People) -> None:
    """Alone, with a form to fill: one is half written, one has a file, one came back."""
    title = "冬季安全生产隐患自查"
    draft = _task(people, {"title": title, "body": SAFETY, "wants": "either"}, _near(people))
    form = book({"自查表": list(CHECKLIST)})
    tasks.attach(draft, "隐患自查表.xlsx", form, by=people.clerk)
    task = tasks.issue(draft, by=people.clerk)
    own, other, *held = sorted(_held(task), key=lambda each: _rank(each, people))
    tasks.accept(own, by=own.owner.account)
    tasks.keep_answer(own, "配电间和仓库查过了，", by=own.owner.account)
    tasks.accept(other, by=other.owner.account)
    _answer(other, FOUND[2])
    tasks.send_back(other, why="配电间门锁哪天修好，请补上。", by=people.clerk)
    for number, each in enumerate(held[:3]):
        tasks.accept(each, by=each.owner.account)
        if number == 0:
            tasks.enclose(each, "隐患自查表（已填）.xlsx", form, by=each.owner.account)
        _answer(each, FOUND[number])
    tasks.settle(held[1:2], by=people.clerk)


def _be_late(people: People) -> None:
    """Nothing to answer, its time is over since yesterday, and one branch is late."""
    facts = {"title": "核对流动党员", "body": MOBILE, "wants": "none", "own_word": True}
    task = tasks.issue(_task(people, facts, _near(people)), by=people.clerk)
    for each in _held(task):
        if each.branch_id != people.other.org_id:
            tasks.accept(each, by=each.owner.account)
            tasks.done(each, by=each.owner.account)
    _date_back(task, 9)


def _date_back(task: Task, days: int) -> None:
    """Let a task have been issued days ago, and its time be over since yesterday 18:00."""
    ago, over = timedelta(days=days), _at_six(timezone.now() - timedelta(days=1))
    Task.objects.filter(pk=task.pk).update(issued_at=F("issued_at") - ago, deadline=over)
    rows = Assignment.objects.filter(task=task)
    Step.objects.filter(assignment__in=rows).update(at=F("at") - ago / 2)
    rows.update(due=over, changed_at=F("changed_at") - ago / 2, settled_at=F("settled_at") - ago / 2)


def _task(people: People, facts: dict[str, Any], branches: tuple[int, ...]) -> Task:
    least, _ = tasks.least_deadline(timezone.now())
    facts |= {
        "body": as_html(facts["body"]),
        "places": Places(branches).stored(),
        "deadline": _at_six(least + timedelta(days=1)),
    }
    return tasks.save_draft(None, facts, by=people.clerk)


def _held(task: Task) -> list[Assignment]:
    return list(task.assignments.select_related("task", "branch", "owner__account").in_order())


def _answer(held: Assignment, words: str) -> None:
    tasks.keep_answer(held, words, by=held.owner.account)
    tasks.answer(held, by=held.owner.account)


def _wide() -> tuple[int, ...]:
    """The whole zone, or the first park of a large one."""
    kind = Org.Kind.COMMITTEE if Org.objects.branches().count() <= MOST else Org.Kind.PARK
    return tuple(Org.objects.filter(kind=kind).in_order().values_list("pk", flat=True)[:1])


def _near(people: People) -> tuple[int, ...]:
    """The branches of both demo secretaries and six more beside them."""
    both = (people.secretary.org_id, people.other.org_id)
    more = Org.objects.branches().exclude(pk__in=both).in_order().values_list("pk", flat=True)[:6]
    return (*both, *more)


def _rank(held: Assignment, people: People) -> int:
    return {people.secretary.org_id: 0, people.other.org_id: 1}.get(held.branch_id, 2)


# --- people ------------------------------------------------------------------------------------------------
def _look(people: People) -> None:
    """A member keeps her address herself, asks for a date to be corrected, and finds who looked at her number and why."""
    member = people.member
    correct_own(member, {"address": "示范经济开发区迎春路 8 号 2 栋 301 室"}, by=member.account)
    reveal(member, "mobile", why="联系本人，通知体检时间", by=people.secretary.account)
    cover(member, by=people.secretary.account)
    reveal(member, "mobile", why="核对名册", by=people.clerk)
    cover(member, by=people.clerk)
    joined = member.joined_on - timedelta(days=10)
    ask(
        member, "joined_on", joined.isoformat(), "入党志愿书上写的是这一天，可以带原件来。", by=member.account
    )


def day(at: datetime) -> str:
    """Say a day as notices do: 12月5日."""
    return f"{local(at):%-m月%-d日}"


def _at_six(at: datetime) -> datetime:
    return local(at).replace(hour=18, minute=0, second=0, microsecond=0)
