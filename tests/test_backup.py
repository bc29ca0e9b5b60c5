"""A whole platform goes into one file and comes out of it on another machine, whichever database it has.

The small town lies in the database of the suite's run. On PostgreSQL it goes into SQLite and from there into a new
PostgreSQL; on SQLite into another SQLite.
"""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import uuid
from contextlib import contextmanager
from pathlib import Path

import pytest

from dangqun.kernel.backup.checking import HEAD, MANIFEST, TABLES, check, opened
from dangqun.kernel.backup.codes import new_secret, read_code, write_code
from dangqun.kernel.backup.parts import Writer, whole
from dangqun.kernel.backup.sealing import Sealer, private_key, raw
from dangqun.kernel.backup.sheets import number_of
from dangqun.kernel.rules import RuleBroken
from tests.served import BESIDE, PATIENCE, ROOT, Served, database_in, town
from tests.world import PASSWORD

CHANGED = {"kernel_backup", "kernel_fact", "kernel_seal", "accounts_signin"}
TOLD = """
import hashlib
from django.apps import apps
from django.conf import settings
from django.db import connection
from dangqun.kernel.backup import tables
from dangqun.kernel.uploads import kept_folder, load
from dangqun.members.models import Person
from dangqun.notices.models import Attachment
with connection.cursor() as cursor:
    for model in tables.stored(apps):
        cursor.execute(f"SELECT count(*) FROM {model._meta.db_table}")
        told.setdefault("rows", {})[model._meta.db_table] = cursor.fetchone()[0]
told["digests"] = {model._meta.db_table: tables.digest(model).told[1] for model in tables.stored(apps)}
told["files"] = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in kept_folder().glob("??/*")}
told["texts"] = [load(each.key).decode() for each in Attachment.objects.order_by("pk")]
told["mobiles"] = {person.name: person.mobile.open() for person in Person.objects.all() if person.mobile}
told["vendor"] = connection.vendor
"""
FILL = """
from django.test import Client
from django.contrib.auth import get_user_model
from django.conf import settings
from dangqun.kernel.backup.rules import renew_sheet
from dangqun.kernel.facts.chain import seal_waiting
from dangqun.members.models import Person
from dangqun.notices import rules as notices
from dangqun.notices.audience import Audience
from dangqun.orgs.models import Org
from tests.world import enter
clerk = get_user_model().objects.get(pk=told_pk)
branch = Org.objects.branches().order_by("pk").first()
for number in range(3):
    facts = {"title": f"通知 {number} 喆\\u2028", "body": "<p>内容</p>", "audience": Audience(orgs=(branch.pk,)).stored()}
    drafted = notices.save_draft(None, facts, by=clerk)
    notices.attach(drafted, "说明.txt", f"请核对 {number}。".encode(), by=clerk)
    notices.publish(drafted, by=clerk) if number else notices.discard(drafted, by=clerk)
enter(Client(), clerk)
seal_waiting()
told["code"] = renew_sheet().code
"""
MAKE = """
import base64
from pathlib import Path
from dangqun.kernel.backup.making import make, note
made = make(Path(file), lambda *_: None)
told.update(key=base64.b64encode(made.key).decode(), lost=made.lost, stored=made.content.rows)
"""
AFTERWARDS = """
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.db import IntegrityError, connection, transaction
from django.test import Client
from dangqun.accounts.models import SignIn
from dangqun.kernel.facts.chain import seal_waiting
from dangqun.kernel.facts.checking import verify
from dangqun.kernel.models import Fact
from dangqun.orgs.models import Placement
settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
told["open"] = [SignIn.objects.open().count(), Session.objects.count()]
browser = Client(SERVER_NAME="127.0.0.1")
told["door"] = browser.post("/sign-in/", {"username": username, "password": password}).status_code
told["inside"] = browser.get("/me/").status_code
seal_waiting()
verdict = verify()
told["chain"] = [str(verdict.bad), verdict.sealed if hasattr(verdict, "sealed") else 0]
told["newest"] = Fact.objects.filter(what="backups.restored").count()
try:
    with transaction.atomic():
        held = Placement.objects.order_by("pk").first()
        held.pk = None
        held.save(force_insert=True)
    told["overlap"] = "stored"
except IntegrityError:
    told["overlap"] = "refused"
"""
KILL = """
import os, random, sys, time, traceback
from django.db import connection
def killed(work, after=None):
    "Run in a process of its own, killed after so many seconds if it has not ended; return whether it was killed."
    connection.close()
    sys.stdout.flush()
    pid = os.fork()
    if not pid:
        status = 1
        try:
            work()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    until = time.monotonic() + (after if after is not None else 300)
    while time.monotonic() < until:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            assert os.WIFSIGNALED(status) or not status, "the work itself failed"
            return os.WIFSIGNALED(status)
        time.sleep(0.002)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    return True
"""
KILLED_RESTORE = """
from pathlib import Path
from django.conf import settings
from dangqun.kernel.backup import restoring
from dangqun.kernel.backup.codes import read_code
from dangqun.kernel.backup.marks import is_unfinished
from dangqun.kernel.backup.sealing import private_key
key = private_key(read_code(Path(code).read_text()))
def restore_until(stage):
    def tell(at, done, total):
        if at.startswith(stage):
            os.kill(os.getpid(), 9)
    def last(*_, **__):
        os.kill(os.getpid(), 9)
    if stage == "the last step":
        restoring.call_command = last
    restoring.restore(Path(file), key, tell)
assert killed(lambda: restore_until(stage))
told["unfinished"] = is_unfinished()
"""
OPEN_PARK = """
from dangqun.orgs import rules
from dangqun.orgs.models import Org
last = Org.objects.order_by("-pk").first().pk
committee = Org.objects.get(kind=Org.Kind.COMMITTEE)
told["later"] = rules.open_org(Org.Kind.PARK, "新园区", under=committee, by=None, number=9).pk > last
"""


