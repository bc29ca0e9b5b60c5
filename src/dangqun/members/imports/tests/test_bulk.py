"""Rows in bulk (kernel.bulk), on the rows of a roster: what Django's own bulk insert keeps, this one keeps, on both databases."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from dangqun.kernel.bulk import insert, insert_rows
from dangqun.kernel.crypto import Sealed, Tampered
from dangqun.kernel.facts import record, record_many
from dangqun.kernel.models import Fact
from dangqun.members.models import Membership, Person
from dangqun.orgs import rules as orgs
from dangqun.orgs.models import Org


@pytest.fixture
def place(db):
    return orgs.open_org(Org.Kind.COMMITTEE, "开发区综合党委", under=None, by=None)


def people(place, count, **facts):
    return [Person(name=f"甲{n}", org=place, **facts) for n in range(count)]


def fact(**other):
    return {"at": timezone.now(), "what": "a", "subject_kind": "b", "subject_key": "c", "text": "{}"} | other


def test_instances_get_keys_of_their_own_and_read_back_as_they_were(place):
    made = people(place, 3, born_on=date(1980, 2, 29), uses_phone=False, mobile="19900000001")
    insert(made)
    held = list(Person.objects.filter(name__startswith="甲").order_by("name"))
    assert [person.pk for person in held] == [person.pk for person in made]
    assert [type(person.uid) for person in held] == [UUID] * 3
    first, again = made[0], held[0]
    for field in Person._meta.concrete_fields:
        mine, theirs = getattr(first, field.attname), getattr(again, field.attname)
        if isinstance(mine, Sealed):
            mine, theirs = mine.open(), theirs.open()
        assert mine == theirs, field.name
    again.name = "乙"
    first.refresh_from_db()
    first.save()
    assert Person.objects.filter(org=place).count() == 3, (
        "an inserted instance is saved over, not added again"
    )


def test_rows_inserted_afterwards_by_django_do_not_meet_the_reserved_keys(place):
    insert(people(place, 5))
    later = Person.objects.create(name="后来", org=place)
    insert(people(place, 2))
    assert Person.objects.filter(pk=later.pk).count() == 1 and Person.objects.filter(org=place).count() == 8


def test_a_ciphertext_stays_bound_to_its_row(place):
    made = people(place, 2, mobile="19900000001")
    insert(made)
    first, second = (
        Person.objects.filter(pk=person.pk).values_list("uid", flat=True).get() for person in made
    )
    assert first != second
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE members_person SET mobile = (SELECT mobile FROM members_person WHERE id = %s) WHERE id = %s",
            [made[0].pk, made[1].pk],
        )
    assert Person.objects.get(pk=made[0].pk).mobile.open() == "19900000001"
    with pytest.raises(Tampered):
        Person.objects.get(pk=made[1].pk).mobile.open()


def test_a_unique_constraint_refuses_the_whole_batch(place):
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(people(place, 2, id_index="0" * 64))
    assert not Person.objects.filter(org=place).exists()


def test_a_check_constraint_refuses_the_whole_batch(place):
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(people(place, 2, joined_on=date(2010, 1, 1), full_on=date(2009, 1, 1)))
    assert not Person.objects.filter(org=place).exists()


def test_a_row_that_names_nobody_is_refused_by_the_foreign_key(place):
    began = [{"person_id": 987_654, "branch_id": place.pk, "state": "full", "starts_on": None}]
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(Membership, began)
        connection.check_constraints()
    assert not Membership.objects.exists()


def test_a_value_that_may_not_be_null_is_refused(place):
    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        insert_rows(Fact, [fact(what=None)])


def test_columns_left_out_take_their_default_and_hard_text_comes_back_unchanged(place):
    text = '逗号,\t制表\\反斜线\\N\n\r"引号"\'=1+1 𠮷 \\.'
    insert_rows(Fact, [fact(text=text), fact(text="{}")])
    held = Fact.objects.get(text=text)
    assert (held.actor_id, held.actor_name, held.org_path) == (None, "", "")


@pytest.mark.parametrize("rows", [[fact(), fact(actor_id=7)], [fact(nonsense=7)]])
def test_rows_whose_values_would_get_lost_are_refused(place, rows):
    before = Fact.objects.count()
    with pytest.raises(ValueError, match="Fact"):
        insert_rows(Fact, rows)
    assert Fact.objects.count() == before


def test_nothing_to_insert_asks_nothing_of_the_database(place, django_assert_num_queries):
    with django_assert_num_queries(0):
        insert([])
        insert_rows(Fact, [])


@pytest.mark.django_db(transaction=True)
def test_rows_in_bulk_outside_a_transaction_are_refused():
    with pytest.raises(TransactionManagementError):
        insert_rows(Fact, [fact()])
    assert not Fact.objects.exists()


def test_a_thousand_rows_take_as_many_queries_as_three(place, django_assert_max_num_queries):
    for count in (3, 1000):
        with django_assert_max_num_queries(2):
            insert(people(place, count))


def test_facts_in_bulk_read_like_facts_one_by_one(place):
    person = people(place, 1)[0]
    insert([person])
    changes = {"name": [None, "甲0"], "born_on": [None, date(1980, 1, 2)]}
    record("a.done", person, by=None, changes=changes, why="导入")
    assert record_many("a.done", [(person, changes)], by=None, why="导入") == 1
    one, many = Fact.objects.filter(what="a.done").order_by("pk")
    assert many.text.replace(many.at.isoformat(timespec="microseconds"), "") == one.text.replace(
        one.at.isoformat(timespec="microseconds"), ""
    )
    assert (one.org_path, one.subject_key) == (many.org_path, many.subject_key)
