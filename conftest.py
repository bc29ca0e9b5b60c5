"""Shared by every test: a data folder of its own, the small town, no way out of this machine, real Chromium."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from pathlib import Path

import pytest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dangqun.config.settings")
os.environ["DANGQUN_DATA"] = tempfile.mkdtemp(prefix="dangqun-test-")
os.environ["DANGQUN_ALLOWED_HOSTS"] = "127.0.0.1,localhost,testserver"


def pytest_configure(config: pytest.Config) -> None:
    """Make the key ring, serve styles unhashed, and let fast hashing stand in for argon2 where no test is about it."""
    import django
    from django.conf import settings

    django.setup()
    from dangqun.kernel.crypto import create_keyring

    create_keyring()
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher",
        "django.contrib.auth.hashers.Argon2PasswordHasher",
    ]
    _let_tests_empty_the_database()


def _let_tests_empty_the_database() -> None:
    """Tests that commit are emptied out after; the database itself would refuse to forget facts."""
    from django.db import connection
    from django.test import TransactionTestCase

    from dangqun.kernel.facts.guards import lifted

    empty = TransactionTestCase._fixture_teardown

    def emptied(case: TransactionTestCase) -> None:
        with lifted(connection):
            empty(case)

    TransactionTestCase._fixture_teardown = emptied


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest module, so that the suite does not end with one worker that walks all screens."""
    longest = Path(__file__).parent / "tests/test_screens.py"
    items.sort(key=lambda item: item.path != longest)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind."""
    shutil.rmtree(os.environ["DANGQUN_DATA"], ignore_errors=True)


def pytest_terminal_summary(terminalreporter, exitstatus, config) -> None:
    """Under CI a skipped test is a failure."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped and os.environ.get("CI") == "true":
        terminalreporter.write_line(f"CI: {len(skipped)} skipped, which counts as failed", red=True)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Turn skips into a failing exit status under CI."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and reporter.stats.get("skipped") and os.environ.get("CI") == "true" and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True)
def no_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that leaves this machine: the product needs none."""
    inner = socket.socket.connect

    def connect(self: socket.socket, address):
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = str(address[0])
            if not (host.startswith("127.") or host in ("::1", "localhost")):
                raise OSError(f"a test tried to reach {host}")
        return inner(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture(scope="module")
def town(django_db_setup, django_db_blocker):
    """One town for a module."""
    from tests.world import for_a_module

    with for_a_module(django_db_blocker) as world:
        yield world


@pytest.fixture
def world(request, db):
    """The small town: a new one, or the module's own as it was built, where a test uses the fixture `town` too."""
    from tests.world import build

    if "town" not in request.fixturenames:
        return build()
    town = request.getfixturevalue("town")
    for user in town.user.values():
        user.refresh_from_db()
    return town


@pytest.fixture
def visit(client):
    """Return a client signed in as somebody, through the ordinary session."""
    from django.test import Client

    from tests.world import enter

    def as_user(user) -> Client:
        browser = Client()
        enter(browser, user)
        return browser

    return as_user


@pytest.fixture
def browse(town, visit):
    """Return a client signed in as a role of the module's own town."""
    return lambda role: visit(town.user[role])


@pytest.fixture(scope="module")
def chromium():
    """Real Chromium, or a skip that says what is missing. While it is open, no other loop can run in this thread."""
    from playwright.sync_api import sync_playwright

    from tests.browser import ARGUMENTS

    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not path:
        pytest.skip("Chromium is not installed")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The text of axe-core."""
    return (Path(__file__).resolve().parent / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
