"""Search at 100 % recall over labelled queries (data/searches.tsv), and nothing that is hidden found, counted or timed."""

from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dangqun.config.sought import refresh, waiting
from dangqun.home.find import search
from dangqun.kernel.search import sought_name
from dangqun.members.models import Person
from dangqun.members.rules.people import enrol
from dangqun.notices import rules as notices
from dangqun.notices.audience import Audience
from dangqun.notices.models import Attachment, Notice
from dangqun.orgs import rules as orgs
from dangqun.orgs.access import Actor
from dangqun.tasks.tests.town import issued
from tests.world import for_a_module

pytestmark = pytest.mark.django_db
LINES = (Path(__file__).parent / "data/searches.tsv").read_text(encoding="utf-8").splitlines()[1:]
FIRST = "关于做好2026年第1季度党费收缴公示的通知"
BODY = (
    "<p>请各支部<strong>月底前</strong>交齐。账目清楚，见党发〔2026〕3号。&nbsp;学习强国、手机Ａｐｐ里都能看。</p>"
    "<ul><li>收缴一览</li></ul>"
)


@pytest.fixture(scope="module")
def town(django_db_setup, django_db_blocker):
    """The small town with names that are hard to find, two notices of which one is withdrawn, and a task."""
    with for_a_module(django_db_blocker) as world:
        by = world.user["office"]
        for name in ("王建国", "欧阳建华", "单雄信", "李明", "买买提·吐尔逊"):
            enrol(name, org=world.branches["乙"], by=by)
        orgs.register_enterprise("重庆路３Ｄ打印（清溪）有限公司", park=world.parks["东园"], by=by)
        _notice(world, FIRST, BODY, "附表一 党费缴纳表.XLSX")
        notices.withdraw(_notice(world, "撤回的通知", "<p>撤回的秘密</p>"), why="发错了", by=by)
        notices.save_draft(None, {"title": "草稿通知", "body": "<p>草稿里</p>"}, by=by)
        issued(world, body="<p>灭火器、配电箱逐项登记，消防通道３００ｍ以内都要写清楚。</p>")
        yield world


def _notice(world, title, body, file=""):
    by = world.user["office"]
    audience = Audience(orgs=(world.committee.pk,)).stored()
    draft = notices.save_draft(None, {"title": title, "body": body, "audience": audience}, by=by)
    if file:
        facts = {"kind": "xlsx", "size": 1, "key": "k", "mark": "m", "added_at": timezone.now()}
        Attachment.objects.create(notice=draft, name=file, **facts)
    notices.publish(draft, by=by)
    return Notice.objects.get(pk=draft.pk)


def titles(actor, text):
    return {each.title for group in search(actor, text) for each in group.results}


def test_there_are_two_hundred_labelled_queries():
    assert len(set(LINES)) >= 200


def test_every_labelled_query_finds_all_that_it_must_and_nothing_that_it_must_not(town):
    office, wrong = Actor.of(town.user["office"]), []
    for line in LINES:
        query, must, must_not = line.split("\t")
        found = titles(office, query)
        missing = set(filter(None, must.split("|"))) - found
        false = found if must_not == "*" else found & set(filter(None, must_not.split("|")))
        if missing or false:
            wrong.append((query, missing, false))
    assert wrong == []


@pytest.mark.parametrize("text", ["王建国", "建国", "王国", "wjg", "党费", "消防", "沈", "清溪", "纺织"])
def test_what_is_hidden_is_neither_found_nor_counted_and_changes_no_query(town, text):
    actor = Actor.of(town.user["secretary"])
    visible = set(Person.objects.reachable(actor, "members.read").values_list("name", flat=True))
    groups = {group.key: group for group in search(actor, text)}
    people = groups.get("people")
    naive = {name for name in visible if text in name or all(sign in name for sign in text)}
    assert {each.title for each in people.results} == naive if people else not naive
    assert (people.total if people else 0) == len(naive)
    assert Person.objects.filter(name__in=("王建国", "沈立群")).exclude(name__in=visible).count() == 2


def test_the_queries_are_the_same_whether_something_is_hidden_or_absent(town):
    actor = Actor.of(town.user["secretary"])
    actor.holds  # noqa: B018 - read once an actor

    def asked(text):
        with CaptureQueriesContext(connection) as queries:
            assert titles(actor, text) == set()
        return [
            each["sql"].replace(text[0], "甲").replace(text[1], "乙") for each in queries.captured_queries
        ]

    hidden, absent = asked("沈群"), asked("孬嘦")
    assert [len(each) for each in hidden] == [len(each) for each in absent]
    assert len(hidden) == len(absent) == 5


def test_a_number_finds_whoever_bears_it_for_those_alone_who_may_reveal_it(town):
    person = town.person["沈立群"]
    number = person.mobile.open()
    assert titles(Actor.of(town.user["office"]), number) == {"沈立群"}
    watcher = Actor.of(town.user["committee_member"])
    assert "沈立群" in titles(watcher, "沈立群") and titles(watcher, number) == set()


def test_a_page_of_one_kind_follows_the_other_and_the_sum_is_of_all(town):
    for number in range(22):
        Person.objects.create(
            name=f"翟同{number}", org=town.branches["丙"], sought=sought_name(f"翟同{number}", person=True)
        )
    office = Actor.of(town.user["office"])
    (first,) = search(office, "翟同", only="people")
    (second,) = search(office, "翟同", only="people", page=2)
    assert (len(first.results), len(second.results), first.total, second.total) == (20, 2, 22, 22)
    assert first.later == 2 and second.later is None and second.earlier == 1


def test_text_that_is_missing_is_counted_and_written_anew(town):
    assert waiting() == 0
    Person.objects.filter(name="李明").update(sought="")
    assert waiting() == 1 and refresh() == 1 and waiting() == 0
    assert "李明" in titles(Actor.of(town.user["office"]), "liming")
