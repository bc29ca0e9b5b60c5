"""更正 keeps receipts and shows what changed; 撤回 keeps receipts and hides the text."""

import re
from datetime import timedelta

import nh3
import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dangqun.home.find import search
from dangqun.home.todo import count, heaps
from dangqun.kernel.models import Fact
from dangqun.kernel.rules import RuleBroken
from dangqun.notices import rules
from dangqun.notices.marking import marked
from dangqun.notices.models import Notice, Receipt
from dangqun.notices.tests.town import published
from dangqun.notices.writing import clean
from dangqun.orgs.access import Actor
from tests.world import for_a_module

pytestmark = pytest.mark.django_db
TEXT = "<p>各支部于 12月15日前召开党员大会。</p><p>不要求上传照片。</p>"
LATER = "<p>各支部于 12月20日前召开党员大会。</p><p>不要求上传照片。</p>"


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """One town for this module."""
    with for_a_module(django_db_blocker) as town:
        yield town


@pytest.fixture
def notice(world):
    """A published notice with a file, signed by 孟庆华."""
    made = published(world, files=(("说明.txt", "请核对。".encode()),))
    Notice.objects.filter(pk=made.pk).update(body=TEXT)
    made.refresh_from_db()
    rules.sign(mine(made), by=world.user["member"])
    return made


def mine(notice, name="孟庆华"):
    return Receipt.objects.select_related("person", "branch", "notice", "signed_by").get(
        notice=notice, person__name=name
    )


def correct(world, notice, *, by="office", seen=None, **changes):
    told = {"title": notice.title, "body": LATER, "deadline": notice.deadline, "why": "日期写错了"} | changes
    seen = notice.edition if seen is None else seen
    return rules.correct(notice, rules.Correction(**told), seen=seen, by=world.user[by])


def todo(world, role):
    found = heaps(Actor.of(world.user[role]), timezone.now())
    return [line for heap in found for line in heap.lines]


# --- 更正 ---------------------------------------------------------------------------------------------------------------
def test_a_correction_keeps_receipts_and_what_stood_before(world, notice):
    signed = mine(notice).signed_at
    edition = correct(world, notice)
    assert mine(notice).signed_at == signed
    assert (edition.body, edition.by, edition.why, edition.number) == (
        TEXT,
        world.user["office"],
        "日期写错了",
        1,
    )
    notice.refresh_from_db()
    assert notice.body == LATER and notice.edition == 1
    assert "日期写错了" in Fact.objects.get(what="notices.corrected").text


def test_the_page_underlines_changed_words_and_tells_time_and_old_wording(world, notice, visit):
    correct(world, notice)
    page = visit(world.user["member"]).get(reverse("notice", args=(notice.pk,))).content.decode()
    assert "<ins>12月20日</ins>" in page
    assert "原为“12月15日”" in page and "更正前的签收仍然有效" in page
    whole = visit(world.user["member"]).get(reverse("notice-editions", args=(notice.pk,))).content.decode()
    assert "12月15日前召开" in whole, "the text before it can be read in full"


def test_who_had_signed_finds_a_line_that_goes_by_a_tap_or_by_itself(world, notice, visit, settings):
    member = visit(world.user["member"])
    before = count(Actor.of(world.user["member"]))
    correct(world, notice)
    line = next(line for line in todo(world, "member") if line.kind == "已更正")
    assert line.verb == "知道了" and count(Actor.of(world.user["member"])) == before + 1
    member.get(reverse("notice", args=(notice.pk,)))
    assert any(line.kind == "已更正" for line in todo(world, "member")), "opening is recorded nowhere"
    member.post(line.post_url)
    assert not any(line.kind == "已更正" for line in todo(world, "member"))
    Receipt.objects.filter(pk=mine(notice).pk).update(
        corrected_at=timezone.now() - timedelta(days=settings.CORRECTION_DAYS, seconds=1)
    )
    assert not any(line.kind == "已更正" for line in todo(world, "member"))


def test_those_who_signed_are_asked_again_only_when_the_author_says_so(world, notice, visit):
    signed = mine(notice).signed_at
    correct(world, notice, asks_again=True)
    held = mine(notice)
    assert (held.signed_at, held.earlier_signed_at) == (None, signed)
    assert any(line.note == "更正过，请再签收一次" for line in todo(world, "member"))
    page = visit(world.user["member"]).get(reverse("notice", args=(notice.pk,))).content.decode()
    assert "更正后请再签一次" in page


