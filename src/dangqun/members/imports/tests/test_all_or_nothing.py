"""An import is stored whole or not at all: an error in the middle, a killed process, a row that the database refuses."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from dangqun.kernel.models import Fact
from dangqun.kernel.rules import RuleBroken
from dangqun.members.imports import admissions, rules
from dangqun.members.imports.kinds import kind_of
from dangqun.members.imports.reading import read
from dangqun.members.imports.scope import Scope
from dangqun.members.imports.tests import town
from dangqun.members.models import Import, Membership, Person
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Enterprise, Org

ROWS = admissions.BATCH + 60  # more than is written at once
FIRMS = ("序号", "企业名称", "统一社会信用代码", "所在园区", "所属党组织")
DANGQUN = Path(sys.executable).with_name("dangqun")
# What the command line does, but the process is killed, as `kill -9` does it, after the first batch is written.
KILLED = """
import os, signal, sys
import django
django.setup()
from django.contrib.auth import get_user_model
from dangqun.members.imports.kinds import kind_of
from dangqun.members.imports.reading import read
from dangqun.members.imports.rules import carry_out_file
from dangqun.members.imports.scope import Scope
from dangqun.members.models import Person
from dangqun.orgs.access import Actor

def progress(stage, done, total):
    if stage == "写入" and done:
        print(Person.objects.count(), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

actor, kind = Actor.of(get_user_model().objects.get(username=sys.argv[1])), kind_of("members")
reading = read(kind, open(sys.argv[2], "rb").read(), "表.xlsx", Scope(actor).org)
carry_out_file(kind, reading, strict=False, actor=actor, progress=progress)
"""


def roster(branch, rows=ROWS):
    people = (
        town.member(f"甲{chr(0x4E00 + n)}", n % 1000, branch, id_number="", born_on="", mobile=f"198{n:08d}")
        for n in range(rows)
    )
    return town.book(list(people))


def held():
    models = (Person, Membership, Org, Enterprise, Fact, Import)
    return {model.__name__: model.objects.count() for model in models}


def carry_out(clerk, kind, data, progress):
    actor, wanted = Actor.of(clerk), kind_of(kind)
    reading = read(wanted, data, "表.xlsx", Scope(actor).org)
    return rules.carry_out_file(wanted, reading, strict=False, actor=actor, progress=progress)


class Broken(Exception):
    """What goes wrong in the middle."""


@pytest.mark.parametrize("kind", ["organisations", "members", "officers"])
def test_an_error_in_the_middle_of_storing_leaves_everything_as_it_was(clerk, kind):
    kinds = list(town.BOOKS)
    for earlier in kinds[: kinds.index(kind)]:
        town.bring(earlier, town.sample("zone-clean", earlier), clerk)
    data = town.sample("zone-clean", kind)
    if kind == "members":
        data = roster(Org.objects.branches().first().name)
    before, written = held(), []

    def progress(stage, done, total):
        if stage == "写入" and done:
            written.append(held())
            raise Broken

    with pytest.raises(Broken):
        carry_out(clerk, kind, data, progress)
    assert written and written[0] != before, "something was written before it broke"
    assert held() == before


def test_a_row_that_only_the_database_refuses_takes_the_whole_import_back(clerk, branch):
    """Two imports at the same time: the number was free when the row was checked, and is held when it is stored."""
    data = town.book([town.member("魏小寒", 103, branch), town.member(branch=branch)])
    before = held()

    def progress(stage, done, total):
        if stage == "写入" and not done:
            town.bring("members", town.book([town.member(branch=branch)]), clerk)

    with pytest.raises(RuleBroken, match="一行都没有导入"):
        carry_out(clerk, "members", data, progress)
    assert held() == before


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A data folder as `dangqun init` leaves it, with one branch; returns how to call the command line in it."""
    folder = tmp_path_factory.mktemp("zone")
    env = os.environ | {"DANGQUN_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "dangqun.config.settings"}
    env.pop("DATABASE_URL", None)

    def call(*asked):
        return subprocess.run([*map(str, asked)], env=env, capture_output=True, text=True, cwd=folder)

    accounts = folder / "accounts.json"
    made = call(DANGQUN, "init", "--name", "开发区综合党委", "--accounts-json", accounts)
    assert made.returncode == 0, made.stderr
    call.clerk = next(
        each["username"] for each in json.loads(accounts.read_text()) if each["role"] == "office"
    )
    call.folder = folder
    (folder / "企业.xlsx").write_bytes(
        town.book([(1, "恒丰机械有限公司", "", "东园园区", "恒丰机械有限公司党支部")], FIRMS)
    )
    (folder / "名册.xlsx").write_bytes(roster("恒丰机械有限公司党支部"))
    brought = bring(call, "organisations", "企业.xlsx")
    assert (brought.returncode, brought.told["changed"]) == (0, 1)
    return call


def bring(call, kind, name):
    result = call(DANGQUN, "import", kind, name, "--as", call.clerk, "--json")
    result.told = json.loads(result.stdout.splitlines()[-1])
    return result


def counts(call):
    tables = ("members_person", "members_membership", "kernel_fact", "members_import")
    with closing(sqlite3.connect(call.folder / "dangqun.sqlite3")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return {table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}


@pytest.mark.once  # either database rolls back what was not committed
def test_an_import_killed_in_the_middle_leaves_nothing_and_works_when_called_again(installed):
    before = counts(installed)
    killed = installed(sys.executable, "-c", KILLED, installed.clerk, "名册.xlsx")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert int(killed.stdout) == before["members_person"] + admissions.BATCH, "it was in the middle"
    assert counts(installed) == before
    again = bring(installed, "members", "名册.xlsx")
    assert (again.returncode, again.told["changed"], again.told["refused"]) == (0, ROWS, [])
    after = counts(installed)
    assert after["members_membership"] == ROWS
    assert bring(installed, "members", "名册.xlsx").told["changed"] == 0
    assert counts(installed) | {"kernel_fact": 0, "members_import": 0} == after | {
        "kernel_fact": 0,
        "members_import": 0,
    }
