"""A wrong value in the environment stops every command with one sentence that names the variable and shows no password."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.served import DANGQUN, ROOT

pytestmark = pytest.mark.once

WRONG = (
    ("DANGQUN_DATA", "/proc/nowhere"),
    ("DANGQUN_DATA", ""),
    ("DANGQUN_DATA", __file__),
    ("DATABASE_URL", "nonsense"),
    ("DATABASE_URL", "mysql://u:hidden@127.0.0.1/x"),
    ("DATABASE_URL", "postgres://u:hidden@127.0.0.1"),
    ("DATABASE_URL", "postgres://u:hidden@127.0.0.1:port/x"),
    ("DATABASE_URL", "sqlite:////nowhere/at/all/x.sqlite3"),
    ("DANGQUN_WEB_THREADS", "many"),
    ("DANGQUN_WEB_THREADS", "0"),
    ("DANGQUN_WEB_THREADS", "6.5"),
    ("DANGQUN_UPLOAD_MB", "100000"),
    ("DANGQUN_IDLE_MINUTES", ""),
    ("DANGQUN_LOCK_AFTER", "1"),
    ("DANGQUN_HTTPS", "maybe"),
    ("DANGQUN_ALLOWED_HOSTS", ""),
    ("DANGQUN_ALLOWED_HOSTS", "a.example,,b.example"),
    ("DANGQUN_ALLOWED_HOSTS", "a.example b.example"),
    ("DANGQUN_ALLOWED_HOSTS", "https://a.example"),
    ("DANGQUN_ALLOWED_HOSTS", "a.example:8000"),
    ("DANGQUN_ALLOWED_HOSTS", "*"),
    ("DANGQUN_CIPHER", "DES"),
    ("DANGQUN_WEB_PROCESSES", "2"),
    ("DANGQUN_WEB_PROCESSES", "-1"),
    ("REDIS_URL", "127.0.0.1:6379"),
    ("REDIS_URL", "http://:hidden@127.0.0.1"),
    ("DANGQUN_LOG", "LOUD"),
    ("DANGQUN_ICP", "备案中"),
    ("DANGQUN_POLICE", "34070000000001"),
    ("DANGQUN_PROXIES", "１"),
)
RIGHT = {
    "DANGQUN_ALLOWED_HOSTS": "party.example, .example.cn,127.0.0.1,[::1]",
    "DANGQUN_HTTPS": "Yes",
    "DANGQUN_WEB_PROCESSES": "2",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "DANGQUN_CIPHER": "SM4-GCM",
    "DANGQUN_LOG": "INFO",
    "DANGQUN_ICP": "皖ICP备12345678号-2",
    "DANGQUN_POLICE": "皖公网安备 34070000000001号",
}


READ = """
import sys
from django.core.exceptions import ImproperlyConfigured
try:
    import dangqun.config.settings
except ImproperlyConfigured as wrong:
    sys.exit(str(wrong))
"""


def run(tmp_path, *command, **environment):
    env = {key: value for key, value in os.environ.items() if not key.startswith("DANGQUN")}
    env |= {"DANGQUN_DATA": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path}/x.sqlite3"} | environment
    asked = [*DANGQUN, *command] if command else [sys.executable, "-c", READ]
    return subprocess.run(asked, env=env, cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_stops_with_a_sentence_that_names_it(tmp_path, name, value):
    done = run(tmp_path, **{name: value})
    assert done.returncode == 1
    assert f"环境变量 {name} 不对" in done.stderr
    assert "Traceback" not in done.stderr and "hidden" not in done.stderr


def test_every_command_says_so_instead_of_showing_a_traceback(tmp_path):
    done = run(tmp_path, "serve", DANGQUN_WEB_PROCESSES="2")
    assert done.returncode == 1
    assert "REDIS_URL" in done.stderr and "Traceback" not in done.stderr


def test_right_values_pass(tmp_path):
    done = run(tmp_path, **RIGHT)
    assert done.returncode == 0, done.stderr


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    shut = tmp_path / "shut"
    shut.mkdir(mode=0o500)
    if os.access(shut, os.W_OK):  # root may write anywhere: /proc stands for it above
        return
    done = run(tmp_path, DANGQUN_DATA=str(shut / "data"))
    assert done.returncode == 1 and "DANGQUN_DATA" in done.stderr
