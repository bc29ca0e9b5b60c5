"""Papers: what is printed, by whom, and what the code on a sheet tells to whoever holds it."""

from __future__ import annotations

import io
import re
import subprocess
import zipfile
from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from dangqun.kernel.calendars import today
from dangqun.kernel.facts import Fact
from dangqun.kernel.rules import RuleBroken
from dangqun.members.models import Person
from dangqun.notices import rules as notices
from dangqun.notices.audience import Audience
from dangqun.orgs.models import Grant, Org
from dangqun.papers import rules
from dangqun.papers.kinds import kind_of
from dangqun.papers.models import Paper
from tests.samples_papers import printed

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(scope="module")
def town(django_db_setup, django_db_blocker):
    from tests.world import for_a_module

    with for_a_module(django_db_blocker) as world:
        yield world


@pytest.fixture(autouse=True)
def forgetful():
    """No verdict and no count of looks from another test."""
    cache.clear()


@pytest.fixture
def notice(town):
    facts = {
        "title": "关于开展冬季安全生产自查的通知",
        "body": "<p>现就有关事项通知如下。<strong>请按时完成</strong>。</p>",
        "audience": Audience(orgs=(town.branches["甲"].pk, town.branches["丙"].pk)).stored(),
    }
    draft = notices.save_draft(None, facts, by=town.user["office"])
    return notices.publish(draft, by=town.user["office"])


def words(answer) -> str:
    """Return the text of the PDF or .docx of an answer."""
    data = b"".join(answer.streaming_content)
    if answer["Content-Type"] == "application/pdf":
        return subprocess.run(
            ["pdftotext", "-", "-"], input=data, capture_output=True, check=True
        ).stdout.decode()
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        return re.sub("<[^>]+>", "", parts.read("word/document.xml").decode())


def looked_up(paper) -> str:
    cache.clear()
    return Client().get(reverse("paper-check", args=(paper.code,))).content.decode()


# --- is it current? ----------------------------------------------------------------------------------------
def test_a_sheet_is_current_until_its_content_changes_and_void_once_a_newer_one_was_printed(town):
    paper = printed(town)
    assert "现行" in looked_up(paper) and "已有变化" not in looked_up(paper)
    Person.objects.filter(pk=town.person["孟庆华"].pk).update(education="大学本科")
    assert "已有变化" in looked_up(paper)
    newer = printed(town)
    assert "现行" in looked_up(newer) and "已作废" in looked_up(paper)
    Person.objects.filter(pk=town.person["孟庆华"].pk).update(education="")
    assert "现行" in looked_up(paper), "what it says is true again"


def test_a_sheet_of_less_reach_does_not_change_with_what_it_does_not_show(town):
    paper = printed(town, "secretary")
    Person.objects.filter(pk=town.person["左小海"].pk).update(education="博士")
    assert "现行" in looked_up(paper)
    Person.objects.filter(pk=town.person["吴桂香"].pk).update(education="博士")
    assert "已有变化" in looked_up(paper)


def test_a_sheet_of_a_closed_branch_is_void(town, browse):
    browse("office").post(reverse("org-print", args=(town.branches["联"].pk,)))
    paper = Paper.objects.get(kind="branch")
    assert "现行" in looked_up(paper)
    Org.objects.filter(pk=town.branches["联"].pk).update(closed_on=date(2020, 1, 1))
    assert "已作废" in looked_up(paper)


def test_a_receipt_more_changes_the_sheet_of_receipts_and_not_the_notice(town, browse, notice):
    browse("office").post(reverse("notice-print", args=(notice.pk,)), {"form": "docx"})
    browse("office").post(reverse("notice-receipts-print", args=(notice.pk,)), {"form": "docx"})
    letter, sheet = Paper.objects.get(kind="notice"), Paper.objects.get(kind="receipts")
    assert "现行" in looked_up(letter) and "现行" in looked_up(sheet)
    notices.sign(notice.receipts.get(person=town.person["孟庆华"]), by=town.user["member"])
    assert "现行" in looked_up(letter) and "已有变化" in looked_up(sheet)


def test_whoever_scans_sees_no_name_and_no_content_and_nobody_is_noted(town):
    paper = printed(town)
    facts = Fact.objects.count()
    html = looked_up(paper)
    assert "党员名册" in html and paper.code in html and "打印时间" in html
    hidden = [person.name for person in Person.objects.all()] + [org.name for org in Org.objects.all()]
    assert len(hidden) > 15 and [name for name in hidden if name in html] == []
    assert Fact.objects.count() == facts


def test_an_unknown_code_is_told_so_and_guessing_is_slowed(town):
    paper = printed(town)
    visitor = Client()
    answer = visitor.get(reverse("paper-check", args=("2345-6789-ABCD-EFGH",)))
    assert answer.status_code == 404 and "没有这个编号的文书" in answer.content.decode()
    assert visitor.get(reverse("paper-check", args=(paper.code.lower().replace("-", ""),))).status_code == 200
    found = [visitor.get(reverse("paper-check", args=(paper.code,))).status_code for _ in range(40)]
    assert found.count(200) < 30 and found[-1] == 429
    assert "过一分钟" in visitor.get(reverse("paper-check", args=(paper.code,))).content.decode()