def test_of_two_who_correct_at_once_the_second_is_told(world, notice):
    correct(world, notice, seen=0)
    other = Notice.objects.get(pk=notice.pk)
    with pytest.raises(RuleBroken, match="刚刚有人更正过"):
        correct(world, other, seen=0, body="<p>另一种改法。</p>")
    assert notice.editions.count() == 1
    assert Notice.objects.get(pk=notice.pk).body == LATER


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"why": " "}, "原因"),
        ({"title": " "}, "标题"),
        ({"body": "<p></p>"}, "正文"),
        ({"body": TEXT}, "没有要更正的"),
        ({"deadline": timezone.now() - timedelta(minutes=1)}, "已经过了"),
    ],
)
def test_a_correction_that_makes_no_sense_is_refused_with_a_sentence(world, notice, changes, sentence):
    with pytest.raises(RuleBroken, match=sentence):
        correct(world, notice, **changes)


def test_title_and_deadline_are_corrected_and_told(world, notice):
    edition = correct(
        world, notice, title="改过的标题", deadline=timezone.now() + timedelta(hours=2), body=TEXT
    )
    assert any(f"标题原为“{notice.editions.get().title}”" in words for words in edition.notes)
    assert any("签收截止原为" in words for words in edition.outside)


def test_an_attachment_removed_by_a_correction_is_struck_out_and_cannot_be_fetched(world, notice, visit):
    file = notice.attachments.get()
    member, address = visit(world.user["member"]), reverse("attachment", args=(notice.pk, file.pk))
    assert member.get(address).status_code == 200
    added = rules.accepted("新表.txt", "新".encode())
    correct(world, notice, body=TEXT, removed=[file], added=[added], why="表改了")
    page = member.get(reverse("notice", args=(notice.pk,))).content.decode()
    assert "<del>说明.txt</del>" in page and "更正时移除：表改了" in page and "新表.txt" in page
    assert member.get(address).status_code == 404


def test_the_page_of_a_correction_shows_the_text_and_carries_it_out(world, notice, visit):
    clerk, address = visit(world.user["office"]), reverse("notice-correct", args=(notice.pk,))
    page = clerk.get(address).content.decode()
    assert "13 人收到，1 人已签收" in page and "12月15日" in page
    typed = {"title": notice.title, "body": "各支部于 12月20日前召开。", "why": "", "seen": "0"}
    refused = clerk.post(address, typed).content.decode()
    assert "请写更正的原因" in refused and "12月20日" in refused
    file = notice.attachments.get()
    assert clerk.post(address, typed | {"why": "改日期", "remove": [file.pk]}).status_code == 302
    assert notice.attachments.get().removed_why == "改日期"
    late = clerk.post(address, typed | {"why": "改日期", "body": "又一种。"})
    assert "刚刚有人更正过" in late.content.decode() and "又一种" in late.content.decode()


def test_only_those_who_answer_for_a_notice_correct_or_withdraw_it(world, notice, visit):
    for name in ("notice-correct", "notice-withdraw"):
        address = reverse(name, args=(notice.pk,))
        assert visit(world.user["office"]).get(address).status_code == 200
        for role in ("secretary", "member", "instructor", "committee_member"):
            assert visit(world.user[role]).get(address).status_code == 404


# --- marking --------------------------------------------------------------------------------------------------------------
WORDS = st.text("一二三 ab12月日<>&'\"，。", max_size=30)
PARTS = st.lists(st.tuples(st.sampled_from(["p", "h2", "li", "strong"]), WORDS), max_size=5)


def html_of(parts):
    return clean("".join(f"<{tag}>{word}</{tag}>" for tag, word in parts))


@given(PARTS, PARTS)
@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_marking_changes_no_word_of_the_new_text_and_lets_no_tag_in(before, after):
    old, new = html_of(before), html_of(after)
    seen = marked(old, new).html
    without_notes = re.sub(r'<p class="dq-fix">.*?</p>', "", seen)
    assert re.sub(r"</?ins>", "", without_notes) == re.sub(r"</?ins>", "", marked(new, new).html)
    assert nh3.clean(marked(new, new).html, tags=set()) == nh3.clean(new, tags=set())
    assert set(re.findall(r"<(\w+)", seen)) <= set(re.findall(r"<(\w+)", new)) | {"p", "ins", "span"}
    assert marked(new, new).notes == []


