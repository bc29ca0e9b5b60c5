"""定时, 紧急, 模板, 发布人, and drafts that somebody leaves behind."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from dangqun.accounts import ways
from dangqun.home.todo import heaps
from dangqun.kernel.calendars import local
from dangqun.kernel.jobs import run_waiting
from dangqun.kernel.models import Fact
from dangqun.kernel.rules import RuleBroken
from dangqun.members import rules as members
from dangqun.members.models import Office
from dangqun.notices import rules
from dangqun.notices.models import Notice, Template
from dangqun.notices.seeds import SEEDS
from dangqun.notices.tests.town import draft, published, typed
from dangqun.orgs.access import Actor
from tests.world import for_a_module

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """One town for this module."""
    with for_a_module(django_db_blocker) as town:
        yield town


def soon(**more):
    return timezone.now() + timedelta(**(more or {"hours": 2}))


def scheduled(world, by="office", **changes):
    notice = draft(world, by)
    Notice.objects.filter(pk=notice.pk).update(**changes)
    return rules.schedule(Notice.objects.get(pk=notice.pk), soon(), by=world.user[by])


def due(notice):
    """Let the time of a scheduled notice be over for three hours, as if no worker had run."""
    Notice.objects.filter(pk=notice.pk).update(scheduled_for=timezone.now() - timedelta(hours=3))


def todo(world, role):
    found = heaps(Actor.of(world.user[role]), timezone.now())
    return [line for heap in found for line in heap.lines]


def kept(notice):
    return Notice.objects.get(pk=notice.pk)


# --- 定时 ---------------------------------------------------------------------------------------------------------------
def test_the_worker_publishes_at_its_time_and_not_before_in_the_authors_name(world):
    notice = scheduled(world)
    rules.publish_when_due(notice.pk)
    assert kept(notice).is_scheduled and not notice.receipts.exists()
    due(notice)
    rules.publish_when_due(notice.pk)
    rules.publish_when_due(notice.pk)
    assert kept(notice).state == Notice.State.PUBLISHED and notice.receipts.count() == 13
    assert Fact.objects.get(what="notices.published").actor_id == world.user["office"].pk


def test_its_job_waits_for_its_time_in_the_queue_of_the_worker(world):
    from django_tasks_db.models import DBTaskResult

    notice = scheduled(world)
    waiting = DBTaskResult.objects.get(task_path__endswith="publish_when_due")
    assert waiting.run_after == notice.scheduled_for
    run_waiting()
    assert kept(notice).is_scheduled
    due(notice)
    DBTaskResult.objects.update(run_after=timezone.now())
    run_waiting()
    assert kept(notice).state == Notice.State.PUBLISHED


def test_what_went_out_late_since_nothing_ran_says_so(world, visit):
    notice = scheduled(world)
    due(notice)
    rules.publish_all_due()
    assert kept(notice).was_late
    page = visit(world.user["member"]).get(reverse("notice", args=(notice.pk,))).content.decode()
    assert f"原定 {local(kept(notice).scheduled_for):%H:%M}" in page or "（原定" in page


@pytest.mark.parametrize("minutes", [-10, 0, 4])
def test_a_time_that_is_over_or_too_near_is_refused(world, minutes):
    with pytest.raises(RuleBroken, match="至少要在 5 分钟以后"):
        rules.schedule(draft(world), soon(minutes=minutes), by=world.user["office"])


def test_a_deadline_before_the_time_is_refused(world):
    with pytest.raises(RuleBroken, match="签收截止要晚于定时"):
        rules.schedule(draft(world), soon(hours=9), by=world.user["office"])


def test_a_scheduled_notice_stands_as_it_is_until_its_time_is_cancelled(world, visit):
    notice, clerk = scheduled(world), visit(world.user["office"])
    for change in (
        lambda: rules.save_draft(kept(notice), {"title": "改了"}, by=world.user["office"]),
        lambda: rules.attach(kept(notice), "a.txt", b"a", by=world.user["office"]),
        lambda: rules.publish(kept(notice), by=world.user["office"]),
        lambda: rules.discard(kept(notice), by=world.user["office"]),
    ):
        with pytest.raises(RuleBroken, match="请先取消定时"):
            change()
    page = clerk.get(reverse("notice-edit", args=(notice.pk,)), follow=True).content.decode()
    assert "待发布" in page and notice.title in page
    assert "待发布" in clerk.get(reverse("notices"), {"box": "drafts"}).content.decode()
    address = reverse("notice-schedule", args=(notice.pk,))
    later = local(soon(hours=5)).replace(second=0, microsecond=0)
    assert clerk.post(address, {"scheduled_for": f"{later:%Y-%m-%dT%H:%M}"}).status_code == 302
    assert kept(notice).scheduled_for == later
    assert "至少要在" in clerk.post(address, {"scheduled_for": "2020-01-01T08:00"}).content.decode()
    assert kept(notice).scheduled_for == later
    clerk.post(address, {"cancel": "1"})
    assert not kept(notice).is_scheduled
    rules.save_draft(kept(notice), {"title": "改了"}, by=world.user["office"])


def test_the_page_schedules_and_asks_for_a_time(world, visit):
    clerk, address = visit(world.user["office"]), reverse("notice-new")
    sent = typed(orgs=[world.committee.pk], schedule="1", wants_signing="")
    assert "请选定时发布的时间" in clerk.post(address, sent).content.decode()
    at = local(soon(hours=3))
    answer = clerk.post(address, sent | {"scheduled_for": f"{at:%Y-%m-%dT%H:%M}"})
    assert answer.url == reverse(
        "notice-schedule", args=(Notice.objects.filter(author=world.user["office"]).latest("pk").pk,)
    )


def test_who_lost_her_reach_does_not_publish_and_she_and_the_office_see_why(world, visit):
    notice = scheduled(world, "secretary")
    office = world.person["汪晓燕"].offices.open().get()
    members.end_office(office, on=timezone.localdate(), by=world.user["office"])
    due(notice)
    rules.publish_when_due(notice.pk)
    assert kept(notice).state == Notice.State.DRAFT and not notice.receipts.exists()
    assert "起草人已经不在这个岗位" in kept(notice).held_back
    page = visit(world.user["office"]).get(reverse("notices"), {"box": "left"}).content.decode()
    assert notice.title in page and "起草人已经不在这个岗位" in page
    assert Fact.objects.filter(what="notices.held_back").exists()


def test_a_notice_that_nobody_would_get_any_more_is_kept_back_with_the_reason_in_to_do(world):
    notice = scheduled(world)
    Notice.objects.filter(pk=notice.pk).update(
        audience={"orgs": [10**9], "posts": ["member"], "whole": False}
    )
    due(notice)
    rules.publish_when_due(notice.pk)
    line = next(line for line in todo(world, "office") if line.kind == "没有发出")
    assert "还没有选到人" in line.note


# --- 紧急 ---------------------------------------------------------------------------------------------------------------
def test_urgent_needs_a_reason_and_comes_first_in_to_do_with_a_word(world):
    plain, urgent = published(world), draft(world)
    rules.save_draft(
        urgent, {"title": "停电通知", "urgency": "urgent", "deadline": None}, by=world.user["office"]
    )
    with pytest.raises(RuleBroken, match="为什么等不得"):
        rules.publish(urgent, by=world.user["office"])
    rules.save_draft(kept(urgent), {"urgent_why": "今晚停电"}, by=world.user["office"])
    rules.publish(kept(urgent), by=world.user["office"])
    lines = [line for line in todo(world, "member") if line.verb == "签收"]
    assert [line.title for line in lines] == ["停电通知", plain.title]
    assert lines[0].kind == "紧急通知" and "今晚停电" in lines[0].note


def test_the_database_holds_nothing_urgent_without_a_reason(world):
    notice = published(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.filter(pk=notice.pk).update(urgency="urgent")


# --- 模板 ---------------------------------------------------------------------------------------------------------------
def test_a_template_is_kept_from_a_notice_and_starts_another(world, visit):
    notice, clerk = published(world), visit(world.user["office"])
    address = reverse("notice-pattern", args=(notice.pk,))
    assert clerk.post(address, {"name": "月度核对"}).status_code == 302
    assert "换一个" in clerk.post(address, {"name": "月度核对"}).content.decode()
    template = Template.objects.get()
    answer = clerk.post(reverse("notice-start"), {"template": template.pk})
    begun = Notice.objects.latest("pk")
    assert answer.url == reverse("notice-edit", args=(begun.pk,))
    assert (begun.title, begun.body, begun.state) == (notice.title, notice.body, Notice.State.DRAFT)
    manage = reverse("notice-template", args=(template.pk,))
    clerk.post(manage, {"name": "核对", "is_shared": "on"})
    assert Template.objects.get().is_shared
    clerk.post(manage, {"drop": "1"})
    assert not Template.objects.exists()


def test_a_template_of_ones_own_is_seen_by_nobody_else_until_it_is_shared(world, visit):
    template = rules.keep_template(
        draft(world, "secretary"), name="本支部", is_shared=False, by=world.user["secretary"]
    )
    other = visit(world.user["other_secretary"])
    assert "本支部" not in visit(world.user["office"]).get(reverse("notice-templates")).content.decode()
    rules.change_template(template, name="本支部", is_shared=True, by=world.user["secretary"])
    assert "本支部" in visit(world.user["office"]).get(reverse("notice-templates")).content.decode()
    assert "本支部" not in other.get(reverse("notice-templates")).content.decode()
    assert other.post(reverse("notice-start"), {"template": template.pk}).status_code == 404
    with pytest.raises(RuleBroken, match="只有本人能改"):
        rules.drop_template(template, by=world.user["office"])


@pytest.mark.parametrize("key", SEEDS)
def test_the_texts_that_come_along_start_a_draft_with_gaps_in_plain_words(world, visit, key):
    clerk = visit(world.user["office"])
    assert SEEDS[key].name in clerk.get(reverse("notice-templates")).content.decode()
    clerk.post(reverse("notice-start"), {"seed": key})
    begun = Notice.objects.latest("pk")
    assert "（" in begun.title and "<p>" in begun.body
    page = clerk.get(reverse("notice-edit", args=(begun.pk,)))
    assert set(page.context["form"]["posts"].value()) == {"member"}  # as on an empty page, not nobody
    assert clerk.post(reverse("notice-start"), {"seed": "nonsense"}).status_code == 422


# --- the author -----------------------------------------------------------------------------------------------------------
def test_an_author_is_not_asked_to_sign_what_she_wrote(world, visit):
    notice = published(world, "secretary")
    own = notice.receipts.select_related("person", "notice").get(person__name="汪晓燕")
    assert own.signed_at == notice.published_at and not rules.can_unsign(own)
    assert not any(line.title == notice.title for line in todo(world, "secretary"))
    secretary = visit(world.user["secretary"])
    page = secretary.get(reverse("notice", args=(notice.pk,))).content.decode()
    assert "发布人" in page and "签收表示" not in page
    assert secretary.post(reverse("notice-unsign", args=(notice.pk,))).status_code == 422
    board = secretary.get(
        reverse("notice-branch", args=(notice.pk, world.branches["甲"].pk))
    ).content.decode()
    assert "发布人" in board


def test_who_looks_after_a_zone_publishes_in_the_name_of_the_committee_and_keeps_her_notice(world, visit):
    notice = published(world, "committee_member")
    assert notice.org == world.committee
    browser = visit(world.user["committee_member"])
    assert notice.receipts.count() == 7, "only the people of her own zone"
    for name in ("notice", "notice-receipts", "notice-correct", "notice-withdraw"):
        assert browser.get(reverse(name, args=(notice.pk,))).status_code == 200
    assert notice.title in browser.get(reverse("notices"), {"box": "issued"}).content.decode()


def test_publishing_an_empty_page_leaves_no_draft(world, visit):
    clerk, before = visit(world.user["office"]), Notice.objects.count()
    sent = {"title": "", "body": "", "posts": ["member"], "publish": "1"}
    assert "请写标题" in clerk.post(reverse("notice-new"), sent).content.decode()
    assert Notice.objects.count() == before


# --- 片区 and 联系点 see without asking ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("role", "all_", "words"),
    [
        ("instructor", 4, "我联系的支部"),
        ("committee_member", 7, "我联系的支部"),
        ("secretary", 4, "发到本支部的"),
    ],
)
def test_whoever_watches_branches_sees_their_state_in_a_list_of_their_own(world, visit, role, all_, words):
    notice = published(world)
    published(world, orgs=(world.branches["丙"].pk,), whole=False)
    rules.sign(notice.receipts.get(person__name="孟庆华"), by=world.user["member"])
    page = visit(world.user[role]).get(reverse("notices"), {"box": "watched"})
    assert words in page.content.decode()
    assert f"{all_} 人中 1 人已签收" in page.content.decode()
    assert [each.pk for each in page.context["page"]] == [notice.pk]
    assert words not in visit(world.user["member"]).get(reverse("notices")).content.decode()


# --- drafts left behind --------------------------------------------------------------------------------------------------
def test_drafts_of_a_secretary_who_leaves_are_taken_over_by_her_deputy(world, visit):
    notice, deputy = draft(world, "secretary"), world.person["孟庆华"]
    by, today = world.user["office"], timezone.localdate()
    members.appoint(deputy, org=world.branches["甲"], post=Office.Post.DEPUTY, on=today, by=by)
    stand_in = visit(world.user["member"])
    assert stand_in.get(reverse("notice-left", args=(notice.pk,))).status_code == 404
    members.end_office(world.person["汪晓燕"].offices.open().get(), on=today, by=by)
    assert kept(notice).left_at
    assert any(line.kind == "交接" for line in todo(world, "member"))
    assert any(line.kind == "交接" for line in todo(world, "office"))
    assert not any(line.kind == "交接" for line in todo(world, "other_secretary"))
    page = reverse("notice-left", args=(notice.pk,))
    assert "请核对" in stand_in.get(page).content.decode()
    assert visit(world.user["other_secretary"]).get(page).status_code == 404
    assert stand_in.post(page).url == reverse("notice-edit", args=(notice.pk,))
    assert kept(notice).author == world.user["member"] and kept(notice).left_at is None
    assert visit(world.user["office"]).get(page).status_code == 404
    with pytest.raises(RuleBroken, match="已经有人接手"):
        rules.take_over(kept(notice), by=by)
    assert rules.publish(kept(notice), by=world.user["member"]).org == world.branches["甲"]


def test_drafts_of_a_closed_account_are_left_to_her_office_and_hers_again_when_it_opens(world):
    notice, author = draft(world, "secretary"), world.user["secretary"]
    ways.close_account(author, by=world.user["system_admin"])
    assert kept(notice).left_at
    ways.reopen_account(author, by=world.user["system_admin"])
    assert kept(notice).left_at is None


def test_a_draft_of_somebody_in_her_post_stays_her_own(world, visit):
    notice = draft(world, "secretary")
    page = reverse("notice-left", args=(notice.pk,))
    assert visit(world.user["office"]).get(page).status_code == 404
    assert visit(world.user["office"]).get(reverse("notice", args=(notice.pk,))).status_code == 404


def test_a_scheduled_notice_that_was_left_goes_out_only_for_whoever_took_it_over(world):
    notice = scheduled(world, "secretary")
    members.end_office(
        world.person["汪晓燕"].offices.open().get(), on=timezone.localdate(), by=world.user["office"]
    )
    rules.take_over(kept(notice), by=world.user["office"])
    assert kept(notice).is_scheduled
    due(notice)
    rules.publish_when_due(notice.pk)
    assert kept(notice).state == Notice.State.PUBLISHED and kept(notice).author == world.user["office"]
