"""Pages of organisations: the tree on any day, one organisation, and what each small form of the office does."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.urls import reverse

from dangqun.kernel.calendars import today
from dangqun.members import rules
from dangqun.members.models import Person
from dangqun.members.tests.pages import post, text_of
from dangqun.orgs import rules as orgs
from dangqun.orgs.models import Enterprise, LiaisonZone, Org

pytestmark = [pytest.mark.django_db, pytest.mark.once]
D = date(2026, 3, 1)


@pytest.fixture
def office(world, visit):
    """A browser of the office."""
    return visit(world.user["office"])


# --- the tree -------------------------------------------------------------------------------------------
def test_the_tree_shows_the_day_that_the_address_asks_for(world, office):
    orgs.move_org(world.branches["甲"], to=world.parks["西园"], on=D, by=None)
    rules.leave(world.person["孟庆华"], reason="transferred", on=D, by=None)

    def figures(on):
        page = office.get(reverse("orgs"), {"on": on.isoformat()})
        lines = {n.org.short_name: (n.org.parent_then, n.member_sum) for n in page.context["page"]}
        return lines[world.branches["甲"].short_name]

    assert figures(D - timedelta(1)) == (world.parks["东园"].pk, 4)
    assert figures(D) == (world.parks["西园"].pk, 3)
    assert "请写真实的日期" in text_of(office.get(reverse("orgs"), {"on": "2015-02-30"}))


def test_figures_of_the_tree_open_rows_of_the_same_number_and_day(world, office):
    rules.end_office(world.branches["甲"].offices.open().leading().get(), on=D, by=None)
    past = f"{reverse('orgs')}?on={D - timedelta(1):%Y-%m-%d}"
    for start in (reverse("orgs"), past):
        page = office.get(start)
        links = re.findall(r'<a class="dq-fig" href="(\?[^"]*)">(\d+)</a>', page.content.decode())
        assert len(links) == 3
        for link, figure in links:
            rows = office.get(reverse("orgs") + link.replace("&amp;", "&")).context["page"].object_list
            assert len([node for node in rows if node.org.is_branch]) == int(figure), link


def test_a_branch_without_a_secretary_says_so_and_is_given_one_with_one_click(world, office):
    branch, chosen = world.branches["甲"], world.person["吴桂香"]
    rules.end_office(branch.offices.open().leading().get(), on=today(), by=None)
    assert "该支部尚无书记" in text_of(office.get(reverse("org", args=(branch.pk,))))
    lines = office.get(reverse("orgs"), {"secretary": "none"}).context["page"].object_list
    assert [node.org for node in lines] == [branch]
    page = post(office, "org-appoint", branch.pk, person=chosen.pk)
    assert "该支部尚无书记" not in text_of(page)
    assert branch.offices.open().leading().get().person == chosen


def test_somebody_of_another_branch_is_not_appointed_by_a_forged_number(world, office):
    branch = world.branches["甲"]
    post(office, "org-appoint", branch.pk, person=world.person["左小海"].pk)
    assert branch.offices.open().leading().get().person == world.person["汪晓燕"]


def test_a_large_tree_shows_its_parks_folded_and_opens_one(world, office):
    park = world.parks["东园"]
    for n in range(120):
        orgs.open_org(Org.Kind.BRANCH, f"支部{n:03d}", under=park, by=None, number=10 + n, formation="own")
    whole = office.get(reverse("orgs")).context["page"].object_list
    assert not any(node.org.is_branch for node in whole) and any(node.folded for node in whole)
    opened = office.get(reverse("orgs"), {"park": park.pk}).context["page"].object_list
    assert len(opened) == 1 + 122 and all(node.org.path.startswith(park.path) for node in opened)


def test_the_two_kinds_of_coverage_are_counted_apart_and_their_figures_open_their_rows(world, office):
    bare = orgs.register_enterprise("空白企业", park=world.parks["东园"], by=None)
    orgs.visit(bare, user=world.user["instructor"], branch=None, on=D, by=None)
    page = office.get(reverse("coverage"))
    figures = page.context["figures"]
    assert (figures["all_sum"], figures["organised_sum"], figures["visited_sum"]) == (6, 5, 2)
    assert (figures["alone_sum"], figures["joined_sum"], figures["neither_sum"]) == (3, 2, 0)
    links = re.findall(r'<a class="dq-fig" href="([^"]*)">(\d+)</a>', page.content.decode())
    assert len(links) == 6 + 2 * 3
    for link, figure in links:
        url = link.replace("&amp;", "&")
        rows = office.get(url if url.startswith("/") else reverse("coverage") + url).context["page"]
        assert rows.paginator.count == int(figure), link


def test_an_actor_sees_coverage_of_what_she_reaches_and_no_more(world, visit):
    page = visit(world.user["secretary"]).get(reverse("coverage"))
    assert [firm.name for firm in page.context["page"]] == ["恒丰机械有限公司"]
    assert "远达纺织" not in page.content.decode()


# --- the small forms ------------------------------------------------------------------------------------
def test_the_office_founds_a_joint_branch_over_enterprises_without_one(world, office):
    park = world.parks["东园"]
    firms = [orgs.register_enterprise(f"新企业{n}", park=park, by=None) for n in range(6)]
    page = office.get(reverse("org-open-branch", args=(park.pk,)))
    assert "新企业0" in text_of(page) and "恒丰机械" not in text_of(page).replace(
        "恒丰机械有限公司党支部", ""
    )
    typed = {"name": "东园联合党支部", "formation": "joint", "number": 9, "on": "2026-03-01"}
    page = post(office, "org-open-branch", park.pk, enterprises=[f.pk for f in firms], **typed)
    made = Org.objects.get(name="东园联合党支部")
    assert made.enterprise_links.on(D).count() == 6 and "一般不超过5家" in text_of(page)


def test_a_refused_form_keeps_what_was_typed_and_says_what_to_do(world, office):
    typed = {"name": "恒丰机械有限公司党支部", "formation": "temporary", "number": 77, "on": "2026-03-01"}
    page = post(office, "org-open-branch", world.parks["东园"].pk, **typed)
    assert "已经有“恒丰机械有限公司党支部”，请换一个名称" in text_of(page)
    assert 'value="77"' in page.content.decode()


def test_the_office_renames_moves_and_closes_with_a_day(world, office):
    branch, park = world.branches["乙"], world.parks["西园"]
    typed = {
        "name": "远达针织有限公司党支部",
        "short_name": branch.short_name,
        "number": 2,
        "formation": "own",
    }
    post(office, "org-rename", branch.pk, on="2026-03-01", **typed)
    post(office, "org-move", branch.pk, to=park.pk, on="2026-04-01")
    branch.refresh_from_db()
    assert branch.short_name == "远达针织党支部" and branch.path.startswith(park.path)
    page = post(office, "org-close", branch.pk, on="2026-05-01", why="撤并")
    assert "还覆盖着企业" in text_of(page)
    history = text_of(office.get(reverse("org", args=(branch.pk,))))
    assert "2026年4月1日划归西园园区" in history and "原名远达纺织有限公司党支部" in history


def test_an_enterprise_is_registered_corrected_moved_and_covered_by_hand(world, office):
    park, code = world.parks["东园"], "91350100M000100Y43"
    page = post(
        office, "enterprise-register", name="新来机电有限公司", credit_code=code[:-1] + "4", park=park.pk
    )
    assert "校验码不符" in text_of(page) and not Enterprise.objects.filter(name="新来机电有限公司").exists()
    typed = {"name": "新来机电有限公司", "credit_code": code, "employees": 30, "output": "39984.5"}
    post(office, "enterprise-register", park=park.pk, **typed)
    firm = Enterprise.objects.get(credit_code=code)
    assert firm.output_cents == 39_984_500_000
    page = office.get(reverse("enterprise", args=(firm.pk,)))
    assert "还没有党组织覆盖" in text_of(page) and "39,984.5万元" in text_of(page)
    post(office, "enterprise-edit", firm.pk, **typed | {"employees": 31})
    post(office, "enterprise-move", firm.pk, to=world.parks["西园"].pk)
    post(office, "enterprise-cover", firm.pk, branch=world.branches["联"].pk, on="2026-03-01")
    firm.refresh_from_db()
    assert (firm.employees, firm.park, firm.branch_on(D)) == (31, world.parks["西园"], world.branches["联"])
    post(office, "enterprise-uncover", firm.pk, world.branches["联"].pk, on="2026-04-01")
    post(office, "enterprise-leave", firm.pk, on="2026-05-01", why="搬走")
    firm.refresh_from_db()
    assert firm.left_on == date(2026, 5, 1)


def test_an_instructor_is_sent_and_called_back(world, office):
    firm, instructor = world.enterprises["远达纺织有限公司"], world.person["方杰"]
    post(office, "enterprise-visit", firm.pk, instructor=instructor.pk, on="2026-03-01")
    point = firm.contact_points.open().get()
    assert (point.user, point.branch) == (instructor.account, world.branches["乙"])
    post(office, "enterprise-visit-end", firm.pk, point.pk, on="2026-03-02")
    assert not firm.contact_points.open().exists()


def test_a_zone_is_set_up_and_given_to_a_committee_member(world, office):
    branches, member = [world.branches["甲"].pk], world.person["石涵兰"]
    post(office, "zone-new", name="第三片区", member=member.pk, branches=branches, on="2026-03-01")
    zone = LiaisonZone.objects.get(name="第三片区")
    assert zone.members.open().get().user == member.account
    assert world.branches["甲"].zone_links.open().get().zone == zone
    page = post(office, "zone", zone.pk, name="第三片区", branches=[], on="2026-02-01")
    assert "日期不能早于" in text_of(page)
    post(office, "zone", zone.pk, name="东三片区", branches=[], on="2026-04-01")
    zone.refresh_from_db()
    assert zone.name == "东三片区" and not zone.branches.open().exists()
    assert "还不在任何片区" in text_of(office.get(reverse("zones")))


def test_a_deputy_is_elected_and_relieved(world, office):
    branch, chosen = world.branches["甲"], world.person["吴桂香"]
    typed = {"person": chosen.pk, "post": "branch_member", "title": "组织委员", "on": "2026-03-01"}
    page = post(office, "org-elect", branch.pk, **typed)
    assert "4名正式党员" in text_of(page) and "组织委员" in text_of(page)
    held = chosen.offices.open().get()
    post(office, "org-office-end", held.pk, on="2026-03-05")
    held.refresh_from_db()
    assert held.ends_on == date(2026, 3, 5)


def test_an_instructor_and_a_contact_are_entered_by_hand_and_found_again(world, office):
    typed = {
        "name": "江　帆",
        "mobile": "139 1111 3333",
        "post": "instructor",
        "full_time": "on",
        "on": "2026-03-01",
    }
    post(office, "org-call", world.committee.pk, **typed)
    person = Person.objects.get(name="江帆")
    held = person.offices.open().get()
    assert (held.post, held.full_time, held.org) == ("instructor", True, world.committee)
    firm = world.enterprises["远达纺织有限公司"]
    typed = {"name": person.name, "mobile": "13911113333", "title": "人事经理", "on": "2026-03-02"}
    page = post(office, "enterprise-contact", firm.pk, **typed)
    assert "人事经理" in text_of(page) and person.offices.open().count() == 2
    wrong = post(office, "enterprise-contact", firm.pk, **typed | {"mobile": "123"})
    assert "手机号码应当是11位" in text_of(wrong)
    assert Person.objects.filter(name=person.name).count() == 1 and person.org == world.committee


def test_an_office_post_by_hand_brings_its_role_only_when_it_is_confirmed(world, office):
    from dangqun.orgs.access import Actor

    typed = {"name": "江帆", "mobile": "13911113333", "post": "office_clerk", "on": "2026-03-01"}
    post(office, "org-call", world.committee.pk, **typed)
    user = Person.objects.get(name="江帆").account
    assert not Actor.of(user).can("orgs.manage")
    assert user.grants.waiting().get().role == "office"


def test_a_day_before_there_were_calendars_is_refused_with_a_sentence(world, office):
    address = reverse("org", args=(world.branches["甲"].pk,))
    assert office.get(address, {"on": "1900-01-01"}).context["on"] == date(1900, 1, 1)
    for early in ("0001-01-01", "1899-12-31"):
        answer = office.get(address, {"on": early})
        assert answer.status_code == 200 and answer.context["on"] == today()
        assert "请写真实的日期" in text_of(answer)
    leaving = reverse("person-leave", args=(world.person["孟庆华"].pk,))
    assert "日期不能早于1900年" in text_of(office.post(leaving, {"reason": "died", "on": "0001-01-01"}))


@pytest.mark.parametrize(
    ("form", "of", "field"), [("zone", "zone", "branches"), ("org-open-branch", "park", "enterprises")]
)
def test_a_number_too_long_for_any_database_is_no_choice(world, office, form, of, field):
    address = reverse(form, args=((world.zones[0] if of == "zone" else world.parks["东园"]).pk,))
    orgs.register_enterprise("新来企业", park=world.parks["东园"], by=None)
    answer = office.post(address, {field: ["9" * 30], "on": "2026-03-01", "name": "新的"})
    assert answer.status_code == 200 and field in answer.context["form"].errors
