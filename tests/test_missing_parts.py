"""What a bare machine lacks is said, not hidden: suites without their server are skipped with a reason, and CI takes no skip."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.served import ROOT

pytestmark = pytest.mark.once


def suite_of_redis(**environment: str) -> subprocess.CompletedProcess[str]:
    """Run the suite of Redis where no program can be found by name."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "CI"))}
    env |= {"PATH": "/nowhere", "DATABASE_URL": "sqlite:///:memory:", **environment}
    asked = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_redis.py"]
    return subprocess.run(asked, env=env, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_suite_without_its_server_is_skipped_with_the_reason():
    done = suite_of_redis()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "redis-server is not installed" in done.stdout and " skipped" in done.stdout


def test_under_ci_a_skip_is_a_failure():
    done = suite_of_redis(CI="true")
    assert done.returncode != 0
    assert "counts as failed" in done.stdout
