"""Pages of organisations and people: what they show, to whom, with how many queries, and what each form does."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from dangqun.kernel.calendars import today
from dangqun.members import rules
from dangqun.members.models import Membership, Office, Person
from dangqun.orgs import rules as orgs
from dangqun.orgs.models import Enterprise, LiaisonZone, Org
from tests.world import ROLES, SINCE

pytestmark = pytest.mark.django_db
D = date(2026, 3, 1)
ID, PHONE, ADDRESS = "11010519491231002X", "13911112222", "新城街道光明路18号3幢502室"
State, Post = Membership.State, Office.Post


def text_of(answer):
    """The words of a page, without marks and blanks."""
    return re.sub(r"\s+", "", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def office(world, visit):
    """A browser of the office."""
    return visit(world.user["office"])


def post(browser, route, /, *args, **typed):
    """Send a form to a route and follow."""
    return browser.post(reverse(route, args=args), typed, follow=True)


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


# --- members by hand ------------------------------------------------------------------------------------
def member(**typed):
    """What a clerk types for a new member."""
    return {"name": "欧阳 新", "id_number": ID.lower(), "mobile": "139 1111 2222", "state": "full"} | typed


def test_a_member_entered_by_hand_is_read_as_the_import_reads_a_row(world, office):
    branch = world.branches["甲"]
    typed = member(branch=branch.pk, joined_on="1980-07-01", full_on="1981-07-01", ethnicity="汉")
    post(office, "person-enter", **typed)
    person = Person.objects.get(name="欧阳新")
    assert (person.sex, person.born_on, person.ethnicity) == ("女", date(1949, 12, 31), "汉族")
    assert person.id_number.open() == ID and person.mobile.open() == PHONE
    assert person.memberships.get().starts_on == date(1981, 7, 1)
    page = post(office, "person-enter", **typed)
    assert "名册里已经有欧阳新" in text_of(page) and Person.objects.filter(name="欧阳新").count() == 1


def test_faults_of_a_member_go_to_their_fields_and_a_reason_lets_an_old_number_stand(world, office):
    wrong = ID[:-1] + "1"
    typed = member(id_number=wrong, branch=world.branches["甲"].pk, joined_on="1960-01-01")
    page = post(office, "person-enter", **typed)
    form = page.context["form"]
    assert {"id_number"} <= form.errors.keys() and "欧阳 新" in page.content.decode()
    typed |= {"joined_on": "1980-07-01", "because": "户口簿和身份证原件都是这个号码"}
    typed |= {"sex": "女", "born_on": "1949-12-31"}
    post(office, "person-enter", **typed)
    assert Person.objects.get(name="欧阳新").id_accepted_because.startswith("户口簿")


def test_correcting_leaves_an_empty_secret_as_it_is_and_shows_none(world, office):
    person = world.person["孟庆华"]
    rules.correct(
        person, {"id_number": ID, "address": ADDRESS, "sex": "女", "born_on": date(1949, 12, 31)}, by=None
    )
    url = reverse("person-edit", args=(person.pk,))
    shown = office.get(url).content.decode()
    assert ID not in shown and ADDRESS not in shown and "110105********002X" in shown
    typed = {"name": "孟庆华", "sex": "女", "joined_on": "2010-07-01", "mobile": PHONE, "education": "大专"}
    office.post(url, typed)
    person.refresh_from_db()
    assert person.id_number.open() == ID and person.address.open() == ADDRESS
    assert person.mobile.open() == PHONE and person.education == "大专" and not person.uses_phone
    page = office.post(url, typed | {"id_number": "34089919790308123X"})
    assert page.status_code == 200 and page.context["form"].errors
    office.post(url, typed | {"address": "无"})
    person.refresh_from_db()
    assert not person.address


def test_a_member_is_confirmed_moved_let_go_and_restored_on_pages(world, office):
    person, to = world.person["孟庆华"], world.branches["乙"]
    post(office, "person-move", person.pk, to=to.pk, on="2026-03-01")
    post(office, "person-leave", person.pk, reason="suspended", on="2026-04-01", why="失联")
    assert "恢复党籍" in text_of(office.get(reverse("person", args=(person.pk,))))
    post(office, "person-restore", person.pk, on="2026-05-01", why="批复")
    page = post(office, "person-confirm", person.pk, on="2026-06-01")
    assert "只有预备党员才能转正" in text_of(page)
    post(office, "person-leave", person.pk, reason="died", on="2026-06-01")
    states = list(person.memberships.order_by("starts_on").values_list("state", "ended_reason"))
    assert states == [("full", "moved"), ("full", "suspended"), ("suspended", "restored"), ("full", "died")]
    page = text_of(office.get(reverse("person", args=(person.pk,))))
    assert "现在不是本区党员" in page and "转入远达纺织党支部" in page and "2026年6月1日去世" in page


# --- the roster -----------------------------------------------------------------------------------------
def names_of(page):
    """Names in the order of a list page."""
    return [person.name for person in page.context["page"]]


def test_lists_sort_by_pinyin_and_rosters_by_strokes(world, office):
    for name in ("单小明", "丁一", "欧阳修", "阿力"):
        person = rules.enrol(name, org=world.branches["甲"], by=None)
        rules.admit(person, branch=world.branches["甲"], state=State.FULL, on=D, by=None)
    here = {"org": world.branches["甲"].pk}
    listed = names_of(office.get(reverse("people"), here))
    assert listed == ["阿力", "丁一", "孟庆华", "欧阳修", "钱大有", "单小明", "汪晓燕", "吴桂香"]
    assert names_of(office.get(reverse("people"), here | {"sort": "-name"})) == listed[::-1]
    rows = list(exported(office, **here).iter_rows(min_row=2, values_only=True))
    assert [row[1] for row in rows] == [
        "丁一",
        "吴桂香",
        "汪晓燕",
        "阿力",
        "欧阳修",
        "单小明",
        "孟庆华",
        "钱大有",
    ]


def exported(browser, **query):
    """The sheet that 导出Excel gives."""
    answer = browser.get(reverse("people-export"), query)
    return load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active


def test_the_pager_counts_all_and_keeps_the_filters(world, office):
    branch = world.branches["乙"]
    for n in range(200):
        person = rules.enrol(f"党员{n}", org=branch, by=None)
        rules.admit(person, branch=branch, state=State.FULL, on=D, by=None)
    page = office.get(reverse("people"), {"org": branch.pk, "page": 2})
    assert "共203人，第2/3页" in text_of(page) and f"org={branch.pk}&amp;page=3" in page.content.decode()


def test_list_count_export_and_branch_page_show_the_same_people(world, visit):
    for role in ("office", "committee_member", "instructor", "secretary", "stranger"):
        browser = visit(world.user[role])
        listed = browser.get(reverse("people"))
        names = names_of(listed)
        assert names and listed.context["page"].paginator.count == len(names)
        sheet = list(exported(browser).iter_rows(min_row=2, values_only=True))
        assert sorted(row[1] for row in sheet) == sorted(names)
        if role not in ("office", "committee_member"):
            assert len(names) < Person.objects.members(today()).count()
        own = browser.get(reverse("org", args=(world.branches["甲"].pk,)))
        if own.status_code == 200:
            assert {person.name for person in own.context["members"]} <= set(names)


def test_no_page_or_sheet_gives_a_number_or_an_address_in_clear_but_ones_own(world, visit):
    person = world.person["孟庆华"]
    rules.correct(person, {"id_number": ID, "mobile": PHONE, "address": ADDRESS}, by=None)
    branch, firm = world.branches["甲"], world.enterprises["恒丰机械有限公司"]
    own = visit(person.account).get(reverse("me")).content.decode()
    assert ID in own and PHONE in own and ADDRESS in own
    routes = [("person", person.pk), ("org", branch.pk), ("enterprise", firm.pk), ("person-edit", person.pk)]
    routes += [(name, None) for name in ("people", "orgs", "coverage", "zones", "services")]
    for role in ROLES:
        browser, opened = visit(world.user[role]), []
        for name, pk in routes:
            answer = browser.get(reverse(name, args=(pk,) if pk else ()))
            opened += [name] if answer.status_code == 200 else []
            body = answer.content.decode()
            assert not [secret for secret in (ID, PHONE, ADDRESS) if secret in body], (role, name)
        if "people" in opened:
            cells = [str(cell) for row in exported(browser).iter_rows(values_only=True) for cell in row]
            assert not [cell for cell in cells if ID in cell or PHONE in cell or ADDRESS in cell]
        assert opened
        assert ("person" in opened) == (role in ("office", "committee_member", "instructor", "secretary"))


# --- queries --------------------------------------------------------------------------------------------
def queries(browser, url):
    """How many queries a page takes."""
    browser.get(url)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert browser.get(url).status_code == 200
    return len(seen)


def grown(world, branches, each):
    """Add branches with an enterprise, members and a secretary each."""
    park = world.parks["东园"]
    for n in range(branches):
        name = f"加{Org.objects.count()}"
        firm = orgs.register_enterprise(f"{name}企业", park=park, by=None)
        facts = {"formation": "own", "number": 100 + n, "on": SINCE}
        branch = orgs.found_branch(f"{name}党支部", under=park, enterprises=[firm], by=None, **facts)
        for m in range(each):
            person = rules.enrol(f"{name}人{m}", org=branch, by=None, enterprise=firm)
            rules.admit(person, branch=branch, state=State.FULL, on=SINCE, by=None)
        if each:
            rules.appoint(person, org=branch, post=Post.SECRETARY, on=SINCE, by=None)
        orgs.visit(firm, user=world.user["instructor"], branch=branch, on=SINCE, by=None)


def test_pages_take_as_many_queries_for_many_rows_as_for_few(world, office):
    own, firm, park = world.branches["甲"], world.enterprises["恒丰机械有限公司"], world.parks["东园"]
    urls = [reverse("orgs"), reverse("coverage"), reverse("people"), reverse("org", args=(park.pk,))]
    urls += [reverse("org", args=(own.pk,)), reverse("enterprise", args=(firm.pk,)), reverse("zones")]
    urls += [reverse("orgs") + "?on=2025-01-01", reverse("people-export")]
    few = {url: queries(office, url) for url in urls}
    grown(world, 20, 2)
    for n in range(4):
        more = orgs.register_enterprise(f"多{n}企业", park=park, by=None)
        orgs.cover(more, branch=own, by=None, on=D)
        person = rules.enrol(f"多{n}", org=own, by=None, enterprise=firm)
        rules.admit(person, branch=own, state=State.FULL, on=D, by=None)
        rules.elect(person, branch=own, post=Post.BRANCH_MEMBER, on=D, by=None)
    assert {url: queries(office, url) for url in urls} == few