def test_codes_are_long_and_never_the_same(town):
    codes = {rules._code() for _ in range(500)}
    assert len(codes) == 500 and all(
        re.fullmatch(r"([2-9A-HJKMNP-Z]{4}-){3}[2-9A-HJKMNP-Z]{4}", each) for each in codes
    )


def test_a_verdict_is_worked_out_once_a_minute_and_one_at_a_time(town, django_assert_num_queries):
    paper = printed(town)
    assert rules.verdict(paper) == rules.CURRENT
    with django_assert_num_queries(0):
        assert rules.verdict(paper) == rules.CURRENT
    cache.clear()
    with rules._alone() as free:
        assert free and not _free_elsewhere()
    assert rules.verdict(paper) == rules.CURRENT


def _free_elsewhere() -> bool:
    return rules._checking.acquire(blocking=False)


# --- printing ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("form", ["pdf", "docx"])
def test_the_roster_of_a_secretary_is_that_of_her_branch_alone(town, browse, form):
    answer = browse("secretary").post(reverse("people-print"), {"form": form})
    said = words(answer)
    assert "孟庆华" in said and "左小海" not in said
    assert re.search(
        r"filename\*=utf-8''%E5%85%9A%E5%91%98%E5%90%8D%E5%86%8C%20\d{4}-", answer["Content-Disposition"]
    )
    fact = Fact.objects.filter(what="papers.issued").latest("pk")
    assert (
        fact.actor_id == town.user["secretary"].pk
        and "党员名册" in fact.text
        and answer["Cache-Control"] == "no-store"
    )


def test_the_roster_is_printed_with_the_filters_of_the_list(town, browse):
    said = words(browse("office").post(f"{reverse('people-print')}?q=孟庆华"))
    assert "孟庆华" in said and "左小海" not in said and "姓名含“孟庆华”" in said
    assert Paper.objects.latest("pk").rows == 1


def test_the_roster_holds_no_number_in_clear(town, browse):
    said = words(browse("office").post(reverse("people-print")))
    assert "孟庆华" in said and not re.search(r"1\d{10}", said)


def test_the_sheet_of_a_branch_shows_its_members_to_those_alone_who_may_list_them(town, browse):
    url = reverse("org-print", args=(town.branches["甲"].pk,))
    secretary, member = words(browse("secretary").post(url)), words(browse("member").post(url))
    for said in (secretary, member):
        assert "恒丰机械有限公司党支部" in said and "汪晓燕" in said and "方杰" in said and "第一片区" in said
    assert "钱大有" in secretary and "钱大有" not in member


@pytest.mark.parametrize("form", ["pdf", "docx"])
def test_a_notice_is_printed_as_a_letter_to_those_whom_the_reader_may_know(town, browse, notice, form):
    url = reverse("notice-print", args=(notice.pk,))
    office = re.sub(
        r"\s", "", words(browse("office").post(url, {"form": form, "number": "清综党[2026]12号"}))
    )
    assert "清综党〔2026〕12号" in office and "长青食品有限公司党支部：" in office
    assert "现就有关事项通知如下。请按时完成。" in office
    member = re.sub(
        r"\s", "", words(browse("member").post(url, {"form": form, "number": "清综党[2026]12号"}))
    )
    assert "恒丰机械有限公司党支部：" in member and "长青食品" not in member and "〔2026〕" not in member


def test_a_number_that_is_none_is_refused_with_a_sentence(browse, notice):
    answer = browse("office").post(reverse("notice-print", args=(notice.pk,)), {"number": "十二号"})
    assert answer.status_code == 422 and "发文字号写成" in answer.content.decode()
    assert not Paper.objects.filter(subject=str(notice.pk)).exists()


def test_receipts_are_printed_by_branch_and_within_reach(town, browse, notice):
    notices.sign(notice.receipts.get(person=town.person["孟庆华"]), by=town.user["member"])
    url = reverse("notice-receipts-print", args=(notice.pk,))
    office, secretary = words(browse("office").post(url)), words(browse("secretary").post(url))
    assert "恒丰机械有限公司党支部" in office and "已签收 1 人" in office and "左小海" in office
    assert "孟庆华" in secretary and "左小海" not in secretary
    assert "孟庆华" not in words(browse("office").post(f"{url}?show=missing"))


def test_whoever_prints_again_and_again_keeps_nobody_from_the_server(town, browse, notice, settings):
    settings.PRINT_A_MINUTE = 1
    url = reverse("notice-print", args=(notice.pk,))
    assert browse("member").post(url).status_code == 200
    refused = browse("member").post(url)
    assert refused.status_code == 422 and "请过一会儿再打印" in refused.content.decode()
    assert browse("secretary").post(url).status_code == 200, "others print all the same"
    Paper.objects.update(issued_at=timezone.now() - timedelta(minutes=1))
    assert browse("member").post(url).status_code == 200


