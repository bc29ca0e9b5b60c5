"""Every kind of fact has its words, and no words are left over. Read from the source, so that tomorrow's fact is in it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps

from dangqun.audit.wording import KINDS, ROOMS, field_word, grouped, kind_word, value_word
from dangqun.kernel.facts import words
from dangqun.kernel.facts.wording import catalogue, reads, why_in_words

pytestmark = pytest.mark.once

SRC = Path(__file__).resolve().parent.parent.parent
WHAT = re.compile(rf"({'|'.join(ROOMS)})\.[a-z_]+")
RECORDS = {"record", "record_many"}


@cache
def sources() -> dict[str, ast.Module]:
    """Return every module of the product, but tests, migrations and the words themselves."""
    files = [file for file in SRC.rglob("*.py") if not {"tests", "migrations"} & set(file.parts)]
    return {
        str(file.relative_to(SRC)): ast.parse(file.read_text("utf-8"))
        for file in files
        if file.name != "facts.py"
    }


def name_of(call: ast.Call) -> str:
    """Return the name that is called."""
    return getattr(call.func, "attr", None) or getattr(call.func, "id", "")


def literals(node: ast.AST) -> Iterator[str]:
    """Yield every kind of fact that is written out within a node; an f-string gives its beginning and a star."""
    for each in ast.walk(node):
        if isinstance(each, ast.JoinedStr) and isinstance(each.values[0], ast.Constant):
            yield f"{each.values[0].value}*"
        elif isinstance(each, ast.Constant) and isinstance(each.value, str) and WHAT.fullmatch(each.value):
            yield each.value


def recorded(trees: dict[str, ast.Module]) -> set[str]:
    """Return the kinds of facts that are recorded: what is passed to `record`, and to functions that pass it on."""
    found, passing = set(), set(RECORDS)
    for function in (node for tree in trees.values() for node in ast.walk(tree)):
        if isinstance(function, ast.FunctionDef) and "what" in {each.arg for each in function.args.args}:
            calls = {name_of(each) for each in ast.walk(function) if isinstance(each, ast.Call)}
            passing |= {function.name} if calls & RECORDS else set()
    for tree in trees.values():
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and name_of(call) in passing:
                told = [
                    kind
                    for each in (*call.args[:4], *(word.value for word in call.keywords))
                    for kind in literals(each)
                ]
                found |= set(told)
                if not told and name_of(call) in RECORDS:  # a table of the module: FACTS[outcome]
                    named = (node for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign))
                    tables = (node.value for node in named if node.value)
                    found |= {kind for table in tables for kind in literals(table)}
    return found


def test_kinds_of_facts_are_found_wherever_they_are_written():
    told = """
TABLE = {1: "orgs.one"}
def note(what, x): record(what, x)
def a(x, n): note("orgs.two", x); record("orgs.three" if x else "orgs.four", x); record(f"tasks.{n}", x); record(TABLE[n], x)
"""
    wanted = {"orgs.one", "orgs.two", "orgs.three", "orgs.four", "tasks.*"}
    assert recorded({"a.py": ast.parse(told)}) == wanted


def test_every_kind_of_fact_has_its_words():
    found = {kind for kind in recorded(sources()) if not kind.endswith("*")}
    assert len(found) > 80
    assert found - set(catalogue()) == set()


def test_all_words_are_used():
    found = recorded(sources())
    starts = tuple(kind[:-1] for kind in found if kind.endswith("*") and kind != "*")
    assert {what for what in catalogue() if what not in found and not what.startswith(starts)} == set()


def test_words_are_chinese_and_stand_in_a_room_of_the_list():
    for what, told in catalogue().items():
        assert any("\u4e00" <= sign <= "\u9fff" for sign in told) and "！" not in told, what
        assert what.partition(".")[0] in ROOMS, what
    assert sum(len(kinds) for _, _, kinds in grouped()) == len(catalogue())
    assert words("members.moved") == "区内转接组织关系" and words("no.such") == "no.such"


def test_reads_are_kinds_that_exist():
    assert reads() - set(catalogue()) == set() and {"members.revealed", "audit.exported"} <= reads()


def test_kinds_of_records_have_words_and_exist():
    ours = {model._meta.label_lower for model in apps.get_models()}
    assert set(KINDS) - ours == set()


def test_fields_and_values_speak_chinese():
    assert (
        field_word("members.person", "position") == "工作岗位"
        and field_word("members.person", "state") == "类别"
    )
    assert field_word("no.such", "unknown") == "unknown" and kind_word("members.person") == "人员"
    assert (value_word("state", "full"), value_word("roles", ["member", "secretary"])) == (
        "正式党员",
        "党员、支部书记",
    )
    assert (value_word("x", None), value_word("x", []), value_word("x", True)) == ("无", "无", "是")
    chosen = {"orgs": [3, 4], "people": [7, 8], "posts": ["secretary"], "whole": None}
    told = value_word("audience", chosen, {("orgs", 3): "连城园区"})
    assert told == "组织 连城园区、4 号，点名 2 人，哪些人 支部书记"
    assert why_in_words("not me") == "本人说“这不是我”" and why_in_words("对照原件") == "对照原件"


def test_states_receivers_and_moments_are_told_as_the_screens_tell_them():
    assert value_word("state", "doing") == "办理中"
    assert value_word("posts", ["member", "secretary"]) == "党员、支部书记"
    assert value_word("deadline", "2026-11-30T16:00:00+00:00") == "2026-12-01 00:00"
    assert field_word("members.person", "mobile") == "手机号码"
