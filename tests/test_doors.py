"""What the source must not hold: rows reached beside the door, writes in views, rules that record nothing, forbidden words.

Read from the syntax tree, so that a new file is in it tomorrow; each check is shown a wrong text first.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.urls import get_resolver

from dangqun.config.checks import all_patterns

SRC = Path(__file__).resolve().parent.parent / "src" / "dangqun"
DOORS = ("views", "forms", "api", "live", "sheets")
MANAGERS = {"objects", "_default_manager", "_base_manager"}
WRITES = {
    "save", "delete", "update", "create", "bulk_create", "bulk_update", "get_or_create", "update_or_create", "aupdate",
    "asave", "adelete", "acreate", "raw", "execute",
}  # fmt: skip
# Counters of failed tries and the time a device was last used are no changes of anything that is kept.
UNRECORDED = {
    "accounts/throttle.py:_take",
    "accounts/throttle.py:_counted",
    "accounts/throttle.py:forget_tries",
}
PLAIN = {"accounts/rules.py:keep_alive", "accounts/throttle.py:forget_old_tries"}
FORBIDDEN = re.compile(
    r"points?_|_points?$|score|ranking|leaderboard|check_?in|attendance_photo|study_minutes|login_count"
    r"|read_at|opened_by|seen_by|viewed|online_time|last_login_place|streak|badge"
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


# --- rows and writes ---------------------------------------------------------------------------------------
def modules(*names: str) -> Iterator[tuple[str, ast.Module]]:
    """Yield the modules of the features' doors, or of any other kind, by place."""
    for file in sorted(SRC.rglob("*.py")):
        parts = file.relative_to(SRC).with_suffix("").parts
        if {"tests", "migrations", "kernel"} & set(parts):
            continue
        if any(part == name or part.endswith(f"_{name}") for part in parts for name in names):
            yield str(file.relative_to(SRC)), ast.parse(file.read_text(encoding="utf-8"))


def beside_the_door(tree: ast.AST) -> list[int]:
    """Return the lines that reach rows without an actor; `objects.none()` reaches none and declares a type."""
    empty = {
        id(node.func.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "none"
    }
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in MANAGERS and id(node) not in empty
    ]


def writes(tree: ast.AST) -> list[int]:
    """Return the lines that call something that writes."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES
    ]


def test_views_forms_api_live_and_sheets_reach_rows_only_through_the_door():
    assert beside_the_door(ast.parse("x = Person.objects.get(pk=1)")) == [1]
    assert beside_the_door(ast.parse("x = Person._default_manager.all()")) == [1]
    assert beside_the_door(ast.parse("x = ModelChoiceField(Org.objects.none())")) == []
    doors = dict(modules(*DOORS))
    assert len(doors) > 10
    assert {place: lines for place, tree in doors.items() if (lines := beside_the_door(tree))} == {}


def test_views_forms_api_live_and_sheets_write_nothing():
    assert writes(ast.parse("Case.objects.create(x=1)\nrow.save()")) == [1, 2]
    assert writes(ast.parse("rules.lend(copy, by=user)")) == []
    assert {place: lines for place, tree in modules(*DOORS) if (lines := writes(tree))} == {}


# --- rules record ------------------------------------------------------------------------------------------
def functions(tree: ast.Module) -> Iterator[Function]:
    """Yield the functions of a module."""
    return (node for node in tree.body if isinstance(node, Function))


def called(function: Function) -> set[str]:
    """Return the names that a function calls, also through a module: `rules.sign(…)` → sign."""
    calls = (node.func for node in ast.walk(function) if isinstance(node, ast.Call))
    return {getattr(call, "attr", None) or getattr(call, "id", "") for call in calls}


def is_verb(function: Function) -> bool:
    """Whether a function is decorated as a rule."""
    return any(getattr(each, "id", "") == "verb" for each in function.decorator_list)


def silent(sources: dict[str, ast.Module]) -> set[str]:
    """Return the verbs from which no chain of calls leads to `record`."""
    calls: dict[str, set[str]] = {}
    for tree in sources.values():
        for function in functions(tree):
            calls.setdefault(function.name, set()).update(called(function))
    telling = {"record", "record_many"}
    while True:
        more = {name for name, names in calls.items() if names & telling} - telling
        if not more:
            break
        telling |= more
    return {
        f"{place}:{function.name}"
        for place, tree in sources.items()
        for function in functions(tree)
        if is_verb(function) and function.name not in telling
    }


def unguarded(sources: dict[str, ast.Module]) -> set[str]:
    """Return the public functions that write without being a verb."""
    return {
        f"{place}:{function.name}"
        for place, tree in sources.items()
        for function in functions(tree)
        if not function.name.startswith("_") and not is_verb(function) and writes(function)
    }


def sources() -> dict[str, ast.Module]:
    """Return every module of the features that holds a verb."""
    found = {}
    for file in sorted(SRC.rglob("*.py")):
        place = file.relative_to(SRC)
        if not {"tests", "migrations", "kernel"} & set(place.parts):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            if any(is_verb(function) for function in functions(tree)):
                found[str(place)] = tree
    return found


def test_every_rule_records_a_fact_or_calls_one_that_does():
    wrong = ast.parse("@verb\ndef lend(x):\n    x.save()\n")
    right = ast.parse("@verb\ndef lend(x):\n    _note(x)\n\ndef _note(x):\n    record('lent', x)\n")
    assert silent({"a.py": wrong}) == {"a.py:lend"} and silent({"a.py": right}) == set()
    found = sources()
    assert len(found) > 8
    assert silent(found) - UNRECORDED == set()


def test_whatever_writes_beside_a_rule_is_private_to_one():
    wrong = ast.parse("def lend(x):\n    x.save()\n")
    assert unguarded({"a.py": wrong}) == {"a.py:lend"}
    assert unguarded(sources()) - PLAIN == set()


# --- what must not exist (domain.md §3) --------------------------------------------------------------------
def forbidden(names: list[str]) -> list[str]:
    """Return the names that speak of points, check-ins, rankings, reading or online time."""
    return [name for name in names if FORBIDDEN.search(name.lower())]


def test_no_model_field_or_url_is_for_points_check_ins_rankings_or_reading():
    wrong = ["member.study_minutes", "person.total_points", "notice.read_at", "check-in/", "org.ranking"]
    assert len(forbidden([name.replace("-", "_") for name in wrong])) == len(wrong)
    ours = [model for model in apps.get_models() if model.__module__.startswith("dangqun")]
    names = [f"{model._meta.label}.{field.name}" for model in ours for field in model._meta.get_fields()]
    names += [str(pattern.pattern).replace("-", "_") for pattern in all_patterns(get_resolver())]
    names = [name for name in names if "contact_point" not in name and "ContactPoint" not in name]  # 联系点
    assert len(names) > 150
    assert forbidden(names) == []