@contextmanager
def machine(data: Path, url: str):
    """Yield a process on another data folder and database, where nothing is yet."""
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    env = os.environ | {"DANGQUN_DATA": str(data), "DATABASE_URL": url, "PYTHONPATH": path}
    env["DJANGO_SETTINGS_MODULE"] = "dangqun.config.settings"
    data.mkdir(exist_ok=True)
    beside = subprocess.Popen(
        [sys.executable, "-c", BESIDE], env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        yield Served(data, env, 0, beside)
    finally:
        beside.stdin.close()
        beside.wait(PATIENCE)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The town, a backup of it, its code in a file, and what the town held then."""
    folder = tmp_path_factory.mktemp("backup")
    with town(folder / "town") as served:
        code = folder / "code.txt"
        code.write_text(served.run(f"told_pk = {served.id_of('office')}\n{FILL}")["code"])
        held = served.run(TOLD)
        file = folder / "town.backup"
        told = served.run(f"file = {str(file)!r}\n{MAKE}")
        yield served, file, code, held | told


SAYING = """
import io, contextlib
from dangqun.config.cli import main
said = io.StringIO()
with contextlib.redirect_stderr(said):
    try:
        main(words)
    except SystemExit as end:
        told["status"] = end.code
told["said"] = said.getvalue()
from django.conf import settings
from django.db import connection
told["left"] = [(settings.DATA / "keys" / "keyring.json").exists(), bool(connection.introspection.table_names())]
"""


def say(place, *words):
    return place.run(f"words = {[str(word) for word in words]!r}\n{SAYING}")


def restored(place, file, code, stage):
    """Restore into an empty machine, for the first time killed at a stage: nothing starts on what is left; then whole."""
    given = f"file, code, stage = {str(file)!r}, {str(code)!r}, {stage!r}\n"
    assert place.run(given + KILL + KILLED_RESTORE)["unfinished"]
    for word in ("serve", "worker", "init", "backup", "migrate"):
        told = say(place, word)
        assert told["status"] == 1 and "没有做完的恢复" in told["said"]
    assert say(place, "restore", file, "--code-file", code, "--json")["status"] == 0


def without(tables):
    """Leave out what a restore itself changes."""
    return {name: told for name, told in tables.items() if name not in CHANGED}


def compare(place, held, by):
    """Everything is as it was, but for what a restore itself changes; then the platform works."""
    found = place.run(TOLD)
    assert without(found["rows"]) == without(held["rows"]) and len(held["rows"]) > 25
    assert without(found["digests"]) == without(held["digests"])
    assert found["rows"]["kernel_fact"] == held["rows"]["kernel_fact"] + 1
    for each in ("files", "texts", "mobiles"):
        assert found[each] == held[each] and len(found[each]) > 1, each
    after = place.run(f"username, password = {by!r}, {PASSWORD!r}\n{AFTERWARDS}")
    assert after["open"] == [0, 0], "nobody is signed in any more"
    assert (after["door"], after["inside"]) == (302, 200), "the password is the old one"
    assert after["chain"][0] == "None" and after["newest"] == 1
    assert after["overlap"] == "refused", "the database's own rules are in force"


def test_a_platform_comes_back_whole_on_another_machine_in_either_database_even_if_killed_once(
    made, tmp_path
):
    served, file, code, held = made
    assert held["lost"] == 0 and b"13812345678" not in file.read_bytes() and held["stored"] > 400
    by = served.people["member"][0]
    sqlite = f"sqlite:///{tmp_path}/there/zone.sqlite3"
    with machine(tmp_path / "there", sqlite) as there:
        restored(there, file, code, "恢复 members_person")
        compare(there, held, by)
        if held["vendor"] != "postgresql":
            return
        second = tmp_path / "second.backup"
        held = there.run(TOLD)
        there.run(f"file = {str(second)!r}\n{MAKE}")
    with database_in(tmp_path) as url, machine(tmp_path / "back", url) as back:
        restored(back, second, code, "the last step")
        found = back.run(TOLD)
        assert found["vendor"] == "postgresql" and found["files"] == held["files"]
        assert back.run(OPEN_PARK)["later"], "keys go on where they were"
        assert without(found["digests"]) == without(held["digests"])


# --- what is refused ---------------------------------------------------------------------------------------
def rewritten(file, key, code, change):
    """Return a backup with something else in it, sealed towards the same sheet."""
    out = file.with_name(f"{uuid.uuid4().hex}.backup")
    public = raw(private_key(read_code(code.read_text())).public_key())
    with opened(file, key) as reader, out.open("wb") as written:
        sealer = Sealer(written, public, {"cipher": "AES-256-GCM", "sheet": number_of(public), "made_at": ""})
        writer = Writer(sealer)
        for name, blocks in reader:
            if name in (HEAD, MANIFEST):
                value = whole(blocks)
                change(value)
                if name == MANIFEST:
                    value["parts"] = writer.written.copy()
                writer.put(name, value)
            elif name.removeprefix(TABLES) not in LATER or change is not as_older:
                with writer.part(name) as part:
                    for block in blocks:
                        part.write(block)
        sealer.close()
    return out


LATER = [f"kernel_{each}" for each in ("backup", "rotation", "ownday", "ownyear", "removal", "hold")]


def as_older(value):
    """Take away what came with the migration that made the tables of backups, and with those after it."""
    if "migrations" in value:
        value["migrations"] = [
            each for each in value["migrations"] if each[0] != "kernel" or each[1] < "0003"
        ]
    else:
        for table in LATER:
            value["tables"].pop(table)


def as_newer(value):
    if "migrations" in value:
        value |= {"migrations": [*value["migrations"], ["orgs", "9999_of_next_year"]], "version": "99.1"}


@pytest.mark.once
def test_what_cannot_be_restored_leaves_nothing_behind_and_an_older_version_is_brought_up_to_date(
    made, tmp_path
):
    _, file, code, held = made
    key = base64.b64decode(held["key"])
    cut = tmp_path / "cut.backup"
    cut.write_bytes(file.read_bytes()[:-100])
    other = tmp_path / "other.txt"
    other.write_text(write_code(new_secret()))
    slip = tmp_path / "slip.txt"
    slip.write_text(code.read_text()[:-1] + ("A" if code.read_text()[-1] != "A" else "B"))
    newer, older = rewritten(file, key, code, as_newer), rewritten(file, key, code, as_older)
    with database_in(tmp_path) as url, machine(tmp_path / "there", url) as there:
        for asked, by, word in (
            (file, other, "恢复单，这份备份要用编号"),
            (file, slip, "第 8 组"),
            (cut, code, "不完整或被改动过"),
            (code, code, "不是党群平台的备份文件"),
            (tmp_path / "none.backup", code, "打不开"),
            (newer, code, "更新的版本（99.1）"),
        ):
            told = say(there, "restore", asked, "--code-file", by)
            assert told["status"] == 1 and word in told["said"] and "Traceback" not in told["said"]
            assert told["left"] == [False, False]
        assert say(there, "restore", older, "--code-file", code)["status"] == 0
        found = there.run(TOLD)
        assert without(found["digests"]) == {
            **without(held["digests"]),
            **without({table: found["digests"][table] for table in LATER}),
        }
        assert found["rows"]["kernel_backup"] == 1 and found["rows"]["kernel_rotation"] == 0


def test_a_platform_in_which_there_is_anything_is_not_restored_over(made):
    served, file, code, _ = made
    before = served.run(TOLD)
    told = say(served, "restore", file, "--code-file", code)
    assert told["status"] == 1 and "已经有资料" in told["said"]
    assert served.run(TOLD) == before


def test_a_code_of_another_sheet_names_both_sheets(made):
    _, file, _, _ = made
    with pytest.raises(RuleBroken, match=r"属于编号 .{9} 的恢复单，这份备份要用编号 .{9} 的"):
        check(file, private_key(new_secret()), lambda *_: None)


KILLED_BACKUPS = """
from pathlib import Path
from dangqun.kernel.backup.making import make
folder = Path(folder)
file, silent = folder / "night.backup", lambda *_: None
began = time.monotonic()
killed(lambda: make(file, silent))
long, former = time.monotonic() - began, file.read_bytes()
told["killed"] = told["whole"] = 0
for turn in range(8):
    if turn == 4:
        file.unlink()
    before = file.read_bytes() if file.exists() else b""
    told["killed"] += killed(lambda: make(file, silent), random.uniform(0, long))
    after = file.read_bytes() if file.exists() else b""
    if after != before:
        told["whole"] += 1
        assert after.startswith(b"DANGQUN-BACKUP") and len(after) > 0.9 * len(former)
told["left"] = len(list(folder.glob(".*part")))
make(file, silent)
from django.conf import settings
told["after"] = [each.name for each in folder.iterdir()] + [each.name for each in (settings.DATA / "files").glob("backup-*")]
"""


def test_a_backup_that_is_killed_leaves_the_former_file_or_none_and_the_next_one_cleans_up(made, tmp_path):
    served, *_ = made
    told = served.run(f"folder = {str(tmp_path)!r}\n{KILL}{KILLED_BACKUPS}")
    assert told["killed"] >= 2, "there was something to survive"
    assert told["after"] == ["night.backup"]
