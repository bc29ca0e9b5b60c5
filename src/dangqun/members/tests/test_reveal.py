"""查看: a reason under the field, ten minutes, 遮回, written down; exports count as reading; swapped values are found."""

from __future__ import annotations

import json
from datetime import date, timedelta
from io import BytesIO

import openpyxl
import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from dangqun.kernel.calendars import today
from dangqun.kernel.crypto import DAMAGED
from dangqun.kernel.facts import record
from dangqun.kernel.models import Fact
from dangqun.kernel.rules import RuleBroken
from dangqun.members import reasons
from dangqun.members.models import Person, Reveal
from dangqun.members.rules import correct, end_office
from dangqun.members.rules import reveal as rules
from dangqun.members.tests.pages import post, queries, text_of
from tests.world import for_a_module

pytestmark = pytest.mark.django_db
IDENT, MOBILE, ADDRESS = "340899196003070017", "19888123456", "清溪镇柳树巷七号院三单元"
WHY = {"why": "填上级报表", "note": "党内统计年报"}


@pytest.fixture(scope="module")
def module_town(django_db_setup, django_db_blocker):
    """One town for this module; 孟庆华 and 钱大有 have all three values."""
    with for_a_module(django_db_blocker) as world:
        by = world.user["office"]
        correct(world.person["孟庆华"], {"id_number": IDENT, "mobile": MOBILE, "address": ADDRESS}, by=by)
        other = {"id_number": "340899197405120022", "mobile": "19888234567", "address": "清溪镇东街十二号楼"}
        correct(world.person["钱大有"], other, by=by)
        yield world


@pytest.fixture
def town(module_town, db):
    """The town, as each test finds it."""
    return module_town


@pytest.fixture
def member(town):
    return Person.objects.get(name="孟庆华")


def shown(answer):
    return [value for value in (IDENT, MOBILE, ADDRESS) if value in answer.content.decode()]


# --- reason, minutes, 遮回 -------------------------------------------------------------------------------
def test_a_value_is_shown_only_after_a_reason_was_chosen_under_its_field(town, visit, member):
    office = visit(town.user["office"])
    assert shown(office.get(reverse("person", args=(member.pk,)))) == []
    asked = office.get(reverse("person-reveal-id", args=(member.pk,)))
    words = text_of(asked)
    assert shown(asked) == [] and "查看孟庆华的公民身份号码" in words
    assert "会记下您的姓名、时间和理由，孟庆华本人看得到。" in words and "查看10分钟" in words
    assert shown(post(office, "person-reveal-id", member.pk)) == [], "no reason, no number"
    page = post(office, "person-reveal-id", member.pk, **WHY)
    assert shown(page) == [IDENT] and "还剩10分" in text_of(page)
    held = Reveal.objects.get()
    assert (held.person, held.user, held.field) == (member, town.user["office"], "id_number")
    assert held.reason == "填上级报表，党内统计年报" and held.until - held.at == timedelta(minutes=10)
    fact = json.loads(Fact.objects.get(what="members.revealed").text)
    assert fact["why"] == held.reason and fact["changes"] == {"id_number": [None, "340899********0017"]}


def test_it_is_covered_by_itself_when_the_minutes_are_over_and_the_server_no_longer_gives_it(
    town, visit, member
):
    office, url = visit(town.user["office"]), reverse("person", args=(member.pk,))
    post(office, "person-reveal-mobile", member.pk, **WHY)
    page = office.get(url)
    assert shown(page) == [MOBILE]
    assert 'http-equiv="refresh"' in page.content.decode(), "without script the page fetches itself anew"
    Reveal.objects.update(at=timezone.now() - timedelta(minutes=10), until=timezone.now())
    assert shown(office.get(url)) == [] and 'http-equiv="refresh"' not in office.get(url).content.decode()


def test_cover_hides_it_at_once_for_the_one_who_opened_it(town, visit, member):
    office = visit(town.user["office"])
    post(office, "person-reveal-address", member.pk, **WHY)
    page = office.post(reverse("person-cover", args=(member.pk,)), headers={"HX-Request": "true"})
    assert shown(page) == [] and "<html" not in page.content.decode(), "htmx gets the piece alone"
    assert shown(office.get(reverse("person", args=(member.pk,)))) == []
    assert Fact.objects.filter(what="members.covered").count() == 1
    assert rules.cover(member, by=town.user["office"]) == 0, "nothing is open any more"
    assert Fact.objects.filter(what="members.covered").count() == 1


