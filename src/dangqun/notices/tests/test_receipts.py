"""签收情况: park, branch, person; only what the reader reaches; 催办 with its pause; the same queries at any size."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from openpyxl import load_workbook

from dangqun.kernel.calendars import local
from dangqun.kernel.rules import RuleBroken
from dangqun.members.models import Person
from dangqun.notices import rules, tally
from dangqun.notices.models import Notice, Receipt
from dangqun.notices.tests.crowd import branch_out, crowd
from dangqun.notices.tests.town import published
from dangqun.orgs.access import Actor

pytestmark = pytest.mark.django_db
RECORDED = hypothesis(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40
)


def board(browser, notice, **query):
    answer = browser.get(reverse("notice-receipts", args=(notice.pk,)), query)
    assert answer.status_code == 200
    return answer.content.decode()


def sign(notice, name):
    receipt = notice.receipts.select_related("person__account", "branch").get(person__name=name)
    Receipt.objects.filter(pk=receipt.pk).update(signed_at=timezone.now())


# --- what is shown ----------------------------------------------------------------------------------------------
def test_parks_branches_and_persons_stand_in_organisation_order(world, visit):
    notice, clerk = published(world), visit(world.user["office"])
    folded = board(clerk, notice)
    order = [
        "东园园区",
        "恒丰机械党支部",
        "远达纺织党支部",
        "西园园区",
        "长青食品党支部",
        "西园园区联合党支部",
    ]
    rows = re.findall(r'<a class="dq-fold[^>]*>.*?</svg>([^<]+)</a>', folded)
    assert rows == order
    assert "孟庆华" not in folded
    opened = board(clerk, notice, turn=world.branches["甲"].pk)
    people = list(
        notice.receipts.filter(branch=world.branches["甲"])
        .order_by("person__stroke_key")
        .values_list("person__name", flat=True)
    )
    assert sorted(people, key=opened.index) == people and len(people) == 4


def test_nobody_moves_in_the_list_when_she_signs(world, visit):
    notice, clerk = published(world), visit(world.user["office"])
    address = reverse("notice-branch", args=(notice.pk, world.branches["甲"].pk))
    before = [line.person.name for line in clerk.get(address).context["people"]]
    sign(notice, before[-1])
    assert [line.person.name for line in clerk.get(address).context["people"]] == before


def test_parks_fold_and_of_many_branches_they_begin_folded(world, visit, monkeypatch):
    notice, clerk = published(world), visit(world.user["office"])
    park = world.parks["东园"]
    assert "恒丰机械党支部" in board(clerk, notice)
    assert "恒丰机械党支部" not in board(clerk, notice, turn=park.pk)
    monkeypatch.setattr(tally, "UNFOLDED", 2)
    assert "恒丰机械党支部" not in board(clerk, notice)
    assert "恒丰机械党支部" in board(clerk, notice, turn=park.pk)


def test_one_or_two_missing_are_named_beside_their_branch(world, visit):
    notice = published(world)
    for name in ("汪晓燕", "吴桂香", "钱大有"):
        sign(notice, name)
    assert '<span class="dq-name">孟庆华</span>' in board(visit(world.user["office"]), notice)


def test_a_search_by_name_shows_the_person_and_the_missing_can_stand_alone(world, visit):
    notice, clerk = published(world), visit(world.user["office"])
    sign(notice, "孟庆华")
    found = board(clerk, notice, q="孟庆")
    assert "孟庆华" in found and "远达纺织党支部" not in found.split("按组织序号排列")[1].split("刚刚签收")[0]
    assert "没有符合条件的" in board(clerk, notice, q="孟庆", show="missing")
    assert "没有符合条件的" in board(clerk, notice, q="查无此人")


def test_a_filtered_figure_has_no_button_that_would_remind_more_than_it_says(world, visit):
    notice, clerk = published(world), visit(world.user["office"])
    assert 'name="org"' in board(clerk, notice)
    narrowed = board(clerk, notice, q="孟庆")
    assert 'name="org"' not in narrowed and 'name="person"' in narrowed


def test_the_workbook_holds_a_line_a_receiver(world, visit):
    notice = published(world)
    sign(notice, "孟庆华")
    answer = visit(world.user["office"]).get(reverse("notice-export", args=(notice.pk,)))
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).active
    states = [row[3] for row in sheet.iter_rows(values_only=True)]
    assert (states.count("已签收"), states.count("未签收")) == (1, 12)


# --- who sees what ------------------------------------------------------------------------------------------------
def test_each_reader_counts_only_the_receipts_within_reach(world, visit):
    notice = published(world)
    whole = {
        role: tally.receipts(notice, Actor.of(world.user[role])).count()
        for role in ("office", "committee_member", "secretary", "stranger")
    }
    assert whole == {"office": 13, "committee_member": 7, "secretary": 4, "stranger": 3}
    page = board(visit(world.user["secretary"]), notice)
    assert "恒丰机械党支部" in page and "长青食品" not in page


def test_zones_and_reminders_out_of_reach_are_not_on_the_page(world, visit):
    notice, office = published(world), world.user["office"]
    there = notice.receipts.filter(branch=world.branches["丙"])
    rules.remind(notice, there, scope="长青食品党支部", place=world.branches["丙"], by=office)
    here = notice.receipts.filter(branch=world.branches["甲"])
    rules.remind(notice, here, scope="恒丰机械党支部", place=world.branches["甲"], by=office)
    rules.remind(notice, notice.receipts.all(), scope="全部未签收的人", by=office)
    clerk = board(visit(office), notice)
    assert all(
        words in clerk
        for words in ("第一片区", "第二片区", "长青食品党支部，", "恒丰机械党支部，", "全部未签收的人")
    )
    page = board(visit(world.user["secretary"]), notice)
    assert "恒丰机械党支部，" in page
    assert not any(words in page for words in ("第二片区", "长青食品", "全部未签收的人"))


def test_whom_else_a_notice_went_to_is_told_only_to_the_issuer(world, visit):
    notice = published(world, orgs=(world.branches["甲"].pk, world.branches["丙"].pk))
    assert "长青食品党支部" in board(visit(world.user["office"]), notice)
    page = board(visit(world.user["secretary"]), notice)
    assert "您管的范围里 4 人" in page and "长青食品" not in page


@pytest.mark.parametrize("wanted", [{"org": "丙"}, {"person": "唐小军"}, {"org": "x"}, {"person": "9" * 30}])
def test_nobody_reminds_out_of_reach(world, visit, wanted):
    notice = published(world, "secretary", orgs=(world.branches["甲"].pk,))
    wide = published(world)
    if wanted.get("org") == "丙":
        wanted = {"org": world.branches["丙"].pk}
    elif wanted.get("person") == "唐小军":
        wanted = {"person": wide.receipts.get(person=world.person["唐小军"]).pk}
    answer = visit(world.user["secretary"]).post(reverse("notice-remind", args=(notice.pk,)), wanted)
    assert answer.status_code == 404 and not Receipt.objects.filter(reminded_at__isnull=False).exists()


# --- 催办 ----------------------------------------------------------------------------------------------------------
def test_the_button_says_when_it_was_last_pressed_and_cannot_be_pressed(world, visit):
    notice, clerk = published(world), visit(world.user["office"])
    assert "disabled" not in board(clerk, notice)
    clerk.post(reverse("notice-remind", args=(notice.pk,)))
    at = local(notice.receipts.first().reminded_at)
    sentence = f"{at:%H:%M} 刚催过，{settings.REMIND_MINUTES} 分钟后可再催。"
    page = board(clerk, notice)
    buttons = re.findall(r"<button[^>]*>(?:催办|\d\d:\d\d 刚催过).*?</button>", page, re.DOTALL)
    assert len(buttons) == 7 and all(" disabled" in button for button in buttons)
    assert sentence in page and "load delay:" in page
    refused = clerk.post(reverse("notice-remind", args=(notice.pk,)))
    assert refused.status_code == 422 and sentence in refused.content.decode()


def test_the_button_counts_those_who_may_be_reminded(world, visit):
    notice, clerk = published(world), visit(world.user["office"])
    clerk.post(reverse("notice-remind", args=(notice.pk,)), {"org": world.branches["甲"].pk})
    assert "催办 9 人" in board(clerk, notice)
    clerk.post(reverse("notice-remind", args=(notice.pk,)))
    assert sorted(notice.reminders.values_list("people", flat=True)) == [4, 9]


def test_a_reminder_tells_how_many_have_signed_since(world, visit):
    notice, clerk = published(world), visit(world.user["office"])
    clerk.post(reverse("notice-remind", args=(notice.pk,)))
    sign(notice, "孟庆华")
    assert "催办 13 人，已有 1 人签收" in board(clerk, notice)


@given(seconds=st.floats(0, 900))
@RECORDED
def test_the_pause_is_over_after_exactly_so_many_minutes(world, seconds):
    notice = getattr(world, "held", None) or published(world)
    world.held = notice
    at = timezone.now()
    notice.receipts.update(reminded_at=at, signed_at=None)
    later = at + timedelta(seconds=seconds)
    due = notice.receipts.due_for_reminding(later).count()
    assert due == (13 if later - at >= timedelta(minutes=settings.REMIND_MINUTES) else 0)


@pytest.mark.parametrize(("micro", "due"), [(-1, 0), (0, 13), (1, 13)])
def test_the_pause_is_judged_to_the_microsecond(world, micro, due):
    notice, at = published(world), timezone.now()
    notice.receipts.update(reminded_at=at)
    later = at + timedelta(minutes=settings.REMIND_MINUTES, microseconds=micro)
    assert notice.receipts.due_for_reminding(later).count() == due


# --- signing ----------------------------------------------------------------------------------------------------
@given(st.one_of(st.floats(0, 400), st.sampled_from([119.999999, 120, 120.000001])))
def test_a_signature_can_be_taken_back_for_less_than_two_minutes(seconds):
    at = timezone.now()
    gone = timedelta(seconds=seconds)
    receipt = Receipt(signed_at=at, person=Person(), notice=Notice())
    assert rules.can_unsign(receipt, at + gone) == (gone < timedelta(seconds=settings.UNDO_SIGN_SECONDS))


def test_what_was_never_signed_cannot_be_taken_back(world, visit):
    notice = published(world)
    answer = visit(world.user["member"]).post(reverse("notice-unsign", args=(notice.pk,)))
    assert answer.status_code == 422


def test_the_notice_offers_to_sign_then_to_undo_then_neither(world, visit):
    notice, member = published(world), visit(world.user["member"])
    address = reverse("notice", args=(notice.pk,))
    assert "签收表示您已知悉，不代表已办完。" in member.get(address).content.decode()
    member.post(reverse("notice-sign", args=(notice.pk,)))
    assert "签错了可在 2 分钟内撤销。" in member.get(address).content.decode()
    notice.receipts.update(signed_at=timezone.now() - timedelta(minutes=3))
    page = member.get(address).content.decode()
    assert "已签收" in page and "撤销" not in page
    with pytest.raises(RuleBroken, match="不能撤销"):
        rules.unsign(
            notice.receipts.select_related("person").get(person=world.person["孟庆华"]),
            by=world.user["member"],
        )


# --- sizes --------------------------------------------------------------------------------------------------------
def asked(work):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        work()
    return len(queries)


PAGES = {
    "folded": lambda world, clerk, notice: board(clerk, notice),
    "unfolded": lambda world, clerk, notice: board(
        clerk, notice, turn="-".join(str(each.pk) for each in world.branches.values())
    ),
    "searched": lambda world, clerk, notice: board(clerk, notice, q="周"),
    "missing": lambda world, clerk, notice: board(clerk, notice, show="missing"),
    "branch": lambda world, clerk, notice: clerk.get(
        reverse("notice-branch", args=(notice.pk, world.branches["甲"].pk))
    ),
    "export": lambda world, clerk, notice: b"".join(
        clerk.get(reverse("notice-export", args=(notice.pk,))).streaming_content
    ),
    "list": lambda world, clerk, notice: clerk.get(reverse("notices")),
    "write": lambda world, clerk, notice: clerk.get(reverse("notice-new")),
}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_asks_the_database_no_more_often_for_many_receivers_than_for_few(world, visit, page):
    crowd(world, 4)
    clerk, few = visit(world.user["office"]), published(world)
    look = PAGES[page]
    look(world, clerk, few)
    one = asked(lambda: look(world, clerk, few))
    crowd(world, 120)
    branch_out(world, 80)
    many = published(world)
    assert asked(lambda: look(world, clerk, many)) <= one


def test_publishing_to_two_thousand_stores_receipts_by_the_hundred_and_asks_nothing_for_each(world):
    small = asked(lambda: published(world))
    crowd(world, 2017)
    held = []
    large = asked(lambda: held.append(published(world)))
    assert held[0].receipts.count() == 2030
    assert (
        large - small <= 2030 // 190
    )  # SQLite takes about two hundred receipts at once, PostgreSQL a thousand


def test_to_do_lines_ask_as_often_for_many_notices_as_for_few(world):
    from dangqun.notices.todo import todo_lines, waiting

    actor = Actor.of(world.user["member"])
    published(world)
    assert len(todo_lines(actor)) == 1
    one = asked(lambda: (todo_lines(actor), waiting(actor)))
    for _ in range(4):
        published(world)
    assert asked(lambda: (todo_lines(actor), waiting(actor))) == one and waiting(actor) == 5
