"""The roster and one person: orders, filters, members by hand, secrecy, queries."""

from __future__ import annotations

import io
from datetime import date

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from dangqun.kernel.calendars import add_months, today
from dangqun.members import rules
from dangqun.members.models import Membership, Office, Person
from dangqun.members.tests.pages import post, queries, text_of
from dangqun.orgs import rules as orgs
from dangqun.orgs.models import Enterprise, Org
from tests.world import ROLES, SINCE

pytestmark = pytest.mark.django_db
D = date(2026, 3, 1)
ID, PHONE, ADDRESS = "11010519491231002X", "13911112222", "新城街道光明路18号3幢502室"
State, Post = Membership.State, Office.Post


@pytest.fixture
def office(world, visit):
    """A browser of the office."""
    return visit(world.user["office"])


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
    rows = lines_of(exported(office, **here))
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


def test_unknown_days_come_last_whichever_way_a_list_is_sorted(world, office):
    person = rules.enrol("丁一", org=world.branches["甲"], by=None)
    rules.admit(person, branch=world.branches["甲"], state=State.FULL, on=D, by=None)
    for sort in ("joined", "-joined"):
        assert names_of(office.get(reverse("people"), {"sort": sort}))[-1] == "丁一"


def test_filters_stay_in_the_address_and_nonsense_counts_as_not_asked(world, office):
    rules.correct(world.person["孟庆华"], {"education": "大专", "born_on": date(1979, 3, 8)}, by=None)
    narrow = {"education": "大专", "age": "46-50", "state": "full", "account": "active", "q": "mqh"}
    assert names_of(office.get(reverse("people"), narrow)) == ["孟庆华"]
    everybody = names_of(office.get(reverse("people")))
    nonsense = {"age": "x-y", "state": "none", "account": "?", "sort": "salary", "page": "x"}
    assert names_of(office.get(reverse("people"), nonsense)) == everybody
    assert names_of(office.get(reverse("people"), {"org": "abc"})) == []


def test_who_has_left_or_is_suspended_is_found_again_and_counts_no_more(world, office):
    gone, suspended = world.person["孟庆华"], world.person["钱大有"]
    rules.leave(gone, reason="transferred", on=D, by=None)
    rules.leave(suspended, reason="suspended", on=D, by=None)
    found = {
        state: names_of(office.get(reverse("people"), {"state": state})) for state in ("left", "suspended")
    }
    assert found == {"left": ["孟庆华"], "suspended": ["钱大有"]}
    assert not {"孟庆华", "钱大有"} & set(names_of(office.get(reverse("people"))))


def test_a_branch_is_told_when_the_year_of_a_probationary_member_is_over(world, office):
    page = reverse("org", args=(world.branches["甲"].pk,))
    person = rules.enrol("朱小方", org=world.branches["甲"], by=None, joined_on=add_months(today(), -12))
    rules.admit(person, branch=world.branches["甲"], state=State.PROBATIONARY, on=person.joined_on, by=None)
    assert "1名预备党员的预备期已满12个月" in text_of(office.get(page))
    rules.confirm(person, on=today(), by=None)
    assert "预备期已满" not in text_of(office.get(page))


def test_choices_stay_short_in_a_large_zone(world, office):
    park, person = world.parks["西园"], world.person["孟庆华"]
    facts = {"kind": Org.Kind.BRANCH, "formation": "own", "park_number": 2}
    Org.objects.bulk_create(
        Org(name=f"大{n}党支部", short_name=f"大{n}", path=f"{park.path}{10**6 + n}/", **facts)
        for n in range(150)
    )
    Enterprise.objects.bulk_create(
        Enterprise(name=f"大{n}企业", short_name=f"大{n}", park=park, number=n) for n in range(300)
    )
    offered = office.get(reverse("people")).context["places"]
    assert [org.kind for org in offered] == ["park", "park"]
    branch = world.branches["甲"]
    page = office.get(reverse("people"), {"org": branch.pk})
    assert str(branch) in text_of(page) and len(names_of(page)) == 4
    form = office.get(reverse("person-edit", args=(person.pk,))).context["form"]
    firms = list(form.fields["enterprise"].queryset)
    assert world.enterprises["恒丰机械有限公司"] in firms and len(firms) == 2


def exported(browser, **query):
    """The sheet that 导出Excel gives."""
    answer = browser.get(reverse("people-export"), query)
    return load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active


def lines_of(sheet):
    """Its rows, without the heading and the line below that says who made it."""
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert rows.pop()[0].startswith("制表：") and rows.pop() == (None,) * sheet.max_column
    return rows


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
        sheet = lines_of(exported(browser))
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