def test_what_one_has_opened_nobody_else_sees(town, visit, member):
    rules.reveal(member, "mobile", why="核对名册", by=town.user["office"])
    for role in ("secretary", "committee_member", "instructor"):
        assert shown(visit(town.user[role]).get(reverse("person", args=(member.pk,)))) == [], role
    assert shown(visit(town.user["office"]).get(reverse("person", args=(member.pk,)))) == [MOBILE]


def test_the_secretary_opens_telephone_and_address_of_her_branch_but_no_id_number(town, visit, member):
    secretary, stranger = town.user["secretary"], town.person["左小海"]
    page = visit(secretary).get(reverse("person", args=(member.pk,))).content.decode()
    assert page.count("查看手机号码") == 1 and "查看公民身份号码" not in page
    assert visit(secretary).get(reverse("person-reveal-id", args=(member.pk,))).status_code == 404
    assert visit(secretary).get(reverse("person-reveal-mobile", args=(stranger.pk,))).status_code == 404
    assert shown(post(visit(secretary), "person-reveal-mobile", member.pk, why="联系本人", note="")) == [
        MOBILE
    ]


def test_an_open_value_closes_with_the_post_that_allowed_it(town, visit, member):
    post(visit(town.user["secretary"]), "person-reveal-mobile", member.pk, why="联系本人", note="")
    end_office(town.branches["甲"].offices.open().leading().get(), on=today(), by=town.user["office"])
    answer = visit(town.user["secretary"]).get(reverse("person", args=(member.pk,)))
    assert answer.status_code == 404 and shown(answer) == []


def test_whoever_reads_the_page_beside_them_opens_nothing(town, visit, member):
    for role in ("committee_member", "instructor"):  # who read her page; tests/test_house.py walks the others
        browser = visit(town.user[role])
        for name in ("person-reveal-mobile", "person-reveal-address", "person-reveal-id"):
            assert browser.post(reverse(name, args=(member.pk,)), WHY).status_code == 404, (role, name)
    assert not Reveal.objects.exists()


def test_other_needs_words_numbers_in_a_note_are_refused_and_what_was_typed_stays(town, visit, member):
    office = visit(town.user["office"])
    page = post(office, "person-reveal-mobile", member.pk, why="其他", note="")
    assert "请在补充说明里写清楚" in text_of(page) and shown(page) == []
    page = post(office, "person-reveal-mobile", member.pk, why="联系本人", note="打13911112222")
    assert "请不要写身份证号和手机号" in text_of(page) and 'value="打13911112222"' in page.content.decode()
    page = post(office, "person-reveal-mobile", member.pk, why="好奇", note="")
    assert "请在列出的里面选" in text_of(page) and not Reveal.objects.exists()


def test_reasons_are_data_with_dates():
    assert [each.words for each in reasons.offered(date(2026, 1, 1))][-1] == "其他"
    assert reasons.offered(date(2020, 1, 1)) == []
    with pytest.raises(RuleBroken):
        reasons.spoken("核对名册", "", date(2020, 1, 1))


