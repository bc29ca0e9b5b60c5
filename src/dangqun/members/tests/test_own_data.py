"""我的: who looked, in the same words; what I correct myself, what I ask for; a copy of all that is held about me."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from dangqun.kernel.crypto import blind_index
from dangqun.kernel.identity import check_digit
from dangqun.kernel.models import Fact
from dangqun.kernel.rules import RuleBroken
from dangqun.members import looks, todo
from dangqun.members.models import CorrectionRequest, Person
from dangqun.members.rules import correct, requests
from dangqun.members.rules import reveal as reveals
from dangqun.members.tests.pages import post, queries, text_of
from dangqun.orgs.access import Actor
from tests.world import for_a_module

pytestmark = pytest.mark.django_db
IDENT, MOBILE = "340899196003070017", "19888123456"


@pytest.fixture(scope="module")
def module_town(django_db_setup, django_db_blocker):
    """One town for this module; 孟庆华 has an ID number and a telephone."""
    with for_a_module(django_db_blocker) as world:
        facts = {"id_number": IDENT, "mobile": MOBILE, "address": "柳树巷七号"}
        correct(world.person["孟庆华"], facts, by=world.user["office"], why="导入")
        yield world


@pytest.fixture
def town(module_town, db):
    """The town, as each test finds it."""
    return module_town


@pytest.fixture
def member(town):
    return Person.objects.get(name="孟庆华")


# --- who looked ------------------------------------------------------------------------------------------
def test_she_reads_who_looked_at_what_when_and_why_in_the_same_words(town, visit, member):
    office, secretary = town.user["office"], town.user["secretary"]
    post(visit(office), "person-reveal-id", member.pk, why="填上级报表", note="党内统计年报")
    post(visit(secretary), "person-reveal-mobile", member.pk, why="联系本人", note="")
    visit(office).post(reverse("people-export-full"), {"columns": ["mobile", "address"], "why": "走访慰问"})
    page = visit(town.user["member"]).get(reverse("me-looks"))
    lines = [(each.who, each.post, each.what, each.why) for each in page.context["looks"]]
    assert lines[:3] == [
        (office.name, "综合党委办公室", "导出名册，含您的手机号码、现居住地", "走访慰问"),
        ("汪晓燕", f"{town.branches['甲'].short_name}书记", "看了手机号码", "联系本人"),
        (office.name, "综合党委办公室", "看了公民身份号码", "填上级报表，党内统计年报"),
    ]
    assert lines[3][2].startswith("更正了您的"), "corrections by others stand there too"
    words = text_of(page)
    assert "谁打开了哪一页也不记" in words and "4次" in words and "2位" in words
    assert MOBILE not in page.content.decode() and IDENT not in page.content.decode()


def test_ordinary_reading_leaves_no_trace_and_her_own_corrections_are_not_looks(town, visit, member):
    before, facts = looks.looks_at(member).count(), Fact.objects.count()
    office = visit(town.user["office"])
    for url in (reverse("people"), reverse("people-export"), reverse("person", args=(member.pk,))):
        assert office.get(url).status_code == 200
    assert office.get(reverse("person-reveal-id", args=(member.pk,))).status_code == 200, "asking is no look"
    assert Fact.objects.count() == facts
    requests.correct_own(member, {"education": "大专"}, by=town.user["member"])
    assert looks.looks_at(member).count() == before


def test_she_reads_her_own_lines_only(town, visit, member):
    reveals.reveal(member, "mobile", why="核对名册", by=town.user["office"])
    page = visit(town.user["secretary"]).get(reverse("me-looks"))
    assert "核对名册" not in page.content.decode() and not page.context["looks"]


def test_a_post_is_that_of_the_day_of_the_look(town, member):
    reveals.reveal(member, "mobile", why="核对名册", by=town.user["secretary"])
    office = town.branches["甲"].offices.open().leading().get()
    office.ends_on = timezone.localdate() - timedelta(1)
    office.save()
    assert looks.told(looks.looks_at(member))[0].post == "", "she was no secretary any more"


def test_the_page_takes_as_many_queries_for_three_looks_as_for_one(town, visit, member):
    browser, url = visit(town.user["member"]), reverse("me-looks")
    reveals.reveal(member, "mobile", why="核对名册", by=town.user["office"])
    one = queries(browser, url)
    for user in ("office", "secretary"):
        reveals.reveal(member, "address", why="核对名册", by=town.user[user])
    assert queries(browser, url) == one


def test_looks_are_found_by_the_index_however_many_facts_there_are(member):
    plan = looks.looks_at(member)[:50].explain()
    assert "fact_subject" in plan or connection.vendor == "postgresql", plan


# --- corrections -----------------------------------------------------------------------------------------
def test_she_corrects_what_is_hers_to_say_and_her_account_keeps_up(town, visit, member):
    mine = visit(town.user["member"])
    assert MOBILE in mine.get(reverse("me-edit")).content.decode()
    typed = {"mobile": "+86 139-1111-2222", "address": "东街十二号", "education": "大专", "position": ""}
    assert "已更正" in text_of(post(mine, "me-edit", **typed))
    member.refresh_from_db()
    assert (member.mobile.open(), member.address.open(), member.education) == (
        "13911112222",
        "东街十二号",
        "大专",
    )
    assert member.account.mobile_index == member.mobile_index == blind_index("contact", "13911112222")
    fact = json.loads(Fact.objects.filter(what="members.corrected").latest("pk").text)
    assert [each[:11] for each in fact["changes"]["mobile"]] == ["198****3456", "139****2222"]
    assert fact["why"] == "本人更正" and "13911112222" not in str(fact)


def test_a_wrong_number_is_told_and_what_was_typed_stays(town, visit):
    page = post(visit(town.user["member"]), "me-edit", mobile="1391111", address="柳树巷七号")
    assert "手机号码应当是 11 位" in page.content.decode() and 'value="1391111"' in page.content.decode()


def test_nobody_corrects_another_person_or_what_needs_proof_this_way(town, member):
    with pytest.raises(RuleBroken):
        requests.correct_own(member, {"education": "大专"}, by=town.user["secretary"])
    with pytest.raises(RuleBroken):
        requests.correct_own(member, {"name": "孟庆花"}, by=town.user["member"])
    with pytest.raises(RuleBroken):
        requests.ask(member, "name", "孟庆花", "户口本", by=town.user["secretary"])


def test_a_request_becomes_a_line_of_the_office_and_she_sees_the_outcome(town, visit, member):
    mine = visit(town.user["member"])
    assert "申请已交给" in text_of(post(mine, "me-ask", field="name", value="孟 庆 花", note="户口本"))
    asked = CorrectionRequest.objects.get()
    assert [each.title for each in todo.request_lines(Actor.of(town.user["office"]))] == [
        "核对孟庆华申请更正的姓名"
    ]
    assert todo.request_lines(Actor.of(town.user["secretary"])) == []
    assert "等办公室核对" in text_of(mine.get(reverse("me")))
    page = post(visit(town.user["office"]), "person-request", asked.pk, accept="1")
    assert "已采纳" in text_of(page) and "孟庆花" in text_of(page)
    member.refresh_from_db()
    assert member.name == member.account.name == "孟庆花" and member.initials == "mqh"
    assert todo.request_lines(Actor.of(town.user["office"])) == []
    assert "已采纳" in text_of(visit(town.user["member"]).get(reverse("me")))
    with pytest.raises(RuleBroken, match="刚刚已经办了"):
        requests.decline(asked, why="迟了", by=town.user["office"])


def test_a_refusal_has_a_reason_that_she_reads(town, visit, member):
    asked = requests.ask(member, "joined_on", "1996年7月1日", "入党志愿书", by=town.user["member"])
    office = visit(town.user["office"])
    assert "不采纳要写明理由" in text_of(post(office, "person-request", asked.pk, decline="1", why=""))
    post(office, "person-request", asked.pk, decline="1", why="志愿书上是七月二日")
    page = text_of(visit(town.user["member"]).get(reverse("me")))
    assert "没有采纳" in page and "志愿书上是七月二日" in page
    assert Person.objects.get(pk=member.pk).joined_on == date(2010, 7, 1)


def test_an_id_number_is_copied_once_more_from_the_document_and_shown_to_nobody(town, visit, member):
    body = "34089919740512003"
    number, wrong = body + check_digit(body), body + ("1" if check_digit(body) != "1" else "2")
    with pytest.raises(RuleBroken, match="最后一位不对"):
        requests.ask(member, "id_number", wrong, "身份证", by=town.user["member"])
    asked = requests.ask(member, "id_number", number, "身份证", by=town.user["member"])
    office = visit(town.user["office"])
    page = office.get(reverse("person-request", args=(asked.pk,))).content.decode()
    assert number not in page and number[:6] in page
    assert "和本人填的不一样" in text_of(post(office, "person-request", asked.pk, accept="1", copied=IDENT))
    assert "已采纳" in text_of(post(office, "person-request", asked.pk, accept="1", copied=number.lower()))
    member.refresh_from_db()
    assert member.id_number.open() == number and member.born_on == date(1974, 5, 12)
    texts = "".join(Fact.objects.values_list("text", flat=True))
    assert number not in texts and f"{number[:6]}********" in texts


def test_one_open_request_a_field_nothing_that_is_so_already_and_no_full_before_joined(town, member):
    user, office = town.user["member"], town.user["office"]
    asked = requests.ask(member, "full_on", "2009-07-01", "转正批复", by=user)
    with pytest.raises(RuleBroken, match="已经有一条"):
        requests.ask(member, "full_on", "2011-07-01", "转正批复", by=user)
    with pytest.raises(RuleBroken, match="早于入党日期"):
        requests.accept(asked, by=office)
    assert CorrectionRequest.objects.get(pk=asked.pk).outcome == "", "nothing of it was stored"
    requests.withdraw(asked, by=user)
    with pytest.raises(RuleBroken, match="就是这样"):
        requests.ask(member, "joined_on", "2010-07-01", "志愿书", by=user)
    with pytest.raises(RuleBroken, match="不能晚于今天"):
        requests.ask(member, "born_on", "2999-01-01", "户口本", by=user)
    with pytest.raises(RuleBroken, match="请不要写身份证号"):
        requests.ask(member, "name", "孟庆花", f"身份证{IDENT}", by=user)


# --- a copy of it all ------------------------------------------------------------------------------------


def test_an_account_without_a_person_is_told_and_breaks_nothing(town, visit):
    from django.contrib.auth import get_user_model

    bare = get_user_model().objects.create(username="nobody", name="无名", activated_at=timezone.now())
    browser = visit(bare)
    for name in ("me", "me-edit", "me-ask", "me-looks"):
        assert "名册里没有您的资料" in text_of(browser.get(reverse(name), follow=True))
