"""`dangqun doctor` finds what is wrong, each fault made on purpose, and says what to do."""

from __future__ import annotations

import json
import os

import pytest
from click.testing import CliRunner

from dangqun.config.commands.doctor import command
from dangqun.config.health import BAD, MIND, WELL, examine
from dangqun.kernel.crypto import create_keyring
from tests.served import free_port

pytestmark = pytest.mark.django_db


@pytest.fixture
def well(settings, tmp_path, monkeypatch):
    """A data folder in which all is well."""
    settings.DATA = tmp_path / "data"
    settings.DATA.mkdir(mode=0o700)
    settings.STATIC_ROOT = settings.DATA / "static"
    settings.ALLOWED_HOSTS, settings.HTTPS, settings.REDIS_URL = ["party.example"], True, ""
    create_keyring()
    return settings.DATA


def found(subject):
    return [(each.state, each.sentence) for each in examine() if each.subject == subject]


def states():
    return {each.subject: each.state for each in examine()}


def test_all_is_well_where_all_is_well(well, world):
    assert BAD not in states().values(), examine()


def test_keys_that_others_can_read_or_that_are_missing(well):
    assert found("密钥")[0][0] == WELL
    (well / "keys/keyring.json").chmod(0o644)
    assert found("密钥")[0][0] == BAD and "chmod" in found("密钥")[0][1]
    (well / "keys/keyring.json").unlink()
    assert found("密钥")[0][0] == BAD and "dangqun init" in found("密钥")[0][1]


def test_keys_that_do_not_open_the_data(well, world, settings, tmp_path):
    assert found("密钥与数据") == [(WELL, "对得上。")]
    settings.DATA = tmp_path / "other"
    settings.DATA.mkdir(mode=0o700)
    create_keyring()
    assert found("密钥与数据")[0][0] == BAD


def test_a_data_folder_that_others_can_read(well):
    assert found("数据文件夹")[0][0] == WELL
    well.chmod(0o755)
    assert found("数据文件夹")[0] == (MIND, f"这台机器上的别人能看 {well}。请运行 chmod 700 {well}")


def test_passwords_in_clear(well, settings):
    assert found("网址和 HTTPS")[0][0] == WELL
    settings.HTTPS = False
    assert found("网址和 HTTPS")[0][0] == BAD
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    assert found("网址和 HTTPS")[0][0] == WELL


def test_a_misspelt_variable(well, monkeypatch):
    assert found("环境变量")[0][0] == WELL
    monkeypatch.setenv("DANGQUN_ALOWED_HOSTS", "party.example")
    assert found("环境变量")[0][0] == MIND and "DANGQUN_ALOWED_HOSTS" in found("环境变量")[0][1]


def test_a_redis_that_is_away(well, settings):
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    assert found("Redis")[0][0] == BAD


def test_demo_accounts_that_the_world_can_reach(well, world, settings):
    assert found("演示账号") == [(WELL, "没有。")]
    names = [{"username": world.user["office"].username}]
    (well / "demo-accounts.json").write_text(json.dumps(names))
    assert found("演示账号")[0][0] == BAD
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    assert found("演示账号")[0][0] == MIND


def test_a_server_without_a_worker(well):
    import fcntl

    assert found("后台处理")[0][0] == WELL
    lock = os.open(well / "serve.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(lock, fcntl.LOCK_EX)
    assert found("网页进程")[0] == (WELL, "平台在运行。")
    assert found("后台处理")[0][0] == BAD
    os.close(lock)


def test_jobs_that_failed_or_wait_too_long(well):
    from datetime import timedelta

    from django.utils import timezone
    from django_tasks_db.models import DBTaskResult

    from dangqun.kernel.jobs import later
    from dangqun.kernel.tests.sample_jobs import write_down

    for number, changes in enumerate(
        ({"enqueued_at": timezone.now() - timedelta(hours=1)}, {"status": "FAILED"})
    ):
        key = later(write_down, number)
        DBTaskResult.objects.filter(pk=key).update(**changes)
    assert [state for state, _ in found("后台处理")] == [WELL, MIND, MIND]


def test_backups_that_cannot_be_made_are_old_or_lie_beside_the_data(well, settings):
    from datetime import timedelta

    from django.utils import timezone

    from dangqun.kernel.backup.models import Backup
    from dangqun.kernel.backup.rules import renew_sheet
    from dangqun.kernel.crypto import add_key

    settings.BACKUP_DIR = well
    assert found("备份") == [
        (MIND, "还没有恢复单，不会自动备份。请运行 dangqun keys sheet，把恢复单打印出来锁好。")
    ]
    sheet = renew_sheet()
    told = found("备份")
    assert [state for state, _ in told] == [MIND, MIND, WELL] and "还在磁盘上" in told[0][1]
    assert "同一块盘" in told[1][1] and sheet.code not in str(told)
    sheet.file.unlink()
    add_key("care")
    assert found("密钥")[0][0] == WELL, "what changing a key leaves behind is ours alone"
    Backup.objects.create(at=timezone.now() - timedelta(days=4), kind="nightly", name="x", tested=True)
    assert found("备份")[0] == (BAD, f"上次备份 4 天前。请看后台处理是不是在运行、{well} 能不能写。")
    Backup.objects.create(at=timezone.now(), kind="nightly", name="x", trouble="备份写不到 /x。")
    assert (BAD, "备份写不到 /x。") in found("备份")
    (well / "restoring.json").write_text("{}")
    assert found("备份")[0][0] == BAD and "没有做完的恢复" in found("备份")[0][1]


def test_a_year_whose_holidays_are_not_known(well, monkeypatch):
    from datetime import date

    monkeypatch.setattr("dangqun.config.health.today", lambda: date(2049, 10, 1))
    assert found("法定节假日")[0][0] == MIND and "暂算" in found("法定节假日")[0][1]


def test_the_exit_status_and_the_last_line_tell_machines(well):
    done = CliRunner().invoke(command, ["--json"])
    told = json.loads(done.output.strip().splitlines()[-1])
    assert done.exit_code == 0 and told["problems"] == 0
    assert {each["subject"] for each in told["checks"]} >= {"数据库", "密钥", "Redis", "后台处理"}
    (well / "keys/keyring.json").unlink()
    done = CliRunner().invoke(command, ["--json"])
    assert done.exit_code == 1 and json.loads(done.output.strip().splitlines()[-1])["problems"] >= 1


def test_whatever_is_not_well_says_what_to_do(well, settings, monkeypatch):
    settings.HTTPS, settings.REDIS_URL = False, f"redis://127.0.0.1:{free_port()}/0"
    monkeypatch.setenv("DANGQUN_NONSENSE", "1")
    well.chmod(0o755)
    (well / "keys/keyring.json").unlink()
    wrong = [each for each in examine() if each.state != WELL]
    assert len(wrong) >= 5
    assert [each for each in wrong if "请" not in each.sentence] == []