def test_when_the_fact_fails_nothing_is_opened(town, visit, member, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("no journal")

    monkeypatch.setattr(rules, "record", broken)
    browser = visit(town.user["office"])
    browser.raise_request_exception = False
    answer = browser.post(reverse("person-reveal-mobile", args=(member.pk,)), WHY)
    assert answer.status_code == 500 and shown(answer) == [] and not Reveal.objects.exists()


def test_a_person_is_sent_to_her_own_page_for_her_own_values(town, visit):
    secretary = town.user["secretary"]
    page = visit(secretary).get(reverse("person", args=(secretary.person.pk,))).content.decode()
    assert "看自己的" in page and "查看手机号码" not in page


def test_open_values_cost_the_page_no_more_queries(town, visit, member):
    office, url = visit(town.user["office"]), reverse("person", args=(member.pk,))
    before = queries(office, url)
    for field in Reveal.Field.values:
        rules.reveal(member, field, why="核对名册", by=town.user["office"])
    assert queries(office, url) == before


# --- export --------------------------------------------------------------------------------------------
def book_of(answer):
    rows = openpyxl.load_workbook(BytesIO(b"".join(answer.streaming_content))).active.values
    return list(rows)


def test_a_roster_with_numbers_needs_a_reason_and_counts_as_reading_each_person_in_it(town, visit, member):
    office, url = visit(town.user["office"]), reverse("people-export-full")
    there = f"{url}?org={town.branches['甲'].pk}"
    page = office.post(there, {"columns": ["id_number"]})
    assert page.status_code == 200 and "请选一个理由" in text_of(page)
    assert not Fact.objects.filter(what="members.exported").exists()
    head, *lines = book_of(office.post(there, {"columns": ["id_number", "mobile"]} | WHY))
    assert head[-2:] == ("手机号码", "公民身份号码")
    assert {line[1]: line[-2:] for line in lines}["孟庆华"] == (MOBILE, IDENT)
    facts = Fact.objects.filter(what="members.exported")
    assert facts.count() == len(lines) == 4
    told = json.loads(facts.get(subject_key=str(member.pk)).text)
    assert told["changes"] == {"mobile": [None, "198****3456"], "id_number": [None, "340899********0017"]}
    assert told["why"] == "填上级报表，党内统计年报" and IDENT not in str(told)


def test_only_the_office_exports_numbers_and_the_plain_export_holds_none(town, visit):
    assert visit(town.user["secretary"]).get(reverse("people-export-full")).status_code == 404
    office = visit(town.user["office"])
    assert IDENT not in str(book_of(office.get(reverse("people-export"))))


# --- damaged and swapped -------------------------------------------------------------------------------
def swap(column, one, other):
    """Swap the ciphertexts of two people behind the product's back, by SQL."""
    with connection.cursor() as cursor:
        held = {}
        for person in (one, other):
            cursor.execute(f"SELECT {column} FROM members_person WHERE id = %s", [person.pk])
            held[person.pk] = bytes(cursor.fetchone()[0])
        for person, other_one in ((one, other), (other, one)):
            params = [held[other_one.pk], person.pk]
            cursor.execute(f"UPDATE members_person SET {column} = %s WHERE id = %s", params)


def test_swapped_ciphertexts_are_told_on_the_pages_refused_by_the_reveal_and_written_down(
    town, visit, member
):
    other = Person.objects.get(name="钱大有")
    for column in ("id_number", "mobile"):
        swap(column, member, other)
    office = visit(town.user["office"])
    for person in (member, other):
        assert text_of(office.get(reverse("person", args=(person.pk,)))).count(DAMAGED) == 2
        page = post(office, "person-reveal-id", person.pk, **WHY)
        assert page.status_code == 200 and "被改动或换过" in text_of(page) and shown(page) == []
    assert not Reveal.objects.exists()
    facts = Fact.objects.filter(what="members.damage_found")
    assert {fact.subject_key for fact in facts} == {str(member.pk), str(other.pk)}
    lines = book_of(office.post(reverse("people-export-full"), {"columns": ["id_number"]} | WHY))
    assert [line[-1] for line in lines if line[1] in ("孟庆华", "钱大有")] == [DAMAGED] * 2
    mine = visit(town.user["member"])
    for name in ("me", "me-edit", "me-looks"):
        assert mine.get(reverse(name)).status_code == 200
    assert DAMAGED in text_of(mine.get(reverse("me")))
    assert mine.post(reverse("me-copy")).status_code == 200


def test_the_office_can_type_a_damaged_value_anew(town, visit, member):
    swap("mobile", member, Person.objects.get(name="钱大有"))
    typed = {"name": "孟庆华", "mobile": "19888123499", "uses_phone": "on", "because": "对照原件"}
    page = post(visit(town.user["office"]), "person-edit", member.pk, **typed)
    assert "已更正孟庆华的信息" in text_of(page), page.context["form"].errors
    assert Person.objects.get(pk=member.pk).mobile.open() == "19888123499"


def test_a_value_that_is_not_there_cannot_be_opened(town, member):
    bare = town.person["吴桂香"]
    with pytest.raises(RuleBroken, match="没有登记"):
        rules.reveal(bare, "address", why="核对名册", by=town.user["office"])
    record("members.looked_over", bare, by=None)  # an unknown kind of fact breaks no page of hers
