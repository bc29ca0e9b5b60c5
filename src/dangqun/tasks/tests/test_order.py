"""待接收 → 办理中 → 已反馈 → 已办结 or 已退回 → 办理中: no other order, whoever tries what, and of two at once one."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from dangqun.kernel.facts import Fact
from dangqun.kernel.rules import RuleBroken
from dangqun.tasks import rules
from dangqun.tasks.models import MOVES, Assignment, Step
from dangqun.tasks.tests.town import accepted, answered, at, draft, issued

pytestmark = pytest.mark.django_db
S = Assignment.State
LAW = {
    ("waiting", "accept"): "doing",
    ("doing", "accept"): "doing",
    ("returned", "accept"): "doing",
    ("doing", "answer"): "answered",
    ("answered", "settle"): "settled",
    ("answered", "send_back"): "returned",
}


def do(verb, held, world):
    branch, office = world.user["secretary"], world.user["office"]
    if verb == "accept":
        return rules.accept(held, by=branch)
    if verb == "answer":
        return rules.answer(held, by=branch)
    if verb == "done":
        return rules.done(held, by=branch)
    if verb == "settle":
        return rules.settle([held], by=office)
    return rules.send_back(held, why="请写明处数", by=office)


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.sampled_from(("accept", "answer", "done", "settle", "send_back")), max_size=9), st.booleans()
)
def test_any_sequence_of_taps_leads_only_where_the_law_leads(town, taps, own_word):
    with transaction.atomic():
        wants = {"wants": "none", "own_word": own_word}
        task, state, moved = issued(town, only="甲", **wants), "waiting", 0
        law = LAW | ({("doing", "done"): "settled"} if own_word else {})
        for verb in taps:
            expected = law.get((state, verb))
            if expected is None:
                with pytest.raises(RuleBroken):
                    do(verb, at(task, town), town)
            else:
                do(verb, at(task, town), town)
                moved += expected != state
            state = expected or state
            held = at(task, town)
            assert (held.state, held.turn, held.steps.count()) == (state, moved, moved)
        transaction.set_rollback(True)


@pytest.mark.parametrize("kind", [*MOVES, "handed_over"])
def test_the_database_itself_refuses_every_other_step(town, kind):
    lawful = {MOVES[kind]} if kind in MOVES else {(str(state), str(state)) for state in S}
    held = at(issued(town, only="甲"), town)
    pairs = [(str(before), str(after)) for before in S for after in S]
    told = {"assignment": held, "number": 1, "kind": kind, "at": timezone.now()}
    for before, after in pairs:
        if (before, after) in {(str(a), str(b)) for a, b in lawful}:
            with transaction.atomic():
                Step.objects.create(before=before, after=after, **told)
                transaction.set_rollback(True)
        else:
            with pytest.raises(IntegrityError, match="step_in_lawful_order"), transaction.atomic():
                Step.objects.create(before=before, after=after, **told)


def test_the_database_refuses_a_settled_one_without_who_and_when_and_a_return_without_reason(town):
    held = at(issued(town, only="甲"), town)
    rows = Assignment.objects.filter(pk=held.pk)
    for wrong in (
        {"state": "settled"},
        {"state": "returned", "answered_at": timezone.now()},
        {"state": "answered"},
        {"state": "lost"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**wrong)


def test_of_two_who_act_on_the_same_state_one_does_and_the_other_is_told(town):
    task = issued(town, only="甲")
    held = answered(task, town)
    one, two = at(task, town), at(task, town)
    rules.settle([one], by=town.user["office"])
    with pytest.raises(RuleBroken, match="已经办结"):
        rules.send_back(two, why="再补", by=town.user["office"])
    assert at(task, town).state == "settled"
    assert Step.objects.filter(assignment=held, kind="sent_back").count() == 0


def test_two_steps_with_one_number_are_refused_by_the_database(town):
    held = accepted(issued(town, only="甲"), town)
    twin = Step(
        assignment=held, number=held.turn, kind="reminded", before="doing", after="doing", at=timezone.now()
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save()


def test_a_second_tap_on_接收_changes_nothing(town):
    task = issued(town, only="甲")
    accepted(task, town)
    accepted(task, town)
    assert at(task, town).turn == 1


@pytest.mark.parametrize(
    ("wants", "sentence"), [("text", "写几句"), ("file", "传一个文件"), ("either", "写几句，或者传")]
)
def test_an_answer_without_what_was_wanted_is_refused_with_a_sentence(town, wants, sentence):
    held = accepted(issued(town, only="甲", wants=wants), town)
    with pytest.raises(RuleBroken, match=sentence):
        rules.answer(held, by=town.user["secretary"])
    assert at(held.task, town).state == "doing"


@pytest.mark.parametrize("wants", ["file", "either"])
def test_a_file_is_enough_where_one_is_wanted_and_need_be_no_photo(town, wants):
    held = accepted(issued(town, only="甲", wants=wants), town)
    rules.enclose(held, "自查表.txt", "十二处".encode(), by=town.user["secretary"])
    rules.answer(held, by=town.user["secretary"])
    assert at(held.task, town).state == "answered"


def test_where_the_issuer_chose_so_the_branch_settles_by_its_own_word_and_nowhere_else(town):
    free = accepted(issued(town, only="甲", wants="none", own_word=True), town)
    rules.done(free, by=town.user["secretary"])
    assert at(free.task, town).settled_by == town.user["secretary"]
    bound = accepted(issued(town, only="甲", wants="none"), town)
    with pytest.raises(RuleBroken, match="由交办单位办结"):
        rules.done(bound, by=town.user["secretary"])


def test_what_wants_an_answer_is_never_settled_by_the_branch_alone(town):
    assert draft(town, wants="text", own_word=True).own_word is False


def test_a_returned_answer_lies_ready_to_be_bettered_and_the_old_one_stays_in_the_history(town):
    task = issued(town, only="甲")
    held = answered(task, town, text="都好")
    rules.send_back(held, why="请写明处数", by=town.user["office"])
    back = accepted(task, town)
    assert (back.state, back.kept_words) == ("doing", "都好")
    rules.keep_answer(back, "12 处，已整改", by=town.user["secretary"])
    rules.answer(back, by=town.user["secretary"])
    said = [step.words for step in at(task, town).steps.all() if step.words]
    assert said == ["12 处，已整改", "都好"] and at(task, town).words == "12 处，已整改"
    assert list(at(task, town).steps.values_list("kind", flat=True)) == [
        "answered",
        "resumed",
        "sent_back",
        "answered",
        "accepted",
    ]


def test_the_answer_lies_encrypted_and_no_fact_tells_it(town):
    held = answered(issued(town, only="甲"), town, text="吊装口未封闭")
    raw = Assignment.objects.filter(pk=held.pk).values_list("answer", flat=True)[0]
    assert "吊装口".encode() not in bytes(raw)
    assert not [fact for fact in Fact.objects.filter(what__startswith="tasks.") if "吊装口" in fact.text]


def test_every_step_is_recorded_with_its_reason_and_its_branch(town):
    task = issued(town, only="甲")
    held = answered(task, town)
    rules.send_back(held, why="请写明处数", by=town.user["office"])
    told = Fact.objects.filter(subject_kind="tasks.assignment", subject_key=str(held.pk)).order_by("pk")
    assert [fact.what for fact in told] == [
        "tasks.accepted",
        "tasks.kept",
        "tasks.answered",
        "tasks.sent_back",
    ]
    assert "请写明处数" in told.last().text and {fact.org_path for fact in told} == {town.branches["甲"].path}
