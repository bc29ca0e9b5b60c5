"""The chain of facts: what it numbers, what the database refuses, and what a verification notices."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from dangqun.kernel.facts import head, record, record_many, seal_waiting
from dangqun.kernel.facts.chain import START, Sealer, marker, of_fact, of_seal
from dangqun.kernel.facts.checking import Printed, verify
from dangqun.kernel.facts.guards import lifted
from dangqun.kernel.facts.keeping import remove_old_facts
from dangqun.kernel.facts.witness import Witness, file
from dangqun.kernel.models import Anchor, Fact, Seal
from dangqun.kernel.rules import RuleBroken

pytestmark = pytest.mark.django_db


def facts(count: int, what: str = "a.done") -> list[Fact]:
    """Record some facts about rows that need not exist."""
    return [
        record(what, Anchor(number=number), by=None, changes={"name": [None, f"第{number}"]}, why="试")
        for number in range(1, count + 1)
    ]


@pytest.fixture
def chained(db) -> list[Fact]:
    """Six facts, sealed."""
    made = facts(6)
    assert seal_waiting() == 6
    return made


def attack(statement: str, *given: object) -> None:
    """Change the database as somebody with SQL access would, past its guards."""
    with lifted(connection), connection.cursor() as cursor:
        cursor.execute(statement, given)


# --- sealing ------------------------------------------------------------------------------------------------
def test_recording_is_one_insert_and_takes_no_lock(django_assert_num_queries):
    with django_assert_num_queries(1):
        facts(1)
    assert not Seal.objects.exists()


def test_committed_facts_are_numbered_and_each_hash_follows_from_the_one_before(chained):
    hashed, held = START, list(Seal.objects.order_by("number"))
    assert [seal.number for seal in held] == [1, 2, 3, 4, 5, 6]
    for fact, seal in zip(chained, held, strict=True):
        hashed = hashlib.sha256(bytes.fromhex(hashed) + fact.text.encode()).hexdigest()
        assert (seal.fact_id, seal.hash) == (fact.pk, hashed)


def test_sealing_again_seals_only_what_is_new(chained, django_assert_num_queries):
    sealer = Sealer()
    assert sealer.seal() == 0
    with django_assert_num_queries(2):
        assert sealer.seal() == 0
    facts(1)
    assert sealer.seal() == 1 and head().number == 7


def test_a_fact_that_commits_after_a_later_one_is_sealed_too():
    sealer, (early, late) = Sealer(), facts(2)
    columns = {field.attname: getattr(early, field.attname) for field in Fact._meta.concrete_fields}
    with lifted(connection):
        Fact.objects.filter(pk=early.pk).delete()
    assert sealer.seal() == 1, "the first has not committed yet"
    Fact(**columns).save(force_insert=True)
    assert sealer.seal() == 1
    assert list(Seal.objects.order_by("number").values_list("fact_id", flat=True)) == [late.pk, early.pk]
    assert verify().holds


def test_facts_of_the_last_ten_minutes_are_looked_at_and_once_an_hour_all(monkeypatch):
    sealer = Sealer()
    assert sealer.seal() == 0
    early = timezone.now() - timedelta(minutes=11)
    with monkeypatch.context() as clock:
        clock.setattr("dangqun.kernel.facts.recording.timezone.now", lambda: early)
        facts(2)
    assert sealer.seal() == 0, "they took too long to commit"
    facts(1)
    assert sealer.seal() == 1
    sealer._look_all_at = 0.0
    assert sealer.seal() == 2


def test_more_facts_than_one_transaction_seals_are_all_sealed():
    record_many("a.done", [(Anchor(number=number), {}) for number in range(2500)], by=None)
    assert seal_waiting() == 2500
    assert verify().checked == 2500


def test_no_number_and_no_fact_is_sealed_twice(chained):
    held = {"at": timezone.now(), "hash": START, "mark": ""}
    for number, fact in ((6, 999_999), (7, chained[0].pk)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Seal(number=number, fact_id=fact, **held).save(force_insert=True)


def test_while_another_sealer_is_at_it_nothing_is_sealed(monkeypatch):
    facts(1)
    monkeypatch.setattr("dangqun.kernel.facts.chain._alone", lambda: False)
    assert seal_waiting() == 0
    monkeypatch.undo()
    assert seal_waiting() == 1


def test_the_head_reads_well_on_paper(chained):
    told = head()
    assert told.number == 6 and told.hash == Seal.objects.get(number=6).hash
    assert f"第 6 条 {timezone.localtime(told.at):%Y-%m-%d %H:%M} {told.hash[:4]} {told.hash[4:8]}" in str(
        told
    )
    assert len(told.code.replace(" ", "")) == 16


def test_an_empty_chain_has_a_head_and_holds():
    assert str(head()) == "审计链首 尚无封存" and verify().holds


# --- the database's word ------------------------------------------------------------------------------------
@pytest.mark.parametrize("table", ["kernel_fact", "kernel_seal", "kernel_anchor"])
@pytest.mark.parametrize("deed", ["UPDATE {} SET at = at", "DELETE FROM {}"])
def test_the_database_refuses_to_change_or_delete_what_is_kept(chained, table, deed):
    Anchor.objects.create(number=0, at=timezone.now(), hash=START, mark="")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(deed.format(table))
    assert Fact.objects.count() == Seal.objects.count() == 6


# --- verifying ----------------------------------------------------------------------------------------------
def test_a_whole_chain_holds_and_the_unsealed_are_told(chained):
    before = timezone.now()
    facts(2)
    verdict = verify()
    assert verdict.holds and (verdict.first, verdict.checked, verdict.head.number) == (1, 6, 6)
    assert verdict.unsealed == 2 and verdict.oldest_unsealed >= before
    assert verdict.told()["ok"] is True


def test_an_edited_text_is_named_with_its_number_and_time(chained):
    attack("UPDATE kernel_fact SET text = replace(text, '第3', '第4') WHERE id = %s", chained[2].pk)
    bad = verify().bad
    assert (bad.number, bad.at) == (3, chained[2].at)
    assert "正文被改过" in str(bad) and "第 3 条（" in str(bad)


@pytest.mark.parametrize(
    ("column", "value", "word"),
    [
        ("at", "2026-01-01 00:00:00+00:00", "时间"),
        ("actor_id", 99, "经办人编号"),
        ("actor_name", "别人", "经办人"),
        ("what", "a.other", "事项"),
        ("subject_kind", "x.y", "对象类别"),
        ("subject_key", "99", "对象编号"),
        ("org_path", "/9/", "组织"),
        ("mark", "0" * 32, "验证码"),
    ],
)
def test_a_column_that_says_something_else_than_the_text_is_named(chained, column, value, word):
    if connection.vendor == "sqlite" and column == "at":
        value = "2026-01-01 00:00:00"
    attack(f"UPDATE kernel_fact SET {column} = %s WHERE id = %s", value, chained[1].pk)
    bad = verify().bad
    assert bad.number == 2 and word in bad.wrong


def test_a_deleted_fact_is_named(chained):
    attack("DELETE FROM kernel_fact WHERE id = %s", chained[3].pk)
    bad = verify().bad
    assert bad.number == 4 and "被删掉" in bad.wrong


def test_a_fact_deleted_together_with_its_seal_is_named(chained):
    attack("DELETE FROM kernel_fact WHERE id = %s", chained[3].pk)
    attack("DELETE FROM kernel_seal WHERE number = 4")
    bad = verify().bad
    assert bad.number == 4 and "封存不在了" in bad.wrong


def test_a_deletion_with_new_numbers_for_the_rest_is_named(chained):
    attack("DELETE FROM kernel_fact WHERE id = %s", chained[3].pk)
    attack("DELETE FROM kernel_seal WHERE number = 4")
    for number in (5, 6):
        attack("UPDATE kernel_seal SET number = %s WHERE number = %s", number - 1, number)
    bad = verify().bad
    assert bad.number == 4 and "拿走过记录" in bad.wrong


def test_two_swapped_facts_are_named(chained):
    one, two = chained[1], chained[4]
    for fact, other in ((one, two), (two, one)):
        attack("UPDATE kernel_fact SET text = %s, mark = %s WHERE id = %s", other.text, other.mark, fact.pk)
    bad = verify().bad
    assert bad.number == 2 and "次序被调换" in bad.wrong


def test_two_swapped_seals_are_named(chained):
    for fact, number in ((-1, 2), (chained[1].pk, 5), (chained[4].pk, 2)):
        attack("UPDATE kernel_seal SET fact_id = %s WHERE number = %s", fact, number)
    assert verify().bad.number == 2


def test_a_chain_reckoned_anew_without_the_key_is_named_where_it_begins(chained):
    attack("UPDATE kernel_fact SET text = replace(text, '第3', '第4') WHERE id = %s", chained[2].pk)
    hashed = Seal.objects.get(number=2).hash
    for seal in Seal.objects.filter(number__gt=2).order_by("number"):
        text = Fact.objects.get(pk=seal.fact_id).text
        hashed = hashlib.sha256(bytes.fromhex(hashed) + text.encode()).hexdigest()
        attack("UPDATE kernel_seal SET hash = %s WHERE number = %s", hashed, seal.number)
    bad = verify().bad
    assert bad.number == 3 and "重新算过" in bad.wrong


def test_an_inserted_fact_never_gets_a_seal_and_is_named(chained):
    text = chained[0].text.replace("第1", "第9")
    Fact.objects.create(at=timezone.now(), what="a.done", subject_kind="x", subject_key="1", text=text)
    assert seal_waiting() == 0 and facts(1) and seal_waiting() == 1, "it stops nobody else's seal"
    verdict = verify()
    assert verdict.unsealed == 1 and "不是平台写下的" in str(verdict.bad)


def test_a_copy_of_a_fact_put_in_later_is_named(chained):
    old = timezone.now() - timedelta(hours=2)
    with_time = chained[0].text.replace(chained[0].at.isoformat(timespec="microseconds"), _iso(old))
    columns = {"what": "a.done", "subject_kind": "kernel.anchor", "subject_key": "1", "at": old}
    columns |= {"text": with_time, "mark": marker()(of_fact(with_time))}
    Fact.objects.create(**columns)
    seal_waiting()
    assert verify().holds and verify().backwards == 1 and verify().first_backwards == 7
    Fact.objects.create(**columns)
    facts(1)
    seal_waiting()
    Fact.objects.create(**columns)
    seal_waiting()
    bad = verify().bad
    assert bad.number in (7, 8) and "复制" in bad.wrong


def test_a_seal_put_in_for_an_inserted_fact_is_named(chained):
    text = "{}"
    fact = Fact.objects.create(at=timezone.now(), what="a", subject_kind="x", subject_key="1", text=text)
    last = Seal.objects.get(number=6)
    hashed = hashlib.sha256(bytes.fromhex(last.hash) + text.encode()).hexdigest()
    Seal.objects.create(number=7, fact_id=fact.pk, at=timezone.now(), hash=hashed, mark="f" * 32)
    bad = verify().bad
    assert bad.number == 7 and "不是平台写的" in bad.wrong


# --- heads on paper, and the witness ------------------------------------------------------------------------
def test_a_head_on_paper_fits_its_chain_and_no_other(chained):
    facts(3)
    seal_waiting()
    code = Seal.objects.get(number=6).hash[:16]
    assert verify(printed=Printed.read(f"6:{code}")).holds
    assert verify(printed=Printed.read(f"6:{code[:4]} {code[4:8].upper()}")).holds
    bad = verify(printed=Printed.read(f"6:{'0' * 16}")).bad
    assert bad.number == 6 and "纸上" in bad.wrong
    bad = verify(printed=Printed.read(f"12:{code}")).bad
    assert bad.number == 12 and "只到第 9 条" in bad.wrong


@pytest.mark.parametrize("nonsense", ["", "6", "6:xyz", "6:12", ":1a2b3c4d", "x:1a2b3c4d", "-1:1a2b3c4d"])
def test_nonsense_is_no_head(nonsense):
    with pytest.raises(RuleBroken, match="链首写成"):
        Printed.read(nonsense)


def test_cutting_off_the_newest_part_is_noticed_and_stays_noticed(chained, own_data_of_facts):
    facts(2)
    witness = Witness()
    assert witness.seal() == 2 and file().exists()
    assert verify().holds
    attack("DELETE FROM kernel_fact WHERE id IN (SELECT fact_id FROM kernel_seal WHERE number > 6)")
    attack("DELETE FROM kernel_seal WHERE number > 6")
    assert "最新的一段被删掉了" in str(verify().bad)
    facts(1)
    assert witness.seal() == 1
    assert "链码和数据文件夹里记着的不同" in verify().bad.wrong or "最新的一段" in verify().bad.wrong
    facts(3)
    witness.seal()
    assert verify().bad.wrong.startswith("第 8 条的链码")
    file().unlink()
    assert verify().holds


def test_a_witness_that_cannot_be_read_breaks_nothing(chained, own_data_of_facts):
    file().write_text("{")
    assert verify().holds


# --- keeping ------------------------------------------------------------------------------------------------
def test_after_400_days_the_oldest_go_and_the_rest_still_verifies(chained):
    facts(3)
    seal_waiting()
    _age(4, days=402)
    assert verify().holds and remove_old_facts() == 4
    assert (Anchor.objects.get().number, Fact.objects.filter(what="a.done").count()) == (4, 5)
    seal_waiting()
    verdict = verify()
    assert verdict.holds and (verdict.first, verdict.checked, verdict.head.number) == (5, 6, 10)
    told = Fact.objects.get(what="kernel.facts_removed")
    assert '"number":[1,4]' in told.text and Seal.objects.get(fact_id=told.pk).number == 10
    assert remove_old_facts() == 0
    assert "保存期限" in verify(printed=Printed.read("3:0123456789abcdef")).bad.wrong
    assert verify(printed=Printed.read(f"4:{Anchor.objects.get().hash[:16]}")).holds


def test_what_is_younger_stays(chained, settings):
    _age(4, days=399)
    assert remove_old_facts() == 0 and Fact.objects.count() == 6
    settings.AUDIT_DAYS = 183
    assert remove_old_facts() == 4


def test_everything_may_go_and_numbers_go_on(chained):
    _age(6, days=500)
    assert remove_old_facts() == 6 and head().number == 6
    seal_waiting()
    assert verify().holds and head().number == 7


def test_what_does_not_verify_is_evidence_and_stays(chained):
    _age(4, days=402)
    attack("UPDATE kernel_fact SET actor_name = 'x' WHERE id = %s", chained[2].pk)
    assert remove_old_facts() == 0 and Fact.objects.count() == 6


def test_a_beginning_cut_off_by_hand_is_noticed(chained):
    held = Seal.objects.get(number=3)
    Anchor.objects.create(number=3, at=timezone.now(), hash=held.hash, mark="0" * 32)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM kernel_fact WHERE id <= %s", [held.fact_id])
        cursor.execute("DELETE FROM kernel_seal WHERE number <= 3")
    bad = verify().bad
    assert bad.number == 3 and "不是按保存期限移出的" in bad.wrong


@pytest.fixture
def own_data_of_facts(own_data, db):
    """A data folder of the test's own; facts of another key ring are marked anew."""
    for fact in Fact.objects.order_by("pk"):
        attack("UPDATE kernel_fact SET mark = %s WHERE id = %s", marker()(of_fact(fact.text)), fact.pk)
    _mark_seals_anew()


def _age(count: int, *, days: int) -> None:
    """Let the first seals be so old, marked as the platform would have."""
    at = timezone.now() - timedelta(days=days)
    with lifted(connection):
        Seal.objects.filter(number__lte=count).update(at=at)
    _mark_seals_anew()


def _mark_seals_anew() -> None:
    for seal in Seal.objects.all():
        mark = marker()(of_seal(seal.number, seal.fact_id, _iso(seal.at), seal.hash))
        attack("UPDATE kernel_seal SET mark = %s WHERE number = %s", mark, seal.number)


def _iso(at):
    return at.isoformat(timespec="microseconds")