def test_a_draft_is_not_printed(town, browse):
    draft = notices.save_draft(None, {"title": "草稿", "body": "<p>写</p>"}, by=town.user["office"])
    assert browse("office").post(reverse("notice-print", args=(draft.pk,))).status_code == 404


def test_characters_that_no_font_has_are_told_before_anything_is_printed(town, browse):
    Person.objects.filter(pk=town.person["钱大有"].pk).update(name="钱𠮷")
    answer = browse("secretary").post(f"{reverse('people-print')}?q=钱", {"form": "pdf"})
    html = answer.content.decode()
    assert "有 1 个字，打印字库里没有" in html and "U+20BB7" in html and not Paper.objects.exists()
    said = words(browse("secretary").post(f"{reverse('people-print')}?q=钱", {"form": "pdf", "anyway": "1"}))
    assert "钱〓" in said
    assert "钱𠮷" in words(browse("secretary").post(f"{reverse('people-print')}?q=钱", {"form": "docx"}))


# --- long ones ---------------------------------------------------------------------------------------------
def test_a_long_sheet_is_made_by_the_worker_for_whoever_asked_alone(
    town, browse, monkeypatch, settings, tmp_path
):
    from dangqun.kernel.crypto import create_keyring

    settings.DATA = tmp_path
    create_keyring()
    monkeypatch.setattr(rules, "AT_ONCE", 3)
    office = browse("office")
    answer = office.post(reverse("people-print"), {"form": "docx"})
    paper = Paper.objects.get()
    assert answer["Location"] == reverse("paper-making", args=(paper.pk,))
    assert "正在排队" in office.get(answer["Location"]).content.decode()
    rules.make_paper(paper.pk)
    rules.make_paper(paper.pk)
    assert "已经做好" in office.get(answer["Location"]).content.decode()
    assert "左小海" in words(office.get(reverse("paper-file", args=(paper.pk,))))
    other = browse("secretary")
    assert other.get(answer["Location"]).status_code == 404
    assert other.get(reverse("paper-file", args=(paper.pk,))).status_code == 404
    assert Fact.objects.filter(what="papers.made").count() == 1


def lies_ready(town, monkeypatch, role="office"):
    """Return a long roster of somebody that the worker has made."""
    monkeypatch.setattr(rules, "AT_ONCE", 3)
    paper = printed(town, role)
    rules.make_paper(paper.pk)
    return paper


def answers(client, paper) -> set[int]:
    return {
        client.get(reverse(name, args=(paper.pk,))).status_code for name in ("paper-making", "paper-file")
    }


def test_a_file_that_lies_ready_is_gone_with_the_role_under_which_it_was_printed(town, browse, monkeypatch):
    paper, office = lies_ready(town, monkeypatch), browse("office")
    assert answers(office, paper) == {200}
    Grant.objects.filter(user=town.user["office"]).update(ends_on=today())
    Grant.objects.create(
        user=town.user["office"],
        org=town.branches["甲"],
        role="member",
        starts_on=today(),
        source="membership",
        confirmed_at=timezone.now(),
    )
    assert answers(office, paper) == {404}, "she may still sign in, as a member"


def test_a_file_that_lies_ready_is_gone_when_its_reader_reaches_less_far(town, browse, monkeypatch):
    paper, office = lies_ready(town, monkeypatch), browse("office")
    Grant.objects.filter(user=town.user["office"]).update(org=town.parks["东园"])
    assert answers(office, paper) == {404} and office.get(reverse("people")).status_code == 200


def test_a_paper_of_before_permissions_were_kept_hands_out_no_file(town, browse, monkeypatch):
    paper = lies_ready(town, monkeypatch)
    Paper.objects.update(needs="", reach="")
    assert answers(browse("office"), paper) == {404} and "现行" in looked_up(paper)


def test_no_name_within_a_packed_paper_leads_out_of_its_folder(town, monkeypatch):
    monkeypatch.setattr("dangqun.papers.rules.volumes", lambda content: iter([content, content]))
    paper = printed(town)
    paper.title = "../../党员\\名册: <甲>/乙"
    data = rules.render(paper, kind_of(paper.kind).content(rules.asked_of(paper)))
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        names = packed.namelist()
    assert len(set(names)) == 2 and "第2册.pdf" in names[1] and "党员" in names[0]
    assert [name for name in names if re.search(r'[/\\:*?"<>|]|^\.', name)] == []


def test_counting_what_somebody_printed_lately_reads_no_other_row(town):
    lately = Paper.objects.filter(by=1, issued_at__gt=timezone.now())
    assert connection.vendor != "sqlite" or "paper_lately" in lately.explain()


def test_what_is_too_long_for_paper_is_refused_with_a_sentence(town, monkeypatch):
    monkeypatch.setattr(rules, "MOST_ROWS", 3)
    with pytest.raises(RuleBroken, match="导出Excel"):
        printed(town)


def test_queries_do_not_grow_with_rows(town):
    def cost(role):
        paper = printed(town, role)
        with CaptureQueriesContext(connection) as caught:
            kind_of(paper.kind).content(rules.asked_of(paper))
        return paper.rows, len(caught)

    (few, small), (many, large) = cost("secretary"), cost("office")
    assert few < many and small == large
