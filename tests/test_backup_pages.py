"""上次备份 N 天前: who is told, when, and what she can do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from dangqun.kernel.backup.models import Backup
from dangqun.kernel.backup.rules import renew_sheet
from dangqun.kernel.crypto import create_keyring
from tests.world import for_a_module

pytestmark = [pytest.mark.once, pytest.mark.django_db]


@pytest.fixture(scope="module")
def town(django_db_setup, django_db_blocker):
    with for_a_module(django_db_blocker) as world:
        yield world


@pytest.fixture
def sheet(settings, tmp_path, town, django_db_blocker):
    """A data folder of the test's own, with a sheet that is ten days old."""
    settings.DATA = tmp_path
    settings.BACKUP_DIR = tmp_path / "backups"
    create_keyring()
    with django_db_blocker.unblock():
        from django.db import transaction

        with transaction.atomic():
            made = renew_sheet()
            file = tmp_path / "keys" / "recovery.json"
            old = (timezone.localtime() - timedelta(days=10, hours=1)).isoformat()
            file.write_text(file.read_text().replace(timezone.localtime().isoformat()[:10], old[:10], 1))
            yield made
            transaction.set_rollback(True)


def backed_up(days, **more):
    Backup.objects.create(
        at=timezone.now() - timedelta(days=days, minutes=5), kind="nightly", name="x", size=1, **more
    )


def first_page(visit, town, role):
    return visit(town.user[role]).get("/").content.decode()


@pytest.mark.parametrize("role", ["office", "system_admin"])
def test_an_old_backup_stands_on_the_first_page_of_whoever_can_do_something(sheet, town, visit, role):
    backed_up(4)
    assert "上次备份 4 天前" in first_page(visit, town, role)


def test_a_backup_of_two_days_is_nobodys_business_and_a_member_never_hears_of_backups(sheet, town, visit):
    backed_up(2)
    assert "上次备份" not in first_page(visit, town, "office")
    Backup.objects.all().delete()
    backed_up(9)
    assert "上次备份 9 天前" in first_page(visit, town, "office")
    for role in ("member", "secretary", "security_admin", "auditor"):
        assert "上次备份" not in first_page(visit, town, role)


def test_a_platform_that_never_made_a_backup_says_since_when(sheet, town, visit):
    assert "平台建好 10 天，还没有备份过" in first_page(visit, town, "office")


def test_a_failure_is_said_with_its_reason_to_the_administrator(sheet, town, visit):
    backed_up(1)
    backed_up(0, trouble="备份写不到 /backup（No space left on device）。请核对文件夹、权限和剩余空间。")
    assert "No space left" in first_page(visit, town, "system_admin")
    shown = visit(town.user["system_admin"]).get("/backups/").content.decode()
    assert "没有做成" in shown and "No space left" in shown


def test_the_page_of_backups_tells_when_when_tested_and_where_and_asks_as_often_for_one_as_for_twenty(
    sheet, town, visit, django_assert_num_queries
):
    backed_up(1, tested=True, rows=12345, files=7)
    browser = visit(town.user["office"])
    shown = browser.get("/backups/").content.decode()
    assert "试恢复成功" in shown and "12,345" in shown and sheet.number in shown
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as once:
        browser.get("/backups/")
    for days in range(2, 22):
        backed_up(days)
    with django_assert_num_queries(len(once)):
        browser.get("/backups/")


def test_without_a_sheet_the_page_says_what_to_run(town, visit, settings, tmp_path, django_db_blocker):
    settings.DATA = tmp_path
    create_keyring()
    with django_db_blocker.unblock():
        shown = visit(town.user["system_admin"]).get("/backups/").content.decode()
    assert "dangqun keys sheet" in shown
