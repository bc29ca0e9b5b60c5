"""Drafts keep themselves: one a page, whatever arrives how often, and never against the will of the author."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from dangqun.kernel.facts import Fact
from dangqun.kernel.rules import RuleBroken
from dangqun.notices import rules
from dangqun.notices.audience import Audience
from dangqun.notices.models import Notice
from dangqun.notices.tests.town import draft, typed

pytestmark = pytest.mark.django_db
KEEP = reverse("notice-keep")


def everybody(world, **changes):
    return typed(orgs=[world.committee.pk], **changes)


def test_what_one_page_sends_is_one_draft_however_often(world, visit):
    author, writing = visit(world.user["office"]), uuid4()
    for title in ("关", "关于", "关于自查"):
        page = author.post(KEEP, typed(title=title, writing=writing)).content.decode()
    notice = Notice.objects.get()
    assert notice.title == "关于自查" and notice.state == "draft"
    assert "已存草稿" in page and reverse("notice-edit", args=(notice.pk,)) in page
    author.post(reverse("notice-new"), typed(draft="1", writing=writing))
    assert Notice.objects.count() == 1


def test_keeping_what_has_not_changed_changes_and_records_nothing(world, visit):
    author, page = visit(world.user["office"]), typed(writing=uuid4())
    author.post(KEEP, page)
    before = Notice.objects.values().get(), Fact.objects.count()
    author.post(KEEP, page)
    assert (Notice.objects.values().get(), Fact.objects.count()) == before


def test_an_empty_page_leaves_no_draft_behind(world, visit):
    visit(world.user["office"]).post(KEEP, typed(title="", body="", writing=uuid4()))
    assert not Notice.objects.exists()


def test_a_draft_may_lack_title_text_receivers_and_have_a_past_deadline(world, visit):
    late = f"{timezone.localtime() - timedelta(days=1):%Y-%m-%dT%H:%M}"
    visit(world.user["office"]).post(KEEP, typed(title="", posts=[], deadline=late, writing=uuid4()))
    notice = Notice.objects.get()
    assert notice.title == "" and notice.deadline is not None


def test_a_draft_opens_as_it_was_left(world, visit):
    author = visit(world.user["office"])
    rich = "<h2>一、要求</h2><p>看<strong>重点</strong>。</p><ol><li>一</li></ol>"
    author.post(
        KEEP,
        typed(
            body=rich,
            rich="1",
            writing=uuid4(),
            orgs=[world.branches["甲"].pk],
            people=[world.person["唐小军"].pk],
        ),
    )
    notice = Notice.objects.get()
    assert notice.body == rich
    page = author.get(reverse("notice-edit", args=(notice.pk,))).content.decode()
    assert rich in page and "## 一、要求" in page and "看**重点**。" in page
    assert "唐小军" in page
    author.post(
        reverse("notice-edit", args=(notice.pk,)), typed(body=rich, rich="1", orgs=[world.branches["甲"].pk])
    )
    assert Notice.objects.get().body == rich


def test_what_was_not_understood_neither_overwrites_nor_publishes(world, visit):
    notice = draft(world, orgs=(world.branches["甲"].pk,))
    before = notice.audience
    edit = reverse("notice-edit", args=(notice.pk,))
    page = (
        visit(world.user["office"])
        .post(edit, typed(publish="1", title="长" * 121, orgs=["999999"]))
        .content.decode()
    )
    notice.refresh_from_db()
    assert notice.state == "draft" and notice.audience == before and notice.title == "关于核对党员信息的通知"
    assert "标题最多 120 个字，现在有 121 个" in page and "请重新选" in page and "长" * 121 in page


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"title": ""}, "title", "请写标题。"),
        ({"body": "  "}, "body", "请写正文。"),
        ({"body": "<p><br></p>", "rich": "1"}, "body", "请写正文。"),
        ({"deadline": "2020-01-01T08:00"}, "deadline", "签收截止时间已经过了，请改晚一些。"),
        ({"deadline": "明天"}, "deadline", "时间看不懂"),
        ({"posts": []}, "posts", "还没有选到人"),
        ({"orgs": []}, "posts", "还没有选到人"),
    ],
)
def test_what_is_missing_is_said_at_its_field_and_nothing_typed_is_lost(
    world, visit, changes, field, sentence
):
    answer = visit(world.user["office"]).post(reverse("notice-new"), everybody(world, publish="1") | changes)
    assert answer.status_code == 200
    assert any(sentence in each for each in answer.context["form"].errors[field])
    assert Notice.objects.get().state == "draft"
    kept = changes.get("title", "关于冬季安全生产自查的通知")
    assert kept in answer.content.decode()


def test_return_in_the_title_keeps_a_draft_and_does_not_publish(world, visit):
    page = visit(world.user["office"]).get(reverse("notice-new")).content.decode()
    form = page[page.index('id="write"') :]
    assert form.index('name="draft"') < form.index('name="publish"')


def test_a_late_autosave_does_not_turn_a_published_notice_into_a_draft(world):
    notice = draft(world)
    stale = Notice.objects.get(pk=notice.pk)
    rules.publish(notice, by=world.user["office"])
    with pytest.raises(RuleBroken, match="已经发布"):
        rules.save_draft(stale, {"title": "旧"}, by=world.user["office"])
    notice.refresh_from_db()
    assert notice.state == "published" and notice.title != "旧"


def test_nobody_continues_the_writing_of_somebody_else(world, visit):
    writing = uuid4()
    visit(world.user["office"]).post(KEEP, typed(writing=writing))
    other = visit(world.user["secretary"])
    other.post(KEEP, typed(title="改了", writing=writing))
    other.post(KEEP, typed(title="改了", notice=Notice.objects.get().pk))
    assert Notice.objects.get().title == "关于冬季安全生产自查的通知"


def test_without_a_sign_in_nothing_is_kept_and_the_page_can_tell(world, visit):
    author = visit(world.user["office"])
    author.logout()
    answer = author.post(KEEP, typed(writing=uuid4()))
    assert answer.status_code == 302 and answer["Location"].startswith("/sign-in/")
    assert not Notice.objects.exists()


def test_a_file_that_goes_up_while_writing_stays_and_a_refused_one_is_told(world, visit):
    author, writing = visit(world.user["office"]), uuid4()
    good, bad = SimpleUploadedFile("说明.txt", b"x"), SimpleUploadedFile("a.exe", b"MZ" + b"\0" * 300)
    assert "说明.txt" in author.post(KEEP, typed(writing=writing, files=[good])).content.decode()
    page = author.post(KEEP, typed(writing=writing, files=[bad])).content.decode()
    assert "程序文件" in page and "说明.txt" in page
    assert Notice.objects.get().attachments.count() == 1


def test_the_editor_is_served_only_where_one_writes(world, visit):
    author = visit(world.user["office"])
    writing = author.get(reverse("notice-new"))
    assert "js/write.js" in writing.content.decode()
    assert (
        "'nonce-" in writing["Content-Security-Policy"] and "unsafe" not in writing["Content-Security-Policy"]
    )
    for address in (reverse("notices"), reverse("todo")):
        page = author.get(address)
        assert "js/write.js" not in page.content.decode() and "nonce" not in page["Content-Security-Policy"]


def test_discarding_asks_first_and_says_what_goes(world, visit):
    notice, author = draft(world), visit(world.user["office"])
    rules.attach(notice, "说明.txt", b"x", by=world.user["office"])
    address = reverse("notice-discard", args=(notice.pk,))
    page = author.get(address).content.decode()
    assert "正文和 1 个附件会删掉，找不回来" in page and Notice.objects.exists()
    author.post(address)
    assert not Notice.objects.exists()


def test_what_is_published_is_the_draft_as_it_is_kept_not_as_a_page_remembers_it(world):
    notice = draft(world)
    stale = Notice.objects.get(pk=notice.pk)
    only = {"audience": Audience(orgs=(world.branches["甲"].pk,), whole=False).stored(), "title": "新标题"}
    rules.save_draft(notice, only, by=world.user["office"])
    told = rules.publish(stale, by=world.user["office"])
    assert told.title == "新标题" and told.receipts.count() == 4
    with pytest.raises(RuleBroken, match="已经发布过"):
        rules.publish(notice, by=world.user["office"])


def test_a_draft_that_was_published_meanwhile_is_not_discarded(world):
    notice = draft(world)
    stale = Notice.objects.get(pk=notice.pk)
    rules.publish(notice, by=world.user["office"])
    with pytest.raises(RuleBroken, match="不能丢弃"):
        rules.discard(stale, by=world.user["office"])
    assert Notice.objects.get().receipts.exists()


def test_nobody_publishes_in_the_name_of_an_organisation_that_she_has_left(world):
    theirs, author = world.branches["丙"], world.user["secretary"]
    notice = draft(world, "secretary")
    assert notice.org == world.branches["甲"]
    Notice.objects.filter(pk=notice.pk).update(org=theirs)
    assert rules.publish(notice, by=author).org == world.branches["甲"]


def test_a_text_longer_than_any_notice_is_refused_before_it_is_taken_apart(world, visit):
    nested = "<b>" * 300_000
    page = visit(world.user["office"]).post(KEEP, typed(body=nested, rich="1", writing=uuid4()))
    assert "正文最多" in page.content.decode() and Notice.objects.get().body == ""
