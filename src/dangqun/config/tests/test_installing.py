"""`dangqun init`, `demo` and `code` as whoever sits at the machine meets them: real processes, a data folder of their own."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import pty
import re
import stat
import subprocess
import sys

import pytest

from dangqun.config.commands._town import workbooks
from dangqun.config.roles import ROLES

pytestmark = pytest.mark.once

OFFICERS = ("system_admin", "security_admin", "auditor", "office")
LINE = ("role", "username", "password", "totp_secret", "name", "org")

SIGN_IN = """
import json, re, sys, time, django, pyotp
from django.conf import settings
settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
django.setup()
from django.test import Client
from django.contrib.auth import get_user_model
for each in json.load(sys.stdin):
    browser = Client(SERVER_NAME="127.0.0.1")
    if "code" in each:
        browser.post("/activate/", {"name": each["username"], "code": each["code"]})
        answer = browser.post("/activate/password/", {"password": each["new"], "again": each["new"], "told": "on"})
    else:
        answer = browser.post("/sign-in/", {"username": each["username"], "password": each["password"]})
    if (door := answer["Location"]).startswith("/sign-in/"):
        shown = re.search(r'class="dq-secret">([^<]+)<', browser.get(door).content.decode())
        secret = shown[1].replace(" ", "") if shown else each["totp_secret"]
        browser.post(door, {"code": pyotp.TOTP(secret).generate_otp(int(time.time()) // 30)})
    user = get_user_model().objects.get(username=each["username"])
    print(each["role"], browser.get("/me/").status_code, user.password.split("$")[0])
"""
UNUSABLE = """
import django; django.setup()
from django.contrib.auth import get_user_model
print(sum(user.has_usable_password() for user in get_user_model().objects.all()), get_user_model().objects.count())
"""


class Machine:
    """A data folder, and the command line over it."""

    def __init__(self, folder):
        self.folder = folder
        self.env = os.environ | {
            "DANGQUN_DATA": str(folder),
            "DATABASE_URL": f"sqlite:///{folder}/zone.sqlite3",
            "DJANGO_SETTINGS_MODULE": "dangqun.config.settings",
        }

    def dangqun(self, *words, typed=""):
        """Run a command; return (exit status, output and errors)."""
        return self.python("from dangqun.config.cli import main; main()", *words, typed=typed)

    def python(self, code, *words, typed=""):
        run = [sys.executable, "-c", code, *words]
        done = subprocess.run(run, env=self.env, input=typed, capture_output=True, text=True, timeout=300)
        return done.returncode, done.stdout + done.stderr


def mode(file):
    return stat.S_IMODE(file.stat().st_mode)


# --- init --------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def founded(tmp_path_factory):
    """A machine after `init`, and the accounts that it wrote."""
    machine = Machine(tmp_path_factory.mktemp("founded"))
    file = machine.folder / "out" / "accounts.json"
    status, told = machine.dangqun(
        "init", "--name", "试点开发区综合党委", "--accounts-json", str(file), "--json"
    )
    assert status == 0, told
    return machine, file, json.loads(file.read_text(encoding="utf-8")), told


def test_init_makes_three_administrators_and_a_clerk_each_with_a_code(founded):
    _, _, accounts, _ = founded
    assert tuple(each["role"] for each in accounts) == OFFICERS
    assert len({each["username"] for each in accounts}) == 4
    assert all(re.fullmatch(r"[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}", each["code"]) for each in accounts)


def test_only_its_owner_reads_what_init_wrote_and_the_screen_shows_no_code(founded):
    machine, file, accounts, told = founded
    assert mode(file) == 0o600
    assert mode(machine.folder / "keys" / "keyring.json") == 0o600
    assert [each["code"] for each in accounts if each["code"] in told] == []


def test_init_shows_a_recovery_code_once_and_keeps_nothing_that_opens_a_backup(founded):
    from dangqun.kernel.backup.codes import read_code
    from dangqun.kernel.backup.sealing import private_key, raw

    machine, _, _, told = founded
    code = re.search(r"恢复码　(\S+)", told)[1]
    sheet = machine.folder / "recovery-sheet.html"
    assert mode(sheet) == 0o600 and "打印后请删除" in sheet.read_text(encoding="utf-8")
    assert all(group in sheet.read_text(encoding="utf-8") for group in code.split("-"))
    kept = json.loads((machine.folder / "keys" / "recovery.json").read_text())
    assert base64.b64decode(kept["public"]) == raw(private_key(read_code(code)).public_key())
    sheet.unlink()
    for file in machine.folder.rglob("*"):
        held = file.read_bytes() if file.is_file() else b""
        assert code.encode() not in held and read_code(code) not in held, file
    shown = machine.dangqun("keys", "sheet", "--json")[1]
    assert code not in shown and json.loads(shown.strip().splitlines()[-1])["number"] != kept["number"]
    assert kept["number"] in shown, "which older sheet is still needed"


def test_after_init_no_account_has_a_password(founded):
    machine, *_ = founded
    assert machine.python(UNUSABLE)[1].split() == ["0", "4"]


def test_init_is_refused_a_second_time_and_changes_nothing(founded):
    machine, file, *_ = founded
    before = file.read_bytes()
    status, told = machine.dangqun("init", "--name", "另一个", "--accounts-json", str(file))
    assert status != 0 and "已经有资料" in told and "Traceback" not in told
    assert file.read_bytes() == before


def test_demo_is_refused_where_real_work_has_begun(founded):
    machine, *_ = founded
    status, told = machine.dangqun("demo")
    assert status != 0 and "已经有资料" in told


def test_the_clerk_of_init_may_act_on_the_command_line_and_no_administrator_may(founded):
    machine, _, accounts, _ = founded
    names = {each["role"]: each["username"] for each in accounts}
    from dangqun.config.commands.demo import WORKBOOKS

    book = str(WORKBOOKS / "organisations.xlsx")
    status, told = machine.dangqun(
        "import", "organisations", book, "--dry-run", "--json", "--as", names["office"]
    )
    assert status == 0 and json.loads(told.strip().splitlines()[-1])["enterprises"] == 51
    for role in OFFICERS[:3]:
        assert machine.dangqun("import", "organisations", book, "--dry-run", "--as", names[role])[0] == 2


def test_the_codes_of_init_open_the_accounts_and_passwords_are_kept_with_argon2(founded):
    machine, _, accounts, _ = founded
    wanted = [
        each | {"new": f"窗台上有{word}盆花草-与树木"}
        for each, word in zip(accounts, "一二三四", strict=True)
    ]
    told = machine.python(SIGN_IN, typed=json.dumps(wanted))[1]
    assert [line.split() for line in told.splitlines() if line.startswith(OFFICERS)] == [
        [role, "200", "argon2"] for role in OFFICERS
    ]


def test_code_gives_an_administrator_who_forgot_her_password_a_new_code(founded):
    machine, _, accounts, _ = founded
    name = accounts[1]["username"]
    status, told = machine.dangqun("code", name)
    assert status == 0 and re.search(r"激活码 \w{4}-\w{4}", told) and "重新开启" in told
    status, told = machine.dangqun("code", "nobody")
    assert status != 0 and "没有用户" in told and "Traceback" not in told


def test_without_a_file_the_codes_are_told_on_the_screen(tmp_path):
    status, told = Machine(tmp_path).dangqun("init", typed="试点开发区综合党委\n")
    assert status == 0
    assert len(re.findall(r"激活码 \w{4}-\w{4}", told)) == 4


# --- demo --------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """A machine after `demo`, and the accounts that it wrote."""
    machine = Machine(tmp_path_factory.mktemp("shown"))
    file = machine.folder / "accounts.json"
    status, told = machine.dangqun("demo", "--accounts-json", str(file), "--json")
    assert status == 0, told
    return machine, file, json.loads(file.read_text(encoding="utf-8")), told


def test_demo_writes_one_account_a_role_with_exactly_these_fields(shown):
    machine, file, accounts, _ = shown
    assert [tuple(each) for each in accounts] == [LINE] * len(accounts)
    assert [each["role"] for each in accounts] == [*ROLES, "stranger"]
    assert {each["role"] for each in accounts if each["totp_secret"]} == set(OFFICERS) - {"office"}
    assert mode(file) == mode(machine.folder / "demo-accounts.json") == 0o600


def test_demo_passwords_are_random_and_long(shown):
    _, _, accounts, _ = shown
    passwords = {each["password"] for each in accounts}
    assert len(passwords) == len(accounts) and min(map(len, passwords)) >= 12


def test_the_stranger_is_a_secretary_of_another_park(shown):
    machine, _, accounts, _ = shown
    code = (
        "import django; django.setup()\n"
        "from dangqun.members.models import Office\n"
        "for name in __import__('sys').argv[1:]:\n"
        "    office = Office.objects.open().get(person__account__username=name, post='secretary')\n"
        "    print('park', office.org.park_number)\n"
    )
    names = [each["username"] for each in accounts if each["role"] in ("secretary", "stranger")]
    parks = re.findall(r"park (\d+)", machine.python(code, *names)[1])
    assert len(parks) == 2 and len(set(parks)) == 2


def test_every_demo_account_signs_in(shown):
    machine, _, accounts, _ = shown
    told = machine.python(SIGN_IN, typed=json.dumps(accounts))[1]
    lines = [
        line.split()
        for line in told.splitlines()
        if line.split()[:1] and line.split()[0] in (*ROLES, "stranger")
    ]
    assert lines == [[each["role"], "200", "argon2"] for each in accounts]


LIVED = """
import django; django.setup()
from django.utils import timezone
from dangqun.members.models import CorrectionRequest, Reveal
from dangqun.notices.models import Edition, Notice, Receipt, Template
from dangqun.tasks.models import Assignment, TaskFile
held = Assignment.objects.all()
print("states", *sorted(set(held.values_list("state", flat=True))))
print("late", held.open().filter(due__lt=timezone.now()).count())
print("files", TaskFile.objects.filter(assignment=None).count(), TaskFile.objects.exclude(assignment=None).count())
notices = Notice.objects.all()
print("notices", notices.filter(state="withdrawn").count(), notices.exclude(scheduled_for=None).count())
print("others", Edition.objects.count(), Template.objects.count(), Receipt.objects.exclude(signed_by=None).count())
print("people", CorrectionRequest.objects.open().count(), Reveal.objects.count())
"""


def test_demo_has_some_weeks_behind_it(shown):
    told = shown[0].python(LIVED)[1].splitlines()
    assert told[-6:] == [
        "states answered doing returned settled waiting",
        "late 1",
        "files 1 1",
        "notices 1 1",
        "others 1 1 2",
        "people 1 2",
    ]


def test_demo_is_refused_a_second_time_and_make_run_just_shows_the_table_again(shown):
    machine, _, accounts, _ = shown
    status, told = machine.dangqun("demo")
    assert status != 0 and "已经有资料" in told
    status, told = machine.dangqun("demo", "--if-empty")
    assert status == 0 and accounts[0]["password"] in told


# --- the workbooks of the larger sizes ---------------------------------------------------------------------
def test_the_workbooks_of_a_size_are_the_same_for_the_same_seed():
    import io

    import openpyxl

    def cells(seed):
        books = (openpyxl.load_workbook(io.BytesIO(data)) for *_, data in workbooks(60, seed))
        return [list(sheet.iter_rows(values_only=True)) for book in books for sheet in book]

    assert cells(1) == cells(1) != cells(2)


@pytest.mark.django_db
def test_the_ordinary_import_takes_every_row_of_an_invented_zone(world):
    from dangqun.members.imports.kinds import kind_of
    from dangqun.members.imports.reading import read
    from dangqun.members.imports.rules import carry_out_file
    from dangqun.members.imports.scope import Scope
    from dangqun.members.models import Office, Person
    from dangqun.orgs.access import Actor
    from dangqun.orgs.models import Org

    before, actor = Person.objects.count(), Actor.of(world.user["office"])
    for kind, name, data in workbooks(240):
        reading = read(kind_of(kind), data, name, Scope(actor).org)
        examined = carry_out_file(kind_of(kind), reading, actor=actor, strict=True)
        assert examined.checked.faulty == []
    assert Person.objects.filter(joined_on__isnull=False).count() >= 240 > before
    assert Org.objects.filter(kind="branch", formation="joint", number__gt=0).exists()
    led = Office.objects.open().filter(post="secretary").count()
    assert led == Org.objects.branches().count()
    raw = [person.id_number.open()[:6] for person in Person.objects.filter(id_index__isnull=False)[:50]]
    assert set(raw) == {"340899"}, "a county that does not exist"


def test_long_work_shows_a_bar_on_a_terminal(tmp_path):
    near, far = pty.openpty()
    env = os.environ | {"DANGQUN_DATA": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path}/zone.sqlite3"}
    asked = [sys.executable, "-c", "from dangqun.config.cli import main; main()", "demo"]
    running = subprocess.Popen(asked, env=env, stdout=subprocess.DEVNULL, stderr=far)
    os.close(far)
    shown = b""
    with contextlib.suppress(OSError):  # Linux says so when the other end has closed
        while read := os.read(near, 4096):
            shown += read
    os.close(near)
    assert running.wait() == 0
    assert "100%" in shown.decode() and re.search(r"[\u4e00-\u9fff]+\s+\[#", shown.decode()), shown.decode()[
        -500:
    ]
