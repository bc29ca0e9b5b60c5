"""Choosing the receivers: by tree, post, zone and name; never out of reach; the figure beside the button is true."""

import pytest
from django.urls import reverse

from dangqun.notices import audience as audiences
from dangqun.notices import compose
from dangqun.notices.audience import Audience, in_words, people_like, receivers, tops, zones_within
from dangqun.notices.models import Notice
from dangqun.notices.tests.crowd import branch_out
from dangqun.notices.tests.town import published, typed
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Org

pytestmark = pytest.mark.django_db


def names(found):
    return {each.name for each in found}


def test_nothing_ticked_means_nobody_and_the_whole_ticked_means_everybody(world):
    actor = Actor.of(world.user["office"])
    assert receivers(Audience(whole=False), actor).count() == 0
    assert receivers(Audience(orgs=tops(actor), whole=False), actor).count() == 13


def test_a_ticked_park_means_its_branches_and_a_ticked_branch_only_itself(world):
    actor = Actor.of(world.user["office"])
    park, branch = world.parks["东园"], world.branches["甲"]
    assert receivers(Audience(orgs=(park.pk,), whole=False), actor).count() == 7
    assert receivers(Audience(orgs=(branch.pk,), whole=False), actor).count() == 4
    assert receivers(Audience(orgs=(park.pk, branch.pk), whole=False), actor).count() == 7


def test_thousands_of_branches_make_no_query_that_a_database_refuses(world):
    office = Actor.of(world.user["office"])
    branch_out(world, 3400)
    every = tuple(Org.objects.branches().values_list("pk", flat=True))
    assert receivers(Audience(orgs=every, whole=False), office).count() == 13


def test_the_tree_shows_parks_with_their_branches_and_only_what_is_within_reach(world):
    office = compose.tree(Actor.of(world.user["office"]), set())
    assert [(bough.name, bough.count) for bough in office.boughs] == [("东园园区", 2), ("西园园区", 2)]
    assert [root.pk for root in office.roots] == [world.committee.pk]
    secretary = compose.tree(Actor.of(world.user["secretary"]), set())
    assert [org.pk for bough in secretary.boughs for org in bough.branches] == [world.branches["甲"].pk]
    assert secretary.roots == [] and secretary.boughs[0].pk is None


def test_of_very_many_branches_the_page_holds_the_ticked_ones_and_fetches_the_rest(world, visit, monkeypatch):
    monkeypatch.setattr(compose, "FETCH_FROM", 3)
    chosen = world.branches["甲"]
    tree = compose.tree(Actor.of(world.user["office"]), {chosen.pk})
    assert [org for bough in tree.boughs for org in bough.branches] == [chosen]
    assert all(bough.left_out for bough in tree.boughs)
    address = reverse("notice-branches", args=(world.parks["东园"].pk,))
    fetched = visit(world.user["office"]).get(address, {"orgs": [chosen.pk, "x"]}).content.decode()
    assert fetched.count('name="orgs"') == 2 and fetched.count("checked") == 1


def test_several_numbers_in_one_value_are_understood(world, visit):
    both = f"{world.branches['甲'].pk},{world.branches['丙'].pk}"
    page = visit(world.user["office"]).post(reverse("notice-count"), typed(orgs=[both])).content.decode()
    assert "发给 <b>7 人</b>，7 人 × 约 1 分钟 = 0.1 小时" in page


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("汪晓燕", {"汪晓燕"}),
        ("晓燕", {"汪晓燕"}),
        ("汪燕", {"汪晓燕"}),
        ("燕", {"汪晓燕", "盛海燕"}),
        ("wxy", {"汪晓燕"}),
        ("WX", {"汪晓燕"}),
        ("%", set()),
        ("查无此人", set()),
        ("", {"all"}),
    ],
)
def test_people_are_found_by_name_by_any_of_its_characters_and_by_initials(world, text, found):
    actor = Actor.of(world.user["office"])
    assert names(people_like(actor, text)) == found if text else compose.found(actor, text)["found"] == []