def test_a_change_of_several_letters_is_marked_once():
    assert "<ins>全体党员请" in marked("<p>照办。</p>", "<p>全体党员请照办。</p>").html


def test_a_long_text_is_compared_in_good_time():
    old = clean("<p>" + "请各支部认真核对。" * 3000 + "</p>")
    new = clean("<p>" + "请各党组织仔细核对。" * 3000 + "</p>")
    assert marked(old, new).notes


# --- 撤回 -----------------------------------------------------------------------------------------------------------------
def test_withdrawing_asks_with_figures_and_a_reason(world, notice, visit):
    clerk, address = visit(world.user["office"]), reverse("notice-withdraw", args=(notice.pk,))
    page = clerk.get(address).content.decode()
    assert "13 人将看不到正文，1 人的签收记录保留" in page
    assert "请写撤回的原因" in clerk.post(address, {"why": ""}).content.decode()
    assert clerk.post(address, {"why": "附件发错了"}).status_code == 302
    assert Notice.objects.get(pk=notice.pk).is_withdrawn


def test_of_a_withdrawn_notice_receivers_see_title_and_reason_but_no_text_and_no_files(world, notice, visit):
    file = notice.attachments.get()
    pages = [reverse("notice", args=(notice.pk,)), reverse("attachment", args=(notice.pk, file.pk))]
    correct(world, notice)
    editions = reverse("notice-editions", args=(notice.pk,))
    for role in ("member", "secretary", "instructor"):
        assert [visit(world.user[role]).get(page).status_code for page in (*pages, editions)] == [200] * 3
    rules.withdraw(notice, why="附件发错了", by=world.user["office"])
    for role in ("member", "secretary", "instructor"):
        browser = visit(world.user[role])
        page = browser.get(pages[0]).content.decode()
        assert notice.title in page and "附件发错了" in page
        assert "党员大会" not in page and "说明.txt" not in page
        assert browser.get(pages[1]).status_code == browser.get(editions).status_code == 404
    clerk = visit(world.user["office"])
    assert "党员大会" in clerk.get(pages[0]).content.decode()
    assert clerk.get(pages[1]).status_code == clerk.get(editions).status_code == 200


def test_a_withdrawn_notice_keeps_receipts_takes_none_and_is_gone_from_to_do_and_search(world, notice, visit):
    title, actor = notice.title, Actor.of(world.user["secretary"])
    assert any(line.title == title for line in todo(world, "secretary"))
    assert any(group.results for group in search(actor, title))
    waiting, signed = mine(notice, "汪晓燕"), mine(notice).signed_at
    rules.withdraw(notice, why="发错了", by=world.user["office"])
    with pytest.raises(RuleBroken, match="撤回"):
        rules.sign(waiting, by=world.user["secretary"])
    with pytest.raises(RuleBroken, match="撤回"):
        rules.unsign(mine(notice), by=world.user["member"])
    with pytest.raises(RuleBroken, match="撤回"):
        rules.remind(notice, notice.receipts.all(), scope="全部", by=world.user["office"])
    assert mine(notice).signed_at == signed
    assert not any(line.title == title for line in todo(world, "secretary"))
    assert not any(group.results for group in search(actor, title))
    assert count(actor) == len(todo(world, "secretary"))
    assert "已撤回" in visit(world.user["member"]).get(reverse("notices")).content.decode()
    assert visit(world.user["office"]).get(reverse("notice-receipts", args=(notice.pk,))).status_code == 200


def test_a_notice_is_withdrawn_once_and_corrected_no_more(world, notice):
    other = Notice.objects.get(pk=notice.pk)
    rules.withdraw(notice, why="发错了", by=world.user["office"])
    with pytest.raises(RuleBroken, match="已经撤回"):
        rules.withdraw(other, why="再来", by=world.user["office"])
    with pytest.raises(RuleBroken, match=r"更正过|没有撤回"):
        correct(world, other)
    assert Notice.objects.get(pk=notice.pk).withdrawn_why == "发错了"


def test_both_tell_those_who_have_the_notice_open(world, notice, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as told:
        correct(world, notice)
    assert told
    with django_capture_on_commit_callbacks() as told:
        rules.withdraw(notice, why="发错了", by=world.user["office"])
    assert told
