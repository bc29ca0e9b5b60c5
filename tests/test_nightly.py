"""By itself: what is due is made, what fails is said and tried again, uploads that no row names are swept away."""

import os
from datetime import timedelta

import pytest
from django.utils import timezone

from dangqun.kernel import uploads
from dangqun.kernel.backup import nightly
from dangqun.kernel.backup.models import Backup
from dangqun.kernel.backup.rules import renew_sheet
from dangqun.kernel.backup.standing import standing
from dangqun.kernel.crypto import create_keyring
from dangqun.kernel.rules import RuleBroken

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def nights(settings, tmp_path, monkeypatch):
    """A data folder of the test's own with a sheet of last year; making and testing a backup take no time."""
    settings.DATA = tmp_path
    settings.BACKUP_DIR = tmp_path / "backups"
    settings.BACKUP_DIR.mkdir()
    create_keyring()
    sheet = renew_sheet()
    file = tmp_path / "keys" / "recovery.json"
    year = str(timezone.localtime().year)
    file.write_text(file.read_text().replace(f'"since": "{year}', '"since": "2020'))
    return sheet


class Made:
    """What `make` returns."""

    def __init__(self, file):
        self.file, self.size, self.lost, self.key = file, 5, 0, b""
        self.content = type("Content", (), {"rows": 1, "files": 0})()


def written(file, tell):
    file.write_bytes(b"12345")
    return Made(file)


def test_the_backup_that_is_due_is_made_once_and_the_first_is_tested(nights, settings, monkeypatch):
    monkeypatch.setattr(nightly, "make", written)
    tested = []
    monkeypatch.setattr(nightly, "drill", tested.append)
    assert nightly.make_nightly() is True and nightly.make_nightly() is False
    held = Backup.objects.get()
    assert held.tested is True and len(tested) == 1
    assert [file.suffix for file in settings.BACKUP_DIR.glob("dangqun-*")] == [".backup"]
    Backup.objects.update(at=timezone.now() - timedelta(days=1, minutes=1))
    assert nightly.make_nightly() is True
    assert len(tested) == 1, "within a week no second test"
    Backup.objects.update(at=timezone.now() - timedelta(days=8))
    assert nightly.make_nightly() is True
    assert len(tested) == 2


def test_what_fails_is_said_and_tried_again_after_an_hour(nights, monkeypatch):
    tries = []

    def fails(file, tell):
        tries.append(file)
        raise RuleBroken("备份写不到 /x（No space left on device）。")

    monkeypatch.setattr(nightly, "make", fails)
    assert nightly.make_nightly() is False and nightly.make_nightly() is False and len(tries) == 1
    assert "No space" in standing().trouble
    Backup.objects.update(at=timezone.now() - timedelta(minutes=61))
    nightly.make_nightly()
    assert len(tries) == 2


def test_a_test_restore_that_fails_is_said_and_the_backup_stays(nights, settings, monkeypatch):
    monkeypatch.setattr(nightly, "make", written)

    def fails(made):
        raise RuleBroken("试恢复没有成功。")

    monkeypatch.setattr(nightly, "drill", fails)
    nightly.make_nightly()
    assert Backup.objects.made().get().tested is False and standing().trouble == "试恢复没有成功。"
    assert len(list(settings.BACKUP_DIR.glob("*.backup"))) == 1


def test_without_a_sheet_nothing_is_made(settings, tmp_path):
    settings.DATA = tmp_path
    create_keyring()
    assert nightly.make_nightly() is False and standing() is None


def test_old_nightly_files_go_and_files_of_other_names_stay(nights, settings):
    for day in range(1, 29):
        (settings.BACKUP_DIR / f"dangqun-202602{day:02d}-020000.backup").write_bytes(b"x")
    (settings.BACKUP_DIR / "before-the-move.backup").write_bytes(b"x")
    nightly.forget_old()
    left = sorted(file.name for file in settings.BACKUP_DIR.glob("*.backup"))
    assert left[0] == "before-the-move.backup" and left[-1] == "dangqun-20260228-020000.backup"
    assert 8 <= len(left) <= 12


# --- orphans ----------------------------------------------------------------------------------------------
def age(key, hours):
    moment = timezone.now().timestamp() - hours * 3600
    os.utime(uploads.place_of(key), (moment, moment))


def test_an_upload_that_no_row_names_goes_after_a_day_and_a_named_one_stays(nights, world):
    from dangqun.notices import rules as notices

    drafted = notices.save_draft(None, {"title": "草稿", "body": ""}, by=world.user["office"])
    named = notices.attach(drafted, "说明.txt", b"x", by=world.user["office"]).key
    young, old = uploads.store(b"young"), uploads.store(b"old")
    age(named, 48), age(old, 25), age(young, 23)
    assert uploads.forget_orphans() == 1
    assert uploads.load(named) and uploads.load(young) == b"young"
    with pytest.raises(FileNotFoundError):
        uploads.load(old)


def test_a_key_that_stands_in_some_other_short_text_is_not_swept_away(nights):
    key = uploads.store(b"x")
    age(key, 48)
    Backup.objects.create(at=timezone.now(), kind="by_hand", name=key)
    assert uploads.forget_orphans() == 0 and uploads.load(key) == b"x"


def test_every_room_that_keeps_uploads_names_them_in_a_column_that_the_sweep_knows():
    import re
    from pathlib import Path

    import dangqun

    known = {field.model._meta.app_label for field in uploads.key_columns()}
    stores = re.compile(
        r"uploads\.store\(|from dangqun\.kernel\.(uploads|enclosures) import [^\n]*\b(store|stored)\b"
    )
    places = [file for file in Path(dangqun.__file__).parent.rglob("*.py") if "tests" not in file.parts]
    rooms = {
        file.relative_to(Path(dangqun.__file__).parent).parts[0]
        for file in places
        if file.name != "enclosures.py" and stores.search(file.read_text(encoding="utf-8"))
    }
    assert "notices" in rooms and rooms <= known