def test_nobody_out_of_reach_is_found_picked_or_counted(world, visit):
    secretary, theirs = visit(world.user["secretary"]), world.person["唐小军"]
    assert (
        theirs.name
        in visit(world.user["office"]).get(reverse("notice-people"), {"seek": "唐小军"}).content.decode()
    )
    page = secretary.get(reverse("notice-people"), {"seek": "唐小军"}).content.decode()
    assert 'name="people"' not in page and "没有叫“唐小军”的人" in page
    refused = secretary.post(reverse("notice-new"), typed(publish="1", posts=[], people=[theirs.pk]))
    assert "people" in refused.context["form"].errors
    assert Notice.objects.get().state == "draft"
    assert "<b>" not in secretary.post(reverse("notice-count"), typed(people=[theirs.pk])).content.decode()


def test_more_numbers_than_a_database_takes_are_refused_with_a_sentence(world, visit):
    many = ",".join(str(n) for n in range(1, 300_000))
    page = visit(world.user["office"]).post(reverse("notice-count"), typed(people=[many]))
    assert page.status_code == 200 and "请重新选" in page.content.decode()


def test_a_name_with_a_nul_is_sought_without_it(world):
    assert names(people_like(Actor.of(world.user["office"]), "唐\0小军")) == {"唐小军"}


def test_whoever_may_not_publish_is_not_told_whom_a_notice_of_her_branch_is_for(world, visit):
    notice = published(world, "secretary", people=(world.person["孟庆华"].pk,), posts=(), whole=False)
    address = reverse("notice-receipts", args=(notice.pk,))
    assert visit(world.user["secretary"]).get(address).context["audience"] == "1 位点名的人"
    assert visit(world.user["instructor"]).get(address).context["audience"] == ""


def test_a_choice_that_was_not_understood_is_not_counted_as_everybody(world, visit):
    page = (
        visit(world.user["office"]).post(reverse("notice-count"), typed(orgs=["nonsense"])).content.decode()
    )
    assert "请重新选" in page and "人 ×" not in page


def test_the_figure_beside_the_button_is_the_number_of_receipts(world, visit):
    author = visit(world.user["office"])
    for choice in (
        {"orgs": [world.committee.pk]},
        {"orgs": [world.parks["东园"].pk], "posts": ["secretary", "deputy"]},
        {"zones": [world.zones[1].pk]},
        {"orgs": [world.branches["甲"].pk], "people": [world.person["唐小军"].pk, world.person["吴桂香"].pk]},
        {"posts": ["instructor", "committee"], "orgs": [world.committee.pk]},
    ):
        told = author.post(reverse("notice-count"), typed(**choice)).context["cost"].people
        author.post(reverse("notice-new"), typed(publish="1", **choice))
        notice = Notice.objects.latest("pk")
        assert notice.state == "published" and notice.receipts.count() == told > 0


def test_zones_are_named_only_to_those_who_reach_a_branch_in_them(world):
    for role, zones in (("office", 2), ("committee_member", 1), ("secretary", 1)):
        assert zones_within(Actor.of(world.user[role]), audiences.NEEDS).count() == zones
    assert zones_within(Actor.of(world.user["member"]), "notices.watch").count() == 0


def test_whom_a_notice_is_for_is_said_as_the_office_says_it(world):
    actor = Actor.of(world.user["office"])
    park, zone = world.parks["东园"], world.zones[1]
    assert in_words(Audience(), actor) == "全体党员"
    assert in_words(Audience(orgs=tops(actor), whole=False), actor) == "全体党员"
    mixed = Audience(orgs=(park.pk,), zones=(zone.pk,), posts=("secretary",), people=(1, 2))
    assert in_words(mixed, actor) == "东园园区、第二片区的支部书记，2 位点名的人"
    assert in_words(Audience(whole=False), actor) == "还没有选"


def test_everybody_of_one_branch_is_said_by_its_name_and_her_page_asks_for_no_zone(world, visit):
    secretary = world.user["secretary"]
    actor, branch = Actor.of(secretary), world.branches["甲"]
    assert in_words(Audience(), actor) == f"{branch.short_name}的党员"
    assert zones_within(actor, audiences.NEEDS).exists()
    assert "哪些片区" not in visit(secretary).get("/notices/new/").content.decode()
    assert "哪些片区" in visit(world.user["office"]).get("/notices/new/").content.decode()
