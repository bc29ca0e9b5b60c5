"""What rooms together hold about a person: her copy of it all, lists of telephones as looks, doctor's look at ciphertexts."""

from __future__ import annotations

from io import BytesIO

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from dangqun.config.health import BAD, WELL, examine
from dangqun.kernel import ciphertexts
from dangqun.kernel.models import Fact
from dangqun.members import looks
from dangqun.members.models import Person
from dangqun.members.rules import correct
from dangqun.members.rules import reveal as reveals
from dangqun.members.tests.test_reveal import swap
from dangqun.notices import rules as notices
from dangqun.notices.audience import Audience
from dangqun.notices.models import Receipt
from tests.world import enter, for_a_module

pytestmark = [pytest.mark.django_db, pytest.mark.once]
IDENT, MOBILE = "340899196003070017", "19888123456"


@pytest.fixture(scope="module")
def module_town(django_db_setup, django_db_blocker):
    """One town for this module; two people have values to swap."""
    with for_a_module(django_db_blocker) as world:
        for name, ident in (("孟庆华", IDENT), ("钱大有", "340899197405120022")):
            facts = {"id_number": ident, "mobile": MOBILE, "address": f"柳树巷{name}"}
            correct(world.person[name], facts, by=world.user["office"])
        yield world


@pytest.fixture
def town(module_town, db):
    """The town, as each test finds it."""
    return module_town


@pytest.fixture
def member(town):
    return Person.objects.get(name="孟庆华")


def test_she_downloads_all_that_is_held_about_her_and_it_is_written_down(town, member):
    facts = {"title": "主题党日", "body": "<p>写</p>", "audience": Audience(orgs=(member.org_id,)).stored()}
    notices.publish(notices.save_draft(None, facts, by=town.user["office"]), by=town.user["office"])
    reveals.reveal(member, "mobile", why="核对名册", by=town.user["office"])
    browser = Client()
    enter(browser, town.user["member"])
    answer = browser.post(reverse("me-copy"))
    book = openpyxl.load_workbook(BytesIO(b"".join(answer.streaming_content)))
    assert book.sheetnames == [
        "资料",
        "党籍",
        "任职",
        "账号和登录",
        "更正申请",
        "谁看过我的信息",
        "通知和签收",
        "提醒方式",
        "任务",
    ]
    text = {sheet.title: str(list(sheet.values)) for sheet in book}
    assert IDENT in text["资料"] and MOBILE in text["资料"] and "正式党员" in text["党籍"]
    assert (
        "核对名册" in text["谁看过我的信息"]
        and "主题党日" in text["通知和签收"]
        and "测试" in text["账号和登录"]
    )
    assert Fact.objects.filter(what="members.own_copy_taken", subject_key=str(member.pk)).count() == 1


def test_a_printed_list_of_telephones_is_a_look(town, member):
    notices.list_phones([Receipt(person=member)], why="联系本人", by=town.user["secretary"])
    line = looks.told(looks.looks_at(member))[0]
    assert (line.who, line.what, line.why) == ("汪晓燕", "打印电话名单，含您的手机号码", "联系本人")


def test_doctor_finds_swapped_and_changed_ciphertexts(town, member):
    def finding():
        return next((each.state, each.sentence) for each in examine() if each.subject == "加密的资料")

    assert finding()[0] == WELL
    swap("address", member, Person.objects.get(name="钱大有"))
    state, sentence = finding()
    assert state == BAD and "2 项解不开" in sentence and "家庭住址" in sentence
    found = ciphertexts.examine(30)
    assert found.complete and found.rows >= Person.objects.count()
    assert ciphertexts.examine(0).complete is False, "the time is bounded"
