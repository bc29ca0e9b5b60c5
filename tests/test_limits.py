"""Limits a machine holds (house.md §6): small files, small functions, few arguments, told types, told meaning.

Each measure is shown something too large first, so that it is known to see.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.once
ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src" / "dangqun"
FILE, FUNCTION, MOST_FUNCTIONS, VIEW, TEMPLATE, ARGUMENTS = 400, 50, 25, 25, 200, 5
MODULE, STYLES = 80, 2000

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Deed:
    """A function of the product: where it stands, its node, and whether it is public and a method."""

    place: str
    node: Function
    public: bool
    method: bool

    @property
    def length(self) -> int:
        """Lines without decorators."""
        return (self.node.end_lineno or 0) - self.node.lineno + 1

    @property
    def arguments(self) -> int:
        """Arguments after self; in a rule `by`, in a block tag `content` stand where self would."""
        held = self.node.args
        names = [each.arg for each in (*held.posonlyargs, *held.args, *held.kwonlyargs)]
        return len(names) - (self.method or bool({"by", "content"} & set(names)))

    @property
    def bare(self) -> list[str]:
        """What is not annotated."""
        held = self.node.args
        named = [*held.posonlyargs, *held.args, *held.kwonlyargs, *filter(None, (held.vararg, held.kwarg))]
        unsaid = [each.arg for each in named[self.method :] if each.annotation is None]
        return unsaid if self.node.returns else [*unsaid, "return"]


def deeds(text: str, place: str = "") -> Iterator[Deed]:
    """Yield the functions of a text and the methods of its classes; functions within functions belong to theirs."""
    yield from _deeds(ast.parse(text), place, True, False)


def _deeds(node: ast.AST, place: str, public: bool, within: bool) -> Iterator[Deed]:
    for each in ast.iter_child_nodes(node):
        if isinstance(each, Function):
            static = any(getattr(d, "id", "") == "staticmethod" for d in each.decorator_list)
            seen = public and not each.name.startswith("_")
            yield Deed(f"{place}:{each.name}", each, seen, within and not static)
        elif isinstance(each, ast.ClassDef):
            yield from _deeds(each, f"{place}:{each.name}", public and not each.name.startswith("_"), True)


def modules() -> Iterator[tuple[str, str]]:
    """Yield place and text of every module of the product and of its tools, without tests and migrations."""
    for folder in (SRC, ROOT / "tools", ROOT / "bench"):
        for file in sorted(folder.rglob("*.py")):
            if not {"tests", "migrations"} & set(file.parts):
                yield str(file.relative_to(ROOT)), file.read_text(encoding="utf-8")


def everything() -> list[Deed]:
    """Return every function of the product."""
    return [deed for place, text in modules() for deed in deeds(text, place)]


def too_long(lines: dict[str, int], most: int) -> dict[str, int]:
    """Return what has more lines than it may have."""
    return {place: length for place, length in lines.items() if length > most}


def lines_of(*patterns: str) -> dict[str, int]:
    """Return the number of lines of files under the project, by place."""
    files = (file for pattern in patterns for file in ROOT.glob(pattern) if file.is_file())
    return {str(file.relative_to(ROOT)): file.read_text(encoding="utf-8").count("\n") for file in files}


LONG = "def rule(one: int) -> int:\n" + "    one += 1\n" * 60 + "    return one\n"
WIDE = "class Hand:\n    def give(self, a, b, c, d, e, f):\n        return a\n"


def test_no_file_is_longer_than_400_lines():
    python = lines_of("src/**/*.py", "tests/*.py", "bench/*.py", "tools/*.py", "conftest.py")
    assert len(python) > 100 and too_long({"a": 401}, FILE)
    assert too_long({place: n for place, n in python.items() if "migrations" not in place}, FILE) == {}


def test_no_function_is_longer_than_50_lines_and_19_of_20_not_than_25():
    assert next(deeds(LONG)).length > FUNCTION
    lengths = {deed.place: deed.length for deed in everything()}
    assert too_long(lengths, FUNCTION) == {}
    assert sorted(lengths.values())[int(len(lengths) * 0.95)] <= MOST_FUNCTIONS


def test_no_view_is_longer_than_25_lines():
    assert too_long({deed.place: deed.length for deed in deeds(LONG)}, VIEW)
    views = {
        deed.place: deed.length
        for deed in everything()
        if "views" in deed.place and deed.node.args.args and deed.node.args.args[0].arg == "request"
    }
    assert len(views) > 30
    assert too_long(views, VIEW) == {}


def test_no_template_is_longer_than_200_lines():
    templates = lines_of("src/**/templates/**/*.html")
    assert len(templates) > 40 and too_long({"a": 201}, TEMPLATE)
    assert too_long(templates, TEMPLATE) == {}


def test_no_function_takes_more_than_5_arguments_after_self():
    assert next(deeds(WIDE)).arguments == 6
    commands = "src/dangqun/config/commands/"  # options of a command arrive as arguments
    wide = {deed.place: deed.arguments for deed in everything() if not deed.place.startswith(commands)}
    assert too_long(wide, ARGUMENTS) == {}


def test_every_public_function_says_its_types():
    assert next(deeds(WIDE)).bare == ["a", "b", "c", "d", "e", "f", "return"]
    assert {deed.place: deed.bare for deed in everything() if deed.public and deed.bare} == {}


def test_every_module_and_every_public_function_says_what_it_is():
    assert ast.get_docstring(next(deeds(WIDE)).node) is None
    silent = [deed.place for deed in everything() if deed.public and not ast.get_docstring(deed.node)]
    silent += [place for place, text in modules() if not _told(place, text)]
    assert silent == []


def _told(place: str, text: str) -> bool:
    """An empty module and apps.py, which Django names, need no sentence."""
    return not text.strip() or place.endswith("apps.py") or bool(ast.get_docstring(ast.parse(text)))


def test_every_module_of_rules_is_checked_by_mypy():
    held = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]["files"]
    rules = [str(file.relative_to(ROOT)) for file in [*SRC.rglob("rules.py"), *SRC.rglob("rules")]]
    assert len(rules) > 4
    assert [each for each in rules if not any(f"{each}/".startswith(f"{path}/") for path in held)] == []


def test_our_own_style_sheets_stay_under_2000_lines():
    sheets = lines_of("src/dangqun/static/css/*.css")
    assert len(sheets) > 5
    assert sum(sheets.values()) < STYLES


def test_every_module_of_javascript_stays_within_80_lines():
    scripts = lines_of("src/dangqun/static/js/*.js")
    assert len(scripts) > 5 and too_long({"a": 81}, MODULE)
    assert too_long(scripts, MODULE) == {}
