"""The sample workbooks give exactly what their expected.json says."""

from __future__ import annotations

import pytest

from dangqun.kernel.crypto import blind_index
from dangqun.kernel.models import Fact
from dangqun.members.imports.tests import town
from dangqun.members.models import Membership, Office, Person
from dangqun.orgs.models import ContactPoint, Enterprise, Grant, LiaisonZone, Org, ZoneBranch, ZoneMember


@pytest.mark.parametrize("zone", ["zone", "zone-clean"])
def test_a_sample_zone_gives_exactly_its_expected_counts_and_faults(clerk, zone):
    told, wanted = town.bring_all(zone, clerk), town.expected(zone)
    organisations = told["organisations"]
    assert {key: organisations[key] for key in ("enterprises", "branches", "single", "joint")} == {
        key: wanted[key] for key in ("enterprises", "branches", "single", "joint")
    }
    assert organisations["refused"] == []
    assert organisations["warnings"] == [{"kind": "joint_branch_large", "count": 3}]
    members = told["members"]
    assert (members["rows"], members["accepted"], members["changed"]) == (
        wanted["rows"],
        wanted["accepted"],
        wanted["accepted"],
    )
    found = [{key: each[key] for key in ("sheet", "row", "fault")} for each in members["refused"]]
    assert sorted(found, key=str) == sorted(wanted["refused"], key=str)
    assert {key: told["officers"][key] for key in wanted["officers"]} == wanted["officers"]
    assert told["officers"]["refused"] == []


@pytest.mark.parametrize("zone", ["zone", "zone-clean"])
def test_the_same_three_files_again_change_nothing_and_record_no_change(clerk, zone):
    town.bring_all(zone, clerk)
    before = Fact.objects.exclude(what="members.imported").count()
    people = Person.objects.count()
    again = town.bring_all(zone, clerk)
    assert [again[kind]["changed"] for kind in again] == [0, 0, 0]
    assert Fact.objects.exclude(what="members.imported").count() == before
    assert Person.objects.count() == people
    assert again["members"]["accepted"] == town.expected(zone)["accepted"]
    assert len(again["members"]["refused"]) == len(town.expected(zone)["refused"])


def test_the_clean_zone_stands_in_the_database_as_the_article_describes_it(clerk):
    town.bring_all("zone-clean", clerk)
    assert list(Org.objects.parks().in_order().values_list("short_name", flat=True)) == [
        "连城园区",
        "新楼园区",
        "横埠园区",
    ]
    assert (Enterprise.objects.count(), Org.objects.branches().count()) == (51, 34)
    assert Org.objects.filter(formation="joint").count() == 3
    assert Membership.objects.open().counted().count() == 203
    assert Office.objects.open().filter(post="secretary").count() == 34
    assert (LiaisonZone.objects.count(), ZoneMember.objects.open().count()) == (4, 4)
    assert ZoneBranch.objects.open().count() == 34
    assert ContactPoint.objects.open().count() == 51
    assert ContactPoint.objects.open().values("user").distinct().count() == 9


@pytest.mark.once
def test_instructors_and_contacts_get_accounts_and_staff_roles_wait_for_the_security_administrator(clerk):
    town.bring_all("zone-clean", clerk)
    for post in ("instructor", "enterprise_contact", "secretary", "committee_member"):
        people = Person.objects.filter(offices__post=post).distinct()
        assert people and all(person.account_id for person in people)
    waiting = Grant.objects.waiting()
    assert waiting.filter(role="office").count() == 2
    assert not Grant.objects.effective().filter(role="office").exclude(user=clerk).exists()


@pytest.mark.once
def test_messy_cells_are_understood(clerk):
    town.bring_all("zone", clerk)
    stretched = town.person("邹玲")  # written with a wide blank inside
    assert stretched.ethnicity == "汉族"
    small_x = Person.objects.get(id_index=blind_index("identity", "34089919640621027X"))
    assert str(small_x.id_number) == "340899********027X"
    phone = Person.objects.get(mobile_index=blind_index("contact", "19970000015"))  # full-width digits
    assert phone.name == "阳涵欣" and str(phone.born_on) == "1975-02-07"


@pytest.mark.once
def test_no_fact_holds_an_id_number_a_phone_or_an_address_in_clear(clerk):
    town.bring_all("zone", clerk)
    told = "\n".join(Fact.objects.values_list("text", flat=True))
    assert "340899********" in told
    for person in Person.objects.exclude(id_index=None):
        assert person.id_number.open() not in told
    for person in Person.objects.exclude(mobile_index=""):
        assert person.mobile.open() not in told


@pytest.mark.once
def test_every_new_member_leaves_one_fact_of_her_own(clerk):
    town.bring_all("zone-clean", clerk)
    told = Fact.objects.filter(what="members.admitted")
    assert told.count() == 203 and told.values("subject_key").distinct().count() == 203
    assert not told.filter(org_path="").exists()
