"""`dangqun audit verify`: what it says, to people and to machines, and its exit code."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from dangqun.config import environment
from dangqun.config.cli import main
from dangqun.kernel.facts import head, record, seal_waiting
from dangqun.kernel.facts.guards import lifted
from dangqun.kernel.models import Anchor

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(autouse=True)
def chained(monkeypatch, db):
    """Three facts, sealed; the database is that of the test."""
    monkeypatch.setattr("dangqun.config.commands.audit.refuse_old_database", lambda: None)
    for number in (1, 2, 3):
        record("a.done", Anchor(number=number), by=None)
    seal_waiting()


def call(*asked):
    return CliRunner().invoke(main, ["audit", "verify", *asked])


def test_a_whole_chain_is_told_with_its_head_and_ends_well():
    told = call("--json")
    assert told.exit_code == 0 and "链首：第 3 条" in told.stdout and head().code in told.stdout
    found = json.loads(told.stdout.splitlines()[-1])
    assert (found["ok"], found["checked"], found["unsealed"], found["bad"]) == (True, 3, 0, None)


def test_a_broken_chain_is_told_with_the_first_bad_row_and_ends_badly():
    with lifted(connection), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE kernel_fact SET text = '{}' WHERE id = (SELECT fact_id FROM kernel_seal WHERE number = 2)"
        )
    told = call("--json")
    assert told.exit_code == 1 and "第一处：第 2 条" in told.stdout and "正文被改过" in told.stdout
    found = json.loads(told.stdout.splitlines()[-1])
    assert (found["ok"], found["bad"]["number"], found["checked"]) == (False, 2, 1)


def test_the_unsealed_tail_is_told_with_its_age():
    record("a.done", Anchor(number=4), by=None)
    told = call("--json")
    assert told.exit_code == 0 and "还没有封存的 1 条，最早的是" in told.stdout
    assert 0 <= json.loads(told.stdout.splitlines()[-1])["oldest_unsealed_seconds"] < 60


def test_a_head_on_paper_is_compared():
    fits = f"3:{head().hash[:16]}"
    assert call("--head", fits).exit_code == 0
    wrong = call("--head", "3:0000000000000000")
    assert wrong.exit_code == 1 and "纸上" in wrong.stdout
    nonsense = call("--head", "3", "--json")
    assert nonsense.exit_code == 1 and "链首写成" in json.loads(nonsense.stdout.splitlines()[-1])["error"]


def test_fewer_days_than_the_law_asks_for_are_refused_at_start(monkeypatch):
    monkeypatch.setenv("DANGQUN_AUDIT_DAYS", "182")
    with pytest.raises(ImproperlyConfigured, match=r"DANGQUN_AUDIT_DAYS.*183"):
        environment.number("DANGQUN_AUDIT_DAYS", 400, 183, 36500)
    source = (settings.PACKAGE / "config/settings.py").read_text("utf-8")
    assert 'env.number("DANGQUN_AUDIT_DAYS", 400, 183,' in source and settings.AUDIT_DAYS == 400
